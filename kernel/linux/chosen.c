// SPDX-License-Identifier: GPL-2.0-only
#include "chosen.h"

#include <linux/libfdt.h>
#include <linux/of_fdt.h>

const u8 *vkx_chosen_get(const char *name, int *size_ret)
{
	const void *tree = initial_boot_params;
	int node;

	if (!tree)
		return NULL;
	node = fdt_path_offset(tree, "/chosen");
	return node < 0 ? NULL : fdt_getprop(tree, node, name, size_ret);
}
