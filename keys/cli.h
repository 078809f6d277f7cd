/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command lines of all tools have in common: exit statuses, the form
 * of an error, escaping of text that somebody else wrote, and the table of
 * subcommands. Only tools call this, never a library noun.
 */
#ifndef VKX_CLI_H
#define VKX_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum vkx_exit {
	VKX_EXIT_DONE = 0,
	VKX_EXIT_FAILED = 1, /* could not do it: I/O, memory, device */
	VKX_EXIT_USAGE = 2, /* called wrongly */
	VKX_EXIT_REFUSED = 3, /* did it, and the answer is no */
};

struct vkx_cmd {
	const char *name;
	/* argv[0] is the subcommand's name; returns an enum vkx_exit. */
	int (*run)(int argc, char **argv);
	const char *summary; /* one line for --help */
};

struct vkx_tool {
	const char *name; /* "vkexec-sign" */
	const char *purpose; /* one paragraph for --help */
	const char *examples; /* lines, each indented by two spaces */
	const struct vkx_cmd *cmds; /* ends with a NULL name */
};

/*
 * Runs the subcommand that argv[1] names. Handles --help and --version;
 * flushes stdout and turns a failed write there into VKX_EXIT_FAILED.
 */
int vkx_cli_main(const struct vkx_tool *tool, int argc, char **argv);

/*
 * The same for a tool without subcommands: handles --version, calls run with
 * all arguments, which handles --help.
 */
int vkx_cli_single(const char *name, int (*run)(int argc, char **argv),
		   int argc, char **argv);

/*
 * One line to stderr: "TOOL: SUBJECT: text". subject (a file's name, an
 * option) may be NULL and is escaped. Text says what, why and how to mend it.
 */
void vkx_cli_error(const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same with "warning:"; never changes an exit status. */
void vkx_cli_warn(const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* vkx_cli_error() and a hint at --help; returns VKX_EXIT_USAGE. */
int vkx_cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Prints len bytes so that no terminal, log or YAML reader is led astray:
 * printable ASCII as it is, backslash doubled, all else as \xNN.
 */
void vkx_cli_escaped(FILE *out, const void *text, size_t len);
/* Lower-case hex without separators. */
void vkx_cli_hex(FILE *out, const void *data, size_t len);

#endif
