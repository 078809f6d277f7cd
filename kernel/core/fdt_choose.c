/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which tree is the base of the merge. */
#include "fdt_merge.h"
#include "text.h"

static int check_candidate(const struct vkx_dtb *dtb, struct vkx_fdt_work *work,
			   struct vkx_fault *fault_ret)
{
	int err;

	err = vkx_fdt_check(dtb->blob, dtb->len, VKX_FDT_STRICT, work, NULL,
			    fault_ret);
	if (err && fault_ret)
		fault_ret->offset += dtb->offset;
	return err;
}

/* Is this candidate for the board whose first compatible is board? */
static bool made_for(const void *fdt, const char *board)
{
	const char *first = vkx_fdt_string(fdt, 0, "compatible", 0);

	return first && board && vkx_text_equal(first, board);
}

int vkx_dtb_choose(const struct vkx_dtb *dtbauto, uint32_t nr_dtbauto,
		   const struct vkx_dtb *dtb, const void *running,
		   bool allow_running, struct vkx_fdt_work *work,
		   struct vkx_dtb_choice *choice_ret,
		   struct vkx_fault *fault_ret)
{
	struct vkx_dtb_choice choice = { VKX_DTB_NONE, 0 };
	const char *board = vkx_fdt_string(running, 0, "compatible", 0);
	uint32_t i;
	int err;

	for (i = 0; i < nr_dtbauto; i++) {
		err = check_candidate(&dtbauto[i], work, fault_ret);
		if (err)
			return err;
		if (choice.source == VKX_DTB_NONE &&
		    made_for(dtbauto[i].blob, board)) {
			choice.source = VKX_DTB_AUTO;
			choice.index = i;
		}
	}
	if (dtb && dtb->blob) {
		err = check_candidate(dtb, work, fault_ret);
		if (err)
			return err;
		if (choice.source == VKX_DTB_NONE)
			choice.source = VKX_DTB_SECTION;
	}
	if (choice.source == VKX_DTB_NONE && allow_running)
		choice.source = VKX_DTB_RUNNING;
	if (choice.source == VKX_DTB_NONE)
		return vkx_fault(fault_ret, VKX_RULE_POLICY_RUNNING_DTB, 0);
	*choice_ret = choice;
	return 0;
}
