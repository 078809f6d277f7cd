/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one pass over an EFI file whose headers are known, from which come the
 * Authenticode digests, the digests of the components, proof that padding is
 * zero, and copies of the components that are small and must be understood
 * later.
 */
#ifndef VKX_SCAN_PASS_H
#define VKX_SCAN_PASS_H

#include "verify/scan.h"

struct vkx_scan_params {
	/* Digests wanted besides SHA-256, one bit per enum vkx_hash_alg. */
	uint32_t hashes;
	bool components; /* digests of components too */
	bool collect; /* copies of small components too */
	bool read_ahead; /* with a thread of its own */
	/* Called now and then from the calling thread; may be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *progress_arg;
};

/*
 * Reads all that is left, once. Errors as of vkx_scan_open() (-VKX_ERR_FORMAT:
 * padding that is not zero), and -VKX_ERR_CRYPTO.
 */
VKX_MUST_USE int vkx_scan_hash(struct vkx_scan *scan,
			       const struct vkx_scan_params *params,
			       struct vkx_fault *fault_ret);
/*
 * The same in steps, for a thread that has two files: where both are at bytes
 * that only the digest of the whole wants, both are hashed interleaved, at
 * about the price of one. Each digest is what it would be alone.
 * -VKX_ERR_NOMEM, -VKX_ERR_LIMIT; then no step may follow.
 */
VKX_MUST_USE int vkx_scan_begin(struct vkx_scan *scan,
				const struct vkx_scan_params *params);
/* A window of a and of b. b may be NULL, and each may have ended. */
void vkx_scan_step(struct vkx_scan *a, struct vkx_scan *b);
/* No step is left: all has been read, or an error stands in the way. */
bool vkx_scan_ended(const struct vkx_scan *scan);
/* Once ended: as vkx_scan_hash(). */
VKX_MUST_USE int vkx_scan_end(struct vkx_scan *scan,
			      struct vkx_fault *fault_ret);

/* Gives up a pass that has not ended, if there is one: for vkx_scan_close(). */
void vkx_pass_free(struct vkx_scan *scan);

#endif
