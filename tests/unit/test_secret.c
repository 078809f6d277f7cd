/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keys/bytes.h"
#include "keys/outfile.h"
#include "keys/secret.h"

static char path[] = "/tmp/vkx-secret-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* V118: one line, with or without its end; nothing else is a secret. */
static void file_gives_its_first_line(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		int err;
		const char *want;
	} rows[] = {
		{ "abc", 3, 0, "abc" },
		{ "abc\n", 4, 0, "abc" },
		{ "abc\r\n", 5, 0, "abc" },
		{ "abc\nsecond\n", 11, 0, "abc" },
		{ " a b ", 5, 0, " a b " },
		{ "", 0, -VKX_ERR_FORMAT, NULL },
		{ "\n", 1, -VKX_ERR_FORMAT, NULL },
		{ "\r\n", 2, -VKX_ERR_FORMAT, NULL },
		{ "a\0b\n", 4, -VKX_ERR_FORMAT, NULL },
	};
	struct vkx_secret secret;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(vkx_outfile_put(path, VKX_OUTFILE_SECRET,
						 rows[i].text, rows[i].len),
				 0);
		memset(&secret, 0, sizeof(secret));
		assert_int_equal(vkx_secret_from_file(path, &secret),
				 rows[i].err);
		if (rows[i].err) {
			assert_int_equal(secret.len, 0);
			continue;
		}
		assert_string_equal(secret.text, rows[i].want);
		assert_int_equal(secret.len, strlen(rows[i].want));
	}
	assert_int_equal(vkx_secret_from_file("/nonexistent/x", &secret),
			 -VKX_ERR_IO);
	assert_int_equal(errno, ENOENT);
}

static void file_of_any_length(void **state)
{
	static const size_t lengths[] = { 1, VKX_SECRET_MAX, VKX_SECRET_MAX + 1,
					  8 * VKX_SECRET_MAX };
	char text[8 * VKX_SECRET_MAX];
	struct vkx_secret secret;
	size_t i;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_int_equal(vkx_outfile_put(path, VKX_OUTFILE_SECRET, text,
						 lengths[i]),
				 0);
		assert_int_equal(vkx_secret_from_file(path, &secret),
				 lengths[i] <= VKX_SECRET_MAX ? 0 :
								-VKX_ERR_LIMIT);
	}
}

static void variable_is_taken_away(void **state)
{
	struct vkx_secret secret;
	char *value;

	(void)state;
	assert_int_equal(setenv("VKX_TEST_SECRET", "from env", 1), 0);
	value = getenv("VKX_TEST_SECRET");
	assert_int_equal(vkx_secret_from_env("VKX_TEST_SECRET", &secret), 0);
	assert_string_equal(secret.text, "from env");
	assert_null(getenv("VKX_TEST_SECRET"));
	/* Wiped where it stood: /proc/PID/environ shows that memory. */
	assert_int_equal(value[0], 0);
	assert_int_equal(value[4], 0);
	assert_int_equal(vkx_secret_from_env("VKX_TEST_SECRET", &secret),
			 -VKX_ERR_NOTFOUND);
	assert_int_equal(setenv("VKX_TEST_SECRET", "", 1), 0);
	assert_int_equal(vkx_secret_from_env("VKX_TEST_SECRET", &secret),
			 -VKX_ERR_FORMAT);
}

static void wipe_leaves_nothing(void **state)
{
	struct vkx_secret secret;
	uint8_t zero[sizeof(secret)] = { 0 };

	(void)state;
	memset(&secret, 0x5a, sizeof(secret));
	vkx_secret_wipe(&secret);
	assert_memory_equal(&secret, zero, sizeof(zero));
}

static void bytes_read_whole_or_not(void **state)
{
	struct vkx_bytes b = { 0 };
	char text[9000];

	(void)state;
	memset(text, 'y', sizeof(text));
	assert_int_equal(
		vkx_outfile_put(path, VKX_OUTFILE_PUBLIC, text, sizeof(text)),
		0);
	assert_int_equal(vkx_bytes_read(path, sizeof(text), &b), 0);
	assert_int_equal(b.len, sizeof(text));
	assert_memory_equal(b.data, text, sizeof(text));
	assert_int_equal(b.data[b.len], 0);
	vkx_bytes_free(&b);
	vkx_bytes_free(&b);
	assert_int_equal(vkx_bytes_read(path, sizeof(text) - 1, &b),
			 -VKX_ERR_LIMIT);
	assert_null(b.data);
	assert_int_equal(vkx_bytes_read("/", 10, &b), -VKX_ERR_IO);
	assert_int_equal(errno, EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_gives_its_first_line),
		cmocka_unit_test(file_of_any_length),
		cmocka_unit_test(variable_is_taken_away),
		cmocka_unit_test(wipe_leaves_nothing),
		cmocka_unit_test(bytes_read_whole_or_not),
	};

	return cmocka_run_group_tests_name("secret", tests, make_file,
					   remove_file);
}
