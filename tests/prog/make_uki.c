/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes small UKIs into a folder, as seeds for fuzzing: unsigned, with one
 * and with two (empty) signatures, with several .dtbauto, with empty parts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/uki_fixture.h"

#define DER "\x30\x03\x02\x01\x00"
#define DER_SIZE 5

static int write_file(const char *dir, const char *name, const uint8_t *file,
		      size_t len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(file, 1, len, f) != len || fclose(f)) {
		perror(path);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct uki_fixture fixture;
	uint8_t *file;
	size_t len;
	int rc;

	if (argc != 2) {
		fputs("usage: make_uki DIR\n", stderr);
		return 2;
	}
	uki_fixture_default(&fixture);
	file = uki_fixture_build(&fixture, &len);
	rc = write_file(argv[1], "plain.efi", file, len);
	file = uki_fixture_sign(file, &len, DER, DER_SIZE);
	rc |= write_file(argv[1], "signed.efi", file, len);
	file = uki_fixture_sign(file, &len, DER, DER_SIZE);
	rc |= write_file(argv[1], "signed-twice.efi", file, len);
	free(file);
	uki_fixture_add(&fixture, ".dtbauto", "a", 1);
	uki_fixture_add(&fixture, ".dtbauto", "b", 1);
	uki_fixture_find(&fixture, ".cmdline")->size = 0;
	uki_fixture_find(&fixture, ".initrd")->size = 0;
	file = uki_fixture_build(&fixture, &len);
	rc |= write_file(argv[1], "dtbauto.efi", file, len);
	free(file);
	return rc;
}
