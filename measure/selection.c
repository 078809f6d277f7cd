/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/selection.h"

bool vkx_tpm_alg_strong(uint16_t alg)
{
	return alg != VKX_TPM_ALG_SHA1 && vkx_tpm_alg_size(alg) >= 32;
}

static bool has_bank(const struct vkx_selection *s, uint16_t alg)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (s->bank[i].alg == alg)
			return true;
	return false;
}

bool vkx_selection_add(struct vkx_selection *s, uint16_t alg,
		       const uint8_t *select)
{
	if (!vkx_tpm_alg_size(alg) || has_bank(s, alg))
		return false;
	s->bank[s->nr].alg = alg;
	s->bank[s->nr].mask = (uint32_t)select[0] | (uint32_t)select[1] << 8 |
			      (uint32_t)select[2] << 16;
	s->nr++;
	return true;
}

bool vkx_selection_same(const struct vkx_selection *a,
			const struct vkx_selection *b)
{
	size_t i;

	if (a->nr != b->nr)
		return false;
	for (i = 0; i < a->nr; i++)
		if (a->bank[i].alg != b->bank[i].alg ||
		    a->bank[i].mask != b->bank[i].mask)
			return false;
	return true;
}
