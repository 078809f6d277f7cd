/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options by which tools name keys and certificates, and the errors that
 * come of them: one place, so that every tool takes the same and says the same.
 * For command-line tools only; prints.
 */
#ifndef VKX_KEYARG_H
#define VKX_KEYARG_H

#include <sys/types.h>

#include "keys/cert.h"
#include "keys/key.h"

/* Where a passphrase or PIN comes from; all NULL: ask on the terminal. */
struct vkx_keyarg {
	const char *passphrase_file;
	const char *passphrase_env;
};

/* Rows for a table of keys/options.h. */
#define VKX_KEYARG_ROWS(arg)                                               \
	{ .name = "passphrase-file", .value = &(arg)->passphrase_file },   \
	{                                                                  \
		.name = "passphrase-env", .value = &(arg)->passphrase_env, \
		.without = "passphrase-file"                               \
	}

#define VKX_KEYARG_HELP                                                         \
	"  --passphrase-file F  passphrase or PIN: first line of this file\n"   \
	"  --passphrase-env V   passphrase or PIN: value of this environment\n" \
	"                       variable (default: ask on the terminal)\n"

/* Each of these prints its error and returns false where it fails. */

/* A secret for a new key (asked twice) or an old one, from where arg says. */
bool vkx_keyarg_secret(const struct vkx_keyarg *arg, const char *what,
		       bool fresh, struct vkx_secret *secret_ret);
/* A private key: a file, or a pkcs11: URI. */
bool vkx_keyarg_key(const struct vkx_keyarg *arg, const char *path,
		    struct vkx_key *key);
/* --subject as a distinguished name. */
bool vkx_keyarg_name(const char *text, struct vkx_bytes *der_ret);
/* vkx_validity_set() for --days. */
bool vkx_keyarg_validity(struct vkx_cert_spec *spec, unsigned int days);
bool vkx_keyarg_cert(const char *path, struct vkx_cert *cert);
/* The bytes of a certificate file, or of a certificate on a token (DER). */
bool vkx_keyarg_cert_file(const char *path, struct vkx_bytes *file_ret);
/* A small file as it is. */
bool vkx_keyarg_bytes(const char *path, size_t max, struct vkx_bytes *blob_ret);
/* Writes a file whole or not at all. */
bool vkx_keyarg_put(const char *path, mode_t mode,
		    const struct vkx_bytes *blob);

#endif
