/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mbedtls 2.28 and 3.6 under one set of names: the few functions that changed
 * their arguments or dropped a suffix, as 3.6 has them. Fields of structures
 * that 3.6 calls private are reached by MBEDTLS_ALLOW_PRIVATE_ACCESS, which
 * the Makefile defines. The one place with a condition on the version.
 */
#ifndef VKX_MBED_H
#define VKX_MBED_H

#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/pkcs5.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha512.h>
#include <mbedtls/version.h>

#include "keys/rng.h"

#if MBEDTLS_VERSION_MAJOR < 3

static inline int vkx_mbed_sha1(const unsigned char *p, size_t len,
				unsigned char out[20])
{
	return mbedtls_sha1_ret(p, len, out);
}

static inline int vkx_mbed_sha512_starts(mbedtls_sha512_context *c, int is384)
{
	return mbedtls_sha512_starts_ret(c, is384);
}

static inline int vkx_mbed_sha512_update(mbedtls_sha512_context *c,
					 const unsigned char *p, size_t len)
{
	return mbedtls_sha512_update_ret(c, p, len);
}

static inline int vkx_mbed_sha512_finish(mbedtls_sha512_context *c,
					 unsigned char out[64])
{
	return mbedtls_sha512_finish_ret(c, out);
}

static inline int vkx_mbed_pk_parse_key(mbedtls_pk_context *pk,
					const unsigned char *key, size_t len,
					const unsigned char *pwd,
					size_t pwd_len)
{
	return mbedtls_pk_parse_key(pk, key, len, pwd, pwd_len);
}

/* *len comes in as the room in sig. */
static inline int vkx_mbed_pk_sign(mbedtls_pk_context *pk, mbedtls_md_type_t md,
				   const unsigned char *hash, size_t hash_len,
				   unsigned char *sig, size_t *len)
{
	return mbedtls_pk_sign(pk, md, hash, hash_len, sig, len, vkx_rng, NULL);
}

static inline int vkx_mbed_pbkdf2(mbedtls_md_type_t md,
				  const unsigned char *pwd, size_t pwd_len,
				  const unsigned char *salt, size_t salt_len,
				  unsigned int iterations, uint32_t key_len,
				  unsigned char *key)
{
	mbedtls_md_context_t ctx;
	int ret;

	mbedtls_md_init(&ctx);
	ret = mbedtls_md_setup(&ctx, mbedtls_md_info_from_type(md), 1);
	if (!ret)
		ret = mbedtls_pkcs5_pbkdf2_hmac(&ctx, pwd, pwd_len, salt,
						salt_len, iterations, key_len,
						key);
	mbedtls_md_free(&ctx);
	return ret;
}

#else

static inline int vkx_mbed_sha1(const unsigned char *p, size_t len,
				unsigned char out[20])
{
	return mbedtls_sha1(p, len, out);
}

static inline int vkx_mbed_sha512_starts(mbedtls_sha512_context *c, int is384)
{
	return mbedtls_sha512_starts(c, is384);
}

static inline int vkx_mbed_sha512_update(mbedtls_sha512_context *c,
					 const unsigned char *p, size_t len)
{
	return mbedtls_sha512_update(c, p, len);
}

static inline int vkx_mbed_sha512_finish(mbedtls_sha512_context *c,
					 unsigned char out[64])
{
	return mbedtls_sha512_finish(c, out);
}

static inline int vkx_mbed_pk_parse_key(mbedtls_pk_context *pk,
					const unsigned char *key, size_t len,
					const unsigned char *pwd,
					size_t pwd_len)
{
	return mbedtls_pk_parse_key(pk, key, len, pwd, pwd_len, vkx_rng, NULL);
}

static inline int vkx_mbed_pk_sign(mbedtls_pk_context *pk, mbedtls_md_type_t md,
				   const unsigned char *hash, size_t hash_len,
				   unsigned char *sig, size_t *len)
{
	return mbedtls_pk_sign(pk, md, hash, hash_len, sig, *len, len, vkx_rng,
			       NULL);
}

static inline int vkx_mbed_pbkdf2(mbedtls_md_type_t md,
				  const unsigned char *pwd, size_t pwd_len,
				  const unsigned char *salt, size_t salt_len,
				  unsigned int iterations, uint32_t key_len,
				  unsigned char *key)
{
	return mbedtls_pkcs5_pbkdf2_hmac_ext(md, pwd, pwd_len, salt, salt_len,
					     iterations, key_len, key);
}

#endif

#endif
