// SPDX-License-Identifier: GPL-2.0-only
#include "crash.h"

#include <linux/crash_core.h>
#include <linux/kexec.h>
#include <linux/memblock.h>
#include <linux/slab.h>

void vkx_crash_usable(struct vkx_extent usable_ret[2])
{
	usable_ret[0].start = crashk_res.start;
	usable_ret[0].size = resource_size(&crashk_res);
	if (!crashk_low_res.end)
		return;
	usable_ret[1].start = crashk_low_res.start;
	usable_ret[1].size = resource_size(&crashk_low_res);
}

/* All RAM but the crash kernel's own: one range more per hole cut. */
static struct crash_mem *memory_map(void)
{
	unsigned int nr = 2;
	struct crash_mem *map;
	phys_addr_t start, end;
	u64 i;

	for_each_mem_range (i, &start, &end)
		nr++;
	map = kvzalloc(struct_size(map, ranges, nr), GFP_KERNEL);
	if (!map)
		return NULL;
	map->max_nr_ranges = nr;
	for_each_mem_range (i, &start, &end) {
		if (map->nr_ranges == nr - 2)
			break;
		map->ranges[map->nr_ranges].start = start;
		map->ranges[map->nr_ranges].end = end - 1;
		map->nr_ranges++;
	}
	return map;
}

int vkx_crash_headers(struct kimage *image)
{
	struct crash_mem *map = memory_map();
	int err;

	if (!map)
		return -ENOMEM;
	err = crash_exclude_mem_range(map, crashk_res.start, crashk_res.end);
	if (!err && crashk_low_res.end)
		err = crash_exclude_mem_range(map, crashk_low_res.start,
					      crashk_low_res.end);
	if (!err)
		err = crash_prepare_elf64_headers(
			map, true, &image->elf_headers, &image->elf_headers_sz);
	kvfree(map);
	return err;
}

void vkx_crash_unprotect(void)
{
	arch_kexec_unprotect_crashkres();
}
