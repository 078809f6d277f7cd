/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "signer/cmds.h"
#include "signer/problem.h"
#include "signer/result.h"
#include "signer/signarg.h"
#include "signer/uki_build.h"
#include "uki.h"

static const char help[] =
	"Usage: vkexec-sign build --linux IMAGE -o OUT [OPTION]...\n"
	"Makes a UKI that firmware (with --stub) and vkexec start. With --key and\n"
	"--cert it is signed in the same pass.\n"
	"\n"
	"  --linux F            kernel: a raw arm64 Image\n"
	"  --initrd F           initrd; several are put one after the other\n"
	"  --cmdline S          kernel command line, or @F: that file's text\n"
	"  --dtb F              device tree\n"
	"  --dtbauto F          device tree for the machine whose first root\n"
	"                       compatible string it has; may be repeated\n"
	"  --os-release F       os-release(5) file\n"
	"  --uname S            kernel release, as uname -r prints it\n"
	"  --sbat F             SBAT components (default: vkexec-uki,1)\n"
	"  --splash F           BMP image\n"
	"  --stub F             UKI stub; without one firmware cannot start the\n"
	"                       result, only a kernel with vkexec can\n"
	"  -o, --output F       result\n"
	"  --json               what was made, for scripts, on standard output\n" VKX_SIGNARG_HELP
	"\n"
	"Examples:\n"
	"  vkexec-sign build --linux Image --initrd initrd.img \\\n"
	"      --cmdline @cmdline.txt --dtb board.dtb \\\n"
	"      --key release.key --cert release.crt -o release.efi\n"
	"  vkexec-sign build --stub linuxaa64.efi.stub --linux Image -o x.efi\n";

enum {
	OPT_LINUX = VKX_OPT_CMD,
	OPT_INITRD,
	OPT_CMDLINE,
	OPT_DTB,
	OPT_DTBAUTO,
	OPT_OSREL,
	OPT_UNAME,
	OPT_SBAT,
	OPT_SPLASH,
	OPT_STUB,
	OPT_JSON,
};

struct options {
	struct vkx_signarg sign;
	struct vkx_uki_spec spec;
	const char *initrds[VKX_MAX_INITRDS];
	const char *dtbautos[VKX_MAX_DTBAUTO];
	const char *output;
	bool json;
};

static int push(const char **list, size_t max, size_t *count, const char *value,
		const char *option)
{
	if (*count == max)
		return vkx_cli_usage("%s: more than %zu", option, max);
	list[(*count)++] = value;
	return VKX_EXIT_DONE;
}

static int take_text(const char *value, struct vkx_bytes *text)
{
	vkx_bytes_free(text);
	if (!vkx_bytes_copy(value, strlen(value), text))
		return VKX_EXIT_DONE;
	vkx_cli_error("build", "out of memory");
	return VKX_EXIT_FAILED;
}

static int take_file(const char *path, size_t max, struct vkx_bytes *text)
{
	vkx_bytes_free(text);
	return vkx_keyarg_bytes(path, max, text) ? VKX_EXIT_DONE :
						   VKX_EXIT_FAILED;
}

/* A file's last line end is no part of a command line. */
static void trim_end(struct vkx_bytes *text)
{
	while (text->len && (text->data[text->len - 1] == '\n' ||
			     text->data[text->len - 1] == '\r'))
		text->data[--text->len] = '\0';
}

static int take_cmdline(const char *value, struct vkx_bytes *text)
{
	int status;

	if (*value != '@')
		return take_text(value, text);
	status = take_file(value + 1, VKX_MAX_TEXT, text);
	trim_end(text);
	return status;
}

static int take_path(const char *value, const char **path)
{
	*path = value;
	return VKX_EXIT_DONE;
}

static int take_own(struct options *o, int opt, const char *value)
{
	struct vkx_uki_spec *spec = &o->spec;

	switch (opt) {
	case OPT_LINUX:
		return take_path(value, &spec->linux_image);
	case OPT_INITRD:
		return push(o->initrds, VKX_MAX_INITRDS, &spec->nr_initrds,
			    value, "--initrd");
	case OPT_CMDLINE:
		return take_cmdline(value, &spec->cmdline);
	case OPT_DTB:
		return take_path(value, &spec->dtb);
	case OPT_DTBAUTO:
		return push(o->dtbautos, VKX_MAX_DTBAUTO, &spec->nr_dtbautos,
			    value, "--dtbauto");
	case OPT_OSREL:
		return take_file(value, VKX_MAX_TEXT, &spec->osrel);
	case OPT_UNAME:
		return take_text(value, &spec->uname);
	case OPT_SBAT:
		return take_file(value, VKX_MAX_SBAT, &spec->sbat);
	case OPT_SPLASH:
		return take_path(value, &spec->splash);
	case OPT_STUB:
		return take_path(value, &spec->stub);
	case OPT_JSON:
		o->json = true;
		return VKX_EXIT_DONE;
	case 'o':
		return take_path(value, &o->output);
	default:
		return vkx_cli_usage("build: unknown option");
	}
}

static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "linux", required_argument, NULL, OPT_LINUX },
		{ "initrd", required_argument, NULL, OPT_INITRD },
		{ "cmdline", required_argument, NULL, OPT_CMDLINE },
		{ "dtb", required_argument, NULL, OPT_DTB },
		{ "dtbauto", required_argument, NULL, OPT_DTBAUTO },
		{ "os-release", required_argument, NULL, OPT_OSREL },
		{ "uname", required_argument, NULL, OPT_UNAME },
		{ "sbat", required_argument, NULL, OPT_SBAT },
		{ "splash", required_argument, NULL, OPT_SPLASH },
		{ "stub", required_argument, NULL, OPT_STUB },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		VKX_SIGNARG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	int c, taken, status = VKX_EXIT_DONE;

	while ((c = getopt_long(argc, argv, "o:h", table, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return -1;
		}
		taken = vkx_signarg_take(&o->sign, c, optarg);
		if (taken < 0)
			return VKX_EXIT_USAGE;
		if (!taken)
			status = take_own(o, c, optarg);
		if (status)
			return status;
	}
	if (optind != argc)
		return vkx_cli_usage("build: '%s' is too much", argv[optind]);
	if (!o->spec.linux_image || !o->output)
		return vkx_cli_usage("build needs --linux and -o");
	o->spec.initrds = o->initrds;
	o->spec.dtbautos = o->dtbautos;
	return 0;
}

/* These two break a rule as soon as they are typed: say so by their own name
 * rather than by an offset in a file that does not exist yet. */
static int check_cmdline(const struct options *o)
{
	struct vkx_problem problem;
	struct vkx_fault fault = { 0 };
	int err = vkx_cmdline_check(o->spec.cmdline.data, o->spec.cmdline.len,
				    0, &fault);

	if (!err)
		return VKX_EXIT_DONE;
	vkx_problem_rule(&problem, "--cmdline", err, &fault);
	return vkx_problem_print(&problem);
}

static int build(struct options *o)
{
	const struct vkx_signer *signer = NULL;
	struct vkx_result result = { 0 };
	struct vkx_build_report report;
	struct vkx_facts facts;
	struct vkx_problem problem;
	struct vkx_bar bar;
	int status = check_cmdline(o), err;

	if (status)
		return status;
	if (o->sign.key_path || o->sign.cert_path) {
		status = vkx_signarg_load(&o->sign);
		if (status)
			return status;
		signer = &o->sign.signer;
	}
	o->spec.progress = vkx_bar_start(&bar, "building");
	err = vkx_uki_build(&o->spec, o->output, signer, &report, &problem);
	vkx_bar_end(&bar);
	if (err)
		return vkx_problem_print(&problem);
	result.file = o->output;
	result.size = report.size;
	result.signatures = signer ? 1 : 0;
	result.hash = report.hash;
	result.digest = report.digest;
	result.stubless = !o->spec.stub;
	if (o->json) {
		vkx_facts_begin_list(&facts, stdout, true);
		vkx_facts_pretty(&facts);
	}
	vkx_result_tell(&result, o->json ? &facts : NULL);
	if (o->json)
		vkx_facts_end(&facts);
	return VKX_EXIT_DONE;
}

int cmd_build(int argc, char **argv)
{
	struct options *o = calloc(1, sizeof(*o));
	int status;

	if (!o) {
		vkx_cli_error("build", "out of memory");
		return VKX_EXIT_FAILED;
	}
	vkx_signarg_init(&o->sign);
	status = read_options(argc, argv, o);
	if (!status)
		status = build(o);
	vkx_signarg_free(&o->sign);
	vkx_bytes_free(&o->spec.cmdline);
	vkx_bytes_free(&o->spec.osrel);
	vkx_bytes_free(&o->spec.uname);
	vkx_bytes_free(&o->spec.sbat);
	free(o);
	return status < 0 ? VKX_EXIT_DONE : status;
}
