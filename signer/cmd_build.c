/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/options.h"
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

struct options {
	struct vkx_signarg sign;
	struct vkx_uki_spec spec;
	struct vkx_words initrds, dtbautos;
	const char *cmdline, *osrel, *uname, *sbat, *output;
	bool json;
};

static bool copy_text(const char *value, struct vkx_bytes *text)
{
	if (!vkx_bytes_copy(value, strlen(value), text))
		return true;
	vkx_cli_error("build", "out of memory");
	return false;
}

/* A file's last line end is no part of a command line. */
static void trim_end(struct vkx_bytes *text)
{
	while (text->len && (text->data[text->len - 1] == '\n' ||
			     text->data[text->len - 1] == '\r'))
		text->data[--text->len] = '\0';
}

static bool load_cmdline(const char *value, struct vkx_bytes *text)
{
	if (*value != '@')
		return copy_text(value, text);
	if (!vkx_keyarg_bytes(value + 1, VKX_MAX_TEXT, text))
		return false;
	trim_end(text);
	return true;
}

static int load_texts(struct options *o)
{
	struct vkx_uki_spec *spec = &o->spec;
	bool good = !o->cmdline || load_cmdline(o->cmdline, &spec->cmdline);

	if (good && o->osrel)
		good = vkx_keyarg_bytes(o->osrel, VKX_MAX_TEXT, &spec->osrel);
	if (good && o->uname)
		good = copy_text(o->uname, &spec->uname);
	if (good && o->sbat)
		good = vkx_keyarg_bytes(o->sbat, VKX_MAX_SBAT, &spec->sbat);
	return good ? VKX_EXIT_DONE : VKX_EXIT_FAILED;
}

static int read_options(int argc, char **argv, struct options *o)
{
	struct vkx_uki_spec *spec = &o->spec;
	const struct vkx_option table[] = {
		{ .name = "linux",
		  .needed = true,
		  .value = &spec->linux_image },
		{ .name = "initrd", .words = &o->initrds },
		{ .name = "cmdline", .value = &o->cmdline },
		{ .name = "dtb", .value = &spec->dtb },
		{ .name = "dtbauto", .words = &o->dtbautos },
		{ .name = "os-release", .value = &o->osrel },
		{ .name = "uname", .value = &o->uname },
		{ .name = "sbat", .value = &o->sbat },
		{ .name = "splash", .value = &spec->splash },
		{ .name = "stub", .value = &spec->stub },
		{ .name = "json", .flag = &o->json },
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &o->output },
		VKX_SIGNARG_ROWS(&o->sign),
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "build",
		.help = help,
		.options = table,
	};
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status;
	if (vkx_signarg_given(&o->sign) &&
	    (!o->sign.key_path || !o->sign.cert_path))
		return vkx_cli_usage("build: signing needs --key and --cert");
	if (o->json && !strcmp(o->output, "-"))
		return vkx_cli_usage("build: standard output cannot be both "
				     "--json and the file");
	spec->initrds = o->initrds.at;
	spec->nr_initrds = o->initrds.count;
	spec->dtbautos = o->dtbautos.at;
	spec->nr_dtbautos = o->dtbautos.count;
	return load_texts(o);
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
	if (o->sign.key_path) {
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
