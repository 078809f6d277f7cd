/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/pkcs8.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/cipher.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform_util.h>

#include "keys/derw.h"
#include "keys/mbed.h"
#include "keys/rng.h"

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define SALT_SIZE 16
#define BLOCK 16
#define MAX_KEY 32

/* 2.16.840.1.101.3.4.1.x */
#define OID_AES128_CBC "\x60\x86\x48\x01\x65\x03\x04\x01\x02"
#define OID_AES192_CBC "\x60\x86\x48\x01\x65\x03\x04\x01\x16"
#define OID_AES256_CBC "\x60\x86\x48\x01\x65\x03\x04\x01\x2a"

struct pbes2 {
	mbedtls_asn1_buf salt;
	int iterations;
	mbedtls_md_type_t prf;
	mbedtls_cipher_type_t cipher;
	size_t key_size;
	const uint8_t *iv;
	const uint8_t *data;
	size_t data_len;
};

static int derive(const struct pbes2 *p, const struct vkx_secret *secret,
		  uint8_t key[MAX_KEY])
{
	return vkx_mbed_pbkdf2(p->prf, (const unsigned char *)secret->text,
			       secret->len, p->salt.p, p->salt.len,
			       (unsigned int)p->iterations,
			       (uint32_t)p->key_size, key) ?
		       -VKX_ERR_CRYPTO :
		       0;
}

/* CBC with PKCS#7 padding. out has room for data_len + BLOCK. A wrong padding
 * is -VKX_ERR_MISMATCH: the passphrase was another one. */
static int crypt_cbc(const struct pbes2 *p, const struct vkx_secret *secret,
		     mbedtls_operation_t op, uint8_t *out, size_t *out_len)
{
	mbedtls_cipher_context_t c;
	uint8_t key[MAX_KEY];
	int err, ret;

	mbedtls_cipher_init(&c);
	err = derive(p, secret, key);
	if (err)
		goto out;
	err = -VKX_ERR_CRYPTO;
	if (mbedtls_cipher_setup(&c,
				 mbedtls_cipher_info_from_type(p->cipher)) ||
	    mbedtls_cipher_setkey(&c, key, (int)p->key_size * 8, op) ||
	    mbedtls_cipher_set_padding_mode(&c, MBEDTLS_PADDING_PKCS7))
		goto out;
	ret = mbedtls_cipher_crypt(&c, p->iv, BLOCK, p->data, p->data_len, out,
				   out_len);
	err = ret == 0					? 0 :
	      ret == MBEDTLS_ERR_CIPHER_INVALID_PADDING ? -VKX_ERR_MISMATCH :
							  -VKX_ERR_CRYPTO;
out:
	mbedtls_platform_zeroize(key, sizeof(key));
	mbedtls_cipher_free(&c);
	return err;
}

static int encode(const struct pbes2 *p, struct vkx_bytes *der_ret)
{
	size_t size = p->data_len + 256;
	struct vkx_derw w;
	uint8_t *buf = malloc(size);
	const uint8_t *mark;
	int err;

	if (!buf)
		return -VKX_ERR_NOMEM;
	vkx_derw_init(&w, buf, size);
	vkx_derw_prim(&w, MBEDTLS_ASN1_OCTET_STRING, p->data, p->data_len);
	/* AlgorithmIdentifier: encryptionScheme, keyDerivationFunc, PBES2. */
	mark = w.p;
	vkx_derw_prim(&w, MBEDTLS_ASN1_OCTET_STRING, p->iv, BLOCK);
	VKX_OID(&w, OID_AES256_CBC);
	vkx_derw_wrap(&w, mark, SEQ);
	{
		const uint8_t *kdf = w.p, *prf;

		vkx_derw_null(&w);
		prf = kdf;
		VKX_OID(&w, MBEDTLS_OID_HMAC_SHA256);
		vkx_derw_wrap(&w, prf, SEQ);
		vkx_derw_int(&w, p->iterations);
		vkx_derw_prim(&w, MBEDTLS_ASN1_OCTET_STRING, p->salt.p,
			      p->salt.len);
		vkx_derw_wrap(&w, kdf, SEQ);
		VKX_OID(&w, MBEDTLS_OID_PKCS5_PBKDF2);
		vkx_derw_wrap(&w, kdf, SEQ);
	}
	vkx_derw_wrap(&w, mark, SEQ);
	VKX_OID(&w, MBEDTLS_OID_PKCS5_PBES2);
	vkx_derw_wrap(&w, mark, SEQ);
	vkx_derw_wrap(&w, w.end, SEQ);
	err = vkx_derw_take(&w, der_ret);
	free(buf);
	return err;
}

int vkx_pkcs8_wrap(const struct vkx_bytes *plain,
		   const struct vkx_secret *secret, struct vkx_bytes *der_ret)
{
	uint8_t salt[SALT_SIZE], iv[BLOCK], *out;
	struct pbes2 p = {
		.salt = { .p = salt, .len = sizeof(salt) },
		.iterations = VKX_PKCS8_ITERATIONS,
		.prf = MBEDTLS_MD_SHA256,
		.cipher = MBEDTLS_CIPHER_AES_256_CBC,
		.key_size = 32,
		.iv = iv,
		.data = plain->data,
		.data_len = plain->len,
	};
	size_t len;
	int err;

	if (vkx_rng(NULL, salt, sizeof(salt)) || vkx_rng(NULL, iv, sizeof(iv)))
		return -VKX_ERR_CRYPTO;
	out = malloc(plain->len + (size_t)2 * BLOCK);
	if (!out)
		return -VKX_ERR_NOMEM;
	err = crypt_cbc(&p, secret, MBEDTLS_ENCRYPT, out, &len);
	if (!err) {
		p.data = out;
		p.data_len = len;
		err = encode(&p, der_ret);
	}
	free(out);
	return err;
}

static int cipher_of(const mbedtls_asn1_buf *oid, struct pbes2 *p)
{
	static const struct {
		const char *oid;
		mbedtls_cipher_type_t cipher;
		size_t key_size;
	} rows[] = {
		{ OID_AES128_CBC, MBEDTLS_CIPHER_AES_128_CBC, 16 },
		{ OID_AES192_CBC, MBEDTLS_CIPHER_AES_192_CBC, 24 },
		{ OID_AES256_CBC, MBEDTLS_CIPHER_AES_256_CBC, 32 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (oid->len != sizeof(OID_AES128_CBC) - 1 ||
		    memcmp(oid->p, rows[i].oid, oid->len) != 0)
			continue;
		p->cipher = rows[i].cipher;
		p->key_size = rows[i].key_size;
		return 0;
	}
	return -VKX_ERR_UNSUPPORTED;
}

static bool oid_is(const mbedtls_asn1_buf *oid, const char *want, size_t len)
{
	return oid->len == len && !memcmp(oid->p, want, len);
}

/* PBKDF2-params: salt, iterations, optional keyLength, optional prf. */
static int read_kdf(const mbedtls_asn1_buf *params, struct pbes2 *p)
{
	unsigned char *at = params->p, *end = params->p + params->len;
	mbedtls_asn1_buf prf, prf_params;
	int key_size;

	if (params->tag != SEQ ||
	    mbedtls_asn1_get_tag(&at, end, &p->salt.len,
				 MBEDTLS_ASN1_OCTET_STRING))
		return -VKX_ERR_FORMAT;
	p->salt.p = at;
	at += p->salt.len;
	if (mbedtls_asn1_get_int(&at, end, &p->iterations))
		return -VKX_ERR_FORMAT;
	if (p->iterations < 1 || p->iterations > VKX_PKCS8_MAX_ITERATIONS)
		return -VKX_ERR_UNSUPPORTED;
	if (at < end && *at == MBEDTLS_ASN1_INTEGER &&
	    (mbedtls_asn1_get_int(&at, end, &key_size) || key_size < 0 ||
	     (size_t)key_size != p->key_size))
		return -VKX_ERR_FORMAT;
	p->prf = MBEDTLS_MD_SHA1;
	if (at == end)
		return 0;
	if (mbedtls_asn1_get_alg(&at, end, &prf, &prf_params) || at != end)
		return -VKX_ERR_FORMAT;
	return mbedtls_oid_get_md_hmac(&prf, &p->prf) ? -VKX_ERR_UNSUPPORTED :
							0;
}

static int read_pbes2(const mbedtls_asn1_buf *params, struct pbes2 *p)
{
	unsigned char *at = params->p, *end = params->p + params->len;
	mbedtls_asn1_buf kdf, kdf_params, enc, iv;
	int err;

	if (params->tag != SEQ ||
	    mbedtls_asn1_get_alg(&at, end, &kdf, &kdf_params) ||
	    mbedtls_asn1_get_alg(&at, end, &enc, &iv) || at != end)
		return -VKX_ERR_FORMAT;
	if (!oid_is(&kdf, MBEDTLS_OID_PKCS5_PBKDF2,
		    sizeof(MBEDTLS_OID_PKCS5_PBKDF2) - 1))
		return -VKX_ERR_UNSUPPORTED;
	err = cipher_of(&enc, p);
	if (err)
		return err;
	if (iv.tag != MBEDTLS_ASN1_OCTET_STRING || iv.len != BLOCK)
		return -VKX_ERR_FORMAT;
	p->iv = iv.p;
	return read_kdf(&kdf_params, p);
}

static int read_envelope(const uint8_t *der, size_t len, struct pbes2 *p)
{
	/* mbedtls wants a pointer to unsigned char and does not write. */
	unsigned char *at = (unsigned char *)(uintptr_t)der, *end = at + len;
	mbedtls_asn1_buf alg, params;
	size_t n;
	int err;

	if (mbedtls_asn1_get_tag(&at, end, &n, SEQ) || at + n != end ||
	    mbedtls_asn1_get_alg(&at, end, &alg, &params))
		return -VKX_ERR_FORMAT;
	if (!oid_is(&alg, MBEDTLS_OID_PKCS5_PBES2,
		    sizeof(MBEDTLS_OID_PKCS5_PBES2) - 1))
		return -VKX_ERR_UNSUPPORTED;
	err = read_pbes2(&params, p);
	if (err)
		return err;
	if (mbedtls_asn1_get_tag(&at, end, &n, MBEDTLS_ASN1_OCTET_STRING) ||
	    at + n != end || !n || n % BLOCK)
		return -VKX_ERR_FORMAT;
	p->data = at;
	p->data_len = n;
	return 0;
}

/* A wrong passphrase passes the padding check once in 256 times. */
static bool is_private_key_info(const uint8_t *der, size_t len)
{
	unsigned char *at = (unsigned char *)(uintptr_t)der;
	size_t n;

	return !mbedtls_asn1_get_tag(&at, der + len, &n, SEQ) &&
	       at + n == der + len;
}

int vkx_pkcs8_unwrap(const uint8_t *der, size_t len,
		     const struct vkx_secret *secret,
		     struct vkx_bytes *plain_ret)
{
	struct pbes2 p = { 0 };
	size_t plain_len = 0;
	uint8_t *out;
	int err = read_envelope(der, len, &p);

	if (err)
		return err;
	out = malloc(p.data_len + (size_t)2 * BLOCK);
	if (!out)
		return -VKX_ERR_NOMEM;
	err = crypt_cbc(&p, secret, MBEDTLS_DECRYPT, out, &plain_len);
	if (!err && !is_private_key_info(out, plain_len))
		err = -VKX_ERR_MISMATCH;
	if (!err)
		err = vkx_bytes_copy(out, plain_len, plain_ret);
	mbedtls_platform_zeroize(out, p.data_len + (size_t)2 * BLOCK);
	free(out);
	return err;
}
