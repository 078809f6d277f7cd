/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "kernel/load/load.h"
#include "keys/cli.h"
#include "verify/trustarg.h"

static const char help[] =
	"Usage: vkexec-load [OPTION]... FILE\n"
	"       vkexec-load --unload | --status | --facts | --exec\n"
	"Loads a signed unified kernel image as the next kernel. The file is\n"
	"checked here first, as the kernel will, so that a refusal says why;\n"
	"then the kernel gets the file untouched and decides by itself.\n"
	"\n"
	"Options:\n"
	"  --exec               then hand over to it: through systemd where it\n"
	"                       runs, else sync and reboot. Without a file: into\n"
	"                       what is loaded\n"
	"  --panic              the kernel that runs after a panic, not the next\n"
	"                       one; with --unload: that one\n"
	"  --unload             forget what is loaded\n"
	"  --status             what the running kernel enforces, trusts, has\n"
	"                       loaded and last refused\n"
	"  --facts              what this machine adds to the signed device tree\n"
	"                       of what is loaded, and the digest that is measured\n"
	"  --trust CRT          also check the signer: a certificate, or a CA's;\n"
	"                       may be given again. Without it only the kernel\n"
	"                       knows whom it trusts\n"
	"  --revoked ESL        refuse what this EFI signature list names\n"
	"  --sbat-level FILE    refuse components below this SBAT level\n"
	"  --machine WHAT       a root compatible string or a device tree file\n"
	"                       (/sys/firmware/fdt where it can be read)\n"
	"  --json               one JSON object on standard output\n"
	"  --sys DIR            read the kernel's state below DIR (/sys)\n"
	"  --version            print the version\n"
	"  --help               print this\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 called wrongly, 3 refused.\n"
	"\n"
	"Examples:\n"
	"  vkexec-load release.efi\n"
	"  vkexec-load --trust release.crt --exec release.efi\n"
	"  vkexec-load --panic crash.efi\n"
	"  vkexec-load --status --json\n";

enum {
	OPT_EXEC = 'e',
	OPT_PANIC = 'p',
	OPT_UNLOAD = 'u',
	OPT_STATUS = 's',
	OPT_FACTS = 'f',
	OPT_JSON = 'j',
	OPT_SYS = 'y',
};

struct order {
	struct vkx_load load;
	struct vkx_trustarg arg;
	bool exec, unload, status, facts, help;
	const char *file;
};

static int read_options(int argc, char **argv, struct order *o)
{
	static const struct option table[] = {
		{ "exec", no_argument, NULL, OPT_EXEC },
		{ "panic", no_argument, NULL, OPT_PANIC },
		{ "unload", no_argument, NULL, OPT_UNLOAD },
		{ "status", no_argument, NULL, OPT_STATUS },
		{ "facts", no_argument, NULL, OPT_FACTS },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "sys", required_argument, NULL, OPT_SYS },
		{ "trust", required_argument, NULL, VKX_OPT_TRUST },
		{ "revoked", required_argument, NULL, VKX_OPT_REVOKED },
		{ "sbat-level", required_argument, NULL, VKX_OPT_SBAT_LEVEL },
		{ "machine", required_argument, NULL, VKX_OPT_MACHINE },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		if (vkx_trustarg_take(&o->arg, c, optarg))
			continue;
		switch (c) {
		case OPT_EXEC:
			o->exec = true;
			break;
		case OPT_PANIC:
			o->load.crash = true;
			break;
		case OPT_UNLOAD:
			o->unload = true;
			break;
		case OPT_STATUS:
			o->status = true;
			break;
		case OPT_FACTS:
			o->facts = true;
			break;
		case OPT_JSON:
			o->load.json = true;
			break;
		case OPT_SYS:
			o->load.sys = optarg;
			break;
		case 'h':
			o->help = true;
			return 0;
		default:
			return vkx_cli_usage("unknown option");
		}
	}
	if (argc - optind > 1)
		return vkx_cli_usage("one file at a time");
	o->file = argv[optind];
	return 0;
}

/* Which of the things that exclude each other was asked for? */
static int check_options(const struct order *o)
{
	if (o->arg.failed)
		return VKX_EXIT_FAILED;
	if (o->unload + o->status + o->facts + (o->file || o->exec) > 1)
		return vkx_cli_usage("a file, --unload, --status or --facts: "
				     "one of them");
	if (!o->file && !o->unload && !o->status && !o->facts && !o->exec)
		return vkx_cli_usage("no file given");
	if (o->exec && o->load.crash)
		return vkx_cli_usage("a kernel for a panic runs when there is "
				     "one: --panic without --exec");
	return 0;
}

/* The machine this runs on, if its tree can be read and no other was named. */
static void default_machine(struct order *o)
{
	static const char fdt[] = "/sys/firmware/fdt";

	if (!o->arg.params.machine && access(fdt, R_OK) == 0)
		vkx_trustarg_take(&o->arg, VKX_OPT_MACHINE, fdt);
}

static int load_file(struct order *o)
{
	int status;

	default_machine(o);
	if (o->arg.failed)
		return VKX_EXIT_FAILED;
	o->arg.params.trust = &o->arg.trust;
	o->arg.params.revocation = &o->arg.revocation;
	o->arg.params.read_ahead = true;
	o->load.params = o->arg.params;
	status = vkx_load_file(&o->load, o->file);
	if (status == VKX_EXIT_DONE && o->exec)
		status = vkx_load_exec(&o->load);
	return status;
}

static int run(int argc, char **argv)
{
	struct order o = { .load = { .calls = &vkx_syscalls_real,
				     .sys = "/sys" } };
	int status = read_options(argc, argv, &o);

	if (o.help) {
		fputs(help, stdout);
	} else if (!status) {
		status = check_options(&o);
		if (status)
			;
		else if (o.unload)
			status = vkx_load_unload(&o.load);
		else if (o.status)
			status = vkx_load_status(&o.load);
		else if (o.facts)
			status = vkx_load_facts(&o.load);
		else if (o.file)
			status = load_file(&o);
		else
			status = vkx_load_exec(&o.load);
	}
	vkx_trustarg_free(&o.arg);
	return status;
}

int main(int argc, char **argv)
{
	return vkx_cli_single("vkexec-load", run, argc, argv);
}
