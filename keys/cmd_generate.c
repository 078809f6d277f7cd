/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keys/cli.h"
#include "keys/cmds.h"
#include "keys/keyarg.h"
#include "keys/options.h"
#include "keys/outfile.h"
#include "keys/pem.h"
#include "keys/validity.h"

static const char help[] =
	"Usage: vkexec-keys generate --subject CN=... -o NAME [OPTION]...\n"
	"Makes a key pair and a self-signed certificate: NAME.key (PKCS#8, mode\n"
	"0600, encrypted) and NAME.crt (X.509, PEM).\n"
	"\n"
	"  --type T             rsa2048, rsa3072 (default), rsa4096, p256, p384\n"
	"  --subject NAME       CN=...[,O=...][,OU=...][,L=...][,ST=...][,C=..]\n"
	"  -o, --output NAME    where to write NAME.key and NAME.crt\n"
	"  --days N             validity of the certificate (3650)\n"
	"  --ca                 a CA, which signs certificates and no images\n"
	"  --no-passphrase      do not encrypt the key\n" VKX_KEYARG_HELP
	"  --force              replace NAME.key and NAME.crt if they exist\n"
	"\n"
	"Examples:\n"
	"  vkexec-keys generate --subject 'CN=Release 2027,O=Example' -o release\n"
	"  vkexec-keys generate --ca --type p384 --subject CN=Root -o root\n";

struct options {
	struct vkx_keyarg keyarg;
	const char *type;
	const char *subject_text;
	const char *output;
	struct vkx_bytes subject; /* DER */
	char *key_path, *crt_path;
	unsigned int days;
	bool ca, no_passphrase, force;
};

static bool take_days(const char *value, void *days)
{
	return vkx_days_parse(value, days);
}

static bool take_type(const char *value, void *type)
{
	*(const char **)type = value;
	return vkx_key_type_known(value);
}

static int read_options(int argc, char **argv, struct options *o)
{
	const struct vkx_option table[] = {
		{ .name = "type",
		  .take = take_type,
		  .arg = &o->type,
		  .form = "one of rsa2048, rsa3072, rsa4096, p256, p384" },
		{ .name = "subject",
		  .needed = true,
		  .value = &o->subject_text },
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &o->output },
		{ .name = "days",
		  .take = take_days,
		  .arg = &o->days,
		  .form = "a number from 1 to 36500" },
		{ .name = "ca", .flag = &o->ca },
		{ .name = "no-passphrase", .flag = &o->no_passphrase },
		{ .name = "force", .flag = &o->force },
		VKX_KEYARG_ROWS(&o->keyarg),
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "generate",
		.help = help,
		.options = table,
	};
	int status = vkx_options_read(&command, argc, argv);

	if (!status && o->no_passphrase &&
	    (o->keyarg.passphrase_file || o->keyarg.passphrase_env))
		return vkx_cli_usage("generate: --no-passphrase leaves the key "
				     "unencrypted, --passphrase-file and "
				     "--passphrase-env encrypt it");
	return status;
}

/* NAME.key and NAME.crt are replaced only when asked: a release key that is
 * overwritten is gone. */
static bool may_write(const struct options *o)
{
	const char *paths[] = { o->key_path, o->crt_path };
	size_t i;

	for (i = 0; i < 2 && !o->force; i++) {
		if (access(paths[i], F_OK) == 0) {
			vkx_cli_error(paths[i], "exists already; --force "
						"replaces it");
			return false;
		}
	}
	return true;
}

/* Whatever can be wrong is told before a passphrase is asked for. */
static bool prepare(struct options *o)
{
	if (!vkx_keyarg_name(o->subject_text, &o->subject))
		return false;
	if (asprintf(&o->key_path, "%s.key", o->output) < 0)
		o->key_path = NULL;
	if (asprintf(&o->crt_path, "%s.crt", o->output) < 0)
		o->crt_path = NULL;
	if (o->key_path && o->crt_path)
		return may_write(o);
	vkx_cli_error(o->output, "out of memory");
	return false;
}

static bool make_cert(const struct options *o, struct vkx_key *key,
		      struct vkx_bytes *pem_ret)
{
	struct vkx_cert_spec spec = { .ca = o->ca,
				      .subject = o->subject,
				      .issuer = o->subject,
				      .spki = key->spki };
	struct vkx_bytes der = { 0 };
	int err;

	if (!vkx_keyarg_validity(&spec, o->days))
		return false;
	err = vkx_cert_write(&spec, key, &der);
	if (!err)
		err = vkx_pem_write("CERTIFICATE", &der, pem_ret);
	vkx_bytes_free(&der);
	if (err)
		vkx_cli_error("certificate", "cannot make it: out of memory "
					     "or random numbers");
	return !err;
}

static bool make_key(const struct options *o, struct vkx_key *key,
		     struct vkx_bytes *pem_ret)
{
	struct vkx_secret secret = { 0 };
	int err;

	if (!o->no_passphrase &&
	    !vkx_keyarg_secret(&o->keyarg, o->output, true, &secret))
		return false;
	err = vkx_key_generate(key, o->type);
	if (!err)
		err = vkx_key_write_pem(key, o->no_passphrase ? NULL : &secret,
					pem_ret);
	vkx_secret_wipe(&secret);
	if (err)
		vkx_cli_error("key", "cannot make it: out of memory or random "
				     "numbers");
	return !err;
}

static bool stage(struct vkx_outfile *out, const char *path, mode_t mode,
		  const struct vkx_bytes *pem)
{
	if (!vkx_outfile_open(out, path, mode) &&
	    !vkx_outfile_write(out, pem->data, pem->len))
		return true;
	vkx_cli_error(path, "cannot write: %s", strerror(errno));
	vkx_outfile_abort(out);
	return false;
}

static bool commit(const struct options *o, struct vkx_outfile *out,
		   const char *path)
{
	int err = o->force ? vkx_outfile_commit(out) :
			     vkx_outfile_commit_new(out);

	if (!err)
		return true;
	if (errno == EEXIST)
		vkx_cli_error(path, "exists already; --force replaces it");
	else
		vkx_cli_error(path, "cannot write: %s", strerror(errno));
	return false;
}

static bool is_there(const char *path, const struct vkx_bytes *pem)
{
	struct vkx_bytes file = { 0 };
	bool same = !vkx_bytes_read(path, VKX_MAX_KEY_FILE, &file) &&
		    file.len == pem->len &&
		    !memcmp(file.data, pem->data, pem->len);

	vkx_bytes_free(&file);
	return same;
}

/* After a failure: a new certificate without its key is worse than none. */
static void mend_half(const struct options *o, const struct vkx_bytes *key_pem,
		      const struct vkx_bytes *crt_pem)
{
	if (!is_there(o->crt_path, crt_pem) || is_there(o->key_path, key_pem))
		return;
	if (o->force)
		vkx_cli_error(o->crt_path,
			      "is new and does not fit %s, which is the old "
			      "one: run the same again",
			      o->key_path);
	else
		(void)unlink(o->crt_path);
}

/* Both are written before either takes its place, so that a full disk costs
 * neither of the old ones; and by one of us at a time, so that they match. */
static int put_both(const struct options *o, const struct vkx_bytes *key_pem,
		    const struct vkx_bytes *crt_pem)
{
	int lock = vkx_outfile_lock(o->key_path);
	struct vkx_outfile key, crt;
	bool good = false;

	/* Again: somebody else may have made one meanwhile. */
	if (may_write(o) &&
	    stage(&key, o->key_path, VKX_OUTFILE_SECRET, key_pem)) {
		/*
		 * The certificate goes first: whoever is stopped between the
		 * two has the old key still, which nobody can make again.
		 */
		good = stage(&crt, o->crt_path, VKX_OUTFILE_PUBLIC, crt_pem) &&
		       commit(o, &crt, o->crt_path) &&
		       commit(o, &key, o->key_path);
		vkx_outfile_abort(&crt);
		vkx_outfile_abort(&key);
		if (!good)
			mend_half(o, key_pem, crt_pem);
	}
	if (lock >= 0)
		close(lock);
	if (good)
		printf("wrote %s and %s\n", o->key_path, o->crt_path);
	return good ? VKX_EXIT_DONE : VKX_EXIT_FAILED;
}

int cmd_generate(int argc, char **argv)
{
	struct options o = { .type = "rsa3072", .days = VKX_DEFAULT_DAYS };
	struct vkx_bytes key_pem = { 0 }, crt_pem = { 0 };
	struct vkx_key key;
	int status = read_options(argc, argv, &o);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	vkx_key_init(&key);
	status = VKX_EXIT_FAILED;
	if (prepare(&o) && make_key(&o, &key, &key_pem) &&
	    make_cert(&o, &key, &crt_pem))
		status = put_both(&o, &key_pem, &crt_pem);
	vkx_key_free(&key);
	vkx_bytes_free(&o.subject);
	free(o.key_path);
	free(o.crt_path);
	vkx_bytes_free(&key_pem);
	vkx_bytes_free(&crt_pem);
	return status;
}
