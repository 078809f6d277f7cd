/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/ak.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

#include "measure/hash.h"
#include "measure/tpm2b.h"

/* TPM 2.0 Library Part 2, 6.3, 8.3. */
#define TPM_ALG_NULL 0x0010u

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

static enum vkx_reason parse_rsa(struct vkx_rd *rd, struct vkx_ak *ak)
{
	const uint8_t *modulus;

	ak->bits = vkx_rd_be16(rd);
	ak->exponent = vkx_rd_be32(rd);
	if (ak->exponent == 0)
		ak->exponent = 65537;
	ak->n = vkx_rd_tpm2b(rd);
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
	ak->x = vkx_rd_tpm2b(rd);
	ak->y = vkx_rd_tpm2b(rd);
	if (rd->err)
		return VKX_REASON_AK_FORMAT;
	if (ak->curve != VKX_TPM_ECC_P256 && ak->curve != VKX_TPM_ECC_P384)
		return VKX_REASON_AK_ALGORITHM;
	size = ak->curve == VKX_TPM_ECC_P256 ? 32 : 48;
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
	(void)vkx_rd_tpm2b(&rd); /* authPolicy */
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
size_t vkx_ak_point(const struct vkx_ak *ak, uint8_t point[VKX_MAX_AK_POINT])
{
	size_t size = ak->curve == VKX_TPM_ECC_P256 ? 32 : 48;

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
	uint8_t point[VKX_MAX_AK_POINT];
	EVP_PKEY *key = NULL;
	bool ok;

	if (!bld || !n || !e)
		goto out;
	if (ak->key == VKX_TPM_RSA)
		ok = push_rsa(bld, ak, n, e);
	else
		ok = OSSL_PARAM_BLD_push_utf8_string(
			     bld, OSSL_PKEY_PARAM_GROUP_NAME,
			     ak->curve == VKX_TPM_ECC_P256 ? "P-256" : "P-384",
			     0) &&
		     OSSL_PARAM_BLD_push_octet_string(
			     bld, OSSL_PKEY_PARAM_PUB_KEY, point,
			     vkx_ak_point(ak, point));
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
