/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCR 11 of a walked chain against the manifest: the sections that each stub
 * or kernel measured before it launched. Internal to chain*.c.
 */
#ifndef VKX_CHAIN_SECTIONS_H
#define VKX_CHAIN_SECTIONS_H

#include "measure/chain_walk.h"

/*
 * PCR 11 is the sections of the first kernel, if a stub measured it, and of
 * each launch that says so, one after the other. What comes before the hops is
 * told by counting, because order between PCRs proves nothing (V112). Finds the
 * first kernel's artifact; what does not fit is a finding.
 */
void vkx_chain_check_sections(struct vkx_walk *w);

#endif
