/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/tpm2b.h"

/* No nonce, key, signature or policy is longer. */
#define MAX_TPM2B 1024u

struct vkx_span vkx_rd_tpm2b(struct vkx_rd *rd)
{
	struct vkx_span b = { NULL, 0 };
	uint16_t n = vkx_rd_be16(rd);

	if (n > MAX_TPM2B && !rd->err)
		rd->err = -VKX_ERR_FORMAT;
	b.p = vkx_rd_take(rd, n);
	b.len = b.p ? n : 0;
	return b;
}
