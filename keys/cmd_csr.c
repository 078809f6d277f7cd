/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/cli.h"
#include "keys/cmds.h"
#include "keys/keyarg.h"
#include "keys/name.h"
#include "keys/options.h"
#include "keys/outfile.h"
#include "keys/pem.h"

static const char help[] =
	"Usage: vkexec-keys csr --key KEY --subject CN=... -o FILE\n"
	"Writes a certificate request (PKCS#10, PEM) for a key that is there.\n"
	"\n"
	"  --key K              private key: PEM or DER file, or pkcs11: URI\n"
	"  --subject NAME       CN=...[,O=...][,OU=...][,L=...][,ST=...][,C=..]\n"
	"  -o, --output F       the request\n" VKX_KEYARG_HELP "\n"
	"Example:\n"
	"  vkexec-keys csr --key release.key --subject CN=Release -o r.csr\n";

struct options {
	struct vkx_keyarg keyarg;
	const char *key, *subject, *output;
};

static int read_options(int argc, char **argv, struct options *o)
{
	const struct vkx_option table[] = {
		{ .name = "key", .needed = true, .value = &o->key },
		{ .name = "subject", .needed = true, .value = &o->subject },
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &o->output },
		VKX_KEYARG_ROWS(&o->keyarg),
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "csr",
		.help = help,
		.options = table,
	};

	return vkx_options_read(&command, argc, argv);
}

static int write_csr(const struct options *o, const struct vkx_bytes *subject,
		     struct vkx_key *key)
{
	struct vkx_bytes der = { 0 }, pem = { 0 };
	int err = vkx_csr_write(subject, key, &der);

	if (!err)
		err = vkx_pem_write("CERTIFICATE REQUEST", &der, &pem);
	if (err)
		vkx_cli_error(o->key, "cannot sign the request");
	else if (!vkx_keyarg_put(o->output, VKX_OUTFILE_PUBLIC, &pem))
		err = -VKX_ERR_IO;
	vkx_bytes_free(&der);
	vkx_bytes_free(&pem);
	return err ? VKX_EXIT_FAILED : VKX_EXIT_DONE;
}

int cmd_csr(int argc, char **argv)
{
	struct options o = { 0 };
	struct vkx_bytes subject = { 0 };
	struct vkx_key key;
	int status = read_options(argc, argv, &o);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	vkx_key_init(&key);
	status = VKX_EXIT_FAILED;
	if (vkx_keyarg_name(o.subject, &subject) &&
	    vkx_keyarg_key(&o.keyarg, o.key, &key))
		status = write_csr(&o, &subject, &key);
	vkx_bytes_free(&subject);
	vkx_key_free(&key);
	return status;
}
