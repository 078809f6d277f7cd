/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * V28: hostile device trees. Each rule by a tree that breaks it alone, every
 * cut and every flipped bit held against libfdt's own full check, and the
 * trees of others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "cursor.h"
#include "fdt_blob.h"
#include "fdt_fixture.h"

static struct vkx_fdt_work work;

static enum vkx_rule rule_of(const void *blob, size_t len,
			     enum vkx_fdt_profile profile)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	int err = vkx_fdt_check(blob, len, profile, &work, NULL, &fault);

	if (!err)
		return VKX_RULE_NONE;
	assert_int_equal(err, -VKX_ERR_FORMAT);
	assert_int_not_equal(fault.rule, VKX_RULE_NONE);
	assert_true(fault.offset <= len);
	return fault.rule;
}

static void refused(const void *blob, size_t len, enum vkx_rule rule)
{
	assert_string_equal(vkx_rule_id(rule_of(blob, len, VKX_FDT_STRICT)),
			    vkx_rule_id(rule));
}

static void a_good_tree_passes(void **state)
{
	void *fdt = fdt_signed_board();
	size_t len = fdt_done(fdt);
	struct vkx_fdt seen;

	(void)state;
	assert_int_equal(
		vkx_fdt_check(fdt, len, VKX_FDT_STRICT, &work, &seen, NULL), 0);
	assert_int_equal(seen.size, len);
	assert_int_equal(seen.nodes, 12);
	assert_int_equal(seen.depth, 3);
	assert_int_equal(seen.reservations, 0);
	free(fdt);
}

/* One big-endian word of the header or the blob changed. */
static void each_header_field(void **state)
{
	static const struct {
		uint32_t at, value;
		enum vkx_rule rule;
	} rows[] = {
		{ 0, 0xd00dfeee, VKX_RULE_FDT_HEADER },
		{ 4, 0, VKX_RULE_FDT_HEADER },
		{ 4, 39, VKX_RULE_FDT_HEADER },
		{ 4, UINT32_MAX, VKX_RULE_FDT_HEADER },
		{ 8, 0, VKX_RULE_FDT_HEADER },
		{ 8, 57, VKX_RULE_FDT_HEADER },
		{ 8, UINT32_MAX - 3, VKX_RULE_FDT_HEADER },
		{ 12, UINT32_MAX, VKX_RULE_FDT_HEADER },
		{ 12, 40, VKX_RULE_FDT_HEADER },
		{ 16, 8, VKX_RULE_FDT_HEADER },
		{ 16, 44, VKX_RULE_FDT_HEADER },
		{ 16, UINT32_MAX - 7, VKX_RULE_FDT_HEADER },
		{ 20, 16, VKX_RULE_FDT_HEADER },
		{ 20, 18, VKX_RULE_FDT_HEADER },
		{ 24, 17, VKX_RULE_FDT_HEADER },
		{ 24, 18, VKX_RULE_FDT_HEADER },
		{ 32, UINT32_MAX, VKX_RULE_FDT_HEADER },
		{ 36, UINT32_MAX, VKX_RULE_FDT_HEADER },
		{ 36, 0, VKX_RULE_FDT_STRUCTURE },
	};
	void *fdt = fdt_signed_board();
	size_t len = fdt_done(fdt), i;
	uint8_t *p = fdt;
	uint32_t old;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		old = vkx_get_be32(p + rows[i].at);
		vkx_put_be32(p + rows[i].at, rows[i].value);
		refused(fdt, len, rows[i].rule);
		vkx_put_be32(p + rows[i].at, old);
	}
	refused(fdt, len - 1, VKX_RULE_FDT_HEADER);
	assert_int_equal(rule_of(fdt, len, VKX_FDT_STRICT), VKX_RULE_NONE);
	free(fdt);
}

static void trailing_bytes_are_for_running_trees_only(void **state)
{
	void *fdt = fdt_signed_board();
	size_t len = fdt_done(fdt);

	(void)state;
	refused(fdt, len + 8, VKX_RULE_FDT_HEADER);
	assert_int_equal(rule_of(fdt, len + 8, VKX_FDT_RUNNING), VKX_RULE_NONE);
	free(fdt);
}

static void null_pointers(void **state)
{
	uint8_t blob[64] = { 0 };

	(void)state;
	assert_int_equal(
		vkx_fdt_check(NULL, 64, VKX_FDT_STRICT, &work, NULL, NULL),
		-VKX_ERR_ARG);
	assert_int_equal(
		vkx_fdt_check(blob, 64, VKX_FDT_STRICT, NULL, NULL, NULL),
		-VKX_ERR_ARG);
}

static void versions_of_running_trees(void **state)
{
	static const struct {
		uint32_t version, compatible;
		bool good;
	} rows[] = { { 17, 16, true }, { 17, 17, true },  { 18, 17, true },
		     { 17, 2, true },  { 16, 16, false }, { 17, 18, false },
		     { 18, 18, false } };
	void *fdt = fdt_signed_board();
	size_t len = fdt_done(fdt), i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		vkx_put_be32((uint8_t *)fdt + 20, rows[i].version);
		vkx_put_be32((uint8_t *)fdt + 24, rows[i].compatible);
		assert_int_equal(rule_of(fdt, len, VKX_FDT_RUNNING) ==
					 VKX_RULE_NONE,
				 rows[i].good);
	}
	free(fdt);
}

static void two_mebibytes(void **state)
{
	void *fdt = fdt_signed_board(), *big = malloc(VKX_MAX_FDT + 8);

	(void)state;
	assert_int_equal(fdt_open_into(fdt, big, VKX_MAX_FDT), 0);
	refused(big, VKX_MAX_FDT, VKX_RULE_NONE);
	assert_int_equal(fdt_open_into(fdt, big, VKX_MAX_FDT + 8), 0);
	refused(big, VKX_MAX_FDT + 8, VKX_RULE_FDT_HEADER);
	free(big);
	free(fdt);
}

/* Each pair of blocks on top of each other, all three inside the tree. */
static void overlapping_blocks(void **state)
{
	uint8_t *p = fdt_signed_board();
	size_t len = fdt_done(p);
	uint32_t structure = vkx_get_be32(p + 8);
	uint32_t strings = vkx_get_be32(p + 12);
	uint32_t strings_len = vkx_get_be32(p + 32);

	(void)state;
	p = realloc(p, len + 64);
	memset(p + len, 0, 64);
	len += 64;
	vkx_put_be32(p + 4, (uint32_t)len);
	refused(p, len, VKX_RULE_NONE);
	/* The reservation block at the end, where there are zeros ... */
	vkx_put_be32(p + 16, (uint32_t)(len - 16) & ~7u);
	refused(p, len, VKX_RULE_NONE);
	/* ... with the strings over it, */
	vkx_put_be32(p + 32, (uint32_t)len - strings);
	refused(p, len, VKX_RULE_FDT_HEADER);
	vkx_put_be32(p + 32, strings_len);
	/* or the structure, whose tokens were copied in front of it. */
	memmove(p + 40, p + structure, strings - structure);
	vkx_put_be32(p + 8, 40);
	vkx_put_be32(p + 16, (strings - 32) & ~7u);
	memset(p + ((strings - 32) & ~7u), 0, 16);
	assert_int_not_equal(rule_of(p, len, VKX_FDT_STRICT), VKX_RULE_NONE);
	/* The strings inside the structure. */
	vkx_put_be32(p + 16, (uint32_t)(len - 16) & ~7u);
	vkx_put_be32(p + 12, 40);
	vkx_put_be32(p + 32, 64);
	refused(p, len, VKX_RULE_FDT_HEADER);
	free(p);
}

/* Builds trees that libfdt itself would not. */
struct raw {
	uint8_t bytes[8192];
	uint32_t pos;
	uint8_t strings[2048];
	uint32_t strings_len;
};

static void word(struct raw *r, uint32_t v)
{
	vkx_put_be32(r->bytes + r->pos, v);
	r->pos += 4;
}

static void begin(struct raw *r, const char *name)
{
	word(r, 1);
	strcpy((char *)r->bytes + r->pos, name);
	r->pos += (uint32_t)(strlen(name) + 4) & ~3u;
}

static void prop(struct raw *r, const char *name, const void *value,
		 uint32_t len)
{
	word(r, 3);
	word(r, len);
	word(r, r->strings_len);
	strcpy((char *)r->strings + r->strings_len, name);
	r->strings_len += (uint32_t)strlen(name) + 1;
	memcpy(r->bytes + r->pos, value, len);
	r->pos += (len + 3) & ~3u;
}

static struct raw *raw_new(void)
{
	struct raw *r = calloc(1, sizeof(*r));

	r->pos = 40 + 16;
	return r;
}

static enum vkx_rule raw_rule(struct raw *r, enum vkx_fdt_profile profile)
{
	uint32_t struct_size = r->pos - 56, total;
	uint8_t *blob;
	enum vkx_rule rule;

	total = r->pos + r->strings_len;
	blob = malloc(total);
	memcpy(blob, r->bytes, r->pos);
	memcpy(blob + r->pos, r->strings, r->strings_len);
	vkx_put_be32(blob, 0xd00dfeed);
	vkx_put_be32(blob + 4, total);
	vkx_put_be32(blob + 8, 56);
	vkx_put_be32(blob + 12, r->pos);
	vkx_put_be32(blob + 16, 40);
	vkx_put_be32(blob + 20, 17);
	vkx_put_be32(blob + 24, 16);
	vkx_put_be32(blob + 32, r->strings_len);
	vkx_put_be32(blob + 36, struct_size);
	rule = rule_of(blob, total, profile);
	if (rule == VKX_RULE_NONE)
		assert_int_equal(fdt_check_full(blob, total), 0);
	free(blob);
	return rule;
}

static void raw_is(struct raw *r, enum vkx_rule rule)
{
	assert_string_equal(vkx_rule_id(raw_rule(r, VKX_FDT_STRICT)),
			    vkx_rule_id(rule));
	free(r);
}

static void node_names(void **state)
{
	static const struct {
		const char *name;
		enum vkx_rule rule;
	} rows[] = {
		{ "a", VKX_RULE_NONE },
		{ "a@0", VKX_RULE_NONE },
		{ "soc,x.y_z+w-v@fe_1,2", VKX_RULE_NONE },
		{ "__symbols__", VKX_RULE_NONE },
		{ "azAZ09", VKX_RULE_NONE },
		{ "a`", VKX_RULE_FDT_NAME },
		{ "a{", VKX_RULE_FDT_NAME },
		{ "a[", VKX_RULE_FDT_NAME },
		{ "", VKX_RULE_FDT_NAME },
		{ "@0", VKX_RULE_FDT_NAME },
		{ "a@", VKX_RULE_FDT_NAME },
		{ "a@0@1", VKX_RULE_FDT_NAME },
		{ "a/b", VKX_RULE_FDT_NAME },
		{ "a b", VKX_RULE_FDT_NAME },
		{ "a:b", VKX_RULE_FDT_NAME },
		{ "..@/x", VKX_RULE_FDT_NAME },
		{ "a\x80", VKX_RULE_FDT_NAME },
		/* libfdt finds these when asked for the part before '@' */
		{ "chosen@1", VKX_RULE_FDT_NAME },
		{ "reserved-memory@0", VKX_RULE_FDT_NAME },
		{ "vkexec@0", VKX_RULE_FDT_NAME },
		{ "cpus@0", VKX_RULE_FDT_NAME },
	};
	struct raw *r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		r = raw_new();
		begin(r, "");
		begin(r, rows[i].name);
		word(r, 2);
		word(r, 2);
		word(r, 9);
		raw_is(r, rows[i].rule);
	}
}

static void long_names(void **state)
{
	char name[VKX_MAX_FDT_NAME + 2];
	struct raw *r;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[VKX_MAX_FDT_NAME] = 0;
	r = raw_new();
	begin(r, "");
	begin(r, name);
	word(r, 2);
	word(r, 2);
	word(r, 9);
	raw_is(r, VKX_RULE_NONE);
	name[VKX_MAX_FDT_NAME] = 'n';
	name[VKX_MAX_FDT_NAME + 1] = 0;
	r = raw_new();
	begin(r, "");
	begin(r, name);
	word(r, 2);
	word(r, 2);
	word(r, 9);
	raw_is(r, VKX_RULE_FDT_STRUCTURE);
}

static void property_names(void **state)
{
	static const struct {
		const char *name;
		enum vkx_rule rule;
	} rows[] = {
		{ "reg", VKX_RULE_NONE },
		{ "#size-cells", VKX_RULE_NONE },
		{ "a?b,c.d_e+f-g", VKX_RULE_NONE },
		{ "", VKX_RULE_FDT_NAME },
		{ "a/b", VKX_RULE_FDT_NAME },
		{ "a@b", VKX_RULE_FDT_NAME },
		{ "a*b", VKX_RULE_FDT_NAME },
		{ "a b", VKX_RULE_FDT_NAME },
	};
	struct raw *r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		r = raw_new();
		begin(r, "");
		prop(r, rows[i].name, "abc", 3);
		word(r, 2);
		word(r, 9);
		raw_is(r, rows[i].rule);
	}
}

/* A name of the full length whose NUL is one byte behind the block. */
static void name_that_never_ends(void **state)
{
	char name[VKX_MAX_FDT_NAME + 1];
	struct raw *r = raw_new();

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[VKX_MAX_FDT_NAME] = 0;
	begin(r, "");
	prop(r, name, "x", 1);
	word(r, 2);
	word(r, 9);
	r->strings_len--;
	raw_is(r, VKX_RULE_FDT_NAME);
}

/* Nodes of many properties each. */
static enum vkx_rule many_props(uint32_t per_node, uint32_t nodes)
{
	uint32_t strings = 56 + 16 + nodes * (12 + per_node * 12), i, n;
	uint8_t *blob = calloc(1, strings + per_node * 8);
	uint32_t pos = 56;
	enum vkx_rule rule;

	for (i = 0; i < per_node; i++)
		snprintf((char *)blob + strings + (size_t)i * 8, 8, "p%x", i);
	vkx_put_be32(blob + pos, 1);
	pos += 8;
	for (n = 0; n < nodes; n++) {
		vkx_put_be32(blob + pos, 1);
		blob[pos + 4] = (uint8_t)('a' + n);
		pos += 8;
		for (i = 0; i < per_node; i++, pos += 12) {
			vkx_put_be32(blob + pos, 3);
			vkx_put_be32(blob + pos + 8, i * 8);
		}
		vkx_put_be32(blob + pos, 2);
		pos += 4;
	}
	vkx_put_be32(blob + pos, 2);
	vkx_put_be32(blob + pos + 4, 9);
	vkx_put_be32(blob, 0xd00dfeed);
	vkx_put_be32(blob + 4, strings + per_node * 8);
	vkx_put_be32(blob + 8, 56);
	vkx_put_be32(blob + 12, strings);
	vkx_put_be32(blob + 16, 40);
	vkx_put_be32(blob + 20, 17);
	vkx_put_be32(blob + 24, 16);
	vkx_put_be32(blob + 32, per_node * 8);
	vkx_put_be32(blob + 36, strings - 56);
	rule = rule_of(blob, strings + per_node * 8, VKX_FDT_STRICT);
	free(blob);
	return rule;
}

static void property_count_is_bounded(void **state)
{
	uint32_t most = VKX_FDT_SLOTS / 4 * 3;

	(void)state;
	assert_int_equal(many_props(most, 1), VKX_RULE_NONE);
	assert_int_equal(many_props(most + 1, 1), VKX_RULE_FDT_LIMIT);
	assert_int_equal(many_props(VKX_FDT_SLOTS / 2 + 1, 3), VKX_RULE_NONE);
	assert_int_equal(many_props(100, 20), VKX_RULE_NONE);
}

static void repeated_names(void **state)
{
	struct raw *r = raw_new();

	(void)state;
	begin(r, "");
	prop(r, "a", "1", 1);
	prop(r, "b", "1", 1);
	prop(r, "a", "2", 1); /* another string of the same text */
	word(r, 2);
	word(r, 9);
	raw_is(r, VKX_RULE_FDT_NAME);

	r = raw_new();
	begin(r, "");
	begin(r, "x");
	begin(r, "y");
	word(r, 2);
	word(r, 2);
	begin(r, "y"); /* same name, other parent: good */
	word(r, 2);
	word(r, 2);
	word(r, 9);
	raw_is(r, VKX_RULE_NONE);

	r = raw_new();
	begin(r, "");
	begin(r, "x");
	begin(r, "y");
	word(r, 2);
	word(r, 2);
	begin(r, "x");
	word(r, 2);
	word(r, 2);
	word(r, 9);
	raw_is(r, VKX_RULE_FDT_NAME);
}

static void token_order(void **state)
{
	/* t: after the root's begin; words, 0 ends. */
	static const struct {
		uint32_t words[8];
		enum vkx_rule rule;
	} rows[] = {
		{ { 2, 9 }, VKX_RULE_NONE },
		{ { 4, 2, 9 }, VKX_RULE_NONE },
		{ { 2, 4, 9 }, VKX_RULE_FDT_STRUCTURE }, /* libfdt agrees */
		{ { 2, 9, 4 }, VKX_RULE_FDT_STRUCTURE }, /* after the end */
		{ { 9 }, VKX_RULE_FDT_STRUCTURE }, /* root left open */
		{ { 2, 2, 9 }, VKX_RULE_FDT_STRUCTURE },
		{ { 2 }, VKX_RULE_FDT_STRUCTURE }, /* no end */
		{ { 5, 2, 9 }, VKX_RULE_FDT_STRUCTURE },
		{ { 2, 1, 0x61000000, 2, 9 }, VKX_RULE_FDT_ROOT },
	};
	struct raw *r;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		r = raw_new();
		begin(r, "");
		for (j = 0; rows[i].words[j]; j++)
			word(r, rows[i].words[j]);
		raw_is(r, rows[i].rule);
	}
	r = raw_new();
	word(r, 9);
	raw_is(r, VKX_RULE_FDT_ROOT);
	r = raw_new();
	word(r, 4); /* libfdt expects the root at offset 0 */
	begin(r, "");
	word(r, 2);
	word(r, 9);
	raw_is(r, VKX_RULE_FDT_STRUCTURE);
	r = raw_new();
	begin(r, "root");
	word(r, 2);
	word(r, 9);
	raw_is(r, VKX_RULE_FDT_ROOT);
	r = raw_new();
	begin(r, "");
	begin(r, "a");
	word(r, 2);
	prop(r, "late", "x", 1); /* properties come before subnodes */
	word(r, 2);
	word(r, 9);
	raw_is(r, VKX_RULE_FDT_STRUCTURE);
}

static void depth_is_bounded(void **state)
{
	uint32_t depth, i;
	struct raw *r;

	(void)state;
	for (depth = VKX_MAX_FDT_DEPTH; depth <= VKX_MAX_FDT_DEPTH + 1;
	     depth++) {
		r = raw_new();
		begin(r, "");
		for (i = 1; i < depth; i++)
			begin(r, "n");
		for (i = 0; i < depth; i++)
			word(r, 2);
		word(r, 9);
		raw_is(r, depth > VKX_MAX_FDT_DEPTH ? VKX_RULE_FDT_DEPTH :
						      VKX_RULE_NONE);
	}
}

static void node_count_is_bounded(void **state)
{
	uint32_t nodes, i, pos, total;
	uint8_t *blob;

	(void)state;
	for (nodes = VKX_MAX_FDT_NODES; nodes <= VKX_MAX_FDT_NODES + 1;
	     nodes++) {
		total = 56 + nodes * 16 + 64;
		blob = calloc(1, total);
		pos = 56;
		vkx_put_be32(blob + pos, 1);
		pos += 8;
		for (i = 1; i < nodes; i++) {
			vkx_put_be32(blob + pos, 1);
			snprintf((char *)blob + pos + 4, 8, "n%x", i);
			pos += 4 +
			       ((uint32_t)strlen((char *)blob + pos + 4) + 4) /
				       4 * 4;
			vkx_put_be32(blob + pos, 2);
			pos += 4;
		}
		vkx_put_be32(blob + pos, 2);
		vkx_put_be32(blob + pos + 4, 9);
		pos += 8;
		vkx_put_be32(blob, 0xd00dfeed);
		vkx_put_be32(blob + 4, pos);
		vkx_put_be32(blob + 8, 56);
		vkx_put_be32(blob + 12, pos);
		vkx_put_be32(blob + 16, 40);
		vkx_put_be32(blob + 20, 17);
		vkx_put_be32(blob + 24, 16);
		vkx_put_be32(blob + 36, pos - 56);
		refused(blob, pos,
			nodes > VKX_MAX_FDT_NODES ? VKX_RULE_FDT_LIMIT :
						    VKX_RULE_NONE);
		free(blob);
	}
}

static void phandles(void **state)
{
	static const struct {
		const char *name_a, *a, *name_b, *b;
		enum vkx_rule rule;
	} rows[] = {
		{ "phandle", "1", "phandle", "2", VKX_RULE_NONE },
		{ "phandle", "1", "phandle", "1", VKX_RULE_FDT_PHANDLE },
		{ "phandle", "1", "linux,phandle", "1", VKX_RULE_FDT_PHANDLE },
		{ "phandle", "0", "x", "1", VKX_RULE_FDT_PHANDLE },
		{ "phandle", "ffffffff", "x", "1", VKX_RULE_FDT_PHANDLE },
		{ "phandle", "1 2", "x", "1", VKX_RULE_FDT_PHANDLE },
		{ "linux,phandle", "0", "x", "1", VKX_RULE_FDT_PHANDLE },
	};
	void *fdt;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fdt = fdt_new();
		fdt_hex(fdt, "/a", rows[i].name_a, rows[i].a);
		fdt_hex(fdt, "/b", rows[i].name_b, rows[i].b);
		refused(fdt, fdt_done(fdt), rows[i].rule);
		assert_int_equal(
			rule_of(fdt, fdt_totalsize(fdt), VKX_FDT_RUNNING),
			VKX_RULE_NONE);
		free(fdt);
	}
	fdt = fdt_new();
	fdt_hex(fdt, "/a", "phandle", "7");
	fdt_hex(fdt, "/a", "linux,phandle", "7");
	refused(fdt, fdt_done(fdt), VKX_RULE_NONE);
	fdt_hex(fdt, "/a", "linux,phandle", "8");
	refused(fdt, fdt_done(fdt), VKX_RULE_FDT_PHANDLE);
	free(fdt);
}

static void reservations(void **state)
{
	void *fdt = fdt_new();
	uint8_t *p;

	(void)state;
	fdt_add_mem_rsv(fdt, 0x1000, 0x1000);
	fdt_add_mem_rsv(fdt, 0xfffffffffffff000, 0x1000);
	refused(fdt, fdt_done(fdt), VKX_RULE_NONE);
	p = (uint8_t *)fdt + fdt_off_mem_rsvmap(fdt);
	vkx_put_be64(p + 24, 0x1001);
	refused(fdt, fdt_totalsize(fdt), VKX_RULE_FDT_RESERVE);
	vkx_put_be64(p + 24, 0x1000);
	vkx_put_be64(p + 32, 1); /* an address without a size */
	refused(fdt, fdt_totalsize(fdt), VKX_RULE_FDT_RESERVE);
	vkx_put_be64(p + 40, 1); /* the block never ends: runs into tokens */
	assert_int_not_equal(rule_of(fdt, fdt_totalsize(fdt), VKX_FDT_STRICT),
			     VKX_RULE_NONE);
	free(fdt);
}

static void reservations_are_bounded(void **state)
{
	void *fdt = fdt_new();
	uint32_t i;

	(void)state;
	for (i = 0; i < VKX_MAX_FDT_RESERVATIONS; i++)
		assert_int_equal(fdt_add_mem_rsv(fdt, i, 1), 0);
	refused(fdt, fdt_done(fdt), VKX_RULE_NONE);
	fdt_open_into(fdt, fdt, FDT_ROOM);
	assert_int_equal(fdt_add_mem_rsv(fdt, i, 1), 0);
	refused(fdt, fdt_done(fdt), VKX_RULE_FDT_LIMIT);
	free(fdt);
}

/* Whatever we accept, libfdt accepts: cut at every length. */
static void every_cut(void **state)
{
	void *fdt = fdt_signed_board(), *cut;
	size_t len = fdt_done(fdt), n;

	(void)state;
	for (n = 0; n < len; n++) {
		cut = malloc(n ? n : 1);
		memcpy(cut, fdt, n);
		assert_int_not_equal(rule_of(cut, n, VKX_FDT_STRICT),
				     VKX_RULE_NONE);
		assert_int_not_equal(rule_of(cut, n, VKX_FDT_RUNNING),
				     VKX_RULE_NONE);
		if (n >= 40) {
			vkx_put_be32((uint8_t *)cut + 4, (uint32_t)n);
			if (rule_of(cut, n, VKX_FDT_STRICT) == VKX_RULE_NONE ||
			    rule_of(cut, n, VKX_FDT_RUNNING) == VKX_RULE_NONE)
				assert_int_equal(fdt_check_full(cut, n), 0);
		}
		free(cut);
	}
	free(fdt);
}

static void every_bit(void **state)
{
	void *fdt = fdt_signed_board();
	size_t len = fdt_done(fdt), i, accepted = 0;
	uint8_t *p = fdt;

	(void)state;
	for (i = 0; i < len * 8; i++) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		if (rule_of(p, len, VKX_FDT_STRICT) == VKX_RULE_NONE) {
			assert_int_equal(fdt_check_full(p, len), 0);
			assert_int_equal(rule_of(p, len, VKX_FDT_RUNNING),
					 VKX_RULE_NONE);
			accepted++;
		} else if (rule_of(p, len, VKX_FDT_RUNNING) == VKX_RULE_NONE) {
			assert_int_equal(fdt_check_full(p, len), 0);
		}
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	/* Values are free; most of the rest is not. */
	assert_true(accepted > 100 && accepted < len * 8 / 2);
	free(fdt);
}

/* dtb/verdicts.tsv: what libfdt 1.6.1 says, and the three names it passes. */
static void trees_of_others(void **state)
{
	static const char *const stricter[] = {
		"libfdt-tests/bad_node_char.dtb",
		"libfdt-tests/bad_node_format.dtb",
		"libfdt-tests/bad_prop_char.dtb",
	};
	size_t list_len, len, i;
	char *list = fdt_test_file("dtb/verdicts.tsv", &list_len), *line;
	char name[128], path[160];
	int header, full, files = 0, names = 0, want;
	void *blob;

	(void)state;
	if (!list && fdt_test_data_missing())
		skip();
	list = realloc(list, list_len + 1);
	list[list_len] = 0;
	for (line = strchr(list, '\n') + 1; *line;
	     line = strchr(line, '\n') + 1) {
		if (sscanf(line, "%127s %*u %d %d", name, &header, &full) != 3)
			break;
		snprintf(path, sizeof(path), "dtb/%s", name);
		blob = fdt_test_file(path, &len);
		assert_non_null(blob);
		want = full == 0;
		for (i = 0; i < 3; i++)
			if (!strcmp(name, stricter[i])) {
				refused(blob, len, VKX_RULE_FDT_NAME);
				names++;
				want = 0;
			}
		assert_int_equal(rule_of(blob, len, VKX_FDT_STRICT) ==
					 VKX_RULE_NONE,
				 want);
		assert_int_equal(rule_of(blob, len, VKX_FDT_RUNNING) ==
					 VKX_RULE_NONE,
				 full == 0);
		files++;
		free(blob);
	}
	assert_int_equal(files, 25);
	assert_int_equal(names, 3);
	free(list);
}

static void look_ups_are_exact(void **state)
{
	void *fdt = fdt_new();

	(void)state;
	fdt_at(fdt, "/memory@1");
	fdt_at(fdt, "/a/b@1/c");
	fdt_raw(fdt, "/a", "list", "one\0two", 8);
	fdt_raw(fdt, "/a", "open", "one\0two", 7);
	fdt_raw(fdt, "/a", "empty", "", 0);
	assert_true(vkx_fdt_child(fdt, 0, "memory") < 0);
	assert_true(vkx_fdt_child(fdt, 0, "memory@1") > 0);
	assert_true(vkx_fdt_node(fdt, "/a/b@1/c") > 0);
	assert_true(vkx_fdt_node(fdt, "/a/b/c") < 0);
	assert_true(vkx_fdt_node(fdt, "a") < 0);
	assert_true(vkx_fdt_node(fdt, "//a") < 0);
	assert_int_equal(vkx_fdt_node(fdt, "/"), 0);
	assert_string_equal(
		vkx_fdt_string(fdt, vkx_fdt_node(fdt, "/a"), "list", 1), "two");
	assert_null(vkx_fdt_string(fdt, vkx_fdt_node(fdt, "/a"), "list", 2));
	assert_null(vkx_fdt_string(fdt, vkx_fdt_node(fdt, "/a"), "open", 0));
	assert_null(vkx_fdt_string(fdt, vkx_fdt_node(fdt, "/a"), "empty", 0));
	assert_true(
		vkx_fdt_string_in(fdt, vkx_fdt_node(fdt, "/a"), "list", "two"));
	assert_false(
		vkx_fdt_string_in(fdt, vkx_fdt_node(fdt, "/a"), "list", "tw"));
	assert_false(vkx_fdt_string_in(fdt, vkx_fdt_node(fdt, "/a"), "absent",
				       "two"));
	assert_false(
		vkx_fdt_string_in(fdt, vkx_fdt_node(fdt, "/a"), "empty", ""));
	fdt_raw(fdt, "/a", "three", "one\0two\0three", 14);
	assert_true(vkx_fdt_string_in(fdt, vkx_fdt_node(fdt, "/a"), "three",
				      "three"));
	free(fdt);
}

static void availability(void **state)
{
	static const struct {
		const char *status;
		bool available;
	} rows[] = { { "okay", true },	    { "ok", true },
		     { "disabled", false }, { "fail", false },
		     { "okay ", false },    { "", false } };
	void *fdt = fdt_new();
	size_t i;

	(void)state;
	fdt_at(fdt, "/a");
	assert_true(vkx_fdt_available(fdt, vkx_fdt_node(fdt, "/a")));
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fdt_str(fdt, "/a", "status", rows[i].status);
		assert_int_equal(
			vkx_fdt_available(fdt, vkx_fdt_node(fdt, "/a")),
			rows[i].available);
	}
	free(fdt);
}

static void cells_and_ranges(void **state)
{
	static const uint8_t top[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					 0xf0, 0,    0,	   0,	 0,    0,
					 0,    0,    0x10, 0 };
	static const uint8_t empty[16] = { 0xff, 0xff, 0xff, 0xff,
					   0xff, 0xff, 0xff, 0xff };
	struct vkx_fdt_cells c = { 7, 7 };
	struct vkx_extent e;
	void *fdt = fdt_new();
	int node = fdt_at(fdt, "/a");

	(void)state;
	assert_false(vkx_fdt_cells(fdt, node, &c));
	fdt_hex(fdt, "/a", "#address-cells", "1");
	assert_false(vkx_fdt_cells(fdt, vkx_fdt_node(fdt, "/a"), &c));
	fdt_hex(fdt, "/a", "#size-cells", "1 0");
	assert_false(vkx_fdt_cells(fdt, vkx_fdt_node(fdt, "/a"), &c));
	fdt_hex(fdt, "/a", "#size-cells", "0");
	assert_false(vkx_fdt_cells(fdt, vkx_fdt_node(fdt, "/a"), &c));
	assert_int_equal(c.size, 7);
	fdt_hex(fdt, "/a", "#size-cells", "2");
	assert_true(vkx_fdt_cells(fdt, vkx_fdt_node(fdt, "/a"), &c));
	assert_true(c.address == 1 && c.size == 2);
	free(fdt);

	c.address = 2;
	assert_true(vkx_fdt_reg(top, 16, &c, 0, &e)); /* ends at 2^64 */
	assert_true(e.start == 0xfffffffffffff000 && e.size == 0x1000);
	assert_false(vkx_fdt_reg(top, 16, &c, 1, &e));
	assert_false(vkx_fdt_reg(top, 12, &c, 0, &e));
	assert_true(vkx_fdt_reg(empty, 16, &c, 0, &e)); /* nothing wraps */
	assert_true(e.size == 0);
}

struct seen {
	struct vkx_extent e[8];
	int n;
};

static int note(void *arg, const struct vkx_extent *e)
{
	struct seen *s = arg;

	s->e[s->n++] = *e;
	return s->n == 7 ? 42 : 0;
}

static void reserved_regions(void **state)
{
	void *fdt = fdt_new();
	struct seen s = { .n = 0 };
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };

	(void)state;
	fdt_add_mem_rsv(fdt, 0x1000, 0x2000);
	fdt_hex(fdt, "/reserved-memory", "#address-cells", "2");
	fdt_hex(fdt, "/reserved-memory", "#size-cells", "2");
	fdt_hex(fdt, "/reserved-memory/a", "reg", "1 0 0 10 2 0 0 20");
	fdt_hex(fdt, "/reserved-memory/dynamic", "size", "0 100");
	fdt_hex(fdt, "/reserved-memory/off", "reg", "3 0 0 10");
	fdt_str(fdt, "/reserved-memory/off", "status", "disabled");
	assert_int_equal(vkx_fdt_reserved(fdt, note, &s, &fault), 0);
	assert_int_equal(s.n, 3);
	assert_true(s.e[0].start == 0x1000 && s.e[0].size == 0x2000);
	assert_true(s.e[1].start == 0x100000000 && s.e[1].size == 0x10);
	assert_true(s.e[2].start == 0x200000000 && s.e[2].size == 0x20);
	s.n = 5;
	assert_int_equal(vkx_fdt_reserved(fdt, note, &s, &fault), 42);

	fdt_hex(fdt, "/reserved-memory/a", "reg", "1 0 0");
	s.n = 0;
	assert_int_equal(vkx_fdt_reserved(fdt, note, &s, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_FDT_RESERVE);
	fdt_hex(fdt, "/reserved-memory/a", "reg",
		"ffffffff ffffffff 0 2"); /* wraps */
	assert_int_equal(vkx_fdt_reserved(fdt, note, &s, &fault),
			 -VKX_ERR_FORMAT);
	fdt_hex(fdt, "/reserved-memory/a", "reg", "1 0 0 10");
	/* Linux would ignore the whole node, a list by its own cells or not. */
	fdt_hex(fdt, "/reserved-memory", "#size-cells", "1");
	fdt_hex(fdt, "/reserved-memory/a", "reg", "1 0 10");
	fault.rule = VKX_RULE_NONE;
	assert_int_equal(vkx_fdt_reserved(fdt, note, &s, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_FDT_RESERVE);
	assert_int_equal(
		fault.offset,
		fdt_off_dt_struct(fdt) +
			(unsigned int)vkx_fdt_node(fdt, "/reserved-memory"));
	fdt_hex(fdt, "/reserved-memory", "#size-cells", "2");
	fdt_hex(fdt, "/reserved-memory", "#address-cells", "1");
	assert_int_equal(vkx_fdt_reserved(fdt, note, &s, &fault),
			 -VKX_ERR_FORMAT);
	fdt_delprop(fdt, vkx_fdt_node(fdt, "/reserved-memory"),
		    "#address-cells");
	assert_int_equal(vkx_fdt_reserved(fdt, note, &s, &fault),
			 -VKX_ERR_FORMAT);
	free(fdt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_tree_passes),
		cmocka_unit_test(each_header_field),
		cmocka_unit_test(trailing_bytes_are_for_running_trees_only),
		cmocka_unit_test(null_pointers),
		cmocka_unit_test(versions_of_running_trees),
		cmocka_unit_test(two_mebibytes),
		cmocka_unit_test(overlapping_blocks),
		cmocka_unit_test(name_that_never_ends),
		cmocka_unit_test(property_count_is_bounded),
		cmocka_unit_test(availability),
		cmocka_unit_test(cells_and_ranges),
		cmocka_unit_test(node_names),
		cmocka_unit_test(long_names),
		cmocka_unit_test(property_names),
		cmocka_unit_test(repeated_names),
		cmocka_unit_test(token_order),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(node_count_is_bounded),
		cmocka_unit_test(phandles),
		cmocka_unit_test(reservations),
		cmocka_unit_test(reservations_are_bounded),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(every_bit),
		cmocka_unit_test(trees_of_others),
		cmocka_unit_test(look_ups_are_exact),
		cmocka_unit_test(reserved_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
