/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates put together from parts, each part at the edge of what is
 * accepted: the last value that is, and the first that is not (V40, V44-V46).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sig_fixture.h"
#include "tests/unit/uki_fixture.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CE "\x55\x1d"
#define NS_CERT_TYPE "\x60\x86\x48\x01\x86\xf8\x42\x01\x01"
#define RSA_SHA256 \
	"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"
#define CN_A                                                   \
	"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01" \
	"a"

struct bytes {
	const void *p;
	size_t len;
};

#define B(s)                     \
	{                        \
		s, sizeof(s) - 1 \
	}
#define SET_BYTES(field, s) ((field) = (struct bytes)B(s))

/* All zero: a certificate of an RSA key of 2048 bits that signs code. */
struct parts {
	struct bytes serial; /* contents octets */
	struct bytes subject; /* whole Name */
	struct bytes alg; /* whole AlgorithmIdentifier of the signature */
	size_t modulus_bits;
	struct bytes key_behind; /* in the RSAPublicKey, after the exponent */
	struct derb exts; /* Extensions in front of our own */
	bool no_eku;
};

static void put_key(struct derb *b, const struct parts *p)
{
	size_t bits = p->modulus_bits ? p->modulus_bits : 2048;
	size_t len = (bits + 7) / 8 + (bits % 8 == 0);
	uint8_t *n = calloc(1, len);

	memset(n, 0xff, len);
	n[0] = (uint8_t)((1u << bits % 8) - 1);
	derb_open(b, 0x30);
	derb_raw(b,
		 "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00",
		 15);
	derb_open(b, 0x03);
	derb_raw(b, "", 1);
	derb_open(b, 0x30);
	derb_prim(b, 0x02, n, len);
	derb_prim(b, 0x02, "\x01\x00\x01", 3);
	derb_raw(b, p->key_behind.p, p->key_behind.len);
	derb_close(b);
	derb_close(b);
	derb_close(b);
	free(n);
}

static void put_ext(struct derb *b, const char *oid, size_t oid_len,
		    bool critical, const void *value, size_t len)
{
	derb_open(b, 0x30);
	derb_oid(b, oid, oid_len);
	if (critical)
		derb_prim(b, 0x01, "\xff", 1);
	derb_prim(b, 0x04, value, len);
	derb_close(b);
}

#define EXT(b, oid, critical, value) \
	put_ext(b, oid, sizeof(oid) - 1, critical, value, sizeof(value) - 1)

static void put_name(struct derb *b, struct bytes name)
{
	if (name.p)
		derb_raw(b, name.p, name.len);
	else
		derb_raw(b, CN_A, sizeof(CN_A) - 1);
}

static void put_alg(struct derb *b, struct bytes alg)
{
	if (alg.p)
		derb_raw(b, alg.p, alg.len);
	else
		derb_raw(b, RSA_SHA256, 15);
}

static void compose(const struct parts *p, struct derb *out)
{
	derb_open(out, 0x30);
	derb_open(out, 0x30);
	derb_raw(out, "\xa0\x03\x02\x01\x02", 5);
	derb_prim(out, 0x02, p->serial.p ? p->serial.p : "\x01",
		  p->serial.p ? p->serial.len : 1);
	put_alg(out, p->alg);
	put_name(out, (struct bytes){ 0 });
	derb_open(out, 0x30);
	derb_prim(out, 0x17, "200101000000Z", 13);
	derb_prim(out, 0x17, "491231235959Z", 13);
	derb_close(out);
	put_name(out, p->subject);
	put_key(out, p);
	derb_open(out, 0xa3);
	derb_open(out, 0x30);
	derb_raw(out, p->exts.p, p->exts.len);
	if (!p->no_eku)
		EXT(out, CE "\x25", false,
		    "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x03");
	derb_close(out);
	derb_close(out);
	derb_close(out);
	put_alg(out, p->alg);
	derb_prim(out, 0x03, "\0signature", 10);
	derb_close(out);
}

/* Parses and ends the parts; the fault's place, if any, in *offset_ret. */
static enum vkx_rule rule_of(struct parts *p, struct vkx_x509 *cert,
			     size_t *offset_ret)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	struct derb der = { 0 };
	uint8_t *copy;
	int err;

	compose(p, &der);
	copy = guard_copy(der.p, der.len);
	memset(cert, 0xa5, sizeof(*cert));
	err = vkx_x509_parse(copy, der.len, 0, cert, &fault);
	guard_free(copy, der.len);
	assert_int_equal(err,
			 fault.rule == VKX_RULE_NONE ? 0 : -VKX_ERR_FORMAT);
	/* Written on success only. */
	assert_int_equal(((uint8_t *)cert)[sizeof(*cert) - 1] == 0xa5,
			 err != 0);
	if (offset_ret)
		*offset_ret = fault.offset;
	derb_free(&der);
	derb_free(&p->exts);
	memset(p, 0, sizeof(*p));
	return fault.rule;
}

static void the_base_is_good(void **state)
{
	struct parts p = { 0 };
	struct vkx_x509 cert;

	(void)state;
	assert_int_equal(rule_of(&p, &cert, NULL), VKX_RULE_NONE);
	assert_int_equal(vkx_x509_check_signer(&cert, NULL), 0);
	assert_int_equal(cert.key_bits, 2048);
	assert_int_equal(cert.sig.size, 9);
}

static void serial_numbers(void **state)
{
	static const struct {
		struct bytes serial;
		bool good;
	} rows[] = {
		{ B("\177"
		    "abcdefghijklmnopqrs"),
		  true }, /* 20 octets */
		{ B("\177"
		    "abcdefghijklmnopqrst"),
		  false },
		{ B("\0\200"
		    "abcdefghijklmnopqrst"),
		  false },
		{ B("\0\200"
		    "abcdefghijklmnopqrs"),
		  true }, /* 20 and a sign */
		{ B("\0"), false },
		{ B("\x80"), false },
		{ B("\1"), true },
	};
	struct parts p = { 0 };
	struct vkx_x509 cert;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		p.serial = rows[i].serial;
		assert_int_equal(rule_of(&p, &cert, NULL),
				 rows[i].good ? VKX_RULE_NONE :
						VKX_RULE_SIG_CERTIFICATES);
	}
}

#define AVA(tag, n, text) "\x30" n "\x06\x03\x55\x04\x03" tag text

static void names(void **state)
{
	static const struct {
		struct bytes name;
		enum vkx_rule rule;
	} rows[] = {
		{ B("\x30\x00"), VKX_RULE_SIG_CERTIFICATES },
		{ B("\x30\x02\x31\x00"), VKX_RULE_SIG_DER },
		{ B("\x30\x0c\x31\x0a" AVA("\x12", "\x08",
					   "\x01"
					   "1")),
		  0 },
		{ B("\x30\x0c\x31\x0a" AVA("\x13", "\x08",
					   "\x01"
					   "a")),
		  0 },
		{ B("\x30\x0c\x31\x0a" AVA("\x14", "\x08",
					   "\x01"
					   "a")),
		  0 },
		{ B("\x30\x0c\x31\x0a" AVA("\x16", "\x08",
					   "\x01"
					   "a")),
		  0 },
		{ B("\x30\x0c\x31\x0a" AVA("\x04", "\x08",
					   "\x01"
					   "a")),
		  VKX_RULE_SIG_CERTIFICATES },
		{ B("\x30\x0d\x31\x0b" AVA("\x1e", "\x09",
					   "\x02\x00"
					   "a")),
		  VKX_RULE_SIG_CERTIFICATES },
		{ B("\x30\x0f\x31\x0d" AVA("\x1c", "\x0b",
					   "\x04\0\0\0"
					   "a")),
		  VKX_RULE_SIG_CERTIFICATES },
		{ B("\x30\x0c\x31\x0a" AVA("\x0c", "\x08", "\x01\xff")),
		  VKX_RULE_SIG_DER },
		{ B("\x30\x0e\x31\x0c" AVA("\x0c", "\x0a",
					   "\x01"
					   "a\x05\x00")),
		  VKX_RULE_SIG_DER },
		/* Two values in one set, and two sets. */
		{ B("\x30\x16\x31\x14" AVA("\x0c", "\x08",
					   "\x01"
					   "a") AVA("\x0c", "\x08",
						    "\x01"
						    "b")),
		  0 },
		{ B("\x30\x18\x31\x0a" AVA("\x0c", "\x08",
					   "\x01"
					   "a") "\x31\x0a" AVA("\x0c", "\x08",
							       "\x01"
							       "b")),
		  0 },
		{ B("\x30\x0e\x31\x0c" AVA("\x0c", "\x08",
					   "\x01"
					   "a") "\x05\x00"),
		  VKX_RULE_SIG_DER },
	};
	struct parts p = { 0 };
	struct vkx_x509 cert;
	enum vkx_rule got;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		p.subject = rows[i].name;
		got = rule_of(&p, &cert, NULL);
		if (got != rows[i].rule)
			fail_msg("name %zu: %s", i, vkx_rule_id(got));
	}
}

/* Named twice, and the same both times: so the reader alone decides. */
static void signature_algorithms(void **state)
{
	static const struct {
		struct bytes alg;
		enum vkx_rule rule;
	} rows[] = {
		{ B("\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"
		    "\x05\x00\x05\x00"),
		  VKX_RULE_SIG_DER },
		{ B("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),
		  VKX_RULE_SIG_ALGORITHM },
		{ B("\x30\x02\x05\x00"), VKX_RULE_SIG_DER },
		{ B("\x30\x08\x06\x02\x2a\x03\x30\x02\x05\x01"),
		  VKX_RULE_SIG_DER },
		{ B("\x30\x08\x06\x02\x2a\x03\x30\x02\x05\x00"), 0 },
		{ B("\x30\x04\x06\x02\x2a\x03"), 0 },
	};
	struct parts p = { 0 };
	struct vkx_x509 cert;
	enum vkx_rule got;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		p.alg = rows[i].alg;
		got = rule_of(&p, &cert, NULL);
		if (got != rows[i].rule)
			fail_msg("algorithm %zu: %s", i, vkx_rule_id(got));
	}
}

static void sizes_of_keys(void **state)
{
	static const struct {
		size_t bits;
		bool good;
	} rows[] = { { 2047, false }, { 2048, true },  { 3072, true },
		     { 4096, true },  { 4097, false }, { 8192, false } };
	struct vkx_fault fault;
	struct parts p = { 0 };
	struct vkx_x509 cert;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		p.modulus_bits = rows[i].bits;
		assert_int_equal(rule_of(&p, &cert, NULL), VKX_RULE_NONE);
		assert_int_equal(cert.key_bits, rows[i].bits);
		assert_int_equal(vkx_x509_check_signer(&cert, &fault) == 0,
				 rows[i].good);
		assert_true(rows[i].good ||
			    fault.rule == VKX_RULE_SIG_ALGORITHM);
	}
}

/* A fault inside of the key tells where in the certificate it is. */
static void place_of_a_fault_in_a_key(void **state)
{
	struct parts p = { 0 };
	struct vkx_x509 cert;
	size_t spki, at;

	(void)state;
	assert_int_equal(rule_of(&p, &cert, NULL), VKX_RULE_NONE);
	spki = cert.spki.offset;
	SET_BYTES(p.key_behind, "\x05\x00");
	assert_int_equal(rule_of(&p, &cert, &at), VKX_RULE_SIG_DER);
	/* SPKI and BIT STRING heads, algorithm, SEQUENCE, both numbers. */
	assert_int_equal(at, spki + 4 + 15 + 5 + 4 + (4 + 257) + 5);
}

static void path_lengths(void **state)
{
	static const struct {
		struct bytes value; /* BasicConstraints */
		enum vkx_rule rule;
		int pathlen;
	} rows[] = {
		{ B("\x30\x06\x01\x01\xff\x02\x01\x00"), 0, 0 },
		{ B("\x30\x06\x01\x01\xff\x02\x01\x7f"), 0, 127 },
		{ B("\x30\x03\x01\x01\xff"), 0, -1 },
		{ B("\x30\x03\x02\x01\x00"), VKX_RULE_SIG_CERTIFICATES, 0 },
		{ B("\x30\x06\x01\x01\xff\x02\x01\x80"),
		  VKX_RULE_SIG_CERTIFICATES, 0 },
		{ B("\x30\x07\x01\x01\xff\x02\x02\x01\x2c"),
		  VKX_RULE_SIG_CERTIFICATES, 0 },
		{ B("\x30\x07\x01\x01\xff\x02\x02\x00\x80"),
		  VKX_RULE_SIG_CERTIFICATES, 0 },
		{ B("\x30\x08\x01\x01\xff\x02\x01\x00\x05\x00"),
		  VKX_RULE_SIG_CERTIFICATES, 0 },
		{ B("\x30\x00\x05\x00"), VKX_RULE_SIG_CERTIFICATES, 0 },
	};
	struct parts p = { 0 };
	struct vkx_x509 cert;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		put_ext(&p.exts, CE "\x13", 3, true, rows[i].value.p,
			rows[i].value.len);
		assert_int_equal(rule_of(&p, &cert, NULL), rows[i].rule);
		if (!rows[i].rule)
			assert_int_equal(cert.pathlen, rows[i].pathlen);
	}
}

/* Key usage and Netscape's type: one or two octets, no trailing zeros. */
static void named_bits(void **state)
{
	static const struct {
		struct bytes value;
		enum vkx_rule rule;
	} rows[] = {
		{ B("\x03\x02\x04\x90"), 0 },
		{ B("\x03\x03\x07\x90\x80"), 0 },
		{ B("\x03\x01\x00"), VKX_RULE_SIG_CERTIFICATES },
		{ B("\x03\x02\x03\x90"), VKX_RULE_SIG_CERTIFICATES },
		{ B("\x03\x03\x00\x90\x00"), VKX_RULE_SIG_CERTIFICATES },
		{ B("\x03\x04\x07\x90\x80\x80"), VKX_RULE_SIG_CERTIFICATES },
		{ B("\x04\x02\x04\x90"), VKX_RULE_SIG_CERTIFICATES },
	};
	struct parts p = { 0 };
	struct vkx_x509 cert;
	size_t i, ns;

	(void)state;
	for (ns = 0; ns < 2; ns++)
		for (i = 0; i < LEN(rows); i++) {
			put_ext(&p.exts, ns ? NS_CERT_TYPE : CE "\x0f",
				ns ? 9 : 3, false, rows[i].value.p,
				rows[i].value.len);
			assert_int_equal(rule_of(&p, &cert, NULL),
					 rows[i].rule);
			if (rows[i].rule)
				continue;
			assert_int_equal(cert.has_ns_type, ns == 1);
			assert_int_equal(cert.has_key_usage, ns == 0);
			assert_int_equal(vkx_x509_check_signer(&cert, NULL), 0);
		}
}

/* V40: what Netscape's type leaves out is left out. */
static void netscape_types(void **state)
{
	static const struct {
		struct bytes value;
		bool signer, ca;
	} rows[] = {
		{ B("\x03\x02\x04\x10"), true, false },
		{ B("\x03\x02\x00\x01"), false, true },
		{ B("\x03\x02\x06\x40"), false, false }, /* server */
		{ B("\x03\x02\x00\x11"), true, true },
	};
	struct parts p = { 0 };
	struct vkx_x509 cert;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		put_ext(&p.exts, NS_CERT_TYPE, 9, false, rows[i].value.p,
			rows[i].value.len);
		assert_int_equal(rule_of(&p, &cert, NULL), VKX_RULE_NONE);
		assert_int_equal(vkx_x509_check_signer(&cert, NULL) == 0,
				 rows[i].signer);
		put_ext(&p.exts, NS_CERT_TYPE, 9, false, rows[i].value.p,
			rows[i].value.len);
		EXT(&p.exts, CE "\x13", true, "\x30\x03\x01\x01\xff");
		EXT(&p.exts, CE "\x0f", true, "\x03\x02\x01\x06");
		p.no_eku = true;
		assert_int_equal(rule_of(&p, &cert, NULL), VKX_RULE_NONE);
		assert_int_equal(vkx_x509_check_ca(&cert, NULL) == 0,
				 rows[i].ca);
	}
}

/* V46: limits of a chain that are not evaluated are not skipped either. */
static void constraints(void **state)
{
	static const struct {
		struct bytes oid;
		bool critical, unknown;
	} rows[] = {
		{ B(CE "\x1e"), false, true }, /* name constraints */
		{ B(CE "\x24"), false, true }, /* policy constraints */
		{ B(CE "\x36"), false, true }, /* inhibit anyPolicy */
		{ B(CE "\x11"), false, false }, /* alternative name */
		{ B(CE "\x11"), true, true },
		{ B(CE "\x20"), false, false }, /* policies */
		{ B("\x2a\x03"), true, true },
	};
	struct parts p = { 0 };
	struct vkx_fault fault;
	struct vkx_x509 cert;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		put_ext(&p.exts, rows[i].oid.p, rows[i].oid.len,
			rows[i].critical, "\x05\x00", 2);
		assert_int_equal(rule_of(&p, &cert, NULL), VKX_RULE_NONE);
		assert_int_equal(cert.unknown_critical, rows[i].unknown);
		assert_int_equal(vkx_x509_check_signer(&cert, &fault) != 0,
				 rows[i].unknown);
	}
}

static void numbers_of_extensions(void **state)
{
	struct parts p = { 0 };
	struct vkx_x509 cert;
	char oid[] = { 0x2a, 3, 0 };
	size_t n;

	(void)state;
	for (n = 22; n < 26; n++) { /* and the extended key usage */
		for (oid[2] = 0; oid[2] < (char)n; oid[2]++)
			put_ext(&p.exts, oid, 3, false, "\x05\x00", 2);
		assert_int_equal(rule_of(&p, &cert, NULL),
				 n + 1 <= 24 ? VKX_RULE_NONE :
					       VKX_RULE_SIG_CERTIFICATES);
	}
}

/* A certificate, alone and in a signature, as large as anything may be. */
static void the_largest(void **state)
{
	size_t room = VKX_MAX_CERT_TABLE - 100000, i;
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	struct derb der = { 0 }, cms = { 0 };
	struct cert_spec signer = { .subject = "a" };
	struct cms_spec spec = { .certs = { &der },
				 .nr_certs = 1,
				 .signer = &signer,
				 .key = KEY_RSA,
				 .file_digest =
					 (const uint8_t *)"digest of "
							  "32 octets "
							  "in a test.." };
	static struct vkx_cms parsed;
	struct parts p = { 0 };
	struct vkx_x509 cert;
	uint8_t *fill = calloc(1, VKX_MAX_CERT_TABLE);

	(void)state;
	/* Once to see how much is missing, then to fit, then one too many. */
	for (i = 0; i < 3; i++) {
		put_ext(&p.exts, "\x2a\x03", 2, false, fill, room);
		compose(&p, &der);
		derb_free(&p.exts);
		if (i)
			assert_int_equal(der.len, VKX_MAX_CERT_TABLE + i - 1);
		assert_int_equal(
			vkx_x509_parse(der.p, der.len, 0, &cert, &fault) == 0,
			i < 2);
		room += i ? 1 : VKX_MAX_CERT_TABLE - der.len;
		derb_free(&der);
		memset(&der, 0, sizeof(der));
	}
	room = VKX_MAX_CERT_TABLE - 100000;
	for (i = 0; i < 3; i++) {
		put_ext(&p.exts, "\x2a\x03", 2, false, fill, room);
		compose(&p, &der);
		derb_free(&p.exts);
		cms_make(&spec, &cms);
		if (i)
			assert_int_equal(cms.len, VKX_MAX_CERT_TABLE + i - 1);
		assert_int_equal(
			vkx_cms_parse(cms.p, cms.len, &parsed, &fault) == 0,
			i < 2);
		room += i ? 1 : VKX_MAX_CERT_TABLE - cms.len;
		derb_free(&der);
		derb_free(&cms);
		memset(&der, 0, sizeof(der));
	}
	free(fill);
}

/* What the kernel's callback hands over: as much as a table may hold. */
static void the_largest_content(void **state)
{
	uint8_t *zeros = calloc(1, VKX_MAX_CERT_TABLE + 1);
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	struct vkx_slice digest;
	enum vkx_hash_alg hash;

	(void)state;
	assert_int_equal(vkx_cms_content_parse(zeros, VKX_MAX_CERT_TABLE, &hash,
					       &digest, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SIG_DER);
	assert_int_equal(vkx_cms_content_parse(zeros, VKX_MAX_CERT_TABLE + 1,
					       &hash, &digest, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SIG_CONTENT);
	free(zeros);
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
		cmocka_unit_test(the_base_is_good),
		cmocka_unit_test(serial_numbers),
		cmocka_unit_test(names),
		cmocka_unit_test(signature_algorithms),
		cmocka_unit_test(sizes_of_keys),
		cmocka_unit_test(place_of_a_fault_in_a_key),
		cmocka_unit_test(path_lengths),
		cmocka_unit_test(named_bits),
		cmocka_unit_test(netscape_types),
		cmocka_unit_test(constraints),
		cmocka_unit_test(numbers_of_extensions),
		cmocka_unit_test(the_largest),
		cmocka_unit_test(the_largest_content),
	};

	return cmocka_run_group_tests(tests, NULL, free_keys);
}
