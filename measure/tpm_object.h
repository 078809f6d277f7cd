/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects in this machine's TPM, for the files that deal with its keys: what
 * is at a handle, primary keys, public areas as bytes. Internal to tpm_*.c;
 * errors as in tpm.h.
 */
#ifndef VKX_TPM_OBJECT_H
#define VKX_TPM_OBJECT_H

#include "measure/blob.h"
#include "measure/tpm.h"

/* Is there an object at this handle? ESYS_TR_NONE in *object_ret: no. */
VKX_MUST_USE int vkx_tpm_find_handle(struct vkx_tpm *tpm, uint32_t handle,
				     ESYS_TR *object_ret);
/* The same where it must be there: an error that says what to do if not. */
VKX_MUST_USE int vkx_tpm_need_handle(struct vkx_tpm *tpm, uint32_t handle,
				     ESYS_TR *object_ret);

/*
 * A primary key in the endorsement hierarchy. The caller flushes *handle_ret
 * and frees *public_ret.
 */
VKX_MUST_USE int vkx_tpm_make_primary(struct vkx_tpm *tpm,
				      const TPM2B_PUBLIC *template,
				      ESYS_TR *handle_ret,
				      TPM2B_PUBLIC **public_ret);

/* The TPM2B_PUBLIC as bytes; -VKX_ERR_NOMEM, without words in tpm->error. */
VKX_MUST_USE int vkx_tpm_marshal_public(struct vkx_tpm *tpm,
					const TPM2B_PUBLIC *public,
					struct vkx_blob *area_ret);

#endif
