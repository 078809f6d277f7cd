/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/options.h"
#include "measure/audit.h"
#include "measure/pcrlist.h"

static const char help[] =
	"Usage: vkexec-measure audit --manifest M --trust CERT --nonce HEX|@FILE\n"
	"                            [OPTION]... DIR|FILE.tar...\n"
	"Says what evidence is worth: whose TPM signed it, whether the log is the one\n"
	"its PCRs tell of, and every kernel of the chain against the signed manifest.\n"
	"Exit status 0 only when every machine is affirming, otherwise 3.\n"
	"\n"
	"  --manifest M      M and its signature M.p7s\n"
	"  --trust CERT      who may sign manifests: certificates, PEM or DER\n"
	"  --revoked ESL     refuse a manifest whose signer, or a CA above it, this EFI\n"
	"                    signature list names: a list of 'vkexec-keys revoke', or\n"
	"                    a dbx; again: more. Images that must not run stand in the\n"
	"                    manifest ('manifest --revoke')\n"
	"  --product NAME    refuse a manifest of another product\n"
	"  --release N       refuse a manifest older than this release\n"
	"  --nonce N         the nonce that the machine was given, 16 bytes or more\n"
	"  --ak PUB          the AK that the machine is known by: ak.pub of\n"
	"                    'provision'; for more machines than one a directory, in\n"
	"                    which NAME.pub is the AK of the machine NAME: evidence\n"
	"                    NAME, NAME.tar or a line with this \"name\"\n"
	"  --ek-ca CERT      instead: EK certificates of this maker, with\n"
	"  --challenge FILE  the secret half of 'challenge', which the machine has\n"
	"                    answered with 'quote --activation'\n"
	"  --previous DIR    the evidence before this: the TPM must not have been\n"
	"                    reset, nor a nonce used again\n"
	"  --state FILE      remember the last quote of each AK and the release of\n"
	"                    the manifest in FILE: none of them may go back, no\n"
	"                    nonce be used again; as --previous for every machine\n"
	"  --resets N        so many TPM resets and restarts since then are fine\n"
	"                    (0; a resume from suspend counts as a restart)\n"
	"  --require LIST    PCRs that must be quoted (0-9,12; where user space extends\n"
	"                    PCR 9, which no log tells of, 0-8,12)\n"
	"  --expect-hops N   at least so many hops must have happened\n"
	"  --json            one object per machine and line\n"
	"  --html FILE       a page to look at\n"
	"  --ndjson FILE     evidence as lines of JSON with base64 values; '-' is\n"
	"                    standard input\n"
	"  --threads N       as many as there are processors\n"
	"\n"
	"Examples:\n"
	"  vkexec-measure audit --manifest gateway.json --trust release.pem \\\n"
	"      --nonce @nonce --ak ak/ak.pub --html report.html evidence\n"
	"  vkexec-measure audit --manifest gateway.json --trust release.pem \\\n"
	"      --nonce @nonce --ak aks/ --state seen.json --json fleet/*.tar\n";

static bool take_number(const char *text, void *arg)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	*(uint32_t *)arg = (uint32_t)v;
	return *text >= '0' && *text <= '9' && !*end && v <= 1000000;
}

static bool take_release(const char *text, void *arg)
{
	uint64_t *to = arg;
	char *end;

	errno = 0;
	*to = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno &&
	       *to <= INT64_MAX;
}

static bool take_pcrs(const char *text, void *arg)
{
	return vkx_pcrlist_parse(text, arg);
}

static int check_options(const struct vkx_audit *audit, int nr_files)
{
	if (!nr_files && !audit->ndjson_path)
		return vkx_cli_usage("audit: no evidence given");
	if (audit->previous_path && (nr_files != 1 || audit->ndjson_path))
		return vkx_cli_usage("audit: --previous goes with one "
				     "machine");
	if (audit->ak_alone && (nr_files != 1 || audit->ndjson_path))
		return vkx_cli_usage("audit: several machines need --ak DIR, "
				     "whose file names say whose AK each is");
	/* An AK that is known would never be asked for its EK. */
	if (audit->nr_aks && (audit->ek_ca_path || audit->challenge_path))
		return vkx_cli_usage("audit: --ek-ca and --challenge go "
				     "without --ak: they bind an AK that is "
				     "not known yet");
	if (!audit->challenge_path != !audit->ek_ca_path)
		return vkx_cli_usage("audit: --ek-ca and --challenge go "
				     "together");
	if (audit->challenge_path && (nr_files != 1 || audit->ndjson_path))
		return vkx_cli_usage("audit: --challenge goes with one "
				     "machine");
	return 0;
}

static int run(struct vkx_audit *audit, const char *nonce,
	       const struct vkx_words *aks, char **files, int nr)
{
	int status = vkx_nonce_parse(nonce, &audit->nonce);
	size_t i;

	if (status)
		return status;
	for (i = 0; i < aks->count; i++)
		if (!vkx_audit_add_ak(audit, aks->at[i]))
			return VKX_EXIT_FAILED;
	status = check_options(audit, nr);
	return status ? status : vkx_audit_run(audit, files, (size_t)nr);
}

int cmd_audit(int argc, char **argv)
{
	static struct vkx_audit audit;
	static struct vkx_words aks;
	const char *nonce = NULL;
	const struct vkx_option options[] = {
		{ .name = "manifest",
		  .needed = true,
		  .value = &audit.manifest_path },
		{ .name = "trust", .needed = true, .value = &audit.trust_path },
		{ .name = "revoked", .words = &audit.revoked_paths },
		{ .name = "product", .value = &audit.product },
		{ .name = "release",
		  .take = take_release,
		  .arg = &audit.release,
		  .form = "a number" },
		{ .name = "nonce", .needed = true, .value = &nonce },
		{ .name = "ak", .words = &aks },
		{ .name = "ek-ca", .value = &audit.ek_ca_path },
		{ .name = "challenge", .value = &audit.challenge_path },
		{ .name = "previous", .value = &audit.previous_path },
		{ .name = "state", .value = &audit.state_path },
		{ .name = "resets",
		  .take = take_number,
		  .arg = &audit.policy.resets,
		  .form = "a number up to 1000000" },
		{ .name = "require",
		  .take = take_pcrs,
		  .arg = &audit.policy.required_pcrs,
		  .form = "a list like 0-9,12" },
		{ .name = "expect-hops",
		  .take = take_number,
		  .arg = &audit.policy.expect_hops,
		  .form = "a number up to 1000000" },
		{ .name = "json", .flag = &audit.json },
		{ .name = "html", .value = &audit.html_path },
		{ .name = "ndjson", .value = &audit.ndjson_path },
		{ .name = "threads",
		  .take = take_number,
		  .arg = &audit.threads,
		  .form = "a number up to 1000000" },
		{ 0 },
	};
	const struct vkx_command command = { .name = "audit",
					     .help = help,
					     .options = options,
					     .operand = "evidence",
					     .max = SIZE_MAX };
	int status;

	vkx_audit_init(&audit);
	status = vkx_options_read(&command, argc, argv);
	if (!status)
		status = run(&audit, nonce, &aks, argv + optind, argc - optind);
	vkx_audit_free(&audit);
	return status < 0 ? VKX_EXIT_DONE : status;
}
