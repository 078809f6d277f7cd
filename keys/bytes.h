/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small file as bytes in memory: keys, certificates, command lines. Wiped
 * when released, because some of them are secret. Not for files whose size
 * grows with a kernel or an initrd.
 */
#ifndef VKX_BYTES_H
#define VKX_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct vkx_bytes {
	uint8_t *data; /* len bytes and one NUL that len does not count */
	size_t len;
};

/*
 * The whole file, at most max bytes; "-" is standard input. -VKX_ERR_IO (errno
 * set), -VKX_ERR_LIMIT: larger than max, -VKX_ERR_NOMEM. The caller frees.
 */
VKX_MUST_USE int vkx_bytes_read(const char *path, size_t max,
				struct vkx_bytes *blob_ret);
/* A copy of len bytes. -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_bytes_copy(const void *data, size_t len,
				struct vkx_bytes *blob_ret);
/* Appends; what was in *blob stays good after -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_bytes_append(struct vkx_bytes *blob, const void *data,
				  size_t len);
/* Wipes and frees; good on a zeroed struct, and twice. */
void vkx_bytes_free(struct vkx_bytes *blob);

#endif
