/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our relocation stub in the image's control page, in the place of the stock
 * one: what it needs of this machine, and the digests it checks.
 */
#ifndef VKX_STUB_PAGE_H
#define VKX_STUB_PAGE_H

#include <linux/types.h>

struct kimage;
struct vkexec_state;

/* After the stock post-load work of a relocated image. */
int vkx_stub_install(struct kimage *image, const struct vkexec_state *state);

/* The region that starts at dest has these bytes now. */
int vkx_stub_refresh(struct kimage *image, u64 dest, const u8 sha256[32]);

/*
 * The stub's checks for an image that is started in place. Fit for a dying
 * kernel: no allocation, no lock. 0 if every region is as it was loaded.
 */
int vkx_stub_verify_in_place(const struct vkexec_state *state);

#endif
