/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A private key on a PKCS#11 token, named by an RFC 7512 URI. Only the digest
 * goes to the token and only the signature comes back.
 */
#ifndef VKX_TOKEN_H
#define VKX_TOKEN_H

#include "cms.h"

struct vkx_token;

/* Logs out and unloads. NULL is fine. */
void vkx_token_close(struct vkx_token *token);

/* *len_ret comes in as the room in sig_ret. -VKX_ERR_IO: the token refused,
 * is gone, or answered nonsense. */
VKX_MUST_USE int vkx_token_sign(struct vkx_token *token, enum vkx_key_alg alg,
				enum vkx_hash_alg hash, const uint8_t *digest,
				uint8_t *sig_ret, size_t *len_ret);

#endif
