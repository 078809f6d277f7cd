/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying a long range of a file into a PE with two threads: one reads, sums
 * and writes, the other hashes the same buffers at the same time. Which thread
 * sees a buffer first does not matter: both see the same bytes.
 */
#ifndef VKX_COPY_H
#define VKX_COPY_H

#include "signer/pe_writer.h"

/* Shorter ranges are not worth a thread. */
#define VKX_COPY_LONG (4u << 20)

/*
 * As vkx_pe_writer_copy(). -VKX_ERR_UNSUPPORTED: no thread could be made, and
 * nothing has been done.
 */
VKX_MUST_USE int vkx_copy_threaded(struct vkx_pe_writer *w, int fd,
				   uint64_t offset, uint64_t len);

#endif
