/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tpm_hash.h"

static const struct {
	uint16_t alg;
	uint16_t size;
	const char *name;
} algs[] = {
	{ VKX_TPM_ALG_SHA1, 20, "sha1" },
	{ VKX_TPM_ALG_SHA256, 32, "sha256" },
	{ VKX_TPM_ALG_SHA384, 48, "sha384" },
	{ VKX_TPM_ALG_SHA512, 64, "sha512" },
	{ VKX_TPM_ALG_SM3_256, 32, "sm3_256" },
	{ VKX_TPM_ALG_SHA3_256, 32, "sha3_256" },
	{ VKX_TPM_ALG_SHA3_384, 48, "sha3_384" },
	{ VKX_TPM_ALG_SHA3_512, 64, "sha3_512" },
};

#define NR_ALGS (sizeof(algs) / sizeof(algs[0]))

uint16_t vkx_tpm_alg_size(uint16_t alg)
{
	size_t i;

	for (i = 0; i < NR_ALGS; i++)
		if (algs[i].alg == alg)
			return algs[i].size;
	return 0;
}

const char *vkx_tpm_alg_name(uint16_t alg)
{
	size_t i;

	for (i = 0; i < NR_ALGS; i++)
		if (algs[i].alg == alg)
			return algs[i].name;
	return NULL;
}

/* kernel/core has the four memory functions only. */
static bool same_text(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

uint16_t vkx_tpm_alg_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < NR_ALGS; i++)
		if (same_text(algs[i].name, name))
			return algs[i].alg;
	return 0;
}

int vkx_hash_banks(const struct vkx_hash_ops *ops, const struct vkx_bank *banks,
		   size_t nr, const struct vkx_span *pieces, size_t nr_pieces,
		   struct vkx_digest *digests_ret)
{
	size_t i;
	int err;

	for (i = 0; i < nr; i++) {
		/* A size of a foreign header must not outrun the buffer. */
		if (!vkx_tpm_alg_size(banks[i].alg))
			return -VKX_ERR_UNSUPPORTED;
		digests_ret[i].alg = banks[i].alg;
		err = ops->digest(ops->ctx, banks[i].alg, pieces, nr_pieces,
				  digests_ret[i].bytes);
		if (err)
			return err;
	}
	return 0;
}
