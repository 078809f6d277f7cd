/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM of this machine through tpm2-tss' ESAPI: open, make and find keys,
 * read PCRs, quote, activate a credential. Each call frees what it loads, on
 * every path, so that a TPM with three slots is not left full. Errors are
 * kept as words. Not for auditors: they need no TPM.
 */
#ifndef VKX_TPM_H
#define VKX_TPM_H

#include <tss2/tss2_esys.h>

#include "err.h"
#include "measure/blob.h"
#include "measure/pcr_values.h"

struct vkx_tpm {
	ESYS_CONTEXT *esys;
	TSS2_TCTI_CONTEXT *tcti;
	char error[512]; /* of the last call that failed, as words */
};

/*
 * conf is "device:/dev/tpmrm0", "swtpm:host=...,port=..." and the like; NULL:
 * TPM2TOOLS_TCTI, then TCTI, from the environment, else /dev/tpmrm0 or
 * /dev/tpm0. -VKX_ERR_IO. Every failure of these calls is -VKX_ERR_IO with
 * tpm->error, unless said otherwise.
 */
VKX_MUST_USE int vkx_tpm_open(struct vkx_tpm *tpm, const char *conf);
void vkx_tpm_close(struct vkx_tpm *tpm);

/* Algorithms of the banks that have PCRs allocated. */
VKX_MUST_USE int vkx_tpm_banks(struct vkx_tpm *tpm,
			       uint16_t algs_ret[VKX_MAX_BANKS],
			       size_t *nr_ret);

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

enum vkx_tpm_key { VKX_TPM_KEY_ECC, VKX_TPM_KEY_RSA };

/* Takes the TPM2B_PUBLIC of a key that is about to be kept; an error of it
 * ends the making. */
typedef int vkx_tpm_ready(void *arg, const struct vkx_blob *public_area);

/*
 * Makes the AK (primary key in the endorsement hierarchy, restricted,
 * sign-only, SHA-256), hands its public area to ready and, if that is content,
 * keeps it at a persistent handle. What is there already is -VKX_ERR_MISMATCH
 * or, with replace, goes once the new key is made and ready has taken it.
 */
VKX_MUST_USE int vkx_tpm_make_ak(struct vkx_tpm *tpm, enum vkx_tpm_key key,
				 uint32_t handle, bool replace,
				 vkx_tpm_ready *ready, void *arg);
/* Public area of a persistent key. */
VKX_MUST_USE int vkx_tpm_read_public(struct vkx_tpm *tpm, uint32_t handle,
				     struct vkx_blob *public_ret);
/* Removes a persistent key. */
VKX_MUST_USE int vkx_tpm_evict(struct vkx_tpm *tpm, uint32_t handle);

/* EK certificate from NV, DER; -VKX_ERR_NOTFOUND: there is none. */
VKX_MUST_USE int vkx_tpm_ek_cert(struct vkx_tpm *tpm, enum vkx_tpm_key key,
				 struct vkx_blob *der_ret);
/* Public area of the EK by the TCG template. */
VKX_MUST_USE int vkx_tpm_ek_public(struct vkx_tpm *tpm, enum vkx_tpm_key key,
				   struct vkx_blob *public_ret);

/* A quote by the key at this handle with its own scheme. */
VKX_MUST_USE int vkx_tpm_quote(struct vkx_tpm *tpm, uint32_t handle,
			       const struct vkx_selection *selection,
			       const uint8_t *nonce, size_t nonce_len,
			       struct vkx_blob *message_ret,
			       struct vkx_blob *signature_ret);

/*
 * Opens a credential made for the EK and the AK's name: TPM2B_ID_OBJECT and
 * TPM2B_ENCRYPTED_SECRET as marshalled. -VKX_ERR_MISMATCH: it is for another
 * TPM or another AK.
 */
VKX_MUST_USE int vkx_tpm_activate(struct vkx_tpm *tpm, enum vkx_tpm_key ek,
				  uint32_t ak_handle, struct vkx_span id_object,
				  struct vkx_span encrypted,
				  struct vkx_blob *secret_ret);

/* Manufacturer ("SW  ") and firmware version. */
VKX_MUST_USE int vkx_tpm_identity(struct vkx_tpm *tpm, char manufacturer_ret[5],
				  uint64_t *firmware_ret);

#endif
