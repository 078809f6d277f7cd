/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "keys/cli.h"
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
	"  --require LIST    PCRs that must be quoted (0-9,12)\n"
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

enum {
	OPT_MANIFEST = 0x2000,
	OPT_TRUST,
	OPT_PRODUCT,
	OPT_RELEASE,
	OPT_NONCE,
	OPT_AK,
	OPT_EK_CA,
	OPT_CHALLENGE,
	OPT_PREVIOUS,
	OPT_STATE,
	OPT_RESETS,
	OPT_REQUIRE,
	OPT_HOPS,
	OPT_JSON,
	OPT_HTML,
	OPT_NDJSON,
	OPT_THREADS,
	OPT_HELP,
};

static bool small_number(const char *text, uint32_t *ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	*ret = (uint32_t)v;
	return end != text && !*end && v <= 1000000 && *text != '-';
}

static int option_number(struct vkx_audit *audit, int c, const char *arg)
{
	uint32_t v;

	if (!small_number(arg, &v))
		return vkx_cli_usage("audit: '%s' is not a number", arg);
	if (c == OPT_RESETS)
		audit->policy.resets = v;
	else if (c == OPT_RELEASE)
		audit->release = v;
	else if (c == OPT_HOPS)
		audit->policy.expect_hops = v;
	else
		audit->threads = v;
	return 0;
}

static int option(struct vkx_audit *audit, int c, const char *arg)
{
	switch (c) {
	case OPT_MANIFEST:
		audit->manifest_path = arg;
		return 0;
	case OPT_TRUST:
		audit->trust_path = arg;
		return 0;
	case OPT_PRODUCT:
		audit->product = arg;
		return 0;
	case OPT_NONCE:
		vkx_blob_free(&audit->nonce);
		return vkx_nonce_parse(arg, &audit->nonce) ? 0 : VKX_EXIT_USAGE;
	case OPT_AK:
		return vkx_audit_add_ak(audit, arg) ? 0 : VKX_EXIT_FAILED;
	case OPT_EK_CA:
		audit->ek_ca_path = arg;
		return 0;
	case OPT_CHALLENGE:
		audit->challenge_path = arg;
		return 0;
	case OPT_PREVIOUS:
		audit->previous_path = arg;
		return 0;
	case OPT_STATE:
		audit->state_path = arg;
		return 0;
	case OPT_REQUIRE:
		if (!vkx_pcrlist_parse(arg, &audit->policy.required_pcrs))
			return vkx_cli_usage("audit: --require takes a list "
					     "like 0-9,12");
		return 0;
	case OPT_JSON:
		audit->json = true;
		return 0;
	case OPT_HTML:
		audit->html_path = arg;
		return 0;
	case OPT_NDJSON:
		audit->ndjson_path = arg;
		return 0;
	case OPT_RELEASE:
	case OPT_RESETS:
	case OPT_HOPS:
	case OPT_THREADS:
		return option_number(audit, c, arg);
	}
	return vkx_cli_usage("audit: see 'audit --help'");
}

static int check_options(const struct vkx_audit *audit, int nr_files)
{
	if (!audit->manifest_path || !audit->trust_path)
		return vkx_cli_usage("audit: give --manifest and --trust");
	if (!audit->nonce.data)
		return vkx_cli_usage("audit: give the --nonce that the machine "
				     "was given");
	if (!nr_files && !audit->ndjson_path)
		return vkx_cli_usage("audit: no evidence given");
	if (audit->previous_path && (nr_files != 1 || audit->ndjson_path))
		return vkx_cli_usage("audit: --previous goes with one "
				     "machine");
	if (audit->ak_alone && (nr_files != 1 || audit->ndjson_path))
		return vkx_cli_usage("audit: several machines need --ak DIR, "
				     "whose file names say whose AK each is");
	if (!audit->challenge_path != !audit->ek_ca_path)
		return vkx_cli_usage("audit: --ek-ca and --challenge go "
				     "together");
	if (audit->challenge_path && (nr_files != 1 || audit->ndjson_path))
		return vkx_cli_usage("audit: --challenge goes with one "
				     "machine");
	return 0;
}

int cmd_audit(int argc, char **argv)
{
	static const struct option options[] = {
		{ "manifest", required_argument, NULL, OPT_MANIFEST },
		{ "trust", required_argument, NULL, OPT_TRUST },
		{ "product", required_argument, NULL, OPT_PRODUCT },
		{ "release", required_argument, NULL, OPT_RELEASE },
		{ "nonce", required_argument, NULL, OPT_NONCE },
		{ "ak", required_argument, NULL, OPT_AK },
		{ "ek-ca", required_argument, NULL, OPT_EK_CA },
		{ "challenge", required_argument, NULL, OPT_CHALLENGE },
		{ "previous", required_argument, NULL, OPT_PREVIOUS },
		{ "state", required_argument, NULL, OPT_STATE },
		{ "resets", required_argument, NULL, OPT_RESETS },
		{ "require", required_argument, NULL, OPT_REQUIRE },
		{ "expect-hops", required_argument, NULL, OPT_HOPS },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "html", required_argument, NULL, OPT_HTML },
		{ "ndjson", required_argument, NULL, OPT_NDJSON },
		{ "threads", required_argument, NULL, OPT_THREADS },
		{ "help", no_argument, NULL, OPT_HELP },
		{ 0 },
	};
	static struct vkx_audit audit;
	int c, status = 0;

	vkx_audit_init(&audit);
	while (!status &&
	       (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == OPT_HELP) {
			fputs(help, stdout);
			vkx_audit_free(&audit);
			return VKX_EXIT_DONE;
		}
		status = option(&audit, c, optarg);
	}
	if (!status)
		status = check_options(&audit, argc - optind);
	if (!status)
		status = vkx_audit_run(&audit, argv + optind,
				       (size_t)(argc - optind));
	vkx_audit_free(&audit);
	return status;
}
