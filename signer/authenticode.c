/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/authenticode.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>

#include "keys/derw.h"
#include "signer/hasher.h"

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define SET (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)
#define CTX(n) (MBEDTLS_ASN1_CONTEXT_SPECIFIC | (n))
#define CTX_CONS(n) (CTX(n) | MBEDTLS_ASN1_CONSTRUCTED)

/* 1.3.6.1.4.1.311.2.1.x */
#define OID_SPC_INDIRECT_DATA "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04"
#define OID_SPC_PE_IMAGE_DATA "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f"
/* PKCS#7 and PKCS#9, 1.2.840.113549.1.7.2 and .9.x */
#define OID_SIGNED_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define OID_CONTENT_TYPE "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define OID_MESSAGE_DIGEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"
#define OID_SIGNING_TIME "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"

/* All but the certificates. */
#define FIXED_ROOM 4096u

static void write_hash_alg(struct vkx_derw *w, enum vkx_hash_alg hash)
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

/* SpcPeImageData: no flags, and the link that every signer writes since page
 * hashes went out of use: "<<<Obsolete>>>" in UTF-16. */
static void write_pe_image_data(struct vkx_derw *w)
{
	static const char obsolete[] = "<<<Obsolete>>>";
	const uint8_t *mark = w->p;
	uint8_t text[2 * (sizeof(obsolete) - 1)] = { 0 };
	size_t i;

	for (i = 0; i < sizeof(obsolete) - 1; i++)
		text[2 * i + 1] = (uint8_t)obsolete[i];
	vkx_derw_prim(w, CTX(0), text, sizeof(text));
	vkx_derw_wrap(w, mark, CTX_CONS(2));
	vkx_derw_wrap(w, mark, CTX_CONS(0));
	vkx_derw_bits(w, NULL, 0);
	vkx_derw_wrap(w, mark, SEQ);
	VKX_OID(w, OID_SPC_PE_IMAGE_DATA);
	vkx_derw_wrap(w, mark, SEQ);
}

/* SpcIndirectDataContent; contents octets only, which messageDigest covers. */
static void write_content(struct vkx_derw *w, enum vkx_hash_alg hash,
			  const uint8_t *digest)
{
	const uint8_t *mark = w->p;

	vkx_derw_prim(w, MBEDTLS_ASN1_OCTET_STRING, digest,
		      vkx_hash_size(hash));
	write_hash_alg(w, hash);
	vkx_derw_wrap(w, mark, SEQ);
	write_pe_image_data(w);
}

static void wrap_attr(struct vkx_derw *w, const uint8_t *mark, const char *oid)
{
	vkx_derw_wrap(w, mark, SET);
	vkx_derw_oid(w, oid, sizeof(OID_CONTENT_TYPE) - 1);
	vkx_derw_wrap(w, mark, SEQ);
}

/* In the order of DER's SET OF: contentType is the shortest, then
 * signingTime, then messageDigest. */
static void write_attrs(struct vkx_derw *w, const struct vkx_signer *signer,
			const uint8_t *message_digest)
{
	const uint8_t *mark = w->p;

	vkx_derw_prim(w, MBEDTLS_ASN1_OCTET_STRING, message_digest,
		      vkx_hash_size(signer->hash));
	wrap_attr(w, mark, OID_MESSAGE_DIGEST);
	if (signer->signing_time) {
		mark = w->p;
		vkx_derw_time(w, signer->signing_time);
		wrap_attr(w, mark, OID_SIGNING_TIME);
	}
	mark = w->p;
	VKX_OID(w, OID_SPC_INDIRECT_DATA);
	wrap_attr(w, mark, OID_CONTENT_TYPE);
}

int vkx_authenticode_attrs(const struct vkx_signer *signer,
			   const uint8_t *digest, struct vkx_bytes *set_ret)
{
	uint8_t buf[1024], message_digest[64];
	struct vkx_hasher h;
	struct vkx_derw w;

	vkx_derw_init(&w, buf, sizeof(buf));
	write_content(&w, signer->hash, digest);
	if (w.err)
		return w.err;
	vkx_hasher_init(&h, signer->hash);
	vkx_hasher_update(&h, w.p, (size_t)(w.end - w.p));
	vkx_hasher_final(&h, message_digest);
	vkx_derw_init(&w, buf, sizeof(buf));
	write_attrs(&w, signer, message_digest);
	vkx_derw_wrap(&w, w.end, SET);
	return vkx_derw_take(&w, set_ret);
}

static void write_sig_alg(struct vkx_derw *w, const struct vkx_signer *signer,
			  enum vkx_key_alg key)
{
	const uint8_t *mark = w->p;
	const char *oid;
	size_t len;

	/* RSA: rsaEncryption, as sbsign and firmware know it (RFC 3370 3.2);
	 * ECDSA: with the hash in the name (RFC 5754 3.3). */
	if (key == VKX_KEY_RSA) {
		vkx_derw_null(w);
		VKX_OID(w, MBEDTLS_OID_PKCS1_RSA);
	} else {
		oid = vkx_key_sig_oid(key, signer->hash, &len);
		vkx_derw_oid(w, oid, len);
	}
	vkx_derw_wrap(w, mark, SEQ);
}

static void write_signer_info(struct vkx_derw *w,
			      const struct vkx_signer *signer,
			      enum vkx_key_alg key,
			      const struct vkx_bytes *attrs_set,
			      const uint8_t *sig, size_t sig_len)
{
	const mbedtls_x509_crt *crt = &signer->certs[0].crt;
	const uint8_t *mark = w->p, *at;

	vkx_derw_prim(w, MBEDTLS_ASN1_OCTET_STRING, sig, sig_len);
	write_sig_alg(w, signer, key);
	/* [0] IMPLICIT: the same bytes under another tag. */
	vkx_derw_raw(w, attrs_set->data + 1, attrs_set->len - 1);
	vkx_derw_raw(w, &(uint8_t){ CTX_CONS(0) }, 1);
	write_hash_alg(w, signer->hash);
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

static void write_certs(struct vkx_derw *w, const struct vkx_signer *signer)
{
	const struct vkx_cert *sorted[VKX_MAX_CERTS] = { 0 };
	const uint8_t *mark = w->p;
	size_t i, j;

	for (i = 0; i < signer->nr_certs; i++) {
		for (j = i;
		     j && stands_before(&signer->certs[i], sorted[j - 1]); j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = &signer->certs[i];
	}
	while (i--)
		vkx_derw_bytes(w, &sorted[i]->der);
	vkx_derw_wrap(w, mark, CTX_CONS(0));
}

static void write_signed_data(struct vkx_derw *w,
			      const struct vkx_signer *signer,
			      const uint8_t *digest)
{
	const uint8_t *mark;

	write_certs(w, signer);
	mark = w->p;
	write_content(w, signer->hash, digest);
	vkx_derw_wrap(w, mark, SEQ);
	vkx_derw_wrap(w, mark, CTX_CONS(0));
	VKX_OID(w, OID_SPC_INDIRECT_DATA);
	vkx_derw_wrap(w, mark, SEQ);
	mark = w->p;
	write_hash_alg(w, signer->hash);
	vkx_derw_wrap(w, mark, SET);
	vkx_derw_int(w, 1);
	vkx_derw_wrap(w, w->end, SEQ);
	vkx_derw_wrap(w, w->end, CTX_CONS(0));
	VKX_OID(w, OID_SIGNED_DATA);
	vkx_derw_wrap(w, w->end, SEQ);
}

/* Whoever verifies reads it with this parser, so it decides here too. */
static int self_check(const struct vkx_signer *signer, const uint8_t *digest,
		      const struct vkx_bytes *der)
{
	struct vkx_cms *cms = malloc(sizeof(*cms));
	struct vkx_fault fault;
	int err;

	if (!cms)
		return -VKX_ERR_NOMEM;
	err = vkx_cms_parse(der->data, der->len, cms, &fault);
	if (!err && (cms->file_hash != signer->hash ||
		     cms->file_digest.size != vkx_hash_size(signer->hash) ||
		     memcmp(der->data + cms->file_digest.offset, digest,
			    cms->file_digest.size) != 0))
		err = -VKX_ERR_BUG;
	free(cms);
	return err ? -VKX_ERR_BUG : 0;
}

static int assemble(const struct vkx_signer *signer, enum vkx_key_alg key,
		    const uint8_t *digest, const struct vkx_bytes *attrs,
		    const uint8_t *sig, size_t sig_len,
		    struct vkx_bytes *der_ret)
{
	struct vkx_bytes der = { 0 };
	size_t room = FIXED_ROOM, i;
	struct vkx_derw w;
	uint8_t *buf;
	int err;

	for (i = 0; i < signer->nr_certs; i++)
		room += 2 * signer->certs[i].der.len;
	buf = malloc(room);
	if (!buf)
		return -VKX_ERR_NOMEM;
	vkx_derw_init(&w, buf, room);
	write_signer_info(&w, signer, key, attrs, sig, sig_len);
	write_signed_data(&w, signer, digest);
	err = vkx_derw_take(&w, &der);
	free(buf);
	if (!err)
		err = self_check(signer, digest, &der);
	if (err)
		vkx_bytes_free(&der);
	else
		*der_ret = der;
	return err;
}

static void hash_bytes(enum vkx_hash_alg alg, const struct vkx_bytes *bytes,
		       uint8_t digest_ret[64])
{
	struct vkx_hasher h;

	vkx_hasher_init(&h, alg);
	vkx_hasher_update(&h, bytes->data, bytes->len);
	vkx_hasher_final(&h, digest_ret);
}

/* A signature from elsewhere is only as good as it verifies here. */
static int take_sig(const struct vkx_signer *signer, const uint8_t *tbs,
		    enum vkx_key_alg *alg_ret)
{
	mbedtls_pk_context *pk =
		(mbedtls_pk_context *)(uintptr_t)&signer->certs[0].crt.pk;
	unsigned int bits;

	if (vkx_key_weakness(pk, alg_ret, &bits))
		return -VKX_ERR_LIMIT;
	return vkx_key_verify(pk, signer->hash, tbs, signer->sig->data,
			      signer->sig->len);
}

int vkx_authenticode_sign(const struct vkx_signer *signer,
			  const uint8_t *digest, struct vkx_bytes *der_ret)
{
	uint8_t tbs[64], made[VKX_MAX_SIGNATURE];
	const uint8_t *sig = made;
	struct vkx_bytes attrs = { 0 };
	enum vkx_key_alg alg;
	size_t sig_len;
	int err = vkx_authenticode_attrs(signer, digest, &attrs);

	if (err)
		return err;
	hash_bytes(signer->hash, &attrs, tbs);
	if (signer->key) {
		alg = signer->key->alg;
		err = vkx_key_sign(signer->key, signer->hash, tbs, made,
				   &sig_len);
	} else {
		sig = signer->sig->data;
		sig_len = signer->sig->len;
		err = take_sig(signer, tbs, &alg);
	}
	if (!err)
		err = assemble(signer, alg, digest, &attrs, sig, sig_len,
			       der_ret);
	vkx_bytes_free(&attrs);
	return err;
}
