/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A private key on a PKCS#11 token, named by an RFC 7512 URI. Only the digest
 * goes to the token and only the signature comes back. libp11-kit, which knows
 * the machine's modules, is loaded when the first URI is met, so that machines
 * without tokens need not have it. A PIN is tried once, never again by itself:
 * tokens lock.
 */
#ifndef VKX_TOKEN_H
#define VKX_TOKEN_H

#include <stdbool.h>

#include "cms.h"
#include "keys/bytes.h"
#include "keys/secret.h"

struct vkx_token;

/* "pkcs11:..." */
bool vkx_token_is_uri(const char *text);

/*
 * Opens a session with the one token that the URI describes.
 * -VKX_ERR_FORMAT: no RFC 7512 URI; -VKX_ERR_ARG: it holds the PIN itself,
 * where every user of the machine could read it; -VKX_ERR_UNSUPPORTED: no
 * libp11-kit; -VKX_ERR_NOTFOUND: no such token; -VKX_ERR_LIMIT: more than one;
 * -VKX_ERR_IO: the module failed; -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_token_open(const char *uri, struct vkx_token **token_ret);
/* Logs out and unloads. NULL is fine. */
void vkx_token_close(struct vkx_token *token);

/* Must vkx_token_login() come before the key is used? */
bool vkx_token_needs_pin(const struct vkx_token *token);
/* A file that the URI names as the PIN's source, or NULL. */
const char *vkx_token_pin_file(const struct vkx_token *token);
/*
 * One try. typed: a person typed the PIN just now; otherwise a token that would
 * lock at one more wrong PIN is left alone. -VKX_ERR_MISMATCH: wrong PIN;
 * -VKX_ERR_LIMIT: locked, or would be; -VKX_ERR_IO.
 */
VKX_MUST_USE int vkx_token_login(struct vkx_token *token,
				 const struct vkx_secret *pin, bool typed);

/*
 * Finds the private key and its public half (SubjectPublicKeyInfo, DER).
 * -VKX_ERR_NOTFOUND: no such key, or no public half on the token;
 * -VKX_ERR_LIMIT: the URI fits several keys; -VKX_ERR_UNSUPPORTED: neither RSA
 * nor EC; -VKX_ERR_IO.
 */
VKX_MUST_USE int vkx_token_find_key(struct vkx_token *token,
				    struct vkx_bytes *spki_ret);
/* The certificate that the URI names, DER. Errors alike. */
VKX_MUST_USE int vkx_token_find_cert(struct vkx_token *token,
				     struct vkx_bytes *der_ret);

/* *len_ret comes in as the room in sig_ret. -VKX_ERR_IO: the token refused,
 * is gone, or answered nonsense. */
VKX_MUST_USE int vkx_token_sign(struct vkx_token *token, enum vkx_key_alg alg,
				enum vkx_hash_alg hash, const uint8_t *digest,
				uint8_t *sig_ret, size_t *len_ret);

#endif
