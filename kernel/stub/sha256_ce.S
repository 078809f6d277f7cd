/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 of one 64-byte block with the ARMv8 cryptographic extension. To be
 * included next to sha256_k.S; touches no memory but the constants.
 *
 *	in	v0.4s = a b c d, v1.4s = e f g h
 *		v16-v19 = the block as it lies in memory
 *		x9 = .Lsha256_k
 *	out	v0, v1 = the new state
 *	uses	v2-v5, v16-v19, x10, w11, flags
 */
	.arch	armv8-a+crypto

/*
 * Four rounds: \m0 are their message words, and \m0-\m3 the last sixteen. \m0
 * becomes the words for sixteen rounds later; the last four turns compute
 * some that nobody uses, which is cheaper than a second copy of the loop.
 */
	.macro	sha256_ce_rounds m0, m1, m2, m3
	ld1	{v4.4s}, [x10], #16
	add	v4.4s, v4.4s, v\m0\().4s
	sha256su0 v\m0\().4s, v\m1\().4s
	mov	v5.16b, v2.16b			/* sha256h writes over a-d */
	sha256h	q2, q3, v4.4s
	sha256h2 q3, q5, v4.4s
	sha256su1 v\m0\().4s, v\m2\().4s, v\m3\().4s
	.endm

.Lsha256_ce_block:
	mov	x10, x9
	rev32	v16.16b, v16.16b
	rev32	v17.16b, v17.16b
	rev32	v18.16b, v18.16b
	rev32	v19.16b, v19.16b
	mov	v2.16b, v0.16b
	mov	v3.16b, v1.16b
	mov	w11, #4
.Lsha256_ce_sixteen:
	sha256_ce_rounds 16, 17, 18, 19
	sha256_ce_rounds 17, 18, 19, 16
	sha256_ce_rounds 18, 19, 16, 17
	sha256_ce_rounds 19, 16, 17, 18
	subs	w11, w11, #1
	b.ne	.Lsha256_ce_sixteen
	add	v0.4s, v0.4s, v2.4s
	add	v1.4s, v1.4s, v3.4s
	ret
