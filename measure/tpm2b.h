/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TPM2B (TPM 2.0 Library, Part 2, 10.4): what has a length before it, in all
 * that a TPM signs and hands out.
 */
#ifndef VKX_TPM2B_H
#define VKX_TPM2B_H

#include "cursor.h"
#include "tpm_hash.h"

/*
 * The contents of the next one, which point into what rd reads; p NULL where
 * rd has an error, which it gets for a length that no TPM2B read here has.
 */
struct vkx_span vkx_rd_tpm2b(struct vkx_rd *rd);

#endif
