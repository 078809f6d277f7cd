/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* So many bytes are one job's, if they are there: handing a job over costs as
 * much as a good part of an audit. */
#define CHUNK 524288u
/* Base64 of the largest evidence, with names and room to spare. */
#define MAX_LINE ((size_t)VKX_MAX_EVIDENCE * 3 / 2)

/* One read; false: an error. */
static bool read_more(struct vkx_lines *in, struct vkx_job *job)
{
	ssize_t n;

	do
		n = read(in->fd, job->room.data + job->len,
			 job->room.size - job->len);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		job->len += (size_t)n;
	in->eof = n == 0;
	return n >= 0;
}

static bool more_is_there(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* Forgets what belongs to a line that was too long. */
static void skip_line(struct vkx_lines *in, struct vkx_job *job)
{
	const uint8_t *p = job->room.data;
	const uint8_t *newline = memchr(p, '\n', job->len);
	size_t n = newline ? (size_t)(newline + 1 - p) : job->len;

	memmove(job->room.data, p + n, job->len - n);
	job->len -= n;
	in->skipping = !newline;
}

/* Bytes up to and with the last newline; 0: no line is whole. */
static size_t whole_lines(const struct vkx_lines *in, const struct vkx_job *job)
{
	const uint8_t *p = job->room.data;
	const uint8_t *newline = memrchr(p, '\n', job->len);

	if (in->eof)
		return job->len;
	return newline ? (size_t)(newline + 1 - p) : 0;
}

bool vkx_lines_fill(struct vkx_lines *in, struct vkx_job *job)
{
	size_t whole = 0;

	if (vkx_room_need(&job->room, in->rest_len + CHUNK))
		return false;
	memcpy(job->room.data, in->rest.data, in->rest_len);
	job->len = in->rest_len;
	while (!in->eof && !(whole && job->len == job->room.size)) {
		if (job->len == job->room.size) {
			if (job->len >= MAX_LINE)
				break;
			if (vkx_room_need(&job->room, 2 * job->room.size))
				return false;
		}
		if (!read_more(in, job))
			return false;
		if (in->skipping)
			skip_line(in, job);
		whole = whole_lines(in, job);
		if (whole && !more_is_there(in->fd))
			break;
	}
	job->overlong = !whole && job->len;
	in->skipping = in->skipping || job->overlong;
	in->rest_len = job->overlong ? 0 : job->len - whole;
	if (vkx_room_need(&in->rest, in->rest_len + 1))
		return false;
	memcpy(in->rest.data, job->room.data + whole, in->rest_len);
	job->len = whole;
	return true;
}

void vkx_lines_free(struct vkx_lines *in)
{
	vkx_room_free(&in->rest);
}
