/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The device tree the next kernel gets: the signed tree as base, the running
 * machine's facts by a fixed allow-list (docs/format.md "Merge"), the values
 * of this kexec set fresh. The allow-list is closed: a property of the running
 * tree that no rule names does not cross the hop. A signed node /vkexec may
 * extend it: `carry-over` is a list of strings "/path:property" or "/path".
 * Without a signed tree the running one is the base, and is listed whole.
 *
 * No allocation: trees, output and working memory are the caller's.
 */
#ifndef VKX_FDT_MERGE_H
#define VKX_FDT_MERGE_H

#include "carry.h"
#include "fdt_blob.h"

/* --- which tree ---------------------------------------------------------- */

enum vkx_dtb_source {
	VKX_DTB_NONE = 0,
	VKX_DTB_AUTO = 1, /* .dtbauto, see index */
	VKX_DTB_SECTION = 2, /* .dtb */
	VKX_DTB_RUNNING = 3, /* no signed tree: the running one */
};

struct vkx_dtb {
	const void *blob; /* NULL: there is none */
	size_t len;
	uint64_t offset; /* in the file, added to fault offsets */
};

struct vkx_dtb_choice {
	enum vkx_dtb_source source;
	uint32_t index; /* of the .dtbauto */
};

/*
 * The first .dtbauto whose first root compatible equals the running root's
 * first, else .dtb, else the running tree where allow_running. Every signed
 * candidate is checked with VKX_FDT_STRICT, chosen or not: a malformed tree
 * anywhere refuses the file. running must have passed VKX_FDT_RUNNING.
 * Faults: those of vkx_fdt_check(), POLICY_RUNNING_DTB.
 */
VKX_MUST_USE int vkx_dtb_choose(const struct vkx_dtb *dtbauto,
				uint32_t nr_dtbauto, const struct vkx_dtb *dtb,
				const void *running, bool allow_running,
				struct vkx_fdt_work *work,
				struct vkx_dtb_choice *choice_ret,
				struct vkx_fault *fault_ret);

/* --- the merge ----------------------------------------------------------- */

/*
 * Inputs; zero means "none" throughout. All trees 8-byte aligned.
 *
 * The merge drops by itself the running tree's reservations of its initrd,
 * its IMA buffer, its elfcorehdr, its TPM log (linux,sml-*) and of all that an
 * earlier vkexec listed in /chosen/vkexec,reservations.
 */
struct vkx_merge {
	/* Passed VKX_FDT_STRICT; NULL: the running tree is the base. */
	const void *signed_tree;
	const void *running; /* passed VKX_FDT_RUNNING */
	/* Any shared root compatible suffices, instead of equal first ones. */
	bool any_compatible;

	const char *bootargs; /* .cmdline, bootargs_len bytes without NUL */
	uint32_t bootargs_len;
	struct vkx_extent initrd; /* size 0 only for tests: always give one */
	uint64_t kaslr_seed; /* 0: none set */
	const uint8_t *rng_seed;
	uint32_t rng_seed_len;

	/* TPM log for the next kernel; never with crash. tpm_path is "%pOF" of
	 * the TPM's node in the running tree. Where no node can carry the log,
	 * /chosen does: a machine with ACPI has no such node. */
	const char *tpm_path;
	struct vkx_extent sml;
	/* Refuse (MERGE_TPM) where the log cannot be handed on (mem_limited);
	 * otherwise the result says sml = false. */
	bool require_sml;

	struct vkx_extent ima; /* linux,ima-kexec-buffer */

	bool crash;
	struct vkx_extent elfcorehdr;
	struct vkx_extent usable[2]; /* crashk_res, crashk_low_res */

	/* Running /memreserve/ entries not to carry: the running DTB itself.
	 * Compared after rounding both outwards to 4 KiB. */
	const struct vkx_extent *drop;
	uint32_t nr_drop;
	/*
	 * Memory that devices write to whatever kernel runs: an interrupt
	 * controller's tables. The first nr_lasting stay in use (LPI tables
	 * cannot be moved once enabled) and are reserved on every hop from
	 * here; the others only for the next kernel, which replaces them.
	 */
	const struct vkx_extent *reserve;
	uint32_t nr_reserve;
	uint32_t nr_lasting;
	/* All segments of this kexec: a signed reservation that touches one is
	 * refused (FDT_RESERVE). */
	const struct vkx_extent *segments;
	uint32_t nr_segments;

	/* Where the canonical list goes; may be NULL. */
	struct vkx_carry_sink *sink;
};

struct vkx_merge_result {
	uint32_t size; /* totalsize of the final tree, packed */
	uint32_t carried; /* items in the list */
	bool sml; /* the TPM log was handed on */
	bool sml_chosen; /* in /chosen: only vkexec looks for it there */
	bool ima; /* the IMA buffer was handed on */
	/* `mem=` in bootargs may put a buffer outside the next kernel's RAM
	 * (CVE-2026-43240): then neither log nor IMA list is handed on. */
	bool mem_limited;
};

#define VKX_MAX_FDT_PATH 1024u

/* Working memory of one merge; same rules as struct vkx_fdt_work. */
struct vkx_merge_work {
	struct vkx_fdt_work fdt;
	char path[VKX_MAX_FDT_PATH];
	char other[VKX_MAX_FDT_PATH];
	uint8_t value[16384]; /* one converted `reg` */
};

/*
 * Bytes that suffice for the final tree, at most VKX_MAX_FDT: the size to
 * place and to allocate. -VKX_ERR_LIMIT if the inputs cannot fit in that.
 */
VKX_MUST_USE int vkx_fdt_merge_bound(const struct vkx_merge *in,
				     uint32_t *bound_ret);

/*
 * Writes the final tree to out[0..out_size), 8-byte aligned, distinct from the
 * inputs. The output is checked again with VKX_FDT_STRICT (VKX_FDT_RUNNING
 * where the running tree is the base) before this returns 0; out holds rubbish
 * after an error.
 * -VKX_ERR_FORMAT: POLICY_MACHINE (another board), FDT_RESERVE,
 * MERGE_MEMORY, MERGE_RESERVED, MERGE_CPUS, MERGE_CARRY, MERGE_TPM,
 * MERGE_SPACE, FDT_MERGE. Fault offsets are in the signed tree, or 0.
 * -VKX_ERR_ARG: contradictory inputs (a range that wraps or is empty, sml with
 * crash, bootargs with a NUL).
 */
VKX_MUST_USE int vkx_fdt_merge(const struct vkx_merge *in, void *out,
			       uint32_t out_size, struct vkx_merge_work *work,
			       struct vkx_merge_result *result_ret,
			       struct vkx_fault *fault_ret);

#endif
