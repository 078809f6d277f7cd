/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SHA-256 with the SHA extensions of x86 (Intel SDM, SHA256RNDS2 and its two
 * message instructions). SHA256RNDS2 depends on the one before it, so a single
 * message leaves its unit idle about half the time; a second one fills it.
 */
#include "sha256.h"

#include <cpuid.h>
#include <immintrin.h>

#define SHA __attribute__((target("sha,sse4.1,ssse3")))
#define SHA_INLINE SHA __attribute__((always_inline)) static inline

/* One message: the state in the order the instruction wants, and 16 words. */
struct lane {
	__m128i abef, cdgh;
	__m128i abef_before, cdgh_before;
	__m128i w[4];
};

SHA_INLINE void lane_load(struct lane *l, const uint32_t state[8])
{
	__m128i abcd = _mm_loadu_si128((const __m128i *)(const void *)state);
	__m128i efgh =
		_mm_loadu_si128((const __m128i *)(const void *)(state + 4));

	abcd = _mm_shuffle_epi32(abcd, 0xb1);
	efgh = _mm_shuffle_epi32(efgh, 0x1b);
	l->abef = _mm_alignr_epi8(abcd, efgh, 8);
	l->cdgh = _mm_blend_epi16(efgh, abcd, 0xf0);
}

SHA_INLINE void lane_store(const struct lane *l, uint32_t state[8])
{
	__m128i feba = _mm_shuffle_epi32(l->abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(l->cdgh, 0xb1);

	_mm_storeu_si128((__m128i *)(void *)state,
			 _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4),
			 _mm_alignr_epi8(dchg, feba, 8));
}

SHA_INLINE void lane_block(struct lane *l, const uint8_t *p)
{
	const __m128i swap =
		_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	const __m128i *src = (const __m128i *)(const void *)p;

	l->abef_before = l->abef;
	l->cdgh_before = l->cdgh;
	l->w[0] = _mm_shuffle_epi8(_mm_loadu_si128(src), swap);
	l->w[1] = _mm_shuffle_epi8(_mm_loadu_si128(src + 1), swap);
	l->w[2] = _mm_shuffle_epi8(_mm_loadu_si128(src + 2), swap);
	l->w[3] = _mm_shuffle_epi8(_mm_loadu_si128(src + 3), swap);
}

/*
 * Rounds 4i to 4i+3, and the share of the message schedule whose inputs are
 * ready by then: the words of step i+1 are finished here, those of step i+3
 * begun. i is a constant in every call.
 */
SHA_INLINE void lane_step(struct lane *l, unsigned int i)
{
	__m128i *now = &l->w[i % 4], *next = &l->w[(i + 1) % 4];
	__m128i *last = &l->w[(i + 3) % 4];
	__m128i wk = _mm_add_epi32(
		*now, _mm_loadu_si128(
			      (const __m128i *)(const void *)(vkx_sha256_k +
							      (size_t)4 * i)));

	l->cdgh = _mm_sha256rnds2_epu32(l->cdgh, l->abef, wk);
	if (i >= 3 && i < 15)
		*next = _mm_sha256msg2_epu32(
			_mm_add_epi32(*next, _mm_alignr_epi8(*now, *last, 4)),
			*now);
	wk = _mm_shuffle_epi32(wk, 0x0e);
	l->abef = _mm_sha256rnds2_epu32(l->abef, l->cdgh, wk);
	if (i >= 1 && i < 13)
		*last = _mm_sha256msg1_epu32(*last, *now);
}

SHA_INLINE void lane_add(struct lane *l)
{
	l->abef = _mm_add_epi32(l->abef, l->abef_before);
	l->cdgh = _mm_add_epi32(l->cdgh, l->cdgh_before);
}

#define STEPS_0_7(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define STEPS_8_15(X) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

SHA static void sha_ni_blocks(uint32_t state[8], const uint8_t *p,
			      size_t nblocks)
{
	struct lane l;

	lane_load(&l, state);
	for (; nblocks; nblocks--, p += VKX_SHA256_BLOCK) {
		lane_block(&l, p);
#define STEP(i) lane_step(&l, i);
		STEPS_0_7(STEP)
		STEPS_8_15(STEP)
#undef STEP
		lane_add(&l);
	}
	lane_store(&l, state);
}

SHA static void sha_ni_blocks2(uint32_t state_a[8], const uint8_t *pa,
			       uint32_t state_b[8], const uint8_t *pb,
			       size_t nblocks)
{
	struct lane a, b;

	lane_load(&a, state_a);
	lane_load(&b, state_b);
	for (; nblocks; nblocks--) {
		lane_block(&a, pa);
		lane_block(&b, pb);
#define STEP(i)           \
	lane_step(&a, i); \
	lane_step(&b, i);
		STEPS_0_7(STEP)
		STEPS_8_15(STEP)
#undef STEP
		lane_add(&a);
		lane_add(&b);
		pa += VKX_SHA256_BLOCK;
		pb += VKX_SHA256_BLOCK;
	}
	lane_store(&a, state_a);
	lane_store(&b, state_b);
}

const struct vkx_sha256_engine *vkx_sha256_cpu_engine(void)
{
	static const struct vkx_sha256_engine sha_ni = {
		.name = "sha-ni",
		.blocks = sha_ni_blocks,
		.blocks2 = sha_ni_blocks2,
	};
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) ||
	    !(c & bit_SSE4_1))
		return NULL;
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_SHA))
		return NULL;
	return &sha_ni;
}
