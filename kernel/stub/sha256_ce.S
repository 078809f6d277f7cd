/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 of one 64-byte block with the ARMv8 cryptographic extension. To be
 * included next to sha256_k.S; touches no memory.
 *
 *	in	v0.4s = a b c d, v1.4s = e f g h
 *		v16-v19 = the block as it lies in memory
 *		v24-v31, v8-v15 = the constants: sha256_ce_constants
 *	out	v0, v1 = the new state
 *	uses	v2-v5, v16-v19
 */
	.arch	armv8-a+crypto

/* Once per region: a load per four rounds would cost a fifth more. Uses x10. */
	.macro	sha256_ce_constants
	mov	x10, x9
	ld1	{v24.4s, v25.4s, v26.4s, v27.4s}, [x10], #64
	ld1	{v28.4s, v29.4s, v30.4s, v31.4s}, [x10], #64
	ld1	{v8.4s, v9.4s, v10.4s, v11.4s}, [x10], #64
	ld1	{v12.4s, v13.4s, v14.4s, v15.4s}, [x10]
	.endm

/* Four rounds with message words \m and constants \k. */
	.macro	sha256_ce_rounds m, k
	add	v4.4s, v\m\().4s, v\k\().4s
	mov	v5.16b, v2.16b			/* sha256h writes over a-d */
	sha256h	q2, q3, v4.4s
	sha256h2 q3, q5, v4.4s
	.endm

/*
 * Sixteen rounds, one constant register after the other; v16-v19 become the
 * words for the next sixteen.
 */
	.macro	sha256_ce_sixteen k0, k1, k2, k3
	sha256_ce_rounds 16, \k0
	sha256su0 v16.4s, v17.4s
	sha256su1 v16.4s, v18.4s, v19.4s
	sha256_ce_rounds 17, \k1
	sha256su0 v17.4s, v18.4s
	sha256su1 v17.4s, v19.4s, v16.4s
	sha256_ce_rounds 18, \k2
	sha256su0 v18.4s, v19.4s
	sha256su1 v18.4s, v16.4s, v17.4s
	sha256_ce_rounds 19, \k3
	sha256su0 v19.4s, v16.4s
	sha256su1 v19.4s, v17.4s, v18.4s
	.endm

.Lsha256_ce_block:
	rev32	v16.16b, v16.16b
	rev32	v17.16b, v17.16b
	rev32	v18.16b, v18.16b
	rev32	v19.16b, v19.16b
	mov	v2.16b, v0.16b
	mov	v3.16b, v1.16b
	sha256_ce_sixteen 24, 25, 26, 27
	sha256_ce_sixteen 28, 29, 30, 31
	sha256_ce_sixteen 8, 9, 10, 11
	sha256_ce_rounds 16, 12
	sha256_ce_rounds 17, 13
	sha256_ce_rounds 18, 14
	sha256_ce_rounds 19, 15
	add	v0.4s, v0.4s, v2.4s
	add	v1.4s, v1.4s, v3.4s
	ret
