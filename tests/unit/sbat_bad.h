/* SPDX-License-Identifier: BSD-2-Clause */
/* .sbat sections that no reader may take, and where each goes wrong. */
#ifndef TEST_SBAT_BAD_H
#define TEST_SBAT_BAD_H

#include <stdint.h>

#define SBAT_FIRST "sbat,1,SBAT Version,sbat,1,url\n"

static const struct {
	const char *text;
	uint64_t offset;
} sbat_bad[] = {
	{ "", 0 },
	{ "\n", 0 },
	{ "\r\n", 0 },
	{ "shim,1,,,,\n", 0 }, /* first is not sbat */
	{ "sba,1,,,,\n", 0 },
	{ "sbatt,1,,,,\n", 0 },
	{ "SBAT,1,,,,\n", 0 },
	{ " sbat,1,,,,\n", 0 },
	{ "\xef\xbb\xbfsbat,1,,,,\n", 0 }, /* BOM */
	{ "sbat", 4 },
	{ "sbat,", 5 },
	{ "sbat,1", 6 },
	{ "sbat,1\n", 6 },
	{ "sbat,1,,,\n", 9 }, /* five columns */
	{ "sbat,1,,,,,\n", 10 }, /* seven */
	{ "sbat,,,,,\n", 5 },
	{ "sbat,0,,,,\n", 5 },
	{ "sbat,01,,,,\n", 5 },
	{ "sbat,-1,,,,\n", 5 },
	{ "sbat,+1,,,,\n", 5 },
	{ "sbat, 1,,,,\n", 5 },
	{ "sbat,1 ,,,,\n", 5 },
	{ "sbat,1a,,,,\n", 5 },
	{ "sbat,0x1,,,,\n", 5 },
	{ "sbat,1.0,,,,\n", 5 },
	{ "sbat,4294967296,,,,\n", 5 },
	{ "sbat,9999999999,,,,\n", 5 },
	{ "sbat,10000000000,,,,\n", 5 },
	{ "sbat,18446744073709551617,,,,\n", 5 },
	{ SBAT_FIRST "\n", 31 }, /* an empty line */
	{ SBAT_FIRST "a,1,,,,\n\n", 39 },
	{ SBAT_FIRST ",1,,,,\n", 31 },
	{ SBAT_FIRST "a\t,1,,,,\n", 32 },
	{ SBAT_FIRST "a,1,caf\xc3\xa9,,,\n", 38 },
	{ SBAT_FIRST "a,1,\r,,,\n", 35 }, /* CR inside */
	{ SBAT_FIRST "a,1,,,,\r", 38 }, /* CR without LF */
	{ SBAT_FIRST "a,1,,,,\r\r\n", 38 },
	{ SBAT_FIRST "a,1,,,,\x7f", 38 },
};

#endif
