/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded reader and writer, and arithmetic that must not wrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cursor.h"
#include "verdict.h"

static void first_error_sticks(void **state)
{
	static const uint8_t bytes[4] = { 1, 2, 3, 4 };
	struct vkx_rd rd;

	(void)state;
	vkx_rd_init(&rd, bytes, sizeof(bytes));
	assert_int_equal(vkx_rd_le16(&rd), 0x0201);
	assert_int_equal(vkx_rd_le32(&rd), 0);
	assert_int_equal(rd.err, -VKX_ERR_FORMAT);
	assert_int_equal(vkx_rd_u8(&rd), 0);
	assert_int_equal(rd.pos, 2);
	assert_int_equal(vkx_rd_end(&rd), -VKX_ERR_FORMAT);
}

static void every_width_round_trips(void **state)
{
	uint8_t buf[2 * (2 + 4 + 8) + 1];
	struct vkx_wr wr;
	struct vkx_rd rd;

	(void)state;
	vkx_wr_init(&wr, buf, sizeof(buf));
	vkx_wr_u8(&wr, 0xab);
	vkx_wr_le16(&wr, 0x1122);
	vkx_wr_be16(&wr, 0x1122);
	vkx_wr_le32(&wr, 0x11223344);
	vkx_wr_be32(&wr, 0x11223344);
	vkx_wr_le64(&wr, 0x1122334455667788);
	vkx_wr_be64(&wr, 0x1122334455667788);
	assert_int_equal(wr.err, 0);
	assert_int_equal(wr.left, 0);
	vkx_wr_u8(&wr, 0);
	assert_int_equal(wr.err, -VKX_ERR_SPACE);

	vkx_rd_init(&rd, buf, sizeof(buf));
	assert_int_equal(vkx_rd_u8(&rd), 0xab);
	assert_int_equal(vkx_rd_le16(&rd), 0x1122);
	assert_int_equal(vkx_rd_be16(&rd), 0x1122);
	assert_int_equal(vkx_rd_le32(&rd), 0x11223344);
	assert_int_equal(vkx_rd_be32(&rd), 0x11223344);
	assert_true(vkx_rd_le64(&rd) == 0x1122334455667788);
	assert_true(vkx_rd_be64(&rd) == 0x1122334455667788);
	assert_int_equal(vkx_rd_end(&rd), 0);
}

static void counting_needs_no_buffer(void **state)
{
	struct vkx_wr wr;

	(void)state;
	vkx_wr_init(&wr, NULL, 0);
	vkx_wr_bytes(&wr, "abc", 3);
	vkx_wr_fill(&wr, 0, 5);
	assert_int_equal(wr.err, 0);
	assert_int_equal(wr.pos, 8);
}

static void sums_do_not_wrap(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_false(vkx_add64(UINT64_MAX, 1, &v));
	assert_false(vkx_mul64(1ULL << 63, 2, &v));
	assert_true(vkx_align_up64(4097, 4096, &v));
	assert_int_equal(v, 8192);
	assert_false(vkx_align_up64(UINT64_MAX - 1, 4096, &v));
}

static void overlap_at_the_edges(void **state)
{
	(void)state;
	assert_false(vkx_ranges_overlap(0, 10, 10, 10));
	assert_true(vkx_ranges_overlap(0, 11, 10, 10));
	assert_true(vkx_ranges_overlap(10, 10, 0, 11));
	assert_false(vkx_ranges_overlap(5, 0, 0, 10));
	assert_true(vkx_ranges_overlap(UINT64_MAX, 1, UINT64_MAX - 1, 2));
	assert_false(vkx_ranges_overlap(0, 1, UINT64_MAX, 1));
}

static void every_rule_refuses(void **state)
{
	int r, s;

	(void)state;
	for (r = VKX_RULE_NONE + 1; r < VKX_RULE_NR; r++) {
		assert_int_not_equal(vkx_rule_verdict(r), VKX_VERDICT_NONE);
		assert_int_not_equal(vkx_rule_verdict(r), VKX_VERDICT_BOOT);
		for (s = 0; s < r; s++)
			assert_string_not_equal(vkx_rule_id(r), vkx_rule_id(s));
	}
	assert_int_equal(vkx_rule_verdict(VKX_RULE_NR), VKX_VERDICT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_error_sticks),
		cmocka_unit_test(every_width_round_trips),
		cmocka_unit_test(counting_needs_no_buffer),
		cmocka_unit_test(sums_do_not_wrap),
		cmocka_unit_test(overlap_at_the_edges),
		cmocka_unit_test(every_rule_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
