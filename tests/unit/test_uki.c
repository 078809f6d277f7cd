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

static void forbidden_sections(void **state)
{
	static const char *const names[] = { ".profile", ".ucode", ".efifw" };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		uki_fixture_default(&fixture);
		uki_fixture_add(&fixture, names[i], "x", 1);
		expect(VKX_RULE_UKI_FORBIDDEN, UKI_AT_TABLE + 40 * 8);
	}
}

static void carried_sections(void **state)
{
	static const char *const names[] = { ".splash",	 ".hwids",   ".pcrsig",
					     ".pcrpkey", ".sdmagic", ".reloc" };
	size_t i;

	(void)state;
	uki_fixture_default(&fixture);
	for (i = 0; i < 6; i++)
		uki_fixture_add(&fixture, names[i], "content", 7);
	assert_int_equal(parse_fixture(), 0);
	assert_int_equal(uki.part[VKX_PART_SPLASH].size, 7);
	assert_int_equal(uki.part[VKX_PART_HWIDS].size, 7);
	assert_int_equal(uki.part[VKX_PART_PCRSIG].size, 7);
	assert_int_equal(uki.part[VKX_PART_PCRPKEY].size, 7);
}

/* V21: an initrd that is not there is not there; nothing stands in for it. */
static void optional_sections_are_optional(void **state)
{
	static const struct vkx_uki_part absent;
	size_t i;

	(void)state;
	uki_fixture_default(&fixture);
	uki_fixture_remove(&fixture, ".initrd");
	uki_fixture_remove(&fixture, ".dtb");
	uki_fixture_remove(&fixture, ".osrel");
	uki_fixture_remove(&fixture, ".uname");
	assert_int_equal(parse_fixture(), 0);
	for (i = 0; i < VKX_PART_NR; i++)
		if (i != VKX_PART_LINUX && i != VKX_PART_CMDLINE &&
		    i != VKX_PART_SBAT)
			assert_memory_equal(&uki.part[i], &absent,
					    sizeof(absent));
}

/* V22 */
static void virtual_sizes(void **state)
{
	static const char *const parts[] = { ".linux", ".initrd", ".cmdline",
					     ".sbat",  ".dtb",	  ".osrel" };
	struct uki_fixture_section *s;
	uint64_t at;
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		uki_fixture_default(&fixture);
		s = uki_fixture_find(&fixture, parts[i]);
		at = UKI_AT_TABLE + 40 * (uint64_t)(s - fixture.sections) + 8;
		s->set_vsize = true;
		s->vsize = (uint32_t)(s->size + 511) / 512 * 512;
		assert_int_equal(parse_fixture(), 0);
		s->vsize++;
		expect(VKX_RULE_UKI_VIRTUAL_SIZE, at);
		s->vsize = 0;
		expect(VKX_RULE_UKI_VIRTUAL_SIZE, at);
		s->vsize = 1;
		assert_int_equal(parse_fixture(), 0);
	}
	/* The stub's own sections may be larger in memory, but not nothing. */
	uki_fixture_default(&fixture);
	s = uki_fixture_find(&fixture, ".text");
	s->set_vsize = true;
	s->vsize = 100000;
	assert_int_equal(parse_fixture(), 0);
	s->vsize = 0;
	expect(VKX_RULE_UKI_VIRTUAL_SIZE, UKI_AT_TABLE + 8);
}

/* V21: an empty .cmdline or .initrd is there, empty, and at no place. */
static void empty_components(void **state)
{
	(void)state;
	uki_fixture_default(&fixture);
	uki_fixture_find(&fixture, ".cmdline")->size = 0;
	uki_fixture_find(&fixture, ".initrd")->size = 0;
	assert_int_equal(parse_fixture(), 0);
	assert_true(uki.part[VKX_PART_CMDLINE].present);
	assert_int_equal(uki.part[VKX_PART_CMDLINE].size, 0);
	assert_int_equal(uki.part[VKX_PART_CMDLINE].offset, 0);
	assert_true(uki.part[VKX_PART_INITRD].present);
	assert_int_equal(uki.part[VKX_PART_INITRD].size, 0);
}

static void expect_limit(const char *name, size_t limit, enum vkx_rule rule)
{
	struct uki_fixture_section *s;
	uint8_t *bytes = calloc(1, limit + 1);

	uki_fixture_default(&fixture);
	s = uki_fixture_find(&fixture, name);
	s->data = bytes;
	s->size = limit;
	assert_int_equal(parse_fixture(), 0);
	s->size = limit + 1;
	expect(rule, UKI_AT_TABLE + 40 * (uint64_t)(s - fixture.sections) + 8);
	free(bytes);
}

/* V25 V119 */
static void component_limits(void **state)
{
	(void)state;
	expect_limit(".cmdline", VKX_MAX_CMDLINE - 1,
		     VKX_RULE_UKI_CMDLINE_LENGTH);
	expect_limit(".sbat", VKX_MAX_SBAT, VKX_RULE_UKI_PART_SIZE);
	expect_limit(".dtb", VKX_MAX_FDT, VKX_RULE_UKI_PART_SIZE);
}

static void many_dtbauto(void **state)
{
	size_t i;

	(void)state;
	uki_fixture_default(&fixture);
	for (i = 0; i < VKX_MAX_DTBAUTO; i++)
		uki_fixture_add(&fixture, ".dtbauto", "abcdefgh", 1 + i % 8);
	assert_int_equal(parse_fixture(), 0);
	assert_int_equal(uki.nr_dtbauto, VKX_MAX_DTBAUTO);
	for (i = 0; i < VKX_MAX_DTBAUTO; i++) {
		assert_int_equal(uki.dtbauto[i].size, 1 + i % 8);
		assert_int_equal(uki.dtbauto[i].section, 8 + i);
	}
	assert_memory_equal(&uki.part[VKX_PART_DTBAUTO], &uki.dtbauto[0],
			    sizeof(uki.dtbauto[0]));
	uki_fixture_add(&fixture, ".dtbauto", "a", 1);
	expect(VKX_RULE_UKI_DTBAUTO_COUNT,
	       UKI_AT_TABLE + 40 * (8 + VKX_MAX_DTBAUTO));
}

/* V23 V24 */
static void names_that_look_like_ours(void **state)
{
	static const struct {
		const char *name;
		enum vkx_rule rule;
	} cases[] = {
		{ ".cmdlin", VKX_RULE_UKI_NO_CMDLINE },
		{ ".CMDLINE", VKX_RULE_UKI_NO_CMDLINE },
		{ "cmdline", VKX_RULE_UKI_NO_CMDLINE },
		{ ".cmdlinf", VKX_RULE_UKI_NO_CMDLINE },
	};
	struct uki_fixture_section *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uki_fixture_default(&fixture);
		uki_fixture_find(&fixture, ".cmdline")->name = cases[i].name;
		expect(cases[i].rule, UKI_AT_TABLE);
	}
	uki_fixture_default(&fixture);
	s = uki_fixture_find(&fixture, ".cmdline");
	s->name = "/4";
	expect(VKX_RULE_PE_SECTION_NAME,
	       UKI_AT_TABLE + 40 * (uint64_t)(s - fixture.sections));
}

static void part_names(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < VKX_PART_NR; i++)
		assert_non_null(vkx_uki_part_name((enum vkx_uki_part_id)i));
	assert_null(vkx_uki_part_name(VKX_PART_NR));
	assert_null(vkx_uki_part_name((enum vkx_uki_part_id) - 1));
	assert_string_equal(vkx_uki_part_name(VKX_PART_LINUX), ".linux");
	assert_string_equal(vkx_uki_part_name(VKX_PART_EFIFW), ".efifw");
}

/* Every byte of the file has one piece, and pieces and ranges agree. */
static void check_pieces(const uint8_t *file, size_t len)
{
	struct vkx_uki_piece pieces[VKX_UKI_MAX_PIECES];
	struct vkx_range ranges[VKX_PE_MAX_RANGES];
	size_t count, n, i, r = 0;
	uint64_t pos = 0, in = 0;
	uint32_t pad;

	assert_int_equal(parse(file, len), 0);
	assert_int_equal(
		vkx_uki_pieces(&uki, pieces, VKX_UKI_MAX_PIECES, &count), 0);
	assert_int_equal(vkx_pe_hash_ranges(&uki.pe, ranges, VKX_PE_MAX_RANGES,
					    &n, &pad),
			 0);
	assert_int_equal(pad, 0);
	for (i = 0; i < count; i++) {
		assert_int_equal(pieces[i].offset, pos);
		assert_true(pieces[i].size > 0);
		pos += pieces[i].size;
		/* V12: what is used is hashed. */
		if (pieces[i].part >= 0 || pieces[i].zero)
			assert_true(pieces[i].hashed);
		if (!pieces[i].hashed)
			continue;
		assert_int_equal(pieces[i].offset, ranges[r].offset + in);
		in += pieces[i].size;
		assert_true(in <= ranges[r].size);
		if (in == ranges[r].size) {
			r++;
			in = 0;
		}
	}
	assert_int_equal(r, n);
	assert_int_equal(pos, len);
	assert_int_equal(vkx_uki_pieces(&uki, pieces, count - 1, &count),
			 -VKX_ERR_SPACE);
	/* A parse result that no parse gives. */
	uki.pe.file_size++;
	assert_int_equal(
		vkx_uki_pieces(&uki, pieces, VKX_UKI_MAX_PIECES, &count),
		-VKX_ERR_BUG);
}

/* V12 */
static void pieces_tile_the_file(void **state)
{
	uint8_t *file;
	size_t len, i;

	(void)state;
	uki_fixture_default(&fixture);
	uki_fixture_find(&fixture, ".initrd")->size = 0;
	for (i = 0; i < 5; i++)
		uki_fixture_add(&fixture, ".dtbauto", "abcdefgh", i);
	uki_fixture_add(&fixture, ".tail", "abcdefgh", 8);
	file = uki_fixture_build(&fixture, &len);
	check_pieces(file, len);
	file = uki_fixture_sign(file, &len, "\x30\x03\x02\x01\x00", 5);
	check_pieces(file, len);
	file = uki_fixture_sign(file, &len, "\x30\x01\x05", 3);
	check_pieces(file, len);
	free(file);
	/* Without a certificate directory one mutable field is left. */
	uki_fixture_default(&fixture);
	fixture.nr_dirs = 4;
	file = uki_fixture_build(&fixture, &len);
	check_pieces(file, len);
	free(file);
	/* The most pieces a file can have: two per section and the frame. */
	uki_fixture_default(&fixture);
	for (i = 0; i < VKX_MAX_DTBAUTO; i++)
		uki_fixture_add(&fixture, ".dtbauto", "a", 1);
	file = uki_fixture_build(&fixture, &len);
	file = uki_fixture_sign(file, &len, "\x30\x03\x02\x01\x00", 5);
	check_pieces(file, len);
	free(file);
}

/* A piece names the component that the parse names, dtbauto by dtbauto. */
static void pieces_name_components(void **state)
{
	struct vkx_uki_piece pieces[VKX_UKI_MAX_PIECES];
	size_t count, i, seen = 0;
	uint8_t *file;
	size_t len;

	(void)state;
	uki_fixture_default(&fixture);
	uki_fixture_add(&fixture, ".dtbauto", "a", 1);
	uki_fixture_add(&fixture, ".dtbauto", "", 0);
	uki_fixture_add(&fixture, ".dtbauto", "abc", 3);
	file = uki_fixture_build(&fixture, &len);
	assert_int_equal(parse(file, len), 0);
	assert_int_equal(
		vkx_uki_pieces(&uki, pieces, VKX_UKI_MAX_PIECES, &count), 0);
	for (i = 0; i < count; i++) {
		const struct vkx_uki_part *part;

		if (pieces[i].part < 0)
			continue;
		part = pieces[i].part == VKX_PART_DTBAUTO ?
			       &uki.dtbauto[pieces[i].dtbauto] :
			       &uki.part[pieces[i].part];
		assert_int_equal(part->offset, pieces[i].offset);
		assert_int_equal(part->size, pieces[i].size);
		seen++;
	}
	assert_int_equal(seen, 7 + 2);
	free(file);
}

static bool probe_fixture(void)
{
	size_t len;
	uint8_t *file = uki_fixture_build(&fixture, &len);
	uint8_t *copy = guard_copy(file, len);
	bool is = vkx_uki_probe(copy, len, len);

	guard_free(copy, len);
	free(file);
	return is;
}

static void probe_knows_a_uki(void **state)
{
	(void)state;
	uki_fixture_default(&fixture);
	assert_true(probe_fixture());
	uki_fixture_find(&fixture, ".linux")->name = ".lynux";
	assert_false(probe_fixture());
	assert_int_equal(parse_fixture(), -VKX_ERR_FORMAT);
	uki_fixture_default(&fixture);
	fixture.sections[0].name = ".profile";
	assert_true(probe_fixture());
}

/*
 * Probe is at least as wide as parse: what it lets go is no UKI. Every bit of
 * the headers: parse accepts -> probe says yes; no read out of bounds.
 */
static void probe_is_wider_than_parse(void **state)
{
	uint8_t *file, *copy;
	size_t len, bit, lost = 0;

	(void)state;
	uki_fixture_default(&fixture);
	file = uki_fixture_build(&fixture, &len);
	copy = guard_copy(file, len);
	for (bit = 0; bit < 1024 * 8; bit++) {
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!parse(copy, len))
			assert_true(vkx_uki_probe(copy, len, len));
		lost += !vkx_uki_probe(copy, len, len);
		copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	/* MZ, e_lfanew, PE signature, the table's place and count, the name. */
	print_message("%zu flips hide a UKI from the probe\n", lost);
	assert_true(lost < 2 * 8 + 32 + 32 + 32 + 7 * 8);
	guard_free(copy, len);
	for (bit = 0; bit < len; bit++) {
		copy = guard_copy(file, bit);
		(void)vkx_uki_probe(copy, bit, bit);
		guard_free(copy, bit);
	}
	free(file);
}

/* V5: whichever way a reader finds the section table, the file is ours. */
static void probe_finds_both_tables(void **state)
{
	uint8_t *file;
	size_t len;

	(void)state;
	uki_fixture_default(&fixture);
	file = uki_fixture_build(&fixture, &len);
	vkx_put_le16(file + UKI_AT_OPT_SIZE, 0xffff);
	assert_true(vkx_uki_probe(file, len, len));
	vkx_put_le32(file + UKI_AT_NR_DIRS, 7);
	assert_false(vkx_uki_probe(file, len, len));
	vkx_put_le16(file + UKI_AT_OPT_SIZE, 160);
	assert_true(vkx_uki_probe(file, len, len));
	vkx_put_le32(file + UKI_AT_NR_DIRS, UINT32_MAX);
	vkx_put_le16(file + UKI_AT_OPT_SIZE, 0);
	assert_false(vkx_uki_probe(file, len, len));
	free(file);
}

/* The smallest buffers that hold a name, and one byte less. */
static void probe_reads_to_the_end(void **state)
{
	uint8_t tiny[64] = "MZ", *file, *copy;
	size_t len, end = UKI_AT_TABLE + 40 * 6 + 7;

	(void)state;
	uki_fixture_default(&fixture);
	file = uki_fixture_build(&fixture, &len);
	copy = guard_copy(file, end);
	assert_true(vkx_uki_probe(copy, end, len));
	assert_false(vkx_uki_probe(copy, end - 1, len));
	assert_false(vkx_uki_probe(copy, end, end - 1));
	guard_free(copy, end);
	free(file);
	/* Headers folded into the DOS header: broken, but ours. */
	memcpy(tiny + 8, "PE\0\0", 4);
	tiny[8 + 6] = 1;
	memcpy(tiny + 32, ".linux", 6);
	vkx_put_le32(tiny + 60, 8);
	assert_true(vkx_uki_probe(tiny, 64, 64));
	assert_false(vkx_uki_probe(tiny, 63, 64));
	tiny[32] = '_';
	assert_false(vkx_uki_probe(tiny, 64, 64));
}

/* A kernel Image alone, a driver, text: none of our business. V27 */
static void probe_lets_others_go(void **state)
{
	uint8_t image[4096] = { 0 };

	(void)state;
	uki_fixture_image(image, sizeof(image));
	assert_false(vkx_uki_probe(image, sizeof(image), sizeof(image)));
	assert_false(vkx_uki_probe((const uint8_t *)"#!/bin/sh\n", 10, 10));
	assert_false(vkx_uki_probe(image, 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_fixture_passes),
		cmocka_unit_test(every_second_section_is_refused),
		cmocka_unit_test(required_sections_are_required),
		cmocka_unit_test(forbidden_sections),
		cmocka_unit_test(carried_sections),
		cmocka_unit_test(optional_sections_are_optional),
		cmocka_unit_test(virtual_sizes),
		cmocka_unit_test(empty_components),
		cmocka_unit_test(component_limits),
		cmocka_unit_test(many_dtbauto),
		cmocka_unit_test(names_that_look_like_ours),
		cmocka_unit_test(part_names),
		cmocka_unit_test(pieces_tile_the_file),
		cmocka_unit_test(pieces_name_components),
		cmocka_unit_test(probe_knows_a_uki),
		cmocka_unit_test(probe_is_wider_than_parse),
		cmocka_unit_test(probe_finds_both_tables),
		cmocka_unit_test(probe_reads_to_the_end),
		cmocka_unit_test(probe_lets_others_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
