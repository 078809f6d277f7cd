/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bar on stderr for work that lasts, if stderr is a terminal; otherwise
 * nothing at all. Work may be reported from several threads.
 */
#ifndef VKX_PROGRESS_H
#define VKX_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct vkx_progress {
	pthread_mutex_t lock;
	const char *label;
	uint64_t done, total; /* bytes */
	int64_t shown; /* when, in ms of the monotonic clock */
	bool tty, drawn;
};

/* label is kept, not copied. */
void vkx_progress_start(struct vkx_progress *bar, const char *label,
			uint64_t total);
/* n more bytes are done. */
void vkx_progress_add(struct vkx_progress *bar, uint64_t n);
/* Takes the bar away until more is done, so that what is printed next begins a
 * line. */
void vkx_progress_hide(struct vkx_progress *bar);
void vkx_progress_end(struct vkx_progress *bar);

#endif
