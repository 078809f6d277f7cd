/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI signature lists. V54: a list that cannot be read is never empty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "esl.h"
#include "tests/unit/testdata.h"
#include "tests/unit/uki_fixture.h"

static const uint8_t sha256_guid[16] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50,
					 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9,
					 0x36, 0x93, 0x43, 0x28 };
static const uint8_t x509_guid[16] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94,
				       0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15,
				       0x5c, 0x2b, 0xf0, 0x72 };
static const uint8_t other_guid[16] = "sixteen of bytes";

static struct vkx_fault fault;

/* Appends a list of n entries; each byte of entry i's data is i + 1. */
static size_t put_list(uint8_t *p, const uint8_t guid[16], uint32_t header,
		       uint32_t data, uint32_t n)
{
	uint32_t i, at = 28 + header;

	memcpy(p, guid, 16);
	vkx_put_le32(p + 16, 28 + header + n * (16 + data));
	vkx_put_le32(p + 20, header);
	vkx_put_le32(p + 24, 16 + data);
	memset(p + 28, 0xee, header);
	for (i = 0; i < n; i++, at += 16 + data) {
		memset(p + at, 0xaa, 16);
		memset(p + at + 16, (int)i + 1, data);
	}
	return at;
}

/* Three lists: two hashes, one certificate, one unknown with a header. */
static size_t good(uint8_t *p)
{
	size_t len = put_list(p, sha256_guid, 0, 32, 2);

	len += put_list(p + len, x509_guid, 0, 77, 1);
	return len + put_list(p + len, other_guid, 12, 5, 3);
}

static int check(const uint8_t *p, size_t len, size_t *count)
{
	uint8_t *copy = guard_copy(p, len);
	int err;

	fault.rule = VKX_RULE_NONE;
	err = vkx_esl_check(copy, len, count, &fault);
	guard_free(copy, len);
	return err;
}

static void lists_and_entries(void **state)
{
	static const struct {
		enum vkx_esl_type type;
		size_t size;
		uint8_t first;
	} want[] = {
		{ VKX_ESL_SHA256, 32, 1 }, { VKX_ESL_SHA256, 32, 2 },
		{ VKX_ESL_X509, 77, 1 },   { VKX_ESL_OTHER, 5, 1 },
		{ VKX_ESL_OTHER, 5, 2 },   { VKX_ESL_OTHER, 5, 3 },
	};
	uint8_t buf[512];
	size_t len = good(buf), count, i = 0;
	struct vkx_esl_entry e;
	struct vkx_esl esl;

	(void)state;
	assert_int_equal(check(buf, len, &count), 0);
	assert_int_equal(count, 6);
	vkx_esl_start(&esl, buf, len);
	while (vkx_esl_next(&esl, &e)) {
		assert_int_equal(e.type, want[i].type);
		assert_int_equal(e.size, want[i].size);
		assert_int_equal(e.data[0], want[i].first);
		assert_int_equal(e.data[e.size - 1], want[i].first);
		assert_int_equal(e.owner[0], 0xaa);
		assert_ptr_equal(buf + e.offset + 16, e.data);
		i++;
	}
	assert_int_equal(i, 6);
	assert_false(vkx_esl_next(&esl, &e));
}

static void nothing_is_a_good_list(void **state)
{
	struct vkx_esl_entry e;
	struct vkx_esl esl;
	uint8_t buf[28];
	size_t count = 9;

	(void)state;
	assert_int_equal(vkx_esl_check(NULL, 0, &count, &fault), 0);
	assert_int_equal(count, 0);
	assert_int_equal(vkx_esl_check(NULL, 0, NULL, NULL), 0);
	vkx_esl_start(&esl, NULL, 0);
	assert_false(vkx_esl_next(&esl, &e));
	assert_int_equal(
		check(buf, put_list(buf, sha256_guid, 0, 32, 0), &count), 0);
	assert_int_equal(count, 0);
	vkx_esl_start(&esl, buf, sizeof(buf));
	assert_false(vkx_esl_next(&esl, &e));
}

static void every_cut(void **state)
{
	uint8_t buf[512];
	size_t len = good(buf), cut, count = 9;
	size_t first = 28 + 2 * 48, second = first + 28 + 93;

	(void)state;
	for (cut = 1; cut < len; cut++) {
		int err = check(buf, cut, &count);

		/* Between two lists a cut makes a shorter good file. */
		if (cut == first || cut == second) {
			assert_int_equal(err, 0);
			continue;
		}
		assert_int_equal(err, -VKX_ERR_FORMAT);
		assert_int_equal(fault.rule, VKX_RULE_REVOCATION_LIST);
		assert_int_equal(vkx_rule_verdict(fault.rule),
				 VKX_VERDICT_POLICY);
	}
}

static void bad_sizes(void **state)
{
	static const struct {
		uint32_t at;
		uint32_t value;
		uint64_t fault;
	} cases[] = {
		{ 16, 0, 16 },		{ 16, 27, 16 },
		{ 16, 123, 24 },	{ 16, 125, 24 },
		{ 16, UINT32_MAX, 16 }, { 16, 0x80000000, 16 },
		{ 20, 1, 20 },		{ 20, 48, 20 },
		{ 20, UINT32_MAX, 20 }, { 24, 0, 24 },
		{ 24, 16, 24 },		{ 24, 47, 24 },
		{ 24, 24, 24 },		{ 24, 96, 24 },
		{ 24, UINT32_MAX, 24 }, { 24, 0x80000000, 24 },
		{ 124 + 16, 27, 140 },	{ 124 + 20, 1, 144 },
		{ 124 + 24, 16, 148 },	{ 245 + 20, 76, 265 },
		{ 245 + 24, 16, 269 },
	};
	uint8_t buf[512];
	size_t len, i, count;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = good(buf);
		vkx_put_le32(buf + cases[i].at, cases[i].value);
		if (check(buf, len, &count) != -VKX_ERR_FORMAT)
			fail_msg("case %zu accepted", i);
		assert_int_equal(fault.rule, VKX_RULE_REVOCATION_LIST);
		assert_int_equal(fault.offset, cases[i].fault);
	}
}

/* Sizes of a type we do not know: an owner and a byte at least, no wrap. */
static void unknown_types(void **state)
{
	uint8_t buf[512];
	size_t len = put_list(buf, other_guid, 0, 5, 16), count;

	(void)state;
	/* 336 bytes of entries are 21 of 16 or 16 of 21. */
	vkx_put_le32(buf + 24, 16);
	assert_int_equal(check(buf, len, &count), -VKX_ERR_FORMAT);
	assert_int_equal(fault.offset, 24);
	vkx_put_le32(buf + 24, 21);
	assert_int_equal(check(buf, len, &count), 0);
	assert_int_equal(count, 16);
	vkx_put_le32(buf + 20, 336);
	assert_int_equal(check(buf, len, &count), 0);
	assert_int_equal(count, 0);
	/* One more would leave 2^32 - 1, which is a multiple of 17. */
	vkx_put_le32(buf + 24, 17);
	vkx_put_le32(buf + 20, 337);
	assert_int_equal(check(buf, len, &count), -VKX_ERR_FORMAT);
	assert_int_equal(fault.offset, 20);
}

/* Known types have one entry size and no list header. */
static void known_types_are_exact(void **state)
{
	static const struct {
		uint8_t guid[16];
		uint32_t data;
	} types[] = {
		{ { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9,
		    0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 },
		  32 },
		{ { 0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48, 0x85, 0xf1,
		    0x8a, 0xd5, 0x6c, 0x70, 0x1e, 0x01 },
		  48 },
		{ { 0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f, 0x9f, 0x1b,
		    0xd4, 0x1e, 0x2b, 0x89, 0xc1, 0x9a },
		  64 },
		{ { 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20,
		    0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed },
		  48 },
		{ { 0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e, 0xaa, 0xd2,
		    0x28, 0xb3, 0x49, 0xa6, 0x86, 0x5b },
		  64 },
		{ { 0x63, 0xbf, 0x6d, 0x44, 0x02, 0x25, 0xda, 0x4c, 0xbc, 0xfa,
		    0x24, 0x65, 0xd2, 0xb0, 0xfe, 0x9d },
		  80 },
	};
	uint8_t buf[512];
	size_t len, i, count;
	uint32_t data;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (data = 1; data < 100; data++) {
			len = put_list(buf, types[i].guid, 0, data, 1);
			assert_int_equal(
				check(buf, len, &count),
				data == types[i].data ? 0 : -VKX_ERR_FORMAT);
		}
		len = put_list(buf, types[i].guid, 48, types[i].data, 1);
		assert_int_equal(check(buf, len, &count), -VKX_ERR_FORMAT);
	}
}

/* A list that was not checked: iteration ends, and stays ended. */
static void iterating_the_unchecked(void **state)
{
	struct vkx_esl_entry e;
	struct vkx_esl esl;
	uint8_t buf[512], *copy;
	size_t len = good(buf), bit, n;

	(void)state;
	for (bit = 0; bit < len * 8; bit++) {
		buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
		copy = guard_copy(buf, len);
		vkx_esl_start(&esl, copy, len);
		for (n = 0; vkx_esl_next(&esl, &e); n++) {
			assert_true(n < len);
			assert_true(e.data + e.size <= copy + len);
		}
		assert_false(vkx_esl_next(&esl, &e));
		guard_free(copy, len);
		buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void authenticated_updates(void **state)
{
	static const uint8_t guid[16] = { 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68,
					  0xee, 0x49, 0x8a, 0xa9, 0x34, 0x7d,
					  0x37, 0x56, 0x65, 0xa7 };
	static const uint32_t bad[] = { 0, 23, 512, UINT32_MAX,
					UINT32_MAX - 15 };
	uint8_t buf[512] = { 0 };
	size_t at = 7, i;

	(void)state;
	assert_int_equal(vkx_esl_payload(buf, 0, &at, &fault), 0);
	assert_int_equal(at, 0);
	vkx_put_le32(buf + 16, 24 + 10);
	vkx_put_le16(buf + 20, 0x200);
	vkx_put_le16(buf + 22, 0xef1);
	memcpy(buf + 24, guid, 16);
	assert_int_equal(vkx_esl_payload(buf, 60, &at, &fault), 0);
	assert_int_equal(at, 50);
	assert_int_equal(vkx_esl_payload(buf, 50, &at, &fault), 0);
	assert_int_equal(at, 50);
	assert_int_equal(vkx_esl_payload(buf, 49, &at, &fault),
			 -VKX_ERR_FORMAT);
	vkx_put_le32(buf + 16, 24);
	assert_int_equal(vkx_esl_payload(buf, 40, &at, &fault), 0);
	assert_int_equal(at, 40);
	assert_int_equal(vkx_esl_payload(buf, 39, &at, &fault), 0);
	assert_int_equal(at, 0);
	/* One byte off in revision, type or GUID: no header of that kind. */
	for (i = 20; i < 40; i++) {
		buf[i] ^= 1;
		assert_int_equal(vkx_esl_payload(buf, 60, &at, &fault), 0);
		assert_int_equal(at, 0);
		buf[i] ^= 1;
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		vkx_put_le32(buf + 16, bad[i]);
		assert_int_equal(vkx_esl_payload(buf, 500, &at, &fault),
				 -VKX_ERR_FORMAT);
		assert_int_equal(fault.rule, VKX_RULE_REVOCATION_LIST);
		assert_int_equal(fault.offset, 16);
	}
}

/* V54: the counts that the publisher's JSON gives. */
static void published_dbx(void **state)
{
	static const struct {
		const char *path;
		size_t hashes;
	} cases[] = {
		{ "dbx/microsoft/arm64/DBXUpdate.bin", 26 },
		{ "dbx/microsoft/amd64/DBXUpdate.bin", 443 },
		{ "dbx/microsoft/arm/DBXUpdate.bin", 110 },
	};
	struct vkx_esl_entry e;
	struct vkx_esl esl;
	size_t i, len, at, count, hashes;

	(void)state;
	for (i = 0; i < 3; i++) {
		uint8_t *file = testdata_read(cases[i].path, &len);

		if (!file)
			testdata_skip(cases[i].path);
		/* With its header in front it is no list at all. */
		assert_int_equal(vkx_esl_check(file, len, &count, &fault),
				 -VKX_ERR_FORMAT);
		assert_int_equal(vkx_esl_payload(file, len, &at, &fault), 0);
		assert_true(at > 0);
		assert_int_equal(
			vkx_esl_check(file + at, len - at, &count, &fault), 0);
		vkx_esl_start(&esl, file + at, len - at);
		for (hashes = 0; vkx_esl_next(&esl, &e); count--)
			hashes += e.type == VKX_ESL_SHA256;
		assert_int_equal(count, 0);
		assert_int_equal(hashes, cases[i].hashes);
		free(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_and_entries),
		cmocka_unit_test(nothing_is_a_good_list),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(bad_sizes),
		cmocka_unit_test(unknown_types),
		cmocka_unit_test(known_types_are_exact),
		cmocka_unit_test(iterating_the_unchecked),
		cmocka_unit_test(authenticated_updates),
		cmocka_unit_test(published_dbx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
