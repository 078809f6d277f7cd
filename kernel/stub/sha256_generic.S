/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 of one 64-byte block with FP/SIMD but without the cryptographic
 * extension: rounds in general registers, message schedule four words at a
 * time in vector registers, because there is no stack to spill to. To be
 * included next to sha256_k.S; touches no memory but the constants.
 *
 *	in	v0.4s = a b c d, v1.4s = e f g h
 *		v16-v19 = the block as it lies in memory
 *		x9 = .Lsha256_k
 *	out	v0, v1 = the new state
 *	uses	v2-v7, v16-v21, w0-w7, x10-x15, flags
 */

/* One round; the eight variables change places from call to call. */
	.macro	sha256_round a, b, c, d, e, f, g, h, word
	umov	w14, \word			/* W[t] + K[t] */
	ror	w11, \e, #6
	eor	w11, w11, \e, ror #11
	eor	w11, w11, \e, ror #25		/* Sigma1(e) */
	eor	w12, \f, \g
	and	w12, w12, \e
	eor	w12, w12, \g			/* Ch(e, f, g) */
	add	\h, \h, w14
	add	w11, w11, w12
	add	\h, \h, w11			/* T1 */
	add	\d, \d, \h
	ror	w11, \a, #2
	eor	w11, w11, \a, ror #13
	eor	w11, w11, \a, ror #22		/* Sigma0(a) */
	orr	w12, \a, \b
	and	w13, \a, \b
	and	w12, w12, \c
	orr	w12, w12, w13			/* Maj(a, b, c) */
	add	\h, \h, w11
	add	\h, \h, w12			/* T1 + T2 */
	.endm

/* v\x = sum of two rotations and a shift of it; there is no vector ror. */
	.macro	sha256_sigma x, r1, r2, shift
	ushr	v7.4s, v\x\().4s, #\r1
	sli	v7.4s, v\x\().4s, #(32 - \r1)
	ushr	v20.4s, v\x\().4s, #\r2
	sli	v20.4s, v\x\().4s, #(32 - \r2)
	ushr	v\x\().4s, v\x\().4s, #\shift
	eor	v7.16b, v7.16b, v20.16b
	eor	v\x\().16b, v\x\().16b, v7.16b
	.endm

/*
 * \m0-\m3 hold W[t-16] to W[t-1]; \m0 becomes W[t] to W[t+3]. The upper two
 * words need sigma1 of the lower two, so that one runs twice on half empty
 * vectors: sigma1(0) = 0. v21 is zero.
 */
	.macro	sha256_schedule m0, m1, m2, m3
	ext	v6.16b, v\m0\().16b, v\m1\().16b, #4
	sha256_sigma 6, 7, 18, 3		/* sigma0(W[t-15]) */
	add	v\m0\().4s, v\m0\().4s, v6.4s
	ext	v6.16b, v\m2\().16b, v\m3\().16b, #4
	add	v\m0\().4s, v\m0\().4s, v6.4s	/* W[t-7] */
	ext	v6.16b, v\m3\().16b, v21.16b, #8
	sha256_sigma 6, 17, 19, 10		/* sigma1(W[t-2]) */
	add	v\m0\().4s, v\m0\().4s, v6.4s
	ext	v6.16b, v21.16b, v\m0\().16b, #8
	sha256_sigma 6, 17, 19, 10		/* sigma1(W[t]) */
	add	v\m0\().4s, v\m0\().4s, v6.4s
	.endm

.Lsha256_generic_block:
	mov	x10, x9
	rev32	v16.16b, v16.16b
	rev32	v17.16b, v17.16b
	rev32	v18.16b, v18.16b
	rev32	v19.16b, v19.16b
	movi	v21.16b, #0
	umov	w0, v0.s[0]
	umov	w1, v0.s[1]
	umov	w2, v0.s[2]
	umov	w3, v0.s[3]
	umov	w4, v1.s[0]
	umov	w5, v1.s[1]
	umov	w6, v1.s[2]
	umov	w7, v1.s[3]
	mov	w15, #8
.Lsha256_generic_eight:
	ld1	{v2.4s, v3.4s}, [x10], #32
	add	v2.4s, v2.4s, v16.4s
	add	v3.4s, v3.4s, v17.4s
	sha256_round w0, w1, w2, w3, w4, w5, w6, w7, v2.s[0]
	sha256_round w7, w0, w1, w2, w3, w4, w5, w6, v2.s[1]
	sha256_round w6, w7, w0, w1, w2, w3, w4, w5, v2.s[2]
	sha256_round w5, w6, w7, w0, w1, w2, w3, w4, v2.s[3]
	sha256_round w4, w5, w6, w7, w0, w1, w2, w3, v3.s[0]
	sha256_round w3, w4, w5, w6, w7, w0, w1, w2, v3.s[1]
	sha256_round w2, w3, w4, w5, w6, w7, w0, w1, v3.s[2]
	sha256_round w1, w2, w3, w4, w5, w6, w7, w0, v3.s[3]
	sha256_schedule 16, 17, 18, 19
	sha256_schedule 17, 18, 19, 16
	mov	v4.16b, v16.16b			/* newest words go last */
	mov	v5.16b, v17.16b
	mov	v16.16b, v18.16b
	mov	v17.16b, v19.16b
	mov	v18.16b, v4.16b
	mov	v19.16b, v5.16b
	subs	w15, w15, #1
	b.ne	.Lsha256_generic_eight
	ins	v2.s[0], w0
	ins	v2.s[1], w1
	ins	v2.s[2], w2
	ins	v2.s[3], w3
	ins	v3.s[0], w4
	ins	v3.s[1], w5
	ins	v3.s[2], w6
	ins	v3.s[3], w7
	add	v0.4s, v0.4s, v2.4s
	add	v1.4s, v1.4s, v3.4s
	ret
