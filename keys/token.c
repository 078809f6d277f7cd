/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/token.h"

void vkx_token_close(struct vkx_token *token)
{
	(void)token;
}

int vkx_token_sign(struct vkx_token *token, enum vkx_key_alg alg,
		   enum vkx_hash_alg hash, const uint8_t *digest,
		   uint8_t *sig_ret, size_t *len_ret)
{
	(void)token;
	(void)alg;
	(void)hash;
	(void)digest;
	(void)sig_ret;
	(void)len_ret;
	return -VKX_ERR_UNSUPPORTED;
}
