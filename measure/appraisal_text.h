/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An appraisal for people and scripts: lines of text, or one JSON object. All
 * that came with the evidence is escaped.
 */
#ifndef VKX_APPRAISAL_TEXT_H
#define VKX_APPRAISAL_TEXT_H

#include <stdio.h>

#include "measure/appraise.h"

#define VKX_LINK_TEXT 320

/*
 * "NAME: affirming" first, then the chain with a verdict for each link, then
 * every reason with the event that gave it.
 */
void vkx_appraisal_print(FILE *out, const char *name,
			 const struct vkx_appraisal *appraisal);

/* {"name", "verdict", "links": [...], "findings": [...], "tpm": {...}} */
void vkx_appraisal_tell(FILE *out, const char *name,
			const struct vkx_appraisal *appraisal);

/* "booted by firmware: ...", "hop 1: release-1.efi (release 1)", ...; what is
 * too long is cut; not escaped. */
void vkx_link_text(const struct vkx_chain_link *link, char text[VKX_LINK_TEXT]);

#endif
