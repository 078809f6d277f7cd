// SPDX-License-Identifier: BSD-2-Clause
/*
 * Writes mutants of a file, always the same for the same seed: one bit, a
 * 32-bit field set to an extreme, a block copied, the end cut or extended.
 * Half of them hit the headers, where a reader decides what the rest means.
 *
 *     mutate FILE DIR COUNT SEED
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS 1024
#define SLACK 64

static uint64_t state;

static uint64_t draw(uint64_t below)
{
	/* xorshift64*: not secret, only repeatable. */
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * UINT64_C(2685821657736338717) >> 11) % below;
}

static size_t place(size_t size)
{
	size_t within = draw(2) && size > HEADERS ? HEADERS : size;

	return (size_t)draw(within - 8);
}

static size_t mutate(uint8_t *p, size_t size)
{
	static const uint32_t extremes[] = {
		0,	    1,		0xfff,	    0x1000,
		0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff,
	};
	size_t at = place(size), from;
	uint32_t v;

	switch (draw(6)) {
	case 0:
	case 1:
		p[at] ^= (uint8_t)(1u << draw(8));
		return size;
	case 2:
		v = extremes[draw(sizeof(extremes) / sizeof(extremes[0]))];
		memcpy(p + (at & ~(size_t)3), &v, sizeof(v));
		return size;
	case 3:
		from = place(size);
		memmove(p + at, p + from, 8);
		return size;
	case 4:
		return size - (size_t)draw(size < 4096 ? size : 4096);
	default:
		return size + 1 + (size_t)draw(SLACK);
	}
}

static int write_file(const char *dir, unsigned int n, const uint8_t *p,
		      size_t size)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/m%05u.efi", dir, n);
	f = fopen(path, "wb");
	if (!f || fwrite(p, 1, size, f) != size || fclose(f) != 0) {
		perror(path);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint8_t *whole, *copy;
	unsigned int count;
	long size;
	FILE *f;

	if (argc != 5) {
		fprintf(stderr, "usage: mutate FILE DIR COUNT SEED\n");
		return 2;
	}
	count = (unsigned int)strtoul(argv[3], NULL, 0);
	state = strtoull(argv[4], NULL, 0) * 2 + 1;
	f = fopen(argv[1], "rb");
	if (!f || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 16) {
		perror(argv[1]);
		return 1;
	}
	rewind(f);
	whole = malloc((size_t)size);
	copy = malloc((size_t)size + SLACK + 1);
	if (!whole || !copy || fread(whole, 1, (size_t)size, f) != (size_t)size)
		return 1;
	fclose(f);
	for (unsigned int n = 0; n < count; n++) {
		memset(copy, 0, (size_t)size + SLACK + 1);
		memcpy(copy, whole, (size_t)size);
		if (write_file(argv[2], n, copy, mutate(copy, (size_t)size)))
			return 1;
	}
	free(copy);
	free(whole);
	return 0;
}
