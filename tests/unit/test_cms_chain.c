/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules on a way from signer to trusted key, on certificates of a few
 * bytes: names and key identifiers are one letter each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cms.h"

static const uint8_t text[] = "abcdefghijklmnopqrstuvwxyz";

static struct vkx_slice letter(char c)
{
	return c ? (struct vkx_slice){ (uint32_t)(c - 'a'), 1 } :
		   (struct vkx_slice){ 0, 0 };
}

static struct vkx_x509 cert(char issuer, char subject, int pathlen)
{
	return (struct vkx_x509){
		.issuer = letter(issuer),
		.subject = letter(subject),
		.serial = letter(subject),
		.sig_hash = VKX_HASH_SHA256,
		.pathlen = pathlen,
	};
}

/* s (signer) <- m <- n, and n issued by the root r, which is not in it. */
static struct vkx_cms chain(void)
{
	struct vkx_cms cms = { .nr_certs = 3, .signer = 1 };

	cms.certs[0] = cert('r', 'n', -1);
	cms.certs[1] = cert('m', 's', -1);
	cms.certs[2] = cert('n', 'm', -1);
	return cms;
}

static enum vkx_rule rule_of(const struct vkx_cms *cms)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	int err = vkx_cms_check_chain(text, cms, &fault);

	assert_int_equal(err, fault.rule ? -VKX_ERR_FORMAT : 0);
	return fault.rule;
}

/* V46: weak hashes on the way, and only there. */
static void hashes(void **state)
{
	struct vkx_cms cms;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		cms = chain();
		assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
		cms.certs[i].sig_hash = VKX_HASH_SHA1;
		assert_int_equal(rule_of(&cms), VKX_RULE_SIG_CHAIN);
		cms.certs[i].sig_hash = VKX_HASH_NONE;
		assert_int_equal(rule_of(&cms), VKX_RULE_SIG_CHAIN);
		cms.certs[i].sig_hash = VKX_HASH_SHA512;
		assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
	}
	/* A stranger in the list leads nowhere; a root vouches for itself. */
	cms = chain();
	cms.certs[cms.nr_certs++] = cert('y', 'x', -1);
	cms.certs[3].sig_hash = VKX_HASH_SHA1;
	assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
	cms.certs[3] = cert('r', 'r', -1);
	cms.certs[3].sig_hash = VKX_HASH_SHA1;
	assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
}

/* V46: path lengths, whichever way the links are found. */
static void lengths(void **state)
{
	struct vkx_cms cms = chain();

	(void)state;
	cms.certs[2].pathlen = 0;
	cms.certs[0].pathlen = 1;
	assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
	cms.certs[0].pathlen = 0;
	assert_int_equal(rule_of(&cms), VKX_RULE_SIG_CHAIN);
	/* Names that say nothing, and key identifiers that lead on. */
	cms.certs[0].subject = letter('x');
	assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
	cms.certs[0].skid = letter('k');
	cms.certs[2].akid = letter('k');
	assert_int_equal(rule_of(&cms), VKX_RULE_SIG_CHAIN);
	/* The same name, and key identifiers that say: another key. */
	cms.certs[0].subject = letter('n');
	cms.certs[2].akid = letter('l');
	assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
	/* Three CAs between; the third may only be a root. */
	cms = chain();
	cms.certs[cms.nr_certs++] = cert('z', 'r', -1);
	assert_int_equal(rule_of(&cms), VKX_RULE_SIG_CHAIN);
	cms.certs[3] = cert('r', 'r', 1);
	assert_int_equal(rule_of(&cms), VKX_RULE_SIG_CHAIN);
	cms.certs[3] = cert('r', 'r', 2);
	assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
	/* Two that issued each other end the search all the same. */
	cms.certs[0] = cert('m', 'n', -1);
	assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
}

/* V53 V55: a CA that is left out of the signature is found to be meant. */
static void ends(void **state)
{
	struct vkx_cms cms = chain();
	struct vkx_x509 root = cert('r', 'r', -1);
	size_t below = 9;

	(void)state;
	assert_true(vkx_cms_may_end_at(text, &cms, text, &root, &below));
	assert_int_equal(below, 2);
	cms.nr_certs = 2;
	assert_false(vkx_cms_may_end_at(text, &cms, text, &root, &below));
	/* Stripped to the signer: who issued that is the end. */
	root = cert('r', 'm', -1);
	assert_true(vkx_cms_may_end_at(text, &cms, text, &root, &below));
	assert_int_equal(below, 0);
	root.skid = letter('k');
	assert_true(vkx_cms_may_end_at(text, &cms, text, &root, &below));
	cms.certs[1].akid = letter('l');
	assert_false(vkx_cms_may_end_at(text, &cms, text, &root, &below));
	/* The signer's own issuer and number, under another subject. */
	root = cert('m', 's', -1);
	root.subject = letter('q');
	assert_true(vkx_cms_may_end_at(text, &cms, text, &root, &below));
	root.serial = letter('t');
	assert_false(vkx_cms_may_end_at(text, &cms, text, &root, &below));
	/* Nothing is no name: two empty slices are not the same. */
	root = cert(0, 0, -1);
	cms.certs[1].issuer = letter(0);
	assert_false(vkx_cms_may_end_at(text, &cms, text, &root, &below));
}

static enum vkx_rule key_ids_of(const struct vkx_cms *cms)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	int err = vkx_cms_check_key_ids(text, cms, &fault);

	assert_int_equal(err, fault.rule ? -VKX_ERR_FORMAT : 0);
	return fault.rule;
}

static void name_key(struct vkx_x509 *cert, char akid)
{
	cert->has_akid = true;
	cert->akid = letter(akid);
}

/* V46, V55: who issued a certificate is named by key, or nothing is known. */
static void key_ids(void **state)
{
	struct vkx_cms cms = chain();
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		name_key(&cms.certs[i], 'k');
	assert_int_equal(key_ids_of(&cms), VKX_RULE_NONE);
	for (i = 0; i < 3; i++) {
		name_key(&cms.certs[i], 0);
		assert_int_equal(key_ids_of(&cms), VKX_RULE_SIG_SIGNER);
		cms.certs[i].has_akid = false;
		assert_int_equal(key_ids_of(&cms), VKX_RULE_SIG_SIGNER);
		name_key(&cms.certs[i], 'k');
	}
	/* A root needs to name nobody, a stranger leads nowhere. */
	cms.certs[cms.nr_certs++] = cert('r', 'r', -1);
	assert_int_equal(key_ids_of(&cms), VKX_RULE_NONE);
	name_key(&cms.certs[3], 0);
	assert_int_equal(key_ids_of(&cms), VKX_RULE_SIG_SIGNER);
	cms.certs[3] = cert('y', 'x', -1);
	assert_int_equal(key_ids_of(&cms), VKX_RULE_NONE);
}

/* V46: a CA that was issued under its own name is no root. */
static void rolled_over(void **state)
{
	struct vkx_cms cms = chain();

	(void)state;
	cms.certs[0] = cert('n', 'n', -1);
	cms.certs[0].sig_hash = VKX_HASH_SHA1;
	assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
	cms.certs[0].skid = letter('k');
	name_key(&cms.certs[0], 'k');
	assert_int_equal(rule_of(&cms), VKX_RULE_NONE);
	name_key(&cms.certs[0], 'l');
	assert_int_equal(rule_of(&cms), VKX_RULE_SIG_CHAIN);
	/* By issuer and number alone it may be another's as well. */
	name_key(&cms.certs[0], 0);
	assert_int_equal(rule_of(&cms), VKX_RULE_SIG_CHAIN);
}

/* V55: Linux puts number and issuer one behind the other, and compares that. */
static void seam(void **state)
{
	static const uint8_t ca_der[] = { 1, 0x30, 5, 'A', 'B', 'C', 'D', 'E' };
	static uint8_t der[] = { 1,   'A', 'B', 0x30, 0x81, 3,
				 'C', 'D', 'E', 'x',  'y' };
	struct vkx_cms cms = { .nr_certs = 1 };
	struct vkx_x509 ca = { .serial = { 0, 1 }, .issuer = { 1, 7 } };
	size_t below = 9;

	(void)state;
	cms.certs[0].serial = (struct vkx_slice){ 0, 3 };
	cms.certs[0].issuer = (struct vkx_slice){ 3, 6 };
	assert_true(vkx_cms_may_end_at(der, &cms, ca_der, &ca, &below));
	assert_int_equal(below, 0);
	der[8] = 'e';
	assert_false(vkx_cms_may_end_at(der, &cms, ca_der, &ca, &below));
	der[8] = 'E';
	der[1] = 'a';
	assert_false(vkx_cms_may_end_at(der, &cms, ca_der, &ca, &below));
	der[1] = 'A';
	cms.certs[0].issuer.size = 7;
	assert_false(vkx_cms_may_end_at(der, &cms, ca_der, &ca, &below));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes),      cmocka_unit_test(lengths),
		cmocka_unit_test(ends),	       cmocka_unit_test(key_ids),
		cmocka_unit_test(rolled_over), cmocka_unit_test(seam),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
