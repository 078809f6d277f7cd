/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One JSON object (RFC 8259) read member by member where it stands: strings
 * are unescaped in place, nothing is allocated. For evidence by the thousand;
 * small files that are read once go through json-c. The first error sticks.
 */
#ifndef VKX_JSONLINE_H
#define VKX_JSONLINE_H

#include <stdbool.h>
#include <stddef.h>

/* A value that nobody wants may be so deep. */
#define VKX_JSONLINE_DEPTH 16u

struct vkx_jsonline {
	char *p, *end;
	bool begun;
	int err; /* 0 or -VKX_ERR_FORMAT */
};

struct vkx_jsonstring {
	char *p; /* between the quotes; NULL: not a string */
	size_t len;
	bool escaped; /* has backslashes yet */
};

void vkx_jsonline_open(struct vkx_jsonline *j, char *text, size_t len);

/*
 * The next member: its name, unescaped and ended with a NUL, and its value,
 * which is skipped over if it is no string. A string value is only found, not
 * looked at: vkx_jsonstring_text() does that. False: none is left, or err.
 */
bool vkx_jsonline_next(struct vkx_jsonline *j, const char **name_ret,
		       struct vkx_jsonstring *value_ret);

/* 0 once all was read without an error and nothing but space follows. */
int vkx_jsonline_end(struct vkx_jsonline *j);

/*
 * Unescapes a string in place. False: a control character, an escape that is
 * none, half a surrogate pair, or the character NUL.
 */
bool vkx_jsonstring_text(struct vkx_jsonstring *s);

#endif
