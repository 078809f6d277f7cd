/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory of output files that appears whole or not at all: filled under
 * another name beside its place and renamed at the end.
 */
#ifndef VKX_OUTDIR_H
#define VKX_OUTDIR_H

#include <stddef.h>

#include "err.h"

struct vkx_outdir {
	char *path; /* where it shall be */
	char *temp; /* where it is */
};

/* -VKX_ERR_IO with errno; EEXIST where path is there already. */
VKX_MUST_USE int vkx_outdir_open(struct vkx_outdir *dir, const char *path);
VKX_MUST_USE int vkx_outdir_put(struct vkx_outdir *dir, const char *name,
				const void *data, size_t len);
/* Puts it in its place. */
VKX_MUST_USE int vkx_outdir_commit(struct vkx_outdir *dir);
/* Removes what was written; keeps errno. Also after commit. */
void vkx_outdir_abort(struct vkx_outdir *dir);

#endif
