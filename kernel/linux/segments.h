/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the pieces of the next kernel go, and kexec's segments made of that
 * plan, each with the digest that it must have when the jump is made.
 */
#ifndef VKX_SEGMENTS_H
#define VKX_SEGMENTS_H

#include "load.h"

/*
 * Plans places for kernel, initrd, device tree (dtb_size: its bound), TPM log
 * (log_size, 0: none) and, for a crash kernel, the ELF core header, and adds
 * all segments but the device tree's.
 */
int vkx_segments_add(struct vkx_load *load, u32 dtb_size, u64 log_size);

/* The device tree's, once it is built. image->arch owns blob afterwards. */
int vkx_segments_add_dtb(struct vkx_load *load, void *blob, u32 size);

#endif
