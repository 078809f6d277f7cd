/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The merge, rule by rule: what crosses, what must not (V28, V29, V66, V72),
 * what is refused, and that the list names exactly what crossed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <libfdt.h>

#include "cursor.h"
#include "fdt_fixture.h"
#include "fdt_merge.h"
#include "tests/unit/sig_fixture.h"

static struct vkx_merge_work work;

/* One merge in hand: both trees grow until merge() is called. */
struct bench {
	void *tree; /* signed; NULL after whole() */
	void *run;
	void *out;
	struct vkx_merge in;
	struct vkx_merge_result res;
	struct vkx_carry_sink sink;
	uint8_t *list;
	size_t list_len;
	struct derb collected;
};

static void collect(void *arg, const void *data, size_t len)
{
	struct bench *b = arg;

	derb_raw(&b->collected, data, len);
}

/* In memory of just that size, so that nobody reads behind it unnoticed. */
static void take_list(struct bench *b)
{
	free(b->list);
	b->list_len = b->collected.len;
	b->list = malloc(b->list_len);
	assert_non_null(b->list);
	if (b->list_len)
		memcpy(b->list, b->collected.p, b->list_len);
}

static struct bench *bench_new(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->tree = fdt_signed_board();
	b->run = fdt_running_board();
	b->in.bootargs = "console=ttyAMA0";
	b->in.bootargs_len = 15;
	b->in.initrd.start = 0x90000000;
	b->in.initrd.size = 0x100000;
	b->sink.bytes = collect;
	b->sink.arg = b;
	b->in.sink = &b->sink;
	return b;
}

static void bench_free(struct bench *b)
{
	free(b->tree);
	free(b->run);
	free(b->out);
	free(b->list);
	free(b->collected.p);
	free(b);
}

/* Both trees checked as the loader would, merged, the result checked. */
static int try_merge(struct bench *b, struct vkx_fault *fault)
{
	uint32_t bound;
	int err;

	if (b->tree) {
		assert_int_equal(vkx_fdt_check(b->tree, fdt_done(b->tree),
					       VKX_FDT_STRICT, &work.fdt, NULL,
					       fault),
				 0);
		b->in.signed_tree = b->tree;
	}
	assert_int_equal(vkx_fdt_check(b->run, fdt_done(b->run),
				       VKX_FDT_RUNNING, &work.fdt, NULL, fault),
			 0);
	b->in.running = b->run;
	err = vkx_fdt_merge_bound(&b->in, &bound);
	if (err)
		return err;
	free(b->out);
	b->out = malloc(bound);
	b->collected.len = 0;
	memset(&b->res, 0, sizeof(b->res));
	memset(&work, 0xa5, sizeof(work));
	err = vkx_fdt_merge(&b->in, b->out, bound, &work, &b->res, fault);
	take_list(b);
	return err;
}

static void merge(struct bench *b)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	int err = try_merge(b, &fault);

	if (err)
		fail_msg("merge refused: %d %s", err, vkx_rule_id(fault.rule));
	assert_int_equal(b->res.size, fdt_totalsize(b->out));
	assert_int_equal(fdt_check_full(b->out, b->res.size), 0);
	assert_int_equal(b->res.carried, b->sink.items);
}

static void refused_as(struct bench *b, enum vkx_rule rule)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	struct vkx_merge_result before = { .size = 77 };

	b->res = before;
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_FORMAT);
	assert_string_equal(vkx_rule_id(fault.rule), vkx_rule_id(rule));
	bench_free(b);
}

/* Is there an item path:name (or node path, or reservation) in the list? */
static bool listed(const struct bench *b, const char *path, const char *name)
{
	struct vkx_carry_item item;
	size_t pos = 0;
	bool found = false;
	int err;

	while (vkx_carry_next(b->list, b->list_len, &pos, &item, &err))
		if (item.path_len == strlen(path) &&
		    item.name_len == strlen(name) &&
		    !memcmp(item.path, path, item.path_len) &&
		    !memcmp(item.name, name, item.name_len))
			found = true;
	assert_int_equal(err, 0);
	return found;
}

static void has_cells(struct bench *b, const char *path, const char *name,
		      const char *cells)
{
	const char *have = fdt_cells_at(b->out, path, name);

	if (!have)
		fail_msg("%s:%s is missing", path, name);
	assert_string_equal(have, cells);
}

/* --- the base ------------------------------------------------------------ */

static void signed_tree_is_the_base(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_hex(b->run, "/soc/gic@2", "release", "1");
	fdt_hex(b->run, "/soc/evil@3", "reg", "1");
	fdt_str(b->run, "/", "model", "from firmware");
	merge(b);
	has_cells(b, "/soc/gic@2", "release", "2");
	assert_false(fdt_has(b->out, "/soc/evil@3", NULL));
	assert_false(fdt_has(b->out, "/", "model"));
	assert_string_equal(fdt_text_at(b->out, "/chosen", "stdout-path"),
			    "serial0");
	/* What was signed is no fact of the machine: bank, type, reg. */
	assert_false(listed(b, "/", "compatible"));
	assert_int_equal(b->res.carried, 3);
	bench_free(b);
}

static void same_inputs_same_bytes(void **state)
{
	struct bench *a = bench_new(), *b = bench_new();

	(void)state;
	merge(a);
	merge(b);
	assert_int_equal(a->res.size, b->res.size);
	assert_memory_equal(a->out, b->out, a->res.size);
	assert_int_equal(a->list_len, b->list_len);
	assert_memory_equal(a->list, b->list, a->list_len);
	bench_free(a);
	bench_free(b);
}

/* The list depends on the machine, not on this kexec's addresses or seeds. */
static void list_is_free_of_this_kexec(void **state)
{
	struct bench *a = bench_new(), *b = bench_new();

	(void)state;
	b->in.kaslr_seed = 42;
	b->in.initrd.start = 0xa0000000;
	b->in.rng_seed = (const uint8_t *)"0123456789abcdef";
	b->in.rng_seed_len = 16;
	b->in.bootargs_len = 3;
	merge(a);
	merge(b);
	assert_int_equal(a->list_len, b->list_len);
	assert_memory_equal(a->list, b->list, a->list_len);
	bench_free(a);
	bench_free(b);
}

static void another_board(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_raw(b->run, "/", "compatible", "acme,other\0acme,soc", 20);
	refused_as(b, VKX_RULE_POLICY_MACHINE);

	b = bench_new();
	fdt_raw(b->run, "/", "compatible", "acme,other\0acme,soc", 20);
	b->in.any_compatible = true;
	merge(b);
	bench_free(b);

	b = bench_new();
	fdt_str(b->run, "/", "compatible", "acme,stranger");
	b->in.any_compatible = true;
	refused_as(b, VKX_RULE_POLICY_MACHINE);

	b = bench_new();
	fdt_raw(b->run, "/", "compatible", "acme,board", 10); /* no NUL */
	refused_as(b, VKX_RULE_POLICY_MACHINE);

	b = bench_new();
	fdt_delprop(b->tree, 0, "compatible");
	refused_as(b, VKX_RULE_POLICY_MACHINE);
}

/* --- memory -------------------------------------------------------------- */

static void memory_is_the_machines(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_hex(b->run, "/memory@80000000", "phandle", "1"); /* gic's! */
	fdt_hex(b->run, "/memory@80000000", "numa-node-id", "0");
	fdt_str(b->run, "/memory@80000000", "junk", "x");
	merge(b);
	assert_false(fdt_has(b->out, "/memory@0", NULL));
	has_cells(b, "/memory@80000000", "reg", "0 80000000 0 80000000");
	has_cells(b, "/memory@80000000", "numa-node-id", "0");
	assert_false(fdt_has(b->out, "/memory@80000000", "phandle"));
	assert_false(fdt_has(b->out, "/memory@80000000", "junk"));
	assert_true(listed(b, "/memory@80000000", "reg"));
	assert_true(listed(b, "/memory@80000000", ""));
	bench_free(b);
}

static void memory_absent(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_del_node(b->run, fdt_at(b->run, "/memory@80000000"));
	refused_as(b, VKX_RULE_MERGE_MEMORY);

	b = bench_new();
	fdt_str(b->run, "/memory@80000000", "status", "disabled");
	refused_as(b, VKX_RULE_MERGE_MEMORY);

	b = bench_new();
	fdt_hex(b->run, "/memory@80000000", "reg", "0 80000000 0 0");
	refused_as(b, VKX_RULE_MERGE_MEMORY);

	/* UEFI brings its own map; the signed banks still go. */
	b = bench_new();
	fdt_del_node(b->run, fdt_at(b->run, "/memory@80000000"));
	fdt_hex(b->run, "/chosen", "linux,uefi-mmap-start", "0 1000");
	merge(b);
	assert_false(fdt_has(b->out, "/memory@0", NULL));
	bench_free(b);
}

static void memory_in_other_cells(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_hex(b->run, "/", "#address-cells", "1");
	fdt_hex(b->run, "/", "#size-cells", "1");
	fdt_hex(b->run, "/memory@80000000", "reg", "80000000 40000000");
	merge(b);
	has_cells(b, "/memory@80000000", "reg", "0 80000000 0 40000000");
	bench_free(b);

	b = bench_new();
	fdt_hex(b->tree, "/", "#address-cells", "1");
	fdt_hex(b->tree, "/", "#size-cells", "1");
	merge(b);
	has_cells(b, "/memory@80000000", "reg", "80000000 80000000");
	bench_free(b);

	b = bench_new(); /* does not fit one cell */
	fdt_hex(b->tree, "/", "#address-cells", "1");
	fdt_hex(b->run, "/memory@80000000", "reg", "1 0 0 80000000");
	refused_as(b, VKX_RULE_MERGE_MEMORY);

	b = bench_new();
	fdt_hex(b->tree, "/", "#size-cells", "3");
	refused_as(b, VKX_RULE_MERGE_MEMORY);

	b = bench_new();
	fdt_delprop(b->run, 0, "#address-cells");
	refused_as(b, VKX_RULE_MERGE_MEMORY);

	b = bench_new(); /* half a range behind a good one */
	fdt_hex(b->run, "/memory@80000000", "reg", "0 80000000 0 80000000 1");
	refused_as(b, VKX_RULE_MERGE_MEMORY);

	b = bench_new(); /* the second range wraps */
	fdt_hex(b->run, "/memory@80000000", "reg",
		"0 80000000 0 80000000 ffffffff ffffffff 0 2");
	refused_as(b, VKX_RULE_MERGE_MEMORY);
}

static void memory_name_taken(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_str(b->tree, "/memory@80000000", "compatible", "acme,not-memory");
	refused_as(b, VKX_RULE_MERGE_MEMORY);
}

/* --- reservations -------------------------------------------------------- */

static void reservation_rules(void **state)
{
	struct vkx_extent drop = { 0xb0000000, 0x12345 };
	struct bench *b = bench_new();

	(void)state;
	fdt_add_mem_rsv(b->tree, 0x1000, 0x1000);
	fdt_add_mem_rsv(b->run, 0x1000, 0x1000); /* both have it */
	fdt_add_mem_rsv(b->run, 0x2000, 0x1000); /* firmware's */
	fdt_add_mem_rsv(b->run, 0x84000000, 0x5000); /* old initrd */
	fdt_add_mem_rsv(b->run, 0x85000000, 0x1000); /* old IMA list */
	fdt_add_mem_rsv(b->run, 0x86000000, 0x1000); /* old elfcorehdr */
	fdt_add_mem_rsv(b->run, 0x87000000, 0x1000); /* old TPM log */
	fdt_add_mem_rsv(b->run, 0x88000000, 0x1000); /* an earlier hop's */
	fdt_add_mem_rsv(b->run, 0xb0000000, 0x13000); /* running DTB */
	fdt_add_mem_rsv(b->run, 0xb0000000, 0x14000); /* not it */
	fdt_hex(b->run, "/chosen", "linux,initrd-start", "84000000");
	fdt_hex(b->run, "/chosen", "linux,initrd-end", "0 84005000");
	fdt_hex(b->run, "/chosen", "linux,ima-kexec-buffer",
		"0 85000000 0 1000");
	fdt_hex(b->run, "/chosen", "linux,elfcorehdr", "0 86000000 0 1000");
	fdt_hex(b->run, "/soc/tpm@0", "linux,sml-base", "0 87000000");
	fdt_hex(b->run, "/soc/tpm@0", "linux,sml-size", "1000");
	fdt_hex(b->run, "/chosen", "vkexec,reservations", "0 88000000 0 1000");
	b->in.drop = &drop;
	b->in.nr_drop = 1;
	merge(b);
	assert_int_equal(fdt_num_mem_rsv(b->out), 4);
	assert_int_equal(fdt_reserves(b->out, 0x1000, 0x1000), 1);
	assert_int_equal(fdt_reserves(b->out, 0x2000, 0x1000), 1);
	assert_int_equal(fdt_reserves(b->out, 0xb0000000, 0x14000), 1);
	assert_int_equal(fdt_reserves(b->out, 0x90000000, 0x100000), 1);
	has_cells(b, "/chosen", "vkexec,reservations", "0 90000000 0 100000");
	assert_true(listed(b, "", ""));
	bench_free(b);
}

/* Tables of an interrupt controller: LPI tables for ever, others once. */
static void reserved_for_devices(void **state)
{
	struct vkx_extent tables[] = { { 0x81000000, 0x10000 },
				       { 0x81000000, 0x10000 },
				       { 0x81010000, 0x10000 },
				       { 0, 0 },
				       { 0x82000000, 0x2000 } };
	struct bench *b = bench_new();
	uint32_t hop;

	(void)state;
	b->in.reserve = tables;
	b->in.nr_reserve = 5;
	b->in.nr_lasting = 4;
	for (hop = 0; hop < 3; hop++) {
		merge(b);
		assert_int_equal(fdt_num_mem_rsv(b->out), 4);
		assert_int_equal(fdt_reserves(b->out, 0x81000000, 0x10000), 1);
		assert_int_equal(fdt_reserves(b->out, 0x81010000, 0x10000), 1);
		assert_int_equal(fdt_reserves(b->out, tables[4].start, 0x2000),
				 1);
		assert_true(listed(b, "", ""));
		tables[4].start += 0x10000; /* the next kernel's own */
		free(b->run);
		b->run = fdt_grow(b->out);
	}
	b->in.nr_lasting = 6;
	assert_int_equal(try_merge(b, NULL), -VKX_ERR_ARG);
	bench_free(b);
}

/* A second hop drops what the first one left, however often. */
static void ten_hops_do_not_pile_up(void **state)
{
	struct bench *b = bench_new();
	uint32_t size = 0, i;

	(void)state;
	b->in.tpm_path = "/soc/tpm@0";
	b->in.sml.start = 0xc0000000;
	b->in.sml.size = 0x10000;
	for (i = 0; i < 10; i++) {
		b->in.initrd.start += 0x1000000;
		b->in.sml.start += 0x1000000;
		merge(b);
		assert_int_equal(fdt_num_mem_rsv(b->out), 2);
		if (i)
			assert_int_equal(b->res.size, size);
		size = b->res.size;
		free(b->run);
		b->run = fdt_grow(b->out);
	}
	bench_free(b);
}

/* V66: a signed tree that reserves what a segment will occupy. */
static void signed_reservation_over_a_segment(void **state)
{
	struct vkx_extent segments[] = { { 0x80200000, 0x1000000 },
					 { 0x90000000, 0x100000 } };
	static const struct {
		uint64_t start, size;
		bool refused;
	} rows[] = {
		{ 0x80000000, 0x200000, false },
		{ 0x80000000, 0x200001, true },
		{ 0x811fffff, 1, true },
		{ 0x81200000, 0x1000, false },
		{ 0x90000000, 0x100000, true },
		{ 0x0, 0xffffffffffffffff, true },
	};
	char cells[64];
	struct bench *b;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (j = 0; j < 2; j++) {
			b = bench_new();
			b->in.segments = segments;
			b->in.nr_segments = 2;
			snprintf(cells, sizeof(cells), "%x %x %x %x",
				 (unsigned int)(rows[i].start >> 32),
				 (unsigned int)rows[i].start,
				 (unsigned int)(rows[i].size >> 32),
				 (unsigned int)rows[i].size);
			if (j) {
				fdt_hex(b->tree, "/reserved-memory",
					"#address-cells", "2");
				fdt_hex(b->tree, "/reserved-memory",
					"#size-cells", "2");
				fdt_hex(b->tree, "/reserved-memory/r", "reg",
					cells);
			} else {
				fdt_add_mem_rsv(b->tree, rows[i].start,
						rows[i].size);
			}
			if (rows[i].refused) {
				refused_as(b, VKX_RULE_FDT_RESERVE);
				continue;
			}
			merge(b);
			bench_free(b);
		}
}

static void region(void *fdt, const char *name, const char *reg,
		   const char *flag)
{
	char path[64] = "/reserved-memory/";

	fdt_hex(fdt, "/reserved-memory", "#address-cells", "2");
	fdt_hex(fdt, "/reserved-memory", "#size-cells", "2");
	fdt_raw(fdt, "/reserved-memory", "ranges", NULL, 0);
	strcat(path, name);
	fdt_hex(fdt, path, "reg", reg);
	if (flag)
		fdt_raw(fdt, path, flag, NULL, 0);
}

static void reserved_memory_union(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	region(b->tree, "both@1000", "0 1000 0 1000", "no-map");
	region(b->run, "same@1000", "0 1000 0 1000", "no-map");
	region(b->run, "inside@1800", "0 1800 0 100", "no-map");
	region(b->run, "optee@5000", "0 5000 0 1000", "no-map");
	region(b->run, "both@1000", "0 7000 0 1000", NULL);
	region(b->run, "off@9000", "0 9000 0 1000", NULL);
	fdt_str(b->run, "/reserved-memory/off@9000", "status", "disabled");
	fdt_hex(b->run, "/reserved-memory/dynamic", "size", "0 1000");
	fdt_hex(b->run, "/reserved-memory/optee@5000", "phandle", "1");
	fdt_str(b->run, "/reserved-memory/optee@5000", "compatible", "acme,x");
	fdt_raw(b->run, "/reserved-memory/optee@5000", "linux,cma-default",
		NULL, 0);
	merge(b);
	has_cells(b, "/reserved-memory/both@1000", "reg", "0 1000 0 1000");
	assert_false(fdt_has(b->out, "/reserved-memory/same@1000", NULL));
	assert_false(fdt_has(b->out, "/reserved-memory/inside@1800", NULL));
	assert_false(fdt_has(b->out, "/reserved-memory/off@9000", NULL));
	assert_false(fdt_has(b->out, "/reserved-memory/dynamic", NULL));
	has_cells(b, "/reserved-memory/optee@5000", "reg", "0 5000 0 1000");
	assert_true(fdt_has(b->out, "/reserved-memory/optee@5000", "no-map"));
	assert_true(
		fdt_has(b->out, "/reserved-memory/optee@5000", "compatible"));
	assert_false(fdt_has(b->out, "/reserved-memory/optee@5000", "phandle"));
	assert_false(fdt_has(b->out, "/reserved-memory/optee@5000",
			     "linux,cma-default"));
	/* The name was taken: another one, same region. */
	has_cells(b, "/reserved-memory/carried@7000", "reg", "0 7000 0 1000");
	assert_true(listed(b, "/reserved-memory/optee@5000", "no-map"));
	bench_free(b);
}

/* A list that names the node of a region: carried once. */
static void reserved_memory_by_list(void **state)
{
	static const char list[] = "/reserved-memory/ramoops@7e000000";
	struct bench *b = bench_new();

	(void)state;
	region(b->tree, "other@1000", "0 1000 0 1000", NULL);
	fdt_raw(b->tree, "/vkexec", "carry-over", list, sizeof(list));
	region(b->run, "ramoops@7e000000", "0 7e000000 0 1000", NULL);
	fdt_str(b->run, "/reserved-memory/ramoops@7e000000", "compatible",
		"ramoops");
	merge(b);
	has_cells(b, "/reserved-memory/ramoops@7e000000", "reg",
		  "0 7e000000 0 1000");
	assert_false(
		fdt_has(b->out, "/reserved-memory/carried@7e000000", NULL));
	bench_free(b);
}

static void reserved_memory_made_if_missing(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	region(b->run, "tz@5000", "0 5000 0 1000", "no-map");
	merge(b);
	has_cells(b, "/reserved-memory", "#address-cells", "2");
	has_cells(b, "/reserved-memory", "#size-cells", "2");
	assert_true(fdt_has(b->out, "/reserved-memory", "ranges"));
	has_cells(b, "/reserved-memory/tz@5000", "reg", "0 5000 0 1000");
	bench_free(b);

	b = bench_new(); /* root says 2, the node says 1: Linux ignores it */
	region(b->run, "tz@5000", "0 5000 0 1000", "no-map");
	fdt_hex(b->run, "/reserved-memory", "#size-cells", "1");
	merge(b);
	assert_false(fdt_has(b->out, "/reserved-memory", NULL));
	bench_free(b);
}

static void reserved_memory_contradiction(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	region(b->tree, "r@1000", "0 1000 0 1000", "no-map");
	region(b->run, "r@1000", "0 1000 0 1000", NULL);
	refused_as(b, VKX_RULE_MERGE_RESERVED);

	b = bench_new();
	region(b->tree, "r@1000", "0 1000 0 1000", NULL);
	region(b->run, "r@1000", "0 1fff 0 1000", "reusable");
	refused_as(b, VKX_RULE_MERGE_RESERVED);

	b = bench_new(); /* touching is not overlapping */
	region(b->tree, "r@1000", "0 1000 0 1000", NULL);
	region(b->run, "r@2000", "0 2000 0 1000", "no-map");
	merge(b);
	bench_free(b);
}

/* Of two signed regions, whichever stands first. */
static void reserved_memory_beside_several(void **state)
{
	static const struct {
		const char *first, *second, *running;
		bool carried;
	} rows[] = {
		{ "0 8000 0 1000", "0 1000 0 1000", "0 1000 0 1000", false },
		{ "0 1000 0 1000", "0 1800 0 1000", "0 1000 0 1000", false },
		{ "0 1800 0 1000", "0 1000 0 1000", "0 1000 0 1000", false },
		{ "0 8000 0 1000", "0 1000 0 1000", "0 800 0 1000", true },
		{ "0 8000 0 1000", "0 1000 0 1000", "0 1800 0 1000", true },
		{ "0 8000 0 1000", "0 1000 0 1000", "0 800 0 2000", true },
		{ "0 8000 0 1000", "0 1000 0 1000", "0 1000 0 1001", true },
		{ "0 8000 0 1000", "0 1000 0 1000", "0 2000 0 1000", true },
	};
	struct bench *b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b = bench_new();
		region(b->tree, "a@0", rows[i].first, "no-map");
		region(b->tree, "b@0", rows[i].second, "no-map");
		region(b->run, "r@0", rows[i].running, "no-map");
		merge(b);
		if (fdt_has(b->out, "/reserved-memory/r@0", NULL) !=
		    rows[i].carried)
			fail_msg("row %zu", i);
		bench_free(b);
	}
	/* A contradiction behind a region that has nothing to do with it. */
	b = bench_new();
	region(b->tree, "a@0", "0 8000 0 1000", NULL);
	region(b->tree, "b@0", "0 1000 0 1000", NULL);
	region(b->run, "r@0", "0 1000 0 1000", "no-map");
	refused_as(b, VKX_RULE_MERGE_RESERVED);
	/* And in front of one that would cover. */
	b = bench_new();
	region(b->tree, "a@0", "0 1000 0 1000", NULL);
	region(b->tree, "b@0", "0 1000 0 1000", "no-map");
	region(b->run, "r@0", "0 1000 0 1000", "no-map");
	refused_as(b, VKX_RULE_MERGE_RESERVED);
}

/* Linux takes no notice of such a node, whatever its children say. */
static void reserved_memory_without_cells(void **state)
{
	static const char *const cells[] = { "#address-cells", "#size-cells" };
	struct bench *b;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		b = bench_new();
		region(b->run, "r@5000", "0 5000 0 1000", "no-map");
		if (i < 2)
			fdt_delprop(b->run, fdt_at(b->run, "/reserved-memory"),
				    cells[i]);
		else
			fdt_hex(b->run, "/reserved-memory", cells[i - 2], "1");
		merge(b);
		assert_false(fdt_has(b->out, "/reserved-memory", NULL));
		bench_free(b);
	}
}

/* What is handed on may lie across two banks that touch, and no further. */
static void buffers_across_banks(void **state)
{
	static const struct {
		uint64_t start, size;
		bool good;
	} rows[] = {
		{ 0x80fff000, 0x2000, true },
		{ 0x80ffffff, 0x1000001, true },
		{ 0x80000000, 0x2000000, true },
		{ 0x81fff000, 0x1001, false },
		{ 0x7ffff000, 0x2000, false },
		{ 0x82000000, 0x1000, false },
	};
	struct bench *b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b = bench_new();
		fdt_hex(b->run, "/memory@80000000", "reg",
			"0 80000000 0 1000000");
		fdt_str(b->run, "/memory@81000000", "device_type", "memory");
		fdt_hex(b->run, "/memory@81000000", "reg",
			"0 81000000 0 1000000 0 a0000000 0 1000000");
		b->in.initrd.start = 0xa0000000;
		b->in.ima.start = rows[i].start;
		b->in.ima.size = rows[i].size;
		if (!rows[i].good) {
			refused_as(b, VKX_RULE_MERGE_MEMORY);
			continue;
		}
		merge(b);
		bench_free(b);
	}
}

/* Half a pair, or cells of no known width, name no initrd to forget. */
static void old_initrd_half_told(void **state)
{
	static const struct {
		const char *start, *end;
		int kept;
	} rows[] = {
		{ "84000000", "84005000", 0 },
		{ "0 84000000", "0 84005000", 0 },
		{ NULL, "84005000", 1 },
		{ "84000000", NULL, 1 },
		{ "0 0 84000000", "84005000", 1 },
		{ "84000000", "0 0 84005000", 1 },
		{ "84005000", "84000000", 1 },
	};
	struct bench *b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b = bench_new();
		fdt_add_mem_rsv(b->run, 0x84000000, 0x5000);
		if (rows[i].start)
			fdt_hex(b->run, "/chosen", "linux,initrd-start",
				rows[i].start);
		if (rows[i].end)
			fdt_hex(b->run, "/chosen", "linux,initrd-end",
				rows[i].end);
		merge(b);
		if (fdt_reserves(b->out, 0x84000000, 0x5000) != rows[i].kept)
			fail_msg("row %zu", i);
		bench_free(b);
	}
}

/* --- /chosen (V29, V71) -------------------------------------------------- */

static void chosen_is_ours(void **state)
{
	static const char *const names[] = {
		"bootargs-append",
		"bootconfig",
		"linux,kho-fdt",
		"linux,kho-scratch",
		"linux,elfcorehdr",
		"vkexec,reservations",
		"linux,usable-memory-range",
		"u-boot,bootconf",
		"linux,uefi-system-table",
		"kaslr-seed",
		"rng-seed",
		"linux,ima-kexec-buffer",
		"linux,initrd-start",
		"anything",
	};
	struct bench *b = bench_new();
	size_t i;

	(void)state;
	b->in.initrd.size = 0;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		fdt_hex(b->tree, "/chosen", names[i], "1 2 3 4");
		if (strncmp(names[i], "linux,uefi", 10))
			fdt_hex(b->run, "/chosen", names[i], "5 6 7 8");
	}
	fdt_str(b->tree, "/chosen", "bootargs", "init=/bin/sh");
	fdt_hex(b->tree, "/chosen", "linux,pci-probe-only", "1");
	merge(b);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (fdt_has(b->out, "/chosen", names[i]))
			fail_msg("/chosen:%s survived", names[i]);
	assert_string_equal(fdt_text_at(b->out, "/chosen", "bootargs"),
			    "console=ttyAMA0");
	has_cells(b, "/chosen", "linux,pci-probe-only", "1");
	assert_true(fdt_has(b->out, "/chosen", "linux,booted-from-kexec"));
	bench_free(b);
}

static void empty_command_line_stays_empty(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_str(b->tree, "/chosen", "bootargs", "lockdown=none");
	b->in.bootargs_len = 0;
	merge(b);
	assert_string_equal(fdt_text_at(b->out, "/chosen", "bootargs"), "");
	bench_free(b);
}

static void chosen_values(void **state)
{
	static const uint8_t seed[128] = { 1, 2, 3 };
	struct bench *b = bench_new();
	int len;

	(void)state;
	fdt_hex(b->run, "/chosen", "kaslr-seed", "dead dead");
	b->in.kaslr_seed = 0x1122334455667788;
	b->in.rng_seed = seed;
	b->in.rng_seed_len = sizeof(seed);
	b->in.ima.start = 0xa0000000;
	b->in.ima.size = 0x2000;
	merge(b);
	has_cells(b, "/chosen", "kaslr-seed", "11223344 55667788");
	has_cells(b, "/chosen", "linux,initrd-start", "0 90000000");
	has_cells(b, "/chosen", "linux,initrd-end", "0 90100000");
	has_cells(b, "/chosen", "linux,ima-kexec-buffer", "0 a0000000 0 2000");
	assert_non_null(fdt_getprop(b->out, fdt_path_offset(b->out, "/chosen"),
				    "rng-seed", &len));
	assert_int_equal(len, 128);
	assert_true(b->res.ima);
	assert_int_equal(fdt_reserves(b->out, 0xa0000000, 0x2000), 1);
	assert_false(listed(b, "/chosen", "kaslr-seed"));
	assert_false(listed(b, "/chosen", "rng-seed"));
	bench_free(b);
}

static void every_uefi_property(void **state)
{
	static const char *const names[] = {
		"linux,uefi-system-table",     "linux,uefi-mmap-start",
		"linux,uefi-mmap-size",	       "linux,uefi-mmap-desc-size",
		"linux,uefi-mmap-desc-ver",    "linux,uefi-secure-boot",
		"linux,uefi-not-yet-invented",
	};
	struct bench *b = bench_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		fdt_hex(b->run, "/chosen", names[i], "7 8");
	fdt_hex(b->tree, "/chosen", "linux,uefi-secure-boot", "0");
	merge(b);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		has_cells(b, "/chosen", names[i], "7 8");
		assert_true(listed(b, "/chosen", names[i]));
	}
	bench_free(b);
}

static void crash_kernel(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_hex(b->tree, "/soc/tpm@0", "linux,sml-base", "0 1000");
	fdt_hex(b->tree, "/soc/tpm@0", "linux,sml-size", "1000");
	b->in.crash = true;
	b->in.elfcorehdr.start = 0xa0000000;
	b->in.elfcorehdr.size = 0x10000;
	b->in.usable[0].start = 0x88000000;
	b->in.usable[0].size = 0x10000000;
	merge(b);
	has_cells(b, "/chosen", "linux,elfcorehdr", "0 a0000000 0 10000");
	has_cells(b, "/chosen", "linux,usable-memory-range",
		  "0 88000000 0 10000000");
	assert_int_equal(fdt_reserves(b->out, 0xa0000000, 0x10000), 1);
	/* Its driver would read outside of the crash kernel's linear map. */
	assert_false(fdt_has(b->out, "/soc/tpm@0", "linux,sml-base"));
	assert_false(fdt_has(b->out, "/soc/tpm@0", "linux,sml-size"));

	b->in.usable[1].start = 0xf0000000;
	b->in.usable[1].size = 0x1000000;
	merge(b);
	has_cells(b, "/chosen", "linux,usable-memory-range",
		  "0 88000000 0 10000000 0 f0000000 0 1000000");
	bench_free(b);
}

/* --- TPM log (V72) ------------------------------------------------------- */

static struct bench *with_log(void)
{
	struct bench *b = bench_new();

	b->in.tpm_path = "/soc/tpm@0";
	b->in.sml.start = 0xc0000000;
	b->in.sml.size = 0x10000;
	return b;
}

static void log_by_path(void **state)
{
	struct bench *b = with_log();

	(void)state;
	fdt_hex(b->tree, "/soc/tpm@0", "memory-region", "1");
	fdt_hex(b->tree, "/soc/other", "linux,sml-base", "dead beef");
	merge(b);
	has_cells(b, "/soc/tpm@0", "linux,sml-base", "0 c0000000");
	has_cells(b, "/soc/tpm@0", "linux,sml-size", "10000");
	assert_false(fdt_has(b->out, "/soc/tpm@0", "memory-region"));
	assert_false(fdt_has(b->out, "/soc/other", "linux,sml-base"));
	assert_int_equal(fdt_reserves(b->out, 0xc0000000, 0x10000), 1);
	assert_true(b->res.sml);
	assert_false(listed(b, "/soc/tpm@0", "linux,sml-base"));
	bench_free(b);
}

static void log_is_in_chosen(struct bench *b)
{
	assert_true(b->res.sml);
	assert_true(b->res.sml_chosen);
	has_cells(b, "/chosen", "vkexec,event-log", "0 c0000000 0 10000");
	assert_int_equal(fdt_reserves(b->out, 0xc0000000, 0x10000), 1);
	assert_false(listed(b, "/chosen", "vkexec,event-log"));
}

static void log_by_compatible(void **state)
{
	struct bench *b = with_log();

	(void)state;
	fdt_del_node(b->tree, fdt_at(b->tree, "/soc/tpm@0"));
	fdt_str(b->tree, "/soc/bus/tpm@9", "compatible", "tcg,tpm-tis-mmio");
	merge(b);
	has_cells(b, "/soc/bus/tpm@9", "linux,sml-base", "0 c0000000");

	/* Two of them: no telling which. */
	free(b->tree);
	b->tree = fdt_signed_board();
	fdt_del_node(b->tree, fdt_at(b->tree, "/soc/tpm@0"));
	fdt_str(b->tree, "/soc/a", "compatible", "tcg,tpm-tis-mmio");
	fdt_str(b->tree, "/soc/b", "compatible", "tcg,tpm-tis-mmio");
	merge(b);
	log_is_in_chosen(b);
	bench_free(b);
}

static void log_without_a_node(void **state)
{
	struct bench *b = with_log();

	(void)state;
	fdt_del_node(b->tree, fdt_at(b->tree, "/soc/tpm@0"));
	b->in.require_sml = true;
	merge(b);
	log_is_in_chosen(b);
	bench_free(b);

	b = with_log();
	b->in.tpm_path = NULL;
	merge(b);
	log_is_in_chosen(b);

	/* The next hop: what the running tree says of its log is over. */
	free(b->run);
	b->run = fdt_grow(b->out);
	b->in.sml.start += 0x1000000;
	merge(b);
	has_cells(b, "/chosen", "vkexec,event-log", "0 c1000000 0 10000");
	assert_int_equal(fdt_reserves(b->out, 0xc0000000, 0x10000), 0);
	b->in.sml.size = 0;
	merge(b);
	assert_false(fdt_has(b->out, "/chosen", "vkexec,event-log"));
	assert_false(b->res.sml_chosen);
	bench_free(b);
}

/* A range from elsewhere: neither tree has a say in where a log lies. */
static void log_in_chosen_of_others(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_hex(b->tree, "/chosen", "vkexec,event-log", "0 90000000 0 1000");
	fdt_hex(b->run, "/chosen", "vkexec,event-log", "0 91000000 0 1000");
	merge(b);
	assert_false(fdt_has(b->out, "/chosen", "vkexec,event-log"));
	bench_free(b);
}

static void log_outside_of_ram(void **state)
{
	static const struct {
		uint64_t start, size;
		bool good;
	} rows[] = {
		{ 0x80000000, 0x1000, true },
		{ 0xfffff000, 0x1000, true },
		{ 0xfffff000, 0x1001, false },
		{ 0x7ffff000, 0x1000, false },
		{ 0x7fffffff, 0x1000, false },
		{ 0x1000, 0x1000, false },
		{ 0xfffffffffffff000, 0x1000, false },
	};
	struct bench *b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		b = with_log();
		b->in.sml.start = rows[i].start;
		b->in.sml.size = rows[i].size;
		if (!rows[i].good) {
			refused_as(b, VKX_RULE_MERGE_MEMORY);
			continue;
		}
		merge(b);
		bench_free(b);
	}
	b = with_log(); /* across two banks that touch */
	fdt_hex(b->run, "/memory@80000000", "reg",
		"0 c0001000 0 1000000 0 80000000 0 40001000");
	b->in.initrd.start = 0x80000000;
	merge(b);
	bench_free(b);
}

/* mem= may cut the buffers off: they are lost, the boot is not. */
static void memory_limit(void **state)
{
	static const struct {
		const char *args;
		bool limited;
	} rows[] = {
		{ "mem=512M", true },
		{ "quiet mem=512M", true },
		{ "quiet \"mem=512M\"", true },
		{ "quiet  mem=512M", true },
		{ "crashmem=1 memmap=1 x.mem=1", false },
		{ "memo=1 mem", false },
	};
	struct bench *b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		b = with_log();
		b->in.ima.start = 0xd0000000;
		b->in.ima.size = 0x1000;
		b->in.bootargs = rows[i].args;
		b->in.bootargs_len = (uint32_t)strlen(rows[i].args);
		merge(b);
		assert_int_equal(b->res.mem_limited, rows[i].limited);
		assert_int_equal(b->res.sml, !rows[i].limited);
		assert_int_equal(b->res.ima, !rows[i].limited);
		assert_int_equal(
			fdt_has(b->out, "/chosen", "linux,ima-kexec-buffer"),
			!rows[i].limited);
		b->in.require_sml = true;
		if (rows[i].limited) {
			refused_as(b, VKX_RULE_MERGE_TPM);
			continue;
		}
		merge(b);
		bench_free(b);
	}
}

/* --- single facts -------------------------------------------------------- */

static void macs(void **state)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	struct bench *b = bench_new();

	(void)state;
	fdt_raw(b->run, "/soc/ethernet@1", "local-mac-address", mac, 6);
	fdt_raw(b->run, "/soc/ethernet@1", "mac-address", mac, 5); /* short */
	fdt_raw(b->run, "/soc/tpm@0", "local-mac-address", mac, 6);
	fdt_str(b->run, "/aliases", "ethernet1", "/soc/gone");
	fdt_str(b->run, "/aliases", "ethernet-x", "/soc/tpm@0");
	fdt_str(b->run, "/aliases", "wifi0", "not/absolute");
	fdt_raw(b->run, "/aliases", "wlan0", "/soc/tpm@0", 10); /* no NUL */
	/* Named by the release alone. */
	fdt_str(b->tree, "/aliases", "wifi9", "/soc/wifi@5");
	fdt_at(b->tree, "/soc/wifi@5");
	fdt_raw(b->run, "/soc/wifi@5", "mac-address", mac, 6);
	merge(b);
	assert_memory_equal(fdt_text_at(b->out, "/soc/wifi@5", "mac-address"),
			    mac, 6);
	assert_memory_equal(
		fdt_text_at(b->out, "/soc/ethernet@1", "local-mac-address"),
		mac, 6);
	assert_false(fdt_has(b->out, "/soc/ethernet@1", "mac-address"));
	assert_false(fdt_has(b->out, "/soc/tpm@0", "local-mac-address"));
	assert_true(listed(b, "/soc/ethernet@1", "local-mac-address"));
	bench_free(b);
}

static void serials(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_str(b->run, "/", "serial-number", "0001");
	fdt_hex(b->run, "/system", "linux,revision", "a01041");
	fdt_hex(b->run, "/system", "other", "1");
	merge(b);
	assert_string_equal(fdt_text_at(b->out, "/", "serial-number"), "0001");
	has_cells(b, "/system", "linux,revision", "a01041");
	assert_false(fdt_has(b->out, "/system", "other"));
	assert_true(listed(b, "/", "serial-number"));
	bench_free(b);
}

static void psci_mismatch(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_str(b->run, "/psci", "method", "hvc");
	refused_as(b, VKX_RULE_MERGE_CPUS);

	b = bench_new();
	fdt_del_node(b->tree, fdt_at(b->tree, "/psci"));
	refused_as(b, VKX_RULE_MERGE_CPUS);

	b = bench_new();
	fdt_str(b->run, "/psci", "status", "disabled");
	refused_as(b, VKX_RULE_MERGE_CPUS);

	b = bench_new(); /* elsewhere in the tree, as on k3 */
	fdt_del_node(b->tree, fdt_at(b->tree, "/psci"));
	fdt_str(b->tree, "/firmware/psci", "compatible", "arm,psci-0.2");
	fdt_str(b->tree, "/firmware/psci", "method", "smc");
	merge(b);
	bench_free(b);

	b = bench_new();
	fdt_str(b->run, "/cpus/cpu@1", "enable-method", "spin-table");
	refused_as(b, VKX_RULE_MERGE_CPUS);
}

static void fused_cpus(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_str(b->run, "/cpus/cpu@1", "status", "fail");
	fdt_str(b->run, "/cpus/cpu@9", "device_type", "cpu");
	fdt_hex(b->run, "/cpus/cpu@9", "reg", "9");
	fdt_str(b->run, "/cpus/cpu@9", "status", "fail");
	merge(b);
	assert_string_equal(fdt_text_at(b->out, "/cpus/cpu@1", "status"),
			    "fail");
	assert_false(fdt_has(b->out, "/cpus/cpu@0", "status"));
	assert_false(fdt_has(b->out, "/cpus/cpu@9", NULL));
	assert_true(listed(b, "/cpus/cpu@1", "status"));
	bench_free(b);
}

/* /cpus holds more than CPUs, and their numbers may take two cells. */
static void cpus_are_told_by_number(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_hex(b->tree, "/cpus/cpu@1", "reg", "0 1");
	fdt_hex(b->run, "/cpus/cpu@1", "reg", "0 1");
	fdt_str(b->run, "/cpus/cpu@1", "status", "fail");
	fdt_hex(b->run, "/cpus/idle-states", "reg", "0");
	fdt_str(b->run, "/cpus/idle-states", "status", "disabled");
	fdt_str(b->run, "/cpus/odd", "device_type", "cpu");
	fdt_hex(b->run, "/cpus/odd", "reg", "0 0 0");
	fdt_str(b->run, "/cpus/odd", "status", "fail");
	fdt_str(b->run, "/cpus/none", "device_type", "cpu");
	fdt_str(b->run, "/cpus/none", "status", "fail");
	merge(b);
	assert_string_equal(fdt_text_at(b->out, "/cpus/cpu@1", "status"),
			    "fail");
	assert_false(fdt_has(b->out, "/cpus/cpu@0", "status"));
	bench_free(b);

	b = bench_new();
	fdt_del_node(b->tree, fdt_at(b->tree, "/cpus"));
	fdt_del_node(b->run, fdt_at(b->run, "/cpus"));
	merge(b);
	bench_free(b);
}

static void hypervisor(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_str(b->run, "/hypervisor", "compatible", "xen,xen");
	fdt_hex(b->run, "/hypervisor", "phandle", "1");
	fdt_hex(b->run, "/soc/gic@2", "phandle", "8001");
	fdt_hex(b->run, "/hypervisor", "interrupt-parent", "8001");
	fdt_hex(b->run, "/hypervisor/uefi", "xen,uefi-mmap-start", "1 2");
	fdt_str(b->tree, "/hypervisor", "compatible", "acme,old");
	merge(b);
	assert_string_equal(fdt_text_at(b->out, "/hypervisor", "compatible"),
			    "xen,xen");
	/* 0x8001 is the running tree's number; the signed tree says 1. */
	has_cells(b, "/hypervisor", "interrupt-parent", "1");
	has_cells(b, "/hypervisor/uefi", "xen,uefi-mmap-start", "1 2");
	assert_false(fdt_has(b->out, "/hypervisor", "phandle"));
	bench_free(b);

	b = bench_new(); /* refers to what the signed tree has not */
	fdt_str(b->run, "/hypervisor", "compatible", "xen,xen");
	fdt_hex(b->run, "/hypervisor", "interrupt-parent", "99");
	refused_as(b, VKX_RULE_FDT_MERGE);
}

static void secure_world_and_fw_cfg(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_str(b->run, "/firmware/optee", "compatible", "linaro,optee-tz");
	fdt_str(b->run, "/firmware/optee", "method", "smc");
	fdt_hex(b->run, "/firmware/optee", "interrupts", "1 2 3");
	fdt_str(b->run, "/firmware/scmi", "compatible", "arm,scmi");
	fdt_str(b->run, "/fw-cfg@9020000", "compatible", "qemu,fw-cfg-mmio");
	fdt_hex(b->run, "/fw-cfg@9020000", "reg", "0 9020000 0 18");
	merge(b);
	assert_string_equal(fdt_text_at(b->out, "/firmware/optee", "method"),
			    "smc");
	assert_false(fdt_has(b->out, "/firmware/optee", "interrupts"));
	assert_false(fdt_has(b->out, "/firmware/scmi", NULL));
	has_cells(b, "/fw-cfg@9020000", "reg", "0 9020000 0 18");

	/* What the signed tree says itself, stays. */
	free(b->tree);
	b->tree = fdt_signed_board();
	fdt_str(b->tree, "/firmware/optee", "method", "hvc");
	fdt_hex(b->tree, "/fw-cfg@9020000", "reg", "0 1 0 18");
	merge(b);
	assert_string_equal(fdt_text_at(b->out, "/firmware/optee", "method"),
			    "hvc");
	has_cells(b, "/fw-cfg@9020000", "reg", "0 1 0 18");
	bench_free(b);
}

/* --- the signed list ----------------------------------------------------- */

static struct bench *carrying(const char *list, size_t len)
{
	struct bench *b = bench_new();

	fdt_raw(b->tree, "/vkexec", "carry-over", list, len);
	return b;
}

static void carry_over(void **state)
{
	static const char list[] = "/soc/gic@2:calibration\0/soc/fuse@7\0"
				   "/soc/gic@2:absent\0/not/there:x\0"
				   "/chosen:u-boot,version";
	struct bench *b = carrying(list, sizeof(list));

	(void)state;
	fdt_hex(b->run, "/soc/gic@2", "calibration", "c0ffee");
	fdt_hex(b->run, "/soc/fuse@7", "reg", "7");
	fdt_hex(b->run, "/soc/fuse@7", "phandle", "2");
	fdt_str(b->run, "/chosen", "u-boot,version", "2024.01");
	merge(b);
	has_cells(b, "/soc/gic@2", "calibration", "c0ffee");
	has_cells(b, "/soc/fuse@7", "reg", "7");
	assert_false(fdt_has(b->out, "/soc/fuse@7", "phandle"));
	assert_string_equal(fdt_text_at(b->out, "/chosen", "u-boot,version"),
			    "2024.01");
	assert_false(fdt_has(b->out, "/vkexec", NULL));
	assert_true(listed(b, "/soc/gic@2", "calibration"));
	assert_true(listed(b, "/soc/fuse@7", ""));
	assert_true(listed(b, "/soc/fuse@7", "reg"));
	bench_free(b);
}

static void carry_over_of_what_may_not_cross(void **state)
{
	static const char *const entries[] = {
		"/chosen:bootargs",
		"/chosen:bootargs-append",
		"/chosen:kaslr-seed",
		"/chosen:rng-seed",
		"/chosen:linux,kho-fdt",
		"/chosen:linux,uefi-secure-boot",
		"/chosen:vkexec,reservations",
		"/chosen",
		"/",
		"/vkexec",
		"/vkexec:carry-over",
		"/soc/gic@2:phandle",
		"/soc/tpm@0:linux,sml-base",
		"soc:x",
		"",
		"/soc:",
		"/soc:a:b",
		"/soc/",
		"/soc/gic@2/",
	};
	struct bench *b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		b = carrying(entries[i], strlen(entries[i]) + 1);
		fdt_str(b->run, "/chosen", "bootargs", "init=/bin/sh");
		refused_as(b, VKX_RULE_MERGE_CARRY);
	}
	refused_as(carrying("/soc:a", 6), VKX_RULE_MERGE_CARRY); /* no NUL */
	refused_as(carrying("", 0), VKX_RULE_MERGE_CARRY);
	b = carrying("/lost/child", 12); /* its parent is nowhere signed */
	fdt_hex(b->run, "/lost/child", "reg", "1");
	refused_as(b, VKX_RULE_MERGE_CARRY);
}

/* A TPM that only the running tree has, carried whole into a crash kernel: the
 * address of the running kernel's log stays behind. */
static void carry_over_of_a_tpm(void **state)
{
	struct bench *b = carrying("/soc/tpm@9", 11);

	(void)state;
	fdt_str(b->run, "/soc/tpm@9", "compatible", "tcg,tpm-tis-mmio");
	fdt_hex(b->run, "/soc/tpm@9", "linux,sml-base", "0 87000000");
	fdt_hex(b->run, "/soc/tpm@9", "linux,sml-size", "1000");
	b->in.crash = true;
	b->in.elfcorehdr.start = 0xa0000000;
	b->in.elfcorehdr.size = 0x10000;
	b->in.usable[0].start = 0x88000000;
	b->in.usable[0].size = 0x10000000;
	merge(b);
	assert_true(fdt_has(b->out, "/soc/tpm@9", "compatible"));
	assert_false(fdt_has(b->out, "/soc/tpm@9", "linux,sml-base"));
	assert_false(fdt_has(b->out, "/soc/tpm@9", "linux,sml-size"));
	assert_false(listed(b, "/soc/tpm@9", "linux,sml-base"));
	bench_free(b);
}

/* The list may not make the merge write where the release has no node. */
static void carry_over_to_nowhere(void **state)
{
	struct bench *b = carrying("/soc/evil@3:reg", 16);

	(void)state;
	fdt_hex(b->run, "/soc/evil@3", "reg", "1");
	refused_as(b, VKX_RULE_MERGE_CARRY);
}

static void both_names_taken(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	region(b->tree, "r@1000", "0 1000 0 1000", "no-map");
	region(b->tree, "carried@7000", "0 9000 0 1000", "no-map");
	region(b->run, "r@1000", "0 7000 0 1000", "no-map");
	refused_as(b, VKX_RULE_MERGE_RESERVED);
}

static void range_beyond_the_cells(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_hex(b->tree, "/", "#address-cells", "1");
	b->in.crash = true;
	b->in.usable[0].start = 0x100000000;
	b->in.usable[0].size = 0x1000;
	refused_as(b, VKX_RULE_MERGE_MEMORY);
}

/* A path of the running tree that the list cannot hold. */
static void path_too_long(void **state)
{
	struct bench *b = bench_new();
	char path[6 * 201 + 1];
	void *packed;
	size_t i;

	(void)state;
	free(b->tree);
	b->tree = NULL;
	memset(path, 'n', sizeof(path));
	for (i = 0; i < 6; i++)
		path[i * 201] = '/';
	path[5 * 201] = 0; /* five levels: 1005 bytes */
	fdt_at(b->run, path);
	merge(b);
	assert_true(listed(b, path, ""));
	path[5 * 201] = '/';
	path[sizeof(path) - 1] = 0;
	packed = b->run;
	b->run = fdt_grow(packed);
	free(packed);
	fdt_at(b->run, path);
	refused_as(b, VKX_RULE_FDT_MERGE);
}

/* The allow-list is signed or it is none. */
static void running_list_is_ignored(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	fdt_str(b->run, "/vkexec", "carry-over", "/soc/evil@3");
	fdt_hex(b->run, "/soc/evil@3", "reg", "1");
	merge(b);
	assert_false(fdt_has(b->out, "/soc/evil@3", NULL));
	assert_false(fdt_has(b->out, "/vkexec", NULL));
	bench_free(b);
}

/* --- the running tree as base -------------------------------------------- */

static void running_tree_whole(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	free(b->tree);
	b->tree = NULL;
	fdt_hex(b->run, "/soc/extra@5", "reg", "5");
	fdt_hex(b->run, "/chosen", "linux,uefi-secure-boot", "1");
	fdt_hex(b->run, "/chosen", "linux,kho-fdt", "1");
	fdt_hex(b->run, "/chosen", "linux,initrd-start", "0 84000000");
	fdt_hex(b->run, "/chosen", "linux,initrd-end", "0 84005000");
	fdt_add_mem_rsv(b->run, 0x84000000, 0x5000);
	fdt_add_mem_rsv(b->run, 0x2000, 0x1000);
	merge(b);
	has_cells(b, "/soc/extra@5", "reg", "5");
	has_cells(b, "/memory@80000000", "reg", "0 80000000 0 80000000");
	has_cells(b, "/chosen", "linux,uefi-secure-boot", "1");
	assert_false(fdt_has(b->out, "/chosen", "linux,kho-fdt"));
	assert_string_equal(fdt_text_at(b->out, "/chosen", "bootargs"),
			    "console=ttyAMA0");
	assert_int_equal(fdt_num_mem_rsv(b->out), 2);
	assert_true(listed(b, "/soc/extra@5", "reg"));
	assert_true(listed(b, "/soc/extra@5", ""));
	assert_true(listed(b, "/", "compatible"));
	assert_true(listed(b, "/chosen", "linux,uefi-secure-boot"));
	assert_false(listed(b, "/chosen", "bootargs"));
	assert_true(listed(b, "", ""));
	bench_free(b);
}

/* V29: Linux would take the command line of whichever comes first. */
static void second_chosen(void **state)
{
	struct bench *b = bench_new();

	(void)state;
	free(b->tree);
	b->tree = NULL;
	fdt_str(b->run, "/chosen@0", "bootargs", "init=/bin/sh");
	refused_as(b, VKX_RULE_FDT_MERGE);
}

/* --- inputs and room ----------------------------------------------------- */

static void contradictory_inputs(void **state)
{
	struct bench *b = with_log();
	struct vkx_merge good = b->in;
	struct vkx_fault fault;

	(void)state;
	b->in.crash = true; /* with a log */
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	b->in = good;
	b->in.sml.size = (uint64_t)VKX_MAX_LOG + 1;
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	b->in = good;
	b->in.sml.start = b->in.initrd.start + 0xff000;
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	b->in = good;
	b->in.initrd.start = UINT64_MAX;
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	b->in = good;
	b->in.bootargs = "a\0b";
	b->in.bootargs_len = 3;
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	b->in = good;
	b->in.bootargs_len = VKX_MAX_CMDLINE;
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	b->in = good;
	b->in.elfcorehdr.size = 1; /* without crash */
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	bench_free(b);
}

static void inputs_at_their_edges(void **state)
{
	static const char args[VKX_MAX_CMDLINE] = { [0 ... VKX_MAX_CMDLINE -
						     2] = 'a' };
	static const uint8_t seed[1025];
	struct bench *b = with_log();
	struct vkx_merge good = b->in;
	struct vkx_fault fault;
	size_t i;
	struct vkx_extent *extents[] = { &b->in.initrd,	   &b->in.sml,
					 &b->in.ima,	   &b->in.elfcorehdr,
					 &b->in.usable[0], &b->in.usable[1] };

	(void)state;
	for (i = 0; i < 6; i++) {
		b->in = good;
		b->in.sml.size = 0;
		b->in.crash = i > 2;
		extents[i]->start = UINT64_MAX;
		extents[i]->size = 2; /* wraps */
		assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
		extents[i]->size = 0; /* there is none */
		assert_int_equal(try_merge(b, &fault), 0);
	}
	b->in = good;
	b->in.usable[0].size = 1; /* without crash */
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	b->in = good;
	b->in.bootargs = NULL;
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	b->in.bootargs_len = 0;
	assert_int_equal(try_merge(b, &fault), 0);
	b->in = good;
	b->in.bootargs = args;
	b->in.bootargs_len = VKX_MAX_CMDLINE - 1;
	assert_int_equal(try_merge(b, &fault), 0);
	b->in = good;
	b->in.rng_seed_len = 1; /* of what? */
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	b->in.rng_seed = seed;
	b->in.rng_seed_len = 1024;
	assert_int_equal(try_merge(b, &fault), 0);
	b->in.rng_seed_len = 1025;
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	b->in = good;
	b->in.sml.size = VKX_MAX_LOG;
	assert_int_equal(try_merge(b, &fault), 0);
	b->in.running = NULL;
	assert_int_equal(
		vkx_fdt_merge(&b->in, b->out, 100, &work, &b->res, &fault),
		-VKX_ERR_ARG);
	b->in = good;
	b->in.reserve = NULL;
	b->in.nr_reserve = 1;
	assert_int_equal(try_merge(b, &fault), -VKX_ERR_ARG);
	bench_free(b);
}

/* The bound is enough for what it was asked for, and never above 2 MiB. */
static void bounds(void **state)
{
	struct bench *b = bench_new();
	void *big = malloc(VKX_MAX_FDT + 8);
	uint32_t bound = 0;

	(void)state;
	merge(b);
	assert_int_equal(fdt_open_into(b->tree, big, VKX_MAX_FDT), 0);
	b->in.signed_tree = big;
	assert_int_equal(vkx_fdt_merge_bound(&b->in, &bound), 0);
	assert_int_equal(bound, VKX_MAX_FDT);
	assert_int_equal(fdt_open_into(b->tree, big, VKX_MAX_FDT + 8), 0);
	assert_int_equal(vkx_fdt_merge_bound(&b->in, &bound), -VKX_ERR_LIMIT);
	free(big);
	bench_free(b);
}

/* Every size short of enough: a refusal, never a step over the end. */
static void too_little_room(void **state)
{
	struct vkx_merge_result res;
	struct vkx_fault fault;
	struct bench *b = with_log();
	uint32_t size;
	void *out;
	int err;

	(void)state;
	region(b->run, "tz@5000", "0 5000 0 1000", "no-map");
	merge(b);
	for (size = 0; size < b->res.size; size += 7) {
		out = malloc(size ? size : 1);
		fault.rule = VKX_RULE_NONE;
		err = vkx_fdt_merge(&b->in, out, size, &work, &res, &fault);
		assert_int_equal(err, -VKX_ERR_FORMAT);
		assert_int_equal(fault.rule, VKX_RULE_MERGE_SPACE);
		free(out);
	}
	bench_free(b);
}

/* --- which tree ---------------------------------------------------------- */

static void choice(void **state)
{
	void *run = fdt_running_board(), *mine = fdt_signed_board(),
	     *other = fdt_signed_board(), *bad = fdt_signed_board();
	struct vkx_dtb autos[3], dtb = { 0 };
	struct vkx_dtb_choice c = { VKX_DTB_NONE, 9 };
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };

	(void)state;
	fdt_done(run);
	fdt_str(other, "/", "compatible", "acme,other");
	memset(autos, 0, sizeof(autos));
	autos[0].blob = other;
	autos[0].len = fdt_done(other);
	autos[1].blob = mine;
	autos[1].len = fdt_done(mine);
	autos[2] = autos[1];
	dtb = autos[0];
	assert_int_equal(vkx_dtb_choose(autos, 3, &dtb, run, false, &work.fdt,
					&c, &fault),
			 0);
	assert_int_equal(c.source, VKX_DTB_AUTO);
	assert_int_equal(c.index, 1);
	assert_int_equal(vkx_dtb_choose(autos, 1, &dtb, run, false, &work.fdt,
					&c, &fault),
			 0);
	assert_int_equal(c.source, VKX_DTB_SECTION);
	assert_int_equal(vkx_dtb_choose(autos, 1, NULL, run, true, &work.fdt,
					&c, &fault),
			 0);
	assert_int_equal(c.source, VKX_DTB_RUNNING);
	c.source = VKX_DTB_NONE;
	assert_int_equal(vkx_dtb_choose(autos, 1, NULL, run, false, &work.fdt,
					&c, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_POLICY_RUNNING_DTB);
	assert_int_equal(c.source, VKX_DTB_NONE);

	/* V28: malformed anywhere, chosen or not. */
	fdt_at(bad, "/a");
	autos[2].len = fdt_done(bad) - 1;
	autos[2].blob = bad;
	autos[2].offset = 0x10000;
	assert_int_equal(vkx_dtb_choose(autos, 3, &dtb, run, true, &work.fdt,
					&c, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_FDT_HEADER);
	assert_int_equal(fault.offset, 0x10004);
	free(run);
	free(mine);
	free(other);
	free(bad);
}

/* --- boards of others ---------------------------------------------------- */

/* What firmware does to a board's own tree before Linux runs. */
static void *as_firmware_leaves_it(const void *board)
{
	void *run = fdt_grow(board);
	int node;

	while ((node = fdt_node_offset_by_prop_value(run, -1, "device_type",
						     "memory", 7)) >= 0)
		fdt_del_node(run, node);
	fdt_str(run, "/memory@80000000", "device_type", "memory");
	fdt_hex(run, "/memory@80000000", "reg",
		strcmp(fdt_cells_at(run, "/", "#address-cells"), "1") ?
			(strcmp(fdt_cells_at(run, "/", "#size-cells"), "1") ?
				 "0 80000000 0 80000000" :
				 "0 80000000 80000000") :
			"80000000 7fffffff");
	fdt_str(run, "/", "serial-number", "0123456789");
	fdt_str(run, "/chosen", "bootargs", "of=the-old-kernel");
	fdt_hex(run, "/chosen", "kaslr-seed", "1 2");
	fdt_hex(run, "/chosen", "linux,uefi-secure-boot", "1");
	fdt_str(run, "/firmware/optee", "compatible", "linaro,optee-tz");
	fdt_add_mem_rsv(run, 0xfffe0000, 0x10000);
	return run;
}

static bool dtc_reads(const void *fdt, size_t len)
{
	char name[] = "/tmp/vkx-merge-XXXXXX", cmd[128];
	int fd = mkstemp(name), rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, fdt, len), (ssize_t)len);
	close(fd);
	snprintf(cmd, sizeof(cmd),
		 "dtc -q -I dtb -O dts -o /dev/null %s 2>/dev/null", name);
	rc = system(cmd);
	unlink(name);
	return rc == 0;
}

static void fifteen_boards(void **state)
{
	static const char *const boards[] = {
		"armada-3720-db",
		"fvp-base-revc",
		"hi6220-hikey",
		"imx8mp-evk",
		"imx8mq-evk",
		"juno",
		"k3-am625-sk",
		"meson-g12b-odroid-n2",
		"mt8183-kukui-krane-sku0",
		"r8a77951-salvator-xs",
		"rk3399-rock-pi-4b",
		"rk3588-rock-5b",
		"sdm845-db845c",
		"sun50i-a64-pine64",
		"tegra194-p2972-0000",
	};
	char path[128];
	struct bench *b;
	size_t i, len;
	void *board;

	(void)state;
	for (i = 0; i < sizeof(boards) / sizeof(*boards); i++) {
		snprintf(path, sizeof(path), "dtb/linux-arm64/%s.dtb",
			 boards[i]);
		board = fdt_test_file(path, &len);
		if (!board && fdt_test_data_missing())
			skip();
		b = bench_new();
		free(b->tree);
		free(b->run);
		b->tree = board;
		b->run = as_firmware_leaves_it(board);
		merge(b);
		assert_true(dtc_reads(b->out, b->res.size));
		assert_string_equal(fdt_text_at(b->out, "/chosen", "bootargs"),
				    "console=ttyAMA0");
		assert_true(fdt_has(b->out, "/memory@80000000", "reg"));
		assert_true(fdt_has(b->out, "/firmware/optee", "compatible"));
		has_cells(b, "/chosen", "linux,uefi-secure-boot", "1");
		assert_false(fdt_has(b->out, "/chosen", "kaslr-seed"));
		assert_int_equal(fdt_reserves(b->out, 0xfffe0000, 0x10000), 1);
		/* And the running tree itself, as its own base. */
		free(b->tree);
		b->tree = NULL;
		b->in.signed_tree = NULL;
		merge(b);
		assert_true(dtc_reads(b->out, b->res.size));
		bench_free(b);
	}
}

/* No board's tree merges with another board's machine. */
static void boards_do_not_mix(void **state)
{
	static const char *const boards[] = { "imx8mp-evk", "imx8mq-evk",
					      "rk3588-rock-5b", "juno" };
	void *trees[4] = { NULL };
	struct bench *b;
	char path[128];
	size_t i, j, len;

	(void)state;
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "dtb/linux-arm64/%s.dtb",
			 boards[i]);
		trees[i] = fdt_test_file(path, &len);
		if (!trees[i] && fdt_test_data_missing())
			skip();
	}
	for (i = 0; i < 4; i++)
		for (j = 0; j < 4; j++) {
			if (i == j)
				continue;
			b = bench_new();
			free(b->tree);
			free(b->run);
			b->tree = fdt_grow(trees[i]);
			b->run = as_firmware_leaves_it(trees[j]);
			refused_as(b, VKX_RULE_POLICY_MACHINE);
		}
	for (i = 0; i < 4; i++)
		free(trees[i]);
}

/* --- the list ------------------------------------------------------------ */

static void list_reader_is_strict(void **state)
{
	struct bench *b = bench_new();
	struct vkx_carry_item item;
	size_t pos, n, whole = 0;
	uint8_t *cut;
	int err;

	(void)state;
	merge(b);
	assert_true(b->res.carried > 2);
	for (n = 0; n <= b->list_len; n++) {
		cut = malloc(n ? n : 1);
		memcpy(cut, b->list, n);
		pos = 0;
		while (vkx_carry_next(cut, n, &pos, &item, &err))
			;
		whole += !err;
		free(cut);
	}
	/* Good only behind the header and behind each item. */
	assert_int_equal(whole, b->res.carried + 1);
	b->list[4] = 2;
	pos = 0;
	assert_false(vkx_carry_next(b->list, b->list_len, &pos, &item, &err));
	assert_int_equal(err, -VKX_ERR_FORMAT);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signed_tree_is_the_base),
		cmocka_unit_test(same_inputs_same_bytes),
		cmocka_unit_test(list_is_free_of_this_kexec),
		cmocka_unit_test(another_board),
		cmocka_unit_test(memory_is_the_machines),
		cmocka_unit_test(memory_absent),
		cmocka_unit_test(memory_in_other_cells),
		cmocka_unit_test(memory_name_taken),
		cmocka_unit_test(reservation_rules),
		cmocka_unit_test(ten_hops_do_not_pile_up),
		cmocka_unit_test(reserved_for_devices),
		cmocka_unit_test(signed_reservation_over_a_segment),
		cmocka_unit_test(reserved_memory_union),
		cmocka_unit_test(reserved_memory_by_list),
		cmocka_unit_test(reserved_memory_made_if_missing),
		cmocka_unit_test(reserved_memory_contradiction),
		cmocka_unit_test(reserved_memory_beside_several),
		cmocka_unit_test(reserved_memory_without_cells),
		cmocka_unit_test(buffers_across_banks),
		cmocka_unit_test(old_initrd_half_told),
		cmocka_unit_test(chosen_is_ours),
		cmocka_unit_test(empty_command_line_stays_empty),
		cmocka_unit_test(chosen_values),
		cmocka_unit_test(every_uefi_property),
		cmocka_unit_test(crash_kernel),
		cmocka_unit_test(log_by_path),
		cmocka_unit_test(log_by_compatible),
		cmocka_unit_test(log_without_a_node),
		cmocka_unit_test(log_in_chosen_of_others),
		cmocka_unit_test(log_outside_of_ram),
		cmocka_unit_test(memory_limit),
		cmocka_unit_test(macs),
		cmocka_unit_test(serials),
		cmocka_unit_test(psci_mismatch),
		cmocka_unit_test(fused_cpus),
		cmocka_unit_test(cpus_are_told_by_number),
		cmocka_unit_test(hypervisor),
		cmocka_unit_test(secure_world_and_fw_cfg),
		cmocka_unit_test(carry_over),
		cmocka_unit_test(carry_over_of_what_may_not_cross),
		cmocka_unit_test(carry_over_of_a_tpm),
		cmocka_unit_test(carry_over_to_nowhere),
		cmocka_unit_test(both_names_taken),
		cmocka_unit_test(range_beyond_the_cells),
		cmocka_unit_test(path_too_long),
		cmocka_unit_test(running_list_is_ignored),
		cmocka_unit_test(running_tree_whole),
		cmocka_unit_test(second_chosen),
		cmocka_unit_test(contradictory_inputs),
		cmocka_unit_test(inputs_at_their_edges),
		cmocka_unit_test(bounds),
		cmocka_unit_test(too_little_room),
		cmocka_unit_test(choice),
		cmocka_unit_test(fifteen_boards),
		cmocka_unit_test(boards_do_not_mix),
		cmocka_unit_test(list_reader_is_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
