/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>

#include "keys/derw.h"
#include "keys/mbed.h"
#include "keys/pem.h"
#include "keys/pkcs8.h"
#include "keys/rng.h"
#include "keys/token.h"

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define RSA_EXPONENT 65537
/* PKCS#1 of RSA-4096 is 2.4 KiB. */
#define MAX_KEY_DER 8192

void vkx_key_init(struct vkx_key *key)
{
	memset(key, 0, sizeof(*key));
	mbedtls_pk_init(&key->pk);
}

void vkx_key_free(struct vkx_key *key)
{
	mbedtls_pk_free(&key->pk);
	vkx_bytes_free(&key->spki);
	if (key->token)
		vkx_token_close(key->token);
	vkx_key_init(key);
}

mbedtls_md_type_t vkx_hash_md(enum vkx_hash_alg hash)
{
	switch (hash) {
	case VKX_HASH_SHA1:
		return MBEDTLS_MD_SHA1;
	case VKX_HASH_SHA256:
		return MBEDTLS_MD_SHA256;
	case VKX_HASH_SHA384:
		return MBEDTLS_MD_SHA384;
	case VKX_HASH_SHA512:
		return MBEDTLS_MD_SHA512;
	case VKX_HASH_NONE:
		break;
	}
	return MBEDTLS_MD_NONE;
}

const char *vkx_hash_oid(enum vkx_hash_alg hash, size_t *len_ret)
{
	*len_ret = sizeof(MBEDTLS_OID_DIGEST_ALG_SHA256) - 1;
	switch (hash) {
	case VKX_HASH_SHA256:
		return MBEDTLS_OID_DIGEST_ALG_SHA256;
	case VKX_HASH_SHA384:
		return MBEDTLS_OID_DIGEST_ALG_SHA384;
	case VKX_HASH_SHA512:
		return MBEDTLS_OID_DIGEST_ALG_SHA512;
	case VKX_HASH_SHA1:
	case VKX_HASH_NONE:
		break;
	}
	*len_ret = 0;
	return NULL;
}

const char *vkx_key_sig_oid(enum vkx_key_alg alg, enum vkx_hash_alg hash,
			    size_t *len_ret)
{
	const char *oid = NULL;

	*len_ret = 0;
	if (mbedtls_oid_get_oid_by_sig_alg(
		    alg == VKX_KEY_RSA ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECDSA,
		    vkx_hash_md(hash), &oid, len_ret))
		return NULL;
	return oid;
}

enum vkx_hash_alg vkx_key_hash(const struct vkx_key *key)
{
	return key->alg == VKX_KEY_P384 ? VKX_HASH_SHA384 : VKX_HASH_SHA256;
}

const char *vkx_key_text(enum vkx_key_alg alg, unsigned int bits, char *buf,
			 size_t size)
{
	switch (alg) {
	case VKX_KEY_RSA:
		snprintf(buf, size, "RSA %u bit", bits);
		return buf;
	case VKX_KEY_P256:
		return "ECDSA P-256";
	case VKX_KEY_P384:
		return "ECDSA P-384";
	case VKX_KEY_NONE:
		break;
	}
	return "unsupported";
}

static const char *rsa_weakness(const mbedtls_pk_context *pk, unsigned int bits)
{
	const char *why = "cannot be read";
	mbedtls_mpi e;

	if (bits < 2048)
		return "is an RSA key of less than 2048 bits";
	if (bits > 4096)
		return "is an RSA key of more than 4096 bits";
	mbedtls_mpi_init(&e);
	if (!mbedtls_rsa_export(mbedtls_pk_rsa(*pk), NULL, NULL, NULL, NULL,
				&e))
		why = mbedtls_mpi_cmp_int(&e, RSA_EXPONENT) ?
			      "is an RSA key whose exponent is not 65537" :
			      NULL;
	mbedtls_mpi_free(&e);
	return why;
}

const char *vkx_key_weakness(const mbedtls_pk_context *pk,
			     enum vkx_key_alg *alg_ret, unsigned int *bits_ret)
{
	*bits_ret = (unsigned int)mbedtls_pk_get_bitlen(pk);
	*alg_ret = VKX_KEY_NONE;
	switch (mbedtls_pk_get_type(pk)) {
	case MBEDTLS_PK_RSA:
		*alg_ret = VKX_KEY_RSA;
		return rsa_weakness(pk, *bits_ret);
	case MBEDTLS_PK_ECKEY:
	case MBEDTLS_PK_ECDSA:
		break;
	default:
		return "is neither an RSA nor an ECDSA key";
	}
	switch (mbedtls_pk_ec(*pk)->grp.id) {
	case MBEDTLS_ECP_DP_SECP256R1:
		*alg_ret = VKX_KEY_P256;
		return NULL;
	case MBEDTLS_ECP_DP_SECP384R1:
		*alg_ret = VKX_KEY_P384;
		return NULL;
	default:
		return "is an ECDSA key on another curve than P-256 or P-384";
	}
}

/* Moves pk into key if it is one we accept. */
static int adopt(struct vkx_key *key, mbedtls_pk_context *pk)
{
	uint8_t der[MAX_KEY_DER];
	enum vkx_key_alg alg;
	unsigned int bits;
	int len, err;

	if (vkx_key_weakness(pk, &alg, &bits))
		return -VKX_ERR_LIMIT;
	len = mbedtls_pk_write_pubkey_der(pk, der, sizeof(der));
	if (len <= 0)
		return -VKX_ERR_CRYPTO;
	vkx_key_free(key);
	err = vkx_bytes_copy(der + sizeof(der) - len, (size_t)len, &key->spki);
	if (err)
		return err;
	key->alg = alg;
	key->bits = bits;
	key->pk = *pk;
	mbedtls_pk_init(pk);
	return 0;
}

static int generate(mbedtls_pk_context *pk, unsigned int rsa_bits,
		    mbedtls_ecp_group_id group)
{
	mbedtls_pk_type_t type = rsa_bits ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECKEY;

	if (mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(type)))
		return -VKX_ERR_NOMEM;
	if (rsa_bits ? mbedtls_rsa_gen_key(mbedtls_pk_rsa(*pk), vkx_rng, NULL,
					   rsa_bits, RSA_EXPONENT) :
		       mbedtls_ecp_gen_key(group, mbedtls_pk_ec(*pk), vkx_rng,
					   NULL))
		return -VKX_ERR_CRYPTO;
	return 0;
}

static const struct key_type {
	const char *name;
	unsigned int rsa_bits;
	mbedtls_ecp_group_id group;
} key_types[] = {
	{ "rsa2048", 2048, MBEDTLS_ECP_DP_NONE },
	{ "rsa3072", 3072, MBEDTLS_ECP_DP_NONE },
	{ "rsa4096", 4096, MBEDTLS_ECP_DP_NONE },
	{ "p256", 0, MBEDTLS_ECP_DP_SECP256R1 },
	{ "p384", 0, MBEDTLS_ECP_DP_SECP384R1 },
};

static const struct key_type *find_type(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(key_types) / sizeof(key_types[0]); i++)
		if (!strcmp(name, key_types[i].name))
			return &key_types[i];
	return NULL;
}

bool vkx_key_type_known(const char *type)
{
	return find_type(type) != NULL;
}

int vkx_key_generate(struct vkx_key *key, const char *type)
{
	const struct key_type *t = find_type(type);
	mbedtls_pk_context pk;
	int err;

	if (!t)
		return -VKX_ERR_ARG;
	mbedtls_pk_init(&pk);
	err = generate(&pk, t->rsa_bits, t->group);
	if (!err)
		err = adopt(key, &pk);
	mbedtls_pk_free(&pk);
	return err;
}

bool vkx_key_is_encrypted(const struct vkx_bytes *file)
{
	return memmem(file->data, file->len, "BEGIN ENCRYPTED PRIVATE KEY",
		      27) ||
	       memmem(file->data, file->len, "Proc-Type: 4,ENCRYPTED", 22);
}

/* The forms that mbedtls reads by itself: PKCS#8, PKCS#1, SEC 1, and PEM with
 * OpenSSL's old encryption. */
static int parse_plain(const struct vkx_bytes *file,
		       const struct vkx_secret *secret, mbedtls_pk_context *pk)
{
	const unsigned char *pwd = NULL;
	size_t pwd_len = 0;
	int ret;

	if (secret) {
		pwd = (const unsigned char *)secret->text;
		pwd_len = secret->len;
	}
	ret = vkx_mbed_pk_parse_key(pk, file->data, file->len + 1, pwd,
				    pwd_len);
	if (ret == MBEDTLS_ERR_PK_PASSWORD_REQUIRED ||
	    ret == MBEDTLS_ERR_PEM_PASSWORD_REQUIRED)
		return -VKX_ERR_ARG;
	if (ret == MBEDTLS_ERR_PK_PASSWORD_MISMATCH ||
	    ret == MBEDTLS_ERR_PEM_PASSWORD_MISMATCH)
		return -VKX_ERR_MISMATCH;
	if (ret)
		ret = vkx_mbed_pk_parse_key(pk, file->data, file->len, NULL, 0);
	if (ret == MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE)
		return -VKX_ERR_LIMIT;
	return ret ? -VKX_ERR_FORMAT : 0;
}

static int parse_encrypted(const uint8_t *der, size_t len,
			   const struct vkx_secret *secret,
			   mbedtls_pk_context *pk)
{
	struct vkx_bytes plain = { 0 };
	int err;

	if (!secret)
		return -VKX_ERR_ARG;
	err = vkx_pkcs8_unwrap(der, len, secret, &plain);
	if (err)
		return err;
	err = parse_plain(&plain, NULL, pk);
	vkx_bytes_free(&plain);
	return err;
}

static int parse(const struct vkx_bytes *file, const struct vkx_secret *secret,
		 mbedtls_pk_context *pk)
{
	struct vkx_bytes der = { 0 };
	int err = vkx_pem_read(file, "ENCRYPTED PRIVATE KEY", &der);

	if (!err) {
		err = parse_encrypted(der.data, der.len, secret, pk);
		vkx_bytes_free(&der);
		return err;
	}
	if (err != -VKX_ERR_NOTFOUND)
		return err;
	err = parse_plain(file, secret, pk);
	if (err == -VKX_ERR_FORMAT && secret &&
	    !memmem(file->data, file->len, "-----BEGIN", 10))
		err = parse_encrypted(file->data, file->len, secret, pk);
	return err;
}

int vkx_key_parse(struct vkx_key *key, const struct vkx_bytes *file,
		  const struct vkx_secret *secret)
{
	mbedtls_pk_context pk;
	int err;

	mbedtls_pk_init(&pk);
	err = parse(file, secret, &pk);
	if (!err)
		err = adopt(key, &pk);
	mbedtls_pk_free(&pk);
	return err;
}

int vkx_key_from_token(struct vkx_key *key, const uint8_t *spki, size_t len,
		       struct vkx_token *token)
{
	mbedtls_pk_context pk;
	int err;

	mbedtls_pk_init(&pk);
	err = mbedtls_pk_parse_public_key(&pk, spki, len) ? -VKX_ERR_FORMAT :
							    adopt(key, &pk);
	mbedtls_pk_free(&pk);
	if (!err)
		key->token = token;
	return err;
}

/* PrivateKeyInfo (RFC 5208) around PKCS#1 or SEC 1. */
static int private_key_info(struct vkx_key *key, struct vkx_bytes *der_ret)
{
	uint8_t inner[MAX_KEY_DER], buf[MAX_KEY_DER + 256];
	const char *oid = MBEDTLS_OID_PKCS1_RSA;
	size_t oid_len = sizeof(MBEDTLS_OID_PKCS1_RSA) - 1;
	struct vkx_derw w;
	const uint8_t *mark;
	int len, err;

	len = mbedtls_pk_write_key_der(&key->pk, inner, sizeof(inner));
	if (len <= 0)
		return -VKX_ERR_CRYPTO;
	vkx_derw_init(&w, buf, sizeof(buf));
	vkx_derw_prim(&w, MBEDTLS_ASN1_OCTET_STRING,
		      inner + sizeof(inner) - len, (size_t)len);
	mark = w.p;
	if (key->alg == VKX_KEY_RSA) {
		vkx_derw_null(&w);
		vkx_derw_oid(&w, oid, oid_len);
	} else if (mbedtls_oid_get_oid_by_ec_grp(mbedtls_pk_ec(key->pk)->grp.id,
						 &oid, &oid_len)) {
		w.err = -VKX_ERR_CRYPTO;
	} else {
		vkx_derw_oid(&w, oid, oid_len);
		VKX_OID(&w, MBEDTLS_OID_EC_ALG_UNRESTRICTED);
	}
	vkx_derw_wrap(&w, mark, SEQ);
	vkx_derw_int(&w, 0);
	vkx_derw_wrap(&w, w.end, SEQ);
	err = vkx_derw_take(&w, der_ret);
	mbedtls_platform_zeroize(inner, sizeof(inner));
	mbedtls_platform_zeroize(buf, sizeof(buf));
	return err;
}

int vkx_key_write_pem(struct vkx_key *key, const struct vkx_secret *secret,
		      struct vkx_bytes *pem_ret)
{
	struct vkx_bytes plain = { 0 }, wrapped = { 0 };
	int err = private_key_info(key, &plain);

	if (!err && secret)
		err = vkx_pkcs8_wrap(&plain, secret, &wrapped);
	if (!err)
		err = secret ? vkx_pem_write("ENCRYPTED PRIVATE KEY", &wrapped,
					     pem_ret) :
			       vkx_pem_write("PRIVATE KEY", &plain, pem_ret);
	vkx_bytes_free(&plain);
	vkx_bytes_free(&wrapped);
	return err;
}

int vkx_key_verify(mbedtls_pk_context *pk, enum vkx_hash_alg hash,
		   const uint8_t *digest, const uint8_t *sig, size_t len)
{
	return mbedtls_pk_verify(pk, vkx_hash_md(hash), digest,
				 vkx_hash_size(hash), sig, len) ?
		       -VKX_ERR_MISMATCH :
		       0;
}

int vkx_key_sign(struct vkx_key *key, enum vkx_hash_alg hash,
		 const uint8_t *digest, uint8_t *sig_ret, size_t *len_ret)
{
	uint8_t sig[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
	size_t len = sizeof(sig);
	int err = 0;

	if (key->token)
		err = vkx_token_sign(key->token, key->alg, hash, digest, sig,
				     &len);
	else if (vkx_mbed_pk_sign(&key->pk, vkx_hash_md(hash), digest,
				  vkx_hash_size(hash), sig, &len))
		err = -VKX_ERR_CRYPTO;
	if (err)
		return err;
	/* A fault in the computation of an RSA signature gives the key away. */
	if (len > VKX_MAX_SIGNATURE ||
	    vkx_key_verify(&key->pk, hash, digest, sig, len))
		return -VKX_ERR_CRYPTO;
	memcpy(sig_ret, sig, len);
	*len_ret = len;
	return 0;
}
