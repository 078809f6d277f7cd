/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines against a table: what is stored, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <getopt.h>

#include "keys/cli.h"
#include "keys/options.h"

struct got {
	const char *key, *output;
	bool force;
	int number, sum;
	struct vkx_words with;
};

static bool take_number(const char *value, void *number)
{
	*(int *)number = value[0] - '0';
	return value[0] >= '1' && value[0] <= '9' && !value[1];
}

static bool add_number(const char *value, void *sum)
{
	*(int *)sum += value[0] - '0';
	return value[0] >= '1' && value[0] <= '9' && !value[1];
}

/* Runs one line, words parted by blanks. */
static int read_line(const char *line, size_t min, size_t max, struct got *got)
{
	const struct vkx_option table[] = {
		{ .name = "key", .needed = true, .value = &got->key },
		{ .name = "output", .letter = 'o', .value = &got->output },
		{ .name = "force", .letter = 'f', .flag = &got->force },
		{ .name = "number",
		  .take = take_number,
		  .arg = &got->number,
		  .form = "a digit" },
		{ .name = "with", .letter = 'w', .words = &got->with },
		{ .name = "add",
		  .repeats = true,
		  .take = add_number,
		  .arg = &got->sum,
		  .form = "a digit" },
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "do",
		.help = "",
		.options = table,
		.operand = "file",
		.min = min,
		.max = max,
	};
	static char text[2048];
	static char name[] = "do";
	char *argv[2 * VKX_MAX_WORDS] = { name }, *word;
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	for (word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	memset(got, 0, sizeof(*got));
	optind = 0;
	return vkx_options_read(&command, argc, argv);
}

static void what_is_stored(void **state)
{
	struct got got;

	(void)state;
	assert_int_equal(read_line("--key a", 0, 0, &got), 0);
	assert_string_equal(got.key, "a");
	assert_null(got.output);
	assert_false(got.force);
	assert_int_equal(
		read_line("x --key=a -fo out --number 7 y", 2, 2, &got), 0);
	assert_string_equal(got.output, "out");
	assert_true(got.force);
	assert_int_equal(got.number, 7);
	assert_int_equal(optind, 6);
	/* Behind "--" nothing is an option. */
	assert_int_equal(read_line("--key a -- --force", 1, 1, &got), 0);
	assert_false(got.force);
	/* An abbreviation that is clear, and a value that looks like one. */
	assert_int_equal(read_line("--ke --forces", 0, 0, &got), 0);
	assert_string_equal(got.key, "--forces");
	assert_int_equal(read_line("--key=--force", 0, 0, &got), 0);
	assert_string_equal(got.key, "--force");
	assert_int_equal(read_line("--help", 1, 1, &got), -1);
	assert_int_equal(read_line("-h", 1, 1, &got), -1);
}

/* In their order, between others, and not for ever. */
static void what_may_repeat(void **state)
{
	char line[2048] = "--key a";
	struct got got;
	unsigned int i;

	(void)state;
	assert_int_equal(read_line("--key a --force", 0, 0, &got), 0);
	assert_int_equal(got.with.count, 0);
	assert_int_equal(
		read_line("--with a --key k -w b x --with=c", 1, 1, &got), 0);
	assert_int_equal(got.with.count, 3);
	assert_string_equal(got.with.at[0], "a");
	assert_string_equal(got.with.at[1], "b");
	assert_string_equal(got.with.at[2], "c");
	assert_string_equal(got.key, "k");
	assert_int_equal(read_line("--add 1 --key a --add 4", 0, 0, &got), 0);
	assert_int_equal(got.sum, 5);
	assert_int_equal(read_line("--add 1 --key a --add x", 0, 0, &got),
			 VKX_EXIT_USAGE);
	for (i = 0; i <= VKX_MAX_WORDS; i++) {
		assert_int_equal(read_line(line, 0, 0, &got), 0);
		assert_int_equal(got.with.count, i);
		strcat(line, " -ww");
	}
	assert_int_equal(read_line(line, 0, 0, &got), VKX_EXIT_USAGE);
}

static void what_is_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"--output a",
		"--key",
		"--key a --key b",
		"--key a --key a",
		"--key a -f --force",
		"--key a --force=yes",
		"--key a --number 0",
		"--key a --number 12",
		"--key a --number 1 --number 1",
		"--key --force",
		"--key a -o --help",
		"--key a --none",
		"--key a -x",
		"--key a -o",
		"--key a b",
		"--key a --help=b",
		"--key a --with",
		"--key a --with --force",
	};
	struct got got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(read_line(lines[i], 0, 0, &got),
				 VKX_EXIT_USAGE);
	assert_int_equal(read_line("--key a", 1, 2, &got), VKX_EXIT_USAGE);
	assert_int_equal(read_line("--key a b", 1, 2, &got), 0);
	assert_int_equal(read_line("--key a b c", 1, 2, &got), 0);
	assert_int_equal(read_line("--key a b c d", 1, 2, &got),
			 VKX_EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_stored),
		cmocka_unit_test(what_may_repeat),
		cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
