/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/scan_part.h"

#include <stdlib.h>
#include <string.h>

static size_t keep_max(int id)
{
	switch (id) {
	case VKX_PART_LINUX:
		return VKX_IMAGE_HEADER_SIZE;
	case VKX_PART_OSREL:
	case VKX_PART_UNAME:
		return VKX_MAX_TEXT;
	case VKX_PART_CMDLINE:
	case VKX_PART_SBAT:
	case VKX_PART_DTB:
	case VKX_PART_DTBAUTO:
		return SIZE_MAX;
	default:
		return 0;
	}
}

int vkx_scan_part_room(struct vkx_scan_part *kept,
		       const struct vkx_uki_part *part, int id)
{
	size_t max = keep_max(id);

	if (!part->present || !max || kept->data)
		return 0;
	if (max > part->size)
		max = part->size;
	kept->data = calloc(1, max + 1);
	return kept->data ? 0 : -VKX_ERR_NOMEM;
}

void vkx_scan_part_keep(struct vkx_scan_part *kept, int id, uint64_t size,
			const uint8_t *p, size_t n)
{
	size_t max = keep_max(id);

	if (!kept->data)
		return;
	if (max > size)
		max = (size_t)size;
	if (n > max - kept->len)
		n = max - kept->len;
	memcpy(kept->data + kept->len, p, n);
	kept->len += n;
}
