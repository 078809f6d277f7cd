/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA_verify() and ECDSA_do_verify() are called on purpose: see there. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "measure/attest.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "measure/hash.h"

/* TPM 2.0 Library Part 2, 6.2, 6.9, 8.3, 10.12. */
#define TPM_GENERATED 0xff544347u
#define TPM_ST_ATTEST_QUOTE 0x8018u
#define TPM_ALG_NULL 0x0010u
#define TPM_ECC_P256 0x0003u
#define TPM_ECC_P384 0x0004u
#define MAX_TPM2B 1024u

#define A_FIXED_TPM (1u << 1)
#define A_FIXED_PARENT (1u << 4)
#define A_ORIGIN (1u << 5)
#define A_USER_AUTH (1u << 6)
#define A_ADMIN_POLICY (1u << 7)
#define A_NO_DA (1u << 10)
#define A_RESTRICTED (1u << 16)
#define A_SIGN (1u << 18)
/* decrypt, x509sign, stClear, encryptedDuplication and all reserved bits are
 * outside of these. */
#define A_NEEDED \
	(A_FIXED_TPM | A_FIXED_PARENT | A_ORIGIN | A_RESTRICTED | A_SIGN)
#define A_ALLOWED (A_NEEDED | A_USER_AUTH | A_ADMIN_POLICY | A_NO_DA)

static struct vkx_span take2b(struct vkx_rd *rd)
{
	struct vkx_span b = { NULL, 0 };
	uint16_t n = vkx_rd_be16(rd);

	if (n > MAX_TPM2B && !rd->err)
		rd->err = -VKX_ERR_FORMAT;
	b.p = vkx_rd_take(rd, n);
	b.len = b.p ? n : 0;
	return b;
}

bool vkx_tpm_alg_strong(uint16_t alg)
{
	return alg != VKX_TPM_ALG_SHA1 && vkx_tpm_alg_size(alg) >= 32;
}

static bool selection_has(const struct vkx_selection *s, uint16_t alg)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (s->bank[i].alg == alg)
			return true;
	return false;
}

static bool selection_add(struct vkx_selection *s, uint16_t alg,
			  const uint8_t *select)
{
	if (!vkx_tpm_alg_size(alg) || selection_has(s, alg))
		return false;
	s->bank[s->nr].alg = alg;
	s->bank[s->nr].mask = (uint32_t)select[0] | (uint32_t)select[1] << 8 |
			      (uint32_t)select[2] << 16;
	s->nr++;
	return true;
}

static enum vkx_reason parse_selection(struct vkx_rd *rd,
				       struct vkx_selection *s)
{
	uint32_t count = vkx_rd_be32(rd), i;
	const uint8_t *select;
	uint16_t alg;

	s->nr = 0;
	if (rd->err)
		return VKX_REASON_QUOTE_FORMAT;
	if (count > VKX_MAX_BANKS)
		return VKX_REASON_SELECTION_FORMAT;
	for (i = 0; i < count; i++) {
		alg = vkx_rd_be16(rd);
		if (vkx_rd_u8(rd) != VKX_PCR_SELECT_BYTES && !rd->err)
			return VKX_REASON_SELECTION_FORMAT;
		select = vkx_rd_take(rd, VKX_PCR_SELECT_BYTES);
		if (!select)
			return VKX_REASON_QUOTE_FORMAT;
		if (!selection_add(s, alg, select))
			return VKX_REASON_SELECTION_FORMAT;
	}
	return VKX_REASON_FINE;
}

enum vkx_reason vkx_attest_parse(const void *buf, size_t len,
				 struct vkx_attest *attest_ret)
{
	struct vkx_attest a;
	enum vkx_reason why;
	struct vkx_rd rd;
	uint32_t magic;
	uint16_t type;
	uint8_t safe;

	vkx_rd_init(&rd, buf, len);
	magic = vkx_rd_be32(&rd);
	type = vkx_rd_be16(&rd);
	if (rd.err)
		return VKX_REASON_QUOTE_FORMAT;
	if (magic != TPM_GENERATED)
		return VKX_REASON_QUOTE_MAGIC;
	if (type != TPM_ST_ATTEST_QUOTE)
		return VKX_REASON_QUOTE_TYPE;
	a.signer = take2b(&rd);
	a.nonce = take2b(&rd);
	a.clock = vkx_rd_be64(&rd);
	a.reset_count = vkx_rd_be32(&rd);
	a.restart_count = vkx_rd_be32(&rd);
	safe = vkx_rd_u8(&rd);
	a.safe = safe == 1;
	a.firmware = vkx_rd_be64(&rd);
	why = parse_selection(&rd, &a.selection);
	if (why != VKX_REASON_FINE)
		return why;
	a.digest = take2b(&rd);
	if (vkx_rd_end(&rd) || safe > 1)
		return VKX_REASON_QUOTE_FORMAT;
	*attest_ret = a;
	return VKX_REASON_FINE;
}

/* --- the AK ---------------------------------------------------------------*/

static enum vkx_reason parse_rsa(struct vkx_rd *rd, struct vkx_ak *ak)
{
	const uint8_t *modulus;

	ak->bits = vkx_rd_be16(rd);
	ak->exponent = vkx_rd_be32(rd);
	if (ak->exponent == 0)
		ak->exponent = 65537;
	ak->n = take2b(rd);
	if (rd->err)
		return VKX_REASON_AK_FORMAT;
	modulus = ak->n.p;
	if (ak->bits < 2048 || ak->bits > 4096 || ak->bits % 1024 ||
	    ak->n.len != ak->bits / 8 || !(modulus[0] & 0x80) ||
	    ak->exponent != 65537 ||
	    (ak->scheme != VKX_TPM_RSASSA && ak->scheme != VKX_TPM_RSAPSS))
		return VKX_REASON_AK_ALGORITHM;
	return VKX_REASON_FINE;
}

static enum vkx_reason parse_ecc(struct vkx_rd *rd, struct vkx_ak *ak)
{
	size_t size;

	ak->curve = vkx_rd_be16(rd);
	if (vkx_rd_be16(rd) != TPM_ALG_NULL) /* kdf */
		return VKX_REASON_AK_FORMAT;
	ak->x = take2b(rd);
	ak->y = take2b(rd);
	if (rd->err)
		return VKX_REASON_AK_FORMAT;
	if (ak->curve != TPM_ECC_P256 && ak->curve != TPM_ECC_P384)
		return VKX_REASON_AK_ALGORITHM;
	size = ak->curve == TPM_ECC_P256 ? 32 : 48;
	if (ak->scheme != VKX_TPM_ECDSA || ak->x.len > size ||
	    ak->y.len > size || !ak->x.len || !ak->y.len)
		return VKX_REASON_AK_ALGORITHM;
	return VKX_REASON_FINE;
}

static bool strong_hash(uint16_t alg)
{
	return alg == VKX_TPM_ALG_SHA256 || alg == VKX_TPM_ALG_SHA384 ||
	       alg == VKX_TPM_ALG_SHA512;
}

/* Part 1, 16 "Names": nameAlg and the digest of the public area. */
static bool make_name(struct vkx_ak *ak, uint16_t name_alg, const void *area,
		      size_t len)
{
	struct vkx_span piece = { area, len };

	if (!strong_hash(name_alg))
		return false;
	vkx_put_be16(ak->name, name_alg);
	ak->name_len = 2u + vkx_tpm_alg_size(name_alg);
	return !vkx_hash_host.digest(NULL, name_alg, &piece, 1, ak->name + 2);
}

static enum vkx_reason parse_area(const uint8_t *area, size_t len,
				  struct vkx_ak *ak)
{
	uint16_t name_alg, symmetric;
	enum vkx_reason why;
	struct vkx_rd rd;

	vkx_rd_init(&rd, area, len);
	ak->key = vkx_rd_be16(&rd);
	name_alg = vkx_rd_be16(&rd);
	ak->attributes = vkx_rd_be32(&rd);
	(void)take2b(&rd); /* authPolicy */
	symmetric = vkx_rd_be16(&rd);
	if (rd.err)
		return VKX_REASON_AK_FORMAT;
	if (ak->key != VKX_TPM_RSA && ak->key != VKX_TPM_ECC)
		return VKX_REASON_AK_ALGORITHM;
	if ((ak->attributes & A_NEEDED) != A_NEEDED ||
	    (ak->attributes & ~A_ALLOWED) || symmetric != TPM_ALG_NULL)
		return VKX_REASON_AK_ATTRIBUTES;
	ak->scheme = vkx_rd_be16(&rd);
	/* A restricted signing key always has a scheme (Part 1, 25.2). */
	if (ak->scheme == TPM_ALG_NULL)
		return VKX_REASON_AK_ALGORITHM;
	ak->hash = vkx_rd_be16(&rd);
	why = ak->key == VKX_TPM_RSA ? parse_rsa(&rd, ak) : parse_ecc(&rd, ak);
	if (why != VKX_REASON_FINE)
		return why;
	if (vkx_rd_end(&rd))
		return VKX_REASON_AK_FORMAT;
	if (!strong_hash(ak->hash) || !make_name(ak, name_alg, area, len))
		return VKX_REASON_AK_ALGORITHM;
	return VKX_REASON_FINE;
}

enum vkx_reason vkx_ak_parse(const void *buf, size_t len, struct vkx_ak *ak_ret)
{
	const uint8_t *p = buf;
	struct vkx_ak ak;
	enum vkx_reason why;

	/* A TPMT_PUBLIC begins with 0x0001 or 0x0023, no TPM2B is so short. */
	if (len >= 2 && (size_t)vkx_get_be16(p) == len - 2) {
		p += 2;
		len -= 2;
	}
	memset(&ak, 0, sizeof(ak));
	why = parse_area(p, len, &ak);
	if (why == VKX_REASON_FINE)
		*ak_ret = ak;
	return why;
}

static bool push_rsa(OSSL_PARAM_BLD *bld, const struct vkx_ak *ak, BIGNUM *n,
		     BIGNUM *e)
{
	return BN_bin2bn(ak->n.p, (int)ak->n.len, n) &&
	       BN_set_word(e, ak->exponent) &&
	       OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) &&
	       OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e);
}

/* SEC 1, 2.3.3: uncompressed; a TPM may leave leading zeros out. */
static size_t ec_point(const struct vkx_ak *ak, uint8_t point[1 + 2 * 48])
{
	size_t size = ak->curve == TPM_ECC_P256 ? 32 : 48;

	memset(point, 0, 1 + 2 * size);
	point[0] = 4;
	memcpy(point + 1 + size - ak->x.len, ak->x.p, ak->x.len);
	memcpy(point + 1 + 2 * size - ak->y.len, ak->y.p, ak->y.len);
	return 1 + 2 * size;
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *vkx_ak_pkey(const struct vkx_ak *ak)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_new(), *e = BN_new();
	OSSL_PARAM *params = NULL;
	uint8_t point[1 + 2 * 48];
	EVP_PKEY *key = NULL;
	bool ok;

	if (!bld || !n || !e)
		goto out;
	if (ak->key == VKX_TPM_RSA)
		ok = push_rsa(bld, ak, n, e);
	else
		ok = OSSL_PARAM_BLD_push_utf8_string(
			     bld, OSSL_PKEY_PARAM_GROUP_NAME,
			     ak->curve == TPM_ECC_P256 ? "P-256" : "P-384",
			     0) &&
		     OSSL_PARAM_BLD_push_octet_string(
			     bld, OSSL_PKEY_PARAM_PUB_KEY, point,
			     ec_point(ak, point));
	params = ok ? OSSL_PARAM_BLD_to_param(bld) : NULL;
	if (params)
		key = from_params(ak->key == VKX_TPM_RSA ? "RSA" : "EC",
				  params);
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	BN_free(e);
	return key;
}

/* --- signature ------------------------------------------------------------*/

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
	s->a = take2b(&rd);
	if (s->scheme == VKX_TPM_ECDSA)
		s->b = take2b(&rd);
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
	uint8_t oct[1 + 2 * 48];
	EC_POINT *point;
	EC_KEY *key;
	bool ok;

	pthread_once(&groups_once, make_groups);
	group = groups[ak->curve == TPM_ECC_P256 ? 0 : 1];
	if (!group)
		return NULL;
	point = EC_POINT_new(group);
	key = EC_KEY_new();
	/* oct2point refuses what is not on the curve. */
	ok = point && key && EC_KEY_set_group(key, group) == 1 &&
	     EC_POINT_oct2point(group, point, oct, ec_point(ak, oct), NULL) ==
		     1 &&
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

/* --- PCR values -----------------------------------------------------------*/

/* tpm2-tools' files are the C structures of tpm2-tss, little-endian. */
#define SELECTION_ENTRY 8u /* hash, sizeofSelect, 4 bytes, 1 of padding */
#define SELECTION_SIZE (4u + 16u * SELECTION_ENTRY)
#define DIGEST_ENTRY 66u
#define DIGESTS_PER_LIST 8u
#define DIGESTS_SIZE (4u + DIGESTS_PER_LIST * DIGEST_ENTRY)

static bool read_selection(struct vkx_rd *rd, struct vkx_selection *s)
{
	const uint8_t *select;
	uint32_t count = vkx_rd_le32(rd), i;
	uint16_t alg;
	uint8_t size;

	s->nr = 0;
	if (rd->err || count > VKX_MAX_BANKS)
		return false;
	for (i = 0; i < count; i++) {
		alg = vkx_rd_le16(rd);
		size = vkx_rd_u8(rd);
		select = vkx_rd_take(rd, 4);
		vkx_rd_skip(rd, 1);
		if (!select || size != VKX_PCR_SELECT_BYTES || select[3] ||
		    !selection_add(s, alg, select))
			return false;
	}
	vkx_rd_skip(rd, (size_t)(VKX_MAX_BANKS - count) * SELECTION_ENTRY);
	return !rd->err;
}

/* Gives every selected PCR, in order, its place in the list. */
static void label(struct vkx_pcr_values *v)
{
	size_t i;
	uint8_t pcr;

	v->nr = 0;
	for (i = 0; i < v->selection.nr; i++)
		for (pcr = 0; pcr < VKX_NR_PCRS; pcr++) {
			if (!(v->selection.bank[i].mask >> pcr & 1))
				continue;
			v->v[v->nr].alg = v->selection.bank[i].alg;
			v->v[v->nr].pcr = pcr;
			v->nr++;
		}
}

static bool read_list(struct vkx_rd *rd, struct vkx_pcr_values *v, size_t *at)
{
	uint32_t count = vkx_rd_le32(rd), i;
	const uint8_t *bytes;
	uint16_t size;

	if (rd->err || count > DIGESTS_PER_LIST)
		return false;
	for (i = 0; i < DIGESTS_PER_LIST; i++) {
		size = vkx_rd_le16(rd);
		bytes = vkx_rd_take(rd, VKX_MAX_DIGEST);
		if (!bytes)
			return false;
		if (i >= count)
			continue;
		if (*at >= v->nr || size != vkx_tpm_alg_size(v->v[*at].alg))
			return false;
		v->v[*at].value.p = bytes;
		v->v[*at].value.len = size;
		(*at)++;
	}
	return true;
}

enum vkx_reason vkx_pcr_values_parse(const void *buf, size_t len,
				     struct vkx_pcr_values *values_ret)
{
	struct vkx_rd rd;
	uint32_t lists;
	size_t at = 0;

	vkx_rd_init(&rd, buf, len);
	if (!read_selection(&rd, &values_ret->selection))
		return VKX_REASON_PCRS_FORMAT;
	label(values_ret);
	lists = vkx_rd_le32(&rd);
	while (!rd.err && lists-- > 0)
		if (!read_list(&rd, values_ret, &at))
			return VKX_REASON_PCRS_FORMAT;
	if (vkx_rd_end(&rd) || at != values_ret->nr)
		return VKX_REASON_PCRS_FORMAT;
	return VKX_REASON_FINE;
}

size_t vkx_pcr_values_size(size_t nr)
{
	size_t lists = (nr + DIGESTS_PER_LIST - 1) / DIGESTS_PER_LIST;

	return SELECTION_SIZE + 4 + lists * DIGESTS_SIZE;
}

void vkx_pcr_values_write(const struct vkx_pcr_values *values, uint8_t *buf)
{
	const struct vkx_selection *s = &values->selection;
	size_t size = vkx_pcr_values_size(values->nr), i, j;
	struct vkx_wr wr;

	memset(buf, 0, size);
	vkx_wr_init(&wr, buf, size);
	vkx_wr_le32(&wr, (uint32_t)s->nr);
	for (i = 0; i < s->nr; i++) {
		vkx_wr_le16(&wr, s->bank[i].alg);
		vkx_wr_u8(&wr, VKX_PCR_SELECT_BYTES);
		vkx_wr_le32(&wr, s->bank[i].mask);
		vkx_wr_u8(&wr, 0);
	}
	vkx_wr_fill(&wr, 0, SELECTION_SIZE - wr.pos);
	vkx_wr_le32(&wr, (uint32_t)((values->nr + DIGESTS_PER_LIST - 1) /
				    DIGESTS_PER_LIST));
	for (i = 0; i < values->nr; i += DIGESTS_PER_LIST) {
		size_t n = values->nr - i;

		n = n < DIGESTS_PER_LIST ? n : DIGESTS_PER_LIST;
		vkx_wr_le32(&wr, (uint32_t)n);
		for (j = 0; j < DIGESTS_PER_LIST; j++) {
			struct vkx_span b = { NULL, 0 };

			if (j < n)
				b = values->v[i + j].value;
			vkx_wr_le16(&wr, (uint16_t)b.len);
			vkx_wr_bytes(&wr, b.p, b.len);
			vkx_wr_fill(&wr, 0, VKX_MAX_DIGEST - b.len);
		}
	}
}

static bool same_selection(const struct vkx_selection *a,
			   const struct vkx_selection *b)
{
	size_t i;

	if (a->nr != b->nr)
		return false;
	for (i = 0; i < a->nr; i++)
		if (a->bank[i].alg != b->bank[i].alg ||
		    a->bank[i].mask != b->bank[i].mask)
			return false;
	return true;
}

enum vkx_reason vkx_pcr_values_check(const struct vkx_pcr_values *values,
				     const struct vkx_attest *attest,
				     uint16_t hash)
{
	struct vkx_span pieces[VKX_MAX_BANKS * VKX_NR_PCRS];
	uint8_t digest[VKX_MAX_DIGEST];
	size_t i;

	if (!same_selection(&values->selection, &attest->selection))
		return VKX_REASON_PCRS_SELECTION;
	for (i = 0; i < values->nr; i++)
		pieces[i] = values->v[i].value;
	if (attest->digest.len != vkx_tpm_alg_size(hash) ||
	    vkx_hash_host.digest(NULL, hash, pieces, values->nr, digest) ||
	    !vkx_equal_ct(digest, attest->digest.p, attest->digest.len))
		return VKX_REASON_PCRS_DIGEST;
	return VKX_REASON_FINE;
}
