/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/facts.h"

#include <string.h>

#include "keys/cli.h"
#include "text.h"

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

void vkx_facts_pretty(struct vkx_facts *f)
{
	f->pretty = f->json;
}

static void new_line(struct vkx_facts *f, unsigned int levels)
{
	put_char(f, '\n');
	while (levels--)
		put(f, "  ");
}

void vkx_facts_end(struct vkx_facts *f)
{
	if (f->pretty && f->some[0])
		new_line(f, 0);
	if (f->json)
		put(f, f->list[0] ? "]\n" : "}\n");
}

/* What stands in front of a value. */
static void lead(struct vkx_facts *f, const char *key)
{
	if (f->json) {
		if (f->some[f->depth])
			put_char(f, ',');
		if (f->pretty)
			new_line(f, f->depth + 1);
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
	if (f->pretty && f->some[f->depth])
		new_line(f, f->depth);
	if (f->json)
		put_char(f, f->list[f->depth] ? ']' : '}');
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

static void put_unicode(struct vkx_facts *f, uint32_t c)
{
	if (c < 0x10000)
		fprintf(f->out, "\\u%04x", c);
	else
		fprintf(f->out, "\\u%04x\\u%04x",
			0xd800 + ((c - 0x10000) >> 10),
			0xdc00 + ((c - 0x10000) & 0x3ff));
}

static void json_string(struct vkx_facts *f, const uint8_t *p, size_t len)
{
	size_t run, n;
	uint32_t c;

	put_char(f, '"');
	for (; len; p += n, len -= n) {
		for (run = 0; run < len && plain(p[run]); run++)
			;
		n = run ? run : 1;
		if (run) {
			fwrite_unlocked(p, 1, run, f->out);
		} else if (*p == '"' || *p == '\\') {
			put_char(f, '\\');
			put_char(f, (char)*p);
		} else if (*p < 0x80) {
			put_unicode(f, *p);
		} else {
			n = vkx_text_utf8(p, len, &c);
			put_unicode(f, n ? c : 0xfffd);
			n = n ? n : 1;
		}
	}
	put_char(f, '"');
}

void vkx_facts_string(struct vkx_facts *f, const char *key, const char *string)
{
	size_t len = strlen(string);

	lead(f, key);
	if (f->json)
		json_string(f, (const uint8_t *)string, len);
	else
		vkx_cli_escaped(f->out, string, len);
	trail(f);
}

void vkx_facts_shown(struct vkx_facts *f, const char *key, const char *string)
{
	if (f->json)
		vkx_facts_string(f, key, string);
	else
		vkx_facts_word(f, key, string);
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
