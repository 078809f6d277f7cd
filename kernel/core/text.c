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

static size_t octets(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t vkx_text_utf8(const uint8_t *p, size_t left, uint32_t *c_ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = octets(p[0]), i;
	uint32_t c;

	if (!n || n > left)
		return 0;
	c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	if (c_ret)
		*c_ret = c;
	return n;
}

bool vkx_text_is_utf8(const uint8_t *p, size_t size)
{
	size_t n;

	for (; size; p += n, size -= n) {
		n = vkx_text_utf8(p, size, NULL);
		if (!n)
			return false;
	}
	return true;
}
