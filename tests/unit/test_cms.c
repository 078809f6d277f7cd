/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The strict reader of signatures and certificates (V19, V35, V36, V38, V39,
 * V41, V44, V45): every forgery by its rule, every truncation, every bit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/sig_fixture.h"
#include "tests/unit/uki_fixture.h"

static uint8_t digest[64] = "an Authenticode digest of any value";

struct made {
	struct cert_spec spec;
	struct derb cert, cms;
};

static void make(struct made *m, enum fixture_key key, enum vkx_hash_alg hash,
		 enum forgery forge)
{
	struct cms_spec cms = {
		.certs = { &m->cert },
		.nr_certs = 1,
		.signer = &m->spec,
		.key = key,
		.hash = hash,
		.file_digest = digest,
		.signing_time = "261122123947Z",
		.extra_attr = true,
		.forge = forge,
	};

	m->spec = cert_leaf(key);
	cert_make(&m->spec, &m->cert);
	cms_make(&cms, &m->cms);
}

static void unmake(struct made *m)
{
	derb_free(&m->cert);
	derb_free(&m->cms);
}

/* From the end of a page, so that a read too far is a crash. */
static int parse(const uint8_t *p, size_t len, struct vkx_cms *cms,
		 struct vkx_fault *fault)
{
	uint8_t *copy = guard_copy(p, len);
	int err;

	*fault = (struct vkx_fault){ 0 };
	err = vkx_cms_parse(copy, len, cms, fault);
	guard_free(copy, len);
	return err;
}

/* An RSA algorithm that names the hash again is one Linux does not know. */
static void rsa_named_with_its_hash(void **state)
{
	struct cert_spec leaf = cert_leaf(KEY_RSA);
	struct derb cert, der;
	struct cms_spec spec = { .certs = { &cert },
				 .nr_certs = 1,
				 .signer = &leaf,
				 .key = KEY_RSA,
				 .file_digest = digest };
	struct vkx_fault fault;
	struct vkx_cms cms;

	(void)state;
	cert_make(&leaf, &cert);
	cms_make(&spec, &der);
	assert_int_equal(parse(der.p, der.len, &cms, &fault), 0);
	derb_free(&der);
	spec.rsa_with_hash = true;
	cms_make(&spec, &der);
	assert_int_equal(parse(der.p, der.len, &cms, &fault), -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SIG_ALGORITHM);
	derb_free(&der);
	derb_free(&cert);
}

static void good_signatures(void **state)
{
	static const enum fixture_key key_list[] = { KEY_RSA, KEY_P256,
						     KEY_P384 };
	struct vkx_fault fault;
	struct vkx_cms cms;
	struct made m;
	size_t k, alg;

	(void)state;
	for (k = 0; k < 3; k++)
		for (alg = VKX_HASH_SHA256; alg <= VKX_HASH_SHA512; alg++) {
			make(&m, key_list[k], alg, FORGE_NOTHING);
			assert_int_equal(
				parse(m.cms.p, m.cms.len, &cms, &fault), 0);
			assert_int_equal(cms.digest_alg, alg);
			assert_int_equal(cms.file_hash, alg);
			assert_int_equal(cms.file_digest.size,
					 vkx_hash_size(alg));
			assert_memory_equal(m.cms.p + cms.file_digest.offset,
					    digest, vkx_hash_size(alg));
			assert_int_equal(cms.nr_certs, 1);
			assert_int_equal(cms.certs[0].whole.size, m.cert.len);
			assert_memory_equal(m.cms.p + cms.certs[0].whole.offset,
					    m.cert.p, m.cert.len);
			assert_true(cms.has_signing_time);
			assert_true(cms.signing_time == 20261122123947);
			assert_int_equal(m.cms.p[cms.signed_attrs.offset],
					 0xa0);
			assert_int_equal(
				vkx_x509_check_signer(&cms.certs[0], &fault),
				0);
			unmake(&m);
		}
}

static void the_parts_of_a_certificate(void **state)
{
	struct cert_spec spec = cert_ca(KEY_P256);
	struct vkx_x509 cert;
	struct derb der;

	(void)state;
	spec.pathlen = 2;
	spec.serial = 0x1234;
	spec.key_id = "me";
	spec.issuer_key_id = "you";
	cert_make(&spec, &der);
	assert_int_equal(vkx_x509_parse(der.p, der.len, 0, &cert, NULL), 0);
	assert_true(cert.ca && cert.has_key_usage && cert.ku_cert_sign);
	assert_false(cert.ku_digital_signature || cert.has_eku);
	assert_int_equal(cert.pathlen, 2);
	assert_int_equal(cert.serial.size, 2);
	assert_memory_equal(der.p + cert.serial.offset, "\x12\x34", 2);
	assert_memory_equal(der.p + cert.skid.offset, "me", 2);
	assert_memory_equal(der.p + cert.akid.offset, "you", 3);
	assert_int_equal(cert.key, VKX_KEY_P256);
	assert_int_equal(cert.key_bits, 256);
	assert_int_equal(cert.sig_hash, VKX_HASH_SHA256);
	assert_true(cert.not_before == 20200101000000);
	assert_true(cert.not_after == 20491231235959);
	assert_int_equal(vkx_x509_check_ca(&cert, NULL), 0);
	assert_int_equal(vkx_x509_check_signer(&cert, NULL), -VKX_ERR_FORMAT);
	/* Offsets count from where the caller says. */
	assert_int_equal(vkx_x509_parse(der.p, der.len, 1000, &cert, NULL), 0);
	assert_int_equal(cert.whole.offset, 1000);
	derb_free(&der);
}

/* What the reader alone can see; NONE: only verification can. */
static const enum vkx_rule seen[FORGE_NR] = {
	[FORGE_NO_SIGNER] = VKX_RULE_SIG_SIGNERS,
	[FORGE_TWO_SIGNERS] = VKX_RULE_SIG_SIGNERS,
	[FORGE_NO_ATTRS] = VKX_RULE_SIG_ATTRIBUTES,
	[FORGE_NO_CONTENT_TYPE] = VKX_RULE_SIG_ATTRIBUTES,
	[FORGE_NO_MESSAGE_DIGEST] = VKX_RULE_SIG_ATTRIBUTES,
	[FORGE_CONTENT_TYPE_TWICE] = VKX_RULE_SIG_ATTRIBUTES,
	[FORGE_CONTENT_TYPE_DATA] = VKX_RULE_SIG_ATTRIBUTES,
	[FORGE_MESSAGE_DIGEST_TWO_VALUES] = VKX_RULE_SIG_ATTRIBUTES,
	[FORGE_MESSAGE_DIGEST_SHORT] = VKX_RULE_SIG_ATTRIBUTES,
	[FORGE_ATTRS_UNSORTED] = VKX_RULE_SIG_ATTRIBUTES,
	[FORGE_ATTRS_STRIPPED_TO_CONTENT] = VKX_RULE_SIG_DER,
	[FORGE_UNSIGNED_ATTRS] = VKX_RULE_SIG_UNSIGNED_ATTRIBUTES,
	[FORGE_CRL] = VKX_RULE_SIG_CERTIFICATES,
	[FORGE_NO_CERTS] = VKX_RULE_SIG_CERTIFICATES,
	[FORGE_CONTENT_DATA] = VKX_RULE_SIG_CONTENT,
	[FORGE_OTHER_KIND] = VKX_RULE_SIG_CONTENT,
	[FORGE_DIGEST_SHORT] = VKX_RULE_SIG_CONTENT,
	[FORGE_DIGEST_LONG] = VKX_RULE_SIG_CONTENT,
	[FORGE_DIGEST_EMPTY] = VKX_RULE_SIG_CONTENT,
	[FORGE_DIGEST_ALG_SHA1] = VKX_RULE_SIG_ALGORITHM,
	[FORGE_DIGEST_ALG_MD5] = VKX_RULE_SIG_ALGORITHM,
	[FORGE_DIGEST_ALG_OTHER] = VKX_RULE_SIG_CONTENT,
	[FORGE_SIGNER_ALG_OTHER] = VKX_RULE_SIG_ALGORITHM,
	[FORGE_SET_ALG_OTHER] = VKX_RULE_SIG_ALGORITHM,
	[FORGE_TWO_SET_ALGS] = VKX_RULE_SIG_ALGORITHM,
	[FORGE_SIG_ALG_HASH_OTHER] = VKX_RULE_SIG_ALGORITHM,
	[FORGE_SIG_ALG_FAMILY] = VKX_RULE_SIG_ALGORITHM,
	[FORGE_SIG_ALG_PSS] = VKX_RULE_SIG_ALGORITHM,
	[FORGE_VERSION] = VKX_RULE_SIG_CONTENT,
	[FORGE_SIGNER_VERSION] = VKX_RULE_SIG_SIGNERS,
	[FORGE_TRAILING] = VKX_RULE_SIG_DER,
	[FORGE_INDEFINITE] = VKX_RULE_SIG_DER,
	[FORGE_LONG_LENGTH] = VKX_RULE_SIG_DER,
};

/* V19 V36 V38 V39 V41 V45 */
static void forgeries(void **state)
{
	struct vkx_fault fault;
	struct vkx_cms cms;
	unsigned int f, ec;
	enum vkx_rule want;
	struct made m;
	int err;

	(void)state;
	for (ec = 0; ec < 2; ec++)
		for (f = 0; f < FORGE_NR; f++) {
			make(&m, ec ? KEY_P256 : KEY_RSA, VKX_HASH_SHA256, f);
			err = parse(m.cms.p, m.cms.len, &cms, &fault);
			assert_int_equal(err != 0, fault.rule != VKX_RULE_NONE);
			want = seen[f];
			/* V42: an ECDSA value has a form of its own. */
			if (ec &&
			    (f == FORGE_SIG_TRAILING || f == FORGE_SIG_EMPTY))
				want = VKX_RULE_SIG_DER;
			if (fault.rule != want)
				fail_msg("forgery %u: %s, not %s", f,
					 vkx_rule_id(fault.rule),
					 vkx_rule_id(want));
			unmake(&m);
		}
}

static void certificates_by_rule(void **state)
{
	static const struct {
		struct cert_spec spec;
		enum vkx_rule parse, signer, ca;
	} rows[] = {
		/* A code signer, a CA, and what is neither. */
		{ { .subject = "a" }, 0, 0, VKX_RULE_SIG_CHAIN },
		{ { .subject = "a", .ca = true },
		  0,
		  VKX_RULE_SIG_USAGE, /* V40: a CA signs no code */
		  0 },
		{ { .subject = "a", .no_eku = true },
		  0,
		  VKX_RULE_SIG_USAGE,
		  VKX_RULE_SIG_CHAIN },
		{ { .subject = "a", .eku_server = true }, /* V40 */
		  0,
		  VKX_RULE_SIG_USAGE,
		  VKX_RULE_SIG_CHAIN },
		{ { .subject = "a", .ca = true, .eku_server = true },
		  0,
		  VKX_RULE_SIG_USAGE,
		  VKX_RULE_SIG_CHAIN },
		{ { .subject = "a", .key_usage = 0x20 }, /* keyEncipherment */
		  0,
		  VKX_RULE_SIG_USAGE,
		  VKX_RULE_SIG_CHAIN },
		{ { .subject = "a", .ca = true, .key_usage = 0x80 },
		  0,
		  VKX_RULE_SIG_USAGE,
		  VKX_RULE_SIG_CHAIN },
		{ { .subject = "a", .no_key_usage = true },
		  0,
		  0,
		  VKX_RULE_SIG_CHAIN },
		{ { .subject = "a", .ca = true, .no_key_usage = true },
		  0,
		  VKX_RULE_SIG_USAGE,
		  VKX_RULE_SIG_CHAIN },
		/* V46: what we do not evaluate is not skipped. */
		{ { .subject = "a", .critical_unknown = true },
		  0,
		  VKX_RULE_SIG_USAGE,
		  VKX_RULE_SIG_CHAIN },
		{ { .subject = "a", .ca = true, .name_constraints = true },
		  0,
		  VKX_RULE_SIG_USAGE,
		  VKX_RULE_SIG_CHAIN },
		/* V45: keys. */
		{ { .subject = "a", .key = KEY_RSA_SMALL },
		  0,
		  VKX_RULE_SIG_ALGORITHM,
		  VKX_RULE_SIG_ALGORITHM },
		{ { .subject = "a", .key = KEY_RSA_E3 },
		  0,
		  VKX_RULE_SIG_ALGORITHM,
		  VKX_RULE_SIG_ALGORITHM },
		{ { .subject = "a", .key = KEY_P521 },
		  0,
		  VKX_RULE_SIG_ALGORITHM,
		  VKX_RULE_SIG_ALGORITHM },
		{ { .subject = "a", .key = KEY_P384 },
		  0,
		  0,
		  VKX_RULE_SIG_CHAIN },
		/* V44: curve parameters of the sender's choice. */
		{ { .subject = "a", .key = KEY_P256, .explicit_curve = true },
		  VKX_RULE_SIG_ALGORITHM,
		  0,
		  0 },
		{ { .subject = "a", .ext_twice = true },
		  VKX_RULE_SIG_CERTIFICATES,
		  0,
		  0 },
		{ { .subject = "a", .v1 = true }, VKX_RULE_SIG_DER, 0, 0 },
		{ { .subject = "" }, 0, 0, VKX_RULE_SIG_CHAIN },
	};
	struct cert_spec spec;
	struct vkx_fault fault;
	struct vkx_x509 cert;
	struct derb der;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		spec = rows[i].spec;
		spec.issuer_key = KEY_P256_OTHER;
		spec.pathlen = -1;
		cert_make(&spec, &der);
		fault.rule = VKX_RULE_NONE;
		(void)!vkx_x509_parse(der.p, der.len, 0, &cert, &fault);
		if (fault.rule != rows[i].parse)
			fail_msg("row %zu: %s", i, vkx_rule_id(fault.rule));
		if (fault.rule == VKX_RULE_NONE) {
			(void)!vkx_x509_check_signer(&cert, &fault);
			if (fault.rule != rows[i].signer)
				fail_msg("row %zu as signer: %s", i,
					 vkx_rule_id(fault.rule));
			fault.rule = VKX_RULE_NONE;
			(void)!vkx_x509_check_ca(&cert, &fault);
			if (fault.rule != rows[i].ca)
				fail_msg("row %zu as CA: %s", i,
					 vkx_rule_id(fault.rule));
		}
		derb_free(&der);
	}
}

/* V35: the signer's certificate must be there, and be one only. */
static void signer_must_be_found(void **state)
{
	struct cert_spec a = cert_leaf(KEY_P256), b = cert_leaf(KEY_P256_OTHER);
	struct cms_spec spec = { .key = KEY_P256,
				 .file_digest = digest,
				 .signer = &a };
	struct derb cert_a, cert_b, cms;
	struct vkx_fault fault;
	struct vkx_cms parsed;

	(void)state;
	b.serial = 2;
	cert_make(&a, &cert_a);
	cert_make(&b, &cert_b);
	spec.certs[0] = &cert_b;
	spec.nr_certs = 1;
	cms_make(&spec, &cms);
	assert_int_not_equal(parse(cms.p, cms.len, &parsed, &fault), 0);
	assert_int_equal(fault.rule, VKX_RULE_SIG_CERTIFICATES);
	derb_free(&cms);

	spec.certs[1] = &cert_a;
	spec.nr_certs = 2;
	cms_make(&spec, &cms);
	assert_int_equal(parse(cms.p, cms.len, &parsed, &fault), 0);
	assert_int_equal(parsed.signer, 1);
	derb_free(&cms);

	/* A second one with the same issuer and serial number. */
	derb_free(&cert_b);
	b.serial = 1;
	cert_make(&b, &cert_b);
	cms_make(&spec, &cms);
	assert_int_not_equal(parse(cms.p, cms.len, &parsed, &fault), 0);
	assert_int_equal(fault.rule, VKX_RULE_SIG_CERTIFICATES);
	derb_free(&cms);
	derb_free(&cert_a);
	derb_free(&cert_b);
}

/* V49: a bush of certificates ends at the limit. */
static void too_many_certificates(void **state)
{
	struct cert_spec a = cert_leaf(KEY_P256), ca = cert_ca(KEY_P256_OTHER);
	struct cms_spec spec = { .key = KEY_P256,
				 .file_digest = digest,
				 .signer = &a };
	struct derb leaf, other, cms;
	struct vkx_fault fault;
	struct vkx_cms parsed;
	size_t n;

	(void)state;
	cert_make(&a, &leaf);
	cert_make(&ca, &other);
	for (n = 1; n <= 12; n++) {
		spec.certs[n - 1] = n == 1 ? &leaf : &other;
		spec.nr_certs = n;
		cms_make(&spec, &cms);
		if (parse(cms.p, cms.len, &parsed, &fault))
			assert_int_equal(fault.rule, VKX_RULE_SIG_CERTIFICATES);
		assert_int_equal(fault.rule == VKX_RULE_NONE,
				 n <= VKX_MAX_CERTS);
		derb_free(&cms);
	}
	derb_free(&leaf);
	derb_free(&other);
}

/* One that is malformed spoils the whole, wherever it stands. */
static void a_bad_certificate_beside(void **state)
{
	struct cert_spec a = cert_leaf(KEY_P256), bad = cert_ca(KEY_P256_OTHER);
	struct cms_spec spec = { .key = KEY_P256,
				 .file_digest = digest,
				 .signer = &a,
				 .nr_certs = 2 };
	struct derb leaf, other, cms;
	struct vkx_fault fault;
	struct vkx_cms parsed;
	size_t i;

	(void)state;
	bad.ext_twice = true;
	bad.no_eku = false;
	cert_make(&a, &leaf);
	cert_make(&bad, &other);
	for (i = 0; i < 2; i++) {
		spec.certs[i] = &other;
		spec.certs[1 - i] = &leaf;
		cms_make(&spec, &cms);
		assert_int_equal(parse(cms.p, cms.len, &parsed, &fault),
				 -VKX_ERR_FORMAT);
		assert_int_equal(fault.rule, VKX_RULE_SIG_CERTIFICATES);
		derb_free(&cms);
	}
	derb_free(&leaf);
	derb_free(&other);
}

static void too_many_attributes(void **state)
{
	struct cert_spec a = cert_leaf(KEY_P256);
	struct cms_spec spec = { .key = KEY_P256,
				 .file_digest = digest,
				 .signer = &a,
				 .nr_certs = 1 };
	struct vkx_fault fault;
	struct vkx_cms parsed;
	struct derb leaf, cms;
	unsigned int n;

	(void)state;
	cert_make(&a, &leaf);
	spec.certs[0] = &leaf;
	for (n = 13; n < 17; n++) { /* beside the two that must be there */
		spec.extra_attr = n;
		cms_make(&spec, &cms);
		assert_int_equal(parse(cms.p, cms.len, &parsed, &fault) == 0,
				 n + 2 <= 16);
		assert_int_equal(fault.rule, n + 2 <= 16 ?
						     VKX_RULE_NONE :
						     VKX_RULE_SIG_ATTRIBUTES);
		derb_free(&cms);
	}
	derb_free(&leaf);
}

static void every_truncation(void **state)
{
	struct vkx_fault fault;
	struct vkx_cms cms;
	struct made m;
	size_t len;

	(void)state;
	make(&m, KEY_P256, VKX_HASH_SHA256, FORGE_NOTHING);
	for (len = 0; len < m.cms.len; len++) {
		assert_int_equal(parse(m.cms.p, len, &cms, &fault),
				 -VKX_ERR_FORMAT);
		assert_int_equal(fault.rule, VKX_RULE_SIG_DER);
		/* Nothing of a refused signature is left behind. */
		assert_int_equal(cms.nr_certs, 0);
		assert_int_equal(cms.signature.size, 0);
	}
	unmake(&m);
}

/*
 * No flip of a bit that changes structure passes: what does parse has the
 * same pieces in the same places.
 */
static void every_bit(void **state)
{
	struct vkx_cms cms, good;
	struct vkx_fault fault;
	size_t i, passed = 0;
	struct made m;

	(void)state;
	make(&m, KEY_P256, VKX_HASH_SHA256, FORGE_NOTHING);
	assert_int_equal(vkx_cms_parse(m.cms.p, m.cms.len, &good, NULL), 0);
	for (i = 0; i < 8 * m.cms.len; i++) {
		m.cms.p[i / 8] ^= (uint8_t)(1 << i % 8);
		fault.rule = VKX_RULE_NONE;
		if (!vkx_cms_parse(m.cms.p, m.cms.len, &cms, &fault)) {
			passed++;
			assert_int_equal(cms.file_digest.offset,
					 good.file_digest.offset);
			assert_int_equal(cms.signed_attrs.offset,
					 good.signed_attrs.offset);
			assert_int_equal(cms.signed_attrs.size,
					 good.signed_attrs.size);
			assert_int_equal(cms.signature.size,
					 good.signature.size);
		} else {
			assert_int_not_equal(fault.rule, VKX_RULE_NONE);
		}
		m.cms.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	print_message("%zu of %zu flips keep the form (values, names, keys)\n",
		      passed, 8 * m.cms.len);
	unmake(&m);
}

/* --- one field at a time ----------------------------------------------------- */

struct patch {
	const char *from, *to; /* of the same length */
	size_t len;
	unsigned int skip; /* occurrences to leave alone */
	enum vkx_rule want;
};

#define PATCH(from, to, skip, want)                               \
	{                                                         \
		from, to, sizeof(from) - 1, skip, VKX_RULE_##want \
	}

/* The place of the occurrence in der, which the test made and knows. */
static uint8_t *find(const struct derb *der, const struct patch *p)
{
	unsigned int skip = p->skip;
	size_t i;

	for (i = 0; i + p->len <= der->len; i++)
		if (!memcmp(der->p + i, p->from, p->len) && !skip--)
			return der->p + i;
	fail_msg("the bytes to patch are not there");
	return NULL;
}

static void try_patches(const struct derb *der, const struct patch *patches,
			size_t count, bool is_cms)
{
	struct vkx_fault fault;
	struct vkx_x509 cert;
	struct vkx_cms cms;
	uint8_t *at;
	size_t i;
	int err;

	for (i = 0; i < count; i++) {
		at = find(der, &patches[i]);
		memcpy(at, patches[i].to, patches[i].len);
		fault.rule = VKX_RULE_NONE;
		if (is_cms)
			err = vkx_cms_parse(der->p, der->len, &cms, &fault);
		else
			err = vkx_x509_parse(der->p, der->len, 0, &cert,
					     &fault);
		assert_int_equal(err != 0, fault.rule != VKX_RULE_NONE);
		memcpy(at, patches[i].from, patches[i].len);
		if (fault.rule != patches[i].want)
			fail_msg("patch %zu: %s, not %s", i,
				 vkx_rule_id(fault.rule),
				 vkx_rule_id(patches[i].want));
	}
}

#define CN "\x06\x03\x55\x04\x03"

static void fields_of_an_ec_certificate(void **state)
{
	static const struct patch patches[] = {
		PATCH("\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x01", 0,
		      SIG_CERTIFICATES), /* version 2 */
		PATCH("\xa0\x03\x02\x01\x02", "\xa0\x03\x04\x01\x02", 0,
		      SIG_DER),
		PATCH("\x02\x01\x01\x30", "\x02\x01\x00\x30", 0,
		      SIG_CERTIFICATES), /* serial number 0 */
		PATCH("\x02\x01\x01\x30", "\x02\x01\x81\x30", 0,
		      SIG_CERTIFICATES), /* and -127 */
		PATCH("\x04\x03\x02", "\x04\x03\x03", 0,
		      SIG_CERTIFICATES), /* other algorithm inside */
		PATCH("\x04\x03\x02", "\x04\x03\x03", 1,
		      SIG_CERTIFICATES), /* and outside */
		PATCH(CN "\x0c", CN "\x04", 0, SIG_CERTIFICATES),
		PATCH(CN "\x0c", CN "\x04", 1, SIG_CERTIFICATES),
		PATCH(CN "\x0c", CN "\x13", 1, NONE),
		PATCH(CN, "\x04\x03\x55\x04\x03", 0, SIG_DER),
		PATCH("\x31\x0f\x30\x0d" CN, "\x31\x0f\x31\x0d" CN, 0, SIG_DER),
		PATCH("\x31\x0f\x30\x0d" CN, "\x30\x0f\x30\x0d" CN, 1, SIG_DER),
		PATCH("200101000000Z", "201301000000Z", 0, SIG_CERTIFICATES),
		PATCH("491231235959Z", "491232235959Z", 0, SIG_CERTIFICATES),
		PATCH("491231235959Z", "691231235959Z", 0, SIG_CERTIFICATES),
		PATCH("200101000000Z", "691231235959Z", 0, SIG_CERTIFICATES),
		PATCH("200101000000Z", "700101000000Z", 0, NONE),
		PATCH("\x17\x0d\x34\x39", "\x18\x0d\x34\x39", 0,
		      SIG_CERTIFICATES),
		PATCH("\x03\x42\x00\x04", "\x03\x42\x00\x02", 0,
		      SIG_CERTIFICATES), /* compressed point */
		PATCH("\x01\x01\xff\x04", "\x01\x01\x00\x04", 0,
		      SIG_CERTIFICATES), /* FALSE encoded */
		PATCH("\x03\x02\x07\x80", "\x03\x02\x06\x80", 0,
		      SIG_CERTIFICATES), /* trailing zero bit */
		PATCH("\x03\x02\x07\x80", "\x04\x02\x07\x80", 0,
		      SIG_CERTIFICATES),
		PATCH("\x04\x02\x30\x00", "\x04\x02\x05\x00", 0,
		      SIG_CERTIFICATES), /* basicConstraints */
		PATCH("\x30\x0a\x06\x08\x2b", "\x30\x0a\x04\x08\x2b", 0,
		      SIG_CERTIFICATES), /* EKU is a list of OIDs */
		PATCH("\x30\x0a\x06\x08\x2b", "\x31\x0a\x06\x08\x2b", 0,
		      SIG_CERTIFICATES),
		PATCH("\x04\x04\x04\x02me", "\x04\x04\x0c\x02me", 0,
		      SIG_CERTIFICATES), /* subjectKeyIdentifier */
		PATCH("\x30\x05\x80\x03you", "\x30\x05\x83\x03you", 0,
		      SIG_CERTIFICATES), /* authorityKeyIdentifier */
		PATCH("\x55\x1d\x25", "\x55\x1d\x0f", 0,
		      SIG_CERTIFICATES), /* keyUsage twice */
	};
	struct cert_spec spec = cert_leaf(KEY_P256);
	struct vkx_x509 cert;
	struct derb der;
	uint8_t *sig;

	(void)state;
	spec.key_id = "me";
	spec.issuer_key_id = "you";
	cert_make(&spec, &der);
	try_patches(&der, patches, sizeof(patches) / sizeof(patches[0]), false);
	/* V42: in a certificate's signature too. */
	assert_int_equal(vkx_x509_parse(der.p, der.len, 0, &cert, NULL), 0);
	sig = der.p + cert.sig.offset;
	sig[0] = 0x31;
	assert_int_equal(vkx_x509_parse(der.p, der.len, 0, &cert, NULL),
			 -VKX_ERR_FORMAT);
	sig[0] = 0x30;
	sig[-1] = 1;
	assert_int_equal(vkx_x509_parse(der.p, der.len, 0, &cert, NULL),
			 -VKX_ERR_FORMAT);
	derb_free(&der);
}

#define RSA_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x01"

static void fields_of_an_rsa_certificate(void **state)
{
	static const struct patch patches[] = {
		PATCH(RSA_OID "\x01\x05", RSA_OID "\x01\x04", 0,
		      SIG_CERTIFICATES), /* key's parameters are NULL */
		PATCH(RSA_OID "\x0b\x05", RSA_OID "\x0b\x04", 1,
		      SIG_CERTIFICATES), /* the algorithm outside differs */
		PATCH("\x02\x03\x01\x00\x01", "\x02\x03\x81\x00\x01", 0,
		      SIG_CERTIFICATES), /* negative exponent */
		PATCH("\x02\x03\x01\x00\x01", "\x04\x03\x01\x00\x01", 0,
		      SIG_DER),
		PATCH("\x30\x82\x01\x0a\x02", "\x30\x82\x01\x0a\x04", 0,
		      SIG_DER),
		PATCH("\x30\x82\x01\x0a\x02", "\x31\x82\x01\x0a\x02", 0,
		      SIG_DER),
		PATCH("\x02\x03\x01\x00\x01", "\x02\x01\x01\x00\x01", 0,
		      SIG_DER), /* something behind the exponent */
		PATCH("\x30\x03\x01\x01\xff", "\x30\x03\x02\x01\xff", 0,
		      SIG_CERTIFICATES), /* a path length without CA */
		PATCH("\x30\x03\x01\x01\xff", "\x30\x03\x01\x01\x00", 0,
		      SIG_CERTIFICATES),
	};
	struct cert_spec spec = cert_ca(KEY_RSA);
	struct derb der;

	(void)state;
	cert_make(&spec, &der);
	try_patches(&der, patches, sizeof(patches) / sizeof(patches[0]), false);
	derb_free(&der);
}

/* Both AlgorithmIdentifiers of a certificate with these parameters. */
static void algorithm_parameters(void **state)
{
	struct cert_spec spec = cert_leaf(KEY_RSA);
	struct vkx_fault fault = { 0 };
	struct vkx_x509 cert;
	struct patch first = PATCH(RSA_OID "\x0b\x05", "", 0, NONE);
	struct patch second = PATCH(RSA_OID "\x0b\x05", "", 1, NONE);
	uint8_t *one, *two;
	struct derb der;

	(void)state;
	cert_make(&spec, &der);
	one = find(&der, &first) + 9;
	two = find(&der, &second) + 9;
	/* RSA's are NULL and nothing else. */
	*one = *two = 0x04;
	(void)!vkx_x509_parse(der.p, der.len, 0, &cert, &fault);
	assert_int_equal(fault.rule, VKX_RULE_SIG_ALGORITHM);
	/* An unknown algorithm may have any that are DER. */
	one[-1] = two[-1] = 0x7f;
	assert_int_equal(vkx_x509_parse(der.p, der.len, 0, &cert, NULL), 0);
	assert_int_equal(cert.sig_key, VKX_KEY_NONE);
	assert_int_equal(cert.sig_hash, VKX_HASH_NONE);
	derb_free(&der);
}

static void fields_of_a_signature(void **state)
{
	static const struct patch patches[] = {
		PATCH("\x0d\x01\x07\x02", "\x0d\x01\x07\x01", 0,
		      SIG_CONTENT), /* signedData */
		PATCH("\x82\x37\x02\x01\x04\xa0", "\x82\x37\x02\x01\x05\xa0", 0,
		      SIG_CONTENT),
		PATCH("\x02\x01\x0f\x30", "\x02\x01\x0e\x30", 0, SIG_CONTENT),
		PATCH("\x02\x01\x0f\x30", "\x02\x01\x15\x30", 0,
		      NONE), /* as pesign writes it */
		PATCH("\x03\x01\x00\xa0", "\x03\x01\x01\xa0", 0, SIG_DER),
		PATCH("\x04\x20"
		      "an Auth",
		      "\x0c\x20"
		      "an Auth",
		      0, SIG_DER),
		PATCH("\x01\x09\x03\x31", "\x01\x09\x03\x30", 0, SIG_DER),
		PATCH("261122123947Z", "261122123967Z", 0, SIG_ATTRIBUTES),
		PATCH("\x31\x22\x04\x20", "\x31\x22\x0c\x20", 0,
		      SIG_ATTRIBUTES),
		PATCH("\x31\x03\x0c\x01x", "\x31\x03\x0c\x02x", 0,
		      SIG_ATTRIBUTES), /* an unknown attribute, cut */
	};
	struct made m;

	(void)state;
	make(&m, KEY_P256, VKX_HASH_SHA256, FORGE_NOTHING);
	try_patches(&m.cms, patches, sizeof(patches) / sizeof(patches[0]),
		    true);
	unmake(&m);
}

/* What the kernel's PKCS#7 code hands to a callback: contents octets alone. */
static void content_alone(void **state)
{
	struct vkx_slice digest_at;
	struct vkx_fault fault;
	enum vkx_hash_alg hash;
	struct vkx_cms cms;
	struct made m;
	uint32_t cut;

	(void)state;
	make(&m, KEY_P256, VKX_HASH_SHA384, FORGE_NOTHING);
	assert_int_equal(vkx_cms_parse(m.cms.p, m.cms.len, &cms, NULL), 0);
	assert_int_equal(vkx_cms_content_parse(m.cms.p + cms.content.offset,
					       cms.content.size, &hash,
					       &digest_at, &fault),
			 0);
	assert_int_equal(hash, VKX_HASH_SHA384);
	assert_int_equal(digest_at.size, 48);
	assert_int_equal(digest_at.offset + cms.content.offset,
			 cms.file_digest.offset);
	for (cut = 0; cut < cms.content.size; cut++)
		assert_int_equal(
			vkx_cms_content_parse(m.cms.p + cms.content.offset, cut,
					      &hash, &digest_at, &fault),
			-VKX_ERR_FORMAT);
	unmake(&m);
}

static int free_keys(void **state)
{
	(void)state;
	keys_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_signatures),
		cmocka_unit_test(rsa_named_with_its_hash),
		cmocka_unit_test(the_parts_of_a_certificate),
		cmocka_unit_test(forgeries),
		cmocka_unit_test(certificates_by_rule),
		cmocka_unit_test(signer_must_be_found),
		cmocka_unit_test(too_many_certificates),
		cmocka_unit_test(a_bad_certificate_beside),
		cmocka_unit_test(too_many_attributes),
		cmocka_unit_test(fields_of_an_ec_certificate),
		cmocka_unit_test(fields_of_an_rsa_certificate),
		cmocka_unit_test(algorithm_parameters),
		cmocka_unit_test(fields_of_a_signature),
		cmocka_unit_test(content_alone),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(every_bit),
	};

	return cmocka_run_group_tests(tests, NULL, free_keys);
}
