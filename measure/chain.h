/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chain of kernels that a replayed log tells: the one firmware booted,
 * each that was launched, those that are staged; and each of them against the
 * manifest. Part of an appraisal (appraise.h); runs only on a log whose PCRs
 * are the quoted ones.
 */
#ifndef VKX_CHAIN_H
#define VKX_CHAIN_H

#include "measure/appraise.h"

/* Fills appraisal->links. False: a finding has ended it early. */
bool vkx_chain_check(const struct vkx_policy *policy,
		     struct vkx_appraisal *appraisal);

/* Adds a finding and lowers its link's tier. */
void vkx_appraisal_find(struct vkx_appraisal *appraisal, enum vkx_reason reason,
			int link, uint32_t event, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#endif
