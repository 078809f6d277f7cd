/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place where a broken rule or a failed call becomes an errno, and
 * where a refusal is told to the log and kept for the status file.
 */
#ifndef VKX_REFUSAL_H
#define VKX_REFUSAL_H

#include "verdict.h"

/* The last refusal, for the status. rule NONE: there was none. */
struct vkx_refusal {
	struct vkx_fault fault;
	int err; /* negative errno that user space saw */
	u64 count; /* refusals since boot */
};

/* The errno of a rule's verdict: design, "errors are distinct and stable". */
int vkx_rule_errno(enum vkx_rule rule);

/*
 * What a function of kernel/core returned, as an errno. -VKX_ERR_FORMAT is the
 * verdict of fault's rule; anything else clears *fault: no rule was broken.
 */
int vkx_judge(int core_err, struct vkx_fault *fault);

/* Breaks a rule from outside kernel/core: fills *fault, returns its errno. */
int vkx_break(struct vkx_fault *fault, enum vkx_rule rule, u64 offset);

/* Logs and keeps it. Returns err. */
int vkx_refusal_report(const struct vkx_fault *fault, int err);

void vkx_refusal_last(struct vkx_refusal *last_ret);

#endif
