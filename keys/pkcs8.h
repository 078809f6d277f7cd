/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encrypted envelope of a private key: EncryptedPrivateKeyInfo with PBES2
 * (RFC 5958, RFC 8018), PBKDF2-HMAC-SHA256 and AES-256-CBC. mbedtls 2.28 can
 * neither write it nor read one with AES, so both halves are here, on mbedtls'
 * primitives. Reading accepts what OpenSSL writes: any SHA-2 or SHA-1 PRF and
 * AES of any size.
 */
#ifndef VKX_PKCS8_H
#define VKX_PKCS8_H

#include "keys/bytes.h"
#include "keys/secret.h"

/* Half a second of work here for the one who knows the passphrase. */
#define VKX_PKCS8_ITERATIONS 600000
/* More would only be a way to make a tool hang. */
#define VKX_PKCS8_MAX_ITERATIONS 20000000

/* Encrypts a PrivateKeyInfo. -VKX_ERR_NOMEM, -VKX_ERR_CRYPTO. */
VKX_MUST_USE int vkx_pkcs8_wrap(const struct vkx_bytes *plain,
				const struct vkx_secret *secret,
				struct vkx_bytes *der_ret);

/*
 * Decrypts. -VKX_ERR_FORMAT: no such envelope; -VKX_ERR_UNSUPPORTED: another
 * scheme, KDF or cipher; -VKX_ERR_MISMATCH: wrong passphrase (what came out is
 * no PrivateKeyInfo); -VKX_ERR_NOMEM, -VKX_ERR_CRYPTO.
 */
VKX_MUST_USE int vkx_pkcs8_unwrap(const uint8_t *der, size_t len,
				  const struct vkx_secret *secret,
				  struct vkx_bytes *plain_ret);

#endif
