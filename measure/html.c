/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/html.h"

#include <string.h>

#include "keys/cli.h"

static void escaped(FILE *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		switch (text[i]) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			vkx_cli_escaped(out, text + i, 1);
		}
	}
}

void vkx_html_text(FILE *out, const char *text)
{
	escaped(out, text, strlen(text));
}

const char *vkx_html_sign(enum vkx_tier tier)
{
	switch (tier) {
	case VKX_TIER_NONE:
		break;
	case VKX_TIER_CONTRAINDICATED:
		return "\xe2\x9c\x95"; /* multiplication x */
	case VKX_TIER_WARNING:
		return "!";
	case VKX_TIER_AFFIRMING:
		return "\xe2\x9c\x93"; /* check mark */
	}
	return "?";
}
