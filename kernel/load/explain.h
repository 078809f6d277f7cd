/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the errno of a failed kexec_file_load(2) means when a UKI was given,
 * and what to do about it. The kernel's half is kernel/linux/refusal.c; where
 * its status file names a rule, the rule says more and comes first.
 */
#ifndef VKX_EXPLAIN_H
#define VKX_EXPLAIN_H

#include "keys/cli.h"

struct vkx_explanation {
	int error; /* errno; 0 in the entry for all others */
	const char *name; /* "EKEYREJECTED" */
	const char *meaning;
	const char *mend;
	enum vkx_exit status; /* refused, or failed */
};

/* Never NULL: an errno outside of the table gets an entry that says so. */
const struct vkx_explanation *vkx_explain(int error);
/* Entry number index of the table, or NULL past its end. */
const struct vkx_explanation *vkx_explain_at(size_t index);

#endif
