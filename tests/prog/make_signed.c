/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes small signed UKIs, and their signatures and certificates, into a
 * folder: seeds for fuzzing, and files for checks of the tools. Keys are made
 * for the occasion and forgotten.
 *
 *   make_signed DIR [MIB]     MIB: also large.efi, unsigned, of that size
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sig_fixture.h"
#include "tests/unit/uki_fixture.h"

static const char *dir;

static void put(const char *name, const char *suffix, const void *p, size_t len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
	f = fopen(path, "wb");
	if (!f || fwrite(p, 1, len, f) != len || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static uint8_t *plain(size_t *len, size_t initrd)
{
	static struct uki_fixture fixture;
	struct uki_fixture_section *section;
	uint8_t *file, *bytes = NULL;
	size_t i;

	uki_fixture_default(&fixture);
	uki_fixture_remove(&fixture, ".dtb");
	if (initrd) {
		bytes = malloc(initrd);
		if (!bytes)
			exit(1);
		for (i = 0; i < initrd; i++)
			bytes[i] = (uint8_t)(i ^ i >> 8 ^ i >> 16);
		section = uki_fixture_find(&fixture, ".initrd");
		section->data = bytes;
		section->size = initrd;
	}
	file = uki_fixture_build(&fixture, len);
	free(bytes);
	return file;
}

static void make(const char *name, enum fixture_key key, enum vkx_hash_alg hash,
		 bool chain)
{
	struct cert_spec leaf = cert_leaf(key), ca = cert_ca(KEY_P256_OTHER);
	struct derb leaf_cert, ca_cert, cms;
	struct cms_spec spec = { .certs = { &leaf_cert, &ca_cert },
				 .nr_certs = chain ? 2 : 1,
				 .signer = &leaf,
				 .key = key,
				 .hash = hash,
				 .signing_time = "261122123947Z",
				 .extra_attr = chain };
	uint8_t digest[64], *file;
	size_t len;

	if (chain) {
		leaf.issuer = "ca";
		leaf.issuer_key = KEY_P256_OTHER;
		leaf.serial = 2;
	}
	cert_make(&leaf, &leaf_cert);
	cert_make(&ca, &ca_cert);
	file = plain(&len, 0);
	file_digest(file, len, hash, digest);
	spec.file_digest = digest;
	cms_make(&spec, &cms);
	file = uki_fixture_sign(file, &len, cms.p, cms.len);
	put(name, ".efi", file, len);
	put(name, ".cms", cms.p, cms.len);
	put(name, ".crt", leaf_cert.p, leaf_cert.len);
	if (chain)
		put(name, "-ca.crt", ca_cert.p, ca_cert.len);
	free(file);
	derb_free(&cms);
	derb_free(&leaf_cert);
	derb_free(&ca_cert);
}

int main(int argc, char **argv)
{
	uint8_t *file;
	size_t len;

	if (argc < 2 || argc > 3) {
		fputs("usage: make_signed DIR [MIB]\n", stderr);
		return 2;
	}
	dir = argv[1];
	make("rsa", KEY_RSA, VKX_HASH_SHA256, false);
	make("p256", KEY_P256, VKX_HASH_SHA256, false);
	make("p384", KEY_P384, VKX_HASH_SHA384, false);
	make("chain", KEY_P256, VKX_HASH_SHA512, true);
	file = plain(&len, 0);
	put("plain", ".efi", file, len);
	free(file);
	if (argc == 3) {
		file = plain(&len, strtoul(argv[2], NULL, 10) << 20);
		put("large", ".efi", file, len);
		free(file);
	}
	keys_free();
	return 0;
}
