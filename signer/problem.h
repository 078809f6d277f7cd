/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stood in the way, for a tool to print: which file, why, and where a
 * file broke a rule of the format, which rule and offset. The library nouns of
 * this folder fill it; they never print.
 */
#ifndef VKX_PROBLEM_H
#define VKX_PROBLEM_H

#include "verdict.h"

struct vkx_problem {
	const char *subject; /* borrowed; a path, or an option's name */
	int err; /* -VKX_ERR_*, 0: no problem */
	int sys; /* errno of -VKX_ERR_IO, or 0 */
	struct vkx_fault fault; /* rule NONE where no rule was broken */
	const char *text; /* static; NULL: err and rule say it all */
};

/* Each fills *p and returns err. */
int vkx_problem_set(struct vkx_problem *p, const char *subject, int err,
		    const char *text);
/* With errno as it is now. */
int vkx_problem_io(struct vkx_problem *p, const char *subject);
/* A broken rule; err is what the check returned. */
int vkx_problem_rule(struct vkx_problem *p, const char *subject, int err,
		     const struct vkx_fault *fault);

/* Prints it with vkx_cli_error() and returns the exit status: refused for a
 * broken rule, failed for all else. Only for tools. */
int vkx_problem_print(const struct vkx_problem *p);

#endif
