/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include <string.h>

#include "keys/card.h"
#include "keys/cli.h"
#include "keys/cmds.h"
#include "keys/keyarg.h"
#include "keys/options.h"
#include "verify/report.h"

static const char help[] =
	"Usage: vkexec-keys show [--json] FILE...\n"
	"Tells what certificates and private keys are: type, size, names,\n"
	"validity, what they may do, identifiers and fingerprints. FILE is PEM\n"
	"(every certificate in it is shown) or DER, or a pkcs11: URI.\n"
	"\n"
	"  --json               an array for scripts\n" VKX_KEYARG_HELP "\n"
	"Example:\n"
	"  vkexec-keys show release.crt\n";

struct options {
	struct vkx_keyarg keyarg;
	bool json;
	struct vkx_facts *facts; /* NULL: text */
};

static void show_cert(const struct options *o, const char *path,
		      const struct vkx_cert *cert)
{
	if (o->facts)
		vkx_card_cert_tell(o->facts, path, cert);
	else
		vkx_card_cert_text(stdout, path, cert);
}

/* Number of certificates shown, or a negative error. */
static int show_certs(const struct options *o, const char *path,
		      const struct vkx_bytes *file)
{
	struct vkx_cert cert;
	size_t pos = 0;
	int n = 0, err;

	vkx_cert_init(&cert);
	while (!(err = vkx_cert_next(&cert, file, &pos))) {
		show_cert(o, path, &cert);
		n++;
	}
	if (err == -VKX_ERR_NOTFOUND && !n && !vkx_cert_parse(&cert, file)) {
		show_cert(o, path, &cert);
		n = 1;
	}
	vkx_cert_free(&cert);
	return err == -VKX_ERR_NOTFOUND ? n : err;
}

static int show_key(const struct options *o, const char *path)
{
	struct vkx_key key;
	int status = VKX_EXIT_FAILED;

	vkx_key_init(&key);
	if (vkx_keyarg_key(&o->keyarg, path, &key)) {
		if (o->facts)
			vkx_card_key_tell(o->facts, path, &key);
		else
			vkx_card_key_text(stdout, path, &key);
		status = VKX_EXIT_DONE;
	}
	vkx_key_free(&key);
	return status;
}

static int show(const struct options *o, const char *path)
{
	struct vkx_bytes file = { 0 };
	int n;

	if (!strncmp(path, "pkcs11:", 7))
		return show_key(o, path);
	if (!vkx_keyarg_bytes(path, VKX_MAX_KEY_FILE, &file))
		return VKX_EXIT_FAILED;
	n = show_certs(o, path, &file);
	if (n < 0)
		vkx_cli_error(path, "holds a malformed certificate");
	vkx_bytes_free(&file);
	if (n)
		return n < 0 ? VKX_EXIT_FAILED : VKX_EXIT_DONE;
	return show_key(o, path);
}

static int read_options(int argc, char **argv, struct options *o)
{
	const struct vkx_option table[] = {
		{ .name = "json", .flag = &o->json },
		VKX_KEYARG_ROWS(&o->keyarg),
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "show",
		.help = help,
		.options = table,
		.operand = "file",
		.min = 1,
		.max = SIZE_MAX,
	};

	return vkx_options_read(&command, argc, argv);
}

int cmd_show(int argc, char **argv)
{
	struct options o = { 0 };
	int status = read_options(argc, argv, &o), worst = VKX_EXIT_DONE, i;
	struct vkx_facts facts;

	if (!status && o.json) {
		vkx_facts_begin_list(&facts, stdout, true);
		vkx_facts_pretty(&facts);
		o.facts = &facts;
	}
	for (i = optind; !status && i < argc; i++)
		worst = vkx_exit_worse(worst, show(&o, argv[i]));
	if (o.facts)
		vkx_facts_end(o.facts);
	return status < 0 ? VKX_EXIT_DONE : status ? status : worst;
}
