/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCRs of this machine's TPM: their values, and a quote of them. What the quote
 * says is read by attest.h, the values' file is pcr_values.h's.
 */
#ifndef VKX_TPM_PCRS_H
#define VKX_TPM_PCRS_H

#include "measure/blob.h"
#include "measure/pcr_values.h"
#include "measure/tpm.h"

/* PCR values of this selection; bytes is what they point into. */
struct vkx_tpm_pcrs {
	struct vkx_pcr_values values;
	uint8_t bytes[VKX_MAX_BANKS * VKX_NR_PCRS][VKX_MAX_DIGEST];
	uint32_t counter; /* pcrUpdateCounter at the first read */
};
/* -VKX_ERR_MISMATCH: PCRs changed while they were read: try again. */
VKX_MUST_USE int vkx_tpm_read_pcrs(struct vkx_tpm *tpm,
				   const struct vkx_selection *selection,
				   struct vkx_tpm_pcrs *pcrs_ret);

/* A quote by the key at this handle with its own scheme. */
VKX_MUST_USE int vkx_tpm_quote(struct vkx_tpm *tpm, uint32_t handle,
			       const struct vkx_selection *selection,
			       const uint8_t *nonce, size_t nonce_len,
			       struct vkx_blob *message_ret,
			       struct vkx_blob *signature_ret);

#endif
