/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "sha256.h"

#include "cursor.h"

const uint32_t vkx_sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t ror(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

/* FIPS 180-4, 6.2.2 step 1. */
static void schedule(uint32_t w[64], const uint8_t *p)
{
	uint32_t s0, s1;
	unsigned int t;

	for (t = 0; t < 16; t++)
		w[t] = vkx_get_be32(p + (size_t)4 * t);
	for (; t < 64; t++) {
		s0 = ror(w[t - 15], 7) ^ ror(w[t - 15], 18) ^ w[t - 15] >> 3;
		s1 = ror(w[t - 2], 17) ^ ror(w[t - 2], 19) ^ w[t - 2] >> 10;
		w[t] = s1 + w[t - 7] + s0 + w[t - 16];
	}
}

/* FIPS 180-4, 6.2.2 steps 2 to 4. */
static void block(uint32_t state[8], const uint8_t *p)
{
	uint32_t w[64], v[8], t1, t2;
	unsigned int t;

	schedule(w, p);
	memcpy(v, state, sizeof(v));
	for (t = 0; t < 64; t++) {
		t1 = v[7] + (ror(v[4], 6) ^ ror(v[4], 11) ^ ror(v[4], 25)) +
		     ((v[4] & v[5]) ^ (~v[4] & v[6])) + vkx_sha256_k[t] + w[t];
		t2 = (ror(v[0], 2) ^ ror(v[0], 13) ^ ror(v[0], 22)) +
		     ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (t = 0; t < 8; t++)
		state[t] += v[t];
}

static void generic_blocks(uint32_t state[8], const uint8_t *p, size_t nblocks)
{
	for (; nblocks; nblocks--, p += VKX_SHA256_BLOCK)
		block(state, p);
}

const struct vkx_sha256_engine vkx_sha256_generic = {
	.name = "generic",
	.blocks = generic_blocks,
};

/* The engine in use; NULL until the first call has asked the CPU. */
static const struct vkx_sha256_engine *engine_in_use;

const struct vkx_sha256_engine *vkx_sha256_engine_at(size_t index)
{
	const struct vkx_sha256_engine *cpu = vkx_sha256_cpu_engine();

	if (cpu && index == 0)
		return cpu;
	return index == (cpu ? 1 : 0) ? &vkx_sha256_generic : NULL;
}

void vkx_sha256_use(const struct vkx_sha256_engine *engine)
{
	__atomic_store_n(&engine_in_use, engine, __ATOMIC_RELAXED);
}

const struct vkx_sha256_engine *vkx_sha256_engine(void)
{
	const struct vkx_sha256_engine *e =
		__atomic_load_n(&engine_in_use, __ATOMIC_RELAXED);

	if (!e) {
		/* Threads that race here all store the same pointer. */
		e = vkx_sha256_engine_at(0);
		vkx_sha256_use(e);
	}
	return e;
}

void vkx_sha256_init(struct vkx_sha256 *ctx)
{
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memcpy(ctx->state, start, sizeof(start));
	ctx->bytes = 0;
}

/* Completes a block begun earlier; returns how many bytes of p it took. */
static size_t top_up(struct vkx_sha256 *ctx, const uint8_t *p, size_t len)
{
	size_t have = ctx->bytes % VKX_SHA256_BLOCK;
	size_t n = VKX_SHA256_BLOCK - have;

	if (!have)
		return 0;
	if (n > len)
		n = len;
	if (n)
		memcpy(ctx->block + have, p, n);
	ctx->bytes += n;
	if (have + n == VKX_SHA256_BLOCK)
		vkx_sha256_engine()->blocks(ctx->state, ctx->block, 1);
	return n;
}

void vkx_sha256_update(struct vkx_sha256 *ctx, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t n = top_up(ctx, p, len);

	p += n;
	len -= n;
	n = len / VKX_SHA256_BLOCK;
	if (n)
		vkx_sha256_engine()->blocks(ctx->state, p, n);
	p += n * VKX_SHA256_BLOCK;
	if (len % VKX_SHA256_BLOCK)
		memcpy(ctx->block, p, len % VKX_SHA256_BLOCK);
	ctx->bytes += len;
}

void vkx_sha256_update2(struct vkx_sha256 *ctx_a, const void *a,
			struct vkx_sha256 *ctx_b, const void *b, size_t len)
{
	const struct vkx_sha256_engine *engine = vkx_sha256_engine();
	const uint8_t *pa = a, *pb = b;
	size_t na = top_up(ctx_a, pa, len), nb = top_up(ctx_b, pb, len);
	size_t n = (len - (na > nb ? na : nb)) / VKX_SHA256_BLOCK;

	/* Both now stand at a block boundary, or nothing is left of a part. */
	pa += na;
	pb += nb;
	if (n && engine->blocks2) {
		engine->blocks2(ctx_a->state, pa, ctx_b->state, pb, n);
		n *= VKX_SHA256_BLOCK;
		ctx_a->bytes += n;
		ctx_b->bytes += n;
		pa += n;
		pb += n;
		na += n;
		nb += n;
	}
	vkx_sha256_update(ctx_a, pa, len - na);
	vkx_sha256_update(ctx_b, pb, len - nb);
}

void vkx_sha256_final(struct vkx_sha256 *ctx, uint8_t digest_ret[32])
{
	size_t have = ctx->bytes % VKX_SHA256_BLOCK;
	unsigned int i;

	ctx->block[have++] = 0x80;
	if (have > VKX_SHA256_BLOCK - 8) {
		memset(ctx->block + have, 0, VKX_SHA256_BLOCK - have);
		vkx_sha256_engine()->blocks(ctx->state, ctx->block, 1);
		have = 0;
	}
	memset(ctx->block + have, 0, VKX_SHA256_BLOCK - 8 - have);
	vkx_put_be64(ctx->block + VKX_SHA256_BLOCK - 8, ctx->bytes * 8);
	vkx_sha256_engine()->blocks(ctx->state, ctx->block, 1);
	for (i = 0; i < 8; i++)
		vkx_put_be32(digest_ret + (size_t)4 * i, ctx->state[i]);
}

void vkx_sha256(const void *data, size_t len, uint8_t digest_ret[32])
{
	struct vkx_sha256 ctx;

	vkx_sha256_init(&ctx);
	vkx_sha256_update(&ctx, data, len);
	vkx_sha256_final(&ctx, digest_ret);
}
