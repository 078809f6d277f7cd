/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

/* RFC 3629: each first and last character of a length, and what lies beside. */
static void utf8_characters(void **state)
{
	static const struct {
		const char *bytes;
		size_t octets;
		uint32_t c;
	} rows[] = {
		{ "\x7f", 1, 0x7f },
		{ "\x80", 0, 0 },
		{ "\xbf", 0, 0 },
		{ "\xbf\xbf", 0, 0 },
		{ "\xc1\xbf", 0, 0 },
		{ "\xc2\x80", 2, 0x80 },
		{ "\xdf\xbf", 2, 0x7ff },
		{ "\xdf\x7f", 0, 0 },
		{ "\xdf\xc0", 0, 0 },
		{ "\xe0\x9f\xbf", 0, 0 },
		{ "\xe0\xa0\x80", 3, 0x800 },
		{ "\xed\x9f\xbf", 3, 0xd7ff },
		{ "\xed\xa0\x80", 0, 0 },
		{ "\xed\xbf\xbf", 0, 0 },
		{ "\xee\x80\x80", 3, 0xe000 },
		{ "\xef\xbf\xbf", 3, 0xffff },
		{ "\xf0\x8f\xbf\xbf", 0, 0 },
		{ "\xf0\x90\x80\x80", 4, 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "\xf4\x90\x80\x80", 0, 0 },
		{ "\xf7\xbf\xbf\xbf", 0, 0 },
		{ "\xf8\x88\x80\x80\x80", 0, 0 },
		{ "\xfc\x90\x80\x80", 0, 0 },
		{ "\xff", 0, 0 },
	};
	size_t i, left;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint8_t *p = (const uint8_t *)rows[i].bytes;
		size_t size = strlen(rows[i].bytes);
		uint32_t c = 0;

		assert_int_equal(vkx_text_utf8(p, size, &c), rows[i].octets);
		assert_int_equal(c, rows[i].c);
		assert_int_equal(vkx_text_is_utf8(p, size), rows[i].octets > 0);
		for (left = 1; left < rows[i].octets; left++)
			assert_int_equal(vkx_text_utf8(p, left, NULL), 0);
	}
}

static void utf8_text(void **state)
{
	static const uint8_t text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91z";

	(void)state;
	assert_true(vkx_text_is_utf8(text, 0));
	assert_true(vkx_text_is_utf8(text, sizeof(text) - 1));
	assert_false(vkx_text_is_utf8(text, 2));
	assert_false(vkx_text_is_utf8(text, 5));
	assert_false(vkx_text_is_utf8(text, 9));
	assert_false(vkx_text_is_utf8(text + 2, 1));
	assert_true(vkx_text_is_utf8((const uint8_t *)"\0b", 2));
}

static void strings(void **state)
{
	char hex[17];

	(void)state;
	assert_int_equal(vkx_text_len(""), 0);
	assert_int_equal(vkx_text_len("abc"), 3);
	assert_true(vkx_text_equal("ab", "ab"));
	assert_false(vkx_text_equal("ab", "abc"));
	assert_false(vkx_text_equal("abc", "ab"));
	assert_false(vkx_text_equal("ab", "ac"));
	assert_true(vkx_text_starts("abc", "ab"));
	assert_true(vkx_text_starts("abc", ""));
	assert_false(vkx_text_starts("ab", "abc"));
	assert_string_equal(vkx_text_find("memory@80", '@'), "@80");
	assert_null(vkx_text_find("memory", '@'));
	vkx_text_hex(hex, 0);
	assert_string_equal(hex, "0");
	vkx_text_hex(hex, 0x40000000);
	assert_string_equal(hex, "40000000");
	vkx_text_hex(hex, UINT64_MAX);
	assert_string_equal(hex, "ffffffffffffffff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_characters),
		cmocka_unit_test(utf8_text),
		cmocka_unit_test(strings),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
