/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May this file boot? Attack rows V33 to V52 and V55 on whole files, each with
 * the exact verdict and rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cursor.h"
#include "keys/pem.h"
#include "tests/unit/sig_fixture.h"
#include "tests/unit/uki_fixture.h"
#include "verify/signature.h"
#include "verify/verify.h"

static struct vkx_verified v; /* of the last verification */

static uint8_t *unsigned_file(size_t *len)
{
	static struct uki_fixture fixture;

	uki_fixture_default(&fixture);
	uki_fixture_remove(&fixture, ".dtb");
	return uki_fixture_build(&fixture, len);
}

static enum vkx_rule verify_with(const uint8_t *file, size_t len,
				 const struct vkx_verify_params *params)
{
	struct vkx_infile in;

	vkx_verified_free(&v);
	vkx_infile_memory(&in, file, len);
	assert_int_equal(vkx_verify_file(&in, params, &v), 0);
	/* The verdict follows from the rule, and data from the verdict. */
	if (v.fault.rule == VKX_RULE_NONE) {
		assert_int_equal(v.verdict, VKX_VERDICT_BOOT);
		assert_true(v.signers > 0);
	} else {
		assert_int_equal(v.verdict, vkx_rule_verdict(v.fault.rule));
		assert_int_equal(v.uki.pe.file_size, 0);
		assert_int_equal(vkx_nonzero_at(v.authenticode, 32), 32);
		assert_null(v.part[VKX_PART_CMDLINE].data);
	}
	return v.fault.rule;
}

/* One signature made as spec says over a good file, under one trusted cert. */
static enum vkx_rule verdict_of(struct cms_spec *spec,
				const struct derb *trusted)
{
	struct vkx_trust trust;
	struct vkx_verify_params params = { .trust = &trust };
	enum vkx_rule rule;
	uint8_t *file;
	size_t len;

	vkx_trust_init(&trust);
	if (trusted)
		assert_int_equal(
			vkx_trust_add(&trust, trusted->p, trusted->len, NULL),
			0);
	file = file_sign(unsigned_file(&len), &len, spec);
	rule = verify_with(file, len, &params);
	free(file);
	vkx_trust_free(&trust);
	return rule;
}

#define assert_rule(got, want)                                    \
	do {                                                      \
		enum vkx_rule got_ = (got), want_ = (want);       \
		if (got_ != want_)                                \
			fail_msg("%s, not %s", vkx_rule_id(got_), \
				 vkx_rule_id(want_));             \
	} while (0)

/* --- the good case ------------------------------------------------------------ */

static void pinned_signer(void **state)
{
	static const enum fixture_key key_list[] = { KEY_RSA, KEY_P256,
						     KEY_P384 };
	struct cert_spec leaf;
	struct derb cert;
	size_t k, alg;

	(void)state;
	for (k = 0; k < 3; k++)
		for (alg = VKX_HASH_SHA256; alg <= VKX_HASH_SHA512; alg++) {
			struct cms_spec spec = { .certs = { &cert },
						 .nr_certs = 1,
						 .signer = &leaf,
						 .key = key_list[k],
						 .hash = alg,
						 .signing_time =
							 "261122123947Z" };

			leaf = cert_leaf(key_list[k]);
			cert_make(&leaf, &cert);
			assert_rule(verdict_of(&spec, &cert), VKX_RULE_NONE);
			assert_int_equal(v.signatures[0].hash, alg);
			assert_string_equal(v.signatures[0].subject,
					    "CN=signer");
			assert_string_equal(v.signatures[0].issuer,
					    "CN=signer");
			assert_memory_equal(v.signatures[0].fingerprint,
					    v.signatures[0].anchor, 32);
			assert_int_equal(v.part[VKX_PART_CMDLINE].len, 18);
			derb_free(&cert);
		}
}

/* A flat digest of the components, by another library. */
static void digests_of_components(void **state)
{
	struct cert_spec leaf = cert_leaf(KEY_P256);
	struct derb cert;
	struct cms_spec spec = { .certs = { &cert },
				 .nr_certs = 1,
				 .signer = &leaf,
				 .key = KEY_P256 };
	struct vkx_trust trust;
	struct vkx_verify_params params = { .trust = &trust,
					    .components = true };
	uint8_t want[64], *file;
	unsigned int i;
	size_t len;

	(void)state;
	cert_make(&leaf, &cert);
	vkx_trust_init(&trust);
	assert_int_equal(vkx_trust_add(&trust, cert.p, cert.len, NULL), 0);
	file = file_sign(unsigned_file(&len), &len, &spec);
	assert_rule(verify_with(file, len, &params), VKX_RULE_NONE);
	for (i = 0; i < VKX_PART_NR; i++) {
		if (!v.uki.part[i].present) {
			assert_int_equal(vkx_nonzero_at(v.part_digest[i], 32),
					 32);
			continue;
		}
		assert_int_equal(vkx_hash_bytes(VKX_HASH_SHA256,
						file + v.uki.part[i].offset,
						v.uki.part[i].size, want),
				 0);
		assert_memory_equal(v.part_digest[i], want, 32);
	}
	file_digest(file, len, VKX_HASH_SHA256, want);
	assert_memory_equal(v.authenticode, want, 32);
	free(file);
	vkx_trust_free(&trust);
	derb_free(&cert);
}

/* --- forgeries in one signature -------------------------------------------- */

/* What differs from test_cms: seen by verification, or by the PE reader. */
static enum vkx_rule rule_of(enum forgery f)
{
	switch (f) {
	case FORGE_MESSAGE_DIGEST_WRONG:
		return VKX_RULE_SIG_ATTRIBUTES;
	case FORGE_ATTR_TAG_SIGNED:
	case FORGE_SIG_VALUE:
	case FORGE_SIG_TRAILING:
	case FORGE_SIG_EMPTY:
		return VKX_RULE_SIG_VALUE;
	case FORGE_TRAILING:
	case FORGE_INDEFINITE:
	case FORGE_LONG_LENGTH:
		return VKX_RULE_PE_CERT_ENTRY;
	default:
		return VKX_RULE_NR; /* any but none */
	}
}

/* V19 V36 V38 V39 V41 V43 V45 */
static void forged_signatures(void **state)
{
	struct cert_spec leaf = cert_leaf(KEY_RSA);
	struct derb cert;
	enum vkx_rule got, want;
	unsigned int f;

	(void)state;
	cert_make(&leaf, &cert);
	for (f = FORGE_NOTHING + 1; f < FORGE_NR; f++) {
		struct cms_spec spec = { .certs = { &cert },
					 .nr_certs = 1,
					 .signer = &leaf,
					 .key = KEY_RSA,
					 .forge = f };

		got = verdict_of(&spec, &cert);
		want = rule_of(f);
		if (got == VKX_RULE_NONE ||
		    (want != VKX_RULE_NR && got != want))
			fail_msg("forgery %u: %s", f, vkx_rule_id(got));
	}
	derb_free(&cert);
}

static void not_signed(void **state)
{
	struct vkx_verify_params params = { 0 };
	uint8_t *file;
	size_t len;

	(void)state;
	file = unsigned_file(&len);
	assert_rule(verify_with(file, len, &params), VKX_RULE_SIG_NONE);
	free(file);
}

/* The signature of another file. */
static void transplanted_signature(void **state)
{
	struct cert_spec leaf = cert_leaf(KEY_P256);
	uint8_t digest[64] = { 1, 2, 3 };
	struct derb cert, cms;
	struct cms_spec spec = { .certs = { &cert },
				 .nr_certs = 1,
				 .signer = &leaf,
				 .key = KEY_P256,
				 .file_digest = digest };
	struct vkx_trust trust;
	struct vkx_verify_params params = { .trust = &trust };
	uint8_t *file;
	size_t len;

	(void)state;
	cert_make(&leaf, &cert);
	cms_make(&spec, &cms);
	vkx_trust_init(&trust);
	assert_int_equal(vkx_trust_add(&trust, cert.p, cert.len, NULL), 0);
	file = unsigned_file(&len);
	file = uki_fixture_sign(file, &len, cms.p, cms.len);
	assert_rule(verify_with(file, len, &params), VKX_RULE_SIG_DIGEST);
	free(file);
	vkx_trust_free(&trust);
	derb_free(&cms);
	derb_free(&cert);
}

/* Bytes behind a component's VirtualSize, signed for with the rest. */
static void padding_is_zero(void **state)
{
	struct cert_spec leaf = cert_leaf(KEY_P256);
	struct derb cert;
	struct cms_spec spec = { .certs = { &cert },
				 .nr_certs = 1,
				 .signer = &leaf,
				 .key = KEY_P256 };
	struct vkx_trust trust;
	struct vkx_verify_params params = { .trust = &trust };
	uint32_t offset, size, at;
	uint8_t *file;
	size_t len;

	(void)state;
	cert_make(&leaf, &cert);
	vkx_trust_init(&trust);
	assert_int_equal(vkx_trust_add(&trust, cert.p, cert.len, NULL), 0);
	file = file_sign(unsigned_file(&len), &len, &spec);
	assert_rule(verify_with(file, len, &params), VKX_RULE_NONE);
	offset = v.uki.part[VKX_PART_CMDLINE].offset;
	size = v.uki.part[VKX_PART_CMDLINE].size;
	at = offset + v.uki.part[VKX_PART_CMDLINE].rawsize - 1;
	free(file);
	for (; at >= offset + size; at -= 97) {
		file = unsigned_file(&len);
		file[at] = 1;
		file = file_sign(file, &len, &spec);
		assert_rule(verify_with(file, len, &params),
			    VKX_RULE_UKI_PADDING);
		assert_int_equal(v.fault.offset, at);
		free(file);
	}
	vkx_trust_free(&trust);
	derb_free(&cert);
}

/* V42 V43: the gate in front of mbedtls, which takes the second form. */
static void values_have_one_form(void **state)
{
	uint8_t spki[512], hash[32] = { 7 }, sig[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
	mbedtls_pk_context *pk = fixture_key(KEY_P256);
	int n = mbedtls_pk_write_pubkey_der(pk, spki, sizeof(spki));
	const uint8_t *key = spki + sizeof(spki) - n;
	size_t len;

	(void)state;
	assert_int_equal(mbedtls_pk_sign(pk, MBEDTLS_MD_SHA256, hash, 32, sig,
					 &len, fixture_rng, NULL),
			 0);
#define CHECK(alg, bits, hash_alg, sig_len)                                   \
	vkx_signature_check(key, (uint32_t)n, alg, bits, hash_alg, hash, sig, \
			    (uint32_t)(sig_len))
	assert_int_equal(CHECK(VKX_KEY_P256, 256, VKX_HASH_SHA256, len), 0);
	assert_int_equal(CHECK(VKX_KEY_P256, 256, VKX_HASH_SHA1, len),
			 -VKX_ERR_MISMATCH);
	assert_int_equal(CHECK(VKX_KEY_P256, 256, VKX_HASH_NONE, len),
			 -VKX_ERR_MISMATCH);
	assert_int_equal(CHECK(VKX_KEY_P384, 384, VKX_HASH_SHA256, len),
			 -VKX_ERR_MISMATCH);
	assert_int_equal(CHECK(VKX_KEY_RSA, 2048, VKX_HASH_SHA256, len),
			 -VKX_ERR_MISMATCH);
	assert_int_equal(CHECK(VKX_KEY_NONE, 0, VKX_HASH_SHA256, len),
			 -VKX_ERR_MISMATCH);
	assert_int_equal(CHECK(VKX_KEY_P256, 256, VKX_HASH_SHA256, len - 1),
			 -VKX_ERR_MISMATCH);
	memmove(sig + 2, sig + 1, len - 1);
	sig[1] = 0x81; /* the length in two bytes: BER */
	assert_int_equal(mbedtls_pk_verify(pk, MBEDTLS_MD_SHA256, hash, 32, sig,
					   len + 1),
			 0);
	assert_int_equal(CHECK(VKX_KEY_P256, 256, VKX_HASH_SHA256, len + 1),
			 -VKX_ERR_MISMATCH);
#undef CHECK
}

/* --- chains --------------------------------------------------------------- */

struct pki {
	struct cert_spec root_spec, mid_spec, leaf_spec;
	struct derb root, mid, leaf;
};

static void make_pki(struct pki *p)
{
	p->root_spec = cert_ca(KEY_P256_THIRD);
	p->root_spec.subject = "root";
	p->mid_spec = cert_ca(KEY_P256_OTHER);
	p->mid_spec.subject = "mid";
	p->mid_spec.issuer = "root";
	p->mid_spec.issuer_key = KEY_P256_THIRD;
	p->mid_spec.serial = 2;
	p->leaf_spec = cert_leaf(KEY_P256);
	p->leaf_spec.issuer = "mid";
	p->leaf_spec.issuer_key = KEY_P256_OTHER;
	p->leaf_spec.serial = 3;
}

static void build_pki(struct pki *p)
{
	cert_make(&p->root_spec, &p->root);
	cert_make(&p->mid_spec, &p->mid);
	cert_make(&p->leaf_spec, &p->leaf);
}

static void free_pki(struct pki *p)
{
	derb_free(&p->root);
	derb_free(&p->mid);
	derb_free(&p->leaf);
}

/* Signs with the leaf, mid embedded, and the root trusted. */
static enum vkx_rule verdict_of_pki(struct pki *p)
{
	struct cms_spec spec = { .certs = { &p->leaf, &p->mid },
				 .nr_certs = 2,
				 .signer = &p->leaf_spec,
				 .key = p->leaf_spec.key };
	enum vkx_rule rule;

	build_pki(p);
	rule = verdict_of(&spec, &p->root);
	free_pki(p);
	return rule;
}

static void chain_to_a_trusted_ca(void **state)
{
	struct pki p;

	(void)state;
	make_pki(&p);
	assert_rule(verdict_of_pki(&p), VKX_RULE_NONE);
	assert_memory_not_equal(v.signatures[0].fingerprint,
				v.signatures[0].anchor, 32);
	/* Key identifiers that agree do not matter, and do no harm. */
	p.root_spec.key_id = "r";
	p.mid_spec.issuer_key_id = "r";
	p.mid_spec.key_id = "m";
	p.leaf_spec.issuer_key_id = "m";
	assert_rule(verdict_of_pki(&p), VKX_RULE_NONE);
}

/* V46: whom Linux would not find above it, it does not find here. */
static void issuers_named_by_key(void **state)
{
	struct pki p;

	(void)state;
	make_pki(&p);
	p.leaf_spec.no_issuer_key_id = true;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_SIGNER);
	make_pki(&p);
	p.mid_spec.no_issuer_key_id = true;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_SIGNER);
}

/* V40 V46: each way in which a link can fail. */
static void broken_links(void **state)
{
	struct pki p;

	(void)state;
	make_pki(&p);
	p.mid_spec.ca = false;
	p.mid_spec.no_eku = false;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_CHAIN);
	make_pki(&p);
	p.mid_spec.key_usage = 0x80;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_CHAIN);
	make_pki(&p);
	p.mid_spec.no_key_usage = true;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_CHAIN);
	make_pki(&p);
	p.mid_spec.critical_unknown = true;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_CHAIN);
	make_pki(&p);
	p.mid_spec.name_constraints = true;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_CHAIN);
	make_pki(&p);
	p.mid_spec.no_eku = false;
	p.mid_spec.eku_server = true;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_CHAIN);
	make_pki(&p);
	p.mid_spec.key = KEY_RSA_SMALL;
	p.leaf_spec.issuer_key = KEY_RSA_SMALL;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_ALGORITHM);
	make_pki(&p);
	p.mid_spec.hash = VKX_HASH_SHA1;
	p.mid_spec.issuer_key = KEY_RSA;
	p.root_spec.key = p.root_spec.issuer_key = KEY_RSA;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_CHAIN);
	/* The root signed mid, and says that no CA may stand below it. */
	make_pki(&p);
	p.root_spec.pathlen = 0;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_CHAIN);
	make_pki(&p);
	p.root_spec.pathlen = 1;
	p.mid_spec.pathlen = 0;
	assert_rule(verdict_of_pki(&p), VKX_RULE_NONE);
	/* Signed by another key than the one its issuer has. */
	make_pki(&p);
	p.mid_spec.issuer_key = KEY_P384;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_CHAIN);
	make_pki(&p);
	p.leaf_spec.issuer_key = KEY_P384;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_SIGNER);
	/* V33: wrong authority key identifier. */
	make_pki(&p);
	p.mid_spec.key_id = "m";
	p.leaf_spec.issuer_key_id = "x";
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_SIGNER);
	/* The trusted one itself must be a CA to vouch for others. */
	make_pki(&p);
	p.root_spec.ca = false;
	assert_rule(verdict_of_pki(&p), VKX_RULE_SIG_CHAIN);
}

/* V33: an attacker's own chain, whatever part of it is sent along. */
static void attackers_chain(void **state)
{
	struct cert_spec ours = cert_leaf(KEY_RSA);
	struct derb trusted;
	unsigned int n;
	struct pki p;

	(void)state;
	ours.subject = "ours";
	cert_make(&ours, &trusted);
	make_pki(&p);
	build_pki(&p);
	for (n = 1; n <= 3; n++) {
		struct cms_spec spec = { .certs = { &p.leaf, &p.mid, &p.root },
					 .nr_certs = n,
					 .signer = &p.leaf_spec,
					 .key = KEY_P256 };

		assert_rule(verdict_of(&spec, &trusted), VKX_RULE_SIG_SIGNER);
		assert_int_equal(v.verdict, VKX_VERDICT_SIGNER);
		assert_rule(verdict_of(&spec, NULL), VKX_RULE_SIG_SIGNER);
	}
	free_pki(&p);
	derb_free(&trusted);
}

/* V34: everything as in the trusted certificate, but the key. */
static void look_alikes(void **state)
{
	struct cert_spec real = cert_leaf(KEY_P256), fake, ca, fake_ca, leaf;
	struct derb real_cert, fake_cert, ca_cert, fake_ca_cert, leaf_cert;

	(void)state;
	real.key_id = "id";
	real.serial = 7;
	fake = real;
	fake.key = fake.issuer_key = KEY_P256_OTHER;
	cert_make(&real, &real_cert);
	cert_make(&fake, &fake_cert);
	struct cms_spec spec = { .certs = { &fake_cert },
				 .nr_certs = 1,
				 .signer = &fake,
				 .key = KEY_P256_OTHER };
	assert_rule(verdict_of(&spec, &real_cert), VKX_RULE_SIG_CHAIN);
	/* The real certificate beside a signature of the other key. */
	spec.certs[0] = &real_cert;
	spec.signer = &real;
	assert_rule(verdict_of(&spec, &real_cert), VKX_RULE_SIG_VALUE);

	ca = cert_ca(KEY_P256);
	ca.key_id = "ca";
	fake_ca = ca;
	fake_ca.key = fake_ca.issuer_key = KEY_P256_OTHER;
	leaf = cert_leaf(KEY_P384);
	leaf.issuer = "ca";
	leaf.issuer_key = KEY_P256_OTHER;
	leaf.issuer_key_id = "ca";
	leaf.serial = 5;
	cert_make(&ca, &ca_cert);
	cert_make(&fake_ca, &fake_ca_cert);
	cert_make(&leaf, &leaf_cert);
	struct cms_spec under = { .certs = { &leaf_cert, &fake_ca_cert },
				  .nr_certs = 2,
				  .signer = &leaf,
				  .key = KEY_P384 };
	assert_rule(verdict_of(&under, &ca_cert), VKX_RULE_SIG_CHAIN);
	derb_free(&real_cert);
	derb_free(&fake_cert);
	derb_free(&ca_cert);
	derb_free(&fake_ca_cert);
	derb_free(&leaf_cert);
}

/* V40: certificates made for something else. */
static void other_purposes(void **state)
{
	static const struct {
		struct cert_spec spec;
		enum vkx_rule want;
	} rows[] = {
		{ { .subject = "x", .ca = true }, VKX_RULE_SIG_USAGE },
		{ { .subject = "x", .no_eku = true }, VKX_RULE_SIG_USAGE },
		{ { .subject = "x", .eku_server = true }, VKX_RULE_SIG_USAGE },
		{ { .subject = "x", .key_usage = 0x20 }, VKX_RULE_SIG_USAGE },
		{ { .subject = "x", .critical_unknown = true },
		  VKX_RULE_SIG_USAGE },
		{ { .subject = "x", .key = KEY_RSA_SMALL },
		  VKX_RULE_SIG_ALGORITHM },
		{ { .subject = "x", .key = KEY_RSA_E3 },
		  VKX_RULE_SIG_ALGORITHM },
		{ { .subject = "x", .key = KEY_P521 }, VKX_RULE_SIG_ALGORITHM },
	};
	struct cert_spec leaf;
	struct derb cert;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cms_spec spec = { .certs = { &cert },
					 .nr_certs = 1,
					 .signer = &leaf };

		leaf = rows[i].spec;
		leaf.issuer_key = leaf.key;
		leaf.pathlen = -1;
		spec.key = leaf.key;
		cert_make(&leaf, &cert);
		assert_rule(verdict_of(&spec, &cert), rows[i].want);
		derb_free(&cert);
	}
}

/* V46 V49: CAs that issue one another, and a chain that is too long. */
static void loops_and_length(void **state)
{
	struct cert_spec leaf = cert_leaf(KEY_P256), root = cert_ca(KEY_P384);
	struct cert_spec ca[6];
	struct derb certs[8], root_cert;
	struct cms_spec spec = { .signer = &leaf, .key = KEY_P256 };
	static const char *const names[] = { "c0", "c1", "c2",
					     "c3", "c4", "root" };
	unsigned int i, n;

	(void)state;
	root.subject = "root";
	cert_make(&root, &root_cert);
	leaf.issuer = "c0";
	leaf.issuer_key = KEY_P256_OTHER;
	cert_make(&leaf, &certs[0]);
	spec.certs[0] = &certs[0];
	/* n CAs below the root: 4 certificates in all are the limit. */
	for (n = 1; n <= 4; n++) {
		for (i = 0; i < n; i++) {
			ca[i] = cert_ca(KEY_P256_OTHER);
			ca[i].subject = names[i];
			ca[i].issuer = i + 1 == n ? "root" : names[i + 1];
			ca[i].issuer_key =
				i + 1 == n ? KEY_P384 : KEY_P256_OTHER;
			ca[i].serial = 10 + i;
			cert_make(&ca[i], &certs[i + 1]);
			spec.certs[i + 1] = &certs[i + 1];
		}
		spec.nr_certs = n + 1;
		assert_rule(verdict_of(&spec, &root_cert),
			    n + 2 <= VKX_MAX_CHAIN ? VKX_RULE_NONE :
						     VKX_RULE_SIG_SIGNER);
		for (i = 0; i < n; i++)
			derb_free(&certs[i + 1]);
	}
	/* Seven that all have the same name and key issue each other. */
	for (i = 0; i < 7; i++) {
		struct cert_spec same = cert_ca(KEY_P256_OTHER);

		same.subject = "c0";
		same.serial = 20 + i;
		cert_make(&same, &certs[i + 1]);
		spec.certs[i + 1] = &certs[i + 1];
	}
	spec.nr_certs = 8;
	assert_rule(verdict_of(&spec, &root_cert), VKX_RULE_SIG_SIGNER);
	for (i = 0; i < 8; i++)
		derb_free(&certs[i]);
	derb_free(&root_cert);
}

/* V48: no clock is asked; a signing time must agree with the certificate. */
static void time_by_the_certificate_alone(void **state)
{
	static const char *const times[] = { NULL,
					     "200101000000Z",
					     "261122123947Z",
					     "491231235959Z",
					     "191231235959Z",
					     "500101000000Z",
					     "700101000000Z" };
	struct cert_spec leaf = cert_leaf(KEY_P256);
	struct derb cert;
	size_t i;

	(void)state;
	cert_make(&leaf, &cert);
	for (i = 0; i < 7; i++) {
		struct cms_spec spec = { .certs = { &cert },
					 .nr_certs = 1,
					 .signer = &leaf,
					 .key = KEY_P256,
					 .signing_time = times[i] };

		assert_rule(verdict_of(&spec, &cert),
			    i < 4 ? VKX_RULE_NONE : VKX_RULE_SIG_TIME);
		if (i >= 4)
			continue;
		assert_int_equal(v.signatures[0].has_signing_time, i != 0);
		assert_true(v.signatures[0].not_after == 20491231235959);
	}
	derb_free(&cert);
}

/* --- several signatures --------------------------------------------------- */

struct several {
	struct cert_spec spec[3];
	struct derb cert[3];
	struct vkx_trust trust;
	struct vkx_revocation revoked;
	struct vkx_verify_params params;
};

static void several_init(struct several *s)
{
	static const enum fixture_key key_list[] = { KEY_P256, KEY_P256_OTHER,
						     KEY_RSA };
	static const char *const names[] = { "first", "second", "third" };
	unsigned int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < 3; i++) {
		s->spec[i] = cert_leaf(key_list[i]);
		s->spec[i].subject = names[i];
		cert_make(&s->spec[i], &s->cert[i]);
	}
	vkx_trust_init(&s->trust);
	vkx_revocation_init(&s->revoked);
	s->params.trust = &s->trust;
	s->params.revocation = &s->revoked;
}

static void several_free(struct several *s)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		derb_free(&s->cert[i]);
	vkx_trust_free(&s->trust);
	vkx_revocation_free(&s->revoked);
}

static void trust_number(struct several *s, unsigned int i)
{
	assert_int_equal(
		vkx_trust_add(&s->trust, s->cert[i].p, s->cert[i].len, NULL),
		0);
}

static uint8_t *sign_by(struct several *s, uint8_t *file, size_t *len,
			unsigned int i, enum forgery forge)
{
	struct cms_spec spec = { .certs = { &s->cert[i] },
				 .nr_certs = 1,
				 .signer = &s->spec[i],
				 .key = s->spec[i].key,
				 .forge = forge };

	return file_sign(file, len, &spec);
}

/* An EFI signature list of one entry. */
static void revoke_entry(struct several *s, const char guid[16],
			 const void *data, size_t size)
{
	uint8_t *list = calloc(1, 28 + 16 + size);

	assert_non_null(list);
	memcpy(list, guid, 16);
	vkx_put_le32(list + 16, (uint32_t)(28 + 16 + size));
	vkx_put_le32(list + 24, (uint32_t)(16 + size));
	memcpy(list + 44, data, size);
	assert_int_equal(vkx_revocation_add(&s->revoked, list, 44 + size, NULL),
			 0);
	free(list);
}

#define GUID_SHA256 \
	"\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28"
#define GUID_SHA384 \
	"\x07\x53\x3e\xff\xd0\x9f\xc9\x48\x85\xf1\x8a\xd5\x6c\x70\x1e\x01"
#define GUID_SHA512 \
	"\xae\x0f\x3e\x09\xc4\xa6\x50\x4f\x9f\x1b\xd4\x1e\x2b\x89\xc1\x9a"
#define GUID_SHA1 \
	"\x12\xa5\x6c\x82\x10\xcf\xc9\x4a\xb1\x87\xbe\x01\x49\x66\x31\xbd"
#define GUID_SHA224 \
	"\x33\x52\x6e\x0b\x5c\xa6\xc9\x44\x94\x07\xd9\xab\x83\xbf\xc8\xbd"
#define GUID_RSA2048 \
	"\xe8\x66\x57\x3c\x9c\x26\x34\x4e\xaa\x14\xed\x77\x6e\x85\xb3\xb6"
#define GUID_X509 \
	"\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"
#define GUID_X509_SHA256 \
	"\x92\xa4\xd2\x3b\xc0\x96\x79\x40\xb4\x20\xfc\xf9\x8e\xf1\x03\xed"
#define GUID_X509_SHA384 \
	"\x6e\x87\x76\x70\xc2\x80\xe6\x4e\xaa\xd2\x28\xb3\x49\xa6\x86\x5b"
#define GUID_X509_SHA512 \
	"\x63\xbf\x6d\x44\x02\x25\xda\x4c\xbc\xfa\x24\x65\xd2\xb0\xfe\x9d"

/* V37 */
static void several_signatures(void **state)
{
	struct several s;
	uint8_t *file;
	size_t len;

	(void)state;
	several_init(&s);
	file = sign_by(&s, unsigned_file(&len), &len, 0, FORGE_NOTHING);
	file = sign_by(&s, file, &len, 1, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_SIG_SIGNER);
	trust_number(&s, 1);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_NONE);
	assert_int_equal(v.signer, 1);
	assert_int_equal(v.signers, 1);
	assert_int_equal(v.signatures[0].fault.rule, VKX_RULE_SIG_SIGNER);
	s.params.signers = 2;
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_POLICY_SIGNERS);
	trust_number(&s, 0);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_NONE);
	assert_int_equal(v.signers, 2);
	s.params.signers = 3;
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_POLICY_SIGNERS);
	/* The same signer once more is not another one. */
	file = sign_by(&s, file, &len, 1, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_POLICY_SIGNERS);
	assert_int_equal(v.signers, 2);
	free(file);
	several_free(&s);
}

/* V37: a renewed certificate does not make a second signer of one key. */
static void one_key_two_certificates(void **state)
{
	struct several s;
	uint8_t *file;
	size_t len;

	(void)state;
	several_init(&s);
	derb_free(&s.cert[2]);
	s.spec[2] = cert_leaf(s.spec[1].key);
	s.spec[2].subject = "renewed";
	cert_make(&s.spec[2], &s.cert[2]);
	trust_number(&s, 0);
	trust_number(&s, 1);
	trust_number(&s, 2);
	s.params.signers = 2;
	file = sign_by(&s, unsigned_file(&len), &len, 1, FORGE_NOTHING);
	file = sign_by(&s, file, &len, 2, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_POLICY_SIGNERS);
	assert_int_equal(v.signers, 1);
	file = sign_by(&s, file, &len, 0, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_NONE);
	assert_int_equal(v.signers, 2);
	free(file);
	several_free(&s);
}

/* A broken signature beside a good one takes nothing from it, and gives
 * nothing to a broken one. */
static void good_beside_bad(void **state)
{
	struct several s;
	uint8_t *file;
	size_t len;

	(void)state;
	several_init(&s);
	trust_number(&s, 1);
	file = sign_by(&s, unsigned_file(&len), &len, 0, FORGE_UNSIGNED_ATTRS);
	assert_rule(verify_with(file, len, &s.params),
		    VKX_RULE_SIG_UNSIGNED_ATTRIBUTES);
	file = sign_by(&s, file, &len, 1, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_NONE);
	assert_false(v.signatures[0].parsed);
	free(file);

	file = sign_by(&s, unsigned_file(&len), &len, 0, FORGE_NOTHING);
	file = sign_by(&s, file, &len, 1, FORGE_SIG_VALUE);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_SIG_VALUE);
	free(file);

	/* Of two that say as much the first is reported. */
	file = sign_by(&s, unsigned_file(&len), &len, 0,
		       FORGE_MESSAGE_DIGEST_WRONG);
	file = sign_by(&s, file, &len, 1, FORGE_SIG_VALUE);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_SIG_ATTRIBUTES);
	free(file);
	several_free(&s);
}

/* V37 V55: a revoked signer is no signer; another one still is. */
static void revoked_signer(void **state)
{
	struct several s;
	uint8_t *file;
	size_t len;

	(void)state;
	several_init(&s);
	trust_number(&s, 0);
	trust_number(&s, 1);
	revoke_entry(&s, GUID_X509, s.cert[0].p, s.cert[0].len);
	file = sign_by(&s, unsigned_file(&len), &len, 0, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params),
		    VKX_RULE_REVOKED_CERTIFICATE);
	assert_int_equal(v.verdict, VKX_VERDICT_POLICY);
	file = sign_by(&s, file, &len, 1, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_NONE);
	assert_int_equal(v.signer, 1);
	free(file);
	several_free(&s);
}

/* V55: leaf, intermediate and root, each by certificate and by each digest. */
static void revocation_table(void **state)
{
	static const char *const guids[] = { GUID_X509, GUID_X509_SHA256,
					     GUID_X509_SHA384,
					     GUID_X509_SHA512 };
	struct vkx_x509 cert;
	unsigned int who, how;
	struct pki p;

	(void)state;
	make_pki(&p);
	build_pki(&p);
	for (who = 0; who < 3; who++)
		for (how = 0; how < 4; how++) {
			const struct derb *d = who == 0 ? &p.leaf :
					       who == 1 ? &p.mid :
							  &p.root;
			struct cms_spec spec = { .certs = { &p.leaf, &p.mid },
						 .nr_certs = 2,
						 .signer = &p.leaf_spec,
						 .key = KEY_P256 };
			uint8_t entry[80] = { 0 }, *file;
			struct several s;
			size_t len, n;

			several_init(&s);
			assert_int_equal(
				vkx_x509_parse(d->p, d->len, 0, &cert, NULL),
				0);
			assert_int_equal(vkx_trust_add(&s.trust, p.root.p,
						       p.root.len, NULL),
					 0);
			n = vkx_hash_size(VKX_HASH_SHA256 + how - 1);
			if (how)
				assert_int_equal(
					vkx_hash_bytes(VKX_HASH_SHA256 + how -
							       1,
						       d->p + cert.tbs.offset,
						       cert.tbs.size, entry),
					0);
			/* A time of revocation in the future helps nobody. */
			if (how)
				vkx_put_le16(entry + n, 2099);
			if (how)
				revoke_entry(&s, guids[how], entry, n + 16);
			else
				revoke_entry(&s, guids[how], d->p, d->len);
			file = file_sign(unsigned_file(&len), &len, &spec);
			assert_rule(verify_with(file, len, &s.params),
				    VKX_RULE_REVOKED_CERTIFICATE);
			/* In the signature, though the root is not there. */
			assert_true(v.fault.offset < len &&
				    v.fault.offset > UKI_AT_TABLE);
			if (who == 2)
				assert_memory_equal(file + v.fault.offset,
						    "\x30\x0e\x31\x0c", 4);
			free(file);
			several_free(&s);
		}
	free_pki(&p);
}

/* A revoked CA that the signature leaves out, above a pinned signer or a pinned
 * CA: known by its certificate, and not by its name alone. */
static void revoked_issuer_that_is_left_out(void **state)
{
	enum { MID, ROOT, NAMESAKE, UNREADABLE, NR };
	static const struct {
		bool pin_mid; /* else the leaf */
		unsigned int listed;
		enum vkx_rule want;
	} cases[] = {
		{ false, MID, VKX_RULE_REVOKED_CERTIFICATE },
		{ false, NAMESAKE, VKX_RULE_NONE },
		{ false, UNREADABLE, VKX_RULE_REVOKED_CERTIFICATE },
		{ false, ROOT, VKX_RULE_NONE },
		{ true, ROOT, VKX_RULE_REVOKED_CERTIFICATE },
		{ true, NAMESAKE, VKX_RULE_NONE },
	};
	struct cert_spec other;
	struct derb list[NR];
	struct several s;
	uint8_t *file;
	struct pki p;
	size_t i, len;

	(void)state;
	make_pki(&p);
	build_pki(&p);
	list[MID] = p.mid;
	list[ROOT] = p.root;
	other = p.mid_spec;
	other.key = KEY_P384;
	cert_make(&other, &list[NAMESAKE]);
	other.v1 = true;
	cert_make(&other, &list[UNREADABLE]);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct derb *pin = cases[i].pin_mid ? &p.mid : &p.leaf;
		const struct derb *listed = &list[cases[i].listed];
		struct cms_spec spec = { .certs = { &p.leaf },
					 .nr_certs = 1,
					 .signer = &p.leaf_spec,
					 .key = KEY_P256 };

		several_init(&s);
		assert_int_equal(
			vkx_trust_add(&s.trust, pin->p, pin->len, NULL), 0);
		revoke_entry(&s, GUID_X509, listed->p, listed->len);
		file = file_sign(unsigned_file(&len), &len, &spec);
		assert_rule(verify_with(file, len, &s.params), cases[i].want);
		/* In the signature, where the signer names its issuer. */
		if (cases[i].want)
			assert_true(v.fault.offset < len &&
				    v.fault.offset > UKI_AT_TABLE);
		free(file);
		several_free(&s);
	}
	derb_free(&list[NAMESAKE]);
	derb_free(&list[UNREADABLE]);
	free_pki(&p);
}

/* Lists that name others, in every form, refuse nobody here. */
static void strangers_in_the_list(void **state)
{
	struct several s;
	uint8_t entry[80], *file;
	size_t len;

	(void)state;
	several_init(&s);
	trust_number(&s, 0);
	file = sign_by(&s, unsigned_file(&len), &len, 0, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_NONE);
	/* The image's digest as another kind of entry, and all but a byte. */
	memset(entry, 0, sizeof(entry));
	memcpy(entry, v.authenticode, 32);
	revoke_entry(&s, GUID_X509_SHA256, entry, 48);
	entry[31] ^= 1;
	revoke_entry(&s, GUID_SHA256, entry, 32);
	revoke_entry(&s, GUID_X509_SHA384, entry, 64);
	revoke_entry(&s, GUID_X509_SHA512, entry, 80);
	revoke_entry(&s, GUID_X509, s.cert[1].p, s.cert[1].len);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_NONE);
	free(file);
	several_free(&s);
}

/* The same key in a new certificate is still the revoked key. */
static void revoked_key_in_a_new_certificate(void **state)
{
	struct cert_spec again;
	struct several s;
	struct derb cert;
	uint8_t *file;
	size_t len;

	(void)state;
	several_init(&s);
	again = s.spec[0];
	again.serial = 99;
	cert_make(&again, &cert);
	trust_number(&s, 0);
	revoke_entry(&s, GUID_X509, cert.p, cert.len);
	file = sign_by(&s, unsigned_file(&len), &len, 0, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params),
		    VKX_RULE_REVOKED_CERTIFICATE);
	free(file);
	derb_free(&cert);
	several_free(&s);
}

/* V53: what may be changed in a revoked image without breaking its signature
 * does not change the digest that revokes it. */
static void revoked_image(void **state)
{
	struct several s;
	uint8_t digest[64], *file;
	size_t len;

	(void)state;
	several_init(&s);
	trust_number(&s, 0);
	file = sign_by(&s, unsigned_file(&len), &len, 0, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_NONE);
	file_digest(file, len, VKX_HASH_SHA256, digest);
	revoke_entry(&s, GUID_SHA256, digest, 32);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_REVOKED_IMAGE);
	vkx_put_le32(file + UKI_AT_CHECKSUM, 0x12345678);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_REVOKED_IMAGE);
	file = sign_by(&s, file, &len, 1, FORGE_NOTHING);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_REVOKED_IMAGE);
	free(file);
	several_free(&s);
}

/* V53: a list may name images by the longer digests, whatever algorithm the
 * image's own signature uses. */
static void revoked_image_by_any_digest(void **state)
{
	static const struct {
		enum vkx_hash_alg alg;
		const char *guid;
		size_t len;
	} cases[] = {
		{ VKX_HASH_SHA256, GUID_SHA256, 32 },
		{ VKX_HASH_SHA384, GUID_SHA384, 48 },
		{ VKX_HASH_SHA512, GUID_SHA512, 64 },
	};
	uint8_t digest[64], *file;
	struct several s;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		several_init(&s);
		trust_number(&s, 0);
		file = sign_by(&s, unsigned_file(&len), &len, 0, FORGE_NOTHING);
		file_digest(file, len, cases[i].alg, digest);
		/* One that differs in its last byte is of another image. */
		digest[cases[i].len - 1] ^= 1;
		revoke_entry(&s, cases[i].guid, digest, cases[i].len);
		assert_rule(verify_with(file, len, &s.params), VKX_RULE_NONE);
		digest[cases[i].len - 1] ^= 1;
		revoke_entry(&s, cases[i].guid, digest, cases[i].len);
		assert_rule(verify_with(file, len, &s.params),
			    VKX_RULE_REVOKED_IMAGE);
		free(file);
		several_free(&s);
	}
}

/* V47 V54: an entry that cannot be matched revokes nothing, so the list that
 * has one is refused, wherever in it the entry stands. */
static void entries_that_cannot_be_honoured(void **state)
{
	static const struct {
		const char *guid;
		uint32_t len;
	} cases[] = {
		{ GUID_SHA1, 20 },
		{ GUID_SHA224, 28 },
		{ GUID_RSA2048, 256 },
		{ "sixteen bytes...", 1 },
	};
	uint8_t list[76 + 28 + 16 + 256] = GUID_SHA256;
	struct vkx_revocation rev;
	struct vkx_fault fault;
	size_t i;

	(void)state;
	vkx_put_le32(list + 16, 76);
	vkx_put_le32(list + 24, 48);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t size = 28 + 16 + cases[i].len;

		memcpy(list + 76, cases[i].guid, 16);
		vkx_put_le32(list + 76 + 16, size);
		vkx_put_le32(list + 76 + 24, 16 + cases[i].len);
		vkx_revocation_init(&rev);
		assert_int_equal(
			vkx_revocation_add(&rev, list, 76 + size, &fault),
			-VKX_ERR_FORMAT);
		assert_int_equal(fault.rule, VKX_RULE_REVOCATION_KIND);
		assert_int_equal(fault.offset, 76 + 28);
		assert_int_equal(rev.count, 0);
		vkx_revocation_free(&rev);
	}
}

/* One list of one certificate; the rule that refuses it, or NONE. */
static enum vkx_rule take_certificate(const void *data, size_t size)
{
	uint8_t list[2048] = GUID_X509;
	struct vkx_fault fault = { 0 };
	struct vkx_revocation rev;
	int err;

	assert_true(size <= sizeof(list) - 44);
	vkx_put_le32(list + 16, (uint32_t)(44 + size));
	vkx_put_le32(list + 24, (uint32_t)(16 + size));
	memcpy(list + 44, data, size);
	vkx_revocation_init(&rev);
	err = vkx_revocation_add(&rev, list, 44 + size, &fault);
	assert_int_equal(err, fault.rule ? -VKX_ERR_FORMAT : 0);
	assert_int_equal(rev.count, !err);
	vkx_revocation_free(&rev);
	return fault.rule;
}

/* A certificate that is listed and not understood would revoke nothing. */
static void certificates_that_cannot_be_honoured(void **state)
{
	static const char pem[] = "-----BEGIN CERTIFICATE-----\nMIIB\n"
				  "-----END CERTIFICATE-----\n";
	struct cert_spec spec = cert_leaf(KEY_P256);
	struct vkx_x509 cert;
	uint8_t noise[32];
	struct derb der;
	size_t at, len;

	(void)state;
	memset(noise, 0xa5, sizeof(noise));
	assert_rule(take_certificate(pem, sizeof(pem) - 1),
		    VKX_RULE_REVOCATION_KIND);
	assert_rule(take_certificate(noise, sizeof(noise)),
		    VKX_RULE_REVOCATION_KIND);
	cert_make(&spec, &der);
	assert_rule(take_certificate(der.p, der.len), VKX_RULE_NONE);
	for (len = 1; len < der.len; len++)
		assert_rule(take_certificate(der.p, len),
			    VKX_RULE_REVOCATION_KIND);
	/* The point in its other form: the same key, and no match. */
	assert_int_equal(vkx_x509_parse(der.p, der.len, 0, &cert, NULL), 0);
	at = cert.spki.offset + cert.spki.size - 65;
	assert_int_equal(der.p[at], 4);
	der.p[at] = 2;
	assert_rule(take_certificate(der.p, der.len), VKX_RULE_REVOCATION_KIND);
	derb_free(&der);
	/* And an RSA key whose exponent has a zero too many. */
	spec = cert_leaf(KEY_RSA);
	cert_make(&spec, &der);
	assert_rule(take_certificate(der.p, der.len), VKX_RULE_NONE);
	assert_int_equal(vkx_x509_parse(der.p, der.len, 0, &cert, NULL), 0);
	at = cert.spki.offset + cert.spki.size - 3;
	assert_memory_equal(der.p + at, "\1\0\1", 3);
	der.p[at] = 0;
	assert_rule(take_certificate(der.p, der.len), VKX_RULE_REVOCATION_KIND);
	derb_free(&der);
}

/* The signer's key in a certificate that could not sign here: version 1, or
 * with an extension twice. */
static void revoked_by_a_poor_certificate(void **state)
{
	struct cert_spec poor[2];
	struct several s;
	struct derb cert;
	uint8_t *file;
	unsigned int who, i;
	size_t len;

	(void)state;
	for (who = 0; who < 3; who += 2)
		for (i = 0; i < 2; i++) {
			several_init(&s);
			trust_number(&s, who);
			poor[0] = poor[1] = s.spec[who];
			poor[0].v1 = true;
			poor[1].ext_twice = true;
			cert_make(&poor[i], &cert);
			assert_int_not_equal(
				vkx_x509_parse(cert.p, cert.len, 0,
					       &(struct vkx_x509){ 0 }, NULL),
				0);
			revoke_entry(&s, GUID_X509, cert.p, cert.len);
			file = sign_by(&s, unsigned_file(&len), &len, who,
				       FORGE_NOTHING);
			assert_rule(verify_with(file, len, &s.params),
				    VKX_RULE_REVOKED_CERTIFICATE);
			free(file);
			derb_free(&cert);
			several_free(&s);
		}
}

/* V47 V54 V59: a list that cannot be read is an error, never an empty list. */
static void unreadable_lists(void **state)
{
	uint8_t list[76] = GUID_SHA256;
	struct vkx_revocation rev;
	struct vkx_fault fault;
	size_t cut;

	(void)state;
	vkx_put_le32(list + 16, 76);
	vkx_put_le32(list + 24, 48);
	vkx_revocation_init(&rev);
	assert_int_equal(vkx_revocation_add(&rev, list, 76, NULL), 0);
	assert_int_equal(vkx_revocation_add(&rev, list, 0, &fault),
			 -VKX_ERR_NOTFOUND);
	assert_int_equal(rev.count, 1);
	assert_int_equal(vkx_revocation_add_file(&rev, "/dev/null", &fault),
			 -VKX_ERR_NOTFOUND);
	for (cut = 1; cut < 76; cut++) {
		fault.rule = VKX_RULE_NONE;
		assert_int_equal(vkx_revocation_add(&rev, list, cut, &fault),
				 -VKX_ERR_FORMAT);
		assert_int_equal(fault.rule, VKX_RULE_REVOCATION_LIST);
		assert_int_equal(rev.count, 1);
	}
	assert_int_equal(
		vkx_revocation_add_file(&rev, "/nonexistent/list", &fault),
		-VKX_ERR_IO);
	vkx_revocation_free(&rev);
}

/* --- trust files -------------------------------------------------------------- */

static void write_file(const char *path, const struct vkx_bytes *a,
		       const struct vkx_bytes *b)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(a->data, 1, a->len, f), a->len);
	if (b)
		assert_int_equal(fwrite(b->data, 1, b->len, f), b->len);
	assert_int_equal(fclose(f), 0);
}

/* One DER certificate, or all of a PEM bundle; a file that is broken anywhere
 * adds nobody. */
static void trust_files(void **state)
{
	static const char broken[] = "-----BEGIN CERTIFICATE-----\n!\n"
				     "-----END CERTIFICATE-----\n";
	struct cert_spec first = cert_leaf(KEY_P256),
			 second = cert_ca(KEY_P384);
	struct vkx_bytes pem_a = { 0 }, pem_b = { 0 }, der = { 0 };
	struct vkx_bytes bad = { (uint8_t *)(uintptr_t)broken,
				 sizeof(broken) - 1 };
	struct vkx_bytes empty = { (uint8_t *)(uintptr_t) "", 0 };
	char path[] = "/tmp/vkx-trust-XXXXXX";
	struct vkx_fault fault;
	struct vkx_trust trust;
	struct derb a, b;

	(void)state;
	assert_true(close(mkstemp(path)) == 0);
	cert_make(&first, &a);
	cert_make(&second, &b);
	der.data = a.p;
	der.len = a.len;
	assert_int_equal(vkx_pem_write("CERTIFICATE", &der, &pem_a), 0);
	vkx_trust_init(&trust);
	write_file(path, &der, NULL);
	assert_int_equal(vkx_trust_add_file(&trust, path, &fault), 0);
	assert_int_equal(trust.count, 1);
	der.data = b.p;
	der.len = b.len;
	assert_int_equal(vkx_pem_write("CERTIFICATE", &der, &pem_b), 0);
	write_file(path, &pem_a, &pem_b);
	assert_int_equal(vkx_trust_add_file(&trust, path, &fault), 0);
	assert_int_equal(trust.count, 3);
	assert_memory_equal(trust.anchors[2].der.data, b.p, b.len);
	assert_memory_equal(trust.anchors[0].fingerprint,
			    trust.anchors[1].fingerprint, 32);
	write_file(path, &pem_a, &bad);
	assert_int_not_equal(vkx_trust_add_file(&trust, path, &fault), 0);
	write_file(path, &bad, NULL);
	assert_int_not_equal(vkx_trust_add_file(&trust, path, &fault), 0);
	write_file(path, &empty, NULL);
	assert_int_equal(vkx_trust_add_file(&trust, path, &fault),
			 -VKX_ERR_NOTFOUND);
	der.len--;
	write_file(path, &der, NULL);
	assert_int_equal(vkx_trust_add_file(&trust, path, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SIG_DER);
	assert_int_equal(trust.count, 3);
	unlink(path);
	assert_int_equal(vkx_trust_add_file(&trust, path, &fault), -VKX_ERR_IO);
	assert_int_equal(trust.count, 3);
	vkx_trust_free(&trust);
	vkx_bytes_free(&pem_a);
	vkx_bytes_free(&pem_b);
	derb_free(&a);
	derb_free(&b);
}

/* --- level and machine ------------------------------------------------------ */

static void sbat_level(void **state)
{
	static const char low[] = "sbat,1,2026010100\nvkexec.test,1\n";
	static const char high[] = "sbat,1,2026010100\nvkexec.test,2\n";
	struct vkx_sbat level;
	struct several s;
	uint64_t date;
	uint8_t *file;
	size_t len;

	(void)state;
	several_init(&s);
	trust_number(&s, 0);
	s.params.sbat_level = &level;
	file = sign_by(&s, unsigned_file(&len), &len, 0, FORGE_NOTHING);
	assert_int_equal(vkx_sbat_level_parse((const uint8_t *)low,
					      sizeof(low) - 1, &level, &date,
					      NULL),
			 0);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_NONE);
	assert_int_equal(vkx_sbat_level_parse((const uint8_t *)high,
					      sizeof(high) - 1, &level, &date,
					      NULL),
			 0);
	assert_rule(verify_with(file, len, &s.params), VKX_RULE_SBAT_LEVEL);
	free(file);
	several_free(&s);
}

static int free_all(void **state)
{
	(void)state;
	vkx_verified_free(&v);
	keys_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pinned_signer),
		cmocka_unit_test(digests_of_components),
		cmocka_unit_test(forged_signatures),
		cmocka_unit_test(not_signed),
		cmocka_unit_test(transplanted_signature),
		cmocka_unit_test(padding_is_zero),
		cmocka_unit_test(values_have_one_form),
		cmocka_unit_test(chain_to_a_trusted_ca),
		cmocka_unit_test(issuers_named_by_key),
		cmocka_unit_test(broken_links),
		cmocka_unit_test(attackers_chain),
		cmocka_unit_test(look_alikes),
		cmocka_unit_test(other_purposes),
		cmocka_unit_test(loops_and_length),
		cmocka_unit_test(time_by_the_certificate_alone),
		cmocka_unit_test(several_signatures),
		cmocka_unit_test(one_key_two_certificates),
		cmocka_unit_test(good_beside_bad),
		cmocka_unit_test(revoked_signer),
		cmocka_unit_test(revocation_table),
		cmocka_unit_test(revoked_issuer_that_is_left_out),
		cmocka_unit_test(strangers_in_the_list),
		cmocka_unit_test(revoked_key_in_a_new_certificate),
		cmocka_unit_test(revoked_image),
		cmocka_unit_test(revoked_image_by_any_digest),
		cmocka_unit_test(entries_that_cannot_be_honoured),
		cmocka_unit_test(certificates_that_cannot_be_honoured),
		cmocka_unit_test(revoked_by_a_poor_certificate),
		cmocka_unit_test(unreadable_lists),
		cmocka_unit_test(trust_files),
		cmocka_unit_test(sbat_level),
	};

	return cmocka_run_group_tests(tests, NULL, free_all);
}
