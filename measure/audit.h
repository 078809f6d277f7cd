/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many appraisals under one policy: loads what they have in common (manifest,
 * known AKs) and lets the crew do the rest. For the audit command; prints.
 */
#ifndef VKX_AUDIT_H
#define VKX_AUDIT_H

#include <stdbool.h>
#include <stdio.h>

#include "keys/options.h"
#include "measure/appraise.h"
#include "measure/challenge.h"
#include "measure/page.h"
#include "verify/revocation.h"

struct vkx_audit {
	const char *manifest_path, *trust_path, *previous_path;
	const char *ek_ca_path, *challenge_path, *html_path, *ndjson_path;
	const char *state_path;
	struct vkx_words
		revoked_paths; /* who may not sign manifests any more */
	const char *product; /* NULL: of any product */
	uint64_t release; /* of the manifest, at least */
	struct vkx_blob nonce;
	bool json;
	uint32_t threads; /* 0: one per processor */
	struct vkx_policy policy; /* limits are set by the caller */

	/* Filled by the calls below. */
	struct vkx_revocation revocation;
	struct vkx_manifest manifest;
	struct vkx_known_ak *aks; /* each with memory of its own */
	size_t nr_aks;
	bool ak_alone; /* one that is nobody's by name */
	struct vkx_evidence previous;
	struct vkx_room previous_room;
	struct vkx_attest previous_attest;
	struct vkx_ak previous_ak;
	struct vkx_challenge challenge;
	struct vkx_page page;
};

void vkx_audit_init(struct vkx_audit *audit);
void vkx_audit_free(struct vkx_audit *audit);

/*
 * A file, or what 'provision' wrote: the AK of the one machine of this audit.
 * Or a directory, in which machine-17.pub is that of machine-17 and an AK that
 * comes twice an error. False: an error was printed.
 */
bool vkx_audit_add_ak(struct vkx_audit *audit, const char *path);

/* Everything; returns an exit status. */
int vkx_audit_run(struct vkx_audit *audit, char **paths, size_t nr);

#endif
