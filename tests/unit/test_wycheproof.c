/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * V42 V43: Wycheproof's signatures through the gate that every signature of a
 * file goes through: no invalid one passes, every valid one does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "sha256.h"
#include "tests/unit/testdata.h"
#include "verify/signature.h"

struct tally {
	size_t valid, valid_passed;
	size_t invalid, invalid_passed;
	size_t acceptable, acceptable_passed;
};

static const char *text_of(struct json_object *obj, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(obj, key, &value));
	return json_object_get_string(value);
}

static size_t unhex(const char *hex, uint8_t *out, size_t max)
{
	size_t i, n = strlen(hex) / 2;
	unsigned int byte;

	assert_true(n <= max);
	for (i = 0; i < n; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		out[i] = (uint8_t)byte;
	}
	return n;
}

struct key {
	uint8_t spki[1024];
	size_t len;
	enum vkx_key_alg alg;
	uint32_t bits;
};

static bool passes(const struct key *key, struct json_object *test)
{
	uint8_t msg[1024], sig[16384], hash[VKX_MAX_DIGEST];
	size_t msg_len = unhex(text_of(test, "msg"), msg, sizeof(msg));
	size_t sig_len = unhex(text_of(test, "sig"), sig, sizeof(sig));

	if (msg_len)
		assert_int_equal(
			vkx_hash_bytes(VKX_HASH_SHA256, msg, msg_len, hash), 0);
	else
		vkx_sha256(NULL, 0, hash);
	return !vkx_signature_check(key->spki, (uint32_t)key->len, key->alg,
				    key->bits, VKX_HASH_SHA256, hash, sig,
				    (uint32_t)sig_len);
}

static void try_vector(const struct key *key, struct json_object *test,
		       struct tally *tally)
{
	const char *result = text_of(test, "result");
	bool passed = passes(key, test);

	if (!strcmp(result, "valid")) {
		tally->valid++;
		tally->valid_passed += passed;
	} else if (!strcmp(result, "invalid")) {
		tally->invalid++;
		tally->invalid_passed += passed;
	} else {
		tally->acceptable++;
		tally->acceptable_passed += passed;
	}
	if (passed && strcmp(result, "valid"))
		print_message("passed: test %s, %s\n", text_of(test, "tcId"),
			      text_of(test, "comment"));
}

static void read_key(struct json_object *group, struct key *key)
{
	struct json_object *size;

	key->len = unhex(text_of(group, "publicKeyDer"), key->spki,
			 sizeof(key->spki));
	assert_string_equal(text_of(group, "sha"), "SHA-256");
	key->alg = VKX_KEY_P256;
	key->bits = 256;
	if (!json_object_object_get_ex(group, "keySize", &size))
		return;
	key->alg = VKX_KEY_RSA;
	key->bits = (uint32_t)json_object_get_int(size);
}

static void run_group(struct json_object *group, struct tally *tally)
{
	struct json_object *tests;
	struct key key;
	size_t i;

	read_key(group, &key);
	assert_true(json_object_object_get_ex(group, "tests", &tests));
	for (i = 0; i < json_object_array_length(tests); i++)
		try_vector(&key, json_object_array_get_idx(tests, i), tally);
}

static struct tally run(const char *path)
{
	struct json_object *root, *groups;
	struct tally tally = { 0 };
	uint8_t *file;
	size_t len, i;

	file = testdata_read(path, &len);
	if (!file)
		testdata_skip(path);
	file = realloc(file, len + 1);
	assert_non_null(file);
	file[len] = 0;
	root = json_tokener_parse((const char *)file);
	assert_non_null(root);
	assert_true(json_object_object_get_ex(root, "testGroups", &groups));
	for (i = 0; i < json_object_array_length(groups); i++)
		run_group(json_object_array_get_idx(groups, i), &tally);
	json_object_put(root);
	free(file);
	print_message("%s: %zu of %zu valid, %zu of %zu invalid, %zu of %zu "
		      "acceptable ones passed\n",
		      path, tally.valid_passed, tally.valid,
		      tally.invalid_passed, tally.invalid,
		      tally.acceptable_passed, tally.acceptable);
	return tally;
}

static void all_and_only_the_valid(const char *path)
{
	struct tally tally = run(path);

	assert_true(tally.valid > 0 && tally.invalid > 0);
	assert_int_equal(tally.valid_passed, tally.valid);
	assert_int_equal(tally.invalid_passed, 0);
	assert_int_equal(tally.acceptable_passed, 0);
}

static void ecdsa_p256(void **state)
{
	(void)state;
	all_and_only_the_valid("wycheproof/ecdsa_secp256r1_sha256_test.json");
}

static void rsa_2048(void **state)
{
	(void)state;
	all_and_only_the_valid(
		"wycheproof/rsa_signature_2048_sha256_test.json");
}

static void rsa_3072(void **state)
{
	(void)state;
	all_and_only_the_valid(
		"wycheproof/rsa_signature_3072_sha256_test.json");
}

/* A PSS value is no PKCS#1 v1.5 one, however good; the set has one of ours
 * among those that are invalid as PSS. */
static void pss_is_not_v15(void **state)
{
	struct tally tally =
		run("wycheproof/rsa_pss_2048_sha256_mgf1_32_test.json");

	(void)state;
	assert_true(tally.valid > 0);
	assert_int_equal(tally.valid_passed, 0);
	assert_int_equal(tally.invalid_passed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ecdsa_p256),
		cmocka_unit_test(rsa_2048),
		cmocka_unit_test(rsa_3072),
		cmocka_unit_test(pss_is_not_v15),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
