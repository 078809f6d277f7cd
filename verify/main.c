/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/cli.h"
#include "verify/cmds.h"

static const struct vkx_cmd cmds[] = {
	{ "check", cmd_check, "may these files boot?" },
	{ "inspect", cmd_inspect, "show what is in a file, trusted or not" },
	{ "digest", cmd_digest, "print Authenticode digests" },
	{ "extract", cmd_extract, "take a component out of a checked file" },
	{ NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	static const struct vkx_tool tool = {
		.name = "vkexec-verify",
		.purpose = "Checks signed kernels as the kernel does, shows "
			   "what is in them, and takes them apart.",
		.examples =
			"  vkexec-verify check --trust release.crt release.efi\n"
			"  vkexec-verify inspect release.efi\n"
			"  vkexec-verify digest release.efi\n"
			"  vkexec-verify extract --trust release.crt "
			"--section .initrd -o initrd release.efi\n",
		.cmds = cmds,
	};

	return vkx_cli_main(&tool, argc, argv);
}
