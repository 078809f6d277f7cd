/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An appraisal for people and scripts: lines of text, or one JSON object. All
 * that came with the evidence is escaped.
 */
#ifndef VKX_APPRAISAL_TEXT_H
#define VKX_APPRAISAL_TEXT_H

#include <json-c/json.h>
#include <stdio.h>

#include "measure/appraise.h"

/*
 * "NAME: affirming" first, then the chain with a verdict for each link, then
 * every reason with the event that gave it.
 */
void vkx_appraisal_print(FILE *out, const char *name,
			 const struct vkx_appraisal *appraisal);

/* {"name", "verdict", "links": [...], "findings": [...], "tpm": {...}} */
json_object *vkx_appraisal_json(const char *name,
				const struct vkx_appraisal *appraisal);

/* "first kernel, by firmware", "hop 1: release-1.efi", ...; escaped. */
void vkx_link_print(FILE *out, const struct vkx_chain_link *link);

#endif
