/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>

#include "keys/cli.h"
#include "verify/cmds.h"
#include "verify/inspect.h"
#include "verify/report.h"

static const char help[] =
	"Usage: vkexec-verify inspect [--json] FILE...\n"
	"Shows headers, sections, texts, device trees, signatures and\n"
	"certificates of any EFI binary. Verifies nothing.\n"
	"\n"
	"Examples:\n"
	"  vkexec-verify inspect release.efi\n"
	"  vkexec-verify inspect --json release.efi | jq .sections\n";

static int inspect_one(const char *file, bool json)
{
	struct vkx_fault fault = { 0 };
	struct vkx_infile in;
	int err = vkx_infile_open(&in, file);

	if (err)
		return vkx_report_error(file, err, errno, NULL);
	err = vkx_inspect(file, &in, stdout, json, &fault);
	if (err)
		err = vkx_report_error(file, err, errno, &fault);
	vkx_infile_close(&in);
	return err;
}

int cmd_inspect(int argc, char **argv)
{
	static const struct option table[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, status = VKX_EXIT_DONE;
	bool json = false;

	while ((c = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		switch (c) {
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return VKX_EXIT_DONE;
		default:
			return vkx_cli_usage("inspect: unknown option");
		}
	}
	if (optind == argc)
		return vkx_cli_usage("inspect: no file given");
	for (; optind < argc; optind++)
		status =
			vkx_exit_worse(status, inspect_one(argv[optind], json));
	return status;
}
