/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/keyarg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/name.h"
#include "keys/outfile.h"
#include "keys/token.h"
#include "keys/validity.h"

static const char *secret_problem(int err)
{
	switch (err) {
	case -VKX_ERR_IO:
		return strerror(errno);
	case -VKX_ERR_LIMIT:
		return "passphrase is longer than 1024 bytes";
	case -VKX_ERR_FORMAT:
		return "passphrase is empty";
	case -VKX_ERR_MISMATCH:
		return "the two passphrases differ";
	case -VKX_ERR_NOTFOUND:
		return "is not set";
	default:
		return "out of memory";
	}
}

bool vkx_keyarg_secret(const struct vkx_keyarg *arg, const char *what,
		       bool fresh, struct vkx_secret *secret_ret)
{
	char prompt[600];
	int err;

	if (arg->passphrase_file && arg->passphrase_env) {
		vkx_cli_usage("--passphrase-file and --passphrase-env exclude "
			      "each other");
		return false;
	}
	if (arg->passphrase_file) {
		err = vkx_secret_from_file(arg->passphrase_file, secret_ret);
		what = arg->passphrase_file;
	} else if (arg->passphrase_env) {
		err = vkx_secret_from_env(arg->passphrase_env, secret_ret);
		what = arg->passphrase_env;
	} else {
		snprintf(prompt, sizeof(prompt), "%s for %.500s: ",
			 fresh ? "New passphrase" : "Passphrase", what);
		err = vkx_secret_from_prompt(prompt, fresh, secret_ret);
		if (err == -VKX_ERR_NOTFOUND) {
			vkx_cli_error(what,
				      "needs a passphrase and there is no "
				      "terminal to ask on; give "
				      "--passphrase-file or --passphrase-env");
			return false;
		}
	}
	if (err)
		vkx_cli_error(what, "%s", secret_problem(err));
	return !err;
}

bool vkx_keyarg_bytes(const char *path, size_t max, struct vkx_bytes *blob_ret)
{
	int err = vkx_bytes_read(path, max, blob_ret);

	if (err == -VKX_ERR_LIMIT)
		vkx_cli_error(path, "is larger than %zu bytes", max);
	else if (err == -VKX_ERR_NOMEM)
		vkx_cli_error(path, "out of memory");
	else if (err)
		vkx_cli_error(path, "%s", strerror(errno));
	return !err;
}

static void explain_key(const char *path, int err)
{
	switch (err) {
	case -VKX_ERR_MISMATCH:
		vkx_cli_error(path, "wrong passphrase");
		break;
	case -VKX_ERR_LIMIT:
		vkx_cli_error(path, "key is not RSA of 2048 to 4096 bits with "
				    "exponent 65537, nor ECDSA on P-256 or "
				    "P-384; make one with vkexec-keys "
				    "generate");
		break;
	case -VKX_ERR_UNSUPPORTED:
		vkx_cli_error(path, "is encrypted in a way that is not "
				    "supported; convert it with openssl pkcs8 "
				    "-topk8 -v2 aes-256-cbc");
		break;
	case -VKX_ERR_FORMAT:
		vkx_cli_error(path, "holds no private key (PEM or DER)");
		break;
	default:
		vkx_cli_error(path, "cannot read the key: out of memory or "
				    "random numbers");
	}
}

static void explain_token(const char *uri, int err)
{
	switch (err) {
	case -VKX_ERR_FORMAT:
		vkx_cli_error(uri, "is no RFC 7512 URI");
		break;
	case -VKX_ERR_ARG:
		vkx_cli_error("pkcs11 URI",
			      "holds a PIN, which everybody on this machine "
			      "can read; give --passphrase-file or "
			      "--passphrase-env");
		break;
	case -VKX_ERR_UNSUPPORTED:
		vkx_cli_error(uri, "needs libp11-kit.so.0 and a key of kind "
				   "RSA or EC; is libp11-kit installed?");
		break;
	case -VKX_ERR_NOTFOUND:
		vkx_cli_error(uri, "there is no such token, key or "
				   "certificate; p11tool --list-all-privkeys "
				   "lists them");
		break;
	case -VKX_ERR_LIMIT:
		vkx_cli_error(uri, "fits more than one token, key or "
				   "certificate; add id= or serial=");
		break;
	default:
		vkx_cli_error(uri, "the token or its module failed");
	}
}

static bool login(const struct vkx_keyarg *arg, const char *uri,
		  struct vkx_token *token)
{
	struct vkx_keyarg from = *arg;
	struct vkx_secret pin = { 0 };
	bool typed;
	int err;

	if (!vkx_token_needs_pin(token))
		return true;
	if (!from.passphrase_file && !from.passphrase_env)
		from.passphrase_file = vkx_token_pin_file(token);
	typed = !from.passphrase_file && !from.passphrase_env;
	if (!vkx_keyarg_secret(&from, uri, false, &pin))
		return false;
	err = vkx_token_login(token, &pin, typed);
	vkx_secret_wipe(&pin);
	if (err == -VKX_ERR_MISMATCH)
		vkx_cli_error(uri, "wrong PIN; it was tried once");
	else if (err == -VKX_ERR_LIMIT)
		vkx_cli_error(uri, "the token is locked, or would be after "
				   "one more wrong PIN; type the PIN at the "
				   "prompt, or unlock it");
	else if (err)
		vkx_cli_error(uri, "the token does not let us in");
	return !err;
}

static bool token_key(const struct vkx_keyarg *arg, const char *uri,
		      struct vkx_key *key)
{
	struct vkx_bytes spki = { 0 };
	struct vkx_token *token;
	int err = vkx_token_open(uri, &token);

	if (err) {
		explain_token(uri, err);
		return false;
	}
	if (!login(arg, uri, token)) {
		vkx_token_close(token);
		return false;
	}
	err = vkx_token_find_key(token, &spki);
	if (err) {
		explain_token(uri, err);
	} else {
		err = vkx_key_from_token(key, spki.data, spki.len, token);
		if (err)
			explain_key(uri, err);
	}
	vkx_bytes_free(&spki);
	if (err)
		vkx_token_close(token);
	return !err;
}

bool vkx_keyarg_cert_file(const char *path, struct vkx_bytes *file_ret)
{
	struct vkx_token *token;
	int err;

	if (!vkx_token_is_uri(path))
		return vkx_keyarg_bytes(path, VKX_MAX_CERT_FILE, file_ret);
	err = vkx_token_open(path, &token);
	if (!err) {
		err = vkx_token_find_cert(token, file_ret);
		vkx_token_close(token);
	}
	if (err)
		explain_token(path, err);
	return !err;
}

bool vkx_keyarg_key(const struct vkx_keyarg *arg, const char *path,
		    struct vkx_key *key)
{
	struct vkx_secret secret = { 0 };
	struct vkx_bytes file = { 0 };
	int err;

	if (vkx_token_is_uri(path))
		return token_key(arg, path, key);
	if (!vkx_keyarg_bytes(path, VKX_MAX_KEY_FILE, &file))
		return false;
	err = vkx_key_is_encrypted(&file) ? -VKX_ERR_ARG :
					    vkx_key_parse(key, &file, NULL);
	/* DER does not say that it is encrypted; being no plain key does. */
	if (err == -VKX_ERR_ARG ||
	    (err == -VKX_ERR_FORMAT &&
	     (arg->passphrase_file || arg->passphrase_env))) {
		if (!vkx_keyarg_secret(arg, path, false, &secret)) {
			vkx_bytes_free(&file);
			return false;
		}
		err = vkx_key_parse(key, &file, &secret);
	}
	vkx_secret_wipe(&secret);
	vkx_bytes_free(&file);
	if (err)
		explain_key(path, err);
	return !err;
}

bool vkx_keyarg_name(const char *text, struct vkx_bytes *der_ret)
{
	const char *where;
	int err = vkx_name_parse(text, der_ret, &where);

	if (err)
		vkx_cli_error("--subject",
			      "cannot read it from '%s' on; write "
			      "CN=...,O=...,C=..",
			      where);
	return !err;
}

bool vkx_keyarg_validity(struct vkx_cert_spec *spec, unsigned int days)
{
	if (vkx_validity_set(spec, days))
		return true;
	vkx_cli_error(
		"SOURCE_DATE_EPOCH",
		"is no number of seconds since 1970 from which "
		"--days %u end before the year 10000; correct or unset it",
		days);
	return false;
}

bool vkx_keyarg_cert(const char *path, struct vkx_cert *cert)
{
	struct vkx_bytes file = { 0 };
	int err;

	if (!vkx_keyarg_cert_file(path, &file))
		return false;
	err = vkx_cert_parse(cert, &file);
	vkx_bytes_free(&file);
	if (err)
		vkx_cli_error(path, err == -VKX_ERR_NOMEM ?
					    "out of memory" :
					    "holds no X.509 certificate (PEM "
					    "or DER)");
	return !err;
}

bool vkx_keyarg_put(const char *path, mode_t mode, const struct vkx_bytes *blob)
{
	if (!vkx_outfile_put(path, mode, blob->data, blob->len))
		return true;
	vkx_cli_error(path, "cannot write: %s", strerror(errno));
	return false;
}
