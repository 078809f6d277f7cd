/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that two programs must make alike, one on the host and one on
 * arm64: a byte is the top byte of the next state of a 64-bit LCG.
 */
#ifndef TESTS_STUB_MESSAGE_H
#define TESTS_STUB_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

static inline void message_fill(uint8_t *buf, size_t len, uint64_t seed)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ULL + 1;
	size_t i;

	for (i = 0; i < len; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		buf[i] = (uint8_t)(x >> 56);
	}
}

#endif
