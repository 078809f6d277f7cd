/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/cli.h"
#include "keys/secret.h"
#include "measure/cmds.h"

static const struct vkx_cmd cmds[] = {
	{ "log", cmd_log, "show a TCG event log and the PCRs it replays to" },
	{ "provision", cmd_provision, "make the attestation key in the TPM" },
	{ "challenge", cmd_challenge,
	  "ask whether an AK lives in a known TPM" },
	{ "activate", cmd_activate, "answer such a challenge" },
	{ "quote", cmd_quote, "make evidence: quote, log and key" },
	{ "manifest", cmd_manifest, "write and sign the list of what may run" },
	{ "audit", cmd_audit, "say what evidence is worth" },
	{ "predict", cmd_predict, "compute PCR 11 and 12 as they will be" },
	{ NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	static const struct vkx_tool tool = {
		.name = "vkexec-measure",
		.purpose = "Predicts, proves and audits what a machine that "
			   "hops from kernel to kernel\nhas run, from its TPM "
			   "and its event log.",
		.examples =
			"  vkexec-measure log\n"
			"  vkexec-measure provision -o ak\n"
			"  vkexec-measure quote --nonce @nonce -o evidence\n"
			"  vkexec-measure audit --manifest m.json --trust "
			"release.pem \\\n"
			"      --nonce @nonce --ak ak --html report.html "
			"evidence\n",
		.cmds = cmds,
	};

	vkx_secret_guard();
	return vkx_cli_main(&tool, argc, argv);
}
