/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/cli.h"

static const struct vkx_cmd cmds[] = {
	{ NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	static const struct vkx_tool tool = {
		.name = "vkexec-keys",
		.purpose = "",
		.examples = "",
		.cmds = cmds,
	};

	return vkx_cli_main(&tool, argc, argv);
}
