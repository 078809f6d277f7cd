/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building a UKI (UAPI.5) in the strict profile of docs/format.md, unsigned or
 * signed in the same pass: every input byte is read once and written once. The
 * same inputs give the same bytes. Without a stub the file holds no code, its
 * entry point is 0 and firmware cannot start it; a kernel with vkexec can.
 */
#ifndef VKX_UKI_BUILD_H
#define VKX_UKI_BUILD_H

#include "signer/authenticode.h"
#include "signer/pe_writer.h"
#include "signer/problem.h"

#define VKX_MAX_INITRDS 64u

/* Paths are borrowed; texts are the caller's. What is NULL or empty is left
 * out, but .cmdline and .sbat, which every UKI has. */
struct vkx_uki_spec {
	const char *linux_image; /* required: a raw arm64 Image */
	const char *const *initrds; /* one after the other, 4-byte aligned */
	size_t nr_initrds;
	const char *dtb;
	const char *const *dtbautos;
	size_t nr_dtbautos;
	const char *splash;
	const char *stub; /* a UKI stub for AArch64 */
	struct vkx_bytes cmdline;
	struct vkx_bytes osrel;
	struct vkx_bytes uname;
	struct vkx_bytes sbat;
	struct vkx_pe_progress progress; /* may be all zero */
};

struct vkx_build_report {
	uint64_t size;
	uint8_t digest[64]; /* Authenticode, by signer->hash or SHA-256 */
	enum vkx_hash_alg hash;
	size_t sections;
};

/*
 * Writes the UKI to out. signer NULL: unsigned. -VKX_ERR_FORMAT: an input
 * breaks a rule (*problem names it, or the output and the offset in it);
 * -VKX_ERR_IO, -VKX_ERR_NOMEM, -VKX_ERR_LIMIT, -VKX_ERR_CRYPTO.
 */
VKX_MUST_USE int vkx_uki_build(const struct vkx_uki_spec *spec, const char *out,
			       const struct vkx_signer *signer,
			       struct vkx_build_report *report_ret,
			       struct vkx_problem *problem);

#endif
