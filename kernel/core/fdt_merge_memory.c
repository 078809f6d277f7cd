/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory as the running machine has it: the banks. A release cannot know them:
 * firmware fills them in.
 */
#include "cursor.h"
#include "fdt_merge_job.h"
#include "text.h"
#include "vkx_env_fdt.h"

static int next_bank(const void *fdt, int node)
{
	node = node < 0 ? fdt_first_subnode(fdt, 0) :
			  fdt_next_subnode(fdt, node);
	while (node >= 0 &&
	       !vkx_fdt_prop_is(fdt, node, "device_type", "memory"))
		node = fdt_next_subnode(fdt, node);
	return node;
}

static int delete_banks(struct vkx_merge_job *job)
{
	int node, err;

	while ((node = next_bank(job->out, -1)) >= 0) {
		err = vkx_job_fdt(job, fdt_del_node(job->out, node));
		if (err)
			return err;
	}
	return 0;
}

static int copy_bank(struct vkx_merge_job *job, int from)
{
	static const char *const plain[] = { "device_type", "numa-node-id",
					     "hotpluggable", "status" };
	const char *name = fdt_get_name(job->run, from, NULL);
	char *path = job->work->path;
	int node, err;
	size_t i;

	if (!vkx_job_path(path, "/", name) ||
	    vkx_fdt_child(job->out, 0, name) >= 0)
		return vkx_job_refuse(job, VKX_RULE_MERGE_MEMORY);
	node = vkx_job_add_node(job, 0, path, name, &err);
	for (i = 0; !err && i < sizeof(plain) / sizeof(*plain); i++)
		err = vkx_job_copy(job, node, path, from, plain[i]);
	if (!err)
		err = vkx_job_copy_reg(job, node, path, from, &job->run_cells,
				       &job->out_cells, "reg",
				       VKX_RULE_MERGE_MEMORY);
	if (!err)
		err = vkx_job_copy_reg(job, node, path, from, &job->run_cells,
				       &job->out_cells, "linux,usable-memory",
				       VKX_RULE_MERGE_MEMORY);
	return err;
}

static bool any_memory(const void *fdt, const struct vkx_fdt_cells *cells)
{
	struct vkx_extent e;
	uint32_t i;
	int node;

	for (node = next_bank(fdt, -1); node >= 0; node = next_bank(fdt, node))
		for (i = 0; vkx_job_extent(fdt, node, cells, i, &e); i++)
			if (e.size && vkx_fdt_available(fdt, node))
				return true;
	return false;
}

/*
 * Under UEFI Linux drops the banks and takes the firmware's memory map, so
 * there may be none; otherwise a kernel without memory is a dead one.
 */
int vkx_merge_memory(struct vkx_merge_job *job)
{
	int chosen = vkx_fdt_child(job->run, 0, "chosen");
	int from, err;

	job->uefi = chosen >= 0 && vkx_fdt_prop(job->run, chosen,
						"linux,uefi-mmap-start", NULL);
	if (!job->uefi && !any_memory(job->run, &job->run_cells))
		return vkx_job_refuse(job, VKX_RULE_MERGE_MEMORY);
	if (job->whole)
		return 0;
	err = delete_banks(job);
	for (from = next_bank(job->run, -1); !err && from >= 0;
	     from = next_bank(job->run, from))
		err = copy_bank(job, from);
	return err;
}

/* Bytes of RAM from addr to the end of its bank; 0 if there is none. */
static uint64_t bank_left(struct vkx_merge_job *job, uint64_t addr)
{
	struct vkx_extent e;
	uint32_t i;
	int node;

	for (node = next_bank(job->out, -1); node >= 0;
	     node = next_bank(job->out, node))
		for (i = 0;
		     vkx_job_extent(job->out, node, &job->out_cells, i, &e);
		     i++)
			if (addr >= e.start && addr - e.start < e.size)
				return e.size - (addr - e.start);
	return 0;
}

bool vkx_merge_in_ram(struct vkx_merge_job *job,
		      const struct vkx_extent *extent)
{
	uint64_t pos = extent->start, left = extent->size, here;

	if (job->uefi)
		return true;
	for (; left; pos += here, left -= here) {
		here = bank_left(job, pos);
		if (!here)
			return false;
		if (here >= left)
			break;
	}
	return true;
}
