/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/jsonline.h"

#include <stdint.h>
#include <string.h>

#include "err.h"

static bool fail(struct vkx_jsonline *j)
{
	j->err = -VKX_ERR_FORMAT;
	return false;
}

static void skip_space(struct vkx_jsonline *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' ||
				 *j->p == '\n' || *j->p == '\r'))
		j->p++;
}

/* Space, and then this character. */
static bool take(struct vkx_jsonline *j, char c)
{
	skip_space(j);
	if (j->p == j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

/* --- strings --------------------------------------------------------------*/

/* The quote that ends the string at p: one before which stands an even number
 * of backslashes. */
static char *closing_quote(char *p, const char *end, bool *escaped_ret)
{
	char *quote = p, *back;

	*escaped_ret = false;
	for (;;) {
		quote = memchr(quote, '"', (size_t)(end - quote));
		if (!quote)
			return NULL;
		for (back = quote; back > p && back[-1] == '\\'; back--)
			;
		if ((quote - back) % 2 == 0)
			break;
		quote++;
	}
	*escaped_ret = memchr(p, '\\', (size_t)(quote - p)) != NULL;
	return quote;
}

/* The string whose opening quote was taken. */
static bool find_string(struct vkx_jsonline *j, struct vkx_jsonstring *s)
{
	char *quote = closing_quote(j->p, j->end, &s->escaped);

	if (!quote)
		return fail(j);
	s->p = j->p;
	s->len = (size_t)(quote - j->p);
	j->p = quote + 1;
	return true;
}

/* Four hex digits at p; -1: not there. */
static int32_t hex4(const char *p, const char *end)
{
	int32_t v = 0;
	int i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		if (p[i] >= '0' && p[i] <= '9')
			v = v << 4 | (p[i] - '0');
		else if ((p[i] | 32) >= 'a' && (p[i] | 32) <= 'f')
			v = v << 4 | ((p[i] | 32) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

/* UTF-8 of a code point; never longer than the escape it came from. */
static char *put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 63));
		*out++ = (char)(0x80 | (c & 63));
	} else {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 63));
		*out++ = (char)(0x80 | (c >> 6 & 63));
		*out++ = (char)(0x80 | (c & 63));
	}
	return out;
}

/* What follows "\u", and after a high surrogate the low one; 0: wrong. */
static uint32_t code_point(const char **p, const char *end)
{
	int32_t high = hex4(*p, end), low;

	if (high <= 0 || (high >= 0xdc00 && high < 0xe000))
		return 0;
	*p += 4;
	if (high < 0xd800 || high >= 0xe000)
		return (uint32_t)high;
	if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return 0;
	low = hex4(*p + 2, end);
	if (low < 0xdc00 || low >= 0xe000)
		return 0;
	*p += 6;
	return 0x10000u +
	       ((uint32_t)(high - 0xd800) << 10 | (uint32_t)(low - 0xdc00));
}

/* The escape whose backslash was taken; NULL: there is none such. */
static char *unescape(const char **p, const char *end, char *out)
{
	static const char names[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
	const char *found;
	uint32_t c;
	char name;

	if (*p == end)
		return NULL;
	name = *(*p)++;
	if (name == 'u') {
		c = code_point(p, end);
		return c ? put_utf8(out, c) : NULL;
	}
	found = name ? strchr(names, name) : NULL;
	if (!found)
		return NULL;
	*out++ = chars[found - names];
	return out;
}

bool vkx_jsonstring_text(struct vkx_jsonstring *s)
{
	const char *p = s->p, *end = s->p + s->len;
	char *out = s->p;

	while (p < end) {
		if ((unsigned char)*p < 0x20)
			return false;
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		p++;
		out = unescape(&p, end, out);
		if (!out)
			return false;
	}
	s->len = (size_t)(out - s->p);
	s->escaped = false;
	return true;
}

/* --- values that nobody wants ---------------------------------------------*/

static size_t skip_digits(struct vkx_jsonline *j)
{
	const char *start = j->p;

	while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
		j->p++;
	return (size_t)(j->p - start);
}

static bool at(const struct vkx_jsonline *j, char c)
{
	return j->p < j->end && *j->p == c;
}

static bool skip_number(struct vkx_jsonline *j)
{
	bool zero;

	if (at(j, '-'))
		j->p++;
	zero = at(j, '0');
	if (skip_digits(j) > 1 ? zero : !(j->p[-1] >= '0' && j->p[-1] <= '9'))
		return fail(j);
	if (at(j, '.')) {
		j->p++;
		if (!skip_digits(j))
			return fail(j);
	}
	if (at(j, 'e') || at(j, 'E')) {
		j->p++;
		if (at(j, '+') || at(j, '-'))
			j->p++;
		if (!skip_digits(j))
			return fail(j);
	}
	return true;
}

static bool skip_word(struct vkx_jsonline *j)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t i, n;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		n = strlen(words[i]);
		if ((size_t)(j->end - j->p) >= n &&
		    !memcmp(j->p, words[i], n)) {
			j->p += n;
			return true;
		}
	}
	return fail(j);
}

static bool skip_string(struct vkx_jsonline *j)
{
	struct vkx_jsonstring s;

	return find_string(j, &s) && (vkx_jsonstring_text(&s) || fail(j));
}

static bool skip_value(struct vkx_jsonline *j, unsigned int depth);

/* The rest of an array or object whose bracket was taken. */
static bool skip_inside(struct vkx_jsonline *j, bool object, unsigned int depth)
{
	char close = object ? '}' : ']';

	if (!depth)
		return fail(j);
	if (take(j, close))
		return true;
	do {
		if (object &&
		    (!take(j, '"') || !skip_string(j) || !take(j, ':')))
			return fail(j);
		if (!skip_value(j, depth - 1))
			return false;
	} while (take(j, ','));
	return take(j, close) || fail(j);
}

static bool skip_value(struct vkx_jsonline *j, unsigned int depth)
{
	if (take(j, '"'))
		return skip_string(j);
	if (take(j, '{'))
		return skip_inside(j, true, depth);
	if (take(j, '['))
		return skip_inside(j, false, depth);
	if (j->p < j->end && (*j->p == '-' || (*j->p >= '0' && *j->p <= '9')))
		return skip_number(j);
	return skip_word(j);
}

/* --- the object -----------------------------------------------------------*/

void vkx_jsonline_open(struct vkx_jsonline *j, char *text, size_t len)
{
	j->p = text;
	j->end = text + len;
	j->begun = false;
	j->err = take(j, '{') ? 0 : -VKX_ERR_FORMAT;
}

/* A name; its closing quote, which was taken, becomes the NUL. */
static bool read_name(struct vkx_jsonline *j, const char **name_ret)
{
	struct vkx_jsonstring s;

	if (!take(j, '"'))
		return fail(j);
	if (!find_string(j, &s))
		return false;
	if (!vkx_jsonstring_text(&s) || !take(j, ':'))
		return fail(j);
	s.p[s.len] = 0;
	*name_ret = s.p;
	return true;
}

bool vkx_jsonline_next(struct vkx_jsonline *j, const char **name_ret,
		       struct vkx_jsonstring *value_ret)
{
	if (j->err)
		return false;
	if (!j->begun) {
		j->begun = true;
		skip_space(j);
		if (at(j, '}'))
			return false;
	} else if (!take(j, ',')) {
		return false;
	}
	memset(value_ret, 0, sizeof(*value_ret));
	if (!read_name(j, name_ret))
		return false;
	return take(j, '"') ? find_string(j, value_ret) :
			      skip_value(j, VKX_JSONLINE_DEPTH);
}

int vkx_jsonline_end(struct vkx_jsonline *j)
{
	if (!j->err && !take(j, '}'))
		j->err = -VKX_ERR_FORMAT;
	skip_space(j);
	if (!j->err && j->p != j->end)
		j->err = -VKX_ERR_FORMAT;
	return j->err;
}
