/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sig_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/rsa.h>

#include "tests/unit/uki_fixture.h"
#include "verify/scan_pass.h"

/* --- DER -------------------------------------------------------------------- */

void derb_raw(struct derb *b, const void *p, size_t len)
{
	if (b->len + len > b->cap) {
		b->cap = 2 * (b->len + len) + 256;
		b->p = realloc(b->p, b->cap);
		assert_non_null(b->p);
	}
	if (len)
		memcpy(b->p + b->len, p, len);
	b->len += len;
}

void derb_open(struct derb *b, uint8_t tag)
{
	derb_raw(b, &tag, 1);
	b->open[b->depth++] = b->len;
}

/* Puts the length of what was written since open in front of it. */
void derb_close(struct derb *b)
{
	size_t start = b->open[--b->depth], len = b->len - start, n;
	uint8_t head[4];

	if (len < 0x80) {
		head[0] = (uint8_t)len;
		n = 1;
	} else if (len < 0x100) {
		head[0] = 0x81;
		head[1] = (uint8_t)len;
		n = 2;
	} else if (len < 0x10000) {
		head[0] = 0x82;
		head[1] = (uint8_t)(len >> 8);
		head[2] = (uint8_t)len;
		n = 3;
	} else {
		head[0] = 0x83;
		head[1] = (uint8_t)(len >> 16);
		head[2] = (uint8_t)(len >> 8);
		head[3] = (uint8_t)len;
		n = 4;
	}
	derb_raw(b, head, n);
	memmove(b->p + start + n, b->p + start, len);
	memcpy(b->p + start, head, n);
}

void derb_prim(struct derb *b, uint8_t tag, const void *p, size_t len)
{
	derb_open(b, tag);
	derb_raw(b, p, len);
	derb_close(b);
}

void derb_oid(struct derb *b, const char *bytes, size_t len)
{
	derb_prim(b, 0x06, bytes, len);
}

void derb_int(struct derb *b, unsigned int v)
{
	uint8_t p[3] = { 0, (uint8_t)(v >> 8), (uint8_t)v };

	if (v > 0x7fff)
		derb_prim(b, 0x02, p, 3);
	else if (v > 0x7f)
		derb_prim(b, 0x02, v > 0xff ? p + 1 : p + 1, 2);
	else
		derb_prim(b, 0x02, p + 2, 1);
}

void derb_null(struct derb *b)
{
	derb_prim(b, 0x05, NULL, 0);
}

void derb_free(struct derb *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}

/* --- keys ------------------------------------------------------------------- */

int fixture_rng(void *ctx, unsigned char *p, size_t len)
{
	static uint64_t x = 0x9e3779b97f4a7c15;
	size_t i;

	(void)ctx;
	for (i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = (uint8_t)(x >> 32);
	}
	return 0;
}

static mbedtls_pk_context keys[KEY_NR];
static bool made[KEY_NR];

static void make_rsa(mbedtls_pk_context *pk, unsigned int bits, int e)
{
	assert_int_equal(
		mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)),
		0);
	assert_int_equal(mbedtls_rsa_gen_key(mbedtls_pk_rsa(*pk), fixture_rng,
					     NULL, bits, e),
			 0);
}

static void make_ec(mbedtls_pk_context *pk, mbedtls_ecp_group_id curve)
{
	assert_int_equal(mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(
						      MBEDTLS_PK_ECKEY)),
			 0);
	assert_int_equal(mbedtls_ecp_gen_key(curve, mbedtls_pk_ec(*pk),
					     fixture_rng, NULL),
			 0);
}

mbedtls_pk_context *fixture_key(enum fixture_key which)
{
	mbedtls_pk_context *pk = &keys[which];

	if (made[which])
		return pk;
	made[which] = true;
	mbedtls_pk_init(pk);
	switch (which) {
	case KEY_RSA:
	case KEY_RSA_OTHER:
		make_rsa(pk, 2048, 65537);
		break;
	case KEY_RSA_SMALL:
		make_rsa(pk, 1024, 65537);
		break;
	case KEY_RSA_E3:
		make_rsa(pk, 2048, 3);
		break;
	case KEY_P256:
	case KEY_P256_OTHER:
	case KEY_P256_THIRD:
		make_ec(pk, MBEDTLS_ECP_DP_SECP256R1);
		break;
	case KEY_P384:
		make_ec(pk, MBEDTLS_ECP_DP_SECP384R1);
		break;
	case KEY_P521:
		make_ec(pk, MBEDTLS_ECP_DP_SECP521R1);
		break;
	case KEY_NR:
		break;
	}
	return pk;
}

void fixture_key_read(enum fixture_key which, const char *path)
{
	assert_false(made[which]);
	made[which] = true;
	mbedtls_pk_init(&keys[which]);
	assert_int_equal(mbedtls_pk_parse_keyfile(&keys[which], path, NULL), 0);
}

void keys_free(void)
{
	unsigned int i;

	for (i = 0; i < KEY_NR; i++) {
		if (made[i])
			mbedtls_pk_free(&keys[i]);
		made[i] = false;
	}
}

static bool is_rsa(enum fixture_key key)
{
	return mbedtls_pk_get_type(fixture_key(key)) == MBEDTLS_PK_RSA;
}

/* --- algorithms ------------------------------------------------------------- */

static const mbedtls_md_type_t md_types[] = {
	[VKX_HASH_SHA1] = MBEDTLS_MD_SHA1,
	[VKX_HASH_SHA256] = MBEDTLS_MD_SHA256,
	[VKX_HASH_SHA384] = MBEDTLS_MD_SHA384,
	[VKX_HASH_SHA512] = MBEDTLS_MD_SHA512,
};

static void hash(enum vkx_hash_alg alg, const void *p, size_t len,
		 uint8_t out[64])
{
	assert_int_equal(mbedtls_md(mbedtls_md_info_from_type(md_types[alg]), p,
				    len, out),
			 0);
}

static void put_hash_alg(struct derb *b, enum vkx_hash_alg alg)
{
	static const char last[] = { 0, 0, 1, 2, 3 };
	char oid[] = "\x60\x86\x48\x01\x65\x03\x04\x02\x00";

	derb_open(b, 0x30);
	oid[8] = last[alg];
	if (alg == VKX_HASH_SHA1)
		OID(b, "\x2b\x0e\x03\x02\x1a");
	else
		derb_oid(b, oid, 9);
	derb_null(b);
	derb_close(b);
}

static void put_md5(struct derb *b)
{
	derb_open(b, 0x30);
	OID(b, "\x2a\x86\x48\x86\xf7\x0d\x02\x05");
	derb_null(b);
	derb_close(b);
}

/* sha*WithRSAEncryption or ecdsa-with-SHA*. */
static void put_sig_alg(struct derb *b, bool rsa, enum vkx_hash_alg alg)
{
	static const char rsa_last[] = { 0, 5, 0x0b, 0x0c, 0x0d };
	static const char ec_last[] = { 0, 0, 2, 3, 4 };
	char rsa_oid[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x00";
	char ec_oid[] = "\x2a\x86\x48\xce\x3d\x04\x03\x00";

	rsa_oid[8] = rsa_last[alg];
	ec_oid[7] = ec_last[alg];
	derb_open(b, 0x30);
	if (rsa) {
		derb_oid(b, rsa_oid, 9);
		derb_null(b);
	} else {
		derb_oid(b, ec_oid, 8);
	}
	derb_close(b);
}

static void sign(enum fixture_key key, enum vkx_hash_alg alg, const void *p,
		 size_t len, uint8_t sig[1024], size_t *sig_len)
{
	uint8_t digest[64];

	hash(alg, p, len, digest);
	assert_int_equal(mbedtls_pk_sign(fixture_key(key), md_types[alg],
					 digest, 0, sig, sig_len, fixture_rng,
					 NULL),
			 0);
}

/* --- certificates ----------------------------------------------------------- */

static void put_name(struct derb *b, const char *cn)
{
	derb_open(b, 0x30);
	derb_open(b, 0x31);
	derb_open(b, 0x30);
	OID(b, "\x55\x04\x03");
	derb_prim(b, 0x0c, cn, strlen(cn));
	derb_close(b);
	derb_close(b);
	derb_close(b);
}

static void put_spki(struct derb *b, const struct cert_spec *spec)
{
	uint8_t buf[2048];
	int n = mbedtls_pk_write_pubkey_der(fixture_key(spec->key), buf,
					    sizeof(buf));
	const uint8_t *der = buf + sizeof(buf) - n;

	assert_true(n > 0);
	if (!spec->explicit_curve) {
		derb_raw(b, der, (size_t)n);
		return;
	}
	derb_open(b, 0x30);
	derb_open(b, 0x30);
	OID(b, "\x2a\x86\x48\xce\x3d\x02\x01");
	derb_open(b, 0x30); /* ECParameters, begun: enough to be seen */
	derb_int(b, 1);
	derb_close(b);
	derb_close(b);
	derb_raw(b, der + n - 68, 68); /* the BIT STRING of P-256 */
	derb_close(b);
}

static void open_ext(struct derb *b, const char *oid, size_t len, bool critical)
{
	derb_open(b, 0x30);
	derb_oid(b, oid, len);
	if (critical)
		derb_prim(b, 0x01, "\xff", 1);
	derb_open(b, 0x04);
}

static void close_ext(struct derb *b)
{
	derb_close(b);
	derb_close(b);
}

static void put_key_usage(struct derb *b, uint8_t bits)
{
	uint8_t p[2] = { 0, bits };

	while (!(bits >> p[0] & 1))
		p[0]++;
	open_ext(b, "\x55\x1d\x0f", 3, true);
	derb_prim(b, 0x03, p, 2);
	close_ext(b);
}

static void put_eku(struct derb *b, bool server)
{
	open_ext(b, "\x55\x1d\x25", 3, false);
	derb_open(b, 0x30);
	if (server)
		OID(b, "\x2b\x06\x01\x05\x05\x07\x03\x01");
	else
		OID(b, "\x2b\x06\x01\x05\x05\x07\x03\x03");
	derb_close(b);
	close_ext(b);
}

static void put_key_ids(struct derb *b, const struct cert_spec *spec)
{
	const char *issuer = spec->issuer_key_id;

	if (!issuer && !spec->no_issuer_key_id)
		issuer = spec->issuer;
	if (spec->key_id) {
		open_ext(b, "\x55\x1d\x0e", 3, false);
		derb_prim(b, 0x04, spec->key_id, strlen(spec->key_id));
		close_ext(b);
	}
	if (issuer) {
		open_ext(b, "\x55\x1d\x23", 3, false);
		derb_open(b, 0x30);
		derb_prim(b, 0x80, issuer,
			  spec->issuer_key_id_len ? spec->issuer_key_id_len :
						    strlen(issuer));
		derb_close(b);
		close_ext(b);
	}
}

static void put_constraints(struct derb *b, const struct cert_spec *spec)
{
	open_ext(b, "\x55\x1d\x13", 3, true);
	derb_open(b, 0x30);
	if (spec->ca) {
		derb_prim(b, 0x01, "\xff", 1);
		if (spec->pathlen >= 0)
			derb_int(b, (unsigned int)spec->pathlen);
	}
	derb_close(b);
	close_ext(b);
}

static void put_extensions(struct derb *b, const struct cert_spec *spec)
{
	uint8_t usage = spec->ca ? 0x06 : 0x80;

	derb_open(b, 0xa3);
	derb_open(b, 0x30);
	put_constraints(b, spec);
	if (!spec->no_key_usage)
		put_key_usage(b, spec->key_usage ? spec->key_usage : usage);
	if (!spec->no_eku)
		put_eku(b, spec->eku_server);
	if (spec->ext_twice)
		put_eku(b, spec->eku_server);
	put_key_ids(b, spec);
	if (spec->critical_unknown || spec->name_constraints) {
		if (spec->critical_unknown)
			open_ext(b, "\x2a\x03\x04", 3, true);
		else
			open_ext(b, "\x55\x1d\x1e", 3, false);
		derb_null(b);
		close_ext(b);
	}
	derb_close(b);
	derb_close(b);
}

static void put_tbs(struct derb *b, const struct cert_spec *spec,
		    enum vkx_hash_alg alg)
{
	derb_open(b, 0x30);
	if (!spec->v1) {
		derb_open(b, 0xa0);
		derb_int(b, 2);
		derb_close(b);
	}
	derb_int(b, spec->serial ? spec->serial : 1);
	put_sig_alg(b, is_rsa(spec->issuer_key), alg);
	put_name(b, spec->issuer ? spec->issuer : spec->subject);
	derb_open(b, 0x30);
	derb_prim(b, 0x17, "200101000000Z", 13);
	derb_prim(b, 0x17, "491231235959Z", 13);
	derb_close(b);
	put_name(b, spec->subject);
	put_spki(b, spec);
	if (!spec->v1)
		put_extensions(b, spec);
	derb_close(b);
}

void cert_make(const struct cert_spec *spec, struct derb *out)
{
	enum vkx_hash_alg alg = spec->hash ? spec->hash : VKX_HASH_SHA256;
	struct derb tbs = { 0 };
	uint8_t sig[1024];
	size_t len;

	memset(out, 0, sizeof(*out));
	put_tbs(&tbs, spec, alg);
	sign(spec->issuer_key, alg, tbs.p, tbs.len, sig, &len);
	derb_open(out, 0x30);
	derb_raw(out, tbs.p, tbs.len);
	put_sig_alg(out, is_rsa(spec->issuer_key), alg);
	derb_open(out, 0x03);
	derb_raw(out, "", 1);
	derb_raw(out, sig, len);
	derb_close(out);
	derb_close(out);
	derb_free(&tbs);
}

struct cert_spec cert_leaf(enum fixture_key key)
{
	return (struct cert_spec){ .subject = "signer",
				   .key = key,
				   .issuer_key = key,
				   .pathlen = -1 };
}

struct cert_spec cert_ca(enum fixture_key key)
{
	return (struct cert_spec){ .subject = "ca",
				   .key = key,
				   .issuer_key = key,
				   .ca = true,
				   .no_eku = true,
				   .pathlen = -1 };
}

/* --- signatures ------------------------------------------------------------- */

#define SPC "\x2b\x06\x01\x04\x01\x82\x37\x02\x01"
#define PKCS7 "\x2a\x86\x48\x86\xf7\x0d\x01\x07"
#define PKCS9 "\x2a\x86\x48\x86\xf7\x0d\x01\x09"

static void put_digest_info(struct derb *b, const struct cms_spec *spec,
			    enum vkx_hash_alg alg)
{
	uint8_t digest[65] = { 0 };
	size_t len = vkx_hash_size(alg);

	memcpy(digest, spec->file_digest, len);
	if (spec->forge == FORGE_DIGEST_SHORT)
		len--;
	if (spec->forge == FORGE_DIGEST_LONG)
		len++;
	if (spec->forge == FORGE_DIGEST_EMPTY)
		len = 0;
	derb_open(b, 0x30);
	if (spec->forge == FORGE_DIGEST_ALG_SHA1)
		put_hash_alg(b, VKX_HASH_SHA1);
	else if (spec->forge == FORGE_DIGEST_ALG_MD5)
		put_md5(b);
	else if (spec->forge == FORGE_DIGEST_ALG_OTHER)
		put_hash_alg(b, VKX_HASH_SHA384);
	else
		put_hash_alg(b, alg);
	derb_prim(b, 0x04, digest, len);
	derb_close(b);
}

/* The contents octets of SpcIndirectDataContent. */
static void put_content(struct derb *b, const struct cms_spec *spec,
			enum vkx_hash_alg alg)
{
	derb_open(b, 0x30);
	if (spec->forge == FORGE_OTHER_KIND)
		OID(b, SPC "\x19");
	else
		OID(b, SPC "\x0f");
	derb_open(b, 0x30);
	derb_prim(b, 0x03, "", 1);
	derb_open(b, 0xa0);
	derb_open(b, 0xa2);
	derb_prim(b, 0x80, "", 0);
	derb_close(b);
	derb_close(b);
	derb_close(b);
	derb_close(b);
	put_digest_info(b, spec, alg);
}

static void put_content_type(struct derb *b, bool data)
{
	derb_open(b, 0x30);
	OID(b, PKCS9 "\x03");
	derb_open(b, 0x31);
	if (data)
		OID(b, PKCS7 "\x01");
	else
		OID(b, SPC "\x04");
	derb_close(b);
	derb_close(b);
}

static void put_message_digest(struct derb *b, const struct cms_spec *spec,
			       const uint8_t *digest, size_t len)
{
	uint8_t changed[64];

	memcpy(changed, digest, len);
	changed[0] ^= spec->forge == FORGE_MESSAGE_DIGEST_WRONG;
	derb_open(b, 0x30);
	OID(b, PKCS9 "\x04");
	derb_open(b, 0x31);
	derb_prim(b, 0x04, changed,
		  len - (spec->forge == FORGE_MESSAGE_DIGEST_SHORT));
	if (spec->forge == FORGE_MESSAGE_DIGEST_TWO_VALUES)
		derb_prim(b, 0x04, changed, len);
	derb_close(b);
	derb_close(b);
}

static void put_signing_time(struct derb *b, const char *time)
{
	derb_open(b, 0x30);
	OID(b, PKCS9 "\x05");
	derb_open(b, 0x31);
	derb_prim(b, 0x17, time, strlen(time));
	derb_close(b);
	derb_close(b);
}

static void put_extra_attr(struct derb *b, unsigned int n)
{
	char oid[] = { 0x2a, 3, 4, (char)(5 + n) };

	derb_open(b, 0x30);
	derb_oid(b, oid, sizeof(oid));
	derb_open(b, 0x31);
	derb_prim(b, 0x0c, "x", 1);
	derb_close(b);
	derb_close(b);
}

/* In ascending order of their encodings, as DER wants a SET OF: these grow. */
static void put_attrs(struct derb *b, const struct cms_spec *spec,
		      const uint8_t *digest, size_t len)
{
	enum forgery f = spec->forge;
	unsigned int i;

	for (i = 0; i < spec->extra_attr; i++)
		put_extra_attr(b, i);
	if (f == FORGE_ATTRS_UNSORTED)
		put_message_digest(b, spec, digest, len);
	if (f != FORGE_NO_CONTENT_TYPE)
		put_content_type(b, f == FORGE_CONTENT_TYPE_DATA);
	if (f == FORGE_CONTENT_TYPE_TWICE)
		put_content_type(b, false);
	if (spec->signing_time)
		put_signing_time(b, spec->signing_time);
	if (f != FORGE_NO_MESSAGE_DIGEST && f != FORGE_ATTRS_UNSORTED)
		put_message_digest(b, spec, digest, len);
}

static void put_signer_id(struct derb *b, const struct cert_spec *signer)
{
	derb_open(b, 0x30);
	put_name(b, signer->issuer ? signer->issuer : signer->subject);
	derb_int(b, signer->serial ? signer->serial : 1);
	derb_close(b);
}

static void put_signer_sig_alg(struct derb *b, const struct cms_spec *spec,
			       enum vkx_hash_alg alg)
{
	bool rsa = is_rsa(spec->key);

	if (spec->forge == FORGE_SIG_ALG_PSS) {
		derb_open(b, 0x30);
		OID(b, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a");
		derb_close(b);
		return;
	}
	if (rsa && !spec->rsa_with_hash &&
	    spec->forge != FORGE_SIG_ALG_HASH_OTHER &&
	    spec->forge != FORGE_SIG_ALG_FAMILY) {
		derb_open(b, 0x30);
		OID(b, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
		derb_null(b);
		derb_close(b);
		return;
	}
	if (spec->forge == FORGE_SIG_ALG_HASH_OTHER)
		alg = VKX_HASH_SHA384;
	if (spec->forge == FORGE_SIG_ALG_FAMILY)
		rsa = !rsa;
	put_sig_alg(b, rsa, alg);
}

static void put_signature(struct derb *b, const struct cms_spec *spec,
			  enum vkx_hash_alg alg, const struct derb *attrs)
{
	struct derb set = { 0 };
	uint8_t sig[1024] = { 0 };
	size_t len;

	derb_prim(&set, spec->forge == FORGE_ATTR_TAG_SIGNED ? 0xa0 : 0x31,
		  attrs->p, attrs->len);
	sign(spec->key, alg, set.p, set.len, sig, &len);
	if (spec->forge == FORGE_SIG_VALUE)
		sig[len - 1] ^= 1;
	if (spec->forge == FORGE_SIG_TRAILING)
		len++;
	if (spec->forge == FORGE_SIG_EMPTY)
		len = 0;
	derb_prim(b, 0x04, sig, len);
	derb_free(&set);
}

static void put_signer(struct derb *b, const struct cms_spec *spec,
		       const struct cert_spec *signer, enum vkx_hash_alg alg,
		       const struct derb *content)
{
	struct derb attrs = { 0 };
	uint8_t digest[64];

	hash(alg, content->p, content->len, digest);
	put_attrs(&attrs, spec, digest, vkx_hash_size(alg));
	derb_open(b, 0x30);
	derb_int(b, spec->forge == FORGE_SIGNER_VERSION ? 3 : 1);
	put_signer_id(b, signer);
	put_hash_alg(b, spec->forge == FORGE_SIGNER_ALG_OTHER ?
				VKX_HASH_SHA384 :
				alg);
	if (spec->forge != FORGE_NO_ATTRS &&
	    spec->forge != FORGE_ATTRS_STRIPPED_TO_CONTENT)
		derb_prim(b, 0xa0, attrs.p, attrs.len);
	put_signer_sig_alg(b, spec, alg);
	put_signature(b, spec, alg, &attrs);
	if (spec->forge == FORGE_UNSIGNED_ATTRS) {
		derb_open(b, 0xa1);
		put_extra_attr(b, 0);
		derb_close(b);
	}
	derb_close(b);
	derb_free(&attrs);
}

static void put_content_info(struct derb *b, const struct cms_spec *spec,
			     const struct derb *content)
{
	derb_open(b, 0x30);
	if (spec->forge == FORGE_CONTENT_DATA) {
		OID(b, PKCS7 "\x01");
		derb_open(b, 0xa0);
		derb_prim(b, 0x04, content->p, content->len);
	} else {
		OID(b, SPC "\x04");
		derb_open(b, 0xa0);
		derb_prim(b, 0x30, content->p, content->len);
	}
	derb_close(b);
	derb_close(b);
}

static void put_certs(struct derb *b, const struct cms_spec *spec)
{
	size_t i;

	if (spec->forge == FORGE_NO_CERTS)
		return;
	derb_open(b, 0xa0);
	for (i = 0; i < spec->nr_certs; i++)
		derb_raw(b, spec->certs[i]->p, spec->certs[i]->len);
	derb_close(b);
	if (spec->forge == FORGE_CRL)
		derb_prim(b, 0xa1, "\x30\x00", 2);
}

static void put_signed_data(struct derb *b, const struct cms_spec *spec,
			    const struct cert_spec *signer,
			    enum vkx_hash_alg alg)
{
	struct derb content = { 0 }, attrs = { 0 };
	uint8_t digest[64];

	put_content(&content, spec, alg);
	if (spec->forge == FORGE_ATTRS_STRIPPED_TO_CONTENT) {
		hash(alg, content.p, content.len, digest);
		put_attrs(&attrs, spec, digest, vkx_hash_size(alg));
		derb_free(&content);
		content = attrs;
	}
	derb_open(b, 0x30);
	derb_int(b, spec->forge == FORGE_VERSION ? 3 : 1);
	derb_open(b, 0x31);
	put_hash_alg(b, spec->forge == FORGE_SET_ALG_OTHER ? VKX_HASH_SHA384 :
							     alg);
	if (spec->forge == FORGE_TWO_SET_ALGS)
		put_hash_alg(b, VKX_HASH_SHA384);
	derb_close(b);
	put_content_info(b, spec, &content);
	put_certs(b, spec);
	derb_open(b, 0x31);
	if (spec->forge != FORGE_NO_SIGNER)
		put_signer(b, spec, signer, alg, &content);
	if (spec->forge == FORGE_TWO_SIGNERS)
		put_signer(b, spec, signer, alg, &content);
	derb_close(b);
	derb_close(b);
	derb_free(&content);
}

/* The outermost header anew, in a form that only BER allows. */
static void mangle_outside(struct derb *out, enum forgery forge)
{
	struct derb in = *out;
	uint8_t head[5] = { 0x30, 0x83, 0, in.p[2], in.p[3] };

	memset(out, 0, sizeof(*out));
	assert_int_equal(in.p[1], 0x82);
	if (forge == FORGE_INDEFINITE) {
		derb_raw(out, "\x30\x80", 2);
		derb_raw(out, in.p + 4, in.len - 4);
		derb_raw(out, "\0\0", 2);
	} else {
		derb_raw(out, head, 5);
		derb_raw(out, in.p + 4, in.len - 4);
	}
	derb_free(&in);
}

void cms_make(const struct cms_spec *spec, struct derb *out)
{
	enum vkx_hash_alg alg = spec->hash ? spec->hash : VKX_HASH_SHA256;
	struct cert_spec leaf = cert_leaf(spec->key);

	memset(out, 0, sizeof(*out));
	derb_open(out, 0x30);
	OID(out, PKCS7 "\x02");
	derb_open(out, 0xa0);
	put_signed_data(out, spec, spec->signer ? spec->signer : &leaf, alg);
	derb_close(out);
	derb_close(out);
	if (spec->forge == FORGE_TRAILING)
		derb_raw(out, "\x05\x00", 2);
	if (spec->forge == FORGE_INDEFINITE || spec->forge == FORGE_LONG_LENGTH)
		mangle_outside(out, spec->forge);
}

/* --- files ------------------------------------------------------------------ */

void file_digest(const uint8_t *file, size_t len, enum vkx_hash_alg alg,
		 uint8_t digest_ret[64])
{
	struct vkx_scan_params params = { .hashes = 1u << alg };
	struct vkx_scan *scan = malloc(sizeof(*scan));
	struct vkx_infile in;

	assert_non_null(scan);
	vkx_infile_memory(&in, file, len);
	assert_int_equal(vkx_scan_open(scan, &in, VKX_PE_ANY, NULL), 0);
	assert_int_equal(vkx_scan_hash(scan, &params, NULL), 0);
	memcpy(digest_ret, scan->digest[alg], vkx_hash_size(alg));
	vkx_scan_close(scan);
	free(scan);
}

uint8_t *file_sign(uint8_t *file, size_t *len, struct cms_spec *spec)
{
	enum vkx_hash_alg alg = spec->hash ? spec->hash : VKX_HASH_SHA256;
	uint8_t digest[64];
	struct derb cms;

	file_digest(file, *len, alg, digest);
	spec->file_digest = digest;
	cms_make(spec, &cms);
	file = uki_fixture_sign(file, len, cms.p, cms.len);
	spec->file_digest = NULL;
	derb_free(&cms);
	return file;
}
