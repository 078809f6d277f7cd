/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One signature value under one public key: mbedtls' arithmetic behind gates
 * of our own. mbedtls reads some BER and, for ECDSA, values that are not DER
 * (34 of Wycheproof's invalid ones); nothing reaches it here that the strict
 * readers of kernel/core have not passed, with lengths that are exact.
 */
#ifndef VKX_SIGNATURE_H
#define VKX_SIGNATURE_H

#include "cms.h"

/*
 * Is sig a signature of hash by this key? spki is a SubjectPublicKeyInfo as
 * vkx_x509_parse() accepted it, key and key_bits what it said of it. RSA is
 * PKCS#1 v1.5 with the one right encoding, ECDSA a DER value. Keys outside
 * RSA 2048..4096, P-256, P-384 and hashes outside SHA-2 never verify.
 * 0: yes. -VKX_ERR_MISMATCH: no. -VKX_ERR_NOMEM, -VKX_ERR_CRYPTO: not known,
 * and to be taken for no.
 */
VKX_MUST_USE int vkx_signature_check(const uint8_t *spki, uint32_t spki_len,
				     enum vkx_key_alg key, uint32_t key_bits,
				     enum vkx_hash_alg alg, const uint8_t *hash,
				     const uint8_t *sig, uint32_t sig_len);

/*
 * alg over [first byte][len - 1 more bytes of p]: signed attributes are hashed
 * with another tag than the one they are stored with. -VKX_ERR_CRYPTO,
 * -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_hash_retagged(enum vkx_hash_alg alg, uint8_t first,
				   const uint8_t *p, size_t len,
				   uint8_t digest_ret[VKX_MAX_DIGEST]);
VKX_MUST_USE int vkx_hash_bytes(enum vkx_hash_alg alg, const uint8_t *p,
				size_t len, uint8_t digest_ret[VKX_MAX_DIGEST]);

/* Did cert sign subject? Both with the bytes their slices count in. As above,
 * -VKX_ERR_MISMATCH too for algorithms that are not accepted. */
VKX_MUST_USE int vkx_x509_check_issued(const uint8_t *issuer_bytes,
				       const struct vkx_x509 *issuer,
				       const uint8_t *subject_bytes,
				       const struct vkx_x509 *subject);

#endif
