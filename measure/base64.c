/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/base64.h"

#include <pthread.h>

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

/*
 * What each character adds to its group of four, by its place there, with BAD
 * for one that is not in the alphabet. Most of the time of a decoding goes
 * into these look-ups, and shifts would cost as much again.
 */
#define BAD (UINT32_C(1) << 24)
static uint32_t place[4][256];
static pthread_once_t place_once = PTHREAD_ONCE_INIT;

static void make_places(void)
{
	uint32_t v;
	int i, c;

	for (c = 0; c < 256; c++) {
		v = value[c] & VALID ? value[c] - VALID : BAD;
		for (i = 0; i < 4; i++)
			place[i][c] = v & BAD ? BAD : v << (18 - 6 * i);
	}
}

/* Three bytes from four characters, and BAD where one is none of them. */
static inline uint32_t group(const uint8_t *p)
{
	return place[0][p[0]] | place[1][p[1]] | place[2][p[2]] |
	       place[3][p[3]];
}

/* The last group, of n bytes: '=' stands for zeros, and what is not a byte must
 * be zero. */
static bool last_group(const uint8_t *p, size_t n, uint8_t *out)
{
	uint8_t four[4] = { p[0], p[1], n > 1 ? p[2] : 'A',
			    n > 2 ? p[3] : 'A' };
	uint32_t v = group(four);
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = (uint8_t)(v >> (16 - 8 * i));
	return !(v & BAD) && (n == 3 || !(v & (n == 2 ? 0xffu : 0xffffu)));
}

bool vkx_base64_decode(const char *text, size_t len, uint8_t *data,
		       size_t *size_ret)
{
	const uint8_t *p = (const uint8_t *)text;
	uint32_t v, all = 0;
	size_t i, last, pad = 0;

	if (len % 4)
		return false;
	if (!len) {
		*size_ret = 0;
		return true;
	}
	pthread_once(&place_once, make_places);
	while (pad < 2 && p[len - 1 - pad] == '=')
		pad++;
	last = len / 4 - 1;
	/* In place: three bytes are written where four have been read. */
	for (i = 0; i < last; i++) {
		v = group(p + 4 * i);
		all |= v;
		data[3 * i] = (uint8_t)(v >> 16);
		data[3 * i + 1] = (uint8_t)(v >> 8);
		data[3 * i + 2] = (uint8_t)v;
	}
	if (!last_group(p + 4 * last, 3 - pad, data + 3 * last) || (all & BAD))
		return false;
	*size_ret = len / 4 * 3 - pad;
	return true;
}
