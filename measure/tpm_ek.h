/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EK of this machine's TPM, by the TCG's templates: its certificate, its
 * public area, and what only it opens: a credential, with which the TPM shows
 * that EK and AK are both its own. Credentials are made by credential.h.
 */
#ifndef VKX_TPM_EK_H
#define VKX_TPM_EK_H

#include "measure/blob.h"
#include "measure/tpm.h"
#include "tpm_hash.h"

/* EK certificate from NV, DER; -VKX_ERR_NOTFOUND: there is none. */
VKX_MUST_USE int vkx_tpm_ek_cert(struct vkx_tpm *tpm, enum vkx_tpm_key key,
				 struct vkx_blob *der_ret);
/* Public area of the EK by the TCG template. */
VKX_MUST_USE int vkx_tpm_ek_public(struct vkx_tpm *tpm, enum vkx_tpm_key key,
				   struct vkx_blob *public_ret);

/*
 * Opens a credential made for the EK and the AK's name: TPM2B_ID_OBJECT and
 * TPM2B_ENCRYPTED_SECRET as marshalled. -VKX_ERR_MISMATCH: it is for another
 * TPM or another AK.
 */
VKX_MUST_USE int vkx_tpm_activate(struct vkx_tpm *tpm, enum vkx_tpm_key ek,
				  uint32_t ak_handle, struct vkx_span id_object,
				  struct vkx_span encrypted,
				  struct vkx_blob *secret_ret);

#endif
