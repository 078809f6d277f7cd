/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An attestation key as its TPM describes it: the public area, read strictly
 * (TPM 2.0 Library, Part 2), every byte used once; slices point into the
 * caller's buffer. Judges form and fitness; whether anybody knows the key is
 * appraise.h's, what it signed ak_signature.h's.
 */
#ifndef VKX_AK_H
#define VKX_AK_H

#include <openssl/evp.h>

#include "measure/reason.h"
#include "tpm_hash.h"

/* TPM_ALG_ID of keys and schemes. */
#define VKX_TPM_RSA 0x0001u
#define VKX_TPM_ECC 0x0023u
#define VKX_TPM_RSASSA 0x0014u
#define VKX_TPM_RSAPSS 0x0016u
#define VKX_TPM_ECDSA 0x0018u
/* TPM_ECC_CURVE. */
#define VKX_TPM_ECC_P256 0x0003u
#define VKX_TPM_ECC_P384 0x0004u

struct vkx_ak {
	uint16_t key; /* VKX_TPM_RSA or VKX_TPM_ECC */
	uint16_t scheme; /* VKX_TPM_RSASSA ... */
	uint16_t hash; /* of the scheme */
	uint16_t curve; /* VKX_TPM_ECC_P256 ...; RSA: 0 */
	uint32_t bits; /* RSA */
	uint32_t exponent; /* RSA */
	struct vkx_span n; /* RSA modulus */
	struct vkx_span x, y;
	uint32_t attributes; /* TPMA_OBJECT */
	uint8_t name
		[2 +
		 VKX_MAX_DIGEST]; /* nameAlg and digest of the public area */
	size_t name_len;
};

/*
 * A TPM2B_PUBLIC (as tpm2_createak and tpm2_readpublic write), or the
 * TPMT_PUBLIC in it. AK_FORMAT, AK_ALGORITHM, AK_ATTRIBUTES.
 */
enum vkx_reason vkx_ak_parse(const void *buf, size_t len,
			     struct vkx_ak *ak_ret);

/* The key for libcrypto; NULL: out of memory or no point on the curve. */
EVP_PKEY *vkx_ak_pkey(const struct vkx_ak *ak);

/* Bytes of a point of the largest curve. */
#define VKX_MAX_AK_POINT (1u + 2u * 48u)
/*
 * The public point of an ECC key, uncompressed (SEC 1, 2.3.3); returns its
 * bytes. Nobody has looked yet whether it is on the curve.
 */
size_t vkx_ak_point(const struct vkx_ak *ak, uint8_t point[VKX_MAX_AK_POINT]);

#endif
