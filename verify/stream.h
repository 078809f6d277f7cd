/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part of a file, front to back, in windows of bounded size; a thread may read
 * the next ones while the caller works on this one. Each byte is read once.
 */
#ifndef VKX_STREAM_H
#define VKX_STREAM_H

#include <pthread.h>
#include <stdbool.h>

#include "verify/infile.h"

/* One reader has a large window: fewer calls, and the kernel copies long runs
 * faster. A thread has several, so that nobody waits for the other. */
#define VKX_STREAM_WINDOW (512u << 10)
#define VKX_STREAM_SLOT (256u << 10)
#define VKX_STREAM_SLOTS 4u
/* malloc() gives large blocks that begin 16 bytes into a page; to there some
 * CPUs copy from the page cache at a fifth of the speed. */
#define VKX_STREAM_ALIGN 4096u

struct vkx_stream {
	const struct vkx_infile *in;
	uint64_t offset; /* next byte to read */
	uint64_t left; /* bytes not read yet */
	uint8_t *buf; /* slots; NULL for a file in memory */
	size_t window; /* size of one */
	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under lock: slots [tail, head) are full, all counted from 0. */
	uint64_t head, tail;
	size_t len[VKX_STREAM_SLOTS];
	bool done, stop;
	int err, error; /* -VKX_ERR_* and errno of the thread's last read */
	bool held; /* the caller has slot tail */
};

/*
 * Bytes [offset, offset + size) of in, which must lie inside it. read_ahead
 * asks for a thread; where none can be made, or on one CPU, the caller's own
 * reads. Works on the struct in place: it must not move. -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_stream_open(struct vkx_stream *s,
				 const struct vkx_infile *in, uint64_t offset,
				 uint64_t size, bool read_ahead);
/*
 * The next window, good until the next call; *len_ret 0 at the end.
 * -VKX_ERR_IO with errno as vkx_infile_read().
 */
VKX_MUST_USE int vkx_stream_next(struct vkx_stream *s, const uint8_t **p_ret,
				 size_t *len_ret);
/* Stops the thread and releases everything. Keeps errno. */
void vkx_stream_close(struct vkx_stream *s);

#endif
