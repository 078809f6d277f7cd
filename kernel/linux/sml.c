// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "sml.h"

#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/printk.h>

#include "chosen.h"
#include "cursor.h"
#include "limit.h"

/* A pointer was taken out of the tree. */
static bool lost;

static bool all_mapped(u64 base, u64 size)
{
	u64 at;

	for (at = base & PAGE_MASK; at < base + size; at += PAGE_SIZE)
		if (!memblock_is_map_memory(at))
			return false;
	return true;
}

static bool readable(u64 base, u64 size)
{
	return size && size <= VKX_MAX_LOG && base + size >= base &&
	       memblock_is_region_memory(base, size) && all_mapped(base, size);
}

static bool named(const struct device_node *node)
{
	return of_find_property(node, "linux,sml-base", NULL) ||
	       of_find_property(node, "linux,sml-size", NULL);
}

/* One cell of size, two of base, and no more: the driver reads no others. */
static bool pointer(const struct device_node *node, u64 *base_ret,
		    u32 *size_ret)
{
	return of_property_count_u32_elems(node, "linux,sml-base") == 2 &&
	       of_property_count_u32_elems(node, "linux,sml-size") == 1 &&
	       !of_property_read_u64(node, "linux,sml-base", base_ret) &&
	       !of_property_read_u32(node, "linux,sml-size", size_ret) &&
	       readable(*base_ret, *size_ret);
}

/* Where vkexec names it when the tree has no node for the TPM. */
static const char *find_in_chosen(struct vkx_span *found_ret)
{
	const u8 *value;
	u64 base, size;
	int len;

	value = vkx_chosen_get("vkexec,event-log", &len);
	if (!value)
		return lost ? "lost: it is said to lie outside RAM" : NULL;
	base = len == 16 ? vkx_get_be64(value) : 0;
	size = len == 16 ? vkx_get_be64(value + 8) : 0;
	if (!readable(base, size))
		return "lost: it is said to lie outside RAM";
	found_ret->p = phys_to_virt(base);
	found_ret->len = size;
	return NULL;
}

const char *vkx_sml_find(const struct device_node *node,
			 struct vkx_span *found_ret)
{
	u64 base;
	u32 size;

	*found_ret = (struct vkx_span){};
	if (!node || !named(node))
		return find_in_chosen(found_ret);
	if (!pointer(node, &base, &size))
		return "lost: it is said to lie outside RAM";
	found_ret->p = phys_to_virt(base);
	found_ret->len = size;
	return NULL;
}

static void drop(struct device_node *node, const char *name)
{
	struct property *property = of_find_property(node, name, NULL);

	if (property)
		of_remove_property(node, property);
}

/* Before the drivers of device_initcall time. */
static int __init sml_init(void)
{
	struct device_node *node;
	u64 base;
	u32 size;

	for_each_of_allnodes(node)
	{
		if (!named(node) || pointer(node, &base, &size))
			continue;
		pr_warn("event log of %pOF: cannot be where the tree says\n",
			node);
		lost = true;
		drop(node, "linux,sml-base");
		drop(node, "linux,sml-size");
	}
	return 0;
}
fs_initcall(sml_init);
