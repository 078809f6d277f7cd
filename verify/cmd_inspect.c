/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdint.h>

#include "keys/cli.h"
#include "keys/options.h"
#include "verify/cmds.h"
#include "verify/inspect.h"
#include "verify/report.h"

static const char help[] =
	"Usage: vkexec-verify inspect [OPTION]... FILE...\n"
	"Shows headers, sections, texts, device trees, signatures and\n"
	"certificates of any EFI binary. Verifies nothing.\n"
	"\n"
	"  --json        one JSON object per file, one per line\n"
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
	bool json = false;
	const struct vkx_option table[] = {
		{ .name = "json", .flag = &json },
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "inspect",
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
		status =
			vkx_exit_worse(status, inspect_one(argv[optind], json));
	return status;
}
