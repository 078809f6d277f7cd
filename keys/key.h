/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signing key: RSA of 2048 to 4096 bits with e = 65537, or ECDSA on P-256 or
 * P-384, from a file or on a token. Signatures depend on key and digest alone:
 * PKCS#1 v1.5, and ECDSA with the deterministic nonce of RFC 6979 (a token
 * makes its own nonces). Trust is no matter of this file.
 */
#ifndef VKX_KEY_H
#define VKX_KEY_H

#include <stdbool.h>

#include <mbedtls/pk.h>

#include "cms.h"
#include "keys/bytes.h"
#include "keys/secret.h"

#define VKX_MAX_KEY_FILE 65536u
/* RSA-4096, or an ECDSA-Sig-Value on P-384. */
#define VKX_MAX_SIGNATURE 512u

struct vkx_token;

struct vkx_key {
	enum vkx_key_alg alg;
	unsigned int bits;
	mbedtls_pk_context pk; /* the pair, or the public half of a token's */
	struct vkx_bytes spki; /* SubjectPublicKeyInfo, DER */
	struct vkx_token *token; /* NULL: the pair is in pk */
};

void vkx_key_init(struct vkx_key *key);
void vkx_key_free(struct vkx_key *key);

/* Is it one that vkx_key_generate() makes? */
bool vkx_key_type_known(const char *type);
/*
 * key must be initialised and is changed only on success.
 * "rsa2048", "rsa3072", "rsa4096", "p256", "p384": -VKX_ERR_ARG for anything
 * else. -VKX_ERR_CRYPTO.
 */
VKX_MUST_USE int vkx_key_generate(struct vkx_key *key, const char *type);

/*
 * Reads PKCS#8 (plain or PBES2), PKCS#1 or SEC 1, PEM or DER. secret may be
 * NULL. -VKX_ERR_ARG: encrypted, and no secret given; -VKX_ERR_MISMATCH: wrong
 * secret; -VKX_ERR_FORMAT: no private key; -VKX_ERR_UNSUPPORTED: other
 * encryption; -VKX_ERR_LIMIT: a kind or size of key that is not accepted, see
 * vkx_key_weakness().
 */
VKX_MUST_USE int vkx_key_parse(struct vkx_key *key,
			       const struct vkx_bytes *file,
			       const struct vkx_secret *secret);

/* Takes the public half of a token's key from SubjectPublicKeyInfo DER; the
 * key owns token from then on. -VKX_ERR_FORMAT, -VKX_ERR_LIMIT. */
VKX_MUST_USE int vkx_key_from_token(struct vkx_key *key, const uint8_t *spki,
				    size_t len, struct vkx_token *token);

/* Does this file look encrypted, so that asking for a passphrase makes sense? */
bool vkx_key_is_encrypted(const struct vkx_bytes *file);

/*
 * Is this a key we sign with or accept? Fills alg and bits. NULL if so, else
 * what is wrong with it, for people.
 */
const char *vkx_key_weakness(const mbedtls_pk_context *pk,
			     enum vkx_key_alg *alg_ret, unsigned int *bits_ret);

/* PEM of the PKCS#8 form, encrypted if secret is not NULL. */
VKX_MUST_USE int vkx_key_write_pem(struct vkx_key *key,
				   const struct vkx_secret *secret,
				   struct vkx_bytes *pem_ret);

/*
 * Signs a digest of vkx_hash_size(hash) bytes. sig_ret has room for
 * VKX_MAX_SIGNATURE; ECDSA gives an ECDSA-Sig-Value in DER. The signature is
 * verified before it is handed out. -VKX_ERR_CRYPTO; -VKX_ERR_IO: the token
 * failed.
 */
VKX_MUST_USE int vkx_key_sign(struct vkx_key *key, enum vkx_hash_alg hash,
			      const uint8_t *digest, uint8_t *sig_ret,
			      size_t *len_ret);
/* -VKX_ERR_MISMATCH: does not verify. */
VKX_MUST_USE int vkx_key_verify(mbedtls_pk_context *pk, enum vkx_hash_alg hash,
				const uint8_t *digest, const uint8_t *sig,
				size_t len);

/* The AlgorithmIdentifier of signatures by this kind of key over this hash, as
 * X.509 and (for ECDSA) CMS want it: an OID literal and its length. */
const char *vkx_key_sig_oid(enum vkx_key_alg alg, enum vkx_hash_alg hash,
			    size_t *len_ret);
/* The hash that matches a key's strength: what is used where none is asked. */
enum vkx_hash_alg vkx_key_hash(const struct vkx_key *key);

mbedtls_md_type_t vkx_hash_md(enum vkx_hash_alg hash);
/* OID bytes of a hash; NULL for one that is not accepted. */
const char *vkx_hash_oid(enum vkx_hash_alg hash, size_t *len_ret);

/* "RSA 3072 bit", "ECDSA P-256" */
const char *vkx_key_text(enum vkx_key_alg alg, unsigned int bits, char *buf,
			 size_t size);

#endif
