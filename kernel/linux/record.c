// SPDX-License-Identifier: GPL-2.0-only
#include "record.h"

#include "revoke.h"
#include "walk.h"

static u8 dtb_source(enum vkx_dtb_source source)
{
	switch (source) {
	case VKX_DTB_AUTO:
		return VKX_HOP_DTB_AUTO;
	case VKX_DTB_SECTION:
		return VKX_HOP_DTB_SIGNED;
	case VKX_DTB_RUNNING:
	case VKX_DTB_NONE:
		break;
	}
	return VKX_HOP_DTB_RUNNING;
}

static u32 flags(const struct vkx_load *load)
{
	u32 flags = 0;

	if (load->state->crash)
		flags |= VKX_HOP_CRASH;
	if (load->policy.strict)
		flags |= VKX_HOP_STRICT;
	if (vkx_policy_enforcing(&load->policy) != VKX_ENFORCING_NOT)
		flags |= VKX_HOP_ENFORCED;
	if (load->uki.part[VKX_PART_INITRD].present)
		flags |= VKX_HOP_INITRD;
	return flags;
}

static int fill_digests(struct vkx_load *load, struct vkx_hop *hop)
{
	const struct vkx_slice *signer =
		&load->cms[load->signer]
			 .certs[load->cms[load->signer].signer]
			 .whole;
	int err = 0;

	memcpy(hop->authenticode, load->digests[0].bytes, 32);
	memcpy(hop->linux_image, load->part_sha256[VKX_PART_LINUX], 32);
	memcpy(hop->initrd, load->part_sha256[VKX_PART_INITRD], 32);
	memcpy(hop->cmdline, load->part_sha256[VKX_PART_CMDLINE], 32);
	if (load->signed_tree)
		err = vkx_walk_sha256(load->signed_tree, load->signed_tree_size,
				      hop->dtb);
	if (!err)
		err = vkx_walk_sha256(load->file +
					      load->certs[load->signer].offset +
					      signer->offset,
				      signer->size, hop->signer);
	return err;
}

int vkx_record_fill(struct vkx_load *load)
{
	struct vkx_hop *hop = &load->state->hop;
	int err;

	hop->kind = VKX_HOP_LOAD;
	hop->lockdown = load->policy.lockdown;
	hop->dtb_source = dtb_source(load->choice.source);
	if (hop->dtb_source == VKX_HOP_DTB_AUTO)
		hop->dtbauto = load->choice.index;
	hop->flags = flags(load);
	err = vkx_revoke_level(hop->policy, &hop->sbat_date);
	return err ? err : fill_digests(load, hop);
}
