/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two device trees of any shape merged: le32 length of the signed one, it,
 * the running one. A result passes libfdt's full check, boots nothing but the
 * given command line, and its list reads back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>

#include "cursor.h"
#include "fdt_merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vkx_merge_work work;
static uint8_t list[8 * VKX_MAX_FDT];
static size_t list_len;

static void collect(void *arg, const void *data, size_t len)
{
	(void)arg;
	if (len > sizeof(list) - list_len)
		abort();
	memcpy(list + list_len, data, len);
	list_len += len;
}

static uint8_t *copy(const uint8_t *data, size_t size)
{
	uint8_t *blob = malloc(size ? size : 1);

	memcpy(blob, data, size);
	if (size >= 40) {
		vkx_put_be32(blob, 0xd00dfeed);
		vkx_put_be32(blob + 4, (uint32_t)size);
		vkx_put_be32(blob + 20, 17);
		vkx_put_be32(blob + 24, 16);
	}
	return blob;
}

static void check_result(const void *out, const struct vkx_merge_result *res)
{
	struct vkx_carry_item item;
	size_t pos = 0;
	uint32_t items = 0;
	int err, chosen = vkx_fdt_child(out, 0, "chosen");

	if (fdt_check_full(out, res->size) ||
	    !vkx_fdt_prop_is(out, chosen, "bootargs", "ro") ||
	    vkx_fdt_prop(out, chosen, "linux,kho-fdt", NULL))
		abort();
	while (vkx_carry_next(list, list_len, &pos, &item, &err))
		items++;
	if (err || items != res->carried)
		abort();
}

static void merge(const void *tree, const void *run)
{
	struct vkx_carry_sink sink = { .bytes = collect };
	struct vkx_extent drop = { 0x88000000, 0x10000 };
	struct vkx_merge in = { .signed_tree = tree,
				.running = run,
				.any_compatible = true,
				.bootargs = "ro",
				.bootargs_len = 2,
				.initrd = { 0x90000000, 0x1000 },
				.kaslr_seed = 1,
				.tpm_path = "/tpm@0",
				.sml = { 0xa0000000, 0x1000 },
				.ima = { 0xb0000000, 0x1000 },
				.drop = &drop,
				.nr_drop = 1,
				.segments = &in.initrd,
				.nr_segments = 1,
				.sink = &sink };
	struct vkx_merge_result res;
	struct vkx_fault fault;
	uint32_t bound;
	void *out;

	if (vkx_fdt_merge_bound(&in, &bound))
		return;
	out = malloc(bound);
	list_len = 0;
	if (!vkx_fdt_merge(&in, out, bound, &work, &res, &fault))
		check_result(out, &res);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *tree, *run;
	size_t n;

	if (size < 4)
		return 0;
	n = vkx_get_le32(data);
	size -= 4;
	if (n > size)
		return 0;
	tree = copy(data + 4, n);
	run = copy(data + 4 + n, size - n);
	if (!vkx_fdt_check(run, size - n, VKX_FDT_RUNNING, &work.fdt, NULL,
			   NULL)) {
		merge(NULL, run);
		if (!vkx_fdt_check(tree, n, VKX_FDT_STRICT, &work.fdt, NULL,
				   NULL))
			merge(tree, run);
	}
	free(tree);
	free(run);
	return 0;
}
