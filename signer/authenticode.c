/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/authenticode.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/asn1.h>

#include "keys/derw.h"
#include "signer/hasher.h"
#include "signer/signed_data.h"

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define SET (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)
#define CTX(n) (MBEDTLS_ASN1_CONTEXT_SPECIFIC | (n))
#define CTX_CONS(n) (CTX(n) | MBEDTLS_ASN1_CONSTRUCTED)

/* 1.3.6.1.4.1.311.2.1.x */
#define OID_SPC_INDIRECT_DATA "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04"
#define OID_SPC_PE_IMAGE_DATA "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f"
/* PKCS#9, 1.2.840.113549.1.9.x */
#define OID_CONTENT_TYPE "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define OID_MESSAGE_DIGEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"
#define OID_SIGNING_TIME "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"

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
	vkx_signed_data_hash(w, hash);
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

static void write_signed_data(struct vkx_derw *w,
			      const struct vkx_signed_data *s,
			      const uint8_t *digest)
{
	const uint8_t *mark;

	vkx_signed_data_signer(w, s);
	mark = w->p;
	write_content(w, s->hash, digest);
	vkx_derw_wrap(w, mark, SEQ);
	vkx_derw_wrap(w, mark, CTX_CONS(0));
	VKX_OID(w, OID_SPC_INDIRECT_DATA);
	vkx_derw_wrap(w, mark, SEQ);
	vkx_signed_data_close(w, s);
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

static int assemble(const struct vkx_signer *signer,
		    const struct vkx_signed_data *s, const uint8_t *digest,
		    struct vkx_bytes *der_ret)
{
	size_t room = vkx_signed_data_room(s);
	struct vkx_bytes der = { 0 };
	uint8_t *buf = malloc(room);
	struct vkx_derw w;
	int err;

	if (!buf)
		return -VKX_ERR_NOMEM;
	vkx_derw_init(&w, buf, room);
	write_signed_data(&w, s, digest);
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
	struct vkx_signed_data s = {
		.hash = signer->hash,
		.certs = signer->certs,
		.nr_certs = signer->nr_certs,
		.sig = made,
	};
	int err = vkx_authenticode_attrs(signer, digest, &s.attrs);

	if (err)
		return err;
	hash_bytes(signer->hash, &s.attrs, tbs);
	if (signer->key) {
		s.key = signer->key->alg;
		err = vkx_key_sign(signer->key, signer->hash, tbs, made,
				   &s.sig_len);
	} else {
		s.sig = signer->sig->data;
		s.sig_len = signer->sig->len;
		err = take_sig(signer, tbs, &s.key);
	}
	if (!err)
		err = assemble(signer, &s, digest, der_ret);
	vkx_bytes_free(&s.attrs);
	return err;
}
