/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trust is pinned: a list of certificates, each the signer's own or a CA that
 * vouches for signers. A signer is trusted if its certificate is in the list,
 * byte for byte, or if a chain of at most VKX_MAX_CHAIN certificates leads
 * from it to one in the list and every link's signature, usage and path
 * length holds. Nothing else counts: no system store, no key identifiers
 * alone, no clock.
 */
#ifndef VKX_TRUST_H
#define VKX_TRUST_H

#include "cms.h"
#include "keys/bytes.h"

/* Signer, intermediate CAs and the trusted one. */
#define VKX_MAX_CHAIN 4u

struct vkx_anchor {
	struct vkx_bytes der;
	struct vkx_x509 cert;
	uint8_t fingerprint[32]; /* SHA-256 of der */
};

struct vkx_trust {
	struct vkx_anchor *anchors;
	size_t count;
};

void vkx_trust_init(struct vkx_trust *trust);
void vkx_trust_free(struct vkx_trust *trust);
/* One certificate. Errors of vkx_x509_parse(), -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_trust_add(struct vkx_trust *trust, const uint8_t *der,
			       size_t len, struct vkx_fault *fault_ret);
/*
 * All certificates of a PEM file, or the one of a DER file. All or none are
 * added. Besides the above -VKX_ERR_IO with errno, -VKX_ERR_LIMIT (too large),
 * -VKX_ERR_NOTFOUND: no certificate in it.
 */
VKX_MUST_USE int vkx_trust_add_file(struct vkx_trust *trust, const char *path,
				    struct vkx_fault *fault_ret);

struct vkx_link {
	const uint8_t *bytes; /* what the slices of cert count in */
	const struct vkx_x509 *cert;
};

struct vkx_chain {
	size_t count; /* signer first, anchor last; 1: they are the same */
	struct vkx_link links[VKX_MAX_CHAIN];
	const struct vkx_anchor *anchor;
};

/*
 * A chain from the signer of cms (bytes: its DER) to an anchor. SIG_SIGNER:
 * no anchor's name is reached. SIG_CHAIN: one is, but a signature, a usage or
 * a path length on the way is wrong. -VKX_ERR_NOMEM, -VKX_ERR_CRYPTO. The
 * signer's own fitness is vkx_x509_check_signer()'s business.
 */
VKX_MUST_USE int vkx_trust_chain(const struct vkx_trust *trust,
				 const uint8_t *bytes,
				 const struct vkx_cms *cms,
				 struct vkx_chain *chain_ret,
				 struct vkx_fault *fault_ret);

#endif
