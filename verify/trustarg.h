/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command-line options that say whom to trust and what is revoked, for
 * every command that checks a file, and what they load.
 */
#ifndef VKX_TRUSTARG_H
#define VKX_TRUSTARG_H

#include <getopt.h>
#include <stdbool.h>

#include "verify/verify.h"

/* Values of the options below; a command's own begin at VKX_OPT_CHECK. */
enum {
	VKX_OPT_TRUST = 0x200,
	VKX_OPT_REVOKED,
	VKX_OPT_SBAT_LEVEL,
	VKX_OPT_MACHINE,
	VKX_OPT_NEED_DTB,
	VKX_OPT_SIGNERS,
	VKX_OPT_ANY_PE,
	VKX_OPT_CHECK
};

#define VKX_TRUSTARG_OPTIONS                                                   \
	{ "trust", required_argument, NULL, VKX_OPT_TRUST },                   \
		{ "revoked", required_argument, NULL, VKX_OPT_REVOKED },       \
		{ "sbat-level", required_argument, NULL, VKX_OPT_SBAT_LEVEL }, \
		{ "machine", required_argument, NULL, VKX_OPT_MACHINE },       \
		{ "need-dtb", no_argument, NULL, VKX_OPT_NEED_DTB },           \
		{ "signers", required_argument, NULL, VKX_OPT_SIGNERS },       \
	{                                                                      \
		"any-pe", no_argument, NULL, VKX_OPT_ANY_PE                    \
	}

#define VKX_TRUSTARG_HELP                                                            \
	"  --trust CRT          trust this signer, or this CA's signers; a PEM\n"    \
	"                       file may hold several; may be given again\n"         \
	"  --revoked ESL        refuse what this EFI signature list names: dbx,\n"   \
	"                       or a list of vkexec-keys revoke; again: more\n"      \
	"  --sbat-level F       refuse components below this SBAT level\n"           \
	"  --machine WHAT       the machine that is to boot it: a root compatible\n" \
	"                       string, or a device tree file (/sys/firmware/fdt)\n" \
	"  --need-dtb           refuse a UKI without a device tree for it\n"         \
	"  --signers N          ask for N different trusted signers (1)\n"           \
	"  --any-pe             check the signature of any EFI binary; says\n"       \
	"                       nothing about booting it by kexec\n"

/* All zero before the first option. */
struct vkx_trustarg {
	struct vkx_verify_params params; /* points into this struct */
	struct vkx_trust trust;
	struct vkx_revocation revocation;
	struct vkx_sbat level;
	struct vkx_bytes level_file;
	struct vkx_bytes machine; /* 8-byte aligned tree */
	bool failed; /* an option could not be loaded; said so already */
	bool misused; /* an option makes no sense; said so already */
};

/* True if opt was one of the above; loads and reports at once. */
bool vkx_trustarg_take(struct vkx_trustarg *arg, int opt, const char *value);
/*
 * After the last option: 0, or an enum vkx_exit after telling what is wrong
 * (a file that could not be read; no --trust). arg must not move from here on.
 */
VKX_MUST_USE int vkx_trustarg_finish(struct vkx_trustarg *arg);
void vkx_trustarg_free(struct vkx_trustarg *arg);

#endif
