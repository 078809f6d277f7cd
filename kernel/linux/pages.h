/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a loaded segment, wherever kexec keeps them until the jump:
 * scattered source pages for an image that is relocated, the destination
 * itself for one that is started in place.
 */
#ifndef VKX_PAGES_H
#define VKX_PAGES_H

#include <linux/types.h>

struct kimage;

/*
 * Calls visit for every page of [start, start + size), both whole pages, with
 * the page's place in the range. 0; what visit returned, if not 0; or
 * -ENOENT if not all of the range is in the image.
 */
int vkx_pages_walk(struct kimage *image, u64 start, u64 size,
		   int (*visit)(void *arg, u64 offset, u8 *page), void *arg);

/* Overwrites the range with size bytes of data. */
int vkx_pages_write(struct kimage *image, u64 start, const u8 *data, u64 size);

#endif
