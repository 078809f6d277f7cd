/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "carry.h"
#include "cursor.h"

static const uint8_t header[VKX_CARRY_HEADER_SIZE] = {
	'V', 'K', 'X', 'C', VKX_CARRY_VERSION, 0, 0, 0
};

static void put(struct vkx_carry_sink *sink, const void *data, size_t len)
{
	if (sink->bytes && len)
		sink->bytes(sink->arg, data, len);
}

void vkx_carry_start(struct vkx_carry_sink *sink)
{
	if (!sink)
		return;
	sink->items = 0;
	put(sink, header, sizeof(header));
}

void vkx_carry_add(struct vkx_carry_sink *sink,
		   const struct vkx_carry_item *item)
{
	uint8_t head[VKX_CARRY_ITEM_SIZE] = { 0 };

	if (!sink)
		return;
	sink->items++;
	head[0] = (uint8_t)item->kind;
	vkx_put_le16(head + 2, (uint16_t)item->path_len);
	vkx_put_le16(head + 4, (uint16_t)item->name_len);
	vkx_put_le32(head + 8, (uint32_t)item->value_len);
	put(sink, head, sizeof(head));
	put(sink, item->path, item->path_len);
	put(sink, item->name, item->name_len);
	put(sink, item->value, item->value_len);
}

static bool kind_fits(const struct vkx_carry_item *item)
{
	switch (item->kind) {
	case VKX_CARRY_NODE:
		return item->path_len && !item->name_len && !item->value_len;
	case VKX_CARRY_PROP:
		return item->path_len && item->name_len;
	case VKX_CARRY_RESERVE:
		return !item->path_len && !item->name_len &&
		       item->value_len == 16;
	}
	return false;
}

static int read_item(struct vkx_rd *rd, struct vkx_carry_item *item)
{
	uint8_t kind = vkx_rd_u8(rd);
	uint32_t zero = vkx_rd_u8(rd);

	item->kind = kind;
	item->path_len = vkx_rd_le16(rd);
	item->name_len = vkx_rd_le16(rd);
	zero |= vkx_rd_le16(rd);
	item->value_len = vkx_rd_le32(rd);
	item->path = (const char *)vkx_rd_take(rd, item->path_len);
	item->name = (const char *)vkx_rd_take(rd, item->name_len);
	item->value = vkx_rd_take(rd, item->value_len);
	if (rd->err || zero || !kind_fits(item))
		return -VKX_ERR_FORMAT;
	return 0;
}

bool vkx_carry_next(const uint8_t *list, size_t len, size_t *pos,
		    struct vkx_carry_item *item_ret, int *err_ret)
{
	struct vkx_carry_item item;
	struct vkx_rd rd;

	*err_ret = 0;
	if (!*pos) {
		if (len < sizeof(header) ||
		    memcmp(list, header, sizeof(header)) != 0) {
			*err_ret = -VKX_ERR_FORMAT;
			return false;
		}
		*pos = sizeof(header);
	}
	if (*pos >= len)
		return false;
	vkx_rd_init(&rd, list + *pos, len - *pos);
	*err_ret = read_item(&rd, &item);
	if (*err_ret)
		return false;
	*pos += rd.pos;
	*item_ret = item;
	return true;
}
