/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/load/factlist.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "carry.h"
#include "cursor.h"
#include "keys/cli.h"
#include "sha256.h"
#include "keys/facts.h"

/* What the kernel keeps at most. */
#define MAX_LIST (4u << 20)

static int check(const struct vkx_bytes *list)
{
	struct vkx_carry_item item;
	size_t pos = 0;
	int err;

	while (vkx_carry_next(list->data, list->len, &pos, &item, &err))
		;
	return err;
}

int vkx_factlist_read(const char *sys, struct vkx_bytes *list_ret)
{
	struct vkx_bytes list = { 0 };
	char path[PATH_MAX];
	int err;

	if ((size_t)snprintf(path, sizeof(path),
			     "%s/kernel/security/vkexec/facts",
			     sys) >= sizeof(path))
		return -VKX_ERR_NOTFOUND;
	err = vkx_bytes_read(path, MAX_LIST, &list);
	if (err == -VKX_ERR_IO && (errno == ENOENT || errno == ENOTDIR))
		err = -VKX_ERR_NOTFOUND;
	else if (err == -VKX_ERR_LIMIT)
		err = -VKX_ERR_FORMAT;
	else if (!err && !list.len)
		err = -VKX_ERR_NOTFOUND;
	else if (!err)
		err = check(&list);
	if (err)
		vkx_bytes_free(&list);
	else
		*list_ret = list;
	return err;
}

/* Strings that end with their only NUL and can be printed, as dtc sees it. */
static bool is_text(const struct vkx_carry_item *item)
{
	size_t i;

	if (item->value_len < 2 || item->value[item->value_len - 1])
		return false;
	for (i = 0; i < item->value_len - 1; i++)
		if (!isprint(item->value[i]))
			return false;
	return true;
}

static void print_value(FILE *out, const struct vkx_carry_item *item)
{
	if (!item->value_len)
		return;
	fputs(" = ", out);
	if (is_text(item)) {
		fputc('"', out);
		vkx_cli_escaped(out, item->value, item->value_len - 1);
		fputc('"', out);
		return;
	}
	vkx_cli_hex(out, item->value, item->value_len);
}

static void print_item(FILE *out, const struct vkx_carry_item *item)
{
	switch (item->kind) {
	case VKX_CARRY_NODE:
		fputs("node        ", out);
		vkx_cli_escaped(out, item->path, item->path_len);
		break;
	case VKX_CARRY_PROP:
		fputs("property    ", out);
		vkx_cli_escaped(out, item->path, item->path_len);
		fputc(':', out);
		vkx_cli_escaped(out, item->name, item->name_len);
		print_value(out, item);
		break;
	case VKX_CARRY_RESERVE:
		fprintf(out, "reservation %#" PRIx64 " + %#" PRIx64,
			vkx_get_be64(item->value),
			vkx_get_be64(item->value + 8));
		break;
	}
	fputc('\n', out);
}

void vkx_factlist_print(FILE *out, const struct vkx_bytes *list)
{
	uint8_t digest[VKX_SHA256_SIZE];
	struct vkx_carry_item item;
	size_t pos = 0;
	int err;

	vkx_sha256(list->data, list->len, digest);
	fputs("facts: ", out);
	vkx_cli_hex(out, digest, sizeof(digest));
	fputc('\n', out);
	while (vkx_carry_next(list->data, list->len, &pos, &item, &err))
		print_item(out, &item);
}

static void tell_item(struct vkx_facts *f, const struct vkx_carry_item *item)
{
	static const char *const kinds[] = {
		[VKX_CARRY_NODE] = "node",
		[VKX_CARRY_PROP] = "property",
		[VKX_CARRY_RESERVE] = "reservation",
	};

	vkx_facts_object(f, NULL);
	vkx_facts_word(f, "kind", kinds[item->kind]);
	if (item->path_len)
		vkx_facts_text(f, "path", item->path, item->path_len);
	if (item->name_len)
		vkx_facts_text(f, "name", item->name, item->name_len);
	if (item->value_len)
		vkx_facts_hex(f, "value", item->value, item->value_len);
	vkx_facts_close(f);
}

void vkx_factlist_tell(FILE *out, const struct vkx_bytes *list)
{
	uint8_t digest[VKX_SHA256_SIZE];
	struct vkx_carry_item item;
	struct vkx_facts f;
	size_t pos = 0;
	int err;

	vkx_sha256(list->data, list->len, digest);
	vkx_facts_begin(&f, out, true);
	vkx_facts_hex(&f, "facts", digest, sizeof(digest));
	vkx_facts_list(&f, "items");
	while (vkx_carry_next(list->data, list->len, &pos, &item, &err))
		tell_item(&f, &item);
	vkx_facts_close(&f);
	vkx_facts_end(&f);
}
