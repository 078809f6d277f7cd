/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keys/cert.h"
#include "keys/derw.h"
#include "keys/key.h"
#include "keys/name.h"
#include "keys/pem.h"
#include "keys/validity.h"
#include "keys/pkcs8.h"
#include "sha256.h"

static struct vkx_secret secret_of(const char *text)
{
	struct vkx_secret s = { .len = strlen(text) };

	strcpy(s.text, text);
	return s;
}

/* The P-256 key of RFC 6979, A.2.5, as SEC 1. */
static const char rfc6979_key[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"MDECAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49\n"
	"AwEH\n"
	"-----END EC PRIVATE KEY-----\n";

static void load_rfc6979(struct vkx_key *key)
{
	struct vkx_bytes file = { 0 };

	vkx_key_init(key);
	assert_int_equal(
		vkx_bytes_copy(rfc6979_key, sizeof(rfc6979_key) - 1, &file), 0);
	assert_int_equal(vkx_key_parse(key, &file, NULL), 0);
	vkx_bytes_free(&file);
}

/* V121: RFC 6979 A.2.5, SHA-256, message "sample". */
static void ecdsa_is_rfc6979(void **state)
{
	static const uint8_t r[32] = {
		0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd,
		0x11, 0x40, 0xdd, 0x9c, 0xd4, 0x5e, 0x81, 0xd6,
		0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa, 0xf9, 0x91,
		0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16,
	};
	static const uint8_t s[32] = {
		0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c, 0x41,
		0xd4, 0x36, 0xc7, 0xa1, 0xb6, 0xe2, 0x9f, 0x65,
		0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf, 0xf4, 0x06,
		0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8,
	};
	uint8_t digest[32], sig[VKX_MAX_SIGNATURE], want[80];
	struct vkx_derw w;
	struct vkx_key key;
	size_t len;

	(void)state;
	load_rfc6979(&key);
	assert_int_equal(key.alg, VKX_KEY_P256);
	vkx_sha256("sample", 6, digest);
	assert_int_equal(vkx_key_sign(&key, VKX_HASH_SHA256, digest, sig, &len),
			 0);
	vkx_derw_init(&w, want, sizeof(want));
	vkx_derw_uint(&w, s, 32);
	vkx_derw_uint(&w, r, 32);
	vkx_derw_wrap(&w, w.end, 0x30);
	assert_int_equal(len, w.end - w.p);
	assert_memory_equal(sig, w.p, len);
	vkx_key_free(&key);
}

static void pem_round_trip_encrypted(void **state)
{
	struct vkx_secret right = secret_of("right"),
			  wrong = secret_of("wrong");
	struct vkx_bytes pem = { 0 };
	struct vkx_key key, again;

	(void)state;
	load_rfc6979(&key);
	vkx_key_init(&again);
	assert_int_equal(vkx_key_write_pem(&key, &right, &pem), 0);
	assert_true(vkx_key_is_encrypted(&pem));
	assert_int_equal(vkx_key_parse(&again, &pem, NULL), -VKX_ERR_ARG);
	assert_int_equal(vkx_key_parse(&again, &pem, &wrong),
			 -VKX_ERR_MISMATCH);
	assert_int_equal(vkx_key_parse(&again, &pem, &right), 0);
	assert_int_equal(again.spki.len, key.spki.len);
	assert_memory_equal(again.spki.data, key.spki.data, key.spki.len);
	vkx_bytes_free(&pem);
	vkx_key_free(&key);
	vkx_key_free(&again);
}

/* What stands in SOURCE_DATE_EPOCH, or nothing. */
static void validity(void **state)
{
	static const char *const bad[] = {
		"yesterday", "-1",  "1x",	    " 1",
		"0x10",	     "1e9", "253402300799", "999999999999999999"
	};
	struct vkx_cert_spec spec = { .not_before = 1, .not_after = 2 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("SOURCE_DATE_EPOCH", bad[i], 1);
		assert_false(vkx_validity_set(&spec, 1));
	}
	assert_true(spec.not_before == 1 && spec.not_after == 2);
	setenv("SOURCE_DATE_EPOCH", "0", 1);
	assert_true(vkx_validity_set(&spec, 365));
	assert_true(spec.not_before == 19700101000000 &&
		    spec.not_after == 19710101000000);
	setenv("SOURCE_DATE_EPOCH", "253402214399", 1);
	assert_true(vkx_validity_set(&spec, 1));
	assert_true(spec.not_after == 99991231235959);
	assert_false(vkx_validity_set(&spec, 2));
	unsetenv("SOURCE_DATE_EPOCH");
}

/* A bundle whose last block is cut, or hidden behind a NUL, is no shorter
 * bundle. */
static void pem_bundles(void **state)
{
#define BLOCK(text) "-----BEGIN X-----\n" text "\n-----END X-----\n"
	static const struct {
		const char *text;
		size_t len;
		int blocks, end;
	} rows[] = {
#define ROW(text, blocks, end) { text, sizeof(text) - 1, blocks, end }
		ROW("", 0, -VKX_ERR_NOTFOUND),
		ROW("words\n", 0, -VKX_ERR_NOTFOUND),
		ROW(BLOCK("AAAA"), 1, -VKX_ERR_NOTFOUND),
		ROW("a\n" BLOCK("AAAA") "b\n" BLOCK("BBBB") "c\n", 2,
		    -VKX_ERR_NOTFOUND),
		ROW(BLOCK("AAAA") "-----BEGIN Y-----\nCCCC\n", 1,
		    -VKX_ERR_NOTFOUND),
		ROW(BLOCK("AAAA") "-----BEGIN X-----\nBBBB\n", 1,
		    -VKX_ERR_FORMAT),
		ROW(BLOCK("AAAA") "-----BEGIN X-----\nBBBB\n-----END Y-----\n",
		    1, -VKX_ERR_FORMAT),
		ROW(BLOCK("AAAA") "\0" BLOCK("BBBB"), 1, -VKX_ERR_FORMAT),
		ROW(BLOCK("AAAA") BLOCK("B*B"), 1, -VKX_ERR_FORMAT),
	};
	struct vkx_bytes file = { 0 }, der = { 0 };
	int blocks, err;
	size_t i, pos;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
			vkx_bytes_copy(rows[i].text, rows[i].len, &file), 0);
		pos = 0;
		for (blocks = 0;; blocks++) {
			err = vkx_pem_next(&file, "X", &pos, &der);
			if (err)
				break;
			vkx_bytes_free(&der);
		}
		assert_int_equal(blocks, rows[i].blocks);
		assert_int_equal(err, rows[i].end);
		vkx_bytes_free(&file);
	}
}

/* A plain key cut at every length, and every byte changed: an error or a key,
 * never a crash. V41 */
static void damaged_keys(void **state)
{
	struct vkx_bytes pem = { 0 }, der = { 0 };
	struct vkx_key key, other;
	size_t i;

	(void)state;
	load_rfc6979(&key);
	vkx_key_init(&other);
	assert_int_equal(vkx_key_write_pem(&key, NULL, &pem), 0);
	assert_int_equal(vkx_pem_read(&pem, "PRIVATE KEY", &der), 0);
	for (i = 0; i < der.len; i++) {
		struct vkx_bytes cut = { 0 };

		assert_int_equal(vkx_bytes_copy(der.data, i, &cut), 0);
		assert_int_not_equal(vkx_key_parse(&other, &cut, NULL), 0);
		vkx_bytes_free(&cut);
		der.data[i] ^= 0xff;
		(void)!vkx_key_parse(&other, &der, NULL);
		der.data[i] ^= 0xff;
	}
	vkx_bytes_free(&pem);
	vkx_bytes_free(&der);
	vkx_key_free(&key);
	vkx_key_free(&other);
}

/* The encrypted form cut at every length, and its structure damaged: refused
 * before the half second of key derivation, which is not spent on rubbish. */
static void damaged_envelopes(void **state)
{
	struct vkx_secret secret = secret_of("x");
	struct vkx_bytes plain = { 0 }, der = { 0 }, out = { 0 };
	size_t i, refused = 0;

	(void)state;
	assert_int_equal(vkx_bytes_copy("\x30\x03\x02\x01\x00", 5, &plain), 0);
	assert_int_equal(vkx_pkcs8_wrap(&plain, &secret, &der), 0);
	for (i = 0; i < der.len; i++) {
		struct vkx_bytes cut = { 0 };

		assert_int_equal(vkx_bytes_copy(der.data, i, &cut), 0);
		assert_int_equal(
			vkx_pkcs8_unwrap(cut.data, cut.len, &secret, &out),
			-VKX_ERR_FORMAT);
		vkx_bytes_free(&cut);
	}
	/* What stands in front of salt, IV and ciphertext is structure. */
	for (i = 0; i < 30; i++) {
		der.data[i] ^= 0x55;
		if (vkx_pkcs8_unwrap(der.data, der.len, &secret, &out))
			refused++;
		else
			vkx_bytes_free(&out);
		der.data[i] ^= 0x55;
	}
	assert_int_equal(refused, 30);
	vkx_bytes_free(&plain);
	vkx_bytes_free(&der);
}

static void certificate_round_trip(void **state)
{
	struct vkx_cert_spec spec = { .not_before = 20260101000000,
				      .not_after = 20500101000000 };
	struct vkx_fault fault;
	struct vkx_x509 x509;
	struct vkx_bytes der = { 0 };
	struct vkx_cert cert;
	struct vkx_key key;
	const char *where;
	int ca;

	(void)state;
	load_rfc6979(&key);
	vkx_cert_init(&cert);
	assert_int_equal(vkx_name_parse("CN=Test", &spec.subject, &where), 0);
	spec.issuer = spec.subject;
	spec.spki = key.spki;
	for (ca = 0; ca < 2; ca++) {
		spec.ca = ca;
		assert_int_equal(vkx_cert_write(&spec, &key, &der), 0);
		assert_int_equal(
			vkx_x509_parse(der.data, der.len, 0, &x509, &fault), 0);
		assert_int_equal(x509.not_before, 20260101000000);
		assert_int_equal(x509.not_after, 20500101000000);
		assert_int_equal(x509.ca, ca);
		assert_int_equal(vkx_x509_check_signer(&x509, &fault),
				 ca ? -VKX_ERR_FORMAT : 0);
		assert_int_equal(vkx_x509_check_ca(&x509, &fault),
				 ca ? 0 : -VKX_ERR_FORMAT);
		assert_int_equal(vkx_cert_parse(&cert, &der), 0);
		assert_true(vkx_cert_is_for(&cert, &key));
		vkx_bytes_free(&der);
	}
	vkx_bytes_free(&spec.subject);
	vkx_cert_free(&cert);
	vkx_key_free(&key);
}

static void request_proves_possession(void **state)
{
	struct vkx_bytes subject = { 0 }, der = { 0 }, s = { 0 }, k = { 0 };
	struct vkx_key key;
	const char *where;

	(void)state;
	load_rfc6979(&key);
	assert_int_equal(vkx_name_parse("CN=Test", &subject, &where), 0);
	assert_int_equal(vkx_csr_write(&subject, &key, &der), 0);
	assert_int_equal(vkx_csr_parse(&der, &s, &k), 0);
	assert_int_equal(s.len, subject.len);
	assert_memory_equal(s.data, subject.data, s.len);
	assert_memory_equal(k.data, key.spki.data, k.len);
	vkx_bytes_free(&s);
	vkx_bytes_free(&k);
	der.data[der.len - 1] ^= 1;
	assert_int_equal(vkx_csr_parse(&der, &s, &k), -VKX_ERR_MISMATCH);
	assert_null(s.data);
	vkx_bytes_free(&subject);
	vkx_bytes_free(&der);
	vkx_key_free(&key);
}

static void types(void **state)
{
	struct vkx_key key;

	(void)state;
	vkx_key_init(&key);
	assert_int_equal(vkx_key_generate(&key, "rsa1024"), -VKX_ERR_ARG);
	assert_int_equal(vkx_key_generate(&key, ""), -VKX_ERR_ARG);
	assert_int_equal(vkx_key_generate(&key, "p384"), 0);
	assert_int_equal(key.alg, VKX_KEY_P384);
	assert_int_equal(vkx_key_hash(&key), VKX_HASH_SHA384);
	vkx_key_free(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ecdsa_is_rfc6979),
		cmocka_unit_test(pem_round_trip_encrypted),
		cmocka_unit_test(validity),
		cmocka_unit_test(pem_bundles),
		cmocka_unit_test(damaged_keys),
		cmocka_unit_test(damaged_envelopes),
		cmocka_unit_test(certificate_round_trip),
		cmocka_unit_test(request_proves_possession),
		cmocka_unit_test(types),
	};

	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
