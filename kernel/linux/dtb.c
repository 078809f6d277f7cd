// SPDX-License-Identifier: GPL-2.0-only
#include "dtb.h"

#include <asm/barrier.h>
#include <asm/sysreg.h>
#include <linux/device.h>
#include <linux/efi.h>
#include <linux/kexec.h>
#include <linux/libfdt.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_fdt.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "crash.h"
#include "gic.h"
#include "measure.h"
#include "walk.h"

/* For the one property that is added after the merge. */
#define CHOSEN_ROOM 64

/* The largest list of facts that is kept for people to read; its digest
 * covers all of it, whatever its size. */
#define MAX_FACTS SZ_4M

/* --- facts about the running machine -------------------------------------- */

/*
 * Where the running tree lies. It is seen through the fixmap, for which
 * __pa() is wrong, and its physical address is not kept by every kernel: ask
 * the MMU.
 */
static u64 tree_address(const void *tree)
{
	unsigned long flags;
	u64 par;

	local_irq_save(flags);
	asm volatile("at s1e1r, %0" : : "r"(tree));
	isb();
	par = read_sysreg(par_el1);
	local_irq_restore(flags);
	if (par & 1)
		return 0;
	return (par & GENMASK_ULL(51, 12)) | offset_in_page(tree) % SZ_4K;
}

static void take_seeds(struct vkx_dtb_job *job)
{
	if (!rng_is_initialized())
		return;
	get_random_bytes(&job->in.kaslr_seed, sizeof(job->in.kaslr_seed));
	get_random_bytes(job->rng_seed, sizeof(job->rng_seed));
	job->in.rng_seed = job->rng_seed;
	job->in.rng_seed_len = sizeof(job->rng_seed);
}

static void take_ima(const struct kimage *image, struct vkx_merge *in)
{
#ifdef CONFIG_IMA_KEXEC
	in->ima.start = image->ima_buffer_addr;
	in->ima.size = image->ima_buffer_size;
#endif
}

/* --- choosing -------------------------------------------------------------- */

static struct vkx_dtb candidate(const struct vkx_load *load,
				const struct vkx_uki_part *part)
{
	if (!part->present)
		return (struct vkx_dtb){};
	return (struct vkx_dtb){
		.blob = load->file + part->offset,
		.len = part->size,
		.offset = part->offset,
	};
}

/* libfdt and kernel/core want trees 8-byte aligned; the file is, its sections
 * are where FileAlignment puts them. */
static int check_alignment(struct vkx_load *load,
			   const struct vkx_uki_part *part)
{
	if (part->present && !IS_ALIGNED(part->offset, 8))
		return vkx_break(&load->fault, VKX_RULE_FDT_HEADER,
				 part->offset);
	return 0;
}

static int choose(struct vkx_load *load, struct vkx_dtb_job *job)
{
	const struct vkx_uki *uki = &load->uki;
	const struct vkx_uki_part *part = &uki->part[VKX_PART_DTB];
	struct vkx_dtb dtb = candidate(load, part), *list;
	int err = check_alignment(load, part);
	u32 i;

	list = kcalloc(uki->nr_dtbauto + 1, sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	for (i = 0; i < uki->nr_dtbauto && !err; i++) {
		err = check_alignment(load, &uki->dtbauto[i]);
		list[i] = candidate(load, &uki->dtbauto[i]);
	}
	if (!err)
		err = vkx_judge(vkx_dtb_choose(list, uki->nr_dtbauto, &dtb,
					       job->in.running,
					       load->policy.running_dtb,
					       &job->work->fdt, &load->choice,
					       &load->fault),
				&load->fault);
	if (!err && load->choice.source == VKX_DTB_AUTO)
		dtb = list[load->choice.index];
	if (!err && load->choice.source != VKX_DTB_RUNNING) {
		load->signed_tree = dtb.blob;
		load->signed_tree_size = dtb.len;
	}
	kfree(list);
	return err;
}

static int check_running(struct vkx_load *load, struct vkx_dtb_job *job)
{
	const void *tree = initial_boot_params;

	if (!tree)
		return vkx_break(&load->fault, VKX_RULE_POLICY_MACHINE, 0);
	job->in.running = tree;
	return vkx_judge(vkx_fdt_check(tree, MAX_FDT_SIZE, VKX_FDT_RUNNING,
				       &job->work->fdt, NULL, &load->fault),
			 &load->fault);
}

/* A crash kernel has none of the old kernel's memory to keep off. EFI has
 * its own list of them, which the next kernel reads. */
static int take_tables(struct vkx_dtb_job *job)
{
	u32 lasting;
	int nr;

	if (job->in.crash || efi_enabled(EFI_CONFIG_TABLES))
		return 0;
	job->tables =
		kvcalloc(VKX_GIC_MAX_TABLES, sizeof(*job->tables), GFP_KERNEL);
	if (!job->tables)
		return -ENOMEM;
	nr = vkx_gic_tables(job->tables, &lasting);
	if (nr < 0)
		return nr;
	job->in.reserve = job->tables;
	job->in.nr_reserve = nr;
	job->in.nr_lasting = lasting;
	return 0;
}

static int fill(struct vkx_load *load, struct vkx_dtb_job *job)
{
	struct vkx_merge *in = &job->in;
	const struct vkx_uki_part *cmdline = &load->uki.part[VKX_PART_CMDLINE];

	in->signed_tree = load->signed_tree;
	in->bootargs = (const char *)vkx_load_part(load, VKX_PART_CMDLINE);
	in->bootargs_len = cmdline->size;
	in->crash = load->state->crash;
	job->drop[0].start = tree_address(in->running);
	job->drop[0].size = fdt_totalsize(in->running);
	in->drop = job->drop;
	in->nr_drop = job->drop[0].start ? 1 : 0;
	take_seeds(job);
	take_ima(load->image, in);
	if (!in->crash &&
	    vkx_measure_tpm_path(job->tpm_path, sizeof(job->tpm_path)))
		in->tpm_path = job->tpm_path;
	if (in->crash)
		vkx_crash_usable(in->usable);
	return take_tables(job);
}

int vkx_dtb_prepare(struct vkx_load *load, struct vkx_dtb_job *job)
{
	int err;

	job->work = kvmalloc(sizeof(*job->work), GFP_KERNEL);
	if (!job->work)
		return -ENOMEM;
	err = check_running(load, job);
	if (!err)
		err = choose(load, job);
	if (!err)
		err = fill(load, job);
	if (!err)
		err = vkx_judge(vkx_fdt_merge_bound(&job->in, &job->bound),
				&load->fault);
	job->bound = min_t(u32, job->bound + CHOSEN_ROOM, VKX_MAX_FDT);
	if (!err)
		vkx_checks_pass(&load->checks, VKX_CHECK_DTB);
	return err;
}

/* --- building ------------------------------------------------------------- */

/* Collects the canonical list of facts; what does not fit is lost to readers
 * but fails the load, because its digest could not be made. */
struct facts {
	u8 *list;
	size_t size;
	bool overflow;
};

static void facts_bytes(void *arg, const void *data, size_t len)
{
	struct facts *facts = arg;

	if (len > MAX_FACTS - facts->size) {
		facts->overflow = true;
		return;
	}
	memcpy(facts->list + facts->size, data, len);
	facts->size += len;
}

static int keep_facts(struct vkx_load *load, struct facts *facts)
{
	struct vkexec_state *state = load->state;
	int err;

	if (facts->overflow)
		return vkx_break(&load->fault, VKX_RULE_FDT_MERGE, 0);
	err = vkx_walk_sha256(facts->list, facts->size, state->hop.facts);
	if (err)
		return err;
	state->facts = kvmalloc(facts->size, GFP_KERNEL);
	if (!state->facts)
		return -ENOMEM;
	memcpy(state->facts, facts->list, facts->size);
	state->facts_size = facts->size;
	return 0;
}

static void take_addresses(struct vkx_load *load, struct vkx_dtb_job *job)
{
	const struct vkx_place_plan *plan = &load->plan;
	struct kimage *image = load->image;
	unsigned long i;

	job->in.initrd.start = plan->initrd.start;
	/* An empty .initrd is placed as the empty archive: say so too, or the
	 * next kernel looks for what firmware left behind. */
	job->in.initrd.size =
		load->uki.part[VKX_PART_INITRD].size ?: plan->initrd.size;
	if (job->in.crash) {
		job->in.elfcorehdr.start = image->elf_load_addr;
		job->in.elfcorehdr.size = image->elf_headers_sz;
	} else if (load->state->log.bytes) {
		job->in.require_sml =
			load->policy.require_tpm && !load->state->log_header;
		job->in.sml.start =
			load->state->log.base + load->state->log_header;
		job->in.sml.size = vkx_state_log_room(load->state);
	}
	for (i = 0; i < image->nr_segments; i++) {
		job->segments[i].start = image->segment[i].mem;
		job->segments[i].size = image->segment[i].memsz;
	}
	job->in.segments = job->segments;
	job->in.nr_segments = image->nr_segments;
}

/*
 * A kernel that nobody measured knows it from its device tree: what an auditor
 * finds missing in the TPM was not left out by somebody in between. A
 * statement of an earlier hop does not stay.
 */
static int tell_measured(struct vkx_load *load, void *blob, u32 room,
			 u32 *size_ret)
{
	bool unmeasured = !load->state->crash && !load->state->log.bytes;
	int chosen, err;

	if (fdt_open_into(blob, blob, room))
		return vkx_break(&load->fault, VKX_RULE_FDT_MERGE, 0);
	chosen = fdt_path_offset(blob, "/chosen");
	err = unmeasured ?
		      fdt_setprop_empty(blob, chosen, "vkexec,unmeasured") :
		      fdt_delprop(blob, chosen, "vkexec,unmeasured");
	if (err && err != -FDT_ERR_NOTFOUND)
		return vkx_break(&load->fault, VKX_RULE_FDT_MERGE, 0);
	fdt_pack(blob);
	*size_ret = fdt_totalsize(blob);
	return 0;
}

/* A next kernel that finds no log begins one that replays to nothing. */
static void note_log(struct vkexec_state *state,
		     const struct vkx_merge_result *result)
{
	state->log_in_tree = result->sml;
	state->log_in_chosen = result->sml_chosen;
	if (state->log.bytes && !state->log_in_tree && !state->log_header)
		pr_warn("the event log is not handed on: mem= on the command line\n");
}

static int merge(struct vkx_load *load, struct vkx_dtb_job *job,
		 struct facts *facts, void *blob, u32 *size_ret)
{
	struct vkx_carry_sink sink = { .bytes = facts_bytes, .arg = facts };
	struct vkx_merge_result result;
	int err;

	take_addresses(load, job);
	job->in.sink = &sink;
	err = vkx_judge(vkx_fdt_merge(&job->in, blob, job->bound, job->work,
				      &result, &load->fault),
			&load->fault);
	job->in.sink = NULL;
	if (err)
		return err;
	note_log(load->state, &result);
	err = tell_measured(load, blob, job->bound, size_ret);
	return err ? err : keep_facts(load, facts);
}

int vkx_dtb_build(struct vkx_load *load, struct vkx_dtb_job *job,
		  void **blob_ret, u32 *size_ret)
{
	struct facts facts = {};
	void *blob;
	int err = -ENOMEM;

	facts.list = kvmalloc(MAX_FACTS, GFP_KERNEL);
	blob = kvzalloc(job->bound, GFP_KERNEL);
	if (facts.list && blob)
		err = merge(load, job, &facts, blob, size_ret);
	kvfree(facts.list);
	if (err) {
		kvfree(blob);
		return err;
	}
	vkx_checks_pass(&load->checks, VKX_CHECK_MERGE);
	*blob_ret = blob;
	return 0;
}

void vkx_dtb_release(struct vkx_dtb_job *job)
{
	memzero_explicit(job->rng_seed, sizeof(job->rng_seed));
	kvfree(job->tables);
	kvfree(job->work);
}
