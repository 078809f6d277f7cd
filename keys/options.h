/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of one command as a table: what each is called and where its
 * value goes. Reads the whole line and prints what is wrong with it, so that
 * every command says the same of the same mistake. Only tools call this.
 */
#ifndef VKX_OPTIONS_H
#define VKX_OPTIONS_H

#include <getopt.h> /* optind: where the operands begin */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VKX_MAX_OPTIONS 32u
#define VKX_MAX_WORDS 256u

/* The values of an option that may be given again, in their order. Borrowed
 * from argv. All zero before. */
struct vkx_words {
	const char *at[VKX_MAX_WORDS];
	size_t count;
};

/*
 * With value, words or take an option wants a value, with flag it takes none;
 * one of the four is set. An option with words, or one that says repeats, may
 * be given again; any other is given once.
 */
struct vkx_option {
	const char *name; /* without its dashes; NULL ends the table */
	char letter; /* 'o' for -o, or 0 */
	bool needed; /* the command makes no sense without it */
	bool repeats; /* with take: called each time it is given */
	const char *without; /* an option that it excludes, or NULL */
	const char **value;
	struct vkx_words *words;
	bool *flag;
	/* Stores a value of another kind; false: it is not what form says. */
	bool (*take)(const char *value, void *arg);
	void *arg;
	const char *form; /* "a number from 1 to 36500" */
};

struct vkx_command {
	const char *name; /* "csr"; NULL: of a tool without commands */
	const char *help; /* what --help prints */
	const struct vkx_option *options;
	const char *operand; /* "FILE"; NULL: takes none */
	size_t min, max; /* operands */
};

/*
 * Reads argv[1] on. 0, and optind is the first operand; -1 after --help; or
 * VKX_EXIT_USAGE after printing what is wrong: an option that is not there, is
 * given twice or more often than VKX_MAX_WORDS, lacks its value or has one too
 * many; operands too few or too many; something needed is missing. Long options
 * may be cut as far as they stay clear, as in getopt_long(3).
 */
int vkx_options_read(const struct vkx_command *command, int argc, char **argv);

/* A number in decimal digits, from min to max. False: it is none, and
 * *number_ret stays as it was. */
bool vkx_options_number(const char *text, uint64_t min, uint64_t max,
			uint64_t *number_ret);

#endif
