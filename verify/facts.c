/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/facts.h"

#include <string.h>

#include "keys/cli.h"

void vkx_facts_begin(struct vkx_facts *f, FILE *out, bool json)
{
	memset(f, 0, sizeof(*f));
	f->out = out;
	f->json = json;
	if (json)
		fputc('{', out);
}

void vkx_facts_end(struct vkx_facts *f)
{
	if (f->json)
		fputs("}\n", f->out);
}

/* What stands in front of a value. */
static void lead(struct vkx_facts *f, const char *key)
{
	if (f->json) {
		if (f->some[f->depth])
			fputc(',', f->out);
		if (key)
			fprintf(f->out, "\"%s\":", key);
	} else {
		if (!f->inlined)
			fprintf(f->out, "%*s", 2 * (int)f->depth, "");
		if (f->list[f->depth])
			fputs("- ", f->out);
		else
			fprintf(f->out, "%s: ", key);
	}
	f->some[f->depth] = true;
	f->inlined = false;
}

static void trail(struct vkx_facts *f)
{
	if (!f->json)
		fputc('\n', f->out);
}

static void open_level(struct vkx_facts *f, const char *key, bool list)
{
	bool item = f->list[f->depth];

	lead(f, key);
	if (f->json)
		fputc(list ? '[' : '{', f->out);
	else if (item)
		f->inlined = true;
	else
		fputc('\n', f->out);
	if (f->depth + 1 < VKX_FACTS_DEPTH)
		f->depth++;
	f->some[f->depth] = false;
	f->list[f->depth] = list;
}

void vkx_facts_object(struct vkx_facts *f, const char *key)
{
	open_level(f, key, false);
}

void vkx_facts_list(struct vkx_facts *f, const char *key)
{
	open_level(f, key, true);
}

void vkx_facts_close(struct vkx_facts *f)
{
	if (f->json)
		fputc(f->list[f->depth] ? ']' : '}', f->out);
	if (f->depth)
		f->depth--;
	f->inlined = false;
}

void vkx_facts_word(struct vkx_facts *f, const char *key, const char *word)
{
	lead(f, key);
	fprintf(f->out, f->json ? "\"%s\"" : "%s", word);
	trail(f);
}

/* The escapes of vkx_cli_escaped(), with their backslashes escaped again. */
static void json_text(FILE *out, const uint8_t *p, size_t len)
{
	size_t i;

	fputc('"', out);
	for (i = 0; i < len; i++) {
		if (p[i] == '\\')
			fputs("\\\\\\\\", out);
		else if (p[i] == '"')
			fputs("\\\"", out);
		else if (p[i] >= 0x20 && p[i] < 0x7f)
			fputc(p[i], out);
		else
			fprintf(out, "\\\\x%02x", p[i]);
	}
	fputc('"', out);
}

void vkx_facts_text(struct vkx_facts *f, const char *key, const void *p,
		    size_t len)
{
	lead(f, key);
	if (f->json)
		json_text(f->out, p, len);
	else
		vkx_cli_escaped(f->out, p, len);
	trail(f);
}

void vkx_facts_hex(struct vkx_facts *f, const char *key, const void *p,
		   size_t len)
{
	lead(f, key);
	if (f->json)
		fputc('"', f->out);
	vkx_cli_hex(f->out, p, len);
	if (f->json)
		fputc('"', f->out);
	trail(f);
}

void vkx_facts_number(struct vkx_facts *f, const char *key, uint64_t v)
{
	lead(f, key);
	fprintf(f->out, "%llu", (unsigned long long)v);
	trail(f);
}

void vkx_facts_bool(struct vkx_facts *f, const char *key, bool v)
{
	lead(f, key);
	fputs(v ? "true" : "false", f->out);
	trail(f);
}
