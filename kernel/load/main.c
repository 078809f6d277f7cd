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
	"                       knows whom it trusts, and what follows needs it\n"
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

struct order {
	struct vkx_load load;
	struct vkx_trustarg arg;
	bool exec, unload, status, facts;
	const char *file;
};

static int read_options(int argc, char **argv, struct order *o)
{
	const struct vkx_option table[] = {
		{ .name = "exec", .flag = &o->exec },
		{ .name = "panic", .flag = &o->load.crash },
		{ .name = "unload", .flag = &o->unload },
		{ .name = "status", .flag = &o->status },
		{ .name = "facts", .flag = &o->facts },
		{ .name = "json", .flag = &o->load.json },
		{ .name = "sys", .value = &o->load.sys },
		{ .name = "trust", .words = &o->arg.trust_paths },
		{ .name = "revoked", .words = &o->arg.revoked_paths },
		{ .name = "sbat-level", .value = &o->arg.level_path },
		{ .name = "machine", .value = &o->arg.machine_name },
		{ 0 },
	};
	const struct vkx_command command = {
		.help = help,
		.options = table,
		.operand = "file",
		.max = 1,
	};
	int status = vkx_options_read(&command, argc, argv);

	if (!status)
		o->file = argv[optind];
	return status;
}

/* Which of the things that exclude each other was asked for? */
static int check_options(const struct order *o)
{
	if (o->unload + o->status + o->facts + (o->file || o->exec) > 1)
		return vkx_cli_usage("a file, --unload, --status or --facts: "
				     "one of them");
	if (!o->file && !o->unload && !o->status && !o->facts && !o->exec)
		return vkx_cli_usage("no file given");
	if (!o->file && vkx_trustarg_given(&o->arg))
		return vkx_cli_usage("--trust, --revoked, --sbat-level and "
				     "--machine check a file: none given");
	/* A check ends with an unknown signer, and nobody is known without. */
	if (!o->arg.trust_paths.count &&
	    (o->arg.revoked_paths.count || o->arg.level_path ||
	     o->arg.machine_name))
		return vkx_cli_usage("--revoked, --sbat-level and --machine "
				     "are looked at once the signer is known: "
				     "give --trust, or leave them to the "
				     "kernel");
	if (o->exec && o->load.crash)
		return vkx_cli_usage("a kernel for a panic runs when there is "
				     "one: --panic without --exec");
	return 0;
}

/* The machine this runs on, if its tree can be read and no other was named. */
static void default_machine(struct order *o)
{
	static const char fdt[] = "/sys/firmware/fdt";

	if (!o->arg.machine_name && access(fdt, R_OK) == 0)
		o->arg.machine_name = fdt;
}

static int load_file(struct order *o)
{
	int status;

	default_machine(o);
	status = vkx_trustarg_load(&o->arg);
	if (status)
		return status;
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

	if (!status) {
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
	return status < 0 ? VKX_EXIT_DONE : status;
}

int main(int argc, char **argv)
{
	return vkx_cli_single("vkexec-load", run, argc, argv);
}
