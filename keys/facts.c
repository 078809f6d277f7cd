/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/facts.h"

#include <string.h>

#include "keys/cli.h"

/* The stream is one thread's: stdio's locks would cost more than the text. */
static void put(struct vkx_facts *f, const char *text)
{
	fputs_unlocked(text, f->out);
}

static void put_char(struct vkx_facts *f, char c)
{
	putc_unlocked(c, f->out);
}

static void begin(struct vkx_facts *f, FILE *out, bool json, bool list)
{
	memset(f, 0, sizeof(*f));
	f->out = out;
	f->json = json;
	f->list[0] = list;
	if (json)
		put_char(f, list ? '[' : '{');
}

void vkx_facts_begin(struct vkx_facts *f, FILE *out, bool json)
{
	begin(f, out, json, false);
}

void vkx_facts_begin_list(struct vkx_facts *f, FILE *out, bool json)
{
	begin(f, out, json, true);
}

void vkx_facts_end(struct vkx_facts *f)
{
	if (f->json)
		put(f, f->list[0] ? "]\n" : "}\n");
}

/* What stands in front of a value. */
static void lead(struct vkx_facts *f, const char *key)
{
	if (f->json) {
		if (f->some[f->depth])
			put_char(f, ',');
		if (key) {
			put_char(f, '"');
			put(f, key);
			put(f, "\":");
		}
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
	if (f->json)
		put_char(f, '"');
	put(f, word);
	if (f->json)
		put_char(f, '"');
	trail(f);
}

static bool plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The escapes of vkx_cli_escaped(), with their backslashes escaped again. */
static void json_text(struct vkx_facts *f, const uint8_t *p, size_t len)
{
	size_t i, run;

	put_char(f, '"');
	for (i = 0; i < len; i += run ? run : 1) {
		for (run = 0; i + run < len && plain(p[i + run]); run++)
			;
		if (run)
			fwrite_unlocked(p + i, 1, run, f->out);
		else if (p[i] == '\\')
			put(f, "\\\\\\\\");
		else if (p[i] == '"')
			put(f, "\\\"");
		else
			fprintf(f->out, "\\\\x%02x", p[i]);
	}
	put_char(f, '"');
}

void vkx_facts_text(struct vkx_facts *f, const char *key, const void *p,
		    size_t len)
{
	lead(f, key);
	if (f->json)
		json_text(f, p, len);
	else
		vkx_cli_escaped(f->out, p, len);
	trail(f);
}

void vkx_facts_name(struct vkx_facts *f, const char *key, const char *name)
{
	vkx_facts_text(f, key, name, strlen(name));
}

void vkx_facts_hex(struct vkx_facts *f, const char *key, const void *p,
		   size_t len)
{
	lead(f, key);
	if (f->json)
		put_char(f, '"');
	vkx_cli_hex(f->out, p, len);
	if (f->json)
		put_char(f, '"');
	trail(f);
}

void vkx_facts_number(struct vkx_facts *f, const char *key, uint64_t v)
{
	char text[24];
	size_t i = sizeof(text) - 1;

	text[i] = 0;
	do
		text[--i] = (char)('0' + v % 10);
	while (v /= 10);
	lead(f, key);
	put(f, text + i);
	trail(f);
}

void vkx_facts_bool(struct vkx_facts *f, const char *key, bool v)
{
	lead(f, key);
	put(f, v ? "true" : "false");
	trail(f);
}

void vkx_facts_none(struct vkx_facts *f, const char *key)
{
	lead(f, key);
	put(f, f->json ? "null" : "none");
	trail(f);
}
