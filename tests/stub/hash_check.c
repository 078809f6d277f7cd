// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs on arm64 (qemu-aarch64): holds both SHA-256 cores of the stub against
 * FIPS 180-4's examples, CAVP's Monte Carlo chain, and mbedtls's digests of
 * random messages on standard input, at every alignment.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "stub_layout.h"

void stub_sha256(const void *data, size_t len, uint64_t flags,
		 uint8_t digest_ret[32]);

static unsigned long digests, wrong;

static void hex(const uint8_t digest[32], char text_ret[65])
{
	size_t i;

	for (i = 0; i < 32; i++)
		sprintf(text_ret + 2 * i, "%02x", digest[i]);
}

static void expect(const char *what, const uint8_t *data, size_t len,
		   const char *want)
{
	uint64_t ce;

	for (ce = 0; ce < 2; ce++) {
		uint8_t digest[32];
		char got[65];

		stub_sha256(data, len, ce << VKX_STUB_FLAG_CE_BIT, digest);
		hex(digest, got);
		digests++;
		if (!strcmp(got, want))
			continue;
		wrong++;
		printf("%s, %zu bytes, %s: %s, want %s\n", what, len,
		       ce ? "armv8-ce" : "generic", got, want);
	}
}

/* FIPS 180-4 examples as NIST publishes them. */
static void examples(uint8_t *buf)
{
	static const struct {
		const char *text, *digest;
	} row[] = {
		{ "",
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc",
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
		  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t len = strlen(row[i].text);

		memset(buf, 0, len + 64);
		memcpy(buf, row[i].text, len);
		expect("FIPS 180-4", buf, len, row[i].digest);
	}
	memset(buf, 'a', 1000000);
	memset(buf + 1000000, 0, 64);
	expect("FIPS 180-4 million a", buf, 1000000,
	       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* CAVP SHA256Monte: seed and the first digest as published. */
static void monte_carlo(void)
{
	static const uint8_t seed[32] = { 0x6d, 0x1e, 0x72, 0xad, 0x03, 0xdd,
					  0xeb, 0x5d, 0xe8, 0x91, 0xe5, 0x72,
					  0xe2, 0x39, 0x6f, 0x8d, 0xa0, 0x15,
					  0xd8, 0x99, 0xef, 0x0e, 0x79, 0x50,
					  0x31, 0x52, 0xd6, 0x01, 0x0a, 0x3f,
					  0xe6, 0x91 };
	uint64_t ce;

	for (ce = 0; ce < 2; ce++) {
		uint8_t m[128] = { 0 };
		char got[65];
		int i;

		for (i = 0; i < 3; i++)
			memcpy(m + 32 * i, seed, 32);
		for (i = 0; i < 1000; i++) {
			uint8_t digest[32];

			stub_sha256(m, 96, ce << VKX_STUB_FLAG_CE_BIT, digest);
			memmove(m, m + 32, 64);
			memcpy(m + 64, digest, 32);
			digests++;
		}
		hex(m + 64, got);
		if (strcmp(got, "e93c330ae5447738c8aa85d71a6c80f2"
				"a58381d05872d26bdd39f1fcd4f2b788")) {
			wrong++;
			printf("Monte Carlo, %llu: %s\n",
			       (unsigned long long)ce, got);
		}
	}
}

static bool random_messages(uint8_t *buf, size_t room)
{
	unsigned long lines = 0;
	unsigned long long seed;
	size_t len;
	char want[65];

	while (scanf("%zu %llu %64s", &len, &seed, want) == 3) {
		/* Short ones at every alignment, long ones at one each. */
		size_t first = len <= 300 ? 0 : lines % 64;
		size_t last = len <= 300 ? 63 : first, at;

		if (len + 128 > room)
			return false;
		for (at = first; at <= last; at++) {
			message_fill(buf + at, len, seed);
			memset(buf + at + len, 0, 64);
			expect("mbedtls", buf + at, len, want);
		}
		lines++;
	}
	printf("%lu messages of mbedtls\n", lines);
	return lines > 0;
}

int main(void)
{
	size_t room = 1u << 22;
	uint8_t *buf = aligned_alloc(64, room);

	if (!buf)
		return 1;
	examples(buf);
	monte_carlo();
	if (!random_messages(buf, room))
		wrong++;
	printf("stub SHA-256: %lu digests, %lu wrong\n", digests, wrong);
	free(buf);
	return wrong ? 1 : 0;
}
