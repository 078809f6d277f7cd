/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every digest of the file: Authenticode and components. A byte is hashed once
 * for the file and once for its component, never again for the stub or the
 * log. The passes run side by side, so that the time is that of hashing the
 * file once where two CPUs are free.
 */
#ifndef VKX_WALK_H
#define VKX_WALK_H

#include "load.h"

/*
 * Fills load->digests (SHA-256, and what the signatures' form asks for) and
 * load->part_sha256, and checks the padding of components. 0 or an errno,
 * with load->fault for UKI_PADDING.
 */
int vkx_walk(struct vkx_load *load);

/* SHA-256 of bytes in memory, through the kernel's fastest engine. */
int vkx_walk_sha256(const void *data, size_t size, u8 digest_ret[32]);

#endif
