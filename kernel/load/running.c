/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/load/running.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/facts.h"

/* A whole small file of sysfs or securityfs, with a NUL behind it. */
static int read_small(const char *sys, const char *name, char *buf, size_t room)
{
	char path[PATH_MAX];
	size_t len;
	FILE *f;
	int err = 0;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", sys, name) >=
	    sizeof(path))
		return -VKX_ERR_NOTFOUND;
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT || errno == ENOTDIR ? -VKX_ERR_NOTFOUND :
							     -VKX_ERR_IO;
	len = fread(buf, 1, room - 1, f);
	if (ferror(f))
		err = -VKX_ERR_IO;
	else if (len == room - 1 || memchr(buf, 0, len))
		err = -VKX_ERR_FORMAT;
	buf[len] = 0;
	fclose(f);
	return err;
}

/* Our kernel's own words; what is printed by name needs no escapes then. */
static bool is_key(const char *s)
{
	return s[0] &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_")] == 0;
}

static int split(struct vkx_running *r)
{
	char *line, *next, *colon;

	for (line = r->text; *line; line = next) {
		next = strchr(line, '\n');
		colon = strstr(line, ": ");
		if (!next || !colon || colon > next || colon == line ||
		    r->count == VKX_RUNNING_LINES)
			return -VKX_ERR_FORMAT;
		*next++ = 0;
		*colon = 0;
		if (!is_key(line))
			return -VKX_ERR_FORMAT;
		r->lines[r->count].key = line;
		r->lines[r->count].value = colon + 2;
		r->count++;
	}
	return r->count ? 0 : -VKX_ERR_FORMAT;
}

int vkx_running_read(const char *sys, struct vkx_running *running_ret)
{
	int err;

	running_ret->count = 0;
	err = read_small(sys, "kernel/security/vkexec/status",
			 running_ret->text, sizeof(running_ret->text));
	if (!err)
		err = split(running_ret);
	if (err)
		running_ret->count = 0;
	return err;
}

const char *vkx_running_get(const struct vkx_running *running, const char *key)
{
	size_t i;

	for (i = 0; i < running->count; i++)
		if (!strcmp(running->lines[i].key, key))
			return running->lines[i].value;
	return NULL;
}

uint64_t vkx_running_refusals(const struct vkx_running *running)
{
	const char *value = vkx_running_get(running, "refusals");

	return value ? strtoull(value, NULL, 10) : 0;
}

void vkx_running_print(FILE *out, const struct vkx_running *running)
{
	size_t i;

	for (i = 0; i < running->count; i++) {
		vkx_cli_escaped(out, running->lines[i].key,
				strlen(running->lines[i].key));
		fputs(": ", out);
		vkx_cli_escaped(out, running->lines[i].value,
				strlen(running->lines[i].value));
		fputc('\n', out);
	}
}

/* Up to 18 digits and nothing else; a digest is longer. */
static bool is_number(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n && n <= 18 && !s[n] && (n == 1 || s[0] != '0');
}

static void tell_line(struct vkx_facts *f, const char *key, const char *s)
{
	if (!strcmp(s, "yes") || !strcmp(s, "no"))
		vkx_facts_bool(f, key, s[0] == 'y');
	else if (is_number(s))
		vkx_facts_number(f, key, strtoull(s, NULL, 10));
	else
		vkx_facts_name(f, key, s);
}

void vkx_running_tell(FILE *out, const struct vkx_running *running)
{
	struct vkx_facts f;
	size_t i;

	vkx_facts_begin(&f, out, true);
	for (i = 0; i < running->count; i++)
		tell_line(&f, running->lines[i].key, running->lines[i].value);
	vkx_facts_end(&f);
}

int vkx_running_loaded(const char *sys, int crash)
{
	char text[8];

	if (read_small(sys,
		       crash ? "kernel/kexec_crash_loaded" :
			       "kernel/kexec_loaded",
		       text, sizeof(text)))
		return -1;
	if (!strcmp(text, "1\n"))
		return 1;
	return strcmp(text, "0\n") ? -1 : 0;
}
