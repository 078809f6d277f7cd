/* SPDX-License-Identifier: BSD-2-Clause */
/* PCR numbers and nonces as people type them. */
#ifndef VKX_PCRLIST_H
#define VKX_PCRLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/blob.h"

/* "0-9,11,12" as a mask of PCRs 0 to 23; false for anything else, and for a
 * PCR named twice. */
bool vkx_pcrlist_parse(const char *text, uint32_t *mask_ret);

/*
 * A nonce: hex (either case), or @FILE with the bytes themselves. At most 64
 * bytes, which is what a TPM takes. Else prints why: VKX_EXIT_FAILED, the file
 * cannot be read; VKX_EXIT_USAGE, it is neither.
 */
VKX_MUST_USE int vkx_nonce_parse(const char *text, struct vkx_blob *nonce_ret);

#endif
