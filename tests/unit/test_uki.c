/* SPDX-License-Identifier: BSD-2-Clause */
/* Which section is which component, and what each must look like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "tests/unit/uki_fixture.h"
#include "uki.h"

static struct uki_fixture fixture;
static struct vkx_uki uki;
static struct vkx_fault fault;

static int parse(const uint8_t *file, size_t len)
{
	size_t hdr = len < VKX_MAX_HEADERS ? len : VKX_MAX_HEADERS;

	fault.rule = VKX_RULE_NONE;
	return vkx_uki_parse(file, hdr, len, &uki, &fault);
}

static int parse_fixture(void)
{
	size_t len;
	uint8_t *file = uki_fixture_build(&fixture, &len);
	int err = parse(file, len);

	free(file);
	return err;
}

static void expect(enum vkx_rule rule, uint64_t offset)
{
	assert_int_equal(parse_fixture(), -VKX_ERR_FORMAT);
	assert_string_equal(vkx_rule_id(fault.rule), vkx_rule_id(rule));
	assert_int_equal(fault.offset, offset);
}

static void the_default_fixture_passes(void **state)
{
	(void)state;
	uki_fixture_default(&fixture);
	assert_int_equal(parse_fixture(), 0);
	assert_int_equal(uki.part[VKX_PART_LINUX].size, 1500);
	assert_int_equal(uki.part[VKX_PART_LINUX].rawsize, 1536);
	assert_false(uki.part[VKX_PART_DTBAUTO].present);
	assert_int_equal(uki.nr_dtbauto, 0);
}

/* V20 */
static void every_second_section_is_refused(void **state)
{
	static const char *const names[] = { ".linux", ".initrd", ".cmdline",
					     ".dtb",   ".sbat",	  ".osrel",
					     ".uname", ".text" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uki_fixture_default(&fixture);
		uki_fixture_add(&fixture, names[i], "x", 1);
		expect(VKX_RULE_UKI_DUPLICATE, UKI_AT_TABLE + 40 * 8);
	}
}

/* V21 */
static void required_sections_are_required(void **state)
{
	(void)state;
	uki_fixture_default(&fixture);
	uki_fixture_remove(&fixture, ".linux");
	expect(VKX_RULE_UKI_NO_LINUX, UKI_AT_TABLE);
	uki_fixture_default(&fixture);
	uki_fixture_remove(&fixture, ".cmdline");
	expect(VKX_RULE_UKI_NO_CMDLINE, UKI_AT_TABLE);
	uki_fixture_default(&fixture);
	uki_fixture_remove(&fixture, ".sbat");
	expect(VKX_RULE_UKI_NO_SBAT, UKI_AT_TABLE);
}

static void pieces_tile_the_file(void **state)
{
	struct vkx_uki_piece pieces[VKX_UKI_MAX_PIECES];
	uint8_t *file;
	uint64_t pos = 0;
	size_t len, count, i;

	(void)state;
	uki_fixture_default(&fixture);
	file = uki_fixture_build(&fixture, &len);
	file = uki_fixture_sign(file, &len, "\x30\x03\x02\x01\x00", 5);
	assert_int_equal(parse(file, len), 0);
	assert_int_equal(
		vkx_uki_pieces(&uki, pieces, VKX_UKI_MAX_PIECES, &count), 0);
	for (i = 0; i < count; i++) {
		assert_int_equal(pieces[i].offset, pos);
		pos += pieces[i].size;
	}
	assert_int_equal(pos, len);
	assert_int_equal(vkx_uki_pieces(&uki, pieces, count - 1, &count),
			 -VKX_ERR_SPACE);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_fixture_passes),
		cmocka_unit_test(every_second_section_is_refused),
		cmocka_unit_test(required_sections_are_required),
		cmocka_unit_test(pieces_tile_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
