/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What measuring needs to know of a UKI file: its digests, who signed it, what
 * stands in its .sbat. Read in one pass by the verifier's scanner. It does not
 * ask whether anybody trusts the signer.
 */
#ifndef VKX_ARTIFACT_H
#define VKX_ARTIFACT_H

#include <stdbool.h>

#include "measure/manifest.h"
#include "verdict.h"

struct vkx_measured_uki {
	struct vkx_artifact artifact; /* file, digests, signers */
	struct vkx_uki uki;
	bool is_signed;
	uint64_t sbat_release; /* generation of "product" in .sbat, or 0 */
};

/*
 * Reads path. product may be NULL. -VKX_ERR_IO with errno, -VKX_ERR_FORMAT
 * with *fault_ret, -VKX_ERR_NOMEM, -VKX_ERR_CRYPTO. Free with
 * vkx_measured_uki_free().
 */
VKX_MUST_USE int vkx_measured_uki_read(const char *path, const char *product,
				       struct vkx_measured_uki *uki_ret,
				       struct vkx_fault *fault_ret);
void vkx_measured_uki_free(struct vkx_measured_uki *uki);

/* The same with errors printed: VKX_EXIT_REFUSED for a file that no kernel
 * would take, signed or not at all, VKX_EXIT_FAILED for what went wrong. */
VKX_MUST_USE int vkx_measured_uki_load(const char *path, const char *product,
				       struct vkx_measured_uki *uki_ret);

#endif
