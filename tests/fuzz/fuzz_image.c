/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as .linux and as .cmdline. An Image that is accepted has room for
 * its own bytes and nothing in its reserved fields; a command line that is
 * accepted can be printed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "uki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
	if (!condition)
		abort();
}

static void image(const uint8_t *data, size_t len, size_t size)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	struct vkx_image image;

	if (vkx_image_parse(data, len, size, 1000, &image, &fault)) {
		need(fault.rule != VKX_RULE_NONE);
		need(fault.offset >= 1000 && fault.offset < 1064);
		return;
	}
	need(len >= VKX_IMAGE_HEADER_SIZE && image.image_size >= size);
	need(image.image_size <= VKX_MAX_IMAGE);
	need(image.text_offset < 0x200000 && !(image.text_offset & 4095));
	need(vkx_get_be32(data + 56) == 0x41524d64);
	need(vkx_nonzero_at(data + 32, 24) == 24);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	uint8_t mended[64] = { 0 };
	size_t i;

	image(data, size, size);
	image(data, size < 64 ? size : 64, size);
	memcpy(mended, data, size < 64 ? size : 64);
	memcpy(mended + 56, "ARM\x64", 4);
	image(mended, 64, size < 64 ? 64 : size);
	if (vkx_cmdline_check(data, size, 0, &fault)) {
		need(fault.rule == VKX_RULE_UKI_CMDLINE_TEXT ||
		     fault.rule == VKX_RULE_UKI_CMDLINE_LENGTH);
		need(fault.offset < size);
		return 0;
	}
	need(size < VKX_MAX_CMDLINE);
	for (i = 0; i < size; i++)
		need(data[i] >= ' ' && data[i] <= '~');
	return 0;
}
