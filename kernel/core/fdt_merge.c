/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The merge from above: inputs, order of the rules, last look at the result. */
#include "cursor.h"
#include "fdt_merge_job.h"
#include "text.h"
#include "vkx_env_fdt.h"

/* What the merge may add beside copies: property headers, names, ranges. */
#define SLACK 8192u

static bool extent_good(const struct vkx_extent *e)
{
	return !e->size || e->size - 1 <= UINT64_MAX - e->start;
}

static bool has_nul(const char *s, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		if (!s[i])
			return true;
	return false;
}

/* What the loader hands on lies apart, or its plan was wrong. */
static bool apart(const struct vkx_merge *in)
{
	const struct vkx_extent e[] = { in->initrd, in->sml, in->ima,
					in->elfcorehdr };
	size_t i, j;

	for (i = 0; i < sizeof(e) / sizeof(*e); i++)
		for (j = 0; j < i; j++)
			if (vkx_ranges_overlap(e[i].start, e[i].size,
					       e[j].start, e[j].size))
				return false;
	return true;
}

static int check_inputs(const struct vkx_merge *in)
{
	if (!in->running || (in->bootargs_len && !in->bootargs) ||
	    in->bootargs_len >= VKX_MAX_CMDLINE ||
	    has_nul(in->bootargs, in->bootargs_len))
		return -VKX_ERR_ARG;
	if (in->rng_seed_len > 1024 || (in->rng_seed_len && !in->rng_seed))
		return -VKX_ERR_ARG;
	if (!extent_good(&in->initrd) || !extent_good(&in->sml) ||
	    !extent_good(&in->ima) || !extent_good(&in->elfcorehdr) ||
	    !extent_good(&in->usable[0]) || !extent_good(&in->usable[1]) ||
	    !apart(in))
		return -VKX_ERR_ARG;
	if (in->sml.size && (in->crash || in->sml.size > VKX_MAX_LOG))
		return -VKX_ERR_ARG;
	if (!in->crash && (in->elfcorehdr.size || in->usable[0].size))
		return -VKX_ERR_ARG;
	if (in->nr_lasting > in->nr_reserve ||
	    (in->nr_reserve && !in->reserve) ||
	    in->nr_reserve > VKX_MAX_FDT_RESERVATIONS)
		return -VKX_ERR_ARG;
	return 0;
}

int vkx_fdt_merge_bound(const struct vkx_merge *in, uint32_t *bound_ret)
{
	const uint8_t *run = in->running;
	const void *base = in->signed_tree ? in->signed_tree : in->running;
	uint64_t bound;

	if (check_inputs(in))
		return -VKX_ERR_ARG;
	bound = fdt_totalsize(base);
	if (bound > VKX_MAX_FDT)
		return -VKX_ERR_LIMIT;
	bound += SLACK + in->bootargs_len + in->rng_seed_len;
	/* An entry of the block, and one of vkexec,reservations. */
	bound += 32ull * in->nr_reserve;
	/* Structure and strings of the running tree, should all be copied. */
	if (in->signed_tree)
		bound += (uint64_t)vkx_get_be32(run + 32) +
			 vkx_get_be32(run + 36);
	bound += 16ull * (uint32_t)fdt_num_mem_rsv(run);
	*bound_ret = bound < VKX_MAX_FDT ? (uint32_t)bound : VKX_MAX_FDT;
	return 0;
}

/* Another board's tree boots, then drives this board's regulators wrongly. */
int vkx_merge_check_machine(struct vkx_merge_job *job)
{
	const void *tree = job->in->signed_tree;
	const char *board = vkx_fdt_string(job->run, 0, "compatible", 0);
	const char *first = vkx_fdt_string(tree, 0, "compatible", 0);
	const char *s;
	uint32_t i;

	if (!board || !first)
		return vkx_job_refuse(job, VKX_RULE_POLICY_MACHINE);
	if (vkx_text_equal(board, first))
		return 0;
	if (!job->in->any_compatible)
		return vkx_job_refuse(job, VKX_RULE_POLICY_MACHINE);
	for (i = 0;; i++) {
		s = vkx_fdt_string(tree, 0, "compatible", i);
		if (!s)
			return vkx_job_refuse(job, VKX_RULE_POLICY_MACHINE);
		if (vkx_fdt_string_in(job->run, 0, "compatible", s))
			return 0;
	}
}

struct clear_of {
	const struct vkx_merge *in;
	struct vkx_fault *fault;
};

static int touches_segment(void *arg, const struct vkx_extent *e)
{
	const struct clear_of *c = arg;
	uint32_t i;

	for (i = 0; i < c->in->nr_segments; i++)
		if (vkx_ranges_overlap(e->start, e->size,
				       c->in->segments[i].start,
				       c->in->segments[i].size))
			return vkx_fault(c->fault, VKX_RULE_FDT_RESERVE, 0);
	return 0;
}

/* Linux and the specification default differently: both must say it. */
static int read_cells(struct vkx_merge_job *job)
{
	if (!vkx_fdt_cells(job->run, 0, &job->run_cells) ||
	    !vkx_fdt_cells(job->out, 0, &job->out_cells))
		return vkx_job_refuse(job, VKX_RULE_MERGE_MEMORY);
	return 0;
}

static int merge_signed(struct vkx_merge_job *job)
{
	struct clear_of clear = { job->in, job->fault };
	int err;

	err = vkx_merge_check_machine(job);
	if (!err)
		err = vkx_fdt_reserved(job->in->signed_tree, touches_segment,
				       &clear, job->fault);
	if (!err)
		err = vkx_merge_check_cpus(job);
	return err;
}

static int list_node(struct vkx_merge_job *job, int node)
{
	const char *name, *path = job->work->path;
	const void *value;
	int prop, len;

	vkx_job_list(job, VKX_CARRY_NODE, path, "", NULL, 0);
	for (prop = fdt_first_property_offset(job->out, node); prop >= 0;
	     prop = fdt_next_property_offset(job->out, prop)) {
		value = fdt_getprop_by_offset(job->out, prop, &name, &len);
		if (!value)
			return vkx_job_refuse(job, VKX_RULE_FDT_MERGE);
		vkx_job_list(job, VKX_CARRY_PROP, path, name, value,
			     (uint32_t)len);
	}
	return 0;
}

/* Nobody signed a running tree that is the base: all of it is "carried". */
static int list_whole(struct vkx_merge_job *job)
{
	size_t ends[VKX_MAX_FDT_DEPTH + 2] = { 0 };
	char *path = job->work->path;
	int node, depth = 0, err;

	path[0] = '/';
	path[1] = 0;
	for (node = 0; node >= 0 && depth >= 0;
	     node = fdt_next_node(job->out, node, &depth)) {
		if (depth > (int)VKX_MAX_FDT_DEPTH)
			return vkx_job_refuse(job, VKX_RULE_FDT_DEPTH);
		if (depth) {
			path[ends[depth - 1]] = 0;
			if (!vkx_job_path(path, path,
					  fdt_get_name(job->out, node, NULL)))
				return vkx_job_refuse(job, VKX_RULE_FDT_MERGE);
			ends[depth] = vkx_text_len(path);
		}
		err = list_node(job, node);
		if (err)
			return err;
	}
	return 0;
}

static int apply(struct vkx_merge_job *job)
{
	int err;

	err = vkx_merge_clean(job);
	if (!err && !job->whole)
		err = vkx_merge_carry_over(job);
	if (!err)
		err = vkx_merge_memory(job);
	if (!err)
		err = vkx_merge_reservations(job);
	if (!err && !job->whole)
		err = vkx_merge_reserved(job);
	if (!err)
		err = vkx_merge_facts(job);
	if (!err && job->whole)
		err = list_whole(job);
	if (!err)
		err = vkx_merge_chosen(job);
	return err;
}

/*
 * Linux asks libfdt for "/chosen" and takes "chosen@0" too, whichever comes
 * first: a second one would bring its own command line.
 */
static bool chosen_alone(const void *fdt)
{
	uint32_t count = 0;
	const char *name;
	int node;

	for (node = fdt_first_subnode(fdt, 0); node >= 0;
	     node = fdt_next_subnode(fdt, node)) {
		name = fdt_get_name(fdt, node, NULL);
		if (vkx_text_equal(name, "chosen") ||
		    vkx_text_starts(name, "chosen@"))
			count++;
	}
	return count == 1;
}

static int finish(struct vkx_merge_job *job)
{
	int err = vkx_job_fdt(job, fdt_pack(job->out));

	if (err)
		return err;
	if (!chosen_alone(job->out))
		return vkx_job_refuse(job, VKX_RULE_FDT_MERGE);
	job->res.size = fdt_totalsize(job->out);
	if (job->res.size > VKX_MAX_FDT)
		return vkx_job_refuse(job, VKX_RULE_MERGE_SPACE);
	return vkx_fdt_check(job->out, job->res.size,
			     job->whole ? VKX_FDT_RUNNING : VKX_FDT_STRICT,
			     &job->work->fdt, NULL, job->fault);
}

int vkx_fdt_merge(const struct vkx_merge *in, void *out, uint32_t out_size,
		  struct vkx_merge_work *work,
		  struct vkx_merge_result *result_ret,
		  struct vkx_fault *fault_ret)
{
	struct vkx_merge_job job = { .in = in,
				     .run = in->running,
				     .out = out,
				     .whole = !in->signed_tree,
				     .work = work,
				     .fault = fault_ret };
	const void *base = job.whole ? in->running : in->signed_tree;
	int err = check_inputs(in);

	if (err || out_size > INT32_MAX)
		return -VKX_ERR_ARG;
	vkx_carry_start(in->sink);
	err = vkx_job_fdt(&job, fdt_open_into(base, out, (int)out_size));
	if (!err)
		err = read_cells(&job);
	if (!err && !job.whole)
		err = merge_signed(&job);
	if (!err)
		err = apply(&job);
	if (!err)
		err = finish(&job);
	if (err)
		return err;
	*result_ret = job.res;
	return 0;
}
