/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signature of a PE: PKCS#7 SignedData around SpcIndirectDataContent
 * (Windows Authenticode Portable Executable Signature Format), in strict DER,
 * with the attributes that docs/format.md "Signature" asks for and no others.
 * The same key, certificates, digest and time give the same bytes.
 */
#ifndef VKX_AUTHENTICODE_H
#define VKX_AUTHENTICODE_H

#include "keys/cert.h"
#include "keys/key.h"

struct vkx_signer {
	struct vkx_key *key; /* NULL: sig, or attributes only */
	/* A signature value that was made elsewhere, where key is NULL. */
	const struct vkx_bytes *sig;
	/* certs[0] is the signer's; the others are embedded for readers that
	 * build a chain. */
	const struct vkx_cert *certs;
	size_t nr_certs;
	enum vkx_hash_alg hash; /* of file and attributes alike */
	uint64_t signing_time; /* YYYYMMDDHHMMSS; 0: no such attribute */
};

/*
 * The signed attributes as they are hashed: a DER SET. digest is the file's
 * Authenticode digest by signer->hash. -VKX_ERR_NOMEM, -VKX_ERR_CRYPTO.
 */
VKX_MUST_USE int vkx_authenticode_attrs(const struct vkx_signer *signer,
					const uint8_t *digest,
					struct vkx_bytes *set_ret);

/*
 * Signs with signer->key, or takes signer->sig, an RSA signature or an
 * ECDSA-Sig-Value over vkx_authenticode_attrs(), and checks what came out with
 * kernel/core's own reader. Also -VKX_ERR_IO: the token failed;
 * -VKX_ERR_MISMATCH: sig does not verify under the certificate; -VKX_ERR_LIMIT:
 * the certificate's key is not accepted; -VKX_ERR_BUG: that reader refuses it.
 */
VKX_MUST_USE int vkx_authenticode_sign(const struct vkx_signer *signer,
				       const uint8_t *digest,
				       struct vkx_bytes *der_ret);

#endif
