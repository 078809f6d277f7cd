/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/credential.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "measure/ak.h"
#include "measure/hash.h"

/* tpm2-tools: lib/files.h */
#define FILE_MAGIC 0xbadcc0deu
#define FILE_VERSION 1u
#define SEED_SIZE 32u

static int judge_key(EVP_PKEY *key, struct vkx_ek *ek_ret)
{
	char group[32] = "";

	ek_ret->key = key;
	ek_ret->rsa = EVP_PKEY_is_a(key, "RSA");
	if (ek_ret->rsa && EVP_PKEY_get_bits(key) == 2048)
		return 0;
	if (EVP_PKEY_is_a(key, "EC") &&
	    EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME,
					   group, sizeof(group), NULL) == 1 &&
	    !strcmp(group, "prime256v1"))
		return 0;
	EVP_PKEY_free(key);
	ek_ret->key = NULL;
	return -VKX_ERR_UNSUPPORTED;
}

static X509 *read_cert(const void *data, size_t len)
{
	const unsigned char *p = data;
	X509 *crt = d2i_X509(NULL, &p, (long)len);
	BIO *bio;

	if (!crt) {
		bio = BIO_new_mem_buf(data, (int)len);
		crt = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
		BIO_free(bio);
	}
	ERR_clear_error();
	return crt;
}

int vkx_ek_from_cert(const void *cert, size_t len, struct vkx_ek *ek_ret)
{
	X509 *crt = read_cert(cert, len);
	EVP_PKEY *key = crt ? X509_get_pubkey(crt) : NULL;

	X509_free(crt);
	return key ? judge_key(key, ek_ret) : -VKX_ERR_FORMAT;
}

/* TCG EK Credential Profile: what follows the fixed parts is the key. */
int vkx_ek_from_public(const void *public, size_t len, struct vkx_ek *ek_ret)
{
	struct vkx_ak as_key = { .key = 0 };
	struct vkx_rd rd;
	EVP_PKEY *key;
	uint16_t n;

	vkx_rd_init(&rd, public, len);
	(void)vkx_rd_be16(&rd); /* TPM2B size */
	as_key.key = vkx_rd_be16(&rd);
	vkx_rd_skip(&rd, 2 + 4); /* nameAlg, attributes */
	vkx_rd_skip(&rd, vkx_rd_be16(&rd)); /* authPolicy */
	vkx_rd_skip(&rd, 2 + 2 + 2); /* AES-128-CFB */
	vkx_rd_skip(&rd, 2); /* scheme: null */
	if (as_key.key == VKX_TPM_RSA) {
		vkx_rd_skip(&rd, 2 + 4);
		as_key.exponent = 65537;
	} else {
		as_key.curve = vkx_rd_be16(&rd);
		vkx_rd_skip(&rd, 2); /* kdf: null */
	}
	n = vkx_rd_be16(&rd);
	as_key.n.p = as_key.x.p = vkx_rd_take(&rd, n);
	as_key.n.len = as_key.x.len = n;
	if (as_key.key == VKX_TPM_ECC) {
		n = vkx_rd_be16(&rd);
		as_key.y.p = vkx_rd_take(&rd, n);
		as_key.y.len = n;
		if (as_key.curve != 3 || as_key.x.len > 32 || n > 32)
			return -VKX_ERR_UNSUPPORTED;
	} else if (as_key.key != VKX_TPM_RSA) {
		return -VKX_ERR_UNSUPPORTED;
	}
	if (vkx_rd_end(&rd))
		return -VKX_ERR_FORMAT;
	key = vkx_ak_pkey(&as_key);
	return key ? judge_key(key, ek_ret) : -VKX_ERR_FORMAT;
}

/* Anchors and, from the same file, whatever else is needed in between. */
static bool add_certs(X509_STORE *store, const void *data, size_t len)
{
	BIO *bio = BIO_new_mem_buf(data, (int)len);
	bool any = false;
	X509 *crt;

	while (bio && (crt = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		any |= X509_STORE_add_cert(store, crt) == 1;
		X509_free(crt);
	}
	BIO_free(bio);
	if (!any && (crt = read_cert(data, len))) {
		any = X509_STORE_add_cert(store, crt) == 1;
		X509_free(crt);
	}
	ERR_clear_error();
	return any;
}

/* TCG EK Credential Profile: tcg-kp-EKCertificate */
#define EK_PURPOSE "2.23.133.8.1"

static bool purpose_is_ek(const EXTENDED_KEY_USAGE *purposes)
{
	char oid[sizeof(EK_PURPOSE)];
	int i;

	for (i = 0; i < sk_ASN1_OBJECT_num(purposes); i++)
		if (OBJ_obj2txt(oid, sizeof(oid),
				sk_ASN1_OBJECT_value(purposes, i),
				1) == (int)sizeof(oid) - 1 &&
		    !strcmp(oid, EK_PURPOSE))
			return true;
	return false;
}

/*
 * A maker's CA may issue more than EKs, and who holds another key of it could
 * answer a challenge without a TPM. An EK decrypts: its certificate says so in
 * its key usage, and in nothing does it say that it is for something else.
 * Some makers leave the extended key usage out.
 */
static bool is_ek_cert(X509 *crt)
{
	const EVP_PKEY *key = X509_get0_pubkey(crt);
	uint32_t usage = X509_get_key_usage(crt);
	uint32_t decrypts = key && EVP_PKEY_is_a(key, "RSA") ?
				    KU_KEY_ENCIPHERMENT :
				    KU_KEY_AGREEMENT;
	EXTENDED_KEY_USAGE *purposes;
	bool good = true;
	int critical;

	purposes = X509_get_ext_d2i(crt, NID_ext_key_usage, &critical, NULL);
	if (purposes)
		good = purpose_is_ek(purposes);
	else if (critical != -1)
		good = false; /* malformed, or there twice */
	sk_ASN1_OBJECT_pop_free(purposes, ASN1_OBJECT_free);
	return good && key && usage != UINT32_MAX && (usage & decrypts) &&
	       !(usage & KU_KEY_CERT_SIGN) &&
	       !(X509_get_extension_flags(crt) & EXFLAG_CA);
}

int vkx_ek_check_cert(const void *cert, size_t len, const void *anchors,
		      size_t anchors_len)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *crt = read_cert(cert, len);
	int err = -VKX_ERR_FORMAT;

	if (!store || !ctx || !crt || !add_certs(store, anchors, anchors_len))
		goto out;
	/* A TPM outlives its certificate's dates. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN |
					    X509_V_FLAG_NO_CHECK_TIME);
	err = -VKX_ERR_MISMATCH;
	if (X509_STORE_CTX_init(ctx, store, crt, NULL) == 1 &&
	    X509_verify_cert(ctx) == 1)
		err = is_ek_cert(crt) ? 0 : -VKX_ERR_UNSUPPORTED;
out:
	ERR_clear_error();
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(crt);
	return err;
}

/* --- seed -----------------------------------------------------------------*/

/* KDFa (Part 1, 11.4.10.2) with SHA-256; bits is a multiple of 8, at most one
 * digest. */
static bool kdfa(const uint8_t *key, size_t key_len, const char *label,
		 struct vkx_span context, uint8_t *out, uint32_t bits)
{
	uint8_t msg[4 + 16 + 128 + 4], mac[32];
	unsigned int mac_len = 0;
	struct vkx_wr wr;

	vkx_wr_init(&wr, msg, sizeof(msg));
	vkx_wr_be32(&wr, 1);
	vkx_wr_bytes(&wr, label, strlen(label) + 1);
	vkx_wr_bytes(&wr, context.p, context.len);
	vkx_wr_be32(&wr, bits);
	if (wr.err || bits > 256 ||
	    !HMAC(EVP_sha256(), key, (int)key_len, msg, wr.pos, mac, &mac_len))
		return false;
	memcpy(out, mac, bits / 8);
	OPENSSL_cleanse(mac, sizeof(mac));
	return true;
}

/* B.10.4: RSA-OAEP, label "IDENTITY" with its NUL. */
static bool seed_rsa(EVP_PKEY *key, const uint8_t seed[SEED_SIZE],
		     struct vkx_wr *out)
{
	static const char label[] = "IDENTITY";
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t enc[256];
	size_t len = sizeof(enc);
	void *copy = OPENSSL_memdup(label, sizeof(label));
	bool ok;

	ok = ctx && copy && EVP_PKEY_encrypt_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	     EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
	     EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1;
	if (ok &&
	    EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, sizeof(label)) == 1)
		copy = NULL; /* the context's now */
	else
		ok = false;
	ok = ok && EVP_PKEY_encrypt(ctx, enc, &len, seed, SEED_SIZE) == 1;
	OPENSSL_free(copy);
	EVP_PKEY_CTX_free(ctx);
	vkx_wr_be16(out, (uint16_t)len);
	vkx_wr_bytes(out, enc, len);
	return ok && !out->err;
}

static bool coordinate(EVP_PKEY *key, const char *name, uint8_t out[32])
{
	BIGNUM *bn = NULL;
	bool ok = EVP_PKEY_get_bn_param(key, name, &bn) == 1 &&
		  BN_bn2binpad(bn, out, 32) == 32;

	BN_free(bn);
	return ok;
}

static bool ecdh(EVP_PKEY *own, EVP_PKEY *peer, uint8_t z[32])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t len = 32;
	bool ok = ctx && EVP_PKEY_derive_init(ctx) == 1 &&
		  EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
		  EVP_PKEY_derive(ctx, z, &len) == 1 && len == 32;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* C.6.4 and KDFe (Part 1, 11.4.10.3): an ephemeral point, and the seed out of
 * what it shares with the EK. */
static bool seed_ecc(EVP_PKEY *key, uint8_t seed[SEED_SIZE], struct vkx_wr *out)
{
	static const char label[] = "IDENTITY";
	uint8_t z[32], ex[32], ey[32], px[32], counter[4] = { 0, 0, 0, 1 };
	struct vkx_span pieces[] = { { counter, 4 },
				     { z, 32 },
				     { label, sizeof(label) },
				     { ex, 32 },
				     { px, 32 } };
	EVP_PKEY *own = EVP_EC_gen("P-256");
	bool ok;

	ok = own && coordinate(own, OSSL_PKEY_PARAM_EC_PUB_X, ex) &&
	     coordinate(own, OSSL_PKEY_PARAM_EC_PUB_Y, ey) &&
	     coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, px) &&
	     ecdh(own, key, z) &&
	     !vkx_hash_host.digest(NULL, VKX_TPM_ALG_SHA256, pieces, 5, seed);
	OPENSSL_cleanse(z, sizeof(z));
	EVP_PKEY_free(own);
	vkx_wr_be16(out, 2 + 32 + 2 + 32);
	vkx_wr_be16(out, 32);
	vkx_wr_bytes(out, ex, 32);
	vkx_wr_be16(out, 32);
	vkx_wr_bytes(out, ey, 32);
	return ok && !out->err;
}

/* --- credential -----------------------------------------------------------*/

/* encIdentity: TPM2B_DIGEST of the secret under AES-128-CFB, IV zero. */
static bool encrypt(const uint8_t seed[SEED_SIZE], struct vkx_span name,
		    const uint8_t *secret, uint8_t enc[2 + 32])
{
	uint8_t key[16], plain[2 + 32], iv[16] = { 0 };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;
	bool ok;

	vkx_put_be16(plain, VKX_CREDENTIAL_SECRET);
	memcpy(plain + 2, secret, VKX_CREDENTIAL_SECRET);
	ok = ctx && kdfa(seed, SEED_SIZE, "STORAGE", name, key, 128) &&
	     EVP_EncryptInit_ex(ctx, EVP_aes_128_cfb128(), NULL, key, iv) ==
		     1 &&
	     EVP_EncryptUpdate(ctx, enc, &len, plain, sizeof(plain)) == 1 &&
	     len == (int)sizeof(plain);
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(plain, sizeof(plain));
	return ok;
}

/* outerHMAC over encIdentity and the name (Part 1, 24.5). */
static bool integrity(const uint8_t seed[SEED_SIZE], struct vkx_span name,
		      const uint8_t enc[2 + 32], uint8_t mac[32])
{
	uint8_t key[32], msg[2 + 32 + 2 + VKX_MAX_DIGEST];
	static const struct vkx_span none = { "", 0 };
	unsigned int len = 0;
	bool ok;

	memcpy(msg, enc, 2 + 32);
	memcpy(msg + 2 + 32, name.p, name.len);
	ok = kdfa(seed, SEED_SIZE, "INTEGRITY", none, key, 256) &&
	     HMAC(EVP_sha256(), key, 32, msg, 2 + 32 + name.len, mac, &len);
	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}

int vkx_credential_make(const struct vkx_ek *ek, struct vkx_span ak_name,
			const uint8_t secret[VKX_CREDENTIAL_SECRET],
			struct vkx_blob *blob_ret)
{
	uint8_t seed[SEED_SIZE], enc[2 + 32], mac[32], sealed[260];
	struct vkx_wr wr, sw;
	bool ok;

	vkx_wr_init(&sw, sealed, sizeof(sealed));
	if (ak_name.len > 2 + VKX_MAX_DIGEST)
		return -VKX_ERR_ARG;
	ok = ek->rsa ? RAND_priv_bytes(seed, sizeof(seed)) == 1 &&
			       seed_rsa(ek->key, seed, &sw) :
		       seed_ecc(ek->key, seed, &sw);
	ok = ok && encrypt(seed, ak_name, secret, enc) &&
	     integrity(seed, ak_name, enc, mac);
	OPENSSL_cleanse(seed, sizeof(seed));
	ERR_clear_error();
	if (!ok)
		return -VKX_ERR_CRYPTO;
	blob_ret->size = 8 + 2 + 2 + 32 + 2 + 32 + sw.pos;
	blob_ret->data = malloc(blob_ret->size);
	if (!blob_ret->data)
		return -VKX_ERR_NOMEM;
	vkx_wr_init(&wr, blob_ret->data, blob_ret->size);
	vkx_wr_be32(&wr, FILE_MAGIC);
	vkx_wr_be32(&wr, FILE_VERSION);
	vkx_wr_be16(&wr, 2 + 32 + 2 + 32);
	vkx_wr_be16(&wr, 32);
	vkx_wr_bytes(&wr, mac, 32);
	vkx_wr_bytes(&wr, enc, sizeof(enc));
	vkx_wr_bytes(&wr, sealed, sw.pos);
	return wr.err;
}

int vkx_credential_split(struct vkx_span file, struct vkx_span *id_object_ret,
			 struct vkx_span *encrypted_ret)
{
	struct vkx_span id, enc;
	struct vkx_rd rd;
	uint16_t n;

	vkx_rd_init(&rd, file.p, file.len);
	if (vkx_rd_be32(&rd) != FILE_MAGIC || vkx_rd_be32(&rd) != FILE_VERSION)
		return -VKX_ERR_FORMAT;
	id.p = rd.p;
	n = vkx_rd_be16(&rd);
	vkx_rd_skip(&rd, n);
	id.len = 2u + n;
	enc.p = rd.p;
	n = vkx_rd_be16(&rd);
	vkx_rd_skip(&rd, n);
	enc.len = 2u + n;
	if (vkx_rd_end(&rd))
		return -VKX_ERR_FORMAT;
	*id_object_ret = id;
	*encrypted_ret = enc;
	return 0;
}
