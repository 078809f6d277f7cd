/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/tpm_ek.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "measure/tpm_object.h"

/* TCG EK Credential Profile 2.5, 2.2.1.4: where certificates live. */
#define EK_CERT_RSA 0x01c00002u
#define EK_CERT_ECC 0x01c0000au

/* TCG EK Credential Profile, templates L-1 and L-2; policy of B.3. */
#define EK_POLICY                       \
	{                               \
		.size = 32, .buffer = { \
			0x83,           \
			0x71,           \
			0x97,           \
			0x67,           \
			0x44,           \
			0x84,           \
			0xb3,           \
			0xf8,           \
			0x1a,           \
			0x90,           \
			0xcc,           \
			0x8d,           \
			0x46,           \
			0xa5,           \
			0xd7,           \
			0x24,           \
			0xfd,           \
			0x52,           \
			0xd7,           \
			0x6e,           \
			0x06,           \
			0x52,           \
			0x0b,           \
			0x64,           \
			0xf2,           \
			0xa1,           \
			0xda,           \
			0x1b,           \
			0x33,           \
			0x14,           \
			0x69,           \
			0xaa            \
		}                       \
	}
#define EK_ATTRIBUTES                                                    \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |                \
	 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY | \
	 TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define EK_SYMMETRIC                                           \
	{                                                      \
		.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, \
		.mode.aes = TPM2_ALG_CFB                       \
	}

static const TPM2B_PUBLIC ek_rsa = {
	.publicArea = {
		.type = TPM2_ALG_RSA,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = EK_ATTRIBUTES,
		.authPolicy = EK_POLICY,
		.parameters.rsaDetail = {
			.symmetric = EK_SYMMETRIC,
			.scheme.scheme = TPM2_ALG_NULL,
			.keyBits = 2048,
		},
		.unique.rsa.size = 256,
	},
};

static const TPM2B_PUBLIC ek_ecc = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = EK_ATTRIBUTES,
		.authPolicy = EK_POLICY,
		.parameters.eccDetail = {
			.symmetric = EK_SYMMETRIC,
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
		.unique.ecc = { .x.size = 32, .y.size = 32 },
	},
};

/* Part 3, 31.13: whoever may read the index by its own authorization, which a
 * certificate has none of, needs no password of the owner. */
static int nv_read(struct vkx_tpm *tpm, ESYS_TR nv, bool by_itself, size_t size,
		   struct vkx_blob *ret)
{
	struct vkx_blob b = { malloc(size + 1), 0 };
	TPM2B_MAX_NV_BUFFER *part;
	size_t n;
	TSS2_RC rc;

	if (!b.data)
		return -VKX_ERR_NOMEM;
	while (b.size < size) {
		n = size - b.size < 512 ? size - b.size : 512;
		rc = Esys_NV_Read(tpm->esys, by_itself ? nv : ESYS_TR_RH_OWNER,
				  nv, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				  ESYS_TR_NONE, (UINT16)n, (UINT16)b.size,
				  &part);
		if (rc) {
			free(b.data);
			return vkx_tpm_failed(tpm, "TPM2_NV_Read", rc);
		}
		n = part->size < n ? part->size : n;
		memcpy(b.data + b.size, part->buffer, n);
		free(part);
		b.size += n;
		if (!n)
			break;
	}
	*ret = b;
	return 0;
}

/* NV areas are larger than the certificate: what follows its DER is filler. */
static void trim_der(struct vkx_blob *b)
{
	size_t len;

	if (b->size > 4 && b->data[0] == 0x30 && b->data[1] == 0x82) {
		len = 4 + ((size_t)b->data[2] << 8 | b->data[3]);
		if (len < b->size)
			b->size = len;
	}
}

int vkx_tpm_ek_cert(struct vkx_tpm *tpm, enum vkx_tpm_key key,
		    struct vkx_blob *der_ret)
{
	uint32_t index = key == VKX_TPM_KEY_RSA ? EK_CERT_RSA : EK_CERT_ECC;
	TPM2B_NV_PUBLIC *public = NULL;
	bool by_itself;
	ESYS_TR nv;
	size_t size;
	TSS2_RC rc;
	int err;

	err = vkx_tpm_find_handle(tpm, index, &nv);
	if (err)
		return err;
	if (nv == ESYS_TR_NONE)
		return -VKX_ERR_NOTFOUND;
	rc = Esys_NV_ReadPublic(tpm->esys, nv, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, &public, NULL);
	if (rc)
		return vkx_tpm_failed(tpm, "TPM2_NV_ReadPublic", rc);
	size = public->nvPublic.dataSize;
	by_itself = public->nvPublic.attributes & TPMA_NV_AUTHREAD;
	free(public);
	err = nv_read(tpm, nv, by_itself, size, der_ret);
	if (!err)
		trim_der(der_ret);
	return err;
}

int vkx_tpm_ek_public(struct vkx_tpm *tpm, enum vkx_tpm_key key,
		      struct vkx_blob *public_ret)
{
	TPM2B_PUBLIC *public = NULL;
	ESYS_TR ek;
	int err;

	err = vkx_tpm_make_primary(
		tpm, key == VKX_TPM_KEY_RSA ? &ek_rsa : &ek_ecc, &ek, &public);
	if (err)
		return err;
	err = vkx_tpm_marshal_public(tpm, public, public_ret);
	free(public);
	(void)Esys_FlushContext(tpm->esys, ek);
	return err;
}

/* --- credential activation ------------------------------------------------*/

/* The EK's own policy: PolicySecret of the endorsement hierarchy. */
static int ek_session(struct vkx_tpm *tpm, ESYS_TR *session_ret)
{
	TPMT_SYM_DEF symmetric = { .algorithm = TPM2_ALG_NULL };
	TSS2_RC rc;

	rc = Esys_StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				   ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				   NULL, TPM2_SE_POLICY, &symmetric,
				   TPM2_ALG_SHA256, session_ret);
	if (rc)
		return vkx_tpm_failed(tpm, "TPM2_StartAuthSession", rc);
	rc = Esys_PolicySecret(tpm->esys, ESYS_TR_RH_ENDORSEMENT, *session_ret,
			       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       NULL, NULL, NULL, 0, NULL, NULL);
	if (!rc)
		return 0;
	(void)Esys_FlushContext(tpm->esys, *session_ret);
	return vkx_tpm_failed(tpm, "TPM2_PolicySecret", rc);
}

static int activate(struct vkx_tpm *tpm, ESYS_TR ek, ESYS_TR ak,
		    const TPM2B_ID_OBJECT *id,
		    const TPM2B_ENCRYPTED_SECRET *encrypted,
		    struct vkx_blob *secret_ret)
{
	TPM2B_DIGEST *secret = NULL;
	ESYS_TR session;
	TSS2_RC rc;
	int err;

	err = ek_session(tpm, &session);
	if (err)
		return err;
	rc = Esys_ActivateCredential(tpm->esys, ak, ek, ESYS_TR_PASSWORD,
				     session, ESYS_TR_NONE, id, encrypted,
				     &secret);
	(void)Esys_FlushContext(tpm->esys, session);
	if (rc) {
		vkx_tpm_failed(tpm, "TPM2_ActivateCredential", rc);
		return (rc & 0xff) == (TPM2_RC_INTEGRITY & 0xff) ?
			       -VKX_ERR_MISMATCH :
			       -VKX_ERR_IO;
	}
	err = vkx_blob_copy(secret->buffer, secret->size, secret_ret);
	free(secret);
	return err;
}

int vkx_tpm_activate(struct vkx_tpm *tpm, enum vkx_tpm_key ek_key,
		     uint32_t ak_handle, struct vkx_span id_object,
		     struct vkx_span encrypted, struct vkx_blob *secret_ret)
{
	TPM2B_ENCRYPTED_SECRET enc = { 0 };
	TPM2B_ID_OBJECT id = { 0 };
	TPM2B_PUBLIC *public = NULL;
	size_t at = 0, at2 = 0;
	ESYS_TR ek, ak;
	int err;

	if (Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(id_object.p, id_object.len, &at,
					      &id) ||
	    Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(encrypted.p, encrypted.len,
						     &at2, &enc) ||
	    at != id_object.len || at2 != encrypted.len) {
		snprintf(tpm->error, sizeof(tpm->error),
			 "challenge is malformed");
		return -VKX_ERR_IO;
	}
	err = vkx_tpm_need_handle(tpm, ak_handle, &ak);
	if (err)
		return err;
	err = vkx_tpm_make_primary(
		tpm, ek_key == VKX_TPM_KEY_RSA ? &ek_rsa : &ek_ecc, &ek,
		&public);
	if (err)
		return err;
	free(public);
	err = activate(tpm, ek, ak, &id, &enc, secret_ret);
	(void)Esys_FlushContext(tpm->esys, ek);
	return err;
}
