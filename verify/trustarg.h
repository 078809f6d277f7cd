/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command-line options that say whom to trust and what is revoked, for
 * every command that checks a file, and what they load.
 */
#ifndef VKX_TRUSTARG_H
#define VKX_TRUSTARG_H

#include <stdbool.h>

#include "keys/options.h"
#include "verify/verify.h"

/* Rows for a table of keys/options.h. */
#define VKX_TRUSTARG_ROWS(to)                                         \
	{ .name = "trust", .words = &(to)->trust_paths },             \
		{ .name = "revoked", .words = &(to)->revoked_paths }, \
		{ .name = "sbat-level", .value = &(to)->level_path }, \
		{ .name = "machine", .value = &(to)->machine_name },  \
		{ .name = "need-dtb",                                 \
		  .flag = &(to)->params.refuse_running_dtb },         \
		{ .name = "signers",                                  \
		  .take = vkx_trustarg_signers,                       \
		  .arg = &(to)->params.signers,                       \
		  .form = "a number from 1 to 8" },                   \
	{                                                             \
		.name = "any-pe", .flag = &(to)->params.any_pe        \
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

/* All zero before the options are read. */
struct vkx_trustarg {
	struct vkx_words trust_paths, revoked_paths;
	const char *level_path, *machine_name;
	struct vkx_verify_params params; /* points into this struct */
	struct vkx_trust trust;
	struct vkx_revocation revocation;
	struct vkx_sbat level;
	struct vkx_bytes level_file;
	struct vkx_bytes machine; /* 8-byte aligned tree */
};

/* struct vkx_option.take of --signers; arg is a uint32_t. */
bool vkx_trustarg_signers(const char *value, void *arg);
/* Adds the list at path; false after telling why it cannot be. For commands
 * that know no other of these options. */
bool vkx_trustarg_revoked(struct vkx_revocation *revocation, const char *path);
/* Was any of the rows given? */
bool vkx_trustarg_given(const struct vkx_trustarg *arg);
/*
 * 0, or VKX_EXIT_USAGE after telling which options contradict, or that nobody
 * is trusted.
 */
VKX_MUST_USE int vkx_trustarg_check(const struct vkx_trustarg *arg);
/*
 * Reads what the options name into params, which points into arg: it must not
 * move from here on. 0, or VKX_EXIT_FAILED after telling what could not be
 * read.
 */
VKX_MUST_USE int vkx_trustarg_load(struct vkx_trustarg *arg);
void vkx_trustarg_free(struct vkx_trustarg *arg);

#endif
