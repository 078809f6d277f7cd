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
	struct vkx_key *key; /* may be NULL in vkx_authenticode_attrs() */
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

/* Signs, and checks what came out with kernel/core's own reader. Also
 * -VKX_ERR_IO (token), -VKX_ERR_BUG: that reader refuses it. */
VKX_MUST_USE int vkx_authenticode_sign(const struct vkx_signer *signer,
				       const uint8_t *digest,
				       struct vkx_bytes *der_ret);

/* The same around a signature value that was made elsewhere over
 * vkx_authenticode_attrs(). -VKX_ERR_MISMATCH: it does not verify. */
VKX_MUST_USE int vkx_authenticode_attach(const struct vkx_signer *signer,
					 const uint8_t *digest,
					 const uint8_t *sig, size_t sig_len,
					 struct vkx_bytes *der_ret);

#endif
