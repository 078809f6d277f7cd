/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which PCRs of which banks: asked of a TPM, signed by it, listed beside its
 * values (TPM 2.0 Library, Part 2, TPML_PCR_SELECTION). Host form only: each
 * of those is read and written where it belongs.
 */
#ifndef VKX_SELECTION_H
#define VKX_SELECTION_H

#include "tcglog.h"

/* sizeofSelect of a PC's TPM: PCRs 0 to 23. */
#define VKX_PCR_SELECT_BYTES 3u

struct vkx_pcr_selection {
	uint16_t alg;
	uint32_t mask; /* bit n: PCR n */
};

struct vkx_selection {
	size_t nr;
	struct vkx_pcr_selection bank[VKX_MAX_BANKS];
};

/*
 * Adds a bank, whose PCRs are the bits of select's VKX_PCR_SELECT_BYTES, PCR 0
 * the lowest of the first. s has room for it. False: an unknown bank, or one
 * that is in it.
 */
bool vkx_selection_add(struct vkx_selection *s, uint16_t alg,
		       const uint8_t *select);

/* The same PCRs of the same banks in the same order? */
bool vkx_selection_same(const struct vkx_selection *a,
			const struct vkx_selection *b);

/* Is a bank, or a key's scheme, of SHA-256 or better? */
bool vkx_tpm_alg_strong(uint16_t alg);

#endif
