/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must not boot any more: EFI signature lists (dbx, or lists kept with
 * vkexec-keys revoke) with image digests, certificates and digests of
 * certificates. A list that cannot be read refuses everything: the caller gets
 * an error and must not go on without it.
 */
#ifndef VKX_REVOCATION_H
#define VKX_REVOCATION_H

#include "esl.h"
#include "keys/bytes.h"
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
/* REVOCATION_LIST with the offset in the list; -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_revocation_add(struct vkx_revocation *rev,
				    const uint8_t *list, size_t len,
				    struct vkx_fault *fault_ret);
/* Besides the above -VKX_ERR_IO with errno, -VKX_ERR_LIMIT. */
VKX_MUST_USE int vkx_revocation_add_file(struct vkx_revocation *rev,
					 const char *path,
					 struct vkx_fault *fault_ret);

/* REVOKED_IMAGE if this Authenticode SHA-256 is listed. rev may be NULL. */
VKX_MUST_USE int vkx_revocation_check_image(const struct vkx_revocation *rev,
					    const uint8_t digest[32],
					    struct vkx_fault *fault_ret);
/*
 * REVOKED_CERTIFICATE if the certificate is listed, be it whole, by the digest
 * of its TBSCertificate, or by another certificate with the same public key. A time of
 * revocation in the list is ignored: nothing we read proves when a signature
 * was made. -VKX_ERR_CRYPTO.
 */
VKX_MUST_USE int vkx_revocation_check_cert(const struct vkx_revocation *rev,
					   const struct vkx_link *link,
					   struct vkx_fault *fault_ret);

#endif
