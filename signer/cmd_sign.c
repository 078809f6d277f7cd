/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/options.h"
#include "signer/cmds.h"
#include "signer/result.h"
#include "signer/sign.h"
#include "signer/signarg.h"
#include "verify/report.h"

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
	bool add, replace;
	enum vkx_sign_mode mode;
	const char *output;
	const char *attach;
	bool prepare;
	struct vkx_bytes sig;
	bool json;
	struct vkx_facts *facts; /* NULL: text */
};

static int check_options(struct options *o, int files)
{
	bool elsewhere = o->prepare || o->attach;

	if (o->output && files > 1)
		return vkx_cli_usage("sign: -o goes with one file only");
	if (elsewhere &&
	    (files > 1 || o->sign.key_path || (o->prepare && o->attach)))
		return vkx_cli_usage("sign: one of --prepare and --attach, "
				     "with one file and without --key");
	if (o->prepare && (!o->output || o->json))
		return vkx_cli_usage("sign: --prepare needs -o, and goes "
				     "without --json");
	if (o->json && o->output && !strcmp(o->output, "-"))
		return vkx_cli_usage("sign: standard output cannot be both "
				     "--json and the file");
	o->mode = o->add     ? VKX_SIGN_ADD :
		  o->replace ? VKX_SIGN_REPLACE :
			       VKX_SIGN_FIRST;
	return 0;
}

static int read_options(int argc, char **argv, struct options *o)
{
	const struct vkx_option table[] = {
		{ .name = "output", .letter = 'o', .value = &o->output },
		{ .name = "add", .flag = &o->add },
		{ .name = "replace", .without = "add", .flag = &o->replace },
		{ .name = "prepare", .flag = &o->prepare },
		{ .name = "attach", .value = &o->attach },
		{ .name = "json", .flag = &o->json },
		VKX_SIGNARG_ROWS(&o->sign),
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "sign",
		.help = help,
		.options = table,
		.operand = "file",
		.min = 1,
		.max = SIZE_MAX,
	};
	int status = vkx_options_read(&command, argc, argv);

	return status ? status : check_options(o, argc - optind);
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
	struct options o = { 0 };
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

		worst = vkx_exit_worse(worst, one);
	}
	if (o.facts)
		vkx_facts_end(o.facts);
	vkx_signarg_free(&o.sign);
	vkx_bytes_free(&o.sig);
	return status < 0 ? VKX_EXIT_DONE : status ? status : worst;
}
