/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TPM signs of a quote: TPMS_ATTEST, read strictly (TPM 2.0 Library,
 * Part 2), every byte used once; slices point into the caller's buffer. Judges
 * form; whose it is and what it is worth is appraise.h's.
 */
#ifndef VKX_ATTEST_H
#define VKX_ATTEST_H

#include "measure/reason.h"
#include "measure/selection.h"

struct vkx_attest {
	struct vkx_span signer; /* qualifiedSigner: a TPM2B_NAME's contents */
	struct vkx_span nonce; /* extraData */
	uint64_t clock; /* milliseconds */
	uint32_t reset_count, restart_count;
	bool safe;
	uint64_t firmware;
	struct vkx_selection selection; /* the signed one */
	struct vkx_span digest; /* over the PCR values */
};

/*
 * A TPMS_ATTEST that is a quote. QUOTE_FORMAT, QUOTE_MAGIC, QUOTE_TYPE,
 * SELECTION_FORMAT (sizeofSelect is not 3, a bank twice, an unknown bank);
 * FINE: *attest_ret is written.
 */
enum vkx_reason vkx_attest_parse(const void *buf, size_t len,
				 struct vkx_attest *attest_ret);

#endif
