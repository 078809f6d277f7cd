/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verify/cpus.h"

static uint8_t *slot(const struct vkx_stream *s, uint64_t n)
{
	return s->buf + n % VKX_STREAM_SLOTS * s->window;
}

static size_t window(const struct vkx_stream *s)
{
	return s->left < s->window ? (size_t)s->left : s->window;
}

/* Reads the next window into a slot; used by whoever reads, with no lock:
 * offset and left are that one's alone. */
static int fill(struct vkx_stream *s, uint8_t *to, size_t n)
{
	int err = vkx_infile_read(s->in, s->offset, to, n);

	s->offset += n;
	s->left -= n;
	return err;
}

/* True when there is a free slot to fill, false when it is time to end. */
static bool wait_for_room(struct vkx_stream *s)
{
	bool go;

	pthread_mutex_lock(&s->lock);
	while (s->head - s->tail == VKX_STREAM_SLOTS && !s->stop)
		pthread_cond_wait(&s->changed, &s->lock);
	go = !s->stop;
	pthread_mutex_unlock(&s->lock);
	return go;
}

static void *read_ahead(void *arg)
{
	struct vkx_stream *s = arg;
	size_t n;
	int err = 0;

	while (!err && (n = window(s)) && wait_for_room(s)) {
		/* head is written by this thread alone. */
		err = fill(s, slot(s, s->head), n);
		pthread_mutex_lock(&s->lock);
		if (err) {
			s->err = err;
			s->error = errno;
		} else {
			s->len[s->head++ % VKX_STREAM_SLOTS] = n;
		}
		pthread_cond_signal(&s->changed);
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_lock(&s->lock);
	s->done = true;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

int vkx_stream_open(struct vkx_stream *s, const struct vkx_infile *in,
		    uint64_t offset, uint64_t size, bool want_thread)
{
	memset(s, 0, sizeof(*s));
	s->in = in;
	s->offset = offset;
	s->left = size;
	s->window = VKX_STREAM_WINDOW;
	if (in->fd < 0)
		return 0;
	/* On one CPU a thread only costs what it takes to change threads. */
	want_thread = want_thread && size > VKX_STREAM_WINDOW &&
		      vkx_cpus_usable() > 1;
	if (want_thread)
		s->window = VKX_STREAM_SLOT;
	s->buf =
		aligned_alloc(VKX_STREAM_ALIGN,
			      s->window * (want_thread ? VKX_STREAM_SLOTS : 1));
	if (!s->buf)
		return -VKX_ERR_NOMEM;
	if (!want_thread)
		return 0;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	s->threaded = !pthread_create(&s->thread, NULL, read_ahead, s);
	if (!s->threaded) {
		pthread_cond_destroy(&s->changed);
		pthread_mutex_destroy(&s->lock);
	}
	return 0;
}

static int next_threaded(struct vkx_stream *s, const uint8_t **p_ret,
			 size_t *len_ret)
{
	int err = 0;

	pthread_mutex_lock(&s->lock);
	if (s->held) {
		s->held = false;
		s->tail++;
		pthread_cond_signal(&s->changed);
	}
	while (s->head == s->tail && !s->done)
		pthread_cond_wait(&s->changed, &s->lock);
	if (s->head != s->tail) {
		s->held = true;
		*p_ret = slot(s, s->tail);
		*len_ret = s->len[s->tail % VKX_STREAM_SLOTS];
	} else {
		err = s->err;
		errno = s->error;
		*len_ret = 0;
	}
	pthread_mutex_unlock(&s->lock);
	return err;
}

int vkx_stream_next(struct vkx_stream *s, const uint8_t **p_ret,
		    size_t *len_ret)
{
	size_t n;
	int err;

	if (s->threaded)
		return next_threaded(s, p_ret, len_ret);
	n = window(s);
	/* Where nothing is asked for, the offset may be anything. */
	if (!n) {
		*len_ret = 0;
		return 0;
	}
	if (s->in->fd < 0) {
		*p_ret = s->in->mem + s->offset;
		s->offset += n;
		s->left -= n;
	} else {
		err = fill(s, s->buf, n);
		if (err)
			return err;
		*p_ret = s->buf;
	}
	*len_ret = n;
	return 0;
}

void vkx_stream_close(struct vkx_stream *s)
{
	int saved = errno;

	if (s->threaded) {
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_signal(&s->changed);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
		pthread_cond_destroy(&s->changed);
		pthread_mutex_destroy(&s->lock);
		s->threaded = false;
	}
	free(s->buf);
	s->buf = NULL;
	errno = saved;
}
