/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who signed the file: our strict reader first, so that the kernel's PKCS#7
 * code sees nothing of another shape; then that code, for the mathematics and
 * the trust; then the digest it vouches for against the one we made.
 */
#ifndef VKX_SIGNATURE_H
#define VKX_SIGNATURE_H

#include "load.h"

/*
 * Before the digests are made: finds the signatures and reads each. One that
 * does not keep to the form does not count; if none does, the first one's
 * fault refuses the file. SIG_NONE without any.
 */
int vkx_signature_read(struct vkx_load *load);

/*
 * Tries each in turn; any trusted one suffices (and counts in checks). If none
 * is trusted, the fault of the last one that came furthest refuses the file.
 */
int vkx_signature_verify(struct vkx_load *load);

#endif
