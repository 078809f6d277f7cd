/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of one command as a table: what each is called and where its
 * value goes. Reads the whole line and prints what is wrong with it, so that
 * every command says the same of the same mistake. Only tools call this.
 */
#ifndef VKX_OPTIONS_H
#define VKX_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define VKX_MAX_OPTIONS 24u

/* With value or take an option wants a value, with flag it takes none; one of
 * the three is set. */
struct vkx_option {
	const char *name; /* without its dashes; NULL ends the table */
	char letter; /* 'o' for -o, or 0 */
	bool needed; /* the command makes no sense without it */
	const char **value;
	bool *flag;
	/* Stores a value of another kind; false: it is not what form says. */
	bool (*take)(const char *value, void *arg);
	void *arg;
	const char *form; /* "a number from 1 to 36500" */
};

struct vkx_command {
	const char *name; /* "csr" */
	const char *help; /* what --help prints */
	const struct vkx_option *options;
	const char *operand; /* "FILE"; NULL: takes none */
	size_t min, max; /* operands */
};

/*
 * Reads argv[1] on. 0, and optind is the first operand; -1 after --help; or
 * VKX_EXIT_USAGE after printing what is wrong: an option that is not there, is
 * given twice, lacks its value or has one too many; operands too few or too
 * many; something needed is missing.
 */
int vkx_options_read(const struct vkx_command *command, int argc, char **argv);

#endif
