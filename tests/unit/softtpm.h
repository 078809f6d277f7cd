/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests: quotes as a TPM would sign them, and as none ever would. Keys are
 * libcrypto's and made anew in each run; every field can be set wrong.
 */
#ifndef VKX_TEST_SOFTTPM_H
#define VKX_TEST_SOFTTPM_H

#include <openssl/evp.h>

#include "measure/appraise.h"

/* fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign */
#define SOFT_AK_ATTRIBUTES 0x00050072u

struct soft_key {
	EVP_PKEY *pkey;
	uint8_t public[512]; /* TPM2B_PUBLIC */
	size_t public_len;
};

/* type: VKX_TPM_ECC (P-256) or VKX_TPM_RSA (2048). */
void soft_key_make(struct soft_key *key, uint16_t type, uint32_t attributes);
void soft_key_free(struct soft_key *key);

struct soft_quote {
	uint32_t magic;
	uint16_t type;
	uint8_t nonce[64];
	size_t nonce_len;
	uint64_t clock, firmware;
	uint32_t reset_count, restart_count;
	uint8_t safe;
	struct vkx_selection selection;
	uint8_t select_bytes; /* sizeofSelect; 3 */
};

/* What a good quote has: 0-9, 11, 12 of sha256, 20 bytes of nonce. */
void soft_quote_init(struct soft_quote *quote);

/*
 * Evidence over the PCRs that log replays to; the log's bytes stay the
 * caller's, all else is owned by ev. Free with vkx_evidence_free().
 */
void soft_evidence(const struct soft_key *key, const struct soft_quote *quote,
		   const uint8_t *log, size_t log_len, struct vkx_evidence *ev);

#endif
