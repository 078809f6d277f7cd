/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A bounded reader over bytes that somebody else wrote, a bounded writer, and
 * checked arithmetic for sizes that somebody else chose. The first error
 * sticks: a caller reads a whole record and asks once. No allocation, no
 * casts onto foreign bytes; every multi-byte value is read byte by byte.
 */
#ifndef VKX_CURSOR_H
#define VKX_CURSOR_H

#include "err.h"
#include "vkx_env.h"

struct vkx_rd {
	const uint8_t *p; /* next byte */
	size_t left; /* bytes from p that may be read */
	size_t pos; /* offset of p from the start, for reports */
	int err; /* 0 or the first -VKX_ERR_* */
};

struct vkx_wr {
	uint8_t *p; /* next byte, NULL to only count */
	size_t left; /* room from p; ignored when counting */
	size_t pos; /* bytes written or counted so far */
	int err;
};

void vkx_rd_init(struct vkx_rd *rd, const void *buf, size_t len);

/* The next n bytes, or NULL and -VKX_ERR_FORMAT in rd->err if fewer are left. */
const uint8_t *vkx_rd_take(struct vkx_rd *rd, size_t n);
void vkx_rd_skip(struct vkx_rd *rd, size_t n);

/* Integers; 0 once an error has happened. */
uint8_t vkx_rd_u8(struct vkx_rd *rd);
uint16_t vkx_rd_le16(struct vkx_rd *rd);
uint32_t vkx_rd_le32(struct vkx_rd *rd);
uint64_t vkx_rd_le64(struct vkx_rd *rd);
uint16_t vkx_rd_be16(struct vkx_rd *rd);
uint32_t vkx_rd_be32(struct vkx_rd *rd);
uint64_t vkx_rd_be64(struct vkx_rd *rd);

/* 0 if everything was read without error and nothing is left over. */
VKX_MUST_USE int vkx_rd_end(const struct vkx_rd *rd);

/* buf may be NULL: then nothing is written and wr->pos counts. */
void vkx_wr_init(struct vkx_wr *wr, void *buf, size_t len);

/* Sets -VKX_ERR_SPACE in wr->err and writes nothing where room is short. */
void vkx_wr_bytes(struct vkx_wr *wr, const void *src, size_t n);
void vkx_wr_fill(struct vkx_wr *wr, uint8_t byte, size_t n);
void vkx_wr_u8(struct vkx_wr *wr, uint8_t v);
void vkx_wr_le16(struct vkx_wr *wr, uint16_t v);
void vkx_wr_le32(struct vkx_wr *wr, uint32_t v);
void vkx_wr_le64(struct vkx_wr *wr, uint64_t v);
void vkx_wr_be16(struct vkx_wr *wr, uint16_t v);
void vkx_wr_be32(struct vkx_wr *wr, uint32_t v);
void vkx_wr_be64(struct vkx_wr *wr, uint64_t v);

/* Getters and putters at a place the caller has already checked. */
uint16_t vkx_get_le16(const uint8_t *p);
uint32_t vkx_get_le32(const uint8_t *p);
uint64_t vkx_get_le64(const uint8_t *p);
uint16_t vkx_get_be16(const uint8_t *p);
uint32_t vkx_get_be32(const uint8_t *p);
uint64_t vkx_get_be64(const uint8_t *p);
void vkx_put_le16(uint8_t *p, uint16_t v);
void vkx_put_le32(uint8_t *p, uint32_t v);
void vkx_put_le64(uint8_t *p, uint64_t v);
void vkx_put_be16(uint8_t *p, uint16_t v);
void vkx_put_be32(uint8_t *p, uint32_t v);
void vkx_put_be64(uint8_t *p, uint64_t v);

/* True and *sum_ret (or *product_ret) written if it did not wrap. */
VKX_MUST_USE bool vkx_add64(uint64_t a, uint64_t b, uint64_t *sum_ret);
VKX_MUST_USE bool vkx_mul64(uint64_t a, uint64_t b, uint64_t *product_ret);
/* Rounds v up to a power of two; false where that wraps. */
VKX_MUST_USE bool vkx_align_up64(uint64_t v, uint64_t align, uint64_t *ret);
/* True if [a, a+alen) and [b, b+blen) share a byte. Empty ranges never do. */
bool vkx_ranges_overlap(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen);

/* Index of the first byte of buf that is not zero, or len if all are. */
size_t vkx_nonzero_at(const uint8_t *buf, size_t len);
/* Equality in time that depends on n only. */
bool vkx_equal_ct(const void *a, const void *b, size_t n);

#endif
