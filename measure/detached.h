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

/*
 * Is der a signature of content by exactly one signer who may sign, and whose
 * certificate is in the PEM or DER file anchors, or was issued by one that is?
 * No SHA-1 and no key below 112 bits on the way. Validity dates are not looked
 * at, as the kernel does not. 0: yes. -VKX_ERR_MISMATCH: no; -VKX_ERR_FORMAT:
 * der is no such signature (another form, hash or scheme than
 * docs/format-manifest.md allows), or anchors no certificates.
 */
VKX_MUST_USE int vkx_detached_check(const void *content, size_t len,
				    const void *der, size_t der_len,
				    const void *anchors, size_t anchors_len);

#endif
