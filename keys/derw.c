/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/derw.h"

#include <stdio.h>

#include <mbedtls/asn1.h>
#include <mbedtls/asn1write.h>

void vkx_derw_init(struct vkx_derw *w, uint8_t *buf, size_t size)
{
	w->start = buf;
	w->p = buf + size;
	w->end = w->p;
	w->err = 0;
}

size_t vkx_derw_since(const struct vkx_derw *w, const uint8_t *mark)
{
	return (size_t)(mark - w->p);
}

static void note(struct vkx_derw *w, int ret)
{
	if (ret >= 0 || w->err)
		return;
	w->err = ret == MBEDTLS_ERR_ASN1_BUF_TOO_SMALL ? -VKX_ERR_SPACE :
							 -VKX_ERR_CRYPTO;
}

void vkx_derw_wrap(struct vkx_derw *w, const uint8_t *mark, uint8_t tag)
{
	if (w->err)
		return;
	note(w,
	     mbedtls_asn1_write_len(&w->p, w->start, vkx_derw_since(w, mark)));
	if (!w->err)
		note(w, mbedtls_asn1_write_tag(&w->p, w->start, tag));
}

void vkx_derw_raw(struct vkx_derw *w, const void *data, size_t len)
{
	if (!w->err && len)
		note(w,
		     mbedtls_asn1_write_raw_buffer(&w->p, w->start, data, len));
}

void vkx_derw_bytes(struct vkx_derw *w, const struct vkx_bytes *blob)
{
	vkx_derw_raw(w, blob->data, blob->len);
}

void vkx_derw_prim(struct vkx_derw *w, uint8_t tag, const void *data,
		   size_t len)
{
	const uint8_t *mark = w->p;

	vkx_derw_raw(w, data, len);
	vkx_derw_wrap(w, mark, tag);
}

void vkx_derw_oid(struct vkx_derw *w, const char *oid, size_t len)
{
	vkx_derw_prim(w, MBEDTLS_ASN1_OID, oid, len);
}

void vkx_derw_null(struct vkx_derw *w)
{
	vkx_derw_prim(w, MBEDTLS_ASN1_NULL, NULL, 0);
}

void vkx_derw_int(struct vkx_derw *w, int v)
{
	if (!w->err)
		note(w, mbedtls_asn1_write_int(&w->p, w->start, v));
}

void vkx_derw_uint(struct vkx_derw *w, const uint8_t *be, size_t len)
{
	static const uint8_t zero;
	const uint8_t *mark = w->p;

	while (len && !*be) {
		be++;
		len--;
	}
	vkx_derw_raw(w, be, len);
	if (!len || (be[0] & 0x80))
		vkx_derw_raw(w, &zero, 1);
	vkx_derw_wrap(w, mark, MBEDTLS_ASN1_INTEGER);
}

void vkx_derw_bool(struct vkx_derw *w, int v)
{
	uint8_t byte = v ? 0xff : 0;

	vkx_derw_prim(w, MBEDTLS_ASN1_BOOLEAN, &byte, 1);
}

void vkx_derw_bits(struct vkx_derw *w, const void *data, size_t len)
{
	static const uint8_t zero;
	const uint8_t *mark = w->p;

	vkx_derw_raw(w, data, len);
	vkx_derw_raw(w, &zero, 1);
	vkx_derw_wrap(w, mark, MBEDTLS_ASN1_BIT_STRING);
}

void vkx_derw_time(struct vkx_derw *w, uint64_t when)
{
	char text[32];

	snprintf(text, sizeof(text), "%014lluZ", (unsigned long long)when);
	if (when < 20500101000000ULL)
		vkx_derw_prim(w, MBEDTLS_ASN1_UTC_TIME, text + 2, 13);
	else
		vkx_derw_prim(w, MBEDTLS_ASN1_GENERALIZED_TIME, text, 15);
}

int vkx_derw_take(const struct vkx_derw *w, struct vkx_bytes *blob_ret)
{
	return w->err ? w->err :
			vkx_bytes_copy(w->p, (size_t)(w->end - w->p), blob_ret);
}
