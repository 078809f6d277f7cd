/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signatures of one file: what is in them, whether each signs this file and
 * comes from somebody who is trusted and not revoked, and whether they are
 * enough. One signature value under one key is signature.h's. Internal to
 * verify.c.
 */
#ifndef VKX_VERIFY_SIGNATURES_H
#define VKX_VERIFY_SIGNATURES_H

#include "verify/work.h"

/*
 * Shape only, of a scan that is open; what cannot be read has its fault in
 * w->out. Adds the digests that will be compared to *hashes, a bit for each
 * enum vkx_hash_alg.
 */
void vkx_verify_read_signatures(struct vkx_work *w, uint32_t *hashes);

/*
 * Of a scan that has ended: the verdict on each, in w->out, and how many
 * trusted signers there are. -VKX_ERR_FORMAT with the fault: too few. Another
 * error: nothing is known.
 */
VKX_MUST_USE int vkx_verify_check_signatures(struct vkx_work *w,
					     struct vkx_fault *fault_ret);

#endif
