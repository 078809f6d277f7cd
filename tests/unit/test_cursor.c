/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded reader and writer, and arithmetic that must not wrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cursor.h"
#include "text.h"
#include "tpm_hash.h"
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
	assert_false(vkx_align_up64(UINT64_MAX - 4094, 4096, &v));
	assert_true(vkx_align_up64(UINT64_MAX - 4095, 4096, &v));
	assert_true(v == UINT64_MAX - 4095);
	assert_true(vkx_align_up64(0, 4096, &v) && v == 0);
	assert_true(vkx_align_up64(1, 4096, &v) && v == 4096);
	assert_true(vkx_align_up64(4096, 4096, &v) && v == 4096);
	assert_true(vkx_align_up64(77, 1, &v) && v == 77);
}

static void overlap_at_the_edges(void **state)
{
	(void)state;
	assert_false(vkx_ranges_overlap(0, 10, 10, 10));
	assert_true(vkx_ranges_overlap(0, 11, 10, 10));
	assert_true(vkx_ranges_overlap(10, 10, 0, 11));
	assert_false(vkx_ranges_overlap(10, 10, 0, 10));
	assert_true(vkx_ranges_overlap(10, 1, 10, 100));
	assert_true(vkx_ranges_overlap(10, 100, 10, 1));
	assert_true(vkx_ranges_overlap(10, 100, 50, 1));
	assert_true(vkx_ranges_overlap(50, 1, 10, 100));
	assert_false(vkx_ranges_overlap(50, 1, 10, 40));
	assert_false(vkx_ranges_overlap(5, 0, 0, 10));
	assert_true(vkx_ranges_overlap(UINT64_MAX, 1, UINT64_MAX - 1, 2));
	assert_false(vkx_ranges_overlap(0, 1, UINT64_MAX, 1));
}

static void equality(void **state)
{
	(void)state;
	assert_true(vkx_equal_ct("abc", "abd", 2));
	assert_false(vkx_equal_ct("abc", "abd", 3));
	assert_false(vkx_equal_ct("abc", "bbc", 3));
	assert_true(vkx_equal_ct("a", "b", 0));
}

static void hex_without_zeros_in_front(void **state)
{
	char text[17];

	(void)state;
	vkx_text_hex(text, 0);
	assert_string_equal(text, "0");
	vkx_text_hex(text, 0x10);
	assert_string_equal(text, "10");
	vkx_text_hex(text, UINT64_MAX);
	assert_string_equal(text, "ffffffffffffffff");
	vkx_text_hex(text, 0x123456789abcdef);
	assert_string_equal(text, "123456789abcdef");
}

static int count_calls(void *ctx, uint16_t alg, const struct vkx_span *pieces,
		       size_t nr, uint8_t *digest_ret)
{
	int *left = ctx;

	(void)alg;
	(void)pieces;
	(void)nr;
	memset(digest_ret, 3, 20);
	return (*left)-- ? 0 : -VKX_ERR_CRYPTO;
}

static void algorithms_of_a_tpm(void **state)
{
	static const struct {
		uint16_t alg, size;
		const char *name;
	} rows[] = { { 0x04, 20, "sha1" },
		     { 0x0b, 32, "sha256" },
		     { 0x0c, 48, "sha384" },
		     { 0x0d, 64, "sha512" } };
	struct vkx_bank banks[2] = { { 0x0b, 32 }, { 0x0c, 48 } };
	struct vkx_digest digests[2];
	int left, n;
	struct vkx_hash_ops ops = { count_calls, &left };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(vkx_tpm_alg_size(rows[i].alg), rows[i].size);
		assert_string_equal(vkx_tpm_alg_name(rows[i].alg),
				    rows[i].name);
		assert_int_equal(vkx_tpm_alg_by_name(rows[i].name),
				 rows[i].alg);
	}
	assert_int_equal(vkx_tpm_alg_size(0x7000), 0);
	assert_null(vkx_tpm_alg_name(0x7000));
	assert_int_equal(vkx_tpm_alg_by_name("sha"), 0);
	assert_int_equal(vkx_tpm_alg_by_name("sha2567"), 0);
	assert_int_equal(vkx_tpm_alg_by_name(""), 0);
	/* The engine's failure is passed on, whichever bank it hits. */
	for (n = 0; n < 3; n++) {
		left = n;
		assert_int_equal(
			vkx_hash_banks(&ops, banks, 2, NULL, 0, digests),
			n < 2 ? -VKX_ERR_CRYPTO : 0);
	}
	banks[1].alg = 0x7000;
	left = 9;
	assert_int_equal(vkx_hash_banks(&ops, banks, 2, NULL, 0, digests),
			 -VKX_ERR_UNSUPPORTED);
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
	assert_string_equal(vkx_rule_id(VKX_RULE_NR), "unknown");
	assert_string_equal(vkx_rule_text(VKX_RULE_NR), "unknown rule");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_error_sticks),
		cmocka_unit_test(every_width_round_trips),
		cmocka_unit_test(counting_needs_no_buffer),
		cmocka_unit_test(sums_do_not_wrap),
		cmocka_unit_test(overlap_at_the_edges),
		cmocka_unit_test(equality),
		cmocka_unit_test(hex_without_zeros_in_front),
		cmocka_unit_test(algorithms_of_a_tpm),
		cmocka_unit_test(every_rule_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
