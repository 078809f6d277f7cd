/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/tpm_pcrs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "measure/tpm_object.h"

static void to_tpm(const struct vkx_selection *s, TPML_PCR_SELECTION *to)
{
	size_t i;

	memset(to, 0, sizeof(*to));
	to->count = (UINT32)s->nr;
	for (i = 0; i < s->nr; i++) {
		TPMS_PCR_SELECTION *t = &to->pcrSelections[i];

		t->hash = s->bank[i].alg;
		t->sizeofSelect = VKX_PCR_SELECT_BYTES;
		t->pcrSelect[0] = (BYTE)s->bank[i].mask;
		t->pcrSelect[1] = (BYTE)(s->bank[i].mask >> 8);
		t->pcrSelect[2] = (BYTE)(s->bank[i].mask >> 16);
	}
}

/* Index in values of (alg, pcr), or nr. */
static size_t find_value(const struct vkx_pcr_values *v, uint16_t alg,
			 unsigned int pcr)
{
	size_t i;

	for (i = 0; i < v->nr; i++)
		if (v->v[i].alg == alg && v->v[i].pcr == pcr)
			break;
	return i;
}

/* V85: only what was asked for and not told yet, or reading never ends. */
static bool is_left(const TPML_PCR_SELECTION *left,
		    const TPML_PCR_SELECTION *got, size_t bank,
		    unsigned int pcr)
{
	return bank < left->count &&
	       left->pcrSelections[bank].hash ==
		       got->pcrSelections[bank].hash &&
	       left->pcrSelections[bank].pcrSelect[pcr / 8] >> pcr % 8 & 1;
}

/* The PCRs that one TPM2_PCR_Read answered, taken off *left. */
static int take_values(struct vkx_tpm *tpm, struct vkx_tpm_pcrs *p,
		       const TPML_PCR_SELECTION *got,
		       const TPML_DIGEST *digests, TPML_PCR_SELECTION *left)
{
	size_t i, at, n = 0;
	unsigned int pcr;

	for (i = 0; i < got->count; i++)
		for (pcr = 0; pcr < VKX_NR_PCRS; pcr++) {
			if (!(got->pcrSelections[i].pcrSelect[pcr / 8] >>
				      (pcr % 8) &
			      1))
				continue;
			at = find_value(&p->values, got->pcrSelections[i].hash,
					pcr);
			if (!is_left(left, got, i, pcr) || at == p->values.nr ||
			    n >= digests->count ||
			    digests->digests[n].size !=
				    vkx_tpm_alg_size(p->values.v[at].alg))
				return vkx_tpm_failed(
					tpm, "TPM2_PCR_Read",
					TSS2_ESYS_RC_MALFORMED_RESPONSE);
			memcpy(p->bytes[at], digests->digests[n].buffer,
			       digests->digests[n].size);
			p->values.v[at].value.p = p->bytes[at];
			p->values.v[at].value.len = digests->digests[n].size;
			left->pcrSelections[i].pcrSelect[pcr / 8] &=
				(BYTE) ~(1u << pcr % 8);
			n++;
		}
	if (n)
		return 0;
	snprintf(tpm->error, sizeof(tpm->error),
		 "TPM has no such PCR bank, or not all of its PCRs");
	return -VKX_ERR_IO;
}

static bool any_left(const TPML_PCR_SELECTION *s)
{
	size_t i, j;

	for (i = 0; i < s->count; i++)
		for (j = 0; j < VKX_PCR_SELECT_BYTES; j++)
			if (s->pcrSelections[i].pcrSelect[j])
				return true;
	return false;
}

int vkx_tpm_read_pcrs(struct vkx_tpm *tpm,
		      const struct vkx_selection *selection,
		      struct vkx_tpm_pcrs *pcrs_ret)
{
	TPML_PCR_SELECTION left, *got;
	TPML_DIGEST *digests;
	UINT32 counter;
	bool first = true;
	TSS2_RC rc;
	int err;

	memset(pcrs_ret, 0, sizeof(*pcrs_ret));
	pcrs_ret->values.selection = *selection;
	vkx_pcr_values_label(&pcrs_ret->values);
	to_tpm(selection, &left);
	while (any_left(&left)) {
		got = NULL;
		digests = NULL;
		rc = Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				   ESYS_TR_NONE, &left, &counter, &got,
				   &digests);
		if (rc)
			return vkx_tpm_failed(tpm, "TPM2_PCR_Read", rc);
		err = take_values(tpm, pcrs_ret, got, digests, &left);
		free(got);
		free(digests);
		if (err)
			return err;
		if (!first && counter != pcrs_ret->counter)
			return -VKX_ERR_MISMATCH;
		first = false;
		pcrs_ret->counter = counter;
	}
	return 0;
}

static int keep_quote(struct vkx_tpm *tpm, const TPM2B_ATTEST *attest,
		      const TPMT_SIGNATURE *signature,
		      struct vkx_blob *message_ret,
		      struct vkx_blob *signature_ret)
{
	uint8_t bytes[sizeof(*signature)];
	size_t used = 0;
	TSS2_RC rc;
	int err;

	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(signature, bytes, sizeof(bytes),
					    &used);
	if (rc)
		return vkx_tpm_failed(tpm, "signature", rc);
	err = vkx_blob_copy(attest->attestationData, attest->size, message_ret);
	if (err)
		return err;
	err = vkx_blob_copy(bytes, used, signature_ret);
	if (err)
		vkx_blob_free(message_ret);
	return err;
}

int vkx_tpm_quote(struct vkx_tpm *tpm, uint32_t handle,
		  const struct vkx_selection *selection, const uint8_t *nonce,
		  size_t nonce_len, struct vkx_blob *message_ret,
		  struct vkx_blob *signature_ret)
{
	static const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPM2B_DATA data = { .size = (UINT16)nonce_len };
	TPMT_SIGNATURE *signature = NULL;
	TPM2B_ATTEST *attest = NULL;
	TPML_PCR_SELECTION pcrs;
	ESYS_TR key;
	TSS2_RC rc;
	int err;

	if (nonce_len > sizeof(data.buffer))
		return -VKX_ERR_ARG;
	memcpy(data.buffer, nonce, nonce_len);
	to_tpm(selection, &pcrs);
	err = vkx_tpm_need_handle(tpm, handle, &key);
	if (err)
		return err;
	rc = Esys_Quote(tpm->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			ESYS_TR_NONE, &data, &scheme, &pcrs, &attest,
			&signature);
	if (rc)
		return vkx_tpm_failed(tpm, "TPM2_Quote", rc);
	err = keep_quote(tpm, attest, signature, message_ret, signature_ret);
	free(attest);
	free(signature);
	return err;
}
