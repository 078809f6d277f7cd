/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DER writer: mbedtls' asn1write, which fills a buffer from its end to its
 * beginning, with an error that sticks, so that a structure is written as one
 * list of statements, last field first. Only what we sign or store is written
 * with it; nothing foreign is read.
 */
#ifndef VKX_DERW_H
#define VKX_DERW_H

#include <stddef.h>
#include <stdint.h>

#include "keys/bytes.h"

struct vkx_derw {
	uint8_t *start;
	uint8_t *p; /* first byte written so far */
	uint8_t *end;
	int err; /* 0, -VKX_ERR_SPACE, -VKX_ERR_CRYPTO */
};

/* OID bytes of a string literal: vkx_derw_oid(w, OID_X). */
#define VKX_OID(w, oid) vkx_derw_oid((w), (oid), sizeof(oid) - 1)

void vkx_derw_init(struct vkx_derw *w, uint8_t *buf, size_t size);
/* Bytes between the writer's position and mark, an earlier position. */
size_t vkx_derw_since(const struct vkx_derw *w, const uint8_t *mark);

/* Content first, then this: puts tag and length in front of everything that
 * was written since w->p was mark. */
void vkx_derw_wrap(struct vkx_derw *w, const uint8_t *mark, uint8_t tag);
void vkx_derw_raw(struct vkx_derw *w, const void *data, size_t len);
void vkx_derw_bytes(struct vkx_derw *w, const struct vkx_bytes *blob);
/* tag, length, data */
void vkx_derw_prim(struct vkx_derw *w, uint8_t tag, const void *data,
		   size_t len);
void vkx_derw_oid(struct vkx_derw *w, const char *oid, size_t len);
void vkx_derw_null(struct vkx_derw *w);
void vkx_derw_int(struct vkx_derw *w, int v);
/* Unsigned, big-endian, made minimal and positive. */
void vkx_derw_uint(struct vkx_derw *w, const uint8_t *be, size_t len);
void vkx_derw_bool(struct vkx_derw *w, int v);
/* BIT STRING of whole bytes. */
void vkx_derw_bits(struct vkx_derw *w, const void *data, size_t len);
/* YYYYMMDDHHMMSS as UTCTime to 2049, GeneralizedTime from 2050 (RFC 5280). */
void vkx_derw_time(struct vkx_derw *w, uint64_t when);

/* What was written, as a blob of its own. The sticking error, or NOMEM. */
VKX_MUST_USE int vkx_derw_take(const struct vkx_derw *w,
			       struct vkx_bytes *blob_ret);

#endif
