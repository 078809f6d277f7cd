/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/tpm_ak.h"

#include <stdio.h>
#include <stdlib.h>

#include "measure/tpm_object.h"

static const TPM2B_PUBLIC ak_ecc = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
			TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH |
			TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_NODA |
			TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_ECDSA,
				    .details.ecdsa.hashAlg = TPM2_ALG_SHA256 },
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
	},
};

static const TPM2B_PUBLIC ak_rsa = {
	.publicArea = {
		.type = TPM2_ALG_RSA,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
			TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH |
			TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_NODA |
			TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT,
		.parameters.rsaDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_RSASSA,
				    .details.rsassa.hashAlg = TPM2_ALG_SHA256 },
			.keyBits = 2048,
		},
	},
};

static int evict(struct vkx_tpm *tpm, uint32_t handle, ESYS_TR object)
{
	ESYS_TR gone;
	TSS2_RC rc;

	rc = Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, object,
			       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       handle, &gone);
	return rc ? vkx_tpm_failed(tpm, "TPM2_EvictControl", rc) : 0;
}

/* The new key in the place of the old one, if there is one. */
static int keep_ak(struct vkx_tpm *tpm, ESYS_TR made, ESYS_TR old,
		   uint32_t handle)
{
	ESYS_TR kept = ESYS_TR_NONE;
	int err = old == ESYS_TR_NONE ? 0 : evict(tpm, handle, old);
	TSS2_RC rc;

	if (err)
		return err;
	rc = Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, made,
			       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       handle, &kept);
	return rc ? vkx_tpm_failed(tpm, "TPM2_EvictControl", rc) : 0;
}

int vkx_tpm_make_ak(struct vkx_tpm *tpm, enum vkx_tpm_key key, uint32_t handle,
		    bool replace, vkx_tpm_ready *ready, void *arg)
{
	ESYS_TR made = ESYS_TR_NONE, old = ESYS_TR_NONE;
	TPM2B_PUBLIC *public = NULL;
	struct vkx_blob area;
	int err;

	err = vkx_tpm_find_handle(tpm, handle, &old);
	if (err)
		return err;
	if (old != ESYS_TR_NONE && !replace) {
		snprintf(tpm->error, sizeof(tpm->error),
			 "handle 0x%08x is taken", handle);
		return -VKX_ERR_MISMATCH;
	}
	err = vkx_tpm_make_primary(tpm,
				   key == VKX_TPM_KEY_RSA ? &ak_rsa : &ak_ecc,
				   &made, &public);
	if (err)
		return err;
	err = vkx_tpm_marshal_public(tpm, public, &area);
	free(public);
	if (!err) {
		err = ready(arg, &area);
		vkx_blob_free(&area);
	}
	if (!err)
		err = keep_ak(tpm, made, old, handle);
	(void)Esys_FlushContext(tpm->esys, made);
	return err;
}

int vkx_tpm_read_public(struct vkx_tpm *tpm, uint32_t handle,
			struct vkx_blob *public_ret)
{
	TPM2B_PUBLIC *public = NULL;
	ESYS_TR object;
	TSS2_RC rc;
	int err;

	err = vkx_tpm_need_handle(tpm, handle, &object);
	if (err)
		return err;
	rc = Esys_ReadPublic(tpm->esys, object, ESYS_TR_NONE, ESYS_TR_NONE,
			     ESYS_TR_NONE, &public, NULL, NULL);
	if (rc)
		return vkx_tpm_failed(tpm, "TPM2_ReadPublic", rc);
	err = vkx_tpm_marshal_public(tpm, public, public_ret);
	free(public);
	return err;
}

int vkx_tpm_evict(struct vkx_tpm *tpm, uint32_t handle)
{
	ESYS_TR object;
	int err = vkx_tpm_need_handle(tpm, handle, &object);

	return err ? err : evict(tpm, handle, object);
}
