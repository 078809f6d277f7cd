/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cursor.h"
#include "uki.h"

/* Documentation/arch/arm64/booting.rst, "Call the kernel image". */
#define IMAGE_TEXT_OFFSET 8u
#define IMAGE_SIZE 16u
#define IMAGE_FLAGS 24u
#define IMAGE_RES2 32u
#define IMAGE_MAGIC 56u

#define FLAG_BIG_ENDIAN 0x1u
#define FLAG_PAGE_SHIFT 1u
#define FLAG_PAGE_MASK 0x3u
#define FLAG_KNOWN 0xfu /* endianness, page size, placement */

#define TEXT_OFFSET_ALIGN 4096u
#define TEXT_OFFSET_LIMIT 2097152u

static bool is_compressed(const uint8_t *p, size_t len)
{
	if (len < 8)
		return false;
	return memcmp(p, "\x1f\x8b", 2) == 0 ||
	       memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0 ||
	       (memcmp(p, "MZ", 2) == 0 && memcmp(p + 4, "zimg", 4) == 0);
}

int vkx_image_parse(const uint8_t *p, size_t len, uint64_t size, uint64_t base,
		    struct vkx_image *image_ret, struct vkx_fault *fault_ret)
{
	static const uint32_t page_sizes[] = { 0, 4096, 16384, 65536 };
	struct vkx_image image;
	size_t bad;

	if (is_compressed(p, len))
		return vkx_fault(fault_ret, VKX_RULE_IMAGE_COMPRESSED, base);
	if (len < VKX_IMAGE_HEADER_SIZE || len > size)
		return vkx_fault(fault_ret, VKX_RULE_IMAGE_HEADER, base);
	if (memcmp(p + IMAGE_MAGIC, "ARM\x64", 4) != 0)
		return vkx_fault(fault_ret, VKX_RULE_IMAGE_HEADER,
				 base + IMAGE_MAGIC);
	image.text_offset = vkx_get_le64(p + IMAGE_TEXT_OFFSET);
	image.image_size = vkx_get_le64(p + IMAGE_SIZE);
	image.flags = vkx_get_le64(p + IMAGE_FLAGS);
	image.page_size =
		page_sizes[image.flags >> FLAG_PAGE_SHIFT & FLAG_PAGE_MASK];
	if (image.text_offset % TEXT_OFFSET_ALIGN ||
	    image.text_offset >= TEXT_OFFSET_LIMIT)
		return vkx_fault(fault_ret, VKX_RULE_IMAGE_OFFSET,
				 base + IMAGE_TEXT_OFFSET);
	/* image_size counts .bss too; a smaller one would leave part of the
	 * signed file outside of what is reserved for it. */
	if (image.image_size < size || image.image_size > VKX_MAX_IMAGE)
		return vkx_fault(fault_ret, VKX_RULE_IMAGE_SIZE,
				 base + IMAGE_SIZE);
	if (image.flags & FLAG_BIG_ENDIAN ||
	    image.flags & ~(uint64_t)FLAG_KNOWN)
		return vkx_fault(fault_ret, VKX_RULE_IMAGE_FLAGS,
				 base + IMAGE_FLAGS);
	bad = vkx_nonzero_at(p + IMAGE_RES2, IMAGE_MAGIC - IMAGE_RES2);
	if (bad != IMAGE_MAGIC - IMAGE_RES2)
		return vkx_fault(fault_ret, VKX_RULE_IMAGE_FLAGS,
				 base + IMAGE_RES2 + bad);
	*image_ret = image;
	return 0;
}
