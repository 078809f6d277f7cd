/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keys/guid.h"
#include "keys/name.h"

static void encodes_in_the_order_given(void **state)
{
	static const uint8_t want[] = {
		0x30, 0x2b, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55,
		0x04, 0x06, 0x13, 0x02, 'D',  'E',  0x31, 0x0d, 0x30,
		0x0b, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x04, 'A',
		',',  '\\', 'B',  0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03,
		0x55, 0x04, 0x03, 0x0c, 0x04, 'K',  0xc3, 0xa4, 'x',
	};
	struct vkx_bytes der = { 0 };
	const char *where;

	(void)state;
	assert_int_equal(
		vkx_name_parse("C=DE,O=A\\,\\\\B,CN=K\xc3\xa4x", &der, &where),
		0);
	assert_int_equal(der.len, sizeof(want));
	assert_memory_equal(der.data, want, sizeof(want));
	vkx_bytes_free(&der);
}

/* V52: whatever is typed ends as a Name or as an error that points at it. */
static void refuses(void **state)
{
	static const struct {
		const char *text;
		size_t where;
	} rows[] = {
		{ "", 0 },
		{ "x", 0 },
		{ "CN", 0 },
		{ "CN=", 0 },
		{ "=x", 0 },
		{ "O=only", 0 },
		{ "CN=a,CN=b", 5 },
		{ "CN=a,", 0 },
		{ "CN=a,X=b", 5 },
		{ "CN=a,C=DEU", 5 },
		{ "CN=a,C=D", 5 },
		{ "CN=a\nb", 0 },
		{ "CN=a,,O=b", 5 },
		{ "cn=a", 0 },
		{ "CN=a,O=b\x7f", 5 },
		{ "CN=a\xc3", 0 },
		{ "CN=\xe4", 0 },
		{ "CN=\xed\xa0\x80", 0 },
		{ "CN=a,C=de", 5 },
		{ "CN=a,C=\xc3\xa4", 5 },
		{ "CN=\\", 99 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vkx_bytes der = { 0 };
		const char *where = NULL;
		int err = vkx_name_parse(rows[i].text, &der, &where);

		/* A lone backslash at the end stands for itself. */
		if (rows[i].where == 99) {
			assert_int_equal(err, 0);
			vkx_bytes_free(&der);
			continue;
		}
		assert_int_equal(err, -VKX_ERR_FORMAT);
		assert_null(der.data);
		assert_int_equal(where - rows[i].text, rows[i].where);
	}
}

static void limits_length(void **state)
{
	char text[2 * VKX_MAX_NAME] = "CN=";
	struct vkx_bytes der = { 0 };
	const char *where;
	size_t len;

	(void)state;
	for (len = 4; len < sizeof(text); len++) {
		int err;

		text[len - 1] = 'a';
		err = vkx_name_parse(text, &der, &where);
		assert_int_equal(err, len < VKX_MAX_NAME ? 0 : -VKX_ERR_LIMIT);
		vkx_bytes_free(&der);
	}
}

static void guid_as_efi_stores_it(void **state)
{
	static const uint8_t want[16] = { 0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93,
					  0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0,
					  0x98, 0x03, 0x2b, 0x8c };
	static const char *const bad[] = {
		"",
		"8be4df61",
		"8be4df61-93ca-11d2-aa0d-00e098032b8",
		"8be4df61-93ca-11d2-aa0d-00e098032b8cc",
		"8be4df61 93ca-11d2-aa0d-00e098032b8c",
		"8be4df6g-93ca-11d2-aa0d-00e098032b8c",
	};
	uint8_t guid[16];
	size_t i;

	(void)state;
	assert_true(
		vkx_guid_parse("8BE4DF61-93ca-11d2-aa0d-00e098032b8c", guid));
	assert_memory_equal(guid, want, 16);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(vkx_guid_parse(bad[i], guid));
	assert_true(vkx_guid_parse(VKX_GUID_OWNER, guid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_in_the_order_given),
		cmocka_unit_test(refuses),
		cmocka_unit_test(limits_length),
		cmocka_unit_test(guid_as_efi_stores_it),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
