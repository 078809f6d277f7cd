/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures, certificates and signed binaries that others made: no crash, and
 * nothing accepted that should not be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "keys/pem.h"
#include "tests/unit/testdata.h"
#include "tests/unit/uki_fixture.h"
#include "verify/verify.h"

/* --- PKCS#7 and X.509 ------------------------------------------------------- */

struct tally {
	size_t files, cms, certs;
};

static void visit_der(void *ctx, const char *name, const uint8_t *bytes,
		      size_t len)
{
	struct vkx_cms *cms = malloc(sizeof(*cms));
	uint8_t *copy = guard_copy(bytes, len);
	struct tally *tally = ctx;
	struct vkx_x509 cert;

	(void)name;
	assert_non_null(cms);
	tally->files++;
	tally->cms += !vkx_cms_parse(copy, len, cms, NULL);
	tally->certs += !vkx_x509_parse(copy, len, 0, &cert, NULL);
	guard_free(copy, len);
	free(cms);
}

/* V36 V39: not one of these is a signature over a PE file: most sign id-data,
 * the rest is broken on purpose. */
static void mbedtls_pkcs7(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	if (!testdata_each("pkcs7/mbedtls", visit_der, &tally))
		testdata_skip("pkcs7/mbedtls");
	print_message("%zu files, %zu certificates\n", tally.files,
		      tally.certs);
	assert_int_equal(tally.cms, 0);
}

/* --- PE files ----------------------------------------------------------------- */

struct pe_tally {
	size_t files, any, uki, parsed;
	const struct vkx_trust *trust;
};

static struct vkx_verified v;

static void visit_pe(void *ctx, const char *name, const uint8_t *bytes,
		     size_t len)
{
	struct pe_tally *tally = ctx;
	struct vkx_verify_params params = { .trust = tally->trust };
	uint8_t *copy = guard_copy(bytes, len);
	struct vkx_infile in;
	size_t i;

	(void)name;
	tally->files++;
	vkx_infile_memory(&in, copy, len);
	assert_int_equal(vkx_verify_file(&in, &params, &v), 0);
	tally->uki += v.verdict == VKX_VERDICT_BOOT;
	assert_int_not_equal(v.verdict, VKX_VERDICT_NONE);
	vkx_verified_free(&v);
	params.any_pe = true;
	assert_int_equal(vkx_verify_file(&in, &params, &v), 0);
	tally->any += v.verdict == VKX_VERDICT_BOOT;
	assert_int_not_equal(v.verdict, VKX_VERDICT_NONE);
	for (i = 0; i < v.nr_signatures; i++)
		tally->parsed += v.signatures[i].parsed;
	vkx_verified_free(&v);
	guard_free(copy, len);
}

static bool trust_debian(struct vkx_trust *trust)
{
	struct vkx_bytes pem = { 0 }, der = { 0 };
	bool ok = false;

	vkx_trust_init(trust);
	pem.data = testdata_read("pe/debian12-arm64/debian-secure-boot-ca.pem",
				 &pem.len);
	if (pem.data && !vkx_pem_read(&pem, "CERTIFICATE", &der))
		ok = !vkx_trust_add(trust, der.data, der.len, NULL);
	vkx_bytes_free(&der);
	free(pem.data);
	return ok;
}

static struct pe_tally walk(const char *path, const struct vkx_trust *trust)
{
	struct pe_tally tally = { .trust = trust };

	if (!testdata_each(path, visit_pe, &tally))
		testdata_skip(path);
	print_message("%s: %zu files, %zu signatures read, %zu accepted, %zu "
		      "as UKIs\n",
		      path, tally.files, tally.parsed, tally.any, tally.uki);
	assert_int_equal(tally.uki, 0);
	return tally;
}

/* fwupd is signed by a signer under Debian's CA, shim by Microsoft. */
static void debian_binaries(void **state)
{
	struct pe_tally tally;
	struct vkx_trust trust;

	(void)state;
	if (!trust_debian(&trust))
		testdata_skip("pe/debian12-arm64");
	tally = walk("pe/debian12-arm64", &trust);
	assert_int_equal(tally.any, 1);
	vkx_trust_free(&trust);
}

static void strangers_under_debians_ca(void **state)
{
	static const char *const paths[] = { "pe/authenticode-rs",
					     "pe/uthenticode", "pe/goblin",
					     "pe/corkami" };
	struct vkx_trust trust;
	size_t i;

	(void)state;
	if (!trust_debian(&trust))
		testdata_skip("pe/debian12-arm64");
	for (i = 0; i < 4; i++)
		assert_int_equal(walk(paths[i], &trust).any, 0);
	vkx_trust_free(&trust);
}

/*
 * V44, CVE-2020-0601: the file's certificates use curve parameters of their
 * author's choice. Refused, even where the signer is pinned, which cannot be:
 * such a certificate is no anchor.
 */
static void slippery_slope(void **state)
{
	static const char path[] = "pe/uthenticode/A_SSLippery_Slope.exe";
	struct vkx_verify_params params = { .any_pe = true };
	struct vkx_infile in;
	uint8_t *file;
	size_t len;

	(void)state;
	file = testdata_read(path, &len);
	if (!file)
		testdata_skip(path);
	vkx_infile_memory(&in, file, len);
	assert_int_equal(vkx_verify_file(&in, &params, &v), 0);
	print_message("%s: %s\n", path, vkx_rule_id(v.fault.rule));
	assert_int_equal(v.verdict, VKX_VERDICT_SIGNATURE);
	vkx_verified_free(&v);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mbedtls_pkcs7),
		cmocka_unit_test(debian_binaries),
		cmocka_unit_test(strangers_under_debians_ca),
		cmocka_unit_test(slippery_slope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
