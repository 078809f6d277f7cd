/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/tpm_object.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <tss2/tss2_mu.h>

int vkx_tpm_find_handle(struct vkx_tpm *tpm, uint32_t handle,
			ESYS_TR *object_ret)
{
	TPMS_CAPABILITY_DATA *cap = NULL;
	TPMI_YES_NO more;
	bool there;
	TSS2_RC rc;

	*object_ret = ESYS_TR_NONE;
	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, TPM2_CAP_HANDLES, handle, 1,
				&more, &cap);
	if (rc)
		return vkx_tpm_failed(tpm, "TPM2_GetCapability", rc);
	there = cap->data.handles.count &&
		cap->data.handles.handle[0] == handle;
	free(cap);
	if (!there)
		return 0;
	rc = Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE,
				   ESYS_TR_NONE, ESYS_TR_NONE, object_ret);
	return rc ? vkx_tpm_failed(tpm, "TPM2_ReadPublic", rc) : 0;
}

int vkx_tpm_need_handle(struct vkx_tpm *tpm, uint32_t handle,
			ESYS_TR *object_ret)
{
	int err = vkx_tpm_find_handle(tpm, handle, object_ret);

	if (err || *object_ret != ESYS_TR_NONE)
		return err;
	snprintf(tpm->error, sizeof(tpm->error),
		 "no key at handle 0x%08x; run 'provision' first", handle);
	return -VKX_ERR_IO;
}

int vkx_tpm_make_primary(struct vkx_tpm *tpm, const TPM2B_PUBLIC *template,
			 ESYS_TR *handle_ret, TPM2B_PUBLIC **public_ret)
{
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	TPM2B_DATA outside = { 0 };
	TPML_PCR_SELECTION pcrs = { 0 };
	TSS2_RC rc;

	rc = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT,
				ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				&sensitive, template, &outside, &pcrs,
				handle_ret, public_ret, NULL, NULL, NULL);
	return rc ? vkx_tpm_failed(tpm, "TPM2_CreatePrimary", rc) : 0;
}

int vkx_tpm_marshal_public(struct vkx_tpm *tpm, const TPM2B_PUBLIC *public,
			   struct vkx_blob *area_ret)
{
	size_t room = sizeof(*public) + 64, used = 0;
	uint8_t *data = malloc(room);
	TSS2_RC rc;

	if (!data)
		return -VKX_ERR_NOMEM;
	rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, data, room, &used);
	if (rc) {
		free(data);
		return vkx_tpm_failed(tpm, "public area", rc);
	}
	area_ret->data = data;
	area_ret->size = used;
	return 0;
}
