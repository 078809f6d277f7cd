/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The list of what the running machine contributed to the next kernel's
 * device tree: the one part of that tree nobody signed. Its canonical bytes
 * go into the hop record as a SHA-256, so that an attestation sees them, and
 * to securityfs, so that a person can. Normative:
 *
 *   header  "VKXC", le16 version 1, le16 0
 *   item    u8 kind, u8 0, le16 path length, le16 name length, le16 0,
 *           le32 value length, path, name, value (nothing terminated)
 *
 * Items follow each other without padding in the order in which the merge
 * took them, which depends on the two trees alone. Seeds never are in it.
 * Where the running tree is the base, every node and property of it that
 * stays is an item, in tree order.
 */
#ifndef VKX_CARRY_H
#define VKX_CARRY_H

#include "err.h"
#include "vkx_env.h"

#define VKX_CARRY_VERSION 1u
#define VKX_CARRY_HEADER_SIZE 8u
#define VKX_CARRY_ITEM_SIZE 12u /* before path, name and value */

enum vkx_carry_kind {
	VKX_CARRY_NODE = 1, /* path was created; name and value empty */
	VKX_CARRY_PROP = 2, /* path:name has the running tree's value */
	VKX_CARRY_RESERVE = 3, /* path, name empty; value be64 start, size */
};

/* Takes the canonical bytes piece by piece, to hash or to collect them. */
struct vkx_carry_sink {
	void (*bytes)(void *arg, const void *data, size_t len);
	void *arg;
	uint32_t items; /* counted by the functions below */
};

struct vkx_carry_item {
	enum vkx_carry_kind kind;
	const char *path;
	size_t path_len;
	const char *name;
	size_t name_len;
	const uint8_t *value;
	size_t value_len;
};

/* Both do nothing on a NULL sink or NULL sink->bytes but count. */
void vkx_carry_start(struct vkx_carry_sink *sink);
void vkx_carry_add(struct vkx_carry_sink *sink,
		   const struct vkx_carry_item *item);

/*
 * Reads a collected list. *pos starts at 0; false at the end. Strings point
 * into the list. *err_ret is 0 or -VKX_ERR_FORMAT: not canonical.
 */
bool vkx_carry_next(const uint8_t *list, size_t len, size_t *pos,
		    struct vkx_carry_item *item_ret, int *err_ret);

#endif
