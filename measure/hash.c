/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/hash.h"

#include <openssl/evp.h>
#include <pthread.h>

#include "sha256.h"

static const struct {
	uint16_t alg;
	const char *name; /* libcrypto's */
} served[] = {
	{ VKX_TPM_ALG_SHA1, "SHA1" },
	{ VKX_TPM_ALG_SHA384, "SHA384" },
	{ VKX_TPM_ALG_SHA512, "SHA512" },
	{ VKX_TPM_ALG_SM3_256, "SM3" },
	{ VKX_TPM_ALG_SHA3_256, "SHA3-256" },
	{ VKX_TPM_ALG_SHA3_384, "SHA3-384" },
	{ VKX_TPM_ALG_SHA3_512, "SHA3-512" },
};

#define NR_SERVED (sizeof(served) / sizeof(served[0]))

static EVP_MD *mds[NR_SERVED];
static pthread_once_t mds_once = PTHREAD_ONCE_INIT;

/* Fetching takes locks and a search: once, not per event. */
static void fetch_mds(void)
{
	size_t i;

	for (i = 0; i < NR_SERVED; i++)
		mds[i] = EVP_MD_fetch(NULL, served[i].name, NULL);
}

static const EVP_MD *md_of(uint16_t alg)
{
	size_t i;

	pthread_once(&mds_once, fetch_mds);
	for (i = 0; i < NR_SERVED; i++)
		if (served[i].alg == alg)
			return mds[i];
	return NULL;
}

static int digest_sha256(const struct vkx_span *pieces, size_t nr,
			 uint8_t *digest_ret)
{
	struct vkx_sha256 ctx;
	size_t i;

	vkx_sha256_init(&ctx);
	for (i = 0; i < nr; i++)
		vkx_sha256_update(&ctx, pieces[i].p, pieces[i].len);
	vkx_sha256_final(&ctx, digest_ret);
	return 0;
}

static int digest(void *ctx, uint16_t alg, const struct vkx_span *pieces,
		  size_t nr, uint8_t *digest_ret)
{
	const EVP_MD *md;
	EVP_MD_CTX *evp;
	size_t i;
	int ok;

	(void)ctx;
	if (alg == VKX_TPM_ALG_SHA256)
		return digest_sha256(pieces, nr, digest_ret);
	md = md_of(alg);
	if (!md)
		return -VKX_ERR_UNSUPPORTED;
	evp = EVP_MD_CTX_new();
	if (!evp)
		return -VKX_ERR_NOMEM;
	ok = EVP_DigestInit_ex2(evp, md, NULL);
	for (i = 0; ok && i < nr; i++)
		ok = EVP_DigestUpdate(evp, pieces[i].p, pieces[i].len);
	ok = ok && EVP_DigestFinal_ex(evp, digest_ret, NULL);
	EVP_MD_CTX_free(evp);
	return ok ? 0 : -VKX_ERR_CRYPTO;
}

const struct vkx_hash_ops vkx_hash_host = { .digest = digest };
