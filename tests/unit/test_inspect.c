/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of a file before anything of it is trusted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cursor.h"
#include "tests/unit/uki_fixture.h"
#include "verify/inspect.h"

static char *told;

static int inspect_in(struct vkx_infile *in, bool json, struct vkx_fault *fault)
{
	size_t size;
	FILE *out;
	int err;

	free(told);
	told = NULL;
	out = open_memstream(&told, &size);
	err = vkx_inspect("name", in, out, json, fault);
	vkx_infile_close(in);
	fclose(out);
	return err;
}

static int inspect(const uint8_t *file, size_t len, bool json,
		   struct vkx_fault *fault)
{
	struct vkx_infile in;

	vkx_infile_memory(&in, file, len);
	return inspect_in(&in, json, fault);
}

/* The same through a descriptor, where a read beyond the end is an error. */
static int inspect_file(const uint8_t *file, size_t len,
			struct vkx_fault *fault)
{
	struct vkx_infile in;
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(fwrite(file, 1, len, f), len);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(vkx_infile_fd(&in, dup(fileno(f))), 0);
	fclose(f);
	return inspect_in(&in, false, fault);
}

/* The section header of this name. */
static uint8_t *header_of(uint8_t *file, const char *name)
{
	uint8_t *p = file + UKI_AT_TABLE;

	while (strncmp((const char *)p, name, 8) != 0)
		p += 40;
	return p;
}

static void sections_are_told(void **state)
{
	static struct uki_fixture fixture;
	struct vkx_fault fault = { 0 };
	uint8_t *file;
	size_t len;

	(void)state;
	uki_fixture_default(&fixture);
	file = uki_fixture_build(&fixture, &len);
	assert_int_equal(inspect(file, len, false, &fault), 0);
	assert_non_null(strstr(told, ".cmdline"));
	assert_int_equal(inspect(file, len, true, &fault), 0);
	assert_non_null(strstr(told, "\".linux\""));
	assert_int_equal(inspect(file, 100, false, &fault), -VKX_ERR_FORMAT);
	assert_int_not_equal(fault.rule, VKX_RULE_NONE);
	free(file);
}

/* A section of no bytes may say that they stand anywhere. */
static void nothing_beyond_the_end(void **state)
{
	static const char *const names[] = { ".cmdline", ".osrel", ".linux",
					     ".dtb", ".uname" };
	static struct uki_fixture fixture;
	struct vkx_fault fault = { 0 };
	uint8_t *file, *header;
	size_t len, i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uki_fixture_default(&fixture);
		file = uki_fixture_build(&fixture, &len);
		header = header_of(file, names[i]);
		vkx_put_le32(header + UKI_SECTION_RAWSIZE, 0);
		vkx_put_le32(header + UKI_SECTION_RAWOFF, 0x7ffffe00);
		assert_int_equal(inspect(file, len, false, &fault), 0);
		assert_non_null(strstr(told, names[i]));
		vkx_put_le32(header + UKI_SECTION_RAWOFF, 0xfffffff0);
		assert_int_equal(inspect_file(file, len, &fault), 0);
		assert_non_null(strstr(told, names[i]));
		free(file);
	}
}

static int free_told(void **state)
{
	(void)state;
	free(told);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_are_told),
		cmocka_unit_test(nothing_beyond_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, free_told);
}
