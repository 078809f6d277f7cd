/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes small UKIs that are wrong in one thing each, in all ways that the unit
 * tests know: forged signatures, certificates made for something else or in
 * another form, every DER element changed, bad SBAT texts. For whoever judges
 * files as a whole: the tools, and the kernel's loader.
 *
 *   make_hostile DIR CA-KEY CA-NAME CA-KEY-ID SBAT
 *
 * Signers have certificates from this CA, so that whoever trusts it has no
 * reason to refuse but the one thing. CA-KEY-ID: in hex. SBAT: a file with a
 * section's text. Names of files say what is wrong; good-*.efi are right.
 * linux-*.efi would be, but Linux's own reader of signatures does not take them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/der_change.h"
#include "tests/unit/sbat_bad.h"
#include "tests/unit/sig_fixture.h"
#include "tests/unit/uki_fixture.h"

#define SBAT_MAX 4096

static const char *dir, *ca_name;
static char ca_id[64];
static size_t ca_id_len;
static bool rsa_with_hash;
static char sbat[SBAT_MAX];
static size_t sbat_size;

static void put(const uint8_t *file, size_t len, const char *kind,
		const char *what, unsigned int number)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s-%s-%u.efi", dir, kind, what,
		 number);
	f = fopen(path, "wb");
	if (!f || fwrite(file, 1, len, f) != len || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static uint8_t *unsigned_file(size_t *len, const char *text, size_t size)
{
	static struct uki_fixture fixture;
	struct uki_fixture_section *section;

	uki_fixture_default(&fixture);
	uki_fixture_remove(&fixture, ".dtb");
	section = uki_fixture_find(&fixture, ".sbat");
	section->data = text;
	section->size = size;
	return uki_fixture_build(&fixture, len);
}

static struct cert_spec issued(enum fixture_key key)
{
	struct cert_spec spec = cert_leaf(key);

	spec.issuer = ca_name;
	spec.issuer_key = KEY_RSA_OTHER;
	spec.issuer_key_id = ca_id;
	spec.issuer_key_id_len = ca_id_len;
	spec.serial = 77;
	return spec;
}

/* A file's signature by this certificate, in a fresh derb. */
static void sign(const uint8_t *file, size_t len, const struct cert_spec *spec,
		 enum forgery forge, struct derb *cms_ret)
{
	struct derb cert;
	struct cms_spec cms = { .certs = { &cert },
				.nr_certs = 1,
				.signer = spec,
				.key = spec->key,
				.rsa_with_hash = rsa_with_hash,
				.forge = forge };
	uint8_t digest[64];

	cert_make(spec, &cert);
	file_digest(file, len, VKX_HASH_SHA256, digest);
	cms.file_digest = digest;
	cms_make(&cms, cms_ret);
	derb_free(&cert);
}

static void put_signed(const struct cert_spec *spec, enum forgery forge,
		       const char *text, size_t size, const char *kind,
		       const char *what, unsigned int number)
{
	struct derb cms;
	size_t len;
	uint8_t *file = unsigned_file(&len, text, size);

	sign(file, len, spec, forge, &cms);
	file = uki_fixture_sign(file, &len, cms.p, cms.len);
	put(file, len, kind, what, number);
	free(file);
	derb_free(&cms);
}

static void forged(enum fixture_key key, const char *name)
{
	struct cert_spec spec = issued(key);
	unsigned int f;

	put_signed(&spec, FORGE_NOTHING, sbat, sbat_size, "good", name, 0);
	for (f = 1; f < FORGE_NR; f++)
		put_signed(&spec, (enum forgery)f, sbat, sbat_size, "forged",
			   name, f);
}

/*
 * Right by every standard, but not for Linux: RSA named together with its hash in
 * the signer's entry, and a certificate that says by name alone who issued it.
 */
static void right_but_for_linux(void)
{
	struct cert_spec spec = issued(KEY_RSA);

	rsa_with_hash = true;
	put_signed(&spec, FORGE_NOTHING, sbat, sbat_size, "linux", "rsa-hash",
		   0);
	rsa_with_hash = false;
	spec.issuer_key_id = NULL;
	spec.no_issuer_key_id = true;
	put_signed(&spec, FORGE_NOTHING, sbat, sbat_size, "linux", "no-key-id",
		   0);
}

/* As in the unit tests of certificates. */
static void certificates(void)
{
	static const struct cert_spec rows[] = {
		{ .ca = true, .pathlen = -1 },
		{ .no_eku = true },
		{ .eku_server = true },
		{ .ca = true, .pathlen = 0, .eku_server = true },
		{ .key_usage = 0x20 },
		{ .no_key_usage = true },
		{ .critical_unknown = true },
		{ .ca = true, .pathlen = -1, .name_constraints = true },
		{ .key = KEY_RSA_SMALL },
		{ .key = KEY_RSA_E3 },
		{ .key = KEY_P384 },
		{ .key = KEY_P521 },
		{ .key = KEY_P256, .explicit_curve = true },
		{ .ext_twice = true },
		{ .v1 = true },
		{ .hash = VKX_HASH_SHA1 },
		{ .hash = VKX_HASH_SHA384 },
		{ .hash = VKX_HASH_SHA512 },
		{ .issuer_key = KEY_P256_OTHER }, /* not this CA's signature */
		{ .key_id = "me", .issuer_key_id = "you" },
	};
	struct cert_spec spec;
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		spec = rows[i];
		spec.subject = "hostile";
		spec.issuer = ca_name;
		spec.serial = 78;
		if (!spec.issuer_key)
			spec.issuer_key = KEY_RSA_OTHER;
		if (!spec.issuer_key_id) {
			spec.issuer_key_id = ca_id;
			spec.issuer_key_id_len = ca_id_len;
		}
		put_signed(&spec, FORGE_NOTHING, sbat, sbat_size, "certificate",
			   "row", i);
	}
}

static void sections(void)
{
	struct cert_spec spec = issued(KEY_P256);
	unsigned int i;

	for (i = 0; i < sizeof(sbat_bad) / sizeof(sbat_bad[0]); i++)
		put_signed(&spec, FORGE_NOTHING, sbat_bad[i].text,
			   strlen(sbat_bad[i].text), "sbat", "text", i);
}

/* The signature and the certificate in it, element by element. */
static void changed(void)
{
	static struct der_node nodes[DER_NODES];
	struct cert_spec spec = issued(KEY_P256);
	size_t len, nr_nodes, i, signed_len;
	struct derb cms, bad;
	uint8_t *file = unsigned_file(&len, sbat, sbat_size), *copy;
	unsigned int change;

	sign(file, len, &spec, FORGE_NOTHING, &cms);
	nr_nodes = der_nodes(&cms, nodes);
	for (i = 0; i < nr_nodes; i++)
		for (change = 0; change < DER_NR_CHANGES; change++) {
			der_change(&bad, &cms, &nodes[i],
				   (enum der_change)change);
			copy = malloc(len);
			if (!copy)
				exit(1);
			memcpy(copy, file, len);
			signed_len = len;
			copy = uki_fixture_sign(copy, &signed_len, bad.p,
						bad.len);
			put(copy, signed_len, "der", nodes[i].path, change);
			free(copy);
			derb_free(&bad);
		}
	derb_free(&cms);
	free(file);
}

static void read_id(const char *hex)
{
	unsigned int byte;

	while (ca_id_len < sizeof(ca_id) && sscanf(hex, "%2x", &byte) == 1) {
		ca_id[ca_id_len++] = (char)byte;
		hex += 2;
	}
}

int main(int argc, char **argv)
{
	FILE *f;

	if (argc != 6) {
		fputs("usage: make_hostile DIR CA-KEY CA-NAME CA-KEY-ID SBAT\n",
		      stderr);
		return 2;
	}
	dir = argv[1];
	fixture_key_read(KEY_RSA_OTHER, argv[2]);
	ca_name = argv[3];
	read_id(argv[4]);
	f = fopen(argv[5], "rb");
	if (!f) {
		perror(argv[5]);
		return 1;
	}
	sbat_size = fread(sbat, 1, sizeof(sbat), f);
	fclose(f);
	forged(KEY_RSA, "rsa");
	forged(KEY_P256, "p256");
	right_but_for_linux();
	certificates();
	sections();
	changed();
	keys_free();
	return 0;
}
