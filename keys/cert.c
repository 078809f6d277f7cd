/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/cert.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mbedtls/asn1.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/x509_csr.h>

#include "keys/derw.h"
#include "keys/mbed.h"
#include "keys/pem.h"
#include "keys/rng.h"

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define CTX(n) (MBEDTLS_ASN1_CONTEXT_SPECIFIC | (n))
#define CTX_CONS(n) (CTX(n) | MBEDTLS_ASN1_CONSTRUCTED)
/* Name, key of RSA-4096, extensions, signature of RSA-4096. */
#define MAX_DER 8192
#define KEYID_SIZE 20

void vkx_cert_init(struct vkx_cert *cert)
{
	memset(cert, 0, sizeof(*cert));
	mbedtls_x509_crt_init(&cert->crt);
}

void vkx_cert_free(struct vkx_cert *cert)
{
	mbedtls_x509_crt_free(&cert->crt);
	vkx_bytes_free(&cert->der);
	vkx_cert_init(cert);
}

/* Takes der over, also when it fails. */
static int adopt(struct vkx_cert *cert, struct vkx_bytes *der)
{
	struct vkx_cert fresh;
	int ret;

	vkx_cert_init(&fresh);
	ret = mbedtls_x509_crt_parse_der(&fresh.crt, der->data, der->len);
	if (ret || fresh.crt.raw.len != der->len) {
		mbedtls_x509_crt_free(&fresh.crt);
		vkx_bytes_free(der);
		return ret == MBEDTLS_ERR_X509_ALLOC_FAILED ? -VKX_ERR_NOMEM :
							      -VKX_ERR_FORMAT;
	}
	vkx_cert_free(cert);
	fresh.der = *der;
	*cert = fresh;
	return 0;
}

int vkx_cert_next(struct vkx_cert *cert, const struct vkx_bytes *file,
		  size_t *pos)
{
	struct vkx_bytes der = { 0 };
	int err = vkx_pem_next(file, "CERTIFICATE", pos, &der);

	return err ? err : adopt(cert, &der);
}

int vkx_cert_parse(struct vkx_cert *cert, const struct vkx_bytes *file)
{
	struct vkx_bytes der = { 0 };
	size_t pos = 0;
	int err = vkx_cert_next(cert, file, &pos);

	if (err != -VKX_ERR_NOTFOUND)
		return err;
	err = vkx_bytes_copy(file->data, file->len, &der);
	return err ? err : adopt(cert, &der);
}

bool vkx_cert_is_for(const struct vkx_cert *cert, const struct vkx_key *key)
{
	return cert->crt.pk_raw.len == key->spki.len &&
	       !memcmp(cert->crt.pk_raw.p, key->spki.data, key->spki.len);
}

int vkx_spki_keyid(const struct vkx_bytes *spki, uint8_t id_ret[20])
{
	unsigned char *at = spki->data, *end = at + spki->len;
	mbedtls_asn1_buf alg, params;
	mbedtls_asn1_bitstring bits;
	size_t len;

	if (mbedtls_asn1_get_tag(&at, end, &len, SEQ) || at + len != end ||
	    mbedtls_asn1_get_alg(&at, end, &alg, &params) ||
	    mbedtls_asn1_get_bitstring(&at, end, &bits) || bits.unused_bits)
		return -VKX_ERR_FORMAT;
	return vkx_mbed_sha1(bits.p, bits.len, id_ret) ? -VKX_ERR_CRYPTO : 0;
}

/* The contents of an extension's OCTET STRING, or NULL. mbedtls has parsed the
 * certificate before: the walk cannot leave it. */
static const uint8_t *find_ext(const struct vkx_cert *cert, const char *oid,
			       size_t oid_len, size_t *len_ret)
{
	unsigned char *at = cert->crt.v3_ext.p, *end, *next;
	size_t len;

	*len_ret = 0;
	if (!at)
		return NULL;
	/* v3_ext is the [3] contents: one SEQUENCE OF Extension. */
	end = at + cert->crt.v3_ext.len;
	if (mbedtls_asn1_get_tag(&at, end, &len, SEQ))
		return NULL;
	for (; at < end; at = next) {
		int critical;

		if (mbedtls_asn1_get_tag(&at, end, &len, SEQ))
			return NULL;
		next = at + len;
		if (mbedtls_asn1_get_tag(&at, next, &len, MBEDTLS_ASN1_OID))
			return NULL;
		if (len != oid_len || memcmp(at, oid, oid_len) != 0)
			continue;
		at += len;
		(void)mbedtls_asn1_get_bool(&at, next, &critical);
		if (mbedtls_asn1_get_tag(&at, next, len_ret,
					 MBEDTLS_ASN1_OCTET_STRING)) {
			*len_ret = 0;
			return NULL;
		}
		return at;
	}
	return NULL;
}

const uint8_t *vkx_cert_skid(const struct vkx_cert *cert, size_t *len_ret)
{
	size_t ext_len;
	const uint8_t *ext = find_ext(
		cert, MBEDTLS_OID_SUBJECT_KEY_IDENTIFIER,
		sizeof(MBEDTLS_OID_SUBJECT_KEY_IDENTIFIER) - 1, &ext_len);
	unsigned char *at = (unsigned char *)(uintptr_t)ext;

	*len_ret = 0;
	if (!ext || mbedtls_asn1_get_tag(&at, ext + ext_len, len_ret,
					 MBEDTLS_ASN1_OCTET_STRING)) {
		*len_ret = 0;
		return NULL;
	}
	return at;
}

const uint8_t *vkx_cert_akid(const struct vkx_cert *cert, size_t *len_ret)
{
	size_t ext_len;
	const uint8_t *ext = find_ext(
		cert, MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER,
		sizeof(MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER) - 1, &ext_len);
	unsigned char *at = (unsigned char *)(uintptr_t)ext;
	size_t len;

	*len_ret = 0;
	if (!ext || mbedtls_asn1_get_tag(&at, ext + ext_len, &len, SEQ) ||
	    mbedtls_asn1_get_tag(&at, ext + ext_len, len_ret, CTX(0))) {
		*len_ret = 0;
		return NULL;
	}
	return at;
}

uint64_t vkx_time_utc(int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return 0;
	return ((((uint64_t)(tm.tm_year + 1900) * 100 +
		  (uint64_t)(tm.tm_mon + 1)) *
			 100 +
		 (uint64_t)tm.tm_mday) *
			100 +
		(uint64_t)tm.tm_hour) *
		       10000 +
	       (uint64_t)tm.tm_min * 100 + (uint64_t)tm.tm_sec;
}

/* Extension ::= SEQUENCE { OID, critical, OCTET STRING } around what was
 * written since mark. */
static void wrap_ext(struct vkx_derw *w, const uint8_t *mark, const char *oid,
		     size_t oid_len, bool critical)
{
	vkx_derw_wrap(w, mark, MBEDTLS_ASN1_OCTET_STRING);
	if (critical)
		vkx_derw_bool(w, 1);
	vkx_derw_oid(w, oid, oid_len);
	vkx_derw_wrap(w, mark, SEQ);
}
#define EXT(w, mark, oid, critical) \
	wrap_ext((w), (mark), (oid), sizeof(oid) - 1, (critical))

static void write_usage(struct vkx_derw *w, bool ca)
{
	/* BIT STRINGs: digitalSignature; keyCertSign and cRLSign. */
	static const uint8_t sign[] = { 7, 0x80 }, issue[] = { 1, 0x06 };
	const uint8_t *mark;

	if (!ca) {
		mark = w->p;
		VKX_OID(w, MBEDTLS_OID_CODE_SIGNING);
		vkx_derw_wrap(w, mark, SEQ);
		EXT(w, mark, MBEDTLS_OID_EXTENDED_KEY_USAGE, false);
	}
	mark = w->p;
	vkx_derw_prim(w, MBEDTLS_ASN1_BIT_STRING, ca ? issue : sign, 2);
	EXT(w, mark, MBEDTLS_OID_KEY_USAGE, true);
	mark = w->p;
	if (ca)
		vkx_derw_bool(w, 1);
	vkx_derw_wrap(w, mark, SEQ);
	EXT(w, mark, MBEDTLS_OID_BASIC_CONSTRAINTS, true);
}

static void write_extensions(struct vkx_derw *w,
			     const struct vkx_cert_spec *spec,
			     const uint8_t *skid, const uint8_t *akid,
			     size_t akid_len)
{
	const uint8_t *all = w->p, *mark = w->p;

	vkx_derw_prim(w, CTX(0), akid, akid_len);
	vkx_derw_wrap(w, mark, SEQ);
	EXT(w, mark, MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER, false);
	mark = w->p;
	vkx_derw_prim(w, MBEDTLS_ASN1_OCTET_STRING, skid, KEYID_SIZE);
	EXT(w, mark, MBEDTLS_OID_SUBJECT_KEY_IDENTIFIER, false);
	write_usage(w, spec->ca);
	vkx_derw_wrap(w, all, SEQ);
	vkx_derw_wrap(w, all, CTX_CONS(3));
}

static void write_alg(struct vkx_derw *w, const struct vkx_key *key,
		      enum vkx_hash_alg hash)
{
	const uint8_t *mark = w->p;
	size_t len;
	const char *oid = vkx_key_sig_oid(key->alg, hash, &len);

	/* RFC 4055: NULL for RSA. RFC 5758: nothing for ECDSA. */
	if (key->alg == VKX_KEY_RSA)
		vkx_derw_null(w);
	vkx_derw_oid(w, oid, len);
	vkx_derw_wrap(w, mark, SEQ);
}

static int write_tbs(struct vkx_derw *w, const struct vkx_cert_spec *spec,
		     const struct vkx_key *issuer, enum vkx_hash_alg hash)
{
	uint8_t serial[VKX_CERT_SERIAL_SIZE], skid[KEYID_SIZE], own[KEYID_SIZE];
	const uint8_t *akid = spec->issuer_keyid, *mark;
	size_t akid_len = spec->issuer_keyid_len;
	int err = vkx_spki_keyid(&spec->spki, skid);

	if (!err && !akid) {
		err = vkx_spki_keyid(&issuer->spki, own);
		akid = own;
		akid_len = sizeof(own);
	}
	if (err || vkx_rng(NULL, serial, sizeof(serial)))
		return err ? err : -VKX_ERR_CRYPTO;
	/* Positive, and never short enough to be zero. */
	serial[0] = (serial[0] & 0x7f) | 0x40;

	write_extensions(w, spec, skid, akid, akid_len);
	vkx_derw_bytes(w, &spec->spki);
	vkx_derw_bytes(w, &spec->subject);
	mark = w->p;
	vkx_derw_time(w, spec->not_after);
	vkx_derw_time(w, spec->not_before);
	vkx_derw_wrap(w, mark, SEQ);
	vkx_derw_bytes(w, &spec->issuer);
	write_alg(w, issuer, hash);
	vkx_derw_uint(w, serial, sizeof(serial));
	mark = w->p;
	vkx_derw_int(w, 2);
	vkx_derw_wrap(w, mark, CTX_CONS(0));
	vkx_derw_wrap(w, w->end, SEQ);
	return w->err;
}

/* SIGNED{ToBeSigned}: what both certificates and requests end as. */
static int sign_tbs(const struct vkx_derw *tbs, struct vkx_key *key,
		    enum vkx_hash_alg hash, struct vkx_bytes *der_ret)
{
	uint8_t digest[VKX_MAX_DIGEST], sig[VKX_MAX_SIGNATURE], buf[MAX_DER];
	size_t len = (size_t)(tbs->end - tbs->p), sig_len;
	struct vkx_derw w;
	int err;

	if (mbedtls_md(mbedtls_md_info_from_type(vkx_hash_md(hash)), tbs->p,
		       len, digest))
		return -VKX_ERR_CRYPTO;
	err = vkx_key_sign(key, hash, digest, sig, &sig_len);
	if (err)
		return err;
	vkx_derw_init(&w, buf, sizeof(buf));
	vkx_derw_bits(&w, sig, sig_len);
	write_alg(&w, key, hash);
	vkx_derw_raw(&w, tbs->p, len);
	vkx_derw_wrap(&w, w.end, SEQ);
	return vkx_derw_take(&w, der_ret);
}

int vkx_cert_write(const struct vkx_cert_spec *spec, struct vkx_key *issuer_key,
		   struct vkx_bytes *der_ret)
{
	enum vkx_hash_alg hash = vkx_key_hash(issuer_key);
	uint8_t buf[MAX_DER];
	struct vkx_derw w;
	int err;

	vkx_derw_init(&w, buf, sizeof(buf));
	err = write_tbs(&w, spec, issuer_key, hash);
	return err ? err : sign_tbs(&w, issuer_key, hash, der_ret);
}

int vkx_csr_write(const struct vkx_bytes *subject, struct vkx_key *key,
		  struct vkx_bytes *der_ret)
{
	uint8_t buf[MAX_DER];
	struct vkx_derw w;

	vkx_derw_init(&w, buf, sizeof(buf));
	vkx_derw_prim(&w, CTX_CONS(0), NULL, 0);
	vkx_derw_bytes(&w, &key->spki);
	vkx_derw_bytes(&w, subject);
	vkx_derw_int(&w, 0);
	vkx_derw_wrap(&w, w.end, SEQ);
	if (w.err)
		return w.err;
	return sign_tbs(&w, key, vkx_key_hash(key), der_ret);
}

static int check_csr(mbedtls_x509_csr *csr)
{
	uint8_t digest[MBEDTLS_MD_MAX_SIZE];
	const mbedtls_md_info_t *md = mbedtls_md_info_from_type(csr->sig_md);
	enum vkx_key_alg alg;
	unsigned int bits;

	if (vkx_key_weakness(&csr->pk, &alg, &bits))
		return -VKX_ERR_LIMIT;
	if (!md || mbedtls_md(md, csr->cri.p, csr->cri.len, digest))
		return -VKX_ERR_FORMAT;
	return mbedtls_pk_verify(&csr->pk, csr->sig_md, digest,
				 mbedtls_md_get_size(md), csr->sig.p,
				 csr->sig.len) ?
		       -VKX_ERR_MISMATCH :
		       0;
}

int vkx_csr_parse(const struct vkx_bytes *file, struct vkx_bytes *subject_ret,
		  struct vkx_bytes *spki_ret)
{
	struct vkx_bytes subject = { 0 }, spki = { 0 };
	uint8_t der[MAX_DER];
	mbedtls_x509_csr csr;
	int err, len;

	mbedtls_x509_csr_init(&csr);
	err = mbedtls_x509_csr_parse(&csr, file->data, file->len + 1);
	if (err)
		err = mbedtls_x509_csr_parse_der(&csr, file->data, file->len);
	err = err ? -VKX_ERR_FORMAT : check_csr(&csr);
	if (err)
		goto out;
	len = mbedtls_pk_write_pubkey_der(&csr.pk, der, sizeof(der));
	err = len <= 0 ? -VKX_ERR_CRYPTO :
			 vkx_bytes_copy(der + sizeof(der) - len, (size_t)len,
					&spki);
	if (!err)
		err = vkx_bytes_copy(csr.subject_raw.p, csr.subject_raw.len,
				     &subject);
	if (err) {
		vkx_bytes_free(&spki);
		goto out;
	}
	*subject_ret = subject;
	*spki_ret = spki;
out:
	mbedtls_x509_csr_free(&csr);
	return err;
}
