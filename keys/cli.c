/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/cli.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static const char *tool_name = "vkexec";

static bool plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

void vkx_cli_escaped(FILE *out, const void *text, size_t len)
{
	const uint8_t *p = text;
	size_t i, run;

	for (i = 0; i < len; i += run ? run : 1) {
		for (run = 0; i + run < len && plain(p[i + run]); run++)
			;
		if (run)
			fwrite(p + i, 1, run, out);
		else if (p[i] == '\\')
			fputs("\\\\", out);
		else
			fprintf(out, "\\x%02x", p[i]);
	}
}

void vkx_cli_hex(FILE *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;
	char text[128];
	size_t i, n;

	for (; len; p += n, len -= n) {
		n = len < sizeof(text) / 2 ? len : sizeof(text) / 2;
		for (i = 0; i < n; i++) {
			text[2 * i] = digits[p[i] >> 4];
			text[2 * i + 1] = digits[p[i] & 15];
		}
		fwrite(text, 1, 2 * n, out);
	}
}

__attribute__((format(printf, 3, 0))) static void
report(const char *kind, const char *subject, const char *fmt, va_list ap)
{
	fflush(stdout);
	flockfile(stderr);
	fprintf(stderr, "%s: %s", tool_name, kind);
	if (subject) {
		vkx_cli_escaped(stderr, subject, strlen(subject));
		fputs(": ", stderr);
	}
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void vkx_cli_error(const char *subject, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report("", subject, fmt, ap);
	va_end(ap);
}

void vkx_cli_warn(const char *subject, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report("warning: ", subject, fmt, ap);
	va_end(ap);
}

int vkx_cli_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report("", NULL, fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try '%s --help'.\n", tool_name);
	return VKX_EXIT_USAGE;
}

static void print_help(const struct vkx_tool *tool)
{
	const struct vkx_cmd *c;

	printf("Usage: %s COMMAND [OPTION]... [FILE]...\n%s\n\nCommands:\n",
	       tool->name, tool->purpose);
	for (c = tool->cmds; c->name; c++)
		printf("  %-12s %s\n", c->name, c->summary);
	printf("\n'%s COMMAND --help' tells a command's options.\n"
	       "Exit status: 0 done, 1 failed, 2 called wrongly, 3 refused.\n"
	       "\nExamples:\n%s",
	       tool->name, tool->examples);
}

static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	vkx_cli_error("standard output", "cannot write; is the disk full?");
	return status ? status : VKX_EXIT_FAILED;
}

int vkx_cli_single(const char *name, int (*run)(int argc, char **argv),
		   int argc, char **argv)
{
	tool_name = name;
	if (argc > 1 && !strcmp(argv[1], "--version")) {
		printf("%s %s\n", name, VKX_VERSION);
		return finish(VKX_EXIT_DONE);
	}
	return finish(run(argc, argv));
}

int vkx_cli_main(const struct vkx_tool *tool, int argc, char **argv)
{
	const struct vkx_cmd *c;

	tool_name = tool->name;
	/* Whole lines, also where many of us write to one log. */
	(void)setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	if (argc < 2)
		return vkx_cli_usage("no command given");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		print_help(tool);
		return finish(VKX_EXIT_DONE);
	}
	if (!strcmp(argv[1], "--version")) {
		printf("%s %s\n", tool->name, VKX_VERSION);
		return finish(VKX_EXIT_DONE);
	}
	for (c = tool->cmds; c->name; c++)
		if (!strcmp(argv[1], c->name))
			return finish(c->run(argc - 1, argv + 1));
	return vkx_cli_usage("there is no command '%s'", argv[1]);
}
