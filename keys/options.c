/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"

#define VALUE 0x100 /* getopt's value of the first row; above every character */

struct reader {
	const struct vkx_command *command;
	size_t count; /* rows */
	bool seen[VKX_MAX_OPTIONS];
	struct option longs[VKX_MAX_OPTIONS + 2];
	char shorts[2 * VKX_MAX_OPTIONS + 3];
};

/* The table as getopt_long(3) wants it: every row, and --help. */
static void translate(struct reader *r)
{
	const struct vkx_option *o = r->command->options;
	char *s = r->shorts;

	*s++ = ':';
	*s++ = 'h';
	for (; o[r->count].name; r->count++) {
		/* A table that does not fit was never tried. */
		if (r->count == VKX_MAX_OPTIONS)
			abort();
		r->longs[r->count] = (struct option){
			.name = o[r->count].name,
			.has_arg = o[r->count].flag ? no_argument :
						      required_argument,
			.val = VALUE + (int)r->count,
		};
		if (!o[r->count].letter)
			continue;
		*s++ = o[r->count].letter;
		if (!o[r->count].flag)
			*s++ = ':';
	}
	r->longs[r->count] = (struct option){ "help", no_argument, NULL, 'h' };
}

static const struct vkx_option *row_of(const struct reader *r, int c)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (c == VALUE + (int)i ||
		    (c && c == r->command->options[i].letter))
			return &r->command->options[i];
	return NULL;
}

/* "--show --json": the second was not meant as the value of the first. */
static bool is_option(const struct reader *r, const char *word)
{
	size_t i;

	for (i = 0; r->longs[i].name; i++)
		if (!strncmp(word, "--", 2) &&
		    !strcmp(word + 2, r->longs[i].name))
			return true;
	return false;
}

static int take(struct reader *r, const struct vkx_option *o, const char *value)
{
	bool *seen = &r->seen[o - r->command->options];

	/* Which of two the user meant is not ours to guess. */
	if (*seen && !o->words && !o->repeats)
		return vkx_cli_usage("%s: --%s is given twice",
				     r->command->name, o->name);
	*seen = true;
	if (o->words && o->words->count == VKX_MAX_WORDS)
		return vkx_cli_usage("%s: --%s is given more than %u times",
				     r->command->name, o->name, VKX_MAX_WORDS);
	if (o->flag)
		*o->flag = true;
	else if (o->value)
		*o->value = value;
	else if (o->words)
		o->words->at[o->words->count++] = value;
	else if (!o->take(value, o->arg))
		return vkx_cli_usage("--%s: '%s' is not %s", o->name, value,
				     o->form);
	return VKX_EXIT_DONE;
}

/* What getopt could not make sense of; for a long option that is not there,
 * or not clear, opt is 0. */
static int complain(const struct reader *r, int c, char **argv, int opt)
{
	const struct vkx_option *o = row_of(r, opt);

	if (c == ':' && o)
		return vkx_cli_usage("%s: --%s needs a value", r->command->name,
				     o->name);
	if (o)
		return vkx_cli_usage("%s: --%s takes no value",
				     r->command->name, o->name);
	if (opt)
		return vkx_cli_usage("%s: there is no option '-%c'",
				     r->command->name, opt);
	return vkx_cli_usage("%s: there is no option '%s'", r->command->name,
			     argv[optind - 1]);
}

static int check_line(const struct reader *r, size_t operands)
{
	const struct vkx_command *cmd = r->command;
	size_t i;

	for (i = 0; i < r->count; i++)
		if (cmd->options[i].needed && !r->seen[i])
			return vkx_cli_usage("%s needs --%s", cmd->name,
					     cmd->options[i].name);
	if (operands < cmd->min)
		return vkx_cli_usage("%s: no %s given", cmd->name,
				     cmd->operand);
	return VKX_EXIT_DONE;
}

int vkx_options_read(const struct vkx_command *command, int argc, char **argv)
{
	struct reader r = { .command = command };
	int c, status;

	translate(&r);
	opterr = 0;
	for (;;) {
		c = getopt_long(argc, argv, r.shorts, r.longs, NULL);
		if (c == -1)
			break;
		if (c == 'h') {
			fputs(command->help, stdout);
			return -1;
		}
		if (c == ':' || c == '?')
			return complain(&r, c, argv, optopt);
		/* "--show=--json" says that it is meant. */
		if (optarg && optarg == argv[optind - 1] &&
		    is_option(&r, optarg))
			return complain(&r, ':', argv, c);
		status = take(&r, row_of(&r, c), optarg);
		if (status)
			return status;
	}
	if ((size_t)(argc - optind) > command->max)
		return vkx_cli_usage("%s: '%s' is too much", command->name,
				     argv[optind + (int)command->max]);
	return check_line(&r, (size_t)(argc - optind));
}
