/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub's page, its regions, and the same checks in C (V64-V66). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cursor.h"
#include "sha256.h"
#include "stub_block.h"

#define PAGE 4096u

static void sha256(void *arg, const uint8_t *data, size_t len,
		   uint8_t digest_ret[32])
{
	(void)arg;
	vkx_sha256(data, len, digest_ret);
}

static const struct vkx_stub_hash hash = { sha256, NULL };

/* Memory that regions lie in: physical address 0x40000000 is memory[0]. */
#define RAM 0x40000000u
static uint8_t memory[16 * PAGE];

static const uint8_t *map(void *arg, uint64_t pa, size_t len)
{
	(void)arg;
	if (pa < RAM || pa - RAM > sizeof(memory) ||
	    len > sizeof(memory) - (pa - RAM))
		return NULL;
	return memory + (pa - RAM);
}

static const struct vkx_stub_memory ram = { map, NULL };
static const struct vkx_stub_range control = { RAM + 15 * PAGE, PAGE };

struct fixture {
	struct vkx_stub_region region[3];
	struct vkx_stub_limits limits;
	struct vkx_stub_params params;
	uint8_t code[VKX_STUB_BLOCK];
	uint8_t page[VKX_STUB_PAGE];
};

static void region_set(struct vkx_stub_region *r, uint64_t dest, uint64_t bytes,
		       uint64_t tail)
{
	size_t at = dest - RAM;
	uint64_t i;

	r->dest = dest;
	r->bytes = bytes;
	r->tail = tail;
	for (i = 0; i < bytes; i++)
		memory[at + i] = (uint8_t)(i * 7 + at / PAGE + 1);
	memset(memory + at + bytes, 0, tail);
	vkx_sha256(memory + at, bytes, r->sha256);
}

static void fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	memset(memory, 0xee, sizeof(memory));
	memset(f->code, 0x5c, sizeof(f->code));
	region_set(&f->region[0], RAM, 2 * PAGE - 100, 100 + PAGE);
	region_set(&f->region[1], RAM + 4 * PAGE, PAGE, 0);
	region_set(&f->region[2], RAM + 6 * PAGE, 1, PAGE - 1);
	f->limits.page_size = PAGE;
	f->limits.ram.base = RAM;
	f->limits.ram.bytes = sizeof(memory);
	f->limits.keep = &control;
	f->limits.nkeep = 1;
	f->params = (struct vkx_stub_params){
		.head = RAM + 14 * PAGE + 2,
		.start = RAM + 64,
		.dtb = RAM + 4 * PAGE,
		.ttbr1 = 0x1000,
		.ttbr1_zero = 0x2000,
		.phys_offset = 0x8000000000,
		.page_size = PAGE,
		.el2_vectors = 0x3000,
		.reason = 0x4000,
		.conduit = VKX_STUB_CONDUIT_SMC,
		.ce = true,
	};
}

static int check(const struct fixture *f, size_t n, size_t *index)
{
	return vkx_stub_regions_check(f->region, n, f->params.start,
				      f->params.dtb, &f->limits, index);
}

static int build(struct fixture *f, size_t n)
{
	return vkx_stub_page_build(f->page, f->code, 100, &f->params, f->region,
				   n, &hash);
}

static void good_regions_pass(void **state)
{
	struct fixture f;
	size_t index = 99;

	(void)state;
	fixture_init(&f);
	assert_int_equal(check(&f, 3, NULL), 0);
	f.params.start = f.region[2].dest;
	assert_int_equal(check(&f, 3, NULL), 0);
	/* Up to the last byte of RAM; the index is told of a fault only. */
	f.limits.nkeep = 0;
	f.region[2].dest = RAM + 15 * PAGE;
	f.params.start = RAM;
	assert_int_equal(check(&f, 3, &index), 0);
	assert_int_equal(index, 99);
	f.region[2].dest += PAGE;
	assert_int_equal(check(&f, 3, NULL), -VKX_ERR_MISMATCH);
}

static void every_page_size(void **state)
{
	static const uint64_t sizes[] = { 4096, 16384, 65536 };
	struct vkx_stub_region r = { .dest = 3ULL << 30, .bytes = 65536 };
	struct fixture f;
	size_t i;

	(void)state;
	fixture_init(&f);
	f.params.start = r.dest;
	f.limits.ram.bytes = 1ULL << 32;
	for (i = 0; i < 3; i++) {
		f.limits.page_size = f.params.page_size = sizes[i];
		assert_int_equal(vkx_stub_regions_check(&r, 1, r.dest, r.dest,
							&f.limits, NULL),
				 0);
		assert_int_equal(vkx_stub_page_build(f.page, f.code, 100,
						     &f.params, &r, 1, &hash),
				 0);
	}
}

static void every_conduit(void **state)
{
	static const uint32_t conduits[] = { VKX_STUB_CONDUIT_NONE,
					     VKX_STUB_CONDUIT_SMC,
					     VKX_STUB_CONDUIT_HVC };
	struct fixture f;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		fixture_init(&f);
		f.params.conduit = conduits[i];
		assert_int_equal(build(&f, 3), 0);
		assert_int_equal(vkx_get_le32(f.page + 0xc18), conduits[i]);
	}
}

/* As many regions and as much code as there is room for. */
static void a_full_page(void **state)
{
	struct vkx_stub_region many[VKX_STUB_REGIONS];
	struct fixture f;
	uint32_t differ = 9;
	size_t i;

	(void)state;
	fixture_init(&f);
	for (i = 0; i < VKX_STUB_REGIONS; i++)
		region_set(&many[i], RAM + i * PAGE, PAGE, 0);
	assert_int_equal(vkx_stub_page_build(f.page, f.code, VKX_STUB_BLOCK,
					     &f.params, many, VKX_STUB_REGIONS,
					     &hash),
			 0);
	assert_int_equal(vkx_stub_page_check(f.page, &hash), 0);
	assert_int_equal(vkx_stub_regions_verify(many, VKX_STUB_REGIONS, &ram,
						 &hash, &differ),
			 0);
	assert_int_equal(differ, 0);
	memory[15 * PAGE] ^= 1;
	assert_int_equal(vkx_stub_regions_verify(many, VKX_STUB_REGIONS, &ram,
						 &hash, &differ),
			 -VKX_ERR_MISMATCH);
	assert_int_equal(differ, 1u << 15);
}

/* Each row breaks one field of one region. */
static void v66_bad_regions_are_named(void **state)
{
	static const struct {
		size_t index;
		uint64_t dest, bytes, tail;
		int err;
	} row[] = {
		{ 0, RAM + 8, PAGE, 0, -VKX_ERR_FORMAT },
		{ 1, RAM + 4 * PAGE, PAGE - 1, 0, -VKX_ERR_FORMAT },
		{ 1, RAM + 4 * PAGE, 0, PAGE, -VKX_ERR_FORMAT },
		{ 1, RAM + 4 * PAGE, UINT64_MAX - PAGE + 1, PAGE,
		  -VKX_ERR_FORMAT },
		{ 1, UINT64_MAX - PAGE + 1, PAGE, PAGE, -VKX_ERR_FORMAT },
		{ 2, RAM - PAGE, PAGE, 0, -VKX_ERR_MISMATCH },
		{ 2, RAM + 16 * PAGE, PAGE, 0, -VKX_ERR_MISMATCH },
		{ 2, RAM + 13 * PAGE, 4 * PAGE, 0, -VKX_ERR_MISMATCH },
		{ 2, RAM + 14 * PAGE, 2 * PAGE, 0, -VKX_ERR_MISMATCH },
		{ 2, RAM + 15 * PAGE, PAGE, 0, -VKX_ERR_MISMATCH },
		{ 2, RAM + 4 * PAGE, PAGE, 0, -VKX_ERR_MISMATCH },
		{ 2, RAM + 2 * PAGE, PAGE, 0, -VKX_ERR_MISMATCH },
		{ 2, RAM + 3 * PAGE, PAGE, PAGE, -VKX_ERR_MISMATCH },
		{ 2, RAM, 16 * PAGE, 0, -VKX_ERR_MISMATCH },
	};
	struct fixture f;
	size_t i, index;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		fixture_init(&f);
		f.region[row[i].index].dest = row[i].dest;
		f.region[row[i].index].bytes = row[i].bytes;
		f.region[row[i].index].tail = row[i].tail;
		index = 99;
		assert_int_equal(check(&f, 3, &index), row[i].err);
		assert_int_equal(index, row[i].index);
	}
}

static void entry_and_tree_lie_in_hashed_bytes(void **state)
{
	static const struct {
		uint64_t start, dtb;
	} row[] = {
		{ RAM + 2 * PAGE - 100, RAM }, /* first byte of a tail */
		{ RAM + 3 * PAGE, RAM },
		{ RAM + 2, RAM },
		{ RAM - 4, RAM },
		{ 0, RAM },
		{ RAM, RAM + 5 * PAGE },
		{ RAM, RAM + 4 },
		{ RAM, 0 },
	};
	struct fixture f;
	size_t i, index;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		fixture_init(&f);
		f.params.start = row[i].start;
		f.params.dtb = row[i].dtb;
		assert_int_equal(check(&f, 3, &index), -VKX_ERR_FORMAT);
		assert_int_equal(index, 3);
	}
}

static void counts_and_limits_are_checked(void **state)
{
	struct vkx_stub_region many[VKX_STUB_REGIONS + 1];
	struct fixture f;
	size_t i;

	(void)state;
	fixture_init(&f);
	assert_int_equal(check(&f, 0, NULL), -VKX_ERR_LIMIT);
	f.limits.ram.bytes = 1ULL << 32;
	for (i = 0; i <= VKX_STUB_REGIONS; i++) {
		many[i] = f.region[0];
		many[i].dest = RAM + (i + 20) * 16 * PAGE;
	}
	assert_int_equal(vkx_stub_regions_check(many, VKX_STUB_REGIONS,
						many[0].dest, many[0].dest,
						&f.limits, NULL),
			 0);
	assert_int_equal(vkx_stub_regions_check(many, VKX_STUB_REGIONS + 1,
						many[0].dest, many[0].dest,
						&f.limits, NULL),
			 -VKX_ERR_LIMIT);
	f.limits.page_size = 8192;
	assert_int_equal(check(&f, 3, NULL), -VKX_ERR_ARG);
	f.limits.page_size = PAGE;
	f.limits.ram.bytes = 0;
	assert_int_equal(check(&f, 3, NULL), -VKX_ERR_ARG);
}

/* The offsets that the assembly reads, spelled out once more. */
static void page_has_the_documented_layout(void **state)
{
	struct fixture f;
	uint64_t fold = 0;
	size_t i, k;

	(void)state;
	fixture_init(&f);
	assert_int_equal(build(&f, 3), 0);
	assert_memory_equal(f.page, f.code, 100);
	assert_int_equal(vkx_nonzero_at(f.page + 100, 0xbc0 - 100),
			 0xbc0 - 100);
	assert_memory_equal(f.page + 0xbc0, "VKXSTUB1", 8);
	assert_int_equal(vkx_get_le32(f.page + 0xbc8), 1);
	assert_int_equal(vkx_get_le32(f.page + 0xbcc), 3);
	assert_true(vkx_get_le64(f.page + 0xbd0) == f.params.head);
	assert_true(vkx_get_le64(f.page + 0xbe0) == f.params.dtb);
	assert_true(vkx_get_le64(f.page + 0xbe8) == f.params.ttbr1);
	assert_true(vkx_get_le64(f.page + 0xbf0) == f.params.ttbr1_zero);
	assert_true(vkx_get_le64(f.page + 0xbf8) == f.params.phys_offset);
	assert_true(vkx_get_le64(f.page + 0xc00) == PAGE);
	assert_true(vkx_get_le64(f.page + 0xc08) == f.params.el2_vectors);
	assert_true(vkx_get_le64(f.page + 0xc10) == f.params.reason);
	assert_int_equal(vkx_get_le32(f.page + 0xc18), VKX_STUB_CONDUIT_SMC);
	for (i = 0; i < 3; i++) {
		const uint8_t *e = f.page + 0xc40 + i * 56;

		assert_true(vkx_get_le64(e) == f.region[i].dest);
		assert_true(vkx_get_le64(e + 8) == f.region[i].bytes);
		assert_true(vkx_get_le64(e + 16) == f.region[i].tail);
		assert_memory_equal(e + 24, f.region[i].sha256, 32);
		for (k = 0; k < 4; k++)
			fold = (fold >> 13 | fold << 51) ^
			       vkx_get_le64(e + 24 + 8 * k);
	}
	assert_true((vkx_get_le64(f.page + 0xbd8) ^ fold) == f.params.start);
	assert_memory_equal(f.page + 0xfc0, f.page + 0xfe0, 32);
	f.params.ce = false;
	f.params.sme = true;
	assert_int_equal(build(&f, 3), 0);
	assert_int_equal(vkx_get_le32(f.page + 0xbc8), 2);
}

static void unusable_parameters_write_nothing(void **state)
{
	static const struct vkx_stub_params zero;
	uint8_t before[VKX_STUB_PAGE];
	struct fixture f;
	size_t i;

	(void)state;
	for (i = 0; i < 10; i++) {
		struct vkx_stub_params *p = &f.params;

		fixture_init(&f);
		memset(f.page, 0x11, sizeof(f.page));
		memcpy(before, f.page, sizeof(before));
		switch (i) {
		case 0:
			*p = zero;
			break;
		case 1:
			p->head = 0;
			break;
		case 2:
			p->ttbr1 = 0;
			break;
		case 3:
			p->phys_offset = 0;
			break;
		case 4:
			p->page_size = 8192;
			break;
		case 5:
			p->conduit = 3;
			break;
		case 6:
			p->start += 2;
			break;
		case 7:
			p->reason = 4;
			break;
		case 8:
			f.region[1].bytes--;
			break;
		default:
			f.region[0].dest += 16;
		}
		assert_int_equal(build(&f, 3), -VKX_ERR_ARG);
		assert_memory_equal(f.page, before, sizeof(before));
	}
	fixture_init(&f);
	assert_int_equal(vkx_stub_page_build(f.page, f.code, VKX_STUB_BLOCK + 1,
					     &f.params, f.region, 3, &hash),
			 -VKX_ERR_SPACE);
	assert_int_equal(vkx_stub_page_build(f.page, f.code, 0, &f.params,
					     f.region, 3, &hash),
			 -VKX_ERR_ARG);
	assert_int_equal(vkx_stub_page_build(f.page, NULL, 100, &f.params,
					     f.region, 3, &hash),
			 -VKX_ERR_ARG);
	assert_int_equal(build(&f, 0), -VKX_ERR_LIMIT);
	assert_int_equal(build(&f, VKX_STUB_REGIONS + 1), -VKX_ERR_LIMIT);
}

/* V65: every bit of the page is under its seal. */
static void every_flipped_bit_breaks_the_seal(void **state)
{
	struct fixture f;
	size_t i;

	(void)state;
	fixture_init(&f);
	assert_int_equal(build(&f, 3), 0);
	assert_int_equal(vkx_stub_page_check(f.page, &hash), 0);
	for (i = 0; i < VKX_STUB_PAGE * 8u; i++) {
		f.page[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(vkx_stub_page_check(f.page, &hash),
				 -VKX_ERR_MISMATCH);
		f.page[i / 8] ^= (uint8_t)(1u << i % 8);
	}
}

/* A seal that agrees does not make any block one of ours. */
static void sealed_nonsense_is_refused(void **state)
{
	struct fixture f;
	uint32_t n;

	(void)state;
	for (n = 0; n < 3; n++) {
		fixture_init(&f);
		assert_int_equal(build(&f, 3), 0);
		if (n == 2)
			f.page[VKX_STUB_BLOCK] ^= 1;
		else
			vkx_put_le32(f.page + VKX_STUB_BLOCK + VKX_STUB_COUNT,
				     n * 17);
		vkx_sha256(f.page, VKX_STUB_SEALED, f.page + VKX_STUB_SEAL_A);
		memcpy(f.page + VKX_STUB_SEAL_B, f.page + VKX_STUB_SEAL_A, 32);
		assert_int_equal(vkx_stub_page_check(f.page, &hash),
				 -VKX_ERR_MISMATCH);
	}
}

static void refresh_equals_building_anew(void **state)
{
	struct fixture f, g;
	uint8_t digest[32];

	(void)state;
	fixture_init(&f);
	assert_int_equal(build(&f, 3), 0);
	memset(digest, 0x77, sizeof(digest));
	assert_int_equal(
		vkx_stub_page_refresh(f.page, f.region[1].dest, digest, &hash),
		0);
	g = f;
	memcpy(g.region[1].sha256, digest, 32);
	assert_int_equal(build(&g, 3), 0);
	assert_memory_equal(f.page, g.page, VKX_STUB_PAGE);
}

static void refresh_blesses_nothing_altered(void **state)
{
	uint8_t before[VKX_STUB_PAGE], digest[32] = { 1 };
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(build(&f, 3), 0);
	memcpy(before, f.page, sizeof(before));
	assert_int_equal(
		vkx_stub_page_refresh(f.page, RAM + PAGE, digest, &hash),
		-VKX_ERR_NOTFOUND);
	assert_memory_equal(f.page, before, sizeof(before));
	f.page[5] ^= 1;
	memcpy(before, f.page, sizeof(before));
	assert_int_equal(
		vkx_stub_page_refresh(f.page, f.region[1].dest, digest, &hash),
		-VKX_ERR_MISMATCH);
	assert_memory_equal(f.page, before, sizeof(before));
}

/* V64, V67: the checks of an image that is never relocated. */
static void every_changed_byte_in_memory_is_found(void **state)
{
	struct fixture f;
	uint32_t differ;
	size_t i, at, span;

	(void)state;
	fixture_init(&f);
	differ = 9;
	assert_int_equal(
		vkx_stub_regions_verify(f.region, 3, &ram, &hash, &differ), 0);
	assert_int_equal(differ, 0);
	for (i = 0; i < 3; i++) {
		span = f.region[i].bytes + f.region[i].tail;
		for (at = f.region[i].dest - RAM; span--; at++) {
			memory[at] ^= 0x80;
			assert_int_equal(vkx_stub_regions_verify(f.region, 3,
								 &ram, &hash,
								 &differ),
					 -VKX_ERR_MISMATCH);
			assert_int_equal(differ, 1u << i);
			memory[at] ^= 0x80;
		}
	}
}

static void unmapped_memory_is_not_a_match(void **state)
{
	struct fixture f;
	uint32_t differ = 5;

	(void)state;
	fixture_init(&f);
	f.region[1].dest = RAM + 16 * PAGE;
	assert_int_equal(
		vkx_stub_regions_verify(f.region, 3, &ram, &hash, &differ),
		-VKX_ERR_IO);
	assert_int_equal(differ, 5);
	f.region[1].bytes = UINT64_MAX;
	f.region[1].tail = 2;
	assert_int_equal(
		vkx_stub_regions_verify(f.region, 3, &ram, &hash, NULL),
		-VKX_ERR_IO);
	/* A length that wraps is not one of mapped memory. */
	f.region[1].dest = RAM;
	assert_int_equal(
		vkx_stub_regions_verify(f.region, 3, &ram, &hash, NULL),
		-VKX_ERR_IO);
	assert_int_equal(
		vkx_stub_regions_verify(f.region, 0, &ram, &hash, NULL),
		-VKX_ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_regions_pass),
		cmocka_unit_test(every_page_size),
		cmocka_unit_test(every_conduit),
		cmocka_unit_test(a_full_page),
		cmocka_unit_test(v66_bad_regions_are_named),
		cmocka_unit_test(entry_and_tree_lie_in_hashed_bytes),
		cmocka_unit_test(counts_and_limits_are_checked),
		cmocka_unit_test(page_has_the_documented_layout),
		cmocka_unit_test(unusable_parameters_write_nothing),
		cmocka_unit_test(every_flipped_bit_breaks_the_seal),
		cmocka_unit_test(sealed_nonsense_is_refused),
		cmocka_unit_test(refresh_equals_building_anew),
		cmocka_unit_test(refresh_blesses_nothing_altered),
		cmocka_unit_test(every_changed_byte_in_memory_is_found),
		cmocka_unit_test(unmapped_memory_is_not_a_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
