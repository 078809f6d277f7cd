/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "signer/cmds.h"
#include "signer/result.h"
#include "signer/sign.h"
#include "signer/signarg.h"

static const char help[] =
	"Usage: vkexec-sign sign --key K --cert C [OPTION]... FILE...\n"
	"Signs UKIs, whoever made them, and any other EFI binary. A UKI that is\n"
	"not in canonical layout (no gaps, header sized right) is laid out first,\n"
	"and the command says so. A UKI that breaks a rule is not signed. Without\n"
	"-o each file is replaced by its signed form in one step.\n"
	"\n"
	"  -o, --output F       result, for a single FILE\n"
	"  --add                append to the signatures that are there\n"
	"  --replace            drop the signatures that are there\n"
	"  --json               what was made, for scripts, on standard output\n"
	"  --prepare            do not sign: write the bytes to be signed to -o, for\n"
	"                       a key that is somewhere else\n"
	"  --attach SIG         the second step: put this signature in (RSA PKCS#1\n"
	"                       v1.5, or ECDSA in DER); give the same other options\n" VKX_SIGNARG_HELP
	"\n"
	"Examples:\n"
	"  vkexec-sign sign --key release.key --cert release.crt -o a.efi b.efi\n"
	"  vkexec-sign sign --add --key second.key --cert second.crt a.efi\n"
	"  vkexec-sign sign --prepare --cert release.crt -o a.tbs a.efi\n"
	"  openssl dgst -sha256 -sign release.key -out a.sig a.tbs\n"
	"  vkexec-sign sign --attach a.sig --cert release.crt a.efi\n";

struct options {
	struct vkx_signarg sign;
	enum vkx_sign_mode mode;
	const char *output;
	const char *attach;
	bool prepare;
	struct vkx_bytes sig;
	bool json;
	struct vkx_facts *facts; /* NULL: text */
};

enum { OPT_ADD = VKX_OPT_CMD, OPT_REPLACE, OPT_PREPARE, OPT_ATTACH, OPT_JSON };

static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "add", no_argument, NULL, OPT_ADD },
		{ "replace", no_argument, NULL, OPT_REPLACE },
		{ "prepare", no_argument, NULL, OPT_PREPARE },
		{ "attach", required_argument, NULL, OPT_ATTACH },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "help", no_argument, NULL, 'h' },
		VKX_SIGNARG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	int c, taken;

	while ((c = getopt_long(argc, argv, "o:h", table, NULL)) != -1) {
		switch (c) {
		case 'o':
			o->output = optarg;
			break;
		case OPT_ADD:
			o->mode = VKX_SIGN_ADD;
			break;
		case OPT_REPLACE:
			o->mode = VKX_SIGN_REPLACE;
			break;
		case OPT_PREPARE:
			o->prepare = true;
			break;
		case OPT_ATTACH:
			o->attach = optarg;
			break;
		case OPT_JSON:
			o->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return -1;
		default:
			taken = vkx_signarg_take(&o->sign, c, optarg);
			if (taken < 0)
				return VKX_EXIT_USAGE;
			if (!taken)
				return vkx_cli_usage("sign: unknown option");
		}
	}
	if (optind == argc)
		return vkx_cli_usage("sign: no file given");
	if (o->output && argc - optind > 1)
		return vkx_cli_usage("sign: -o goes with one file only");
	if ((o->prepare || o->attach) &&
	    (argc - optind > 1 || o->sign.key_path ||
	     (o->prepare && o->attach)))
		return vkx_cli_usage("sign: one of --prepare and --attach, "
				     "with one file and without --key");
	if (o->prepare && !o->output)
		return vkx_cli_usage("sign: --prepare needs -o");
	return 0;
}

static int sign_one(const struct options *o, const char *path)
{
	const char *out = o->output ? o->output : path;
	struct vkx_sign_params params = { .signer = &o->sign.signer,
					  .mode = o->mode };
	struct vkx_result result = { 0 };
	struct vkx_sign_report report;
	struct vkx_problem problem;
	struct vkx_bar bar;
	int err;

	params.progress = vkx_bar_start(&bar, "signing");
	err = vkx_sign_file(path, out, &params, &report, &problem);
	vkx_bar_end(&bar);
	if (err)
		return vkx_problem_print(&problem);
	result.file = out;
	result.size = report.size;
	result.signatures = report.signatures;
	result.hash = o->sign.signer.hash;
	result.digest = report.digest;
	result.relaid = report.relaid;
	result.gap = report.gap;
	vkx_result_tell(&result, o->facts);
	return VKX_EXIT_DONE;
}

static int prepare(const struct options *o, const char *path)
{
	struct vkx_sign_params params = { .signer = &o->sign.signer,
					  .mode = o->mode };
	struct vkx_bytes attrs = { 0 };
	struct vkx_sign_report report;
	struct vkx_problem problem;
	struct vkx_bar bar;
	bool good;
	int err;

	params.progress = vkx_bar_start(&bar, "reading");
	err = vkx_sign_prepare(path, o->output, &params, &attrs, &report,
			       &problem);
	vkx_bar_end(&bar);
	if (err)
		return vkx_problem_print(&problem);
	good = vkx_keyarg_put(o->output, VKX_OUTFILE_PUBLIC, &attrs);
	vkx_bytes_free(&attrs);
	if (good)
		fprintf(stderr,
			"vkexec-sign: sign the bytes of %s with %s, then "
			"give the result to --attach\n",
			o->output, vkx_hash_name(o->sign.signer.hash));
	return good ? VKX_EXIT_DONE : VKX_EXIT_FAILED;
}

static int load(struct options *o)
{
	int status;

	if (!o->prepare && !o->attach)
		return vkx_signarg_load(&o->sign);
	status = vkx_signarg_load_cert(&o->sign);
	if (status || !o->attach)
		return status;
	if (!vkx_keyarg_bytes(o->attach, VKX_MAX_SIGNATURE, &o->sig))
		return VKX_EXIT_FAILED;
	o->sign.signer.sig = &o->sig;
	return VKX_EXIT_DONE;
}

int cmd_sign(int argc, char **argv)
{
	struct options o = { .mode = VKX_SIGN_FIRST };
	int status, i, worst = VKX_EXIT_DONE;
	struct vkx_facts facts;

	vkx_signarg_init(&o.sign);
	status = read_options(argc, argv, &o);
	if (!status)
		status = load(&o);
	if (!status && o.json) {
		vkx_facts_begin_list(&facts, stdout, true);
		vkx_facts_pretty(&facts);
		o.facts = &facts;
	}
	for (i = optind; !status && i < argc; i++) {
		int one = o.prepare ? prepare(&o, argv[i]) :
				      sign_one(&o, argv[i]);

		if (one > worst)
			worst = one;
	}
	if (o.facts)
		vkx_facts_end(o.facts);
	vkx_signarg_free(&o.sign);
	vkx_bytes_free(&o.sig);
	return status < 0 ? VKX_EXIT_DONE : status ? status : worst;
}
