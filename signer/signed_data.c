/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/signed_data.h"

#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define SET (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)
#define CTX_CONS(n) \
	(MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | (n))

/* PKCS#7, 1.2.840.113549.1.7.2 */
#define OID_SIGNED_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"

/* All but the certificates. */
#define FIXED_ROOM 4096u

size_t vkx_signed_data_room(const struct vkx_signed_data *s)
{
	size_t room = FIXED_ROOM, i;

	for (i = 0; i < s->nr_certs; i++)
		room += 2 * s->certs[i].der.len;
	return room;
}

void vkx_signed_data_hash(struct vkx_derw *w, enum vkx_hash_alg hash)
{
	const uint8_t *mark = w->p;
	size_t len;
	const char *oid = vkx_hash_oid(hash, &len);

	if (!oid) {
		w->err = -VKX_ERR_ARG;
		return;
	}
	vkx_derw_null(w);
	vkx_derw_oid(w, oid, len);
	vkx_derw_wrap(w, mark, SEQ);
}

static void write_sig_alg(struct vkx_derw *w, const struct vkx_signed_data *s)
{
	const uint8_t *mark = w->p;
	const char *oid;
	size_t len;

	/* RSA: rsaEncryption, as sbsign and firmware know it (RFC 3370 3.2);
	 * ECDSA: with the hash in the name (RFC 5754 3.3). */
	if (s->key == VKX_KEY_RSA) {
		vkx_derw_null(w);
		VKX_OID(w, MBEDTLS_OID_PKCS1_RSA);
	} else {
		oid = vkx_key_sig_oid(s->key, s->hash, &len);
		vkx_derw_oid(w, oid, len);
	}
	vkx_derw_wrap(w, mark, SEQ);
}

static void write_signer_info(struct vkx_derw *w,
			      const struct vkx_signed_data *s)
{
	const mbedtls_x509_crt *crt = &s->certs[0].crt;
	const uint8_t *mark = w->p, *at;

	vkx_derw_prim(w, MBEDTLS_ASN1_OCTET_STRING, s->sig, s->sig_len);
	write_sig_alg(w, s);
	/* [0] IMPLICIT: the same bytes under another tag. */
	vkx_derw_raw(w, s->attrs.data + 1, s->attrs.len - 1);
	vkx_derw_raw(w, &(uint8_t){ CTX_CONS(0) }, 1);
	vkx_signed_data_hash(w, s->hash);
	at = w->p;
	vkx_derw_prim(w, MBEDTLS_ASN1_INTEGER, crt->serial.p, crt->serial.len);
	vkx_derw_raw(w, crt->issuer_raw.p, crt->issuer_raw.len);
	vkx_derw_wrap(w, at, SEQ);
	vkx_derw_int(w, 1);
	vkx_derw_wrap(w, mark, SEQ);
	vkx_derw_wrap(w, mark, SET);
}

/* DER's order of SET OF: byte by byte, the shorter first. */
static bool stands_before(const struct vkx_cert *a, const struct vkx_cert *b)
{
	size_t n = a->der.len < b->der.len ? a->der.len : b->der.len;
	int d = memcmp(a->der.data, b->der.data, n);

	return d < 0 || (d == 0 && a->der.len < b->der.len);
}

static void write_certs(struct vkx_derw *w, const struct vkx_signed_data *s)
{
	const struct vkx_cert *sorted[VKX_MAX_CERTS] = { 0 };
	const uint8_t *mark = w->p;
	size_t i, j;

	for (i = 0; i < s->nr_certs; i++) {
		for (j = i; j && stands_before(&s->certs[i], sorted[j - 1]);
		     j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = &s->certs[i];
	}
	while (i--)
		vkx_derw_bytes(w, &sorted[i]->der);
	vkx_derw_wrap(w, mark, CTX_CONS(0));
}

void vkx_signed_data_signer(struct vkx_derw *w, const struct vkx_signed_data *s)
{
	write_signer_info(w, s);
	write_certs(w, s);
}

void vkx_signed_data_close(struct vkx_derw *w, const struct vkx_signed_data *s)
{
	const uint8_t *mark = w->p;

	vkx_signed_data_hash(w, s->hash);
	vkx_derw_wrap(w, mark, SET);
	vkx_derw_int(w, 1);
	vkx_derw_wrap(w, w->end, SEQ);
	vkx_derw_wrap(w, w->end, CTX_CONS(0));
	VKX_OID(w, OID_SIGNED_DATA);
	vkx_derw_wrap(w, w->end, SEQ);
}
