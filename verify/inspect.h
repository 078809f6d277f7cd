/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in an EFI file, for people who want to know before they trust it.
 * Reads leniently where the digest is well defined, and verifies nothing:
 * the description says so itself.
 */
#ifndef VKX_INSPECT_H
#define VKX_INSPECT_H

#include <json-c/json.h>

#include "verify/scan.h"

/*
 * One object with everything. -VKX_ERR_FORMAT with the fault if the file is no
 * PE that has a digest, -VKX_ERR_IO with errno, -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_inspect(const char *file, const struct vkx_infile *in,
			     struct json_object **obj_ret,
			     struct vkx_fault *fault_ret);

#endif
