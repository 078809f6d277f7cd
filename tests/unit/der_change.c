/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/der_change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const der_change_names[DER_NR_CHANGES] = {
	"left out",    "doubled",      "emptied",  "one byte more",
	"other tag",   "other class",  "null tag", "long length",
	"zero before", "first changed"
};

static size_t read_head(const uint8_t *p, size_t *size_ret)
{
	size_t octets = p[1] & 0x7fu, i;

	if (p[1] < 0x80) {
		*size_ret = p[1];
		return 2;
	}
	*size_ret = 0;
	for (i = 0; i < octets; i++)
		*size_ret = *size_ret << 8 | p[2 + i];
	return 2 + octets;
}

/*
 * Where elements begin inside the contents at p: 0, or 1 behind the unused
 * bits of a BIT STRING; size, behind everything, where there are none.
 * Strings count as boxes where one SEQUENCE fills them: keys, signatures.
 */
static size_t inside(uint8_t tag, const uint8_t *p, size_t size)
{
	size_t at = tag == 3, in, head;

	if (tag & 0x20)
		return 0;
	if ((tag != 3 && tag != 4) || size < at + 2 || (at && p[0]) ||
	    p[at] != 0x30)
		return size;
	head = read_head(p + at, &in);
	return at + head + in == size ? at : size;
}

/* Lists all elements of good DER, parents before children. */
static size_t list_nodes(struct der_node *nodes, size_t nr_nodes,
			 const uint8_t *der, size_t at, size_t end,
			 const char *above)
{
	unsigned int index = 0;
	size_t in;

	while (at < end) {
		struct der_node *node = &nodes[nr_nodes++];

		assert_true(nr_nodes < DER_NODES);
		node->start = at;
		node->head = read_head(der + at, &node->size);
		snprintf(node->path, sizeof(node->path), "%.40s%s%u", above,
			 *above ? "." : "", index++);
		in = inside(der[at], der + at + node->head, node->size);
		nr_nodes =
			list_nodes(nodes, nr_nodes, der, at + node->head + in,
				   at + node->head + node->size, node->path);
		at += node->head + node->size;
	}
	return nr_nodes;
}

size_t der_nodes(const struct derb *der, struct der_node nodes[DER_NODES])
{
	return list_nodes(nodes, 0, der->p, 0, der->len, "");
}

static void put_element(struct derb *out, uint8_t tag, const uint8_t *p,
			size_t size, bool long_length)
{
	uint8_t head[6] = { tag,
			    0x84,
			    (uint8_t)(size >> 24),
			    (uint8_t)(size >> 16),
			    (uint8_t)(size >> 8),
			    (uint8_t)size };

	if (!long_length) {
		derb_prim(out, tag, p, size);
		return;
	}
	derb_raw(out, head, sizeof(head));
	derb_raw(out, p, size);
}

static void put_changed(struct derb *out, const uint8_t *p, size_t head,
			size_t size, enum der_change change)
{
	uint8_t *more = malloc(size + 1);

	memcpy(more, p + head, size);
	more[size] = 0;
	switch (change) {
	case DER_LEFT_OUT:
		break;
	case DER_DOUBLED:
		derb_raw(out, p, head + size);
		derb_raw(out, p, head + size);
		break;
	case DER_EMPTIED:
		put_element(out, p[0], more, 0, false);
		break;
	case DER_ONE_BYTE_MORE:
		put_element(out, p[0], more, size + 1, false);
		break;
	case DER_OTHER_TAG:
		put_element(out, p[0] ^ 1, more, size, false);
		break;
	case DER_OTHER_CLASS:
		put_element(out, p[0] ^ 0x80, more, size, false);
		break;
	case DER_NULL_TAG:
		put_element(out, 5, more, size, false);
		break;
	case DER_LONG_LENGTH:
		put_element(out, p[0], more, size, true);
		break;
	case DER_ZERO_BEFORE:
		memmove(more + 1, more, size);
		more[0] = 0;
		put_element(out, p[0], more, size + 1, false);
		break;
	case DER_FIRST_CHANGED:
		more[0] ^= 1;
		put_element(out, p[0], more, size, false);
		break;
	case DER_NR_CHANGES:
		break;
	}
	free(more);
}

/* [at, end) of der with the element at target changed, lengths put right. */
static void rebuild(struct derb *out, const uint8_t *der, size_t at, size_t end,
		    size_t target, enum der_change change)
{
	size_t head, size, in;

	for (; at < end; at += head + size) {
		head = read_head(der + at, &size);
		if (at == target) {
			put_changed(out, der + at, head, size, change);
		} else if (target > at && target < at + head + size) {
			in = inside(der[at], der + at + head, size);
			derb_open(out, der[at]);
			derb_raw(out, der + at + head, in);
			rebuild(out, der, at + head + in, at + head + size,
				target, change);
			derb_close(out);
		} else {
			derb_raw(out, der + at, head + size);
		}
	}
}

void der_change(struct derb *out, const struct derb *der,
		const struct der_node *node, enum der_change change)
{
	memset(out, 0, sizeof(*out));
	rebuild(out, der->p, 0, der->len, node->start, change);
}
