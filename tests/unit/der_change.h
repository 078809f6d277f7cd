/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Good DER with one element changed at a time, all lengths around it put right.
 * For tests and for files that tests are fed with; it knows no rule.
 */
#ifndef TEST_DER_CHANGE_H
#define TEST_DER_CHANGE_H

#include <stddef.h>

#include "tests/unit/sig_fixture.h"

#define DER_NODES 512

enum der_change {
	DER_LEFT_OUT,
	DER_DOUBLED,
	DER_EMPTIED,
	DER_ONE_BYTE_MORE,
	DER_OTHER_TAG,
	DER_OTHER_CLASS,
	DER_NULL_TAG,
	DER_LONG_LENGTH,
	DER_ZERO_BEFORE,
	DER_FIRST_CHANGED,
	DER_NR_CHANGES
};

extern const char *const der_change_names[DER_NR_CHANGES];

/* An element: where it starts, and its place in the tree, as "0.0.3". */
struct der_node {
	size_t start, head, size; /* whole element: head + size bytes */
	char path[48];
};

/*
 * All elements of good DER, parents before children; how many. Strings that
 * hold one SEQUENCE count as boxes too.
 */
size_t der_nodes(const struct derb *der, struct der_node nodes_ret[DER_NODES]);

/* The same with one element changed, in a fresh derb. */
void der_change(struct derb *out, const struct derb *der,
		const struct der_node *node, enum der_change change);

#endif
