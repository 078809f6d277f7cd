/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NUL-terminated strings in places without a C library. The caller knows that
 * a NUL is there: a checked device tree, a literal. Bytes only, no locale; and
 * what is UTF-8.
 */
#ifndef VKX_TEXT_H
#define VKX_TEXT_H

#include "vkx_env.h"

size_t vkx_text_len(const char *s);
bool vkx_text_equal(const char *a, const char *b);
bool vkx_text_starts(const char *s, const char *prefix);
/* The first c, or NULL. */
const char *vkx_text_find(const char *s, char c);
/* Lower-case hex without leading zeros; dst has room for 17 bytes. */
void vkx_text_hex(char *dst, uint64_t v);

/*
 * The character at p, RFC 3629: the shortest form, no surrogate, nothing beyond
 * U+10FFFF. Returns its octets, 0 if there is none; left is not 0. *c_ret (may
 * be NULL) is its code point.
 */
size_t vkx_text_utf8(const uint8_t *p, size_t left, uint32_t *c_ret);
/* True if all of it is such characters. */
bool vkx_text_is_utf8(const uint8_t *p, size_t size);

#endif
