/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/options.h"
#include "keys/outfile.h"
#include "measure/credential.h"
#include "measure/pubfile.h"
#include "measure/tpm_ek.h"

static const char help[] =
	"Usage: vkexec-measure activate [OPTION]... NAME.cred -o SECRET\n"
	"Answers an auditor's challenge with this machine's TPM. Give the SECRET that\n"
	"comes out to 'quote --activation'.\n"
	"\n"
	"  -o, --output SECRET  where to write\n"
	"  --key TYPE       of the EK: ecc (default) or rsa; that of 'provision'\n"
	"  --handle H       the AK (0x81010020)\n"
	"  --tcti CONF      how to reach the TPM\n"
	"\n"
	"Examples:\n"
	"  vkexec-measure activate gateway-17.cred -o secret\n";

struct activation {
	const char *out, *tcti, *file;
	enum vkx_tpm_key key;
	uint32_t handle;
};

static int open_secret(const struct activation *opt, struct vkx_span id,
		       struct vkx_span encrypted)
{
	struct vkx_blob secret;
	struct vkx_tpm tpm;
	int err, status = VKX_EXIT_FAILED;

	err = vkx_tpm_open(&tpm, opt->tcti);
	if (!err) {
		err = vkx_tpm_activate(&tpm, opt->key, opt->handle, id,
				       encrypted, &secret);
		vkx_tpm_close(&tpm);
	}
	if (err == -VKX_ERR_MISMATCH) {
		vkx_cli_error(opt->file, "is for another TPM or another AK; "
					 "--key and --handle tell which");
		return VKX_EXIT_REFUSED;
	}
	if (err) {
		vkx_cli_error("TPM", "%s", tpm.error);
		return VKX_EXIT_FAILED;
	}
	if (vkx_outfile_put(opt->out, VKX_OUTFILE_SECRET, secret.data,
			    secret.size))
		vkx_cli_error(opt->out, "cannot write: %s", strerror(errno));
	else
		status = VKX_EXIT_DONE;
	OPENSSL_cleanse(secret.data, secret.size);
	vkx_blob_free(&secret);
	return status;
}

static int run(const struct activation *opt)
{
	struct vkx_span id, encrypted;
	struct vkx_blob blob;
	int status = VKX_EXIT_FAILED, err;

	err = vkx_blob_read(AT_FDCWD, opt->file, 4096, &blob);
	if (err) {
		vkx_cli_error(opt->file, "cannot read: %s", vkx_blob_why(err));
		return VKX_EXIT_FAILED;
	}
	if (vkx_credential_split((struct vkx_span){ blob.data, blob.size }, &id,
				 &encrypted))
		vkx_cli_error(opt->file, "is no challenge");
	else
		status = open_secret(opt, id, encrypted);
	vkx_blob_free(&blob);
	return status;
}

static bool take_key(const char *value, void *arg)
{
	enum vkx_tpm_key *key = arg;

	*key = *value == 'r' ? VKX_TPM_KEY_RSA : VKX_TPM_KEY_ECC;
	return !strcmp(value, "ecc") || !strcmp(value, "rsa");
}

static bool take_handle(const char *value, void *arg)
{
	return vkx_handle_parse(value, arg);
}

int cmd_activate(int argc, char **argv)
{
	struct activation opt = { .handle = VKX_AK_HANDLE };
	const struct vkx_option options[] = {
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &opt.out },
		{ .name = "key",
		  .take = take_key,
		  .arg = &opt.key,
		  .form = "ecc or rsa" },
		{ .name = "handle",
		  .take = take_handle,
		  .arg = &opt.handle,
		  .form = "a handle like 0x81010020" },
		{ .name = "tcti", .value = &opt.tcti },
		{ 0 },
	};
	const struct vkx_command command = { .name = "activate",
					     .help = help,
					     .options = options,
					     .operand = "challenge",
					     .min = 1,
					     .max = 1 };
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	opt.file = argv[optind];
	return run(&opt);
}
