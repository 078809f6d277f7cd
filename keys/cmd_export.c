/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdint.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/cmds.h"
#include "keys/guid.h"
#include "keys/keyarg.h"
#include "keys/options.h"
#include "keys/outfile.h"
#include "keys/pem.h"
#include "keys/siglist.h"

static const char help[] =
	"Usage: vkexec-keys export --kernel|--esl -o FILE CRT...\n"
	"Puts certificates into the form that something else builds trust on.\n"
	"\n"
	"  --kernel             PEM bundle for the kernel build\n"
	"                       (CONFIG_VKEXEC_KEYS,\n"
	"                       CONFIG_SYSTEM_TRUSTED_KEYS)\n"
	"  --esl                EFI signature list for a firmware's db\n"
	"  --owner GUID         owner of the list's entries\n"
	"  -o, --output F       result ('-': standard output)\n"
	"\n"
	"Examples:\n"
	"  vkexec-keys export --kernel -o trust.pem release.crt backup.crt\n"
	"  vkexec-keys export --esl -o db.esl release.crt\n";

struct options {
	bool kernel, esl;
	const char *output;
	uint8_t owner[16];
};

static bool take_guid(const char *value, void *guid)
{
	return vkx_guid_parse(value, guid);
}

static int read_options(int argc, char **argv, struct options *o)
{
	const struct vkx_option table[] = {
		{ .name = "kernel", .flag = &o->kernel },
		{ .name = "esl", .flag = &o->esl },
		{ .name = "owner",
		  .take = take_guid,
		  .arg = o->owner,
		  .form = "a GUID" },
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &o->output },
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "export",
		.help = help,
		.options = table,
		.operand = "certificate",
		.min = 1,
		.max = SIZE_MAX,
	};
	int status;

	(void)vkx_guid_parse(VKX_GUID_OWNER, o->owner);
	status = vkx_options_read(&command, argc, argv);
	if (!status && o->kernel == o->esl)
		return vkx_cli_usage("export needs one of --kernel and --esl");
	return status;
}

/* A kernel that trusts a certificate which it then refuses as a signer would
 * be a puzzle: say so now. */
static void warn_if_useless(const char *path, const struct vkx_cert *cert)
{
	struct vkx_fault fault = { 0 };
	struct vkx_x509 x509;

	if (vkx_x509_parse(cert->der.data, cert->der.len, 0, &x509, &fault) ||
	    (vkx_x509_check_ca(&x509, NULL) &&
	     vkx_x509_check_signer(&x509, &fault)))
		vkx_cli_warn(path, "will not be accepted as a signer or CA: %s",
			     vkx_rule_text(fault.rule));
}

static int append(const struct options *o, const struct vkx_cert *cert,
		  struct vkx_bytes *out)
{
	struct vkx_bytes pem = { 0 };
	int err;

	if (o->esl)
		return vkx_siglist_add(out, VKX_ESL_X509, o->owner,
				       cert->der.data, cert->der.len);
	err = vkx_pem_write("CERTIFICATE", &cert->der, &pem);
	if (!err)
		err = vkx_bytes_append(out, pem.data, pem.len);
	vkx_bytes_free(&pem);
	return err;
}

static bool export_file(const struct options *o, const char *path,
			struct vkx_bytes *out)
{
	struct vkx_bytes file = { 0 };
	struct vkx_cert cert;
	size_t pos = 0;
	int err, n = 0;

	if (!vkx_keyarg_bytes(path, VKX_MAX_CERT_FILE, &file))
		return false;
	vkx_cert_init(&cert);
	while (!(err = vkx_cert_next(&cert, &file, &pos))) {
		n++;
		warn_if_useless(path, &cert);
		err = append(o, &cert, out);
		if (err)
			break;
	}
	if (err == -VKX_ERR_NOTFOUND && !n) {
		err = vkx_cert_parse(&cert, &file);
		if (!err) {
			n++;
			warn_if_useless(path, &cert);
			err = append(o, &cert, out);
		}
	}
	vkx_cert_free(&cert);
	vkx_bytes_free(&file);
	if (n && (!err || err == -VKX_ERR_NOTFOUND))
		return true;
	vkx_cli_error(path, "holds no X.509 certificate (PEM or DER), or a "
			    "malformed one");
	return false;
}

int cmd_export(int argc, char **argv)
{
	struct options o = { 0 };
	struct vkx_bytes out = { 0 };
	int status = read_options(argc, argv, &o), i;
	bool good = true;

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	for (i = optind; good && i < argc; i++)
		good = export_file(&o, argv[i], &out);
	if (good)
		good = vkx_keyarg_put(o.output, VKX_OUTFILE_PUBLIC, &out);
	vkx_bytes_free(&out);
	return good ? VKX_EXIT_DONE : VKX_EXIT_FAILED;
}
