/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The AK in this machine's TPM: makes it, keeps it at a persistent handle,
 * finds and removes it. What an auditor reads of it is ak.h's.
 */
#ifndef VKX_TPM_AK_H
#define VKX_TPM_AK_H

#include <stdbool.h>

#include "measure/blob.h"
#include "measure/tpm.h"

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

#endif
