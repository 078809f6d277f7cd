/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/guid.h"

#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool vkx_guid_parse(const char *text, uint8_t guid_ret[16])
{
	/* Where each byte of the text goes. */
	static const uint8_t order[16] = { 3, 2, 1,  0,	 5,  4,	 7,  6,
					   8, 9, 10, 11, 12, 13, 14, 15 };
	uint8_t guid[16];
	size_t i, pos = 0;

	if (strlen(text) != 36)
		return false;
	for (i = 0; i < 16; i++) {
		int hi, lo;

		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (text[pos++] != '-')
				return false;
		hi = hex_digit(text[pos]);
		lo = hex_digit(text[pos + 1]);
		if (hi < 0 || lo < 0)
			return false;
		guid[order[i]] = (uint8_t)(hi * 16 + lo);
		pos += 2;
	}
	memcpy(guid_ret, guid, sizeof(guid));
	return true;
}
