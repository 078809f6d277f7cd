/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/hasher.h"

#include <stdlib.h>

#include "keys/mbed.h"

/* mbedtls' software SHA-512 cannot fail; were it to, no digest may come out. */
static void must(int ret)
{
	if (ret)
		abort();
}

void vkx_hasher_init(struct vkx_hasher *h, enum vkx_hash_alg alg)
{
	h->alg = alg;
	if (alg == VKX_HASH_SHA256) {
		vkx_sha256_init(&h->u.sha256);
		return;
	}
	mbedtls_sha512_init(&h->u.sha512);
	must(vkx_mbed_sha512_starts(&h->u.sha512, alg == VKX_HASH_SHA384));
}

void vkx_hasher_update(struct vkx_hasher *h, const void *data, size_t len)
{
	if (h->alg == VKX_HASH_SHA256)
		vkx_sha256_update(&h->u.sha256, data, len);
	else
		must(vkx_mbed_sha512_update(&h->u.sha512, data, len));
}

void vkx_hasher_final(struct vkx_hasher *h, uint8_t digest_ret[64])
{
	uint8_t full[64];

	if (h->alg == VKX_HASH_SHA256) {
		vkx_sha256_final(&h->u.sha256, digest_ret);
		return;
	}
	must(vkx_mbed_sha512_finish(&h->u.sha512, full));
	mbedtls_sha512_free(&h->u.sha512);
	memcpy(digest_ret, full, vkx_hash_size(h->alg));
}
