/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/pubfile.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

int vkx_ak_pem(const struct vkx_ak *ak, struct vkx_blob *pem_ret)
{
	EVP_PKEY *key = vkx_ak_pkey(ak);
	BIO *bio = BIO_new(BIO_s_mem());
	int err = -VKX_ERR_CRYPTO;
	char *text;
	long len;

	if (key && bio && PEM_write_bio_PUBKEY(bio, key) == 1) {
		len = BIO_get_mem_data(bio, &text);
		pem_ret->data = malloc((size_t)len + 1);
		err = pem_ret->data ? 0 : -VKX_ERR_NOMEM;
		if (!err) {
			memcpy(pem_ret->data, text, (size_t)len);
			pem_ret->data[len] = 0;
			pem_ret->size = (size_t)len;
		}
	}
	BIO_free(bio);
	EVP_PKEY_free(key);
	return err;
}

bool vkx_handle_parse(const char *text, uint32_t *handle_ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 16);

	/* Part 2, 7.2: persistent handles are 0x81xxxxxx. */
	if (*end || end == text || v >> 24 != 0x81)
		return false;
	*handle_ret = (uint32_t)v;
	return true;
}
