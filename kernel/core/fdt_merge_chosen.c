/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /chosen: what Linux takes from whoever started it. Everything here is made
 * fresh, comes from the signed command line, or is named below; a property
 * that a firmware or a release left there otherwise does not survive.
 */
#include "cursor.h"
#include "fdt_merge_job.h"
#include "text.h"
#include "vkx_env_fdt.h"

/* Owned by the merge: neither kept from a base nor carried by a list. */
bool vkx_merge_owns_chosen(const char *name)
{
	if (vkx_text_starts(name, "linux,pci-"))
		return false;
	return vkx_text_starts(name, "linux,") ||
	       vkx_text_starts(name, "bootargs") ||
	       vkx_text_starts(name, "vkexec,") ||
	       vkx_text_equal(name, "kaslr-seed") ||
	       vkx_text_equal(name, "rng-seed") ||
	       vkx_text_equal(name, "bootconfig");
}

static bool kept(const char *name)
{
	static const char *const names[] = {
		"stdout-path",	  "stdin-path",	 "linux,stdout-path",
		"#address-cells", "#size-cells", "ranges",
		"phandle"
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (vkx_text_equal(name, names[i]))
			return true;
	return vkx_text_starts(name, "linux,pci-");
}

static const char *first_foreign(const void *fdt, int node)
{
	const char *name;
	int prop, len;

	for (prop = fdt_first_property_offset(fdt, node); prop >= 0;
	     prop = fdt_next_property_offset(fdt, prop))
		if (fdt_getprop_by_offset(fdt, prop, &name, &len) &&
		    !kept(name))
			return name;
	return NULL;
}

static int clean_chosen(struct vkx_merge_job *job)
{
	const char *name;
	int node, err;

	node = vkx_job_need_node(job, 0, "chosen", &err);
	while (!err && (name = first_foreign(job->out, node)))
		err = vkx_job_fdt(job, fdt_delprop(job->out, node, name));
	return err;
}

/*
 * A log address in a tree that was built elsewhere points at nothing, and in
 * a crash kernel outside of its linear map, where reading it is fatal.
 */
static int clean_logs(struct vkx_merge_job *job)
{
	static const char *const names[] = { "linux,sml-base", "linux,sml-size",
					     "linux,sml-log" };
	int node, err = 0;
	size_t i;

	for (node = 0; node >= 0; node = fdt_next_node(job->out, node, NULL))
		for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
			if (!vkx_fdt_prop(job->out, node, names[i], NULL))
				continue;
			err = vkx_job_fdt(
				job, fdt_delprop(job->out, node, names[i]));
			if (err)
				return err;
		}
	return err;
}

/* The log that the running kernel was handed: its memory becomes free. */
static void find_running_log(struct vkx_merge_job *job)
{
	uint32_t len_base, len_size;
	const uint8_t *base, *size;
	int node;

	for (node = 0; node >= 0; node = fdt_next_node(job->run, node, NULL)) {
		base = vkx_fdt_prop(job->run, node, "linux,sml-base",
				    &len_base);
		size = vkx_fdt_prop(job->run, node, "linux,sml-size",
				    &len_size);
		if (!base || !size || len_base != 8 || len_size != 4)
			continue;
		job->run_sml.start = vkx_get_be64(base);
		job->run_sml.size = vkx_get_be32(size);
		return;
	}
}

int vkx_merge_clean(struct vkx_merge_job *job)
{
	int node, err;

	find_running_log(job);
	err = clean_chosen(job);
	if (!err)
		err = clean_logs(job);
	node = vkx_fdt_child(job->out, 0, "vkexec");
	if (!err && node >= 0)
		err = vkx_job_fdt(job, fdt_del_node(job->out, node));
	return err;
}

/* --- fresh values -------------------------------------------------------- */

static int set_u64(struct vkx_merge_job *job, int node, const char *name,
		   uint64_t v)
{
	uint8_t value[8];

	vkx_put_be64(value, v);
	return vkx_job_set(job, node, name, value, sizeof(value));
}

/* Ranges in the root's cells, as Linux reads them back. */
static int set_ranges(struct vkx_merge_job *job, int node, const char *name,
		      const struct vkx_extent *e, uint32_t count)
{
	static const struct vkx_fdt_cells wide = { 2, 2 };
	uint8_t raw[32];
	const uint8_t *value;
	uint32_t i, len;

	for (i = 0; i < count; i++) {
		vkx_put_be64(raw + (size_t)16 * i, e[i].start);
		vkx_put_be64(raw + (size_t)16 * i + 8, e[i].size);
	}
	if (!vkx_job_reg(job, raw, 16 * count, &wide, &job->out_cells, &value,
			 &len))
		return vkx_job_refuse(job, VKX_RULE_MERGE_MEMORY);
	return vkx_job_set(job, node, name, value, len);
}

/*
 * Reserves what is handed on and remembers it in vkexec,reservations, so that
 * the next hop knows which reservations die with this kernel.
 */
static int reserve_once(struct vkx_merge_job *job, const struct vkx_extent *e)
{
	uint8_t value[16];
	int chosen, err;

	err = vkx_job_fdt(job, fdt_add_mem_rsv(job->out, e->start, e->size));
	if (err)
		return err;
	vkx_put_be64(value, e->start);
	vkx_put_be64(value + 8, e->size);
	chosen = vkx_fdt_child(job->out, 0, "chosen");
	return vkx_job_fdt(job, fdt_appendprop(job->out, chosen,
					       "vkexec,reservations", value,
					       sizeof(value)));
}

/* The same for a buffer that the next kernel will read: it must be RAM. */
static int reserve(struct vkx_merge_job *job, const struct vkx_extent *e)
{
	if (!vkx_merge_in_ram(job, e))
		return vkx_job_refuse(job, VKX_RULE_MERGE_MEMORY);
	return reserve_once(job, e);
}

static int reserve_passing(struct vkx_merge_job *job)
{
	uint32_t i;
	int err = 0;

	for (i = job->in->nr_lasting; !err && i < job->in->nr_reserve; i++)
		if (job->in->reserve[i].size)
			err = reserve_once(job, &job->in->reserve[i]);
	return err;
}

/* mem= among the arguments, quoted or not; "--" does not end the search, for
 * a wrong "yes" only loses a log. */
static bool limits_memory(const char *args, uint32_t len)
{
	uint32_t i;
	bool start = true;

	for (i = 0; i < len; i++) {
		if (start && args[i] != ' ' && args[i] != '"') {
			if (len - i >= 4 && !memcmp(args + i, "mem=", 4))
				return true;
			start = false;
		}
		if (args[i] == ' ')
			start = true;
	}
	return false;
}

static int set_bootargs(struct vkx_merge_job *job, int chosen)
{
	const struct vkx_merge *in = job->in;
	uint8_t *text = job->work->value;

	if (in->bootargs_len)
		memcpy(text, in->bootargs, in->bootargs_len);
	text[in->bootargs_len] = 0;
	return vkx_job_set(job, chosen, "bootargs", text, in->bootargs_len + 1);
}

static int set_initrd(struct vkx_merge_job *job, int chosen)
{
	const struct vkx_extent *e = &job->in->initrd;
	int err;

	if (!e->size)
		return 0;
	err = set_u64(job, chosen, "linux,initrd-start", e->start);
	if (!err)
		err = set_u64(job, chosen, "linux,initrd-end",
			      e->start + e->size);
	if (!err)
		err = reserve(job, e);
	return err;
}

static int set_seeds(struct vkx_merge_job *job, int chosen)
{
	const struct vkx_merge *in = job->in;
	int err = 0;

	if (in->kaslr_seed)
		err = set_u64(job, chosen, "kaslr-seed", in->kaslr_seed);
	if (!err && in->rng_seed_len)
		err = vkx_job_set(job, chosen, "rng-seed", in->rng_seed,
				  in->rng_seed_len);
	return err;
}

static int set_crash(struct vkx_merge_job *job, int chosen)
{
	const struct vkx_merge *in = job->in;
	int err = 0;

	if (!in->crash)
		return 0;
	if (in->elfcorehdr.size) {
		err = set_ranges(job, chosen, "linux,elfcorehdr",
				 &in->elfcorehdr, 1);
		if (!err)
			err = reserve(job, &in->elfcorehdr);
	}
	if (!err && in->usable[0].size)
		err = set_ranges(job, chosen, "linux,usable-memory-range",
				 in->usable, in->usable[1].size ? 2 : 1);
	return err;
}

static int set_ima(struct vkx_merge_job *job, int chosen)
{
	const struct vkx_extent *e = &job->in->ima;
	int err;

	if (!e->size || job->res.mem_limited)
		return 0;
	err = set_ranges(job, chosen, "linux,ima-kexec-buffer", e, 1);
	if (!err)
		err = reserve(job, e);
	job->res.ima = !err;
	return err;
}

/* The only node of the output that a driver of this TPM would take. */
static int tpm_by_compatible(struct vkx_merge_job *job, int run_node)
{
	const char *s;
	int node, found = -1;
	uint32_t i;

	for (node = 0; node >= 0; node = fdt_next_node(job->out, node, NULL))
		for (i = 0;
		     (s = vkx_fdt_string(job->run, run_node, "compatible", i));
		     i++) {
			if (!vkx_fdt_string_in(job->out, node, "compatible", s))
				continue;
			if (found >= 0)
				return -1;
			found = node;
			break;
		}
	return found;
}

static int tpm_node(struct vkx_merge_job *job)
{
	int node, run_node;

	if (!job->in->tpm_path)
		return -1;
	node = vkx_fdt_node(job->out, job->in->tpm_path);
	if (node >= 0)
		return node;
	run_node = vkx_fdt_node(job->run, job->in->tpm_path);
	return run_node < 0 ? -1 : tpm_by_compatible(job, run_node);
}

/* A name of ours: base and size, as in vkexec,reservations. */
static int name_in_chosen(struct vkx_merge_job *job, const struct vkx_extent *e)
{
	int chosen = vkx_fdt_child(job->out, 0, "chosen");
	uint8_t value[16];

	vkx_put_be64(value, e->start);
	vkx_put_be64(value + 8, e->size);
	job->res.sml_chosen = true;
	return vkx_job_set(job, chosen, "vkexec,event-log", value,
			   sizeof(value));
}

static int name_at_node(struct vkx_merge_job *job, int node,
			const struct vkx_extent *e)
{
	uint8_t size[4];
	int err;

	/* tpm-common.yaml: a log is named in one way only. */
	err = fdt_delprop(job->out, node, "memory-region");
	err = err == -FDT_ERR_NOTFOUND ? 0 : vkx_job_fdt(job, err);
	vkx_put_be32(size, (uint32_t)e->size);
	if (!err)
		err = vkx_job_set(job, node, "linux,sml-size", size, 4);
	if (!err)
		err = set_u64(job, node, "linux,sml-base", e->start);
	return err;
}

static int set_log(struct vkx_merge_job *job)
{
	const struct vkx_extent *e = &job->in->sml;
	int node, err;

	if (!e->size)
		return 0;
	if (job->res.mem_limited)
		return job->in->require_sml ?
			       vkx_job_refuse(job, VKX_RULE_MERGE_TPM) :
			       0;
	node = tpm_node(job);
	err = node < 0 ? name_in_chosen(job, e) : name_at_node(job, node, e);
	if (!err)
		err = reserve(job, e);
	job->res.sml = !err;
	return err;
}

int vkx_merge_chosen(struct vkx_merge_job *job)
{
	const struct vkx_merge *in = job->in;
	int chosen, err;

	job->res.mem_limited = limits_memory(in->bootargs, in->bootargs_len);
	/* First the one whose node may lie before /chosen. */
	err = set_log(job);
	if (err)
		return err;
	chosen = vkx_fdt_child(job->out, 0, "chosen");
	err = set_bootargs(job, chosen);
	if (!err)
		err = set_initrd(job, chosen);
	if (!err)
		err = set_seeds(job, chosen);
	if (!err)
		err = set_ima(job, chosen);
	if (!err)
		err = set_crash(job, chosen);
	if (!err)
		err = reserve_passing(job);
	if (!err)
		err = vkx_job_set(job, chosen, "linux,booted-from-kexec", NULL,
				  0);
	return err;
}
