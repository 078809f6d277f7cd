/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signature beside a manifest: CMS SignedData (RFC 5652) over a file that
 * is not inside, with contentType and messageDigest as signed attributes, no
 * time, the signer's certificate included. `openssl cms -verify -binary`
 * accepts it. The same inputs give the same bytes (RFC 6979 for ECDSA).
 */
#ifndef VKX_DETACHED_H
#define VKX_DETACHED_H

#include "keys/cert.h"
#include "keys/key.h"
#include "tpm_hash.h"
#include "verify/revocation.h"

/*
 * Is this certificate one that may sign a release (vkx_x509_check_signer())?
 * Only such a one may write manifests: where a CA is trusted, its TLS servers
 * must not (V40).
 */
bool vkx_detached_may_sign(const void *der, size_t len);

/* -VKX_ERR_NOMEM, -VKX_ERR_CRYPTO, -VKX_ERR_IO (token). */
VKX_MUST_USE int vkx_detached_sign(struct vkx_key *key,
				   const struct vkx_cert *cert,
				   const void *content, size_t len,
				   struct vkx_bytes *der_ret);

struct vkx_detached {
	struct vkx_span content, signature; /* signature: DER */
	struct vkx_span anchors; /* certificates, PEM or DER */
	const struct vkx_revocation *revocation; /* NULL: nobody is revoked */
};

/*
 * Is this a signature of content by exactly one signer who may sign, and whose
 * certificate is one of the anchors, or was issued by one that is? No SHA-1 and
 * no key below 112 bits on the way, and nobody on it who is revoked or was
 * issued by somebody who is. Validity dates are not looked at, as the kernel
 * does not. 0: yes. -VKX_ERR_MISMATCH: no. -VKX_ERR_FORMAT with a rule in
 * *fault_ret: REVOKED_CERTIFICATE, or, where a list is given, a rule of
 * certificates, since what cannot be read cannot be looked for.
 * -VKX_ERR_FORMAT without: no such signature (another form, hash or scheme than
 * docs/format-manifest.md allows), or anchors has no certificate.
 * -VKX_ERR_CRYPTO, -VKX_ERR_NOMEM. The caller zeroes *fault_ret.
 */
VKX_MUST_USE int vkx_detached_check(const struct vkx_detached *d,
				    struct vkx_fault *fault_ret);

#endif
