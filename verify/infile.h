/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file that is read but never trusted to stay the same: its size is taken
 * once, every read is for a given place and whole, and a file that ends early
 * is an error. The same for bytes that are in memory already.
 */
#ifndef VKX_INFILE_H
#define VKX_INFILE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct vkx_infile {
	int fd; /* -1: memory */
	const uint8_t *mem;
	uint64_t size;
};

/*
 * Opens a regular file. -VKX_ERR_IO with errno: not there, not permitted;
 * EISDIR or ESPIPE for what is no regular file (its size would mean nothing).
 */
VKX_MUST_USE int vkx_infile_open(struct vkx_infile *in_ret, const char *path);
/* The same for a descriptor, which close will close. */
VKX_MUST_USE int vkx_infile_fd(struct vkx_infile *in_ret, int fd);
/* Bytes that stay where they are until close. */
void vkx_infile_memory(struct vkx_infile *in_ret, const void *p, size_t len);
void vkx_infile_close(struct vkx_infile *in);

/*
 * All len bytes at offset. -VKX_ERR_IO with errno; ESTALE if the file has
 * become shorter than it was when it was opened. Safe from several threads.
 */
VKX_MUST_USE int vkx_infile_read(const struct vkx_infile *in, uint64_t offset,
				 void *buf, size_t len);

#endif
