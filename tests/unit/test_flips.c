/* SPDX-License-Identifier: BSD-2-Clause */
/* A small signed UKI with every bit flipped, and cut at every length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/sig_fixture.h"
#include "tests/unit/uki_fixture.h"
#include "verify/verify.h"

static struct vkx_verified v;
static struct vkx_trust trust;
static struct vkx_verify_params params = { .trust = &trust };
static uint8_t *file;
static size_t len;

static enum vkx_rule verify(const uint8_t *p, size_t n)
{
	struct vkx_infile in;

	vkx_verified_free(&v);
	vkx_infile_memory(&in, p, n);
	assert_int_equal(vkx_verify_file(&in, &params, &v), 0);
	return v.fault.rule;
}

static int make_file(void **state)
{
	static struct uki_fixture fixture;
	struct cert_spec leaf = cert_leaf(KEY_P256);
	struct derb cert;
	struct cms_spec spec = { .certs = { &cert },
				 .nr_certs = 1,
				 .signer = &leaf,
				 .key = KEY_P256 };

	(void)state;
	uki_fixture_default(&fixture);
	uki_fixture_remove(&fixture, ".dtb");
	cert_make(&leaf, &cert);
	vkx_trust_init(&trust);
	assert_int_equal(vkx_trust_add(&trust, cert.p, cert.len, NULL), 0);
	file = file_sign(uki_fixture_build(&fixture, &len), &len, &spec);
	derb_free(&cert);
	return 0;
}

static int free_file(void **state)
{
	(void)state;
	free(file);
	vkx_trust_free(&trust);
	vkx_verified_free(&v);
	keys_free();
	return 0;
}

/*
 * V12 V15 V51: what is still accepted is CheckSum alone (four bytes; a verdict
 * cannot depend on them), and never with another Authenticode digest.
 */
static void every_bit(void **state)
{
	size_t bit, accepted = 0, outside = 0;
	uint8_t digest[32];

	(void)state;
	assert_int_equal(verify(file, len), VKX_RULE_NONE);
	memcpy(digest, v.authenticode, 32);
	for (bit = 0; bit < 8 * len; bit++) {
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (verify(file, len) == VKX_RULE_NONE) {
			accepted++;
			assert_memory_equal(v.authenticode, digest, 32);
			outside += bit / 8 < UKI_AT_CHECKSUM ||
				   bit / 8 >= UKI_AT_CHECKSUM + 4;
		}
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	print_message("%zu bits, %zu flips accepted: CheckSum, bytes %u to "
		      "%u\n",
		      8 * len, accepted, UKI_AT_CHECKSUM, UKI_AT_CHECKSUM + 3);
	assert_int_equal(accepted, 32);
	assert_int_equal(outside, 0);
}

static void every_length(void **state)
{
	uint8_t *copy;
	size_t n;

	(void)state;
	for (n = 0; n < len; n++) {
		copy = guard_copy(file, n);
		assert_int_not_equal(verify(copy, n), VKX_RULE_NONE);
		guard_free(copy, n);
	}
	/* V11: and one byte, or eight, more. */
	copy = calloc(1, len + 8);
	assert_non_null(copy);
	memcpy(copy, file, len);
	assert_int_equal(verify(copy, len + 1), VKX_RULE_PE_CERT_TABLE);
	assert_int_equal(verify(copy, len + 8), VKX_RULE_PE_CERT_TABLE);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit),
		cmocka_unit_test(every_length),
	};

	return cmocka_run_group_tests(tests, make_file, free_file);
}
