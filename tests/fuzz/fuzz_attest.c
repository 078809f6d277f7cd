/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as quote, AK, PCR list, and as all of an evidence at once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "measure/appraise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Five files, each behind a length of two bytes. */
static void whole(const uint8_t *data, size_t size)
{
	static const struct vkx_manifest manifest;
	static const uint8_t nonce[20];
	struct vkx_policy policy = { .manifest = &manifest,
				     .nonce = { nonce, sizeof(nonce) } };
	static struct vkx_appraisal a;
	struct vkx_evidence ev = { 0 };
	struct vkx_known_ak known = { 0 };
	struct vkx_ak ak;
	size_t i, n;

	for (i = 0; i <= VKX_EVIDENCE_LOG && size >= 2; i++) {
		n = (size_t)data[0] << 8 | data[1];
		data += 2;
		size -= 2;
		n = n < size ? n : size;
		ev.file[i].p = data;
		ev.file[i].len = n;
		data += n;
		size -= n;
	}
	if (i <= VKX_EVIDENCE_LOG)
		return;
	if (vkx_ak_parse(ev.file[VKX_EVIDENCE_AK].p,
			 ev.file[VKX_EVIDENCE_AK].len,
			 &ak) == VKX_REASON_FINE) {
		known.name.p = ak.name;
		known.name.len = ak.name_len;
		policy.aks = &known;
		policy.nr_aks = 1;
	}
	vkx_appraise(&policy, &ev, &a);
	/* The manifest is empty: whatever came, nothing is affirmed. */
	if (a.tier == VKX_TIER_AFFIRMING)
		abort();
	vkx_appraisal_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vkx_pcr_values values;
	struct vkx_attest attest;
	struct vkx_ak ak;

	if (vkx_attest_parse(data, size, &attest) == VKX_REASON_FINE &&
	    attest.selection.nr > VKX_MAX_BANKS)
		abort();
	if (vkx_ak_parse(data, size, &ak) == VKX_REASON_FINE)
		EVP_PKEY_free(vkx_ak_pkey(&ak));
	if (vkx_pcr_values_parse(data, size, &values) == VKX_REASON_FINE &&
	    vkx_pcr_values_size(values.nr) > size + 532)
		abort();
	whole(data, size);
	return 0;
}
