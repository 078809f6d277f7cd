/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of facts: what is written reads back, and nothing else reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "carry.h"
#include "cursor.h"

static uint8_t list[256];
static size_t list_len;

static void collect(void *arg, const void *data, size_t len)
{
	(void)arg;
	assert_true(len <= sizeof(list) - list_len);
	memcpy(list + list_len, data, len);
	list_len += len;
}

static const struct vkx_carry_item good[] = {
	{ VKX_CARRY_NODE, "/a", 2, "", 0, NULL, 0 },
	{ VKX_CARRY_PROP, "/a", 2, "p", 1, (const uint8_t *)"xyz", 3 },
	{ VKX_CARRY_PROP, "/", 1, "flag", 4, NULL, 0 },
	{ VKX_CARRY_RESERVE, "", 0, "", 0, (const uint8_t *)"0123456789abcdef",
	  16 },
};

static struct vkx_carry_sink write_all(void)
{
	struct vkx_carry_sink sink = { .bytes = collect, .items = 99 };
	size_t i;

	list_len = 0;
	vkx_carry_start(&sink);
	for (i = 0; i < 4; i++)
		vkx_carry_add(&sink, &good[i]);
	return sink;
}

static void round_trip(void **state)
{
	/* The layout is a promise: docs/format-merge.md. */
	static const uint8_t start[] = { 'V', 'K', 'X', 'C', 1,	  0,  0, 0,
					 1,   0,   2,	0,   0,	  0,  0, 0,
					 0,   0,   0,	0,   '/', 'a' };
	struct vkx_carry_sink sink = write_all();
	struct vkx_carry_item item;
	size_t pos = 0, n;
	int err;

	(void)state;
	assert_int_equal(sink.items, 4);
	assert_int_equal(list_len, 8 + 14 + 18 + 17 + 28);
	assert_memory_equal(list, start, sizeof(start));
	for (n = 0; vkx_carry_next(list, list_len, &pos, &item, &err); n++) {
		assert_int_equal(item.kind, good[n].kind);
		assert_int_equal(item.path_len, good[n].path_len);
		assert_memory_equal(item.path, good[n].path, item.path_len);
		assert_int_equal(item.name_len, good[n].name_len);
		assert_memory_equal(item.name, good[n].name, item.name_len);
		assert_int_equal(item.value_len, good[n].value_len);
		if (item.value_len)
			assert_memory_equal(item.value, good[n].value,
					    item.value_len);
	}
	assert_int_equal(n, 4);
	assert_int_equal(err, 0);
}

static void a_sink_may_be_missing(void **state)
{
	struct vkx_carry_sink counting = { .bytes = NULL };

	(void)state;
	vkx_carry_start(NULL);
	vkx_carry_add(NULL, &good[0]);
	vkx_carry_start(&counting);
	vkx_carry_add(&counting, &good[0]);
	assert_int_equal(counting.items, 1);
}

static void header(void **state)
{
	struct vkx_carry_item item;
	size_t i, pos;
	int err;

	(void)state;
	for (i = 0; i < VKX_CARRY_HEADER_SIZE; i++) {
		write_all();
		list[i] ^= 1;
		pos = 0;
		assert_false(vkx_carry_next(list, list_len, &pos, &item, &err));
		assert_int_equal(err, -VKX_ERR_FORMAT);
		pos = 0;
		assert_false(vkx_carry_next(list, i, &pos, &item, &err));
		assert_int_equal(err, -VKX_ERR_FORMAT);
	}
	write_all();
	pos = 0;
	assert_false(
		vkx_carry_next(list, VKX_CARRY_HEADER_SIZE, &pos, &item, &err));
	assert_int_equal(err, 0);
}

/* Cut between two items it is a list; cut in one of them it is none. */
static void every_length(void **state)
{
	static const size_t ends[] = { 8, 8 + 14, 8 + 14 + 18, 8 + 14 + 18 + 17,
				       8 + 14 + 18 + 17 + 28 };
	struct vkx_carry_item item;
	size_t cut, pos, n, k = 0;
	int err;

	(void)state;
	write_all();
	for (cut = 1; cut <= list_len; cut++) {
		for (pos = 0, n = 0;
		     vkx_carry_next(list, cut, &pos, &item, &err); n++)
			;
		if (cut == ends[k]) {
			assert_int_equal(err, 0);
			assert_int_equal(n, k++);
		} else {
			assert_int_equal(err, -VKX_ERR_FORMAT);
			assert_int_equal(n, k ? k - 1 : 0);
		}
	}
}

/* One item of given kind and lengths, alone in a list. */
static void shapes(void **state)
{
	static const struct {
		uint8_t kind, path, name, value;
		bool good;
	} rows[] = {
		{ 1, 2, 0, 0, true },	 { 1, 0, 0, 0, false },
		{ 1, 2, 1, 0, false },	 { 1, 2, 0, 1, false },
		{ 1, 0, 1, 1, false },	 { 2, 2, 1, 0, true },
		{ 2, 2, 1, 9, true },	 { 2, 0, 1, 0, false },
		{ 2, 2, 0, 0, false },	 { 3, 0, 0, 16, true },
		{ 3, 1, 0, 16, false },	 { 3, 0, 1, 16, false },
		{ 3, 0, 0, 15, false },	 { 3, 0, 0, 17, false },
		{ 0, 2, 1, 1, false },	 { 4, 2, 1, 1, false },
		{ 255, 2, 0, 0, false },
	};
	struct vkx_carry_item item;
	uint8_t *p = list + VKX_CARRY_HEADER_SIZE;
	size_t i, pos, len;
	int err;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		write_all();
		memset(p, 0, VKX_CARRY_ITEM_SIZE);
		p[0] = rows[i].kind;
		p[2] = rows[i].path;
		p[4] = rows[i].name;
		p[8] = rows[i].value;
		len = VKX_CARRY_HEADER_SIZE + VKX_CARRY_ITEM_SIZE +
		      rows[i].path + rows[i].name + rows[i].value;
		pos = 0;
		assert_int_equal(vkx_carry_next(list, len, &pos, &item, &err),
				 rows[i].good);
		assert_int_equal(err, rows[i].good ? 0 : -VKX_ERR_FORMAT);
		assert_int_equal(pos,
				 rows[i].good ? len : VKX_CARRY_HEADER_SIZE);
	}
}

static void reserved_fields(void **state)
{
	static const size_t at[] = { 1, 6, 7 };
	struct vkx_carry_item item;
	size_t i, pos;
	int err;

	(void)state;
	for (i = 0; i < 3; i++) {
		write_all();
		list[VKX_CARRY_HEADER_SIZE + at[i]] = 1;
		pos = 0;
		assert_false(vkx_carry_next(list, list_len, &pos, &item, &err));
		assert_int_equal(err, -VKX_ERR_FORMAT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(a_sink_may_be_missing),
		cmocka_unit_test(every_length),
		cmocka_unit_test(header),
		cmocka_unit_test(shapes),
		cmocka_unit_test(reserved_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
