/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What of a PE file its Authenticode digest covers, as ranges of the file. */
#include "cursor.h"
#include "pe.h"

/* A list of ranges that grows; neighbours become one. */
struct range_list {
	struct vkx_range *ranges;
	size_t max;
	size_t count;
	int err;
};

static void add_range(struct range_list *list, uint64_t offset, uint64_t size)
{
	struct vkx_range *last;

	if (!size || list->err)
		return;
	if (list->count) {
		last = &list->ranges[list->count - 1];
		if (last->offset + last->size == offset) {
			last->size += size;
			return;
		}
	}
	if (list->count == list->max) {
		list->err = -VKX_ERR_SPACE;
		return;
	}
	list->ranges[list->count].offset = offset;
	list->ranges[list->count].size = size;
	list->count++;
}

/* Section indices by PointerToRawData; equal ones keep the table's order. */
static void sort_sections(const struct vkx_pe *pe,
			  uint8_t order[VKX_MAX_SECTIONS])
{
	size_t i, j;

	for (i = 0; i < pe->nr_sections; i++) {
		for (j = i; j && pe->sections[order[j - 1]].rawoff >
					 pe->sections[i].rawoff;
		     j--)
			order[j] = order[j - 1];
		order[j] = (uint8_t)i;
	}
}

int vkx_pe_hash_ranges(const struct vkx_pe *pe, struct vkx_range *ranges_ret,
		       size_t max, size_t *count_ret, uint32_t *pad_ret)
{
	struct range_list list = { .ranges = ranges_ret, .max = max };
	uint64_t end = pe->file_size - pe->cert_size;
	uint64_t sum = pe->headers_size;
	uint32_t pos = pe->checksum_off + 4;
	uint8_t order[VKX_MAX_SECTIONS];
	size_t i;

	add_range(&list, 0, pe->checksum_off);
	if (pe->certdir_off) {
		add_range(&list, pos, pe->certdir_off - pos);
		pos = pe->certdir_off + VKX_PE_DIRECTORY;
	}
	add_range(&list, pos, pe->headers_size - pos);
	sort_sections(pe, order);
	for (i = 0; i < pe->nr_sections; i++) {
		const struct vkx_pe_section *s = &pe->sections[order[i]];

		add_range(&list, s->rawoff, s->rawsize);
		sum += s->rawsize;
	}
	/* The specification takes the sum for an offset; with a gap it is
	 * none, and this is why the strict profile has no gaps. */
	add_range(&list, sum, end - sum);
	if (list.err)
		return list.err;
	*count_ret = list.count;
	*pad_ret = pe->cert_off ?
			   0 :
			   (uint32_t)(-pe->file_size % VKX_PE_CERT_ALIGN);
	return 0;
}
