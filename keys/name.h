/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Distinguished names as an operator types them. mbedtls has a parser for such
 * strings that its later releases had to mend (CVE-2025-47917); ours reads six
 * attribute types and nothing more.
 */
#ifndef VKX_NAME_H
#define VKX_NAME_H

#include "keys/bytes.h"

#define VKX_MAX_NAME 512u

/*
 * "CN=...,O=...,OU=...,L=...,ST=...,C=..", in this or any order, backslash
 * before a comma or backslash inside a value. Writes an X.501 Name (DER) in the
 * order given. -VKX_ERR_FORMAT with *where_ret at the text that is wrong (no
 * attribute type known here, empty or repeated value, control character, no
 * CN, C not two letters); -VKX_ERR_LIMIT: longer than VKX_MAX_NAME.
 */
VKX_MUST_USE int vkx_name_parse(const char *text, struct vkx_bytes *der_ret,
				const char **where_ret);

#endif
