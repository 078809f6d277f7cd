/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SHA-256 with the ARMv8 Cryptographic Extension (Arm ARM, SHA256H, SHA256H2,
 * SHA256SU0, SHA256SU1). Two messages interleaved hide the latency of SHA256H.
 * The whole file is compiled with +crypto (build.mk), so nothing but the engine
 * and the question to the CPU stands here.
 */
#include "sha256.h"

#include <arm_neon.h>

#define INLINE __attribute__((always_inline)) static inline

struct lane {
	uint32x4_t abcd, efgh;
	uint32x4_t abcd_before, efgh_before;
	uint32x4_t w[4];
};

INLINE void lane_load(struct lane *l, const uint32_t state[8])
{
	l->abcd = vld1q_u32(state);
	l->efgh = vld1q_u32(state + 4);
}

INLINE void lane_store(const struct lane *l, uint32_t state[8])
{
	vst1q_u32(state, l->abcd);
	vst1q_u32(state + 4, l->efgh);
}

/* Bytes are loaded and swapped as bytes: right on either endianness. */
INLINE uint32x4_t words(const uint8_t *p)
{
	return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p)));
}

INLINE void lane_block(struct lane *l, const uint8_t *p)
{
	l->abcd_before = l->abcd;
	l->efgh_before = l->efgh;
	l->w[0] = words(p);
	l->w[1] = words(p + 16);
	l->w[2] = words(p + 32);
	l->w[3] = words(p + 48);
}

/* Rounds 4i to 4i+3; the words used up here become those of step i+4. */
INLINE void lane_step(struct lane *l, unsigned int i)
{
	uint32x4_t *now = &l->w[i % 4], abcd = l->abcd;
	uint32x4_t wk = vaddq_u32(*now, vld1q_u32(vkx_sha256_k + 4 * i));

	if (i < 12)
		*now = vsha256su1q_u32(vsha256su0q_u32(*now, l->w[(i + 1) % 4]),
				       l->w[(i + 2) % 4], l->w[(i + 3) % 4]);
	l->abcd = vsha256hq_u32(l->abcd, l->efgh, wk);
	l->efgh = vsha256h2q_u32(l->efgh, abcd, wk);
}

INLINE void lane_add(struct lane *l)
{
	l->abcd = vaddq_u32(l->abcd, l->abcd_before);
	l->efgh = vaddq_u32(l->efgh, l->efgh_before);
}

#define STEPS_0_7(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define STEPS_8_15(X) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

static void ce_blocks(uint32_t state[8], const uint8_t *p, size_t nblocks)
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

static void ce_blocks2(uint32_t state_a[8], const uint8_t *pa,
		       uint32_t state_b[8], const uint8_t *pb, size_t nblocks)
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
	static const struct vkx_sha256_engine ce = {
		.name = "armv8-ce",
		.blocks = ce_blocks,
		.blocks2 = ce_blocks2,
	};
	uint64_t isar0;

	/* Linux answers this read for user space since 4.11. */
	__asm__("mrs %0, ID_AA64ISAR0_EL1" : "=r"(isar0));
	return (isar0 >> 12 & 0xf) ? &ce : NULL;
}
