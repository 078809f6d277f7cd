/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk over a foreign device tree. Three passes over the structure block,
 * each simple: tokens and property names; siblings; phandles. The first
 * makes sure that the others, and libfdt after them, stay inside the blob.
 */
#include "cursor.h"
#include "fdt_blob.h"
#include "text.h"

#define HEADER_SIZE 40u
#define MAGIC 0xd00dfeedu
#define TOKEN_BEGIN 1u
#define TOKEN_END_NODE 2u
#define TOKEN_PROP 3u
#define TOKEN_NOP 4u
#define TOKEN_END 9u

struct tree {
	const uint8_t *blob;
	uint32_t size;
	uint32_t reserve_off, reserve_end;
	uint32_t struct_off, struct_end;
	uint32_t strings_off, strings_end;
	enum vkx_fdt_profile profile;
	struct vkx_fdt_work *work;
	uint32_t filled; /* slots in use */
	struct vkx_fdt seen;
	struct vkx_fault *fault;
};

/* One token, its names and values known to lie inside their blocks. */
struct token {
	uint32_t tag;
	uint32_t offset; /* of the tag, in the blob */
	uint32_t next;
	uint32_t name; /* offset of a NUL-terminated string */
	uint32_t value;
	uint32_t value_len;
};

static bool inside(uint64_t off, uint64_t len, uint64_t end)
{
	return off <= end && len <= end - off;
}

static int read_header(struct tree *t, size_t len)
{
	const uint8_t *h = t->blob;
	uint32_t version, compatible;

	if (len < HEADER_SIZE || vkx_get_be32(h) != MAGIC)
		return vkx_fault(t->fault, VKX_RULE_FDT_HEADER, 0);
	t->size = vkx_get_be32(h + 4);
	if (t->size < HEADER_SIZE || t->size > len || t->size > VKX_MAX_FDT)
		return vkx_fault(t->fault, VKX_RULE_FDT_HEADER, 4);
	if (t->profile == VKX_FDT_STRICT && t->size != len)
		return vkx_fault(t->fault, VKX_RULE_FDT_HEADER, 4);
	version = vkx_get_be32(h + 20);
	compatible = vkx_get_be32(h + 24);
	if (t->profile == VKX_FDT_STRICT ? version != 17 || compatible != 16 :
					   version < 17 || compatible > 17)
		return vkx_fault(t->fault, VKX_RULE_FDT_HEADER, 20);
	return 0;
}

static int read_block(struct tree *t, uint32_t field, uint32_t size,
		      uint32_t align, uint32_t *off_ret, uint32_t *end_ret)
{
	uint32_t off = vkx_get_be32(t->blob + field);

	if (off < HEADER_SIZE || off % align || !inside(off, size, t->size))
		return vkx_fault(t->fault, VKX_RULE_FDT_HEADER, field);
	*off_ret = off;
	*end_ret = off + size;
	return 0;
}

/* Entries of 16 bytes up to one of size 0, which must be all zero. */
static int read_reserve(struct tree *t)
{
	uint32_t pos;
	uint64_t start, size;

	for (pos = t->reserve_off; inside(pos, 16, t->size); pos += 16) {
		start = vkx_get_be64(t->blob + pos);
		size = vkx_get_be64(t->blob + pos + 8);
		if (!size && start && t->profile == VKX_FDT_STRICT)
			break;
		if (!size) {
			t->reserve_end = pos + 16;
			return 0;
		}
		if (size - 1 > UINT64_MAX - start)
			break;
		if (t->seen.reservations == VKX_MAX_FDT_RESERVATIONS)
			return vkx_fault(t->fault, VKX_RULE_FDT_LIMIT, pos);
		t->seen.reservations++;
	}
	return vkx_fault(t->fault, VKX_RULE_FDT_RESERVE, pos);
}

static bool blocks_overlap(const struct tree *t)
{
	uint32_t reserve = t->reserve_end - t->reserve_off;
	uint32_t structure = t->struct_end - t->struct_off;
	uint32_t strings = t->strings_end - t->strings_off;

	return vkx_ranges_overlap(t->reserve_off, reserve, t->struct_off,
				  structure) ||
	       vkx_ranges_overlap(t->reserve_off, reserve, t->strings_off,
				  strings) ||
	       vkx_ranges_overlap(t->struct_off, structure, t->strings_off,
				  strings);
}

static int read_layout(struct tree *t)
{
	int err;

	err = read_block(t, 16, 16, 8, &t->reserve_off, &t->reserve_end);
	if (err)
		return err;
	err = read_block(t, 8, vkx_get_be32(t->blob + 36), 4, &t->struct_off,
			 &t->struct_end);
	if (err)
		return err;
	err = read_block(t, 12, vkx_get_be32(t->blob + 32), 1, &t->strings_off,
			 &t->strings_end);
	if (err)
		return err;
	err = read_reserve(t);
	if (err)
		return err;
	if (t->profile == VKX_FDT_STRICT && blocks_overlap(t))
		return vkx_fault(t->fault, VKX_RULE_FDT_HEADER, 8);
	return 0;
}

/* Offset behind the NUL of a name at off; 0 if it is too long or never ends. */
static uint32_t string_end(const struct tree *t, uint32_t off, uint32_t end)
{
	if (end - off > VKX_MAX_FDT_NAME + 1)
		end = off + VKX_MAX_FDT_NAME + 1;
	while (off < end)
		if (!t->blob[off++])
			return off;
	return 0;
}

static int read_prop(struct tree *t, uint32_t pos, struct token *tok)
{
	uint32_t name;

	if (!inside(pos, 8, t->struct_end))
		return vkx_fault(t->fault, VKX_RULE_FDT_STRUCTURE, pos);
	tok->value_len = vkx_get_be32(t->blob + pos);
	name = vkx_get_be32(t->blob + pos + 4);
	tok->value = pos + 8;
	if (!inside(tok->value, tok->value_len, t->struct_end))
		return vkx_fault(t->fault, VKX_RULE_FDT_STRUCTURE, pos);
	if (name >= t->strings_end - t->strings_off ||
	    !string_end(t, t->strings_off + name, t->strings_end))
		return vkx_fault(t->fault, VKX_RULE_FDT_NAME, pos + 4);
	tok->name = t->strings_off + name;
	tok->next = tok->value + tok->value_len;
	return 0;
}

/* Tokens are 4-byte aligned, in a block that starts aligned. */
static int read_token(struct tree *t, uint32_t pos, struct token *tok)
{
	int err = 0;

	if (!inside(pos, 4, t->struct_end))
		return vkx_fault(t->fault, VKX_RULE_FDT_STRUCTURE, pos);
	tok->tag = vkx_get_be32(t->blob + pos);
	tok->offset = pos;
	tok->next = pos + 4;
	tok->name = tok->next;
	switch (tok->tag) {
	case TOKEN_BEGIN:
		tok->next = string_end(t, tok->name, t->struct_end);
		if (!tok->next)
			err = vkx_fault(t->fault, VKX_RULE_FDT_STRUCTURE, pos);
		break;
	case TOKEN_PROP:
		err = read_prop(t, pos + 4, tok);
		break;
	case TOKEN_END_NODE:
	case TOKEN_NOP:
	case TOKEN_END:
		break;
	default:
		err = vkx_fault(t->fault, VKX_RULE_FDT_STRUCTURE, pos);
		break;
	}
	tok->next = (tok->next + 3) & ~3u;
	return err;
}

static bool letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

static bool prop_name_good(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!letter_or_digit(*s) && !vkx_text_find(",._+?#-", *s))
			return false;
	return true;
}

/* name, or name@unit, neither part empty. */
static bool node_name_good(const char *s)
{
	const char *at = NULL, *p;

	for (p = s; *p; p++) {
		if (*p == '@' && !at && p != s)
			at = p;
		else if (!letter_or_digit(*p) && !vkx_text_find(",._+-", *p))
			return false;
	}
	return p != s && (!at || at[1]);
}

/*
 * libfdt finds "chosen@1" when asked for "chosen". Root children of which
 * there can only be one must therefore not have a unit address: whoever looks
 * by path would not see what whoever looks by name sees.
 */
static bool singleton_with_unit(const char *name)
{
	static const char *const singletons[] = {
		"chosen@",   "aliases@",    "cpus@",   "reserved-memory@",
		"firmware@", "hypervisor@", "vkexec@", "__symbols__@",
	};
	size_t i;

	for (i = 0; i < sizeof(singletons) / sizeof(*singletons); i++)
		if (vkx_text_starts(name, singletons[i]))
			return true;
	return false;
}

static void slots_clear(struct tree *t)
{
	memset(t->work, 0, sizeof(*t->work));
	t->filled = 0;
}

/* FNV-1a: quick, and the table's size bounds what collisions can cost. */
static uint32_t hash(uint32_t key, const char *s)
{
	uint32_t h = 2166136261u ^ key;

	h *= 16777619u;
	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h ^ (h >> 15);
}

/* True if (key, string at offset) is there already; else it now is. */
static bool slots_seen(struct tree *t, uint32_t key, uint32_t offset)
{
	const char *s = (const char *)t->blob + offset;
	uint32_t i = hash(key, s) & (VKX_FDT_SLOTS - 1);

	for (; t->work->slots[i].offset; i = (i + 1) & (VKX_FDT_SLOTS - 1))
		if (t->work->slots[i].key == key &&
		    vkx_text_equal((const char *)t->blob +
					   t->work->slots[i].offset,
				   s))
			return true;
	t->work->slots[i].key = key;
	t->work->slots[i].offset = offset;
	t->filled++;
	return false;
}

/*
 * Properties of a node follow its name directly, so the table may be emptied
 * between two nodes, and never need hold more than one node's.
 */
static int check_prop(struct tree *t, uint32_t node, const struct token *tok)
{
	t->seen.props++;
	/* A name that is empty cannot be listed, whoever chose it. */
	if (!t->blob[tok->name] ||
	    (t->profile == VKX_FDT_STRICT &&
	     !prop_name_good((const char *)t->blob + tok->name)))
		return vkx_fault(t->fault, VKX_RULE_FDT_NAME, tok->offset);
	if (t->profile != VKX_FDT_STRICT)
		return 0;
	if (t->filled >= VKX_FDT_SLOTS / 2 + VKX_FDT_SLOTS / 4)
		return vkx_fault(t->fault, VKX_RULE_FDT_LIMIT, tok->offset);
	if (slots_seen(t, node, tok->name))
		return vkx_fault(t->fault, VKX_RULE_FDT_NAME, tok->offset);
	return 0;
}

struct nest {
	uint32_t depth;
	uint32_t node; /* offset of the innermost open node */
	bool props_done; /* it has had a subnode */
};

static int open_node(struct tree *t, struct nest *n, const struct token *tok)
{
	const char *name = (const char *)t->blob + tok->name;

	if (!n->depth && (t->seen.nodes || *name))
		return vkx_fault(t->fault, VKX_RULE_FDT_ROOT, tok->offset);
	if (n->depth &&
	    (!*name || (t->profile == VKX_FDT_STRICT && !node_name_good(name))))
		return vkx_fault(t->fault, VKX_RULE_FDT_NAME, tok->offset);
	if (n->depth == 1 && t->profile == VKX_FDT_STRICT &&
	    singleton_with_unit(name))
		return vkx_fault(t->fault, VKX_RULE_FDT_NAME, tok->offset);
	if (n->depth == VKX_MAX_FDT_DEPTH)
		return vkx_fault(t->fault, VKX_RULE_FDT_DEPTH, tok->offset);
	if (t->seen.nodes == VKX_MAX_FDT_NODES)
		return vkx_fault(t->fault, VKX_RULE_FDT_LIMIT, tok->offset);
	if (t->filled > VKX_FDT_SLOTS / 2)
		slots_clear(t);
	t->seen.nodes++;
	n->depth++;
	if (n->depth > t->seen.depth)
		t->seen.depth = n->depth;
	n->node = tok->offset;
	n->props_done = false;
	return 0;
}

static int nest_token(struct tree *t, struct nest *n, const struct token *tok)
{
	switch (tok->tag) {
	case TOKEN_BEGIN:
		return open_node(t, n, tok);
	case TOKEN_END_NODE:
		if (!n->depth)
			break;
		n->depth--;
		n->props_done = true;
		return 0;
	case TOKEN_PROP:
		if (!n->depth || n->props_done)
			break;
		return check_prop(t, n->node, tok);
	case TOKEN_NOP:
		/* libfdt takes offset 0 for the root's begin. */
		if (!n->depth)
			break;
		return 0;
	default:
		break;
	}
	return vkx_fault(t->fault, VKX_RULE_FDT_STRUCTURE, tok->offset);
}

static int check_structure(struct tree *t)
{
	struct nest nest = { 0 };
	struct token tok = { 0 };
	uint32_t pos;
	int err;

	slots_clear(t);
	for (pos = t->struct_off;; pos = tok.next) {
		err = read_token(t, pos, &tok);
		if (err)
			return err;
		if (tok.tag == TOKEN_END)
			break;
		err = nest_token(t, &nest, &tok);
		if (err)
			return err;
	}
	if (nest.depth)
		return vkx_fault(t->fault, VKX_RULE_FDT_STRUCTURE, pos);
	if (!t->seen.nodes)
		return vkx_fault(t->fault, VKX_RULE_FDT_ROOT, pos);
	if (t->profile == VKX_FDT_STRICT && tok.next != t->struct_end)
		return vkx_fault(t->fault, VKX_RULE_FDT_STRUCTURE, tok.next);
	return 0;
}

static int check_siblings(struct tree *t)
{
	uint32_t parents[VKX_MAX_FDT_DEPTH + 1] = { 0 };
	struct token tok = { 0 };
	uint32_t pos, depth = 0;

	slots_clear(t);
	for (pos = t->struct_off;; pos = tok.next) {
		if (read_token(t, pos, &tok))
			return -VKX_ERR_BUG;
		if (tok.tag == TOKEN_END)
			return 0;
		if (tok.tag == TOKEN_END_NODE)
			depth--;
		if (tok.tag != TOKEN_BEGIN)
			continue;
		if (slots_seen(t, parents[depth], tok.name))
			return vkx_fault(t->fault, VKX_RULE_FDT_NAME, pos);
		parents[++depth] = pos;
	}
}

/*
 * One phandle of one node; *own is 0 or the node's other spelling of it. name
 * is where "phandle" stands, the same text for both spellings.
 */
static int check_phandle(struct tree *t, const struct token *tok, uint32_t name,
			 uint32_t *own)
{
	uint32_t v;

	if (tok->value_len != 4)
		return vkx_fault(t->fault, VKX_RULE_FDT_PHANDLE, tok->offset);
	v = vkx_get_be32(t->blob + tok->value);
	if (!v || v == UINT32_MAX || (*own && *own != v))
		return vkx_fault(t->fault, VKX_RULE_FDT_PHANDLE, tok->offset);
	if (!*own && slots_seen(t, v, name))
		return vkx_fault(t->fault, VKX_RULE_FDT_PHANDLE, tok->offset);
	*own = v;
	return 0;
}

static int check_phandles(struct tree *t)
{
	struct token tok = { 0 };
	uint32_t pos, name, own = 0;
	int err;

	slots_clear(t);
	for (pos = t->struct_off;; pos = tok.next) {
		if (read_token(t, pos, &tok))
			return -VKX_ERR_BUG;
		if (tok.tag == TOKEN_END)
			return 0;
		if (tok.tag == TOKEN_BEGIN)
			own = 0;
		if (tok.tag != TOKEN_PROP)
			continue;
		name = tok.name;
		if (vkx_text_starts((const char *)t->blob + name, "linux,"))
			name += 6;
		if (!vkx_text_equal((const char *)t->blob + name, "phandle"))
			continue;
		err = check_phandle(t, &tok, name, &own);
		if (err)
			return err;
	}
}

int vkx_fdt_check(const void *blob, size_t len, enum vkx_fdt_profile profile,
		  struct vkx_fdt_work *work, struct vkx_fdt *fdt_ret,
		  struct vkx_fault *fault_ret)
{
	struct tree t = { .blob = blob,
			  .profile = profile,
			  .work = work,
			  .fault = fault_ret };
	int err;

	if (!blob || !work)
		return -VKX_ERR_ARG;
	err = read_header(&t, len);
	if (!err)
		err = read_layout(&t);
	if (!err)
		err = check_structure(&t);
	if (!err && profile == VKX_FDT_STRICT)
		err = check_siblings(&t);
	if (!err && profile == VKX_FDT_STRICT)
		err = check_phandles(&t);
	if (err)
		return err;
	t.seen.size = t.size;
	if (fdt_ret)
		*fdt_ret = t.seen;
	return 0;
}
