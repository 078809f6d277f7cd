/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every part of the HTML page writes: foreign text that stays text, and
 * the sign of a verdict.
 */
#ifndef VKX_HTML_H
#define VKX_HTML_H

#include <stdio.h>

#include "measure/reason.h"

/* Text, with what HTML or a terminal would take for more escaped. */
void vkx_html_text(FILE *out, const char *text);

/* One character of UTF-8, so that colour never carries the meaning alone. */
const char *vkx_html_sign(enum vkx_tier tier);

#endif
