/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub's SHA-256, callable from C:
 *	void stub_sha256(const void *data, size_t len, uint64_t flags,
 *			 uint8_t digest_ret[32]);
 * Bytes up to the next multiple of 64 are read and must be zero.
 */
#include "stub_layout.h"

	.text
	.global	stub_sha256
	.type	stub_sha256, %function
stub_sha256:
	stp	x29, x30, [sp, #-144]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x25, x26, [sp, #48]
	str	x3, [sp, #64]
	stp	d8, d9, [sp, #80]
	stp	d10, d11, [sp, #96]
	stp	d12, d13, [sp, #112]
	stp	d14, d15, [sp, #128]
	mov	x16, x0
	mov	x17, x1
	mov	w18, w2
	bl	.Lsha256_region
	ldr	x3, [sp, #64]
	st1	{v0.16b, v1.16b}, [x3]
	ldp	d14, d15, [sp, #128]
	ldp	d12, d13, [sp, #112]
	ldp	d10, d11, [sp, #96]
	ldp	d8, d9, [sp, #80]
	ldp	x25, x26, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #144
	ret

#include "sha256_ce.S"
#include "sha256_generic.S"
#include "sha256_region.S"
#include "sha256_k.S"

	.section .note.GNU-stack, "", %progbits
