/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of a log in order: hop records of PCR 12 become links, digests
 * of PCR 11 are noted. Judges whether the order is one that kernels make, not
 * whether the kernels are good ones. Internal to chain*.c.
 */
#ifndef VKX_CHAIN_WALK_H
#define VKX_CHAIN_WALK_H

#include "measure/appraise.h"

/* What is being walked, and what has been seen; links grow in order of their
 * records. */
struct vkx_walk {
	const struct vkx_policy *policy;
	struct vkx_appraisal *a;
	size_t room; /* links allocated */
	uint32_t launched; /* number of the last launch */
	bool hop_seen;
	bool nomem; /* the walk ended for want of memory, not of a finding */
	/* What the kernel that runs was at its worst, by its own records: it
	 * enforced in all of them, and the lowest lockdown. */
	bool writer_enforced;
	uint8_t writer_lockdown;
	/* SHA-256 digests of PCR 11's events, in order, with their numbers. */
	size_t nr_sections;
	struct {
		const uint8_t *digest;
		uint32_t event;
	} * sections;
};

/*
 * Begins with the link of the first kernel and adds those of the log. w is
 * zeroed but for policy and a; free it with vkx_walk_free(). False: a finding
 * has ended it early, or w->nomem.
 */
bool vkx_walk_log(struct vkx_walk *w);
/* The links stay: they are the appraisal's. */
void vkx_walk_free(struct vkx_walk *w);

/*
 * The manifest knows sections by SHA-256: PCR 11 says something if that bank
 * of it is quoted. -1: it is not, and what the log says of it nobody signed.
 */
int vkx_walk_sections_bank(const struct vkx_appraisal *a);

#endif
