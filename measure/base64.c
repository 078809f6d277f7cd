/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/base64.h"

#define VALID 0x40u

/* VALID and the value of each character of the alphabet; 0: not in it. */
static const uint8_t value[256] = {
	0,   0,	  0,   0,   0,	 0,   0,   0,	0,   0,	  0,   0,   0,
	0,   0,	  0,   0,   0,	 0,   0,   0,	0,   0,	  0,   0,   0,
	0,   0,	  0,   0,   0,	 0,   0,   0,	0,   0,	  0,   0,   0,
	0,   0,	  0,   0,   126, 0,   0,   0,	127, 116, 117, 118, 119,
	120, 121, 122, 123, 124, 125, 0,   0,	0,   0,	  0,   0,   0,
	64,  65,  66,  67,  68,	 69,  70,  71,	72,  73,  74,  75,  76,
	77,  78,  79,  80,  81,	 82,  83,  84,	85,  86,  87,  88,  89,
	0,   0,	  0,   0,   0,	 0,   90,  91,	92,  93,  94,  95,  96,
	97,  98,  99,  100, 101, 102, 103, 104, 105, 106, 107, 108, 109,
	110, 111, 112, 113, 114, 115, 0,   0,	0,   0,	  0,
};

/* Three bytes from four characters; clears *valid where one is not in it. */
static uint32_t group(const uint8_t *p, unsigned int *valid)
{
	unsigned int a = value[p[0]], b = value[p[1]], c = value[p[2]],
		     d = value[p[3]];

	*valid &= a & b & c & d;
	return (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);
}

static void store(uint8_t *out, uint32_t v, size_t n)
{
	out[0] = (uint8_t)(v >> 16);
	if (n > 1)
		out[1] = (uint8_t)(v >> 8);
	if (n > 2)
		out[2] = (uint8_t)v;
}

/* The last group, of n bytes: '=' stands for zeros, and what is not a byte must
 * be zero. */
static bool last_group(const uint8_t *p, size_t n, uint8_t *out)
{
	uint8_t four[4] = { p[0], p[1], n > 1 ? p[2] : 'A',
			    n > 2 ? p[3] : 'A' };
	unsigned int valid = VALID;
	uint32_t v = group(four, &valid);

	store(out, v, n);
	return valid && (n == 3 || !(v & (n == 2 ? 0xffu : 0xffffu)));
}

bool vkx_base64_decode(const char *text, size_t len, uint8_t *data,
		       size_t *size_ret)
{
	const uint8_t *p = (const uint8_t *)text;
	unsigned int valid = VALID;
	size_t i, last, pad = 0;

	if (len % 4)
		return false;
	if (!len) {
		*size_ret = 0;
		return true;
	}
	while (pad < 2 && p[len - 1 - pad] == '=')
		pad++;
	last = len / 4 - 1;
	/* In place: three bytes are written where four have been read. */
	for (i = 0; i < last; i++)
		store(data + 3 * i, group(p + 4 * i, &valid), 3);
	if (!last_group(p + 4 * last, 3 - pad, data + 3 * last) || !valid)
		return false;
	*size_ret = len / 4 * 3 - pad;
	return true;
}
