/* SPDX-License-Identifier: BSD-2-Clause */
/* A verification's outcome in words for people and in JSON for scripts. */
#ifndef VKX_VERIFY_REPORT_H
#define VKX_VERIFY_REPORT_H

#include <json-c/json.h>
#include <stdio.h>

#include "verify/verify.h"

/* Several lines, the first one "FILE: accepted" or "FILE: refused: ...". */
void vkx_report_text(FILE *out, const char *file,
		     const struct vkx_verify_params *params,
		     const struct vkx_verified *v);
/* One object; NULL without memory. The caller puts it. */
struct json_object *vkx_report_json(const char *file,
				    const struct vkx_verify_params *params,
				    const struct vkx_verified *v);

/* "2026-11-22 12:39:47 UTC" of 20261122123947; text has room for 24. */
void vkx_time_text(uint64_t when, char text[24]);
/* Text that came from a file, escaped so that it is valid UTF-8. */
struct json_object *vkx_json_text(const void *text, size_t len);
struct json_object *vkx_json_hex(const void *bytes, size_t len);
const char *vkx_key_name(enum vkx_key_alg key);

#endif
