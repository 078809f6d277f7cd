/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept of a component while a file is read: all of a small one that
 * must be understood later, the first bytes of others, nothing of an initrd.
 */
#ifndef VKX_SCAN_PART_H
#define VKX_SCAN_PART_H

#include "uki.h"

/* A component's first bytes; data NULL where it was not collected. */
struct vkx_scan_part {
	uint8_t *data; /* from malloc(), and one NUL behind it */
	size_t len;
};

/*
 * Room for what is kept of a component, id its enum vkx_uki_part_id: nothing
 * of one that is absent, and of some kinds. What has room keeps it.
 * -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_scan_part_room(struct vkx_scan_part *kept,
				    const struct vkx_uki_part *part, int id);
/* The next n bytes of a component of size bytes: taken as far as they are
 * kept, if there is room. */
void vkx_scan_part_keep(struct vkx_scan_part *kept, int id, uint64_t size,
			const uint8_t *p, size_t n);

#endif
