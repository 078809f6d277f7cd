// SPDX-License-Identifier: BSD-2-Clause
/*
 * How long SHA-256 of a file's bytes takes here, by kernel/core's engine for
 * this CPU: prints the engine and the microseconds of the best of N turns.
 *
 *   hash FILE N
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "sha256.h"

static long microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	uint8_t digest[VKX_SHA256_SIZE];
	long best = -1, start, took;
	struct stat st;
	void *p;
	int fd, i;

	if (argc != 3)
		return 2;
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || fstat(fd, &st) != 0)
		return 1;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ,
		 MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return 1;
	for (i = 0; i < atoi(argv[2]); i++) {
		start = microseconds();
		vkx_sha256(p, (size_t)st.st_size, digest);
		took = microseconds() - start;
		if (best < 0 || took < best)
			best = took;
	}
	printf("%s %ld\n", vkx_sha256_engine()->name, best);
	return 0;
}
