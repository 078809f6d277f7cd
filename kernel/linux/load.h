/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One kexec_file_load() in progress: the file as kexec read it, once, into
 * memory that user space cannot reach, and what each step found in it. Lives
 * on the heap and only during load(); the steps fill it in the order of the
 * design, and each relies on those before it having passed.
 */
#ifndef VKX_LOAD_H
#define VKX_LOAD_H

#include <linux/kexec.h>

#include "cms.h"
#include "fdt_merge.h"
#include "place.h"
#include "policy.h"
#include "refusal.h"
#include "sbat.h"
#include "state.h"
#include "uki.h"

/* The Authenticode digest in one algorithm. */
struct vkx_file_digest {
	enum vkx_hash_alg alg;
	u8 bytes[VKX_MAX_DIGEST];
};

struct vkx_load {
	struct kimage *image;
	const u8 *file;
	size_t size;
	struct vkx_load_args args;
	struct vkx_policy policy;
	struct vkx_checks checks;
	struct vkx_fault fault; /* the rule that was broken, if any */
	struct vkexec_state *state;

	/* parse */
	struct vkx_uki uki;
	struct vkx_image linux_image;
	struct vkx_sbat sbat;

	/* signatures: form */
	size_t nr_certs;
	struct vkx_pe_cert certs[VKX_MAX_SIGNATURES];
	bool cms_good[VKX_MAX_SIGNATURES];
	struct vkx_cms cms[VKX_MAX_SIGNATURES];
	bool trusted[VKX_MAX_SIGNATURES];
	size_t signer; /* index of the first signature that is trusted */

	/* walk: first_digest is SHA-256, then what the signatures use */
	size_t nr_digests;
	struct vkx_file_digest digests[3];
	u8 part_sha256[VKX_PART_NR][32];

	/* device tree */
	const void *signed_tree; /* in the file, or NULL */
	size_t signed_tree_size;
	struct vkx_dtb_choice choice;

	/* segments */
	struct vkx_place_plan plan;
};

/* The component's bytes; they stay where they are until load() returns. */
static inline const u8 *vkx_load_part(const struct vkx_load *load,
				      enum vkx_uki_part_id id)
{
	return load->file + load->uki.part[id].offset;
}

#endif
