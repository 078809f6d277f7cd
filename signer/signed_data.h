/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The envelope that Authenticode (RFC 2315) and detached CMS (RFC 5652) have in
 * common: SignedData of one signer with signed attributes. What is signed, and
 * which attributes say so, is the caller's. Written back to front, as all of
 * keys/derw.h: signers, certificates, then the caller's content, then the rest.
 */
#ifndef VKX_SIGNED_DATA_H
#define VKX_SIGNED_DATA_H

#include "cms.h"
#include "keys/cert.h"
#include "keys/derw.h"

struct vkx_signed_data {
	enum vkx_key_alg key;
	enum vkx_hash_alg hash;
	const struct vkx_cert *certs; /* the signer's first, any order then */
	size_t nr_certs; /* at most VKX_MAX_CERTS */
	struct vkx_bytes attrs; /* DER of the attributes as a SET OF */
	const uint8_t *sig; /* over attrs */
	size_t sig_len;
};

/* Room that is enough, with content of at most 1 KiB. */
size_t vkx_signed_data_room(const struct vkx_signed_data *s);
/* AlgorithmIdentifier of a digest; w->err for one that has none. */
void vkx_signed_data_hash(struct vkx_derw *w, enum vkx_hash_alg hash);
/* signerInfos and certificates: what stands behind the content. */
void vkx_signed_data_signer(struct vkx_derw *w,
			    const struct vkx_signed_data *s);
/* All that stands before the content, up to the ContentInfo. */
void vkx_signed_data_close(struct vkx_derw *w, const struct vkx_signed_data *s);

#endif
