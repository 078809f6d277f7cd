/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Binding an AK to a TPM (TPM 2.0 Library Part 1, 24 "Credential Protection"):
 * a secret that only the TPM with this EK opens, and only for an object of
 * this name. Made here without a TPM; opened by vkx_tpm_activate(). The file
 * form is that of tpm2_makecredential.
 */
#ifndef VKX_CREDENTIAL_H
#define VKX_CREDENTIAL_H

#include <openssl/evp.h>

#include "measure/blob.h"
#include "tpm_hash.h"

#define VKX_CREDENTIAL_SECRET 32u

struct vkx_ek {
	EVP_PKEY *key; /* RSA-2048 or P-256 */
	bool rsa;
};

/*
 * The EK of a certificate (DER or PEM), as a key. -VKX_ERR_FORMAT: no
 * certificate; -VKX_ERR_UNSUPPORTED: another kind of key (V103). The caller
 * frees ek_ret->key.
 */
VKX_MUST_USE int vkx_ek_from_cert(const void *cert, size_t len,
				  struct vkx_ek *ek_ret);
/* The same from a TPM2B_PUBLIC by the TCG template: nobody vouches for it. */
VKX_MUST_USE int vkx_ek_from_public(const void *public, size_t len,
				    struct vkx_ek *ek_ret);

/*
 * Is this a certificate of an EK, issued, directly or by a chain in them, by
 * one of the anchors (PEM or DER)? -VKX_ERR_MISMATCH: another issued it.
 * -VKX_ERR_UNSUPPORTED: it is not for an EK, by the TCG EK Credential Profile:
 * a CA's, without the key usage keyEncipherment (RSA) or keyAgreement (ECC), or
 * with an extended key usage that is not tcg-kp-EKCertificate. What a maker
 * issues for another key says nothing of a TPM (V103). -VKX_ERR_FORMAT: either
 * is no certificate.
 */
VKX_MUST_USE int vkx_ek_check_cert(const void *cert, size_t len,
				   const void *anchors, size_t anchors_len);

/*
 * TPM2_MakeCredential without a TPM. blob_ret: magic, version,
 * TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET. -VKX_ERR_CRYPTO, -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int
vkx_credential_make(const struct vkx_ek *ek, struct vkx_span ak_name,
		    const uint8_t secret[VKX_CREDENTIAL_SECRET],
		    struct vkx_blob *blob_ret);

/* The two parts of such a file, as marshalled. -VKX_ERR_FORMAT. */
VKX_MUST_USE int vkx_credential_split(struct vkx_span file,
				      struct vkx_span *id_object_ret,
				      struct vkx_span *encrypted_ret);

#endif
