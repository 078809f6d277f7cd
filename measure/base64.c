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

/* The sum of VALID in each place of a group. */
#define BIAS (VALID * ((UINT32_C(1) << 18) + (1u << 12) + (1u << 6) + 1))

/*
 * Three bytes from four characters; *valid loses its bit where one is not in
 * the alphabet. Most of the time of a decoding goes here: no branch, and VALID
 * is taken off once for all four.
 */
static inline uint32_t group(const uint8_t *p, uint32_t *valid)
{
	uint32_t a = value[p[0]], b = value[p[1]], c = value[p[2]],
		 d = value[p[3]];

	*valid &= a & b & c & d;
	return (a << 18) + (b << 12) + (c << 6) + d - BIAS;
}

/* The last group, of n bytes: '=' stands for zeros, and what is not a byte must
 * be zero. */
static bool last_group(const uint8_t *p, size_t n, uint8_t *out)
{
	uint8_t four[4] = { p[0], p[1], n > 1 ? p[2] : 'A',
			    n > 2 ? p[3] : 'A' };
	uint32_t valid = VALID;
	uint32_t v = group(four, &valid);
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = (uint8_t)(v >> (16 - 8 * i));
	return valid && (n == 3 || !(v & (n == 2 ? 0xffu : 0xffffu)));
}

bool vkx_base64_decode(const char *text, size_t len, uint8_t *data,
		       size_t *size_ret)
{
	const uint8_t *p = (const uint8_t *)text;
	uint32_t valid = VALID, v;
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
	for (i = 0; i < last; i++) {
		v = group(p + 4 * i, &valid);
		data[3 * i] = (uint8_t)(v >> 16);
		data[3 * i + 1] = (uint8_t)(v >> 8);
		data[3 * i + 2] = (uint8_t)v;
	}
	if (!last_group(p + 4 * last, 3 - pad, data + 3 * last) || !valid)
		return false;
	*size_ret = len / 4 * 3 - pad;
	return true;
}
