/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/dn.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "der.h"
#include "text.h"

#define ETC "..."

static const struct {
	const char *oid;
	size_t len;
	const char *name;
} types[] = {
	{ "\x55\x04\x03", 3, "CN" },
	{ "\x55\x04\x06", 3, "C" },
	{ "\x55\x04\x07", 3, "L" },
	{ "\x55\x04\x08", 3, "ST" },
	{ "\x55\x04\x0a", 3, "O" },
	{ "\x55\x04\x0b", 3, "OU" },
	{ "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, "emailAddress" },
};

/*
 * Characters of Unicode that show nothing, move others about, look like a blank
 * or mean what somebody privately agreed on: a name made of them reads like
 * another name.
 */
static const struct {
	uint32_t first, last;
} unseen[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x00a0 },    { 0x00ad, 0x00ad },
	{ 0x034f, 0x034f },   { 0x0600, 0x0605 },    { 0x061c, 0x061c },
	{ 0x06dd, 0x06dd },   { 0x070f, 0x070f },    { 0x115f, 0x1160 },
	{ 0x1680, 0x1680 },   { 0x17b4, 0x17b5 },    { 0x180b, 0x180f },
	{ 0x2000, 0x200f },   { 0x2028, 0x202f },    { 0x205f, 0x206f },
	{ 0x2800, 0x2800 },   { 0x3000, 0x3000 },    { 0x3164, 0x3164 },
	{ 0xe000, 0xf8ff },   { 0xfe00, 0xfe0f },    { 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },    { 0xfffe, 0xffff },
	{ 0x110bd, 0x110bd }, { 0x1bca0, 0x1bca3 },  { 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff }, { 0xf0000, 0x10ffff },
};

static const char *type_name(const struct vkx_tlv *oid)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (vkx_tlv_is(oid, types[i].oid, types[i].len))
			return types[i].name;
	return "?";
}

static bool is_seen(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (c >= unseen[i].first && c <= unseen[i].last)
			return false;
	return true;
}

struct line {
	char *text;
	size_t size, pos;
	size_t cut; /* where ETC has room, between two characters */
	bool full;
};

/* What must not be cut in two. */
static void put(struct line *line, const void *s, size_t n)
{
	if (line->full || line->pos + n + 1 > line->size) {
		line->full = true;
		return;
	}
	memcpy(line->text + line->pos, s, n);
	line->pos += n;
	if (line->pos + sizeof(ETC) <= line->size)
		line->cut = line->pos;
}

/* RFC 4514 2.4: what would end a value, or could not be seen in it. */
static bool needs_backslash(const struct vkx_tlv *value, uint32_t at)
{
	uint8_t c = value->p[at];

	if (c == ' ')
		return at == 0 || at + 1 == value->size;
	return (c == '#' && at == 0) || (c && strchr("\"+,;<>=\\", c));
}

static void put_value(struct line *line, const struct vkx_tlv *value)
{
	bool utf8 = value->tag == VKX_DER_UTF8_STRING;
	uint32_t i, c;
	char hex[4];
	size_t n;

	for (i = 0; i < value->size && !line->full; i += (uint32_t)n) {
		c = value->p[i];
		n = c < 0x80 ? 1 :
		    utf8 ? vkx_text_utf8(value->p + i, value->size - i, &c) :
			   0;
		if (!n || !is_seen(c)) {
			n = 1;
			snprintf(hex, sizeof(hex), "\\%02X", value->p[i]);
			put(line, hex, 3);
		} else if (n == 1 && needs_backslash(value, i)) {
			hex[0] = '\\';
			hex[1] = (char)c;
			put(line, hex, 2);
		} else {
			put(line, value->p + i, n);
		}
	}
}

static void put_ava(struct line *line, struct vkx_der *avas, const char *before)
{
	struct vkx_tlv seq = vkx_der_take(avas, VKX_DER_SEQUENCE);
	struct vkx_der ava = vkx_der_into(&seq);
	struct vkx_tlv oid = vkx_der_take(&ava, VKX_DER_OID);
	struct vkx_tlv value = vkx_der_next(&ava);
	const char *name = type_name(&oid);

	if (line->pos)
		put(line, before, strlen(before));
	put(line, name, strlen(name));
	put(line, "=", 1);
	if (value.tag)
		put_value(line, &value);
}

void vkx_dn_text(const uint8_t *name, uint32_t len, char *text, size_t size)
{
	struct line line = { .text = text, .size = size };
	struct vkx_der outer, rdns, avas;
	struct vkx_tlv seq, set;
	const char *before;

	vkx_der_init(&outer, name, len, 0);
	seq = vkx_der_take(&outer, VKX_DER_SEQUENCE);
	rdns = vkx_der_into(&seq);
	while (vkx_der_more(&rdns)) {
		set = vkx_der_take(&rdns, VKX_DER_SET);
		avas = vkx_der_into(&set);
		for (before = ", "; vkx_der_more(&avas); before = "+")
			put_ava(&line, &avas, before);
	}
	text[line.pos] = 0;
	if (line.full && size >= sizeof(ETC))
		memcpy(text + line.cut, ETC, sizeof(ETC));
}
