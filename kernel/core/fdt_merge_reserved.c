/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that the running machine keeps: the reservation block, and
 * /reserved-memory. A release cannot know all of it: firmware, and the kernels
 * before, set it aside.
 */
#include "cursor.h"
#include "fdt_merge_job.h"
#include "text.h"
#include "vkx_env_fdt.h"

/* --- the reservation block ----------------------------------------------- */

static bool same_pages(const struct vkx_extent *a, const struct vkx_extent *b)
{
	uint64_t end_a = a->start + a->size - 1, end_b = b->start + b->size - 1;

	return a->size && b->size && a->start >> 12 == b->start >> 12 &&
	       end_a >> 12 == end_b >> 12;
}

/* A pair of properties of one or two cells, start and end. */
static bool old_initrd(const void *fdt, int chosen, struct vkx_extent *e)
{
	uint32_t len_a, len_b;
	const uint8_t *a, *b;
	uint64_t end;

	a = vkx_fdt_prop(fdt, chosen, "linux,initrd-start", &len_a);
	b = vkx_fdt_prop(fdt, chosen, "linux,initrd-end", &len_b);
	if (!a || !b || (len_a != 4 && len_a != 8) ||
	    (len_b != 4 && len_b != 8))
		return false;
	e->start = vkx_fdt_number(a, len_a / 4);
	end = vkx_fdt_number(b, len_b / 4);
	e->size = end - e->start;
	return end > e->start;
}

static bool old_range(struct vkx_merge_job *job, int chosen, const char *name,
		      const struct vkx_fdt_cells *cells,
		      const struct vkx_extent *e)
{
	struct vkx_extent old;
	uint32_t len, i;
	const uint8_t *p = vkx_fdt_prop(job->run, chosen, name, &len);

	for (i = 0; p && vkx_fdt_reg(p, len, cells, i, &old); i++)
		if (same_pages(&old, e))
			return true;
	return false;
}

/* Reservations that belonged to the running kernel's own hand-over. */
static bool outlived(struct vkx_merge_job *job, const struct vkx_extent *e)
{
	static const struct vkx_fdt_cells wide = { 2, 2 };
	int chosen = vkx_fdt_child(job->run, 0, "chosen");
	struct vkx_extent old;
	uint32_t i;

	for (i = 0; i < job->in->nr_drop; i++)
		if (same_pages(&job->in->drop[i], e))
			return true;
	if (same_pages(&job->run_sml, e))
		return true;
	if (chosen < 0)
		return false;
	if (old_initrd(job->run, chosen, &old) && same_pages(&old, e))
		return true;
	return old_range(job, chosen, "linux,ima-kexec-buffer", &job->run_cells,
			 e) ||
	       old_range(job, chosen, "linux,elfcorehdr", &job->run_cells, e) ||
	       old_range(job, chosen, "vkexec,reservations", &wide, e);
}

static bool reserved_already(const void *fdt, const struct vkx_extent *e)
{
	struct vkx_extent have;
	int i, n = fdt_num_mem_rsv(fdt);

	for (i = 0; i < n; i++)
		if (!fdt_get_mem_rsv(fdt, i, &have.start, &have.size) &&
		    have.start == e->start && have.size == e->size)
			return true;
	return false;
}

static int drop_outlived(struct vkx_merge_job *job)
{
	struct vkx_extent e;
	int i, err;

	for (i = fdt_num_mem_rsv(job->out) - 1; i >= 0; i--) {
		err = fdt_get_mem_rsv(job->out, i, &e.start, &e.size);
		if (!err && outlived(job, &e))
			err = fdt_del_mem_rsv(job->out, i);
		err = vkx_job_fdt(job, err);
		if (err)
			return err;
	}
	return 0;
}

static int list_reservation(struct vkx_merge_job *job,
			    const struct vkx_extent *e)
{
	uint8_t value[16];

	vkx_put_be64(value, e->start);
	vkx_put_be64(value + 8, e->size);
	vkx_job_list(job, VKX_CARRY_RESERVE, "", "", value, sizeof(value));
	return 0;
}

/* What stays in use whichever kernel runs: a fact of the machine. */
static int add_lasting(struct vkx_merge_job *job)
{
	const struct vkx_extent *e = job->in->reserve;
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < job->in->nr_lasting; i++, e++) {
		if (!e->size || reserved_already(job->out, e))
			continue;
		err = vkx_job_fdt(job,
				  fdt_add_mem_rsv(job->out, e->start, e->size));
		if (!err)
			err = list_reservation(job, e);
	}
	return err;
}

int vkx_merge_reservations(struct vkx_merge_job *job)
{
	struct vkx_extent e;
	int i, n, err;

	err = job->whole ? drop_outlived(job) : 0;
	n = fdt_num_mem_rsv(job->run);
	for (i = 0; !err && i < n; i++) {
		err = vkx_job_fdt(
			job, fdt_get_mem_rsv(job->run, i, &e.start, &e.size));
		if (err || outlived(job, &e))
			continue;
		if (!reserved_already(job->out, &e))
			err = vkx_job_fdt(
				job,
				fdt_add_mem_rsv(job->out, e.start, e.size));
		else if (!job->whole)
			continue;
		if (!err)
			err = list_reservation(job, &e);
	}
	return err ? err : add_lasting(job);
}

/* --- /reserved-memory ---------------------------------------------------- */

struct region {
	struct vkx_extent extent;
	bool no_map, reusable;
};

enum overlap { OVERLAP_NONE, OVERLAP_COVERED, OVERLAP_PART, OVERLAP_CLASH };

static bool covers(const struct vkx_extent *a, const struct vkx_extent *b)
{
	return b->start >= a->start && b->size <= a->size &&
	       b->start - a->start <= a->size - b->size;
}

static enum overlap compare(const struct region *have, const struct region *r)
{
	if (!vkx_ranges_overlap(have->extent.start, have->extent.size,
				r->extent.start, r->extent.size))
		return OVERLAP_NONE;
	if (have->no_map != r->no_map || have->reusable != r->reusable)
		return OVERLAP_CLASH;
	return covers(&have->extent, &r->extent) ? OVERLAP_COVERED :
						   OVERLAP_PART;
}

static void attributes(const void *fdt, int node, struct region *r)
{
	r->no_map = vkx_fdt_prop(fdt, node, "no-map", NULL);
	r->reusable = vkx_fdt_prop(fdt, node, "reusable", NULL);
}

/* The worst that any static region of the signed tree is to r. */
static enum overlap against_signed(struct vkx_merge_job *job,
				   const struct region *r)
{
	const void *tree = job->in->signed_tree;
	int dir = vkx_fdt_child(tree, 0, "reserved-memory");
	enum overlap worst = OVERLAP_NONE, o;
	struct region have;
	uint32_t i;
	int node;

	if (dir < 0)
		return OVERLAP_NONE;
	for (node = fdt_first_subnode(tree, dir); node >= 0;
	     node = fdt_next_subnode(tree, node)) {
		if (!vkx_fdt_available(tree, node))
			continue;
		attributes(tree, node, &have);
		for (i = 0; vkx_job_extent(tree, node, &job->out_cells, i,
					   &have.extent);
		     i++) {
			o = compare(&have, r);
			if (o == OVERLAP_CLASH)
				return o;
			if (o != OVERLAP_NONE && worst != OVERLAP_COVERED)
				worst = o;
		}
	}
	return worst;
}

/* Does the signed tree lack part of this node of the running one? */
static int lacks(struct vkx_merge_job *job, int node, bool *lacks_ret)
{
	struct region r;
	uint32_t i;

	*lacks_ret = false;
	attributes(job->run, node, &r);
	for (i = 0;
	     vkx_job_extent(job->run, node, &job->run_cells, i, &r.extent);
	     i++) {
		if (!r.extent.size)
			continue;
		switch (against_signed(job, &r)) {
		case OVERLAP_CLASH:
			return vkx_job_refuse(job, VKX_RULE_MERGE_RESERVED);
		case OVERLAP_NONE:
		case OVERLAP_PART:
			*lacks_ret = true;
			break;
		case OVERLAP_COVERED:
			break;
		}
	}
	return 0;
}

/*
 * A list of the signed tree may have named this very node: it is in the output
 * already, and the same region twice is one too many for Linux.
 */
static bool carried_already(struct vkx_merge_job *job, int node)
{
	int dir = vkx_fdt_child(job->out, 0, "reserved-memory"), have;
	struct region a, b;
	uint32_t i;

	if (dir < 0)
		return false;
	have = vkx_fdt_child(job->out, dir, fdt_get_name(job->run, node, NULL));
	if (have < 0)
		return false;
	attributes(job->run, node, &a);
	attributes(job->out, have, &b);
	for (i = 0;
	     vkx_job_extent(job->run, node, &job->run_cells, i, &a.extent); i++)
		if (!vkx_job_extent(job->out, have, &job->out_cells, i,
				    &b.extent) ||
		    a.extent.start != b.extent.start ||
		    a.extent.size != b.extent.size)
			return false;
	return a.no_map == b.no_map && a.reusable == b.reusable;
}

/* The running name, or carried@<start> where the signed tree has it. */
static int region_path(struct vkx_merge_job *job, int dir, int node,
		       const char **name_ret)
{
	const char *name = fdt_get_name(job->run, node, NULL);
	char *other = job->work->other;
	struct vkx_extent e;

	if (vkx_fdt_child(job->out, dir, name) >= 0) {
		if (!vkx_job_extent(job->run, node, &job->run_cells, 0, &e))
			return vkx_job_refuse(job, VKX_RULE_MERGE_RESERVED);
		memcpy(other, "carried@", 9);
		vkx_text_hex(other + 8, e.start);
		name = other;
		if (vkx_fdt_child(job->out, dir, name) >= 0)
			return vkx_job_refuse(job, VKX_RULE_MERGE_RESERVED);
	}
	if (!vkx_job_path(job->work->path, "/reserved-memory", name))
		return vkx_job_refuse(job, VKX_RULE_MERGE_RESERVED);
	*name_ret = name;
	return 0;
}

static int copy_region(struct vkx_merge_job *job, int dir, int from)
{
	static const char *const plain[] = { "compatible", "no-map",
					     "reusable" };
	const char *path = job->work->path, *name = "";
	int node, err;
	size_t i;

	err = region_path(job, dir, from, &name);
	if (err)
		return err;
	node = vkx_job_add_node(job, dir, path, name, &err);
	for (i = 0; !err && i < sizeof(plain) / sizeof(*plain); i++)
		err = vkx_job_copy(job, node, path, from, plain[i]);
	if (!err)
		err = vkx_job_copy_reg(job, node, path, from, &job->run_cells,
				       &job->out_cells, "reg",
				       VKX_RULE_MERGE_RESERVED);
	return err;
}

/* /reserved-memory of the output, made with the root's cells if missing. */
static int need_dir(struct vkx_merge_job *job, int *err_ret)
{
	int dir = vkx_fdt_child(job->out, 0, "reserved-memory");
	uint8_t cell[4];

	*err_ret = 0;
	if (dir >= 0)
		return dir;
	dir = vkx_job_need_node(job, 0, "reserved-memory", err_ret);
	if (!*err_ret)
		*err_ret = vkx_job_set(job, dir, "ranges", NULL, 0);
	vkx_put_be32(cell, job->out_cells.size);
	if (!*err_ret)
		*err_ret = vkx_job_set(job, dir, "#size-cells", cell, 4);
	vkx_put_be32(cell, job->out_cells.address);
	if (!*err_ret)
		*err_ret = vkx_job_set(job, dir, "#address-cells", cell, 4);
	return dir;
}

/* Linux ignores a /reserved-memory whose cells are not the root's. */
static int running_dir(struct vkx_merge_job *job)
{
	int dir = vkx_fdt_child(job->run, 0, "reserved-memory");
	struct vkx_fdt_cells cells;

	if (dir < 0 || !vkx_fdt_cells(job->run, dir, &cells) ||
	    cells.address != job->run_cells.address ||
	    cells.size != job->run_cells.size)
		return -1;
	return dir;
}

int vkx_merge_reserved(struct vkx_merge_job *job)
{
	int from_dir = running_dir(job), from, dir, err;
	bool missing;

	if (from_dir < 0)
		return 0;
	for (from = fdt_first_subnode(job->run, from_dir); from >= 0;
	     from = fdt_next_subnode(job->run, from)) {
		if (!vkx_fdt_available(job->run, from))
			continue;
		err = lacks(job, from, &missing);
		if (err)
			return err;
		if (!missing || carried_already(job, from))
			continue;
		dir = need_dir(job, &err);
		if (!err)
			err = copy_region(job, dir, from);
		if (err)
			return err;
	}
	return 0;
}
