/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two files of which one is worth nothing without the other: a manifest and its
 * signature, the halves of a challenge. Both are written before either takes
 * its place, so that a full disk costs neither of the old ones; and by one
 * process at a time, so that they match. For commands; prints.
 */
#ifndef VKX_OUTPAIR_H
#define VKX_OUTPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct vkx_outpart {
	const char *suffix; /* of the pair's name */
	mode_t mode; /* VKX_OUTFILE_* */
	const void *data;
	size_t len;
};

/*
 * Puts NAME and each suffix in their places, part[0] before part[1]. False
 * after telling what failed. Then the files are the old ones, or, where the
 * failure came between the two last steps, part[0] is the new one and that is
 * told, too.
 */
bool vkx_outpair_put(const char *name, const struct vkx_outpart part[2]);

#endif
