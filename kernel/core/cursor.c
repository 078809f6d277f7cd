/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cursor.h"

void vkx_rd_init(struct vkx_rd *rd, const void *buf, size_t len)
{
	rd->p = buf;
	rd->left = len;
	rd->pos = 0;
	rd->err = 0;
}

const uint8_t *vkx_rd_take(struct vkx_rd *rd, size_t n)
{
	const uint8_t *p = rd->p;

	if (rd->err || n > rd->left) {
		if (!rd->err)
			rd->err = -VKX_ERR_FORMAT;
		return NULL;
	}
	rd->p += n;
	rd->pos += n;
	rd->left -= n;
	return p;
}

void vkx_rd_skip(struct vkx_rd *rd, size_t n)
{
	(void)vkx_rd_take(rd, n);
}

uint8_t vkx_rd_u8(struct vkx_rd *rd)
{
	const uint8_t *p = vkx_rd_take(rd, 1);

	return p ? *p : 0;
}

uint16_t vkx_rd_le16(struct vkx_rd *rd)
{
	const uint8_t *p = vkx_rd_take(rd, 2);

	return p ? vkx_get_le16(p) : 0;
}

uint32_t vkx_rd_le32(struct vkx_rd *rd)
{
	const uint8_t *p = vkx_rd_take(rd, 4);

	return p ? vkx_get_le32(p) : 0;
}

uint64_t vkx_rd_le64(struct vkx_rd *rd)
{
	const uint8_t *p = vkx_rd_take(rd, 8);

	return p ? vkx_get_le64(p) : 0;
}

uint16_t vkx_rd_be16(struct vkx_rd *rd)
{
	const uint8_t *p = vkx_rd_take(rd, 2);

	return p ? vkx_get_be16(p) : 0;
}

uint32_t vkx_rd_be32(struct vkx_rd *rd)
{
	const uint8_t *p = vkx_rd_take(rd, 4);

	return p ? vkx_get_be32(p) : 0;
}

uint64_t vkx_rd_be64(struct vkx_rd *rd)
{
	const uint8_t *p = vkx_rd_take(rd, 8);

	return p ? vkx_get_be64(p) : 0;
}

int vkx_rd_end(const struct vkx_rd *rd)
{
	if (rd->err)
		return rd->err;
	return rd->left ? -VKX_ERR_FORMAT : 0;
}

void vkx_wr_init(struct vkx_wr *wr, void *buf, size_t len)
{
	wr->p = buf;
	wr->left = len;
	wr->pos = 0;
	wr->err = 0;
}

/* Where the next n bytes go, or NULL: counting only, or no room. */
static uint8_t *claim(struct vkx_wr *wr, size_t n)
{
	uint8_t *p = wr->p;

	if (wr->err)
		return NULL;
	if (!p) {
		wr->pos += n;
		return NULL;
	}
	if (n > wr->left) {
		wr->err = -VKX_ERR_SPACE;
		return NULL;
	}
	wr->p += n;
	wr->pos += n;
	wr->left -= n;
	return p;
}

void vkx_wr_bytes(struct vkx_wr *wr, const void *src, size_t n)
{
	uint8_t *p = claim(wr, n);

	if (p && n)
		memcpy(p, src, n);
}

void vkx_wr_fill(struct vkx_wr *wr, uint8_t byte, size_t n)
{
	uint8_t *p = claim(wr, n);

	if (p && n)
		memset(p, byte, n);
}

void vkx_wr_u8(struct vkx_wr *wr, uint8_t v)
{
	vkx_wr_bytes(wr, &v, 1);
}

void vkx_wr_le16(struct vkx_wr *wr, uint16_t v)
{
	uint8_t b[2];

	vkx_put_le16(b, v);
	vkx_wr_bytes(wr, b, sizeof(b));
}

void vkx_wr_le32(struct vkx_wr *wr, uint32_t v)
{
	uint8_t b[4];

	vkx_put_le32(b, v);
	vkx_wr_bytes(wr, b, sizeof(b));
}

void vkx_wr_le64(struct vkx_wr *wr, uint64_t v)
{
	uint8_t b[8];

	vkx_put_le64(b, v);
	vkx_wr_bytes(wr, b, sizeof(b));
}

void vkx_wr_be16(struct vkx_wr *wr, uint16_t v)
{
	uint8_t b[2];

	vkx_put_be16(b, v);
	vkx_wr_bytes(wr, b, sizeof(b));
}

void vkx_wr_be32(struct vkx_wr *wr, uint32_t v)
{
	uint8_t b[4];

	vkx_put_be32(b, v);
	vkx_wr_bytes(wr, b, sizeof(b));
}

void vkx_wr_be64(struct vkx_wr *wr, uint64_t v)
{
	uint8_t b[8];

	vkx_put_be64(b, v);
	vkx_wr_bytes(wr, b, sizeof(b));
}

uint16_t vkx_get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | (unsigned int)p[1] << 8);
}

uint32_t vkx_get_le32(const uint8_t *p)
{
	return vkx_get_le16(p) | (uint32_t)vkx_get_le16(p + 2) << 16;
}

uint64_t vkx_get_le64(const uint8_t *p)
{
	return vkx_get_le32(p) | (uint64_t)vkx_get_le32(p + 4) << 32;
}

uint16_t vkx_get_be16(const uint8_t *p)
{
	return (uint16_t)((unsigned int)p[0] << 8 | p[1]);
}

uint32_t vkx_get_be32(const uint8_t *p)
{
	return (uint32_t)vkx_get_be16(p) << 16 | vkx_get_be16(p + 2);
}

uint64_t vkx_get_be64(const uint8_t *p)
{
	return (uint64_t)vkx_get_be32(p) << 32 | vkx_get_be32(p + 4);
}

void vkx_put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

void vkx_put_le32(uint8_t *p, uint32_t v)
{
	vkx_put_le16(p, (uint16_t)v);
	vkx_put_le16(p + 2, (uint16_t)(v >> 16));
}

void vkx_put_le64(uint8_t *p, uint64_t v)
{
	vkx_put_le32(p, (uint32_t)v);
	vkx_put_le32(p + 4, (uint32_t)(v >> 32));
}

void vkx_put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void vkx_put_be32(uint8_t *p, uint32_t v)
{
	vkx_put_be16(p, (uint16_t)(v >> 16));
	vkx_put_be16(p + 2, (uint16_t)v);
}

void vkx_put_be64(uint8_t *p, uint64_t v)
{
	vkx_put_be32(p, (uint32_t)(v >> 32));
	vkx_put_be32(p + 4, (uint32_t)v);
}

bool vkx_add64(uint64_t a, uint64_t b, uint64_t *sum_ret)
{
	return !__builtin_add_overflow(a, b, sum_ret);
}

bool vkx_mul64(uint64_t a, uint64_t b, uint64_t *product_ret)
{
	return !__builtin_mul_overflow(a, b, product_ret);
}

bool vkx_align_up64(uint64_t v, uint64_t align, uint64_t *ret)
{
	uint64_t sum;

	if (!vkx_add64(v, align - 1, &sum))
		return false;
	*ret = sum & ~(align - 1);
	return true;
}

bool vkx_ranges_overlap(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen)
{
	if (!alen || !blen)
		return false;
	/* Differences instead of sums: no end can wrap. */
	return a <= b ? b - a < alen : a - b < blen;
}

size_t vkx_nonzero_at(const uint8_t *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (buf[i])
			break;
	return i;
}

bool vkx_equal_ct(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;
	size_t i;

	for (i = 0; i < n; i++)
		diff |= (uint8_t)(x[i] ^ y[i]);
	return diff == 0;
}
