/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What may no longer boot although it is well signed: digests in the kernel's
 * .blacklist keyring (built in, from firmware's dbx, or added there signed),
 * certificates on its revocation list, and generations below the SBAT level.
 */
#ifndef VKX_REVOKE_H
#define VKX_REVOKE_H

#include "load.h"

/*
 * -EKEYREJECTED: SHA-256 of the TBSCertificate is listed, the form of dbx and of
 * vkexec-keys' lists. The kernel's own check covers the digest that the
 * certificate's signature uses. 0: it is not; else an errno.
 */
int vkx_revoke_hash_listed(const u8 *der, const struct vkx_x509 *cert);

/* True if a certificate in this signature is why the kernel rejected it. */
bool vkx_revoke_listed(const struct vkx_load *load, size_t index);

/*
 * REVOKED_CERTIFICATE for any certificate in a signature that holds, and for a
 * pinned CA where its chain may end; or the errno of what kept from looking.
 */
int vkx_revoke_check_signature(const struct vkx_load *load, size_t index,
			       struct vkx_fault *fault);

/* REVOKED_IMAGE, by Authenticode digest (SHA-256, and the signature's). */
int vkx_revoke_check_image(struct vkx_load *load);

/* SBAT_LEVEL, against the level built in. */
int vkx_revoke_check_sbat(struct vkx_load *load);

/* The built-in level: its text's digest (zeros without one) and its date. */
int vkx_revoke_level(u8 digest_ret[32], u64 *date_ret);

#endif
