/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates and signatures with one DER element changed at a time: left
 * out, doubled, emptied, with a byte more or another one in front, under
 * another tag, with a length that is not minimal; all lengths around it put right, so that nothing but
 * the element itself is wrong. What is still accepted is listed. V10 V38 V41
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cms.h"
#include "pe.h"
#include "tests/unit/der_change.h"
#include "tests/unit/sig_fixture.h"
#include "tests/unit/uki_fixture.h"
#include "verify/verify.h"

static enum vkx_rule last; /* why the last one was refused */

/* A change that is accepted; DER_NR_CHANGES: some in and below this element. */
struct accepted {
	const char *path;
	enum der_change change;
};

/* Index of the entry that allows it, or n. */
static size_t find_listed(const struct accepted *list, size_t n,
			  const char *path, size_t change)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (list[i].change == DER_NR_CHANGES &&
		    !strncmp(list[i].path, path, strlen(list[i].path)))
			break;
		if (list[i].change == change && !strcmp(list[i].path, path))
			break;
	}
	return i;
}

/*
 * Tries every change of every element; judge says whether it is accepted.
 * Returns how many are.
 */
static size_t change_all(const struct derb *good,
			 bool (*judge)(const struct derb *),
			 const struct accepted *list, size_t n)
{
	size_t i, c, at, accepted = 0, wrong = 0;
	static struct der_node nodes[DER_NODES];
	bool used[64] = { false };
	size_t nr_nodes;

	nr_nodes = der_nodes(good, nodes);
	if (!judge(good))
		fail_msg("not good: %s", vkx_rule_id(last));
	for (i = 0; i < nr_nodes * DER_NR_CHANGES; i++) {
		const struct der_node *node = &nodes[i / DER_NR_CHANGES];
		struct derb bad = { 0 };

		c = i % DER_NR_CHANGES;
		der_change(&bad, good, node, (enum der_change)c);
		/* An empty element that is emptied is the same. */
		if ((bad.len != good->len ||
		     memcmp(bad.p, good->p, bad.len) != 0) &&
		    judge(&bad)) {
			accepted++;
			at = find_listed(list, n, node->path, c);
			if (at == n)
				print_message("accepted: %s %s\n", node->path,
					      der_change_names[c]);
			wrong += at == n;
			used[at] = true;
		}
		derb_free(&bad);
	}
	print_message("%zu elements, %zu changes, %zu accepted\n", nr_nodes,
		      nr_nodes * DER_NR_CHANGES, accepted);
	assert_int_equal(wrong, 0);
	for (at = 0; at < n; at++)
		assert_true(used[at]);
	return accepted;
}

static bool judge_signer(const struct derb *der)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	struct vkx_x509 cert;

	if (vkx_x509_parse(der->p, der->len, 0, &cert, &fault)) {
		assert_int_not_equal(fault.rule, VKX_RULE_NONE);
		assert_true(fault.offset <= der->len);
		last = fault.rule;
		return false;
	}
	return !vkx_x509_check_signer(&cert, &fault);
}

/*
 * Form only: names, serial numbers and extensions may be others, as the
 * issuer's signature over them says.
 */
static const struct accepted in_ec_certificates[] = {
	{ "0.0.1", DER_ONE_BYTE_MORE }, /* serial */
	{ "0.0.3.0", DER_DOUBLED }, /* issuer */
	{ "0.0.3.0.0", DER_DOUBLED },
	{ "0.0.3.0.0.0", DER_ONE_BYTE_MORE },
	{ "0.0.3.0.0.0", DER_ZERO_BEFORE },
	{ "0.0.3.0.0.0", DER_FIRST_CHANGED },
	{ "0.0.3.0.0.1", DER_EMPTIED },
	{ "0.0.3.0.0.1", DER_ONE_BYTE_MORE },
	{ "0.0.3.0.0.1", DER_ZERO_BEFORE },
	{ "0.0.3.0.0.1", DER_FIRST_CHANGED },
	{ "0.0.4.0", DER_FIRST_CHANGED }, /* validity */
	{ "0.0.5.0", DER_DOUBLED }, /* subject */
	{ "0.0.5.0.0", DER_DOUBLED },
	{ "0.0.5.0.0.0", DER_ONE_BYTE_MORE },
	{ "0.0.5.0.0.0", DER_ZERO_BEFORE },
	{ "0.0.5.0.0.0", DER_FIRST_CHANGED },
	{ "0.0.5.0.0.1", DER_EMPTIED },
	{ "0.0.5.0.0.1", DER_ONE_BYTE_MORE },
	{ "0.0.5.0.0.1", DER_ZERO_BEFORE },
	{ "0.0.5.0.0.1", DER_FIRST_CHANGED },
	{ "0.0.7.0.0", DER_LEFT_OUT }, /* basicConstraints */
	{ "0.0.7.0.0.1", DER_LEFT_OUT }, /* its criticality */
	{ "0.0.7.0.1", DER_LEFT_OUT }, /* keyUsage */
	{ "0.0.7.0.1.1", DER_LEFT_OUT },
	{ "0.0.7.0.2.1.0.0", DER_DOUBLED }, /* codeSigning twice */
	{ "0.2.0.0", DER_ONE_BYTE_MORE }, /* the issuer's signature */
	{ "0.2.0.0", DER_FIRST_CHANGED },
	{ "0.2.0.1", DER_ONE_BYTE_MORE },
	{ "0.2.0.1", DER_FIRST_CHANGED },
};

static const struct accepted in_rsa_certificates[] = {
	{ "0.0.1", DER_ONE_BYTE_MORE }, /* serial */
	{ "0.0.3.0", DER_DOUBLED }, /* issuer */
	{ "0.0.3.0.0", DER_DOUBLED },
	{ "0.0.3.0.0.0", DER_ONE_BYTE_MORE },
	{ "0.0.3.0.0.0", DER_ZERO_BEFORE },
	{ "0.0.3.0.0.0", DER_FIRST_CHANGED },
	{ "0.0.3.0.0.1", DER_EMPTIED },
	{ "0.0.3.0.0.1", DER_ONE_BYTE_MORE },
	{ "0.0.3.0.0.1", DER_ZERO_BEFORE },
	{ "0.0.3.0.0.1", DER_FIRST_CHANGED },
	{ "0.0.4.0", DER_FIRST_CHANGED }, /* validity */
	{ "0.0.5.0", DER_DOUBLED }, /* subject */
	{ "0.0.5.0.0", DER_DOUBLED },
	{ "0.0.5.0.0.0", DER_ONE_BYTE_MORE },
	{ "0.0.5.0.0.0", DER_ZERO_BEFORE },
	{ "0.0.5.0.0.0", DER_FIRST_CHANGED },
	{ "0.0.5.0.0.1", DER_EMPTIED },
	{ "0.0.5.0.0.1", DER_ONE_BYTE_MORE },
	{ "0.0.5.0.0.1", DER_ZERO_BEFORE },
	{ "0.0.5.0.0.1", DER_FIRST_CHANGED },
	{ "0.0.7.0.0", DER_LEFT_OUT }, /* basicConstraints */
	{ "0.0.7.0.0.1", DER_LEFT_OUT }, /* its criticality */
	{ "0.0.7.0.1", DER_LEFT_OUT }, /* keyUsage */
	{ "0.0.7.0.1.1", DER_LEFT_OUT },
	{ "0.0.7.0.2.1.0.0", DER_DOUBLED }, /* codeSigning twice */
	{ "0.0.6.1.0.0", DER_ONE_BYTE_MORE }, /* modulus */
	{ "0.0.6.1.0.0", DER_FIRST_CHANGED },
	{ "0.2", DER_ONE_BYTE_MORE }, /* the issuer's signature */
	{ "0.2", DER_ZERO_BEFORE },
};

static void all_changes_of(enum fixture_key key, const struct accepted *list,
			   size_t n)
{
	struct cert_spec spec = cert_leaf(key);
	struct derb der = { 0 };

	cert_make(&spec, &der);
	(void)change_all(&der, judge_signer, list, n);
	derb_free(&der);
}

static void ec_certificates(void **state)
{
	(void)state;
	all_changes_of(KEY_P256, in_ec_certificates,
		       sizeof(in_ec_certificates) /
			       sizeof(in_ec_certificates[0]));
}

static void rsa_certificates(void **state)
{
	(void)state;
	all_changes_of(KEY_RSA, in_rsa_certificates,
		       sizeof(in_rsa_certificates) /
			       sizeof(in_rsa_certificates[0]));
}

/* A UKI, who is trusted, and what it says of itself once verified. */
static uint8_t *unsigned_uki;
static size_t unsigned_len;
static struct vkx_trust trust;
static struct vkx_verified verified, first;
static bool have_first;

static bool judge_file(const struct derb *der)
{
	struct vkx_verify_params params = { .trust = &trust,
					    .components = true };
	size_t len = unsigned_len;
	uint8_t *file = malloc(len);
	struct vkx_infile in;
	bool good;

	memcpy(file, unsigned_uki, len);
	if (!der->len) {
		free(file);
		return false;
	}
	file = uki_fixture_sign(file, &len, der->p, der->len);
	vkx_infile_memory(&in, file, len);
	assert_int_equal(vkx_verify_file(&in, &params, &verified), 0);
	good = verified.verdict == VKX_VERDICT_BOOT;
	if (good && !have_first) {
		first = verified;
		have_first = true;
	}
	/* V53: what is accepted is the same file to a revocation list. */
	if (good) {
		assert_memory_equal(verified.authenticode, first.authenticode,
				    32);
		assert_memory_equal(verified.part_digest, first.part_digest,
				    sizeof(first.part_digest));
	} else {
		last = verified.fault.rule;
		assert_int_not_equal(last, VKX_RULE_NONE);
	}
	vkx_verified_free(&verified);
	free(file);
	return good;
}

/* Signs the UKI, and gives the signature alone. */
static void sign_uki(struct cms_spec *spec, struct derb *der)
{
	struct vkx_pe_cert certs[VKX_MAX_SIGNATURES];
	size_t len = unsigned_len, count;
	uint8_t *file = malloc(len);
	static struct vkx_pe pe;

	memcpy(file, unsigned_uki, len);
	file = file_sign(file, &len, spec);
	assert_int_equal(vkx_pe_parse(file, len, len, VKX_PE_STRICT, &pe, NULL),
			 0);
	assert_int_equal(
		vkx_pe_certs(&pe, file + pe.cert_off, certs, &count, NULL), 0);
	assert_int_equal(count, 1);
	derb_raw(der, file + certs[0].offset, certs[0].size);
	free(file);
}

static int make_uki(void **state)
{
	static struct uki_fixture fixture;

	(void)state;
	uki_fixture_default(&fixture);
	uki_fixture_remove(&fixture, ".dtb");
	unsigned_uki = uki_fixture_build(&fixture, &unsigned_len);
	return 0;
}

/*
 * The parameters of a hash algorithm are NULL or absent (RFC 5754), and these
 * two stand where nothing is signed.
 */
static const struct accepted in_pinned[] = {
	{ "0.1.0.1.0.1", DER_LEFT_OUT },
	{ "0.1.0.4.0.2.1", DER_LEFT_OUT },
};

/* The signer's certificate is the one that is trusted. */
static void a_pinned_signer(void **state)
{
	struct cert_spec leaf = cert_leaf(KEY_P256);
	struct derb cert = { 0 }, der = { 0 };
	struct cms_spec spec = { 0 };

	(void)state;
	cert_make(&leaf, &cert);
	vkx_trust_init(&trust);
	assert_int_equal(vkx_trust_add(&trust, cert.p, cert.len, NULL), 0);
	have_first = false;
	spec.certs[0] = &cert;
	spec.nr_certs = 1;
	spec.signer = &leaf;
	spec.key = KEY_P256;
	sign_uki(&spec, &der);
	(void)change_all(&der, judge_file, in_pinned,
			 sizeof(in_pinned) / sizeof(in_pinned[0]));
	vkx_trust_free(&trust);
	derb_free(&der);
	derb_free(&cert);
}

/* The copy of the CA that comes along is nobody's: the trusted one is used. */
static const struct accepted in_chained[] = {
	{ "0.1.0.1.0.1", DER_LEFT_OUT },
	{ "0.1.0.4.0.2.1", DER_LEFT_OUT },
	{ "0.1.0.3.1", DER_NR_CHANGES },
};

/* A CA is trusted, and comes along beside the signer's certificate. */
static void a_signer_under_a_ca(void **state)
{
	struct cert_spec ca = cert_ca(KEY_P256_OTHER);
	struct cert_spec leaf = cert_leaf(KEY_P256);
	struct derb ca_der = { 0 }, leaf_der = { 0 }, der = { 0 };
	struct cms_spec spec = { 0 };

	(void)state;
	leaf.issuer = ca.subject;
	leaf.serial = 2;
	leaf.issuer_key = KEY_P256_OTHER;
	cert_make(&ca, &ca_der);
	cert_make(&leaf, &leaf_der);
	vkx_trust_init(&trust);
	assert_int_equal(vkx_trust_add(&trust, ca_der.p, ca_der.len, NULL), 0);
	have_first = false;
	spec.certs[0] = &leaf_der;
	spec.certs[1] = &ca_der;
	spec.nr_certs = 2;
	spec.signer = &leaf;
	spec.key = KEY_P256;
	sign_uki(&spec, &der);
	/* Nobody's, but well formed, and of no issuer that it does not name by
	 * key: of the copy's changes only 19 are. */
	assert_int_equal(change_all(&der, judge_file, in_chained,
				    sizeof(in_chained) / sizeof(in_chained[0])),
			 2 + 19);
	vkx_trust_free(&trust);
	derb_free(&der);
	derb_free(&leaf_der);
	derb_free(&ca_der);
}

/* One byte over the limit is not looked at. */
static void limits(void **state)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	size_t len = VKX_MAX_CERT_TABLE + 1;
	uint8_t *der = calloc(1, len);
	enum vkx_hash_alg hash;
	struct vkx_slice digest;
	static struct vkx_cms cms;
	struct vkx_x509 cert;

	(void)state;
	assert_int_equal(vkx_x509_parse(der, len, 77, &cert, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SIG_CERTIFICATES);
	assert_int_equal(fault.offset, 77);
	assert_int_equal(
		vkx_cms_content_parse(der, len, &hash, &digest, &fault),
		-VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SIG_CONTENT);
	assert_int_equal(vkx_cms_parse(der, len, &cms, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SIG_DER);
	assert_int_equal(fault.offset, 0);
	free(der);
}

static int free_all(void **state)
{
	(void)state;
	free(unsigned_uki);
	keys_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ec_certificates),
		cmocka_unit_test(rsa_certificates),
		cmocka_unit_test(a_pinned_signer),
		cmocka_unit_test(a_signer_under_a_ca),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, make_uki, free_all);
}
