/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCR values that a quote's digest covers, as the file that tpm2_quote
 * writes beside it. Read strictly, every byte used once; slices point into the
 * caller's buffer. Compared with what was signed; whether they are good ones is
 * for the log's replay and the manifest to say.
 */
#ifndef VKX_PCR_VALUES_H
#define VKX_PCR_VALUES_H

#include "measure/attest.h"

struct vkx_pcr_quoted {
	uint16_t alg;
	uint8_t pcr;
	struct vkx_span value;
};

/* PCR values in the order that a quote's digest covers. */
struct vkx_pcr_values {
	struct vkx_selection selection;
	size_t nr;
	struct vkx_pcr_quoted v[VKX_MAX_BANKS * VKX_NR_PCRS];
};

/* Gives every selected PCR, in order, its place in the list; the bytes are the
 * caller's to fill in. */
void vkx_pcr_values_label(struct vkx_pcr_values *values);

/*
 * The file that tpm2_quote --pcr writes: TPML_PCR_SELECTION and TPML_DIGESTs
 * as little-endian C structures. PCRS_FORMAT.
 */
enum vkx_reason vkx_pcr_values_parse(const void *buf, size_t len,
				     struct vkx_pcr_values *values_ret);

/* Bytes of that file for so many values. */
size_t vkx_pcr_values_size(size_t nr);
/* Writes it: values in selection order; buf has vkx_pcr_values_size(). */
void vkx_pcr_values_write(const struct vkx_pcr_values *values, uint8_t *buf);

/*
 * Do the values have the signed selection's labels and hash, with the
 * signature's hash, to the signed digest? PCRS_SELECTION, PCRS_DIGEST.
 */
enum vkx_reason vkx_pcr_values_check(const struct vkx_pcr_values *values,
				     const struct vkx_attest *attest,
				     uint16_t hash);

#endif
