/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SHA-256 (FIPS 180-4) for tools that read images of hundreds of megabytes,
 * and for places without any library. Generic C, and an engine for the CPU's
 * own instructions where there are any (SHA-NI, ARMv8-CE). Two independent
 * messages can be hashed in one call, block by block interleaved, which fills
 * the pipeline that one message leaves half empty: a whole-file digest and a
 * component digest come out of one pass. Inside Linux the kernel's own crypto
 * is used instead; only the generic engine is built there.
 */
#ifndef VKX_SHA256_H
#define VKX_SHA256_H

#include "err.h"
#include "vkx_env.h"

#define VKX_SHA256_SIZE 32u
#define VKX_SHA256_BLOCK 64u

struct vkx_sha256 {
	uint32_t state[8];
	uint64_t bytes; /* hashed and buffered so far */
	uint8_t block[VKX_SHA256_BLOCK]; /* bytes % 64 are buffered */
};

/* One way to compress whole blocks. blocks2 may be NULL: no faster pair. */
struct vkx_sha256_engine {
	const char *name; /* "generic", "sha-ni", "armv8-ce" */
	void (*blocks)(uint32_t state[8], const uint8_t *p, size_t nblocks);
	/* Two messages at once; the same number of blocks of each. */
	void (*blocks2)(uint32_t a[8], const uint8_t *pa, uint32_t b[8],
			const uint8_t *pb, size_t nblocks);
};

/* The round constants, for engines. */
extern const uint32_t vkx_sha256_k[64];

/* Any C11 compiler, any CPU. Always there. */
extern const struct vkx_sha256_engine vkx_sha256_generic;

/*
 * The engines that this CPU can run, fastest first, generic last; NULL past
 * the end. Asks the CPU each time it is called with a fresh index.
 */
const struct vkx_sha256_engine *vkx_sha256_engine_at(size_t index);

/*
 * Makes every later call use this engine; NULL: the fastest. For tests and
 * for the tools' start-up, before any thread is made; not thread-safe.
 */
void vkx_sha256_use(const struct vkx_sha256_engine *engine);
const struct vkx_sha256_engine *vkx_sha256_engine(void);

/*
 * What sha256_<architecture>.c supplies: the engine of this CPU's own
 * instructions, or NULL where it has none. Asks the CPU on each call.
 */
const struct vkx_sha256_engine *vkx_sha256_cpu_engine(void);

void vkx_sha256_init(struct vkx_sha256 *ctx);
void vkx_sha256_update(struct vkx_sha256 *ctx, const void *data, size_t len);
/*
 * Feeds len bytes of a to ctx_a and len bytes of b to ctx_b; the contexts must
 * differ, the data may be the same. Interleaved where the engine has a pair
 * form, otherwise one after the other: same result.
 */
void vkx_sha256_update2(struct vkx_sha256 *ctx_a, const void *a,
			struct vkx_sha256 *ctx_b, const void *b, size_t len);
/* Writes 32 bytes; the context must be initialised anew before reuse. */
void vkx_sha256_final(struct vkx_sha256 *ctx, uint8_t digest_ret[32]);
void vkx_sha256(const void *data, size_t len, uint8_t digest_ret[32]);

#endif
