/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 of a region of memory: block loop and padding over one of the two
 * cores. To be included after sha256_k.S, sha256_ce.S and sha256_generic.S.
 *
 *	in	x16 = address, x17 = bytes (x17 < 2^61)
 *		w18 = flags: bit VKX_STUB_FLAG_CE_BIT picks the core
 *	out	v0, v1 = the digest, byte by byte as it is written
 *	uses	what the cores use, v8-v15, v22-v31, x9, x16, x19, x20, x26
 *
 * Where bytes is no multiple of 64, the rest of the last 64 bytes of memory
 * is read as well and must be zero, as a region's tail is: anything else gives
 * another digest. So no buffer is needed to put the padding together.
 */

.Lsha256_block:
	tbnz	w18, #VKX_STUB_FLAG_CE_BIT, .Lsha256_ce_block
	b	.Lsha256_generic_block

	.macro	sha256_block_clear
	movi	v16.16b, #0
	movi	v17.16b, #0
	movi	v18.16b, #0
	movi	v19.16b, #0
	.endm

/* Sets 0x80 in v\m if v23 is 0 to 15 in every byte; then steps v23 on. */
	.macro	sha256_mark m
	cmeq	v20.16b, v22.16b, v23.16b
	shl	v20.16b, v20.16b, #7
	orr	v\m\().16b, v\m\().16b, v20.16b
	sub	v23.16b, v23.16b, v21.16b
	.endm

.Lsha256_region:
	mov	x26, x30
	adr	x9, .Lsha256_k
	sha256_ce_constants
	adr	x10, .Lsha256_h0
	ld1	{v0.4s, v1.4s}, [x10]
	lsr	x19, x17, #6
	and	x20, x17, #63
	cbz	x19, .Lsha256_region_last
.Lsha256_region_next:
	ld1	{v16.16b, v17.16b, v18.16b, v19.16b}, [x16], #64
	bl	.Lsha256_block
	subs	x19, x19, #1
	b.ne	.Lsha256_region_next
.Lsha256_region_last:
	sha256_block_clear
	cbz	x20, .Lsha256_region_mark
	ld1	{v16.16b, v17.16b, v18.16b, v19.16b}, [x16]
.Lsha256_region_mark:
	adr	x10, .Lsha256_index
	ld1	{v22.16b}, [x10]
	movi	v21.16b, #16
	dup	v23.16b, w20
	sha256_mark 16
	sha256_mark 17
	sha256_mark 18
	sha256_mark 19
	cmp	x20, #56
	b.lo	.Lsha256_region_length		/* the length still fits */
	bl	.Lsha256_block
	sha256_block_clear
.Lsha256_region_length:
	lsl	x10, x17, #3
	rev	x10, x10
	ins	v19.d[1], x10
	bl	.Lsha256_block
	rev32	v0.16b, v0.16b
	rev32	v1.16b, v1.16b
	ret	x26

	.balign	16
.Lsha256_index:
	.byte	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
