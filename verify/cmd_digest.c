/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/options.h"
#include "verify/cmds.h"
#include "verify/report.h"
#include "verify/scan_pass.h"

static const char help[] =
	"Usage: vkexec-verify digest [OPTION]... FILE...\n"
	"Prints the Authenticode digest of any EFI binary, signed or not: what\n"
	"a signature signs, a dbx revokes and a hop record names. Checks no\n"
	"signature.\n"
	"\n"
	"  --hash ALG    sha256 (default), sha384, sha512 or all\n"
	"  --json        one JSON object per file, one per line\n"
	"\n"
	"Examples:\n"
	"  vkexec-verify digest release.efi\n"
	"  vkexec-verify digest --hash all --json *.efi\n";

struct options {
	uint32_t hashes; /* one bit per enum vkx_hash_alg */
	bool json;
};

static bool take_hash(const char *text, void *arg)
{
	uint32_t *hashes = arg;
	unsigned int alg;

	if (!strcmp(text, "all")) {
		*hashes = 1u << VKX_HASH_SHA256 | 1u << VKX_HASH_SHA384 |
			  1u << VKX_HASH_SHA512;
		return true;
	}
	for (alg = VKX_HASH_SHA256; alg <= VKX_HASH_SHA512; alg++) {
		if (strcmp(text, vkx_hash_name(alg)) != 0)
			continue;
		*hashes = 1u << alg;
		return true;
	}
	return false;
}

static void print_text(const char *file, const struct vkx_scan *scan,
		       const struct options *o)
{
	unsigned int alg;

	for (alg = VKX_HASH_SHA256; alg <= VKX_HASH_SHA512; alg++) {
		if (!(o->hashes >> alg & 1))
			continue;
		vkx_cli_hex(stdout, scan->digest[alg], vkx_hash_size(alg));
		printf("  %s  ", vkx_hash_name(alg));
		vkx_cli_escaped(stdout, file, strlen(file));
		putchar('\n');
	}
}

static void print_json(const char *file, const struct vkx_scan *scan,
		       const struct options *o)
{
	struct vkx_facts f;
	unsigned int alg;

	vkx_facts_begin(&f, stdout, true);
	vkx_facts_text(&f, "file", file, strlen(file));
	for (alg = VKX_HASH_SHA256; alg <= VKX_HASH_SHA512; alg++)
		if (o->hashes >> alg & 1)
			vkx_facts_hex(&f, vkx_hash_name(alg), scan->digest[alg],
				      vkx_hash_size(alg));
	vkx_facts_end(&f);
}

static int digest_one(const char *file, const struct options *o)
{
	struct vkx_scan_params params = { .hashes = o->hashes,
					  .read_ahead = true };
	struct vkx_fault fault = { 0 };
	struct vkx_infile in;
	struct vkx_scan scan;
	int err = vkx_infile_open(&in, file);

	if (err)
		return vkx_report_error(file, err, errno, NULL);
	err = vkx_scan_open(&scan, &in, VKX_PE_ANY, &fault);
	if (!err)
		err = vkx_scan_hash(&scan, &params, &fault);
	if (err)
		err = vkx_report_error(file, err, errno, &fault);
	else if (o->json)
		print_json(file, &scan, o);
	else
		print_text(file, &scan, o);
	vkx_scan_close(&scan);
	vkx_infile_close(&in);
	return err;
}

int cmd_digest(int argc, char **argv)
{
	struct options o = { .hashes = 1u << VKX_HASH_SHA256 };
	const struct vkx_option table[] = {
		{ .name = "hash",
		  .take = take_hash,
		  .arg = &o.hashes,
		  .form = "one of sha256, sha384, sha512, all" },
		{ .name = "json", .flag = &o.json },
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "digest",
		.help = help,
		.options = table,
		.operand = "file",
		.min = 1,
		.max = SIZE_MAX,
	};
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	for (; optind < argc; optind++)
		status = vkx_exit_worse(status, digest_one(argv[optind], &o));
	return status;
}
