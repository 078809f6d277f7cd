/* SPDX-License-Identifier: BSD-2-Clause */
/* A verification's outcome in words for people and in JSON for scripts. */
#ifndef VKX_VERIFY_REPORT_H
#define VKX_VERIFY_REPORT_H

#include <stdio.h>

#include "keys/facts.h"
#include "verify/verify.h"

/* Several lines, the first one "FILE: accepted" or "FILE: refused: ...". */
void vkx_report_text(FILE *out, const char *file,
		     const struct vkx_verify_params *params,
		     const struct vkx_verified *v);
/* The same facts as one line of JSON. */
void vkx_report_json(FILE *out, const char *file,
		     const struct vkx_verify_params *params,
		     const struct vkx_verified *v);

/* For a file that could not be read or judged: "accepted" is false, "error"
 * says why, and there is no verdict. err and error as below. */
void vkx_report_json_error(FILE *out, const char *file, int err, int error);

/* What went wrong, for people; error is errno where err is -VKX_ERR_IO. */
const char *vkx_error_text(int err, int error);
/*
 * Tells why a file could not be handled: error is errno where err is
 * -VKX_ERR_IO, fault (may be NULL) counts where it is -VKX_ERR_FORMAT. Returns
 * VKX_EXIT_REFUSED for a fault, else VKX_EXIT_FAILED.
 */
int vkx_report_error(const char *file, int err, int error,
		     const struct vkx_fault *fault);
/* Of two exit statuses the one to end with: failed, then refused, then done. */
int vkx_exit_worse(int a, int b);

/* "2026-11-22 12:39:47 UTC" of 20261122123947; text has room for 24. */
void vkx_time_text(uint64_t when, char text[24]);
const char *vkx_key_name(enum vkx_key_alg key);

#endif
