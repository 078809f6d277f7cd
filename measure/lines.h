/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NDJSON from a file or a pipe, read into jobs line by line: a job has whole
 * lines, as many as fit or as are there, so that nobody waits for answers to
 * what has come. Of a line that is longer than any evidence the rest is skipped.
 * What the lines say is evidence.h's.
 */
#ifndef VKX_LINES_H
#define VKX_LINES_H

#include "measure/job.h"

struct vkx_lines {
	int fd; /* the caller's; all else is zeroed at first */
	bool eof, skipping; /* skipping: inside of a line that was too long */
	struct vkx_room rest; /* the begun line behind the last job's */
	size_t rest_len;
};

/*
 * Waits for the next lines and puts them into job, which was cleared before:
 * sets its room, len and overlong. None are left once in->eof is true, which
 * it may be with the last ones; a job may get none. False: an error, which
 * errno tells.
 */
bool vkx_lines_fill(struct vkx_lines *in, struct vkx_job *job);

/* in->fd stays open. */
void vkx_lines_free(struct vkx_lines *in);

#endif
