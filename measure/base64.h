/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base64 of RFC 4648, section 4, read strictly: padded, without line breaks,
 * and with zeros in the bits that no byte uses, so that every value has one
 * text.
 */
#ifndef VKX_BASE64_H
#define VKX_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * False: not base64. data has room for len / 4 * 3 bytes and may be where text
 * is.
 */
bool vkx_base64_decode(const char *text, size_t len, uint8_t *data,
		       size_t *size_ret);

#endif
