/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA_verify() and ECDSA_do_verify() are called on purpose: see there. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "measure/ak_signature.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "measure/hash.h"
#include "measure/tpm2b.h"

struct signature {
	uint16_t scheme, hash;
	struct vkx_span a, b; /* RSA: a; ECDSA: r and s */
};

static bool parse_signature(const void *buf, size_t len, struct signature *s)
{
	struct vkx_rd rd;

	memset(s, 0, sizeof(*s));
	vkx_rd_init(&rd, buf, len);
	s->scheme = vkx_rd_be16(&rd);
	s->hash = vkx_rd_be16(&rd);
	s->a = vkx_rd_tpm2b(&rd);
	if (s->scheme == VKX_TPM_ECDSA)
		s->b = vkx_rd_tpm2b(&rd);
	return !vkx_rd_end(&rd) && s->a.len;
}

static int md_nid(uint16_t hash)
{
	switch (hash) {
	case VKX_TPM_ALG_SHA256:
		return NID_sha256;
	case VKX_TPM_ALG_SHA384:
		return NID_sha384;
	case VKX_TPM_ALG_SHA512:
		return NID_sha512;
	}
	return NID_undef;
}

static const char *md_name(uint16_t hash)
{
	switch (hash) {
	case VKX_TPM_ALG_SHA256:
		return "SHA256";
	case VKX_TPM_ALG_SHA384:
		return "SHA384";
	case VKX_TPM_ALG_SHA512:
		return "SHA512";
	}
	return NULL;
}

/*
 * libcrypto's low-level calls: its EVP layer costs half as much again as the
 * arithmetic of one check.
 */
static RSA *rsa_key(const struct vkx_ak *ak)
{
	BIGNUM *n = BN_bin2bn(ak->n.p, (int)ak->n.len, NULL), *e = BN_new();
	RSA *rsa = RSA_new();

	if (n && e && rsa && BN_set_word(e, ak->exponent) &&
	    RSA_set0_key(rsa, n, e, NULL))
		return rsa;
	BN_free(n);
	BN_free(e);
	RSA_free(rsa);
	return NULL;
}

static bool verify_rsa(RSA *key, const struct signature *s,
		       const uint8_t *digest)
{
	return RSA_verify(md_nid(s->hash), digest, vkx_tpm_alg_size(s->hash),
			  s->a.p, (unsigned int)s->a.len, key) == 1;
}

static EC_GROUP *groups[2];
static pthread_once_t groups_once = PTHREAD_ONCE_INIT;

static void make_groups(void)
{
	groups[0] = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	groups[1] = EC_GROUP_new_by_curve_name(NID_secp384r1);
}

static EC_KEY *ec_key(const struct vkx_ak *ak)
{
	const EC_GROUP *group;
	uint8_t oct[VKX_MAX_AK_POINT];
	EC_POINT *point;
	EC_KEY *key;
	bool ok;

	pthread_once(&groups_once, make_groups);
	group = groups[ak->curve == VKX_TPM_ECC_P256 ? 0 : 1];
	if (!group)
		return NULL;
	point = EC_POINT_new(group);
	key = EC_KEY_new();
	/* oct2point refuses what is not on the curve. */
	ok = point && key && EC_KEY_set_group(key, group) == 1 &&
	     EC_POINT_oct2point(group, point, oct, vkx_ak_point(ak, oct),
				NULL) == 1 &&
	     EC_KEY_set_public_key(key, point) == 1;
	EC_POINT_free(point);
	if (!ok) {
		EC_KEY_free(key);
		key = NULL;
	}
	return key;
}

static bool verify_ecdsa(EC_KEY *key, const struct signature *s,
			 const uint8_t *digest)
{
	BIGNUM *r = BN_bin2bn(s->a.p, (int)s->a.len, NULL);
	BIGNUM *t = BN_bin2bn(s->b.p, (int)s->b.len, NULL);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	bool ok = r && t && sig && ECDSA_SIG_set0(sig, r, t);

	if (!ok) {
		BN_free(r);
		BN_free(t);
	}
	ok = ok &&
	     ECDSA_do_verify(digest, vkx_tpm_alg_size(s->hash), sig, key) == 1;
	ECDSA_SIG_free(sig);
	return ok;
}

static void kept_key_free(struct vkx_kept_key *k)
{
	if (k->rsa)
		RSA_free(k->key);
	else
		EC_KEY_free(k->key);
	memset(k, 0, sizeof(*k));
}

static void make_key(struct vkx_kept_key *k, const struct vkx_ak *ak)
{
	memset(k, 0, sizeof(*k));
	k->rsa = ak->key == VKX_TPM_RSA;
	k->key = k->rsa ? (void *)rsa_key(ak) : (void *)ec_key(ak);
	if (!k->key)
		return;
	memcpy(k->name, ak->name, ak->name_len);
	k->name_len = ak->name_len;
}

/* The AK's key in its place, made if another or none is there; NULL: no place,
 * the caller makes one of its own. */
static struct vkx_kept_key *keep_key(struct vkx_kept_keys *keys,
				     const struct vkx_ak *ak)
{
	struct vkx_kept_key *k;

	if (keys && !keys->at)
		keys->at = calloc(VKX_KEPT_KEYS, sizeof(*keys->at));
	if (!keys || !keys->at)
		return NULL;
	k = &keys->at[ak->name[ak->name_len - 1] % VKX_KEPT_KEYS];
	if (k->name_len == ak->name_len &&
	    !memcmp(k->name, ak->name, ak->name_len))
		return k;
	kept_key_free(k);
	make_key(k, ak);
	return k;
}

void vkx_kept_keys_free(struct vkx_kept_keys *keys)
{
	size_t i;

	for (i = 0; keys->at && i < VKX_KEPT_KEYS; i++)
		kept_key_free(&keys->at[i]);
	free(keys->at);
	keys->at = NULL;
}

/* PSS is rare enough for the long way. */
static bool verify_pss(const struct vkx_ak *ak, const struct signature *s,
		       const void *msg, size_t len)
{
	EVP_PKEY *key = vkx_ak_pkey(ak);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool ok;

	ok = key && ctx &&
	     EVP_DigestVerifyInit_ex(ctx, &pctx, md_name(s->hash), NULL, NULL,
				     key, NULL) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_AUTO) ==
		     1 &&
	     EVP_DigestVerify(ctx, s->a.p, s->a.len, msg, len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

static bool verify(const struct vkx_ak *ak, struct vkx_kept_keys *keys,
		   const struct signature *s, const void *msg, size_t len)
{
	struct vkx_span piece = { msg, len };
	uint8_t digest[VKX_MAX_DIGEST];
	struct vkx_kept_key own = { .rsa = true }, *k;
	bool good = false;

	if (s->scheme == VKX_TPM_RSAPSS)
		return verify_pss(ak, s, msg, len);
	if (vkx_hash_host.digest(NULL, s->hash, &piece, 1, digest))
		return false;
	k = keep_key(keys, ak);
	if (!k) {
		make_key(&own, ak);
		k = &own;
	}
	if (k->key)
		good = k->rsa ? verify_rsa(k->key, s, digest) :
				verify_ecdsa(k->key, s, digest);
	kept_key_free(&own);
	return good;
}

enum vkx_reason vkx_ak_check(const struct vkx_ak *ak,
			     struct vkx_kept_keys *keys, const void *sig,
			     size_t sig_len, const void *msg, size_t msg_len)
{
	struct signature s;
	bool good;

	if (!parse_signature(sig, sig_len, &s) || s.scheme != ak->scheme ||
	    s.hash != ak->hash || !md_name(s.hash))
		return VKX_REASON_SIGNATURE_FORMAT;
	good = verify(ak, keys, &s, msg, msg_len);
	ERR_clear_error();
	return good ? VKX_REASON_FINE : VKX_REASON_SIGNATURE;
}
