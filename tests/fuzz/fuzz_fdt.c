/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a device tree: what our check accepts, libfdt's full check
 * accepts, and every look-up stays inside a block of the tree's exact size.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>

#include "cursor.h"
#include "fdt_blob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vkx_fdt_work work;

static int visit(void *arg, const struct vkx_extent *e)
{
	(void)arg;
	if (!e->size || e->size - 1 > UINT64_MAX - e->start)
		abort();
	return 0;
}

static void look_around(const void *fdt)
{
	struct vkx_fdt_cells cells;
	struct vkx_fault fault;
	char path[4096];
	int node, found;

	for (node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL)) {
		(void)vkx_fdt_available(fdt, node);
		(void)vkx_fdt_string(fdt, node, "compatible", 1);
		(void)vkx_fdt_string_in(fdt, node, "compatible", "arm,psci");
		(void)vkx_fdt_cells(fdt, node, &cells);
		(void)fdt_get_phandle(fdt, node);
	}
	(void)!vkx_fdt_reserved(fdt, visit, NULL, &fault);
	/* What a path names is the node that the path came from. */
	node = fdt_next_node(fdt, 0, NULL);
	if (node < 0 || fdt_get_path(fdt, node, path, sizeof(path)))
		return;
	found = vkx_fdt_node(fdt, path);
	if (found != node)
		abort();
}

static void one(const uint8_t *data, size_t size, int mend)
{
	uint8_t *blob = malloc(size ? size : 1);
	struct vkx_fault fault;

	memcpy(blob, data, size);
	if (mend && size >= 40) {
		vkx_put_be32(blob, 0xd00dfeed);
		vkx_put_be32(blob + 4, (uint32_t)size);
		vkx_put_be32(blob + 20, 17);
		vkx_put_be32(blob + 24, 16);
	}
	if (!vkx_fdt_check(blob, size, VKX_FDT_RUNNING, &work, NULL, &fault) &&
	    fdt_check_full(blob, size))
		abort();
	if (!vkx_fdt_check(blob, size, VKX_FDT_STRICT, &work, NULL, &fault)) {
		if (fdt_check_full(blob, size))
			abort();
		if (vkx_fdt_check(blob, size, VKX_FDT_RUNNING, &work, NULL,
				  &fault))
			abort();
		look_around(blob);
	}
	free(blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	one(data, size, 0);
	one(data, size, 1);
	return 0;
}
