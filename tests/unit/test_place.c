/* SPDX-License-Identifier: BSD-2-Clause */
/* V66: nothing on top of anything, under random memory and at the edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cursor.h"
#include "fdt_fixture.h"
#include "place.h"

#define MIB 0x100000ULL
#define GIB 0x40000000ULL

struct memory {
	struct vkx_extent e[16];
	size_t n;
	int calls;
	int fail_at; /* 0: never */
};

static int walk(void *ctx, int (*visit)(void *arg, const struct vkx_extent *e),
		void *arg)
{
	struct memory *m = ctx;
	size_t i;
	int err;

	if (++m->calls == m->fail_at)
		return -VKX_ERR_IO;
	for (i = 0; i < m->n; i++) {
		err = visit(arg, &m->e[i]);
		if (err)
			return err;
	}
	return 0;
}

static struct vkx_place_request request(void)
{
	struct vkx_place_request r = {
		.image = { .image_size = 40 * MIB },
		.linux_size = 38 * MIB,
		.initrd_size = 20 * MIB + 5,
		.dtb_size = 65536,
		.page_size = 4096,
		.extra = { { 65536, 4096 } },
	};

	return r;
}

static enum vkx_rule place(const struct vkx_place_request *r, struct memory *m,
			   struct vkx_place_plan *plan)
{
	const struct vkx_place_memory memory = { walk, m };
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	int err;

	memset(plan, 0x5a, sizeof(*plan));
	err = vkx_place(r, &memory, plan, &fault);
	if (!err)
		return VKX_RULE_NONE;
	assert_int_equal(err, -VKX_ERR_FORMAT);
	assert_int_equal(((uint8_t *)plan)[0], 0x5a);
	return fault.rule;
}

static bool inside(const struct memory *m, const struct vkx_extent *e)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (e->start >= m->e[i].start && e->size <= m->e[i].size &&
		    e->start - m->e[i].start <= m->e[i].size - e->size)
			return true;
	return false;
}

static void a_small_machine(void **state)
{
	struct memory m = { { { 0x40000000, 1 * GIB } }, 1, 0, 0 };
	struct vkx_place_request r = request();
	struct vkx_place_plan p;

	(void)state;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	assert_true(p.kernel.start == 0x40000000);
	assert_true(p.kernel.size == 40 * MIB);
	assert_true(p.initrd.start == 0x40000000 + 40 * MIB);
	assert_true(p.initrd.size == 20 * MIB + 4096);
	assert_true(p.extra[0].start == p.initrd.start + p.initrd.size);
	assert_true(p.dtb.start == 0x80000000 - 2 * MIB);
	assert_true(p.extra[1].size == 0);
}

static void text_offset(void **state)
{
	struct memory m = { { { 0x40001000, 1 * GIB } }, 1, 0, 0 };
	struct vkx_place_request r = request();
	struct vkx_place_plan p;

	(void)state;
	r.image.text_offset = 0x80000;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	assert_true(p.kernel.start == 0x40280000);
	assert_true(p.initrd.start >= p.kernel.start + p.kernel.size);
}

/* Exactly enough, and one page less. */
static void the_edge(void **state)
{
	struct vkx_place_request r = request();
	struct vkx_place_plan p;
	struct memory m = { { { 0x40000000, 40 * MIB } }, 1, 0, 0 };

	(void)state;
	r.initrd_size = 0;
	r.dtb_size = 0;
	r.extra[0].size = 0;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	m.e[0].size -= 4096;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_ARGS_PLACEMENT);
	m.e[0].start += 4096;
	m.e[0].size = 41 * MIB;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_ARGS_PLACEMENT);
	m.n = 0;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_ARGS_PLACEMENT);
}

/* The kernel fits low, the rest is beyond its window: the kernel moves. */
static void kernel_moves_up(void **state)
{
	struct memory m = {
		{ { 0x0, 48 * MIB }, { 40 * GIB, 1 * GIB } }, 2, 0, 0
	};
	struct vkx_place_request r = request();
	struct vkx_place_plan p;

	(void)state;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	assert_true(p.kernel.start == 40 * GIB);
	assert_true(p.dtb.start > p.kernel.start);
}

static void window(void **state)
{
	/* 32 GiB above the gigabyte that holds the kernel. */
	struct memory m = { { { 1 * GIB, 64 * MIB },
			      { 33 * GIB - 32 * MIB, 64 * MIB } },
			    2,
			    0,
			    0 };
	struct vkx_place_request r = request();
	struct vkx_place_plan p;

	(void)state;
	r.extra[0].size = 0;
	r.dtb_size = 2 * MIB; /* up to the last byte of the window */
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	assert_true(p.dtb.start == 33 * GIB - 2 * MIB);
	m.e[1].start += 32 * MIB; /* all of it beyond */
	m.e[1].size = 59 * MIB; /* and too small for a kernel with the rest */
	r.initrd_size = 30 * MIB;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_ARGS_PLACEMENT);
}

static void taken_ranges(void **state)
{
	struct memory m = { { { 0x40000000, 1 * GIB } }, 1, 0, 0 };
	struct vkx_extent avoid[] = { { 0x40000000, 1 },
				      { 0x42a00000, 0x1000 },
				      { 0x7ff00000, 0x100000 } };
	struct vkx_place_request r = request();
	struct vkx_place_plan p;

	(void)state;
	r.avoid = avoid;
	r.nr_avoid = 3;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	assert_true(p.kernel.start == 0x40200000);
	assert_true(p.initrd.start == 0x42a01000);
	assert_true(p.dtb.start == 0x7fe00000);
	avoid[0].size = 1 * GIB;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_ARGS_PLACEMENT);
}

static void signed_tree_reserves(void **state)
{
	struct memory m = { { { 0x40000000, 1 * GIB } }, 1, 0, 0 };
	struct vkx_place_request r = request();
	struct vkx_place_plan p;
	void *fdt = fdt_signed_board();

	(void)state;
	fdt_hex(fdt, "/reserved-memory", "#address-cells", "2");
	fdt_hex(fdt, "/reserved-memory", "#size-cells", "2");
	fdt_hex(fdt, "/reserved-memory/tz", "reg",
		"0 40000000 0 100000 0 7f000000 0 1000000");
	r.signed_tree = fdt;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	assert_true(p.kernel.start == 0x40200000);
	assert_true(p.dtb.start == 0x7ee00000);
	fdt_hex(fdt, "/reserved-memory/tz", "reg", "0 0 ffffffff ffffffff");
	assert_int_equal(place(&r, &m, &p), VKX_RULE_ARGS_PLACEMENT);
	fdt_hex(fdt, "/reserved-memory/tz", "reg", "0 0");
	assert_int_equal(place(&r, &m, &p), VKX_RULE_FDT_RESERVE);
	free(fdt);
}

/* The tree fits a bank of its own to the byte, or not at all. */
static void top_down_to_the_byte(void **state)
{
	struct memory m = { { { 0x40000000, 60 * MIB + 4096 + 65536 },
			      { 0x50000000, 65536 } },
			    2,
			    0,
			    0 };
	struct vkx_place_request r = request();
	struct vkx_place_plan p;

	(void)state;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	assert_true(p.dtb.start == 0x50000000 && p.dtb.size == 65536);
	m.e[1].size -= 1;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_ARGS_PLACEMENT);
	m.e[1].start += 4096; /* long enough, and unaligned */
	m.e[1].size = 65536 + 4096;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_ARGS_PLACEMENT);
}

/* The largest of each number that a request may have. */
static void largest_requests(void **state)
{
	struct memory m = { { { 0, 64 * GIB } }, 1, 0, 0 };
	const struct vkx_place_memory memory = { walk, &m };
	struct vkx_place_request r = request();
	struct vkx_place_plan p;

	(void)state;
	r.image.image_size = 4 * GIB;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	r = request();
	r.image.text_offset = 2 * MIB;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	assert_true(p.kernel.start == 2 * MIB);
	r = request();
	r.dtb_size = VKX_MAX_FDT;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	r = request();
	r.page_size = VKX_DTB_ALIGN;
	r.extra[0].align = VKX_DTB_ALIGN;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	r.page_size = 2 * VKX_DTB_ALIGN;
	r.extra[0].align = 2 * VKX_DTB_ALIGN;
	assert_int_equal(vkx_place(&r, &memory, &p, NULL), -VKX_ERR_ARG);
	r = request();
	r.nr_avoid = 1;
	assert_int_equal(vkx_place(&r, &memory, &p, NULL), -VKX_ERR_ARG);
	/* The check asks for the same, of a plan that was good. */
	r = request();
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	r.nr_avoid = 1;
	assert_int_equal(vkx_place_check(&r, &p, NULL), -VKX_ERR_ARG);
}

/* A bank that ends below what is wanted is none, and the kernel moves. */
static void a_bank_below_the_size(void **state)
{
	struct memory m = {
		{ { 0x0, 3 * MIB / 2 }, { 40 * GIB, 1 * GIB } }, 2, 0, 0
	};
	struct vkx_place_request r = request();
	struct vkx_place_plan p;

	(void)state;
	r.image.image_size = r.linux_size = 1 * MIB;
	r.initrd_size = r.extra[0].size = 0;
	r.dtb_size = VKX_MAX_FDT;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	assert_true(p.kernel.start == 40 * GIB);
}

/* What stands in front of the kernel counts as its own. */
static void kernel_behind_its_offset(void **state)
{
	struct memory m = { { { 0x40000000, 1 * GIB } }, 1, 0, 0 };
	struct vkx_place_request r = request();
	struct vkx_place_plan p;

	(void)state;
	r.image.text_offset = 0x80000;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_NONE);
	p.kernel.size -= 4096;
	assert_int_equal(vkx_place_check(&r, &p, NULL), -VKX_ERR_FORMAT);
}

/* V75: every field of the Image header at its extremes. */
static void absurd_images(void **state)
{
	static const struct {
		uint64_t size, offset, bytes;
	} rows[] = {
		{ 0, 0, 0 },
		{ 40 * MIB, 0, 40 * MIB + 1 },
		{ 40 * MIB, 2 * MIB + 4096, 1 },
		{ 40 * MIB, 1, 1 },
		{ 4 * GIB + 1, 0, 1 },
		{ UINT64_MAX, 0, 1 },
		{ UINT64_MAX, UINT64_MAX, 1 },
		{ 40 * MIB, UINT64_MAX - 4095, 1 },
	};
	struct memory m = { { { 0, UINT64_MAX } }, 1, 0, 0 };
	struct vkx_place_request r;
	struct vkx_place_plan p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		r = request();
		r.image.image_size = rows[i].size;
		r.image.text_offset = rows[i].offset;
		r.linux_size = rows[i].bytes;
		assert_int_equal(place(&r, &m, &p), VKX_RULE_IMAGE_SIZE);
	}
	r = request();
	r.initrd_size = UINT64_MAX;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_ARGS_PLACEMENT);
	r.initrd_size = UINT64_MAX - 8191;
	assert_int_equal(place(&r, &m, &p), VKX_RULE_ARGS_PLACEMENT);
}

static void bad_requests(void **state)
{
	struct memory m = { { { 0x40000000, 1 * GIB } }, 1, 0, 0 };
	const struct vkx_place_memory memory = { walk, &m };
	struct vkx_place_request r = request();
	struct vkx_place_plan p;

	(void)state;
	r.page_size = 0;
	assert_int_equal(vkx_place(&r, &memory, &p, NULL), -VKX_ERR_ARG);
	r.page_size = 4097;
	assert_int_equal(vkx_place(&r, &memory, &p, NULL), -VKX_ERR_ARG);
	r = request();
	r.extra[0].align = 1024;
	assert_int_equal(vkx_place(&r, &memory, &p, NULL), -VKX_ERR_ARG);
	r = request();
	r.dtb_size = VKX_MAX_FDT + 1;
	assert_int_equal(vkx_place(&r, &memory, &p, NULL), -VKX_ERR_ARG);
}

/* The walk's own error comes through, whichever search it hits. */
static void walk_fails(void **state)
{
	struct memory m = { { { 0x40000000, 1 * GIB } }, 1, 0, 0 };
	const struct vkx_place_memory memory = { walk, &m };
	struct vkx_place_request r = request();
	struct vkx_place_plan p;
	int n;

	(void)state;
	for (n = 1; n <= 4; n++) {
		m.calls = 0;
		m.fail_at = n;
		assert_int_equal(vkx_place(&r, &memory, &p, NULL), -VKX_ERR_IO);
	}
	m.calls = 0;
	m.fail_at = 5;
	assert_int_equal(vkx_place(&r, &memory, &p, NULL), 0);
	assert_int_equal(m.calls, 4);
}

static void check_sees_each_fault(void **state)
{
	struct memory m = { { { 0x40000000, 1 * GIB } }, 1, 0, 0 };
	struct vkx_extent avoid = { 0x60000000, 4096 };
	struct vkx_place_request r = request();
	struct vkx_place_plan good, p;
	struct vkx_extent *e[4] = { &p.kernel, &p.initrd, &p.dtb, &p.extra[0] };
	size_t i, j;

	(void)state;
	r.avoid = &avoid;
	r.nr_avoid = 1;
	assert_int_equal(place(&r, &m, &good), VKX_RULE_NONE);
	assert_int_equal(vkx_place_check(&r, &good, NULL), 0);
	for (i = 0; i < 4; i++) {
		p = good;
		e[i]->start += 1; /* unaligned */
		assert_int_not_equal(vkx_place_check(&r, &p, NULL), 0);
		p = good;
		e[i]->size -= 4096; /* too small */
		assert_int_not_equal(vkx_place_check(&r, &p, NULL), 0);
		p = good;
		e[i]->start = avoid.start; /* on something taken */
		assert_int_not_equal(vkx_place_check(&r, &p, NULL), 0);
		p = good;
		e[i]->start = 0xffffffffffe00000; /* wraps or far away */
		assert_int_not_equal(vkx_place_check(&r, &p, NULL), 0);
		for (j = 0; j < 4; j++) {
			if (i == j)
				continue;
			p = good;
			e[i]->start = e[j]->start; /* all pairs */
			assert_int_not_equal(vkx_place_check(&r, &p, NULL), 0);
		}
	}
	p = good;
	p.dtb.start = p.kernel.start - 2 * MIB; /* below the kernel */
	assert_int_not_equal(vkx_place_check(&r, &p, NULL), 0);
}

/* Random memory maps: what is planned is free, apart, in order. */
static void random_maps(void **state)
{
	struct vkx_place_request r;
	struct vkx_place_plan p;
	struct vkx_extent avoid[4];
	struct memory m;
	uint64_t pos;
	int round, placed = 0;
	size_t i;

	(void)state;
	srand(1);
	for (round = 0; round < 4000; round++) {
		memset(&m, 0, sizeof(m));
		pos = (uint64_t)(rand() % 64) * 16 * MIB;
		for (m.n = 0; m.n < 1 + (size_t)rand() % 12; m.n++) {
			m.e[m.n].start = pos + (uint64_t)(rand() % 512) * 4096;
			m.e[m.n].size = (uint64_t)(1 + rand() % 30000) * 4096;
			pos = m.e[m.n].start + m.e[m.n].size +
			      (uint64_t)(rand() % 5) * GIB * (rand() % 3 == 0);
		}
		r = request();
		r.image.image_size = (uint64_t)(1 + rand() % 80) * MIB;
		r.linux_size = r.image.image_size;
		r.image.text_offset = rand() % 2 ? 0 : 0x80000;
		r.initrd_size = (uint64_t)(rand() % 90000000);
		r.extra[1].size = (uint64_t)(rand() % 3 * 70000);
		r.extra[1].align = 65536;
		for (i = 0; i < 4; i++) {
			avoid[i].start =
				m.e[0].start + (uint64_t)rand() % (1 * GIB);
			avoid[i].size = (uint64_t)rand() % (4 * MIB);
		}
		r.avoid = avoid;
		r.nr_avoid = 4;
		if (place(&r, &m, &p) != VKX_RULE_NONE)
			continue;
		placed++;
		assert_true(inside(&m, &p.kernel));
		assert_true(inside(&m, &p.dtb));
		assert_true(!p.initrd.size || inside(&m, &p.initrd));
		assert_true(inside(&m, &p.extra[0]));
		assert_int_equal(vkx_place_check(&r, &p, NULL), 0);
	}
	assert_true(placed > 1000 && placed < 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_machine),
		cmocka_unit_test(text_offset),
		cmocka_unit_test(the_edge),
		cmocka_unit_test(kernel_moves_up),
		cmocka_unit_test(window),
		cmocka_unit_test(taken_ranges),
		cmocka_unit_test(signed_tree_reserves),
		cmocka_unit_test(top_down_to_the_byte),
		cmocka_unit_test(largest_requests),
		cmocka_unit_test(a_bank_below_the_size),
		cmocka_unit_test(kernel_behind_its_offset),
		cmocka_unit_test(absurd_images),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(walk_fails),
		cmocka_unit_test(check_sees_each_fault),
		cmocka_unit_test(random_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
