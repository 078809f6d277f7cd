/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The next kernel's device tree: which signed one, and the final blob made of
 * it and of the running machine's. kernel/core decides what goes in; this
 * finds the facts that only the running kernel has.
 */
#ifndef VKX_DTB_H
#define VKX_DTB_H

#include "load.h"

/* Everything of one merge, between its two halves. */
struct vkx_dtb_job {
	struct vkx_merge in;
	struct vkx_merge_work *work;
	struct vkx_extent drop[1];
	struct vkx_extent segments[KEXEC_SEGMENT_MAX];
	struct vkx_extent *tables; /* of the interrupt controller */
	u8 rng_seed[128];
	char tpm_path[256];
	u32 bound;
};

/*
 * Checks every signed tree in the file and the running one, chooses, and
 * collects what does not depend on addresses. load->choice, signed_tree.
 */
int vkx_dtb_prepare(struct vkx_load *load, struct vkx_dtb_job *job);

/*
 * Merges, with the addresses of load->plan. *blob_ret is the caller's
 * (kvfree); its packed size in *size_ret. The carried facts and their digest
 * go into load->state.
 */
int vkx_dtb_build(struct vkx_load *load, struct vkx_dtb_job *job,
		  void **blob_ret, u32 *size_ret);

void vkx_dtb_release(struct vkx_dtb_job *job);

#endif
