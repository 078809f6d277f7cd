/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small file as a whole in memory: logs, quotes, keys. For files whose size
 * the kernel does not tell (securityfs says 0) and for standard input as well.
 * Not for images: those are read through a window (verify/infile.h).
 */
#ifndef VKX_BLOB_H
#define VKX_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct vkx_blob {
	uint8_t *data; /* never NULL after a read; one zero byte follows */
	size_t size;
};

/*
 * Reads path below the open directory dirfd (AT_FDCWD: as usual; "-" is
 * standard input). -VKX_ERR_IO with errno set, -VKX_ERR_LIMIT where it has
 * more than max bytes, -VKX_ERR_NOMEM. Free with vkx_blob_free().
 */
VKX_MUST_USE int vkx_blob_read(int dirfd, const char *path, size_t max,
			       struct vkx_blob *blob_ret);

/* A copy of these bytes, in memory of its own. -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_blob_copy(const void *data, size_t size,
			       struct vkx_blob *blob_ret);

/* Also for a zeroed struct. */
void vkx_blob_free(struct vkx_blob *blob);

/* "too large", the errno's words: for a message about a failed read. */
const char *vkx_blob_why(int err);

#endif
