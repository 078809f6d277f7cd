/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/cli.h"
#include "keys/cmds.h"
#include "keys/secret.h"

static const struct vkx_cmd cmds[] = {
	{ "generate", cmd_generate, "make a key and its certificate" },
	{ "csr", cmd_csr, "ask for a certificate for a key" },
	{ "issue", cmd_issue, "turn a request into a certificate, as a CA" },
	{ "show", cmd_show, "tell what a certificate or key is" },
	{ "export", cmd_export, "certificates for a kernel build or firmware" },
	{ "revoke", cmd_revoke, "keep a list of what must not boot any more" },
	{ NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	static const struct vkx_tool tool = {
		.name = "vkexec-keys",
		.purpose = "Makes, shows, exports and revokes the keys and "
			   "certificates that sign kernels.",
		.examples =
			"  vkexec-keys generate --subject 'CN=Release 2027' "
			"-o release\n"
			"  vkexec-keys show release.crt\n"
			"  vkexec-keys export --kernel -o trust.pem "
			"release.crt\n"
			"  vkexec-keys revoke --image old.efi --list "
			"revoked.esl\n",
		.cmds = cmds,
	};

	vkx_secret_guard();
	return vkx_cli_main(&tool, argc, argv);
}
