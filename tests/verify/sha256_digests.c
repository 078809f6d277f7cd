/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints, for every SHA-256 engine of the CPU it runs on, one digest over the
 * digests of many messages, single and paired. Needs nothing but kernel/core,
 * so that it can be built for another CPU and run under QEMU: all lines of all
 * machines must show the same digest.
 */
#include <stdio.h>

#include "sha256.h"

static uint8_t data[8192 + 64];

static void fold(struct vkx_sha256 *all, struct vkx_sha256 *one)
{
	uint8_t digest[32];

	vkx_sha256_final(one, digest);
	vkx_sha256_update(all, digest, sizeof(digest));
}

/* Both messages begin at odd places, so that pairs start mid-block. */
static void digest_pair(struct vkx_sha256 *all, size_t i)
{
	struct vkx_sha256 a, b;

	vkx_sha256_init(&a);
	vkx_sha256_init(&b);
	vkx_sha256_update(&a, data + 1, i % 67);
	vkx_sha256_update(&b, data + 3, i % 71);
	vkx_sha256_update2(&a, data + i % 64, &b, data + i % 17, i);
	fold(all, &a);
	fold(all, &b);
}

int main(void)
{
	const struct vkx_sha256_engine *e;
	struct vkx_sha256 all;
	uint8_t digest[32];
	uint32_t x = 1;
	size_t i, n;

	for (i = 0; i < sizeof(data); i++) {
		x = x * 1664525u + 1013904223u;
		data[i] = (uint8_t)(x >> 24);
	}
	for (n = 0; (e = vkx_sha256_engine_at(n)); n++) {
		vkx_sha256_use(e);
		vkx_sha256_init(&all);
		for (i = 0; i < 8192; i += i < 520 ? 1 : 61) {
			vkx_sha256(data + i % 16, i, digest);
			vkx_sha256_update(&all, digest, sizeof(digest));
			digest_pair(&all, i);
		}
		vkx_sha256_final(&all, digest);
		for (i = 0; i < 32; i++)
			printf("%02x", digest[i]);
		printf(" %s\n", e->name);
	}
	return 0;
}
