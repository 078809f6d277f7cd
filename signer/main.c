/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/cli.h"
#include "keys/secret.h"
#include "signer/cmds.h"

static const struct vkx_cmd cmds[] = {
	{ "build", cmd_build, "make a UKI from a kernel and its parts" },
	{ "sign", cmd_sign, "sign UKIs and other EFI binaries" },
	{ NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	static const struct vkx_tool tool = {
		.name = "vkexec-sign",
		.purpose = "Puts kernel, initrd, command line and device tree "
			   "into one file (a UKI) and signs it.",
		.examples =
			"  vkexec-sign build --linux Image --initrd initrd.img "
			"--cmdline 'quiet ro' \\\n"
			"      --key release.key --cert release.crt "
			"-o release.efi\n"
			"  vkexec-sign sign --key release.key --cert "
			"release.crt -o out.efi in.efi\n",
		.cmds = cmds,
	};

	vkx_secret_guard();
	return vkx_cli_main(&tool, argc, argv);
}
