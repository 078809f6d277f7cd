/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every SHA-256 engine that this CPU can run, against FIPS 180-4's examples,
 * against mbedtls, and against itself in every split, alignment and pairing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <mbedtls/sha256.h>

#include "sha256.h"

#define MAX_LEN (5u * VKX_SHA256_BLOCK)

/* A fixed xorshift: the tests see the same bytes in every run. */
static void fill(uint8_t *p, size_t len, uint32_t seed)
{
	uint32_t x = seed * 2654435761u | 1;
	size_t i;

	for (i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		p[i] = (uint8_t)(x >> 24);
	}
}

static void unhex(const char *hex, uint8_t out[32])
{
	unsigned int i, v;

	for (i = 0; i < 32; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		out[i] = (uint8_t)v;
	}
}

static void reference(const uint8_t *p, size_t len, uint8_t out[32])
{
	assert_int_equal(mbedtls_sha256_ret(p, len, out, 0), 0);
}

static const struct vkx_sha256_engine *use_engine(size_t i)
{
	const struct vkx_sha256_engine *e = vkx_sha256_engine_at(i);

	if (e) {
		vkx_sha256_use(e);
		assert_ptr_equal(vkx_sha256_engine(), e);
	}
	return e;
}

static int back_to_fastest(void **state)
{
	(void)state;
	vkx_sha256_use(NULL);
	return 0;
}

static void list_ends_with_generic(void **state)
{
	const struct vkx_sha256_engine *e, *last = NULL;
	size_t i;

	(void)state;
	for (i = 0; (e = vkx_sha256_engine_at(i)); i++) {
		print_message("engine %s%s\n", e->name,
			      e->blocks2 ? " (pairs)" : "");
		last = e;
	}
	assert_ptr_equal(last, &vkx_sha256_generic);
	vkx_sha256_use(NULL);
	assert_ptr_equal(vkx_sha256_engine(), vkx_sha256_engine_at(0));
}

static void published_vectors(void **state)
{
	static const struct {
		const char *text, *digest;
	} v[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039"
		  "a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
		  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		  "cf5b16a778af8380036ce59e7b049237"
		  "0b249b11e8f07a51afac45037afee9d1" },
	};
	uint8_t want[32], got[32];
	size_t e, i;

	(void)state;
	for (e = 0; use_engine(e); e++)
		for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
			unhex(v[i].digest, want);
			vkx_sha256(v[i].text, strlen(v[i].text), got);
			assert_memory_equal(got, want, 32);
		}
}

static void a_million_a(void **state)
{
	uint8_t a[1000], want[32], got[32];
	struct vkx_sha256 ctx;
	size_t e, i;

	(void)state;
	memset(a, 'a', sizeof(a));
	unhex("cdc76e5c9914fb9281a1c7e284d73e67"
	      "f1809a48a497200e046d39ccc7112cd0",
	      want);
	for (e = 0; use_engine(e); e++) {
		vkx_sha256_init(&ctx);
		for (i = 0; i < 1000; i++)
			vkx_sha256_update(&ctx, a, sizeof(a));
		vkx_sha256_final(&ctx, got);
		assert_memory_equal(got, want, 32);
	}
}

static void every_length_and_alignment(void **state)
{
	uint8_t buf[MAX_LEN + 16], want[32], got[32];
	size_t e, len, align;

	(void)state;
	fill(buf, sizeof(buf), 1);
	for (e = 0; use_engine(e); e++)
		for (len = 0; len <= 4 * VKX_SHA256_BLOCK; len++)
			for (align = 0; align < 16; align++) {
				reference(buf + align, len, want);
				vkx_sha256(buf + align, len, got);
				assert_memory_equal(got, want, 32);
			}
}

static void every_split(void **state)
{
	uint8_t buf[MAX_LEN], want[32], got[32];
	size_t e, len = 3 * VKX_SHA256_BLOCK, a, b;
	struct vkx_sha256 ctx;

	(void)state;
	fill(buf, sizeof(buf), 2);
	reference(buf, len, want);
	for (e = 0; use_engine(e); e++)
		for (a = 0; a <= len; a++)
			for (b = a; b <= len; b += 7) {
				vkx_sha256_init(&ctx);
				vkx_sha256_update(&ctx, buf, a);
				vkx_sha256_update(&ctx, buf + a, b - a);
				vkx_sha256_update(&ctx, buf + b, len - b);
				vkx_sha256_final(&ctx, got);
				assert_memory_equal(got, want, 32);
			}
}

/* Streams that stand at any two places of a block, with the same or other
 * data, give what they give alone. */
static void pairs_equal_singles(void **state)
{
	uint8_t a[2 * MAX_LEN], b[2 * MAX_LEN], want[32], got[32];
	struct vkx_sha256 ca, cb;
	size_t e, pa, pb, len;

	(void)state;
	fill(a, sizeof(a), 3);
	fill(b, sizeof(b), 4);
	for (e = 0; use_engine(e); e++)
		for (pa = 0; pa <= 64; pa++)
			for (pb = 0; pb <= 64; pb += 3)
				for (len = 0; len <= 260; len += 13) {
					vkx_sha256_init(&ca);
					vkx_sha256_init(&cb);
					vkx_sha256_update(&ca, a, pa);
					vkx_sha256_update(&cb, b, pb);
					vkx_sha256_update2(&ca, a + pa, &cb,
							   b + pb, len);
					vkx_sha256_final(&ca, got);
					reference(a, pa + len, want);
					assert_memory_equal(got, want, 32);
					vkx_sha256_final(&cb, got);
					reference(b, pb + len, want);
					assert_memory_equal(got, want, 32);
				}
}

static void one_message_twice(void **state)
{
	uint8_t a[MAX_LEN], want[32], got[32];
	struct vkx_sha256 ca, cb;
	size_t e;

	(void)state;
	fill(a, sizeof(a), 5);
	reference(a, sizeof(a), want);
	for (e = 0; use_engine(e); e++) {
		vkx_sha256_init(&ca);
		vkx_sha256_init(&cb);
		vkx_sha256_update2(&ca, a, &cb, a, sizeof(a));
		vkx_sha256_final(&ca, got);
		assert_memory_equal(got, want, 32);
		vkx_sha256_final(&cb, got);
		assert_memory_equal(got, want, 32);
	}
}

static void random_messages_as_mbedtls(void **state)
{
	size_t max = 1u << 16, e, i, len;
	uint8_t *buf = malloc(max + 64), want[32], got[32];

	(void)state;
	assert_non_null(buf);
	for (i = 0; i < 300; i++) {
		fill(buf, max + 64, (uint32_t)i + 10);
		len = ((size_t)buf[0] << 8 | buf[1]) % max;
		reference(buf + i % 64, len, want);
		for (e = 0; use_engine(e); e++) {
			vkx_sha256(buf + i % 64, len, got);
			assert_memory_equal(got, want, 32);
		}
	}
	free(buf);
}

/* The length field is 64 bits of bits: more than 512 MiB needs its upper half. */
static void long_message_length(void **state)
{
	struct vkx_sha256 ctx;
	uint8_t want[32], got[32], block[64] = { 0 };
	mbedtls_sha256_context m;

	(void)state;
	/* The state after 2^32 bytes need not be real: only the padding is
	 * compared, from the same state on both sides. */
	mbedtls_sha256_init(&m);
	assert_int_equal(mbedtls_sha256_starts_ret(&m, 0), 0);
	m.total[0] = 0;
	m.total[1] = 1;
	assert_int_equal(mbedtls_sha256_update_ret(&m, block, 5), 0);
	assert_int_equal(mbedtls_sha256_finish_ret(&m, want), 0);
	vkx_sha256_init(&ctx);
	ctx.bytes = 1ULL << 32;
	vkx_sha256_update(&ctx, block, 5);
	vkx_sha256_final(&ctx, got);
	assert_memory_equal(got, want, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_ends_with_generic),
		cmocka_unit_test_teardown(published_vectors, back_to_fastest),
		cmocka_unit_test_teardown(a_million_a, back_to_fastest),
		cmocka_unit_test_teardown(every_length_and_alignment,
					  back_to_fastest),
		cmocka_unit_test_teardown(every_split, back_to_fastest),
		cmocka_unit_test_teardown(pairs_equal_singles, back_to_fastest),
		cmocka_unit_test_teardown(one_message_twice, back_to_fastest),
		cmocka_unit_test_teardown(random_messages_as_mbedtls,
					  back_to_fastest),
		cmocka_unit_test(long_message_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
