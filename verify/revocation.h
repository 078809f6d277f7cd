/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must not boot any more: EFI signature lists (dbx, or lists kept with
 * vkexec-keys revoke) with image digests, certificates and digests of
 * certificates. A list that cannot be read, or has an entry that cannot be
 * matched, refuses everything: the caller gets an error and must not go on
 * without it.
 */
#ifndef VKX_REVOCATION_H
#define VKX_REVOCATION_H

#include "esl.h"
#include "keys/bytes.h"
#include "verify/scan.h"
#include "verify/trust.h"

struct vkx_revoked {
	struct vkx_bytes file;
	const uint8_t *lists; /* in file, behind a dbx update's header */
	size_t len;
};

struct vkx_revocation {
	struct vkx_revoked *files;
	size_t count;
};

void vkx_revocation_init(struct vkx_revocation *rev);
void vkx_revocation_free(struct vkx_revocation *rev);
/*
 * REVOCATION_LIST (malformed) or REVOCATION_KIND (a kind of entry unknown here,
 * a digest out of use, or a certificate whose key cannot be found) with the
 * offset in the list; -VKX_ERR_NOTFOUND: it lists nothing, which who revokes
 * nothing says by giving none; -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_revocation_add(struct vkx_revocation *rev,
				    const uint8_t *list, size_t len,
				    struct vkx_fault *fault_ret);
/* Besides the above -VKX_ERR_IO with errno, -VKX_ERR_LIMIT. */
VKX_MUST_USE int vkx_revocation_add_file(struct vkx_revocation *rev,
					 const char *path,
					 struct vkx_fault *fault_ret);

/* The Authenticode digests that the lists name images by: one bit per enum
 * vkx_hash_alg. rev may be NULL. */
uint32_t vkx_revocation_hashes(const struct vkx_revocation *rev);
/*
 * REVOKED_IMAGE if one of the scan's digests is listed; they must be there for
 * every one of vkx_revocation_hashes(), else -VKX_ERR_BUG. rev may be NULL.
 */
VKX_MUST_USE int vkx_revocation_check_image(const struct vkx_revocation *rev,
					    const struct vkx_scan *scan,
					    struct vkx_fault *fault_ret);
/*
 * REVOKED_CERTIFICATE if the certificate is listed, be it whole, by the digest
 * of its TBSCertificate, or by another certificate with the same public key. A time of
 * revocation in the list is ignored: nothing we read proves when a signature
 * was made. -VKX_ERR_CRYPTO, -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_revocation_check_cert(const struct vkx_revocation *rev,
					   const struct vkx_link *link,
					   struct vkx_fault *fault_ret);
/*
 * REVOKED_CERTIFICATE if a certificate that is listed whole issued this one. For
 * the end of a chain, whose issuer nobody brings along: a list names it by its
 * certificate, then, since a digest cannot be asked. Errors as above.
 */
VKX_MUST_USE int vkx_revocation_check_issuer(const struct vkx_revocation *rev,
					     const struct vkx_link *link,
					     struct vkx_fault *fault_ret);

#endif
