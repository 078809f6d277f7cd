// SPDX-License-Identifier: BSD-2-Clause
/*
 * The four memory functions a C compiler may call. Eight bytes at a time
 * where both sides allow it: there is no MMU, so no unaligned access.
 */
#include "vkx_env.h"

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	const uint8_t *s = src;
	uint8_t *d = dst;

	if (!(((uintptr_t)d | (uintptr_t)s) & 7))
		for (; n >= 8; n -= 8, d += 8, s += 8)
			*(uint64_t *)(void *)d =
				*(const uint64_t *)(const void *)s;
	while (n--)
		*d++ = *s++;
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	const uint8_t *s = src;
	uint8_t *d = dst;

	if (d <= s)
		return memcpy(dst, src, n);
	while (n--)
		d[n] = s[n];
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	uint64_t word = (uint8_t)c * 0x0101010101010101ULL;
	uint8_t *d = dst;

	if (!((uintptr_t)d & 7))
		for (; n >= 8; n -= 8, d += 8)
			*(uint64_t *)(void *)d = word;
	while (n--)
		*d++ = (uint8_t)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	if (!(((uintptr_t)x | (uintptr_t)y) & 7))
		for (; n >= 8 && *(const uint64_t *)(const void *)x ==
					 *(const uint64_t *)(const void *)y;
		     n -= 8, x += 8, y += 8)
			;
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}
