/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/rng.h"

#include <errno.h>
#include <sys/random.h>

#include <mbedtls/entropy.h>

int vkx_rng(void *ctx, unsigned char *buf, size_t len)
{
	(void)ctx;
	while (len) {
		ssize_t n = getrandom(buf, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}
