// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs on the host: prints what mbedtls says about messages that
 * hash_check.c makes again on arm64. Lines of "length seed digest".
 */
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <stdlib.h>

#include "message.h"

static int print_expected(size_t len, uint64_t seed)
{
	uint8_t digest[32], *buf = malloc(len + 1);
	size_t i;
	int err;

	if (!buf)
		return -1;
	message_fill(buf, len, seed);
	err = mbedtls_sha256_ret(buf, len, digest, 0);
	free(buf);
	if (err)
		return err;
	printf("%zu %llu ", len, (unsigned long long)seed);
	for (i = 0; i < sizeof(digest); i++)
		printf("%02x", digest[i]);
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long random_messages =
		argc > 1 ? strtoul(argv[1], NULL, 0) : 500;
	uint64_t x = 1;
	size_t len;
	unsigned long i;

	/* Every length of 0 to 3 blocks, and round the next boundary. */
	for (len = 0; len <= 3 * 64 + 65; len++)
		if (print_expected(len, len))
			return 1;
	for (i = 0; i < random_messages; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		if (print_expected((size_t)(x >> 33) %
					   (i % 10 ? 20000 : 2000000),
				   1000 + i))
			return 1;
	}
	return 0;
}
