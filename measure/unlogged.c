/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/unlogged.h"

#include <string.h>

#include "measure/hash.h"

const char *vkx_unlogged_hint(uint8_t pcr)
{
	return VKX_USER_SPACE_PCRS >> pcr & 1 ?
		       "; user space may extend it unlogged: quote --pcrs "
		       "0-8,12, audit --require 0-8,12" :
		       "";
}

static uint32_t differing(const struct vkx_pcr_values *values, uint16_t alg,
			  const struct vkx_pcrs *pcrs)
{
	const struct vkx_pcr_quoted *v;
	uint32_t mask = 0;
	size_t i;

	for (i = 0; i < values->nr; i++) {
		v = &values->v[i];
		if (v->alg == alg &&
		    (!pcrs || memcmp(pcrs->value[v->pcr], v->value.p,
				     v->value.len) != 0))
			mask |= UINT32_C(1) << v->pcr;
	}
	return mask;
}

int vkx_unlogged_find(const struct vkx_pcr_values *values, struct vkx_span log,
		      uint32_t *pcrs_ret)
{
	const struct vkx_selection *s = &values->selection;
	struct vkx_tcglog opened;
	struct vkx_pcrs pcrs;
	uint32_t mask = 0;
	bool is_log;
	size_t i;
	int err;

	is_log = !vkx_tcglog_open(log.p, log.len, VKX_TCGLOG_EXACT, &opened,
				  NULL);
	for (i = 0; i < s->nr; i++) {
		err = is_log ? vkx_tcglog_replay(&opened, s->bank[i].alg,
						 &vkx_hash_host, &pcrs) :
			       -VKX_ERR_NOTFOUND;
		if (err == -VKX_ERR_NOMEM || err == -VKX_ERR_CRYPTO)
			return err;
		mask |= differing(values, s->bank[i].alg, err ? NULL : &pcrs);
	}
	*pcrs_ret = mask;
	return 0;
}
