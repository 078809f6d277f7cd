/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/signature.h"

#include <mbedtls/md.h>
#include <mbedtls/pk.h>

#include "der.h"

static mbedtls_md_type_t md_type(enum vkx_hash_alg alg)
{
	switch (alg) {
	case VKX_HASH_SHA256:
		return MBEDTLS_MD_SHA256;
	case VKX_HASH_SHA384:
		return MBEDTLS_MD_SHA384;
	case VKX_HASH_SHA512:
		return MBEDTLS_MD_SHA512;
	case VKX_HASH_NONE:
	case VKX_HASH_SHA1:
		break;
	}
	return MBEDTLS_MD_NONE;
}

/* The exact form of a value, before any arithmetic. */
static bool form_fits(enum vkx_key_alg key, uint32_t key_bits,
		      const uint8_t *sig, uint32_t sig_len)
{
	switch (key) {
	case VKX_KEY_RSA:
		return key_bits >= 2048 && key_bits <= 4096 &&
		       sig_len == (key_bits + 7) / 8;
	case VKX_KEY_P256:
	case VKX_KEY_P384:
		return vkx_der_is_ecdsa(sig, sig_len, key_bits / 8);
	case VKX_KEY_NONE:
		break;
	}
	return false;
}

/* mbedtls must have read the same kind of key as we have. */
static bool pk_fits(const mbedtls_pk_context *pk, enum vkx_key_alg key,
		    uint32_t key_bits)
{
	mbedtls_pk_type_t want =
		key == VKX_KEY_RSA ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECKEY;

	return mbedtls_pk_get_type(pk) == want &&
	       mbedtls_pk_get_bitlen(pk) == key_bits;
}

static bool is_out_of_memory(int ret)
{
	/* mbedtls adds a low-level code to the module's own. */
	return ret == MBEDTLS_ERR_PK_ALLOC_FAILED ||
	       -(-ret & 0x7f) == MBEDTLS_ERR_MPI_ALLOC_FAILED ||
	       ret == MBEDTLS_ERR_ECP_ALLOC_FAILED ||
	       ret == MBEDTLS_ERR_MD_ALLOC_FAILED;
}

int vkx_signature_check(const uint8_t *spki, uint32_t spki_len,
			enum vkx_key_alg key, uint32_t key_bits,
			enum vkx_hash_alg alg, const uint8_t *hash,
			const uint8_t *sig, uint32_t sig_len)
{
	mbedtls_pk_context pk;
	unsigned char *p = (unsigned char *)spki;
	int ret, err = -VKX_ERR_MISMATCH;

	if (md_type(alg) == MBEDTLS_MD_NONE ||
	    !form_fits(key, key_bits, sig, sig_len))
		return -VKX_ERR_MISMATCH;
	mbedtls_pk_init(&pk);
	ret = mbedtls_pk_parse_subpubkey(&p, spki + spki_len, &pk);
	if (!ret && p == spki + spki_len && pk_fits(&pk, key, key_bits)) {
		ret = mbedtls_pk_verify(&pk, md_type(alg), hash,
					vkx_hash_size(alg), sig, sig_len);
		if (ret == 0)
			err = 0;
	}
	if (err && is_out_of_memory(ret))
		err = -VKX_ERR_NOMEM;
	mbedtls_pk_free(&pk);
	return err;
}

int vkx_hash_retagged(enum vkx_hash_alg alg, uint8_t first, const uint8_t *p,
		      size_t len, uint8_t digest_ret[VKX_MAX_DIGEST])
{
	mbedtls_md_context_t md;
	int ret;

	if (md_type(alg) == MBEDTLS_MD_NONE || !len)
		return -VKX_ERR_CRYPTO;
	mbedtls_md_init(&md);
	ret = mbedtls_md_setup(&md, mbedtls_md_info_from_type(md_type(alg)), 0);
	if (!ret)
		ret = mbedtls_md_starts(&md);
	if (!ret)
		ret = mbedtls_md_update(&md, &first, 1);
	if (!ret)
		ret = mbedtls_md_update(&md, p + 1, len - 1);
	if (!ret)
		ret = mbedtls_md_finish(&md, digest_ret);
	mbedtls_md_free(&md);
	if (ret)
		return is_out_of_memory(ret) ? -VKX_ERR_NOMEM : -VKX_ERR_CRYPTO;
	return 0;
}

int vkx_hash_bytes(enum vkx_hash_alg alg, const uint8_t *p, size_t len,
		   uint8_t digest_ret[VKX_MAX_DIGEST])
{
	if (!len)
		return -VKX_ERR_CRYPTO;
	return vkx_hash_retagged(alg, p[0], p, len, digest_ret);
}

int vkx_x509_check_issued(const uint8_t *issuer_bytes,
			  const struct vkx_x509 *issuer,
			  const uint8_t *subject_bytes,
			  const struct vkx_x509 *subject)
{
	uint8_t hash[VKX_MAX_DIGEST];
	int err;

	if ((subject->sig_key == VKX_KEY_RSA) != (issuer->key == VKX_KEY_RSA) ||
	    subject->sig_key == VKX_KEY_NONE ||
	    md_type(subject->sig_hash) == MBEDTLS_MD_NONE)
		return -VKX_ERR_MISMATCH;
	err = vkx_hash_bytes(subject->sig_hash,
			     subject_bytes + subject->tbs.offset,
			     subject->tbs.size, hash);
	if (err)
		return err;
	return vkx_signature_check(
		issuer_bytes + issuer->spki.offset, issuer->spki.size,
		issuer->key, issuer->key_bits, subject->sig_hash, hash,
		subject_bytes + subject->sig.offset, subject->sig.size);
}
