/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options that build and sign share: who signs, with which digest, and
 * whether a time goes in. For this command-line tool only; prints.
 */
#ifndef VKX_SIGNARG_H
#define VKX_SIGNARG_H

#include "keys/keyarg.h"
#include "keys/options.h"
#include "signer/authenticode.h"

struct vkx_signarg {
	struct vkx_keyarg keyarg;
	const char *key_path;
	const char *cert_path;
	enum vkx_hash_alg hash; /* NONE: what fits the key */
	uint64_t signing_time;
	bool firmware; /* signs for a firmware's db, not for vkexec */
	struct vkx_key key;
	struct vkx_cert certs[VKX_MAX_CERTS];
	struct vkx_signer signer;
};

/* Rows for a table of keys/options.h. */
#define VKX_SIGNARG_ROWS(to)                                     \
	{ .name = "key", .value = &(to)->key_path },             \
		{ .name = "cert", .value = &(to)->cert_path },   \
		{ .name = "digest",                              \
		  .take = vkx_signarg_digest,                    \
		  .arg = &(to)->hash,                            \
		  .form = "one of sha256, sha384, sha512" },     \
		{ .name = "signing-time",                        \
		  .take = vkx_signarg_time,                      \
		  .arg = &(to)->signing_time,                    \
		  .form = "'now' or a number of seconds" },      \
		{ .name = "firmware", .flag = &(to)->firmware }, \
		VKX_KEYARG_ROWS(&(to)->keyarg)

#define VKX_SIGNARG_HELP                                                              \
	"  --key K              private key: PEM or DER file, or pkcs11: URI\n"       \
	"  --cert C             its certificate, then any intermediates (PEM)\n"      \
	"  --firmware           take a certificate that only a firmware's db knows\n" \
	"                       and vkexec refuses (a CA, no code-signing use)\n"     \
	"  --digest D           sha256, sha384 or sha512 (what fits the key)\n"       \
	"  --signing-time T     seconds since 1970 or 'now', as a signed\n"           \
	"                       attribute (left out, so that the same inputs\n"       \
	"                       give the same bytes)\n" VKX_KEYARG_HELP

void vkx_signarg_init(struct vkx_signarg *arg);
void vkx_signarg_free(struct vkx_signarg *arg);
/* struct vkx_option.take of --digest (an enum vkx_hash_alg) and of
 * --signing-time (a uint64_t). */
bool vkx_signarg_digest(const char *value, void *hash);
bool vkx_signarg_time(const char *value, void *time);
/* Was any of the rows given? */
bool vkx_signarg_given(const struct vkx_signarg *arg);
/* Loads key and certificates and checks that they fit and may sign. Returns
 * an exit status. */
int vkx_signarg_load(struct vkx_signarg *arg);
/* The same without a key: for signatures that are made elsewhere. */
int vkx_signarg_load_cert(struct vkx_signarg *arg);

#endif
