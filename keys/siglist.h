/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing EFI signature lists (UEFI 2.10, 32.4.1): certificates for a
 * firmware's db, and our own revocation lists, which have the form of a dbx.
 * Reading them is kernel/core's esl.h.
 */
#ifndef VKX_SIGLIST_H
#define VKX_SIGLIST_H

#include <stdbool.h>

#include "esl.h"
#include "keys/bytes.h"

/*
 * Appends one list with one entry: type X509 (data: DER), SHA256 (data: 32
 * bytes), or X509_SHA256 (data: 32 bytes of TBSCertificate digest; the time of
 * revocation is left zero: revoked always). -VKX_ERR_NOMEM, -VKX_ERR_LIMIT.
 */
VKX_MUST_USE int vkx_siglist_add(struct vkx_bytes *lists,
				 enum vkx_esl_type type,
				 const uint8_t owner[16], const uint8_t *data,
				 size_t len);
/* Is an entry of this type that starts with these bytes there already? lists
 * must have passed vkx_esl_check(). */
bool vkx_siglist_has(const struct vkx_bytes *lists, enum vkx_esl_type type,
		     const uint8_t *data, size_t len);

#endif
