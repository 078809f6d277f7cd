/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/detached.h"

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "keys/derw.h"
#include "verify/signature.h"

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define SET (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)
#define CTX_CONS(n) \
	(MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | (n))

/* RFC 5652 4, 5.1, 11.1, 11.2 */
#define OID_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define OID_SIGNED_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define OID_CONTENT_TYPE "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define OID_MESSAGE_DIGEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"

static void write_hash_alg(struct vkx_derw *w, enum vkx_hash_alg hash)
{
	const uint8_t *mark = w->p;
	size_t len;
	const char *oid = vkx_hash_oid(hash, &len);

	vkx_derw_null(w);
	vkx_derw_oid(w, oid, len);
	vkx_derw_wrap(w, mark, SEQ);
}

/* DER's SET OF order: contentType is the shorter one. */
static void write_attrs(struct vkx_derw *w, enum vkx_hash_alg hash,
			const uint8_t *digest)
{
	const uint8_t *mark = w->p;

	vkx_derw_prim(w, MBEDTLS_ASN1_OCTET_STRING, digest,
		      vkx_hash_size(hash));
	vkx_derw_wrap(w, mark, SET);
	VKX_OID(w, OID_MESSAGE_DIGEST);
	vkx_derw_wrap(w, mark, SEQ);
	mark = w->p;
	VKX_OID(w, OID_DATA);
	vkx_derw_wrap(w, mark, SET);
	VKX_OID(w, OID_CONTENT_TYPE);
	vkx_derw_wrap(w, mark, SEQ);
}

static void write_sig_alg(struct vkx_derw *w, enum vkx_key_alg key,
			  enum vkx_hash_alg hash)
{
	const uint8_t *mark = w->p;
	const char *oid;
	size_t len;

	if (key == VKX_KEY_RSA) {
		vkx_derw_null(w);
		VKX_OID(w, MBEDTLS_OID_PKCS1_RSA);
	} else {
		oid = vkx_key_sig_oid(key, hash, &len);
		vkx_derw_oid(w, oid, len);
	}
	vkx_derw_wrap(w, mark, SEQ);
}

struct signing {
	enum vkx_key_alg key;
	enum vkx_hash_alg hash;
	const struct vkx_cert *cert;
	uint8_t digest[VKX_MAX_DIGEST];
	uint8_t sig[VKX_MAX_SIGNATURE];
	size_t sig_len;
};

static void write_signer_info(struct vkx_derw *w, const struct signing *s)
{
	const mbedtls_x509_crt *crt = &s->cert->crt;
	const uint8_t *mark = w->p, *at;

	vkx_derw_prim(w, MBEDTLS_ASN1_OCTET_STRING, s->sig, s->sig_len);
	write_sig_alg(w, s->key, s->hash);
	at = w->p;
	write_attrs(w, s->hash, s->digest);
	vkx_derw_wrap(w, at, CTX_CONS(0));
	write_hash_alg(w, s->hash);
	at = w->p;
	vkx_derw_prim(w, MBEDTLS_ASN1_INTEGER, crt->serial.p, crt->serial.len);
	vkx_derw_raw(w, crt->issuer_raw.p, crt->issuer_raw.len);
	vkx_derw_wrap(w, at, SEQ);
	vkx_derw_int(w, 1);
	vkx_derw_wrap(w, mark, SEQ);
	vkx_derw_wrap(w, mark, SET);
}

static void write_signed_data(struct vkx_derw *w, const struct signing *s)
{
	const uint8_t *mark;

	write_signer_info(w, s);
	mark = w->p;
	vkx_derw_bytes(w, &s->cert->der);
	vkx_derw_wrap(w, mark, CTX_CONS(0));
	mark = w->p;
	VKX_OID(w, OID_DATA);
	vkx_derw_wrap(w, mark, SEQ);
	mark = w->p;
	write_hash_alg(w, s->hash);
	vkx_derw_wrap(w, mark, SET);
	vkx_derw_int(w, 1);
	vkx_derw_wrap(w, w->end, SEQ);
	vkx_derw_wrap(w, w->end, CTX_CONS(0));
	VKX_OID(w, OID_SIGNED_DATA);
	vkx_derw_wrap(w, w->end, SEQ);
}

/* The signature value: over the attributes as a SET (RFC 5652 5.4). */
static int sign_attrs(struct vkx_key *key, struct signing *s)
{
	uint8_t buf[512], tbs[VKX_MAX_DIGEST];
	struct vkx_derw w;
	int err;

	vkx_derw_init(&w, buf, sizeof(buf));
	write_attrs(&w, s->hash, s->digest);
	vkx_derw_wrap(&w, w.end, SET);
	if (w.err)
		return w.err;
	err = vkx_hash_bytes(s->hash, w.p, (size_t)(w.end - w.p), tbs);
	return err ? err : vkx_key_sign(key, s->hash, tbs, s->sig, &s->sig_len);
}

int vkx_detached_sign(struct vkx_key *key, const struct vkx_cert *cert,
		      const void *content, size_t len,
		      struct vkx_bytes *der_ret)
{
	struct signing s = { .key = key->alg,
			     .hash = vkx_key_hash(key),
			     .cert = cert };
	size_t room = 4096 + 2 * cert->der.len;
	struct vkx_derw w;
	uint8_t *buf;
	int err;

	err = vkx_hash_bytes(s.hash, content, len, s.digest);
	if (!err)
		err = sign_attrs(key, &s);
	if (err)
		return err;
	buf = malloc(room);
	if (!buf)
		return -VKX_ERR_NOMEM;
	vkx_derw_init(&w, buf, room);
	write_signed_data(&w, &s);
	err = vkx_derw_take(&w, der_ret);
	free(buf);
	return err;
}

/* --- checking -------------------------------------------------------------*/

/* Every certificate of a PEM file, or the one of a DER file, as an anchor. */
static size_t add_anchors(X509_STORE *store, const void *data, size_t len)
{
	BIO *bio = BIO_new_mem_buf(data, (int)len);
	const unsigned char *p = data;
	size_t n = 0;
	X509 *crt;

	while (bio && (crt = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		n += X509_STORE_add_cert(store, crt) == 1;
		X509_free(crt);
	}
	if (!n && (crt = d2i_X509(NULL, &p, (long)len))) {
		n += X509_STORE_add_cert(store, crt) == 1;
		X509_free(crt);
	}
	BIO_free(bio);
	ERR_clear_error();
	return n;
}

/* One signer, signed attributes, nothing inside. */
static bool right_form(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);

	return infos && sk_CMS_SignerInfo_num(infos) == 1 &&
	       CMS_signed_get_attr_count(sk_CMS_SignerInfo_value(infos, 0)) >
		       0 &&
	       CMS_is_detached(cms) == 1;
}

int vkx_detached_check(const void *content, size_t len, const void *der,
		       size_t der_len, const void *anchors, size_t anchors_len)
{
	const unsigned char *p = der;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der_len);
	X509_STORE *store = X509_STORE_new();
	BIO *bio = BIO_new_mem_buf(content, (int)len);
	int err = -VKX_ERR_FORMAT;

	if (!cms || p != (const unsigned char *)der + der_len ||
	    !right_form(cms) || !store || !bio ||
	    !add_anchors(store, anchors, anchors_len))
		goto out;
	/* Pinned: an anchor need not be self-signed. Purpose: the release
	 * key's certificate is for code signing, not for mail. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN |
					    X509_V_FLAG_NO_CHECK_TIME);
	X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
	err = CMS_verify(cms, NULL, store, bio, NULL,
			 CMS_BINARY | CMS_DETACHED) == 1 ?
		      0 :
		      -VKX_ERR_MISMATCH;
out:
	ERR_clear_error();
	CMS_ContentInfo_free(cms);
	X509_STORE_free(store);
	BIO_free(bio);
	return err;
}
