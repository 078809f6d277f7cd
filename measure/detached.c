/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/detached.h"

#include <mbedtls/asn1.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "cms.h"
#include "signer/signed_data.h"
#include "verify/signature.h"

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define SET (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)

/* RFC 5652 4, 11.1, 11.2 */
#define OID_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define OID_CONTENT_TYPE "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define OID_MESSAGE_DIGEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"

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

/* The attributes as the SET that is signed (RFC 5652 5.4). */
static int make_attrs(enum vkx_hash_alg hash, const void *content, size_t len,
		      struct vkx_bytes *attrs_ret)
{
	uint8_t buf[512], digest[VKX_MAX_DIGEST];
	struct vkx_derw w;
	int err = vkx_hash_bytes(hash, content, len, digest);

	if (err)
		return err;
	vkx_derw_init(&w, buf, sizeof(buf));
	write_attrs(&w, hash, digest);
	vkx_derw_wrap(&w, w.end, SET);
	return vkx_derw_take(&w, attrs_ret);
}

static int assemble(const struct vkx_signed_data *s, struct vkx_bytes *der_ret)
{
	size_t room = vkx_signed_data_room(s);
	uint8_t *buf = malloc(room);
	struct vkx_derw w;
	const uint8_t *mark;
	int err;

	if (!buf)
		return -VKX_ERR_NOMEM;
	vkx_derw_init(&w, buf, room);
	vkx_signed_data_signer(&w, s);
	/* Detached: the content's type, without the content. */
	mark = w.p;
	VKX_OID(&w, OID_DATA);
	vkx_derw_wrap(&w, mark, SEQ);
	vkx_signed_data_close(&w, s);
	err = vkx_derw_take(&w, der_ret);
	free(buf);
	return err;
}

int vkx_detached_sign(struct vkx_key *key, const struct vkx_cert *cert,
		      const void *content, size_t len,
		      struct vkx_bytes *der_ret)
{
	uint8_t sig[VKX_MAX_SIGNATURE], tbs[VKX_MAX_DIGEST];
	struct vkx_signed_data s = {
		.key = key->alg,
		.hash = vkx_key_hash(key),
		.certs = cert,
		.nr_certs = 1,
		.sig = sig,
	};
	int err = make_attrs(s.hash, content, len, &s.attrs);

	if (!err)
		err = vkx_hash_bytes(s.hash, s.attrs.data, s.attrs.len, tbs);
	if (!err)
		err = vkx_key_sign(key, s.hash, tbs, sig, &s.sig_len);
	if (!err)
		err = assemble(&s, der_ret);
	vkx_bytes_free(&s.attrs);
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

/* PKCS#1 v1.5 or ECDSA, with one of our hashes: what we sign with, and what
 * another tool's file may have. An OID that names a hash names the same one. */
static bool right_algorithms(CMS_SignerInfo *info)
{
	X509_ALGOR *digest, *sig;
	int hash, alg, named, key;

	CMS_SignerInfo_get0_algs(info, NULL, NULL, &digest, &sig);
	hash = OBJ_obj2nid(digest->algorithm);
	alg = OBJ_obj2nid(sig->algorithm);
	if (hash != NID_sha256 && hash != NID_sha384 && hash != NID_sha512)
		return false;
	if (alg == NID_rsaEncryption)
		return true;
	return OBJ_find_sigid_algs(alg, &named, &key) == 1 && named == hash &&
	       (key == NID_rsaEncryption || key == NID_X9_62_id_ecPublicKey);
}

/* Once outside of what is signed, and once in it: a signature of something
 * else, a time stamp say, is none of a manifest. */
static bool content_is_data(CMS_ContentInfo *cms, CMS_SignerInfo *info)
{
	const ASN1_OBJECT *outside = CMS_get0_eContentType(cms);
	const ASN1_OBJECT *attr = CMS_signed_get0_data_by_OBJ(
		info, OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);

	return OBJ_obj2nid(outside) == NID_pkcs7_data && attr &&
	       OBJ_obj2nid(attr) == NID_pkcs7_data;
}

/* One signer, by our algorithms; data, and nothing inside. */
static bool right_form(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
	CMS_SignerInfo *info;

	if (!infos || sk_CMS_SignerInfo_num(infos) != 1)
		return false;
	info = sk_CMS_SignerInfo_value(infos, 0);
	return CMS_is_detached(cms) == 1 && content_is_data(cms, info) &&
	       right_algorithms(info);
}

bool vkx_detached_may_sign(const void *der, size_t len)
{
	struct vkx_x509 cert;

	return !vkx_x509_parse(der, len, 0, &cert, NULL) &&
	       !vkx_x509_check_signer(&cert, NULL);
}

static bool signer_may_sign(CMS_ContentInfo *cms)
{
	STACK_OF(X509) *signers = CMS_get0_signers(cms);
	unsigned char *der = NULL;
	bool good = false;
	int len = -1;

	if (signers && sk_X509_num(signers) == 1)
		len = i2d_X509(sk_X509_value(signers, 0), &der);
	if (len > 0)
		good = vkx_detached_may_sign(der, (size_t)len);
	OPENSSL_free(der);
	sk_X509_free(signers);
	return good;
}

static int check_revoked_cert(X509 *crt, bool last,
			      const struct vkx_revocation *rev,
			      struct vkx_fault *fault_ret)
{
	unsigned char *der = NULL;
	int len = i2d_X509(crt, &der);
	struct vkx_x509 cert;
	struct vkx_link link = { der, &cert };
	int err = -VKX_ERR_NOMEM;

	if (len <= 0)
		return err;
	/* What cannot be read strictly cannot be looked for. */
	err = vkx_x509_parse(der, (size_t)len, 0, &cert, fault_ret);
	if (!err)
		err = vkx_revocation_check_cert(rev, &link, fault_ret);
	if (!err && last)
		err = vkx_revocation_check_issuer(rev, &link, fault_ret);
	OPENSSL_free(der);
	return err;
}

/* Each certificate; of a chain also who may have issued its last. */
static int check_revoked(STACK_OF(X509) * certs, bool chain,
			 const struct vkx_revocation *rev,
			 struct vkx_fault *fault_ret)
{
	int i, n = sk_X509_num(certs), err = 0;

	for (i = 0; !err && rev && rev->count && i < n; i++)
		err = check_revoked_cert(sk_X509_value(certs, i),
					 chain && i == n - 1, rev, fault_ret);
	return err;
}

/* From the signer to an anchor, and nobody of it revoked. */
static int check_chain(CMS_ContentInfo *cms, X509_STORE *store,
		       const struct vkx_revocation *rev,
		       struct vkx_fault *fault_ret)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *signers = CMS_get0_signers(cms);
	STACK_OF(X509) *others = CMS_get1_certs(cms);
	int err = -VKX_ERR_MISMATCH;

	/* Pinned: an anchor need not be self-signed. Purpose: the release
	 * key's certificate is for code signing, not for mail; that it is,
	 * signer_may_sign() sees. Level 2 has no SHA-1 on the way. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN |
					    X509_V_FLAG_NO_CHECK_TIME);
	X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store), 2);
	if (ctx && signers && sk_X509_num(signers) == 1 &&
	    X509_STORE_CTX_init(ctx, store, sk_X509_value(signers, 0),
				others) == 1 &&
	    X509_verify_cert(ctx) == 1)
		err = check_revoked(X509_STORE_CTX_get0_chain(ctx), true, rev,
				    fault_ret);
	/* As in a UKI: what the signature brings along counts, too. */
	if (!err)
		err = check_revoked(others, false, rev, fault_ret);
	X509_STORE_CTX_free(ctx);
	sk_X509_pop_free(others, X509_free);
	sk_X509_free(signers);
	return err;
}

int vkx_detached_check(const struct vkx_detached *d,
		       struct vkx_fault *fault_ret)
{
	const unsigned char *p = d->signature.p;
	const unsigned char *end = p + d->signature.len;
	CMS_ContentInfo *cms =
		d2i_CMS_ContentInfo(NULL, &p, (long)d->signature.len);
	X509_STORE *store = X509_STORE_new();
	BIO *bio = BIO_new_mem_buf(d->content.p, (int)d->content.len);
	int err = -VKX_ERR_FORMAT;

	if (!cms || p != end || !right_form(cms) || !store || !bio ||
	    !add_anchors(store, d->anchors.p, d->anchors.len))
		goto out;
	err = -VKX_ERR_MISMATCH;
	/* The chain, which is asked for revocation, is built below. */
	if (CMS_verify(cms, NULL, NULL, bio, NULL,
		       CMS_BINARY | CMS_DETACHED | CMS_NO_SIGNER_CERT_VERIFY) ==
		    1 &&
	    signer_may_sign(cms))
		err = check_chain(cms, store, d->revocation, fault_ret);
out:
	ERR_clear_error();
	CMS_ContentInfo_free(cms);
	X509_STORE_free(store);
	BIO_free(bio);
	return err;
}
