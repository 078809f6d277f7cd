/* SPDX-License-Identifier: BSD-2-Clause */
/* The arm64 Image header, and the command line. */
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

#define BASE 5000u
#define SIZE 40000u

static struct vkx_image image;
static struct vkx_fault fault;

static int parse(const uint8_t *p, size_t len)
{
	fault.rule = VKX_RULE_NONE;
	return vkx_image_parse(p, len, SIZE, BASE, &image, &fault);
}

static void expect(const uint8_t *p, size_t len, enum vkx_rule rule,
		   uint64_t offset)
{
	assert_int_equal(parse(p, len), -VKX_ERR_FORMAT);
	assert_string_equal(vkx_rule_id(fault.rule), vkx_rule_id(rule));
	assert_int_equal(fault.offset, BASE + offset);
}

static void a_good_header(void **state)
{
	static const uint32_t pages[] = { 0, 4096, 16384, 65536 };
	uint8_t h[64];
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		uki_fixture_image(h, SIZE);
		vkx_put_le64(h + 24, i << 1);
		assert_int_equal(parse(h, 64), 0);
		assert_int_equal(image.page_size, pages[i % 4]);
		assert_int_equal(image.image_size, SIZE);
		assert_int_equal(image.flags, i << 1);
		assert_int_equal(image.text_offset, 0);
	}
}

/* V75 */
static void every_field_extreme(void **state)
{
	static const struct {
		uint32_t at;
		uint64_t value;
		enum vkx_rule rule;
	} cases[] = {
		{ 8, 1, VKX_RULE_IMAGE_OFFSET },
		{ 8, 4095, VKX_RULE_IMAGE_OFFSET },
		{ 8, 0x80000, VKX_RULE_NONE },
		{ 8, 0x1ff000, VKX_RULE_NONE },
		{ 8, 0x200000, VKX_RULE_IMAGE_OFFSET },
		{ 8, UINT64_MAX - 4095, VKX_RULE_IMAGE_OFFSET },
		{ 16, 0, VKX_RULE_IMAGE_SIZE },
		{ 16, SIZE - 1, VKX_RULE_IMAGE_SIZE },
		{ 16, VKX_MAX_IMAGE, VKX_RULE_NONE },
		{ 16, VKX_MAX_IMAGE + 1, VKX_RULE_IMAGE_SIZE },
		{ 16, UINT64_MAX, VKX_RULE_IMAGE_SIZE },
		{ 24, 1, VKX_RULE_IMAGE_FLAGS },
		{ 24, 16, VKX_RULE_IMAGE_FLAGS },
		{ 24, 1ULL << 63, VKX_RULE_IMAGE_FLAGS },
		{ 32, 1, VKX_RULE_IMAGE_FLAGS },
		{ 40, 1, VKX_RULE_IMAGE_FLAGS },
		{ 48, 1, VKX_RULE_IMAGE_FLAGS },
	};
	uint8_t h[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uki_fixture_image(h, SIZE);
		vkx_put_le64(h + cases[i].at, cases[i].value);
		if (cases[i].rule == VKX_RULE_NONE)
			assert_int_equal(parse(h, 64), 0);
		else
			expect(h, 64, cases[i].rule, cases[i].at);
	}
}

static void every_cut_and_flip(void **state)
{
	uint8_t h[64];
	size_t i;

	(void)state;
	uki_fixture_image(h, SIZE);
	for (i = 0; i < 64; i++) {
		uint8_t *cut = guard_copy(h, i);

		expect(cut, i, VKX_RULE_IMAGE_HEADER, 0);
		guard_free(cut, i);
	}
	/* code0, code1 and the PE offset are free; so are sizes that fit. */
	for (i = 0; i < 64 * 8; i++) {
		size_t at = i / 8;

		h[at] ^= (uint8_t)(1u << i % 8);
		if (parse(h, 64))
			assert_true(fault.offset >= BASE + at / 8 * 8);
		else
			assert_true(at < 8 || at >= 60 || (at >= 8 && at < 25));
		h[at] ^= (uint8_t)(1u << i % 8);
	}
}

/* A component shorter than its header; more bytes than the component. */
static void a_tiny_component(void **state)
{
	uint8_t h[64];

	(void)state;
	uki_fixture_image(h, SIZE);
	assert_int_equal(vkx_image_parse(h, 64, 63, 0, &image, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_IMAGE_HEADER);
	assert_int_equal(vkx_image_parse(h, 64, 64, 0, &image, &fault), 0);
}

/* V18 */
static void compressed_kernels(void **state)
{
	static const struct {
		uint8_t head[8];
	} cases[] = {
		{ { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0 } },
		{ { 0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0 } },
		{ { 'M', 'Z', 0, 0, 'z', 'i', 'm', 'g' } },
	};
	uint8_t h[64];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		memset(h, 0, sizeof(h));
		memcpy(h, cases[i].head, 8);
		expect(h, 64, VKX_RULE_IMAGE_COMPRESSED, 0);
		expect(h, 8, VKX_RULE_IMAGE_COMPRESSED, 0);
		expect(h, 7, VKX_RULE_IMAGE_HEADER, 0);
	}
	/* A PE that is no Image: an EFI program, or an x86 kernel. */
	memset(h, 0, sizeof(h));
	memcpy(h, "MZ", 2);
	expect(h, 64, VKX_RULE_IMAGE_HEADER, 56);
}

/* V25: every byte value at the start, inside and at the end. */
static void command_line_bytes(void **state)
{
	uint8_t text[16];
	size_t at;
	unsigned int v;

	(void)state;
	for (at = 0; at < sizeof(text); at++) {
		for (v = 0; v < 256; v++) {
			bool good = v >= 0x20 && v <= 0x7e;
			int err;

			memset(text, 'a', sizeof(text));
			text[at] = (uint8_t)v;
			err = vkx_cmdline_check(text, sizeof(text), BASE,
						&fault);
			assert_int_equal(err, good ? 0 : -VKX_ERR_FORMAT);
			if (good)
				continue;
			assert_int_equal(fault.rule, VKX_RULE_UKI_CMDLINE_TEXT);
			assert_int_equal(fault.offset, BASE + at);
		}
	}
}

/* V25: nothing is cut off silently; the NUL has its room. */
static void command_line_lengths(void **state)
{
	uint8_t *text;
	size_t len;

	(void)state;
	assert_int_equal(vkx_cmdline_check(NULL, 0, 0, &fault), 0);
	for (len = 0; len <= VKX_MAX_CMDLINE + 1; len++) {
		uint8_t fill[VKX_MAX_CMDLINE + 1];
		int err;

		memset(fill, 'x', sizeof(fill));
		text = guard_copy(fill, len);
		err = vkx_cmdline_check(text, len, BASE, &fault);
		assert_int_equal(err,
				 len < VKX_MAX_CMDLINE ? 0 : -VKX_ERR_FORMAT);
		if (err) {
			assert_int_equal(fault.rule,
					 VKX_RULE_UKI_CMDLINE_LENGTH);
			assert_int_equal(fault.offset,
					 BASE + VKX_MAX_CMDLINE - 1);
		}
		guard_free(text, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_header),
		cmocka_unit_test(every_field_extreme),
		cmocka_unit_test(every_cut_and_flip),
		cmocka_unit_test(a_tiny_component),
		cmocka_unit_test(compressed_kernels),
		cmocka_unit_test(command_line_bytes),
		cmocka_unit_test(command_line_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
