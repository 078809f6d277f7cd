/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in an EFI file, for people who want to know before they trust it.
 * Reads leniently where the digest is well defined, and verifies nothing:
 * the description says so itself.
 */
#ifndef VKX_INSPECT_H
#define VKX_INSPECT_H

#include <stdio.h>

#include "verify/scan.h"

/*
 * Writes everything to out, as text or as one line of JSON. -VKX_ERR_FORMAT
 * with the fault if the file is no PE that has a digest, -VKX_ERR_IO with
 * errno, -VKX_ERR_NOMEM; what was written by then is not to be used.
 */
VKX_MUST_USE int vkx_inspect(const char *file, const struct vkx_infile *in,
			     FILE *out, bool json, struct vkx_fault *fault_ret);

#endif
