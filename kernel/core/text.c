/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "text.h"

size_t vkx_text_len(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

bool vkx_text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

bool vkx_text_starts(const char *s, const char *prefix)
{
	while (*prefix && *s == *prefix) {
		s++;
		prefix++;
	}
	return !*prefix;
}

const char *vkx_text_find(const char *s, char c)
{
	for (; *s; s++)
		if (*s == c)
			return s;
	return NULL;
}

void vkx_text_hex(char *dst, uint64_t v)
{
	unsigned int shift = 60;

	while (shift && !(v >> shift))
		shift -= 4;
	for (;; shift -= 4) {
		*dst++ = "0123456789abcdef"[(v >> shift) & 15];
		if (!shift)
			break;
	}
	*dst = 0;
}
