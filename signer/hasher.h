/* SPDX-License-Identifier: BSD-2-Clause */
/* One running digest of any accepted algorithm: SHA-256 from kernel/core, which
 * uses the CPU's own instructions, SHA-384 and SHA-512 from mbedtls. */
#ifndef VKX_HASHER_H
#define VKX_HASHER_H

#include <mbedtls/sha512.h>

#include "cms.h"
#include "sha256.h"

struct vkx_hasher {
	enum vkx_hash_alg alg;
	union {
		struct vkx_sha256 sha256;
		mbedtls_sha512_context sha512;
	} u;
};

/* alg: VKX_HASH_SHA256, SHA384 or SHA512. */
void vkx_hasher_init(struct vkx_hasher *h, enum vkx_hash_alg alg);
void vkx_hasher_update(struct vkx_hasher *h, const void *data, size_t len);
/* Writes vkx_hash_size(alg) bytes; init before reuse. */
void vkx_hasher_final(struct vkx_hasher *h, uint8_t digest_ret[64]);

#endif
