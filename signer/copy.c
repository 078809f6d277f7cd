/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/copy.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define SLOTS 4u
#define SLOT_SIZE VKX_PE_CHUNK

struct copy {
	struct vkx_pe_writer *w;
	int fd;
	uint64_t offset, left; /* the worker's */
	uint8_t *buf; /* SLOTS buffers */
	size_t len[SLOTS];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t filled, hashed; /* buffers, counted from 0; under lock */
	bool done; /* no more buffers will come; under lock */
	int err, sys; /* the worker's; read after it has ended */
};

static uint8_t *slot(struct copy *c, uint64_t n)
{
	return c->buf + n % SLOTS * SLOT_SIZE;
}

static int fill(struct copy *c, uint64_t n)
{
	size_t want = c->left < SLOT_SIZE ? (size_t)c->left : SLOT_SIZE;
	ssize_t got;

	do
		got = pread(c->fd, slot(c, n), want, (off_t)c->offset);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return got ? -VKX_ERR_IO : -VKX_ERR_MISMATCH;
	c->len[n % SLOTS] = (size_t)got;
	c->offset += (uint64_t)got;
	c->left -= (uint64_t)got;
	return 0;
}

static int work(struct copy *c)
{
	uint64_t n;
	int err;

	for (n = 0; c->left; n++) {
		pthread_mutex_lock(&c->lock);
		while (n - c->hashed == SLOTS)
			pthread_cond_wait(&c->changed, &c->lock);
		pthread_mutex_unlock(&c->lock);
		err = fill(c, n);
		if (err)
			return err;
		pthread_mutex_lock(&c->lock);
		c->filled = n + 1;
		pthread_cond_broadcast(&c->changed);
		pthread_mutex_unlock(&c->lock);
		/* The hasher only reads it, as we do. */
		err = vkx_pe_writer_raw(c->w, slot(c, n), c->len[n % SLOTS]);
		if (err)
			return err;
	}
	return 0;
}

static void *worker(void *arg)
{
	struct copy *c = arg;

	c->err = work(c);
	c->sys = errno;
	pthread_mutex_lock(&c->lock);
	c->done = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

static void hash_all(struct copy *c)
{
	uint64_t n;

	for (n = 0;; n++) {
		pthread_mutex_lock(&c->lock);
		while (c->filled == n && !c->done)
			pthread_cond_wait(&c->changed, &c->lock);
		if (c->filled == n) {
			pthread_mutex_unlock(&c->lock);
			return;
		}
		pthread_mutex_unlock(&c->lock);
		vkx_hasher_update(&c->w->hasher, slot(c, n), c->len[n % SLOTS]);
		pthread_mutex_lock(&c->lock);
		c->hashed = n + 1;
		pthread_cond_broadcast(&c->changed);
		pthread_mutex_unlock(&c->lock);
	}
}

int vkx_copy_threaded(struct vkx_pe_writer *w, int fd, uint64_t offset,
		      uint64_t len)
{
	struct copy c = { .w = w, .fd = fd, .offset = offset, .left = len };
	pthread_t thread;
	int err = -VKX_ERR_UNSUPPORTED;

	c.buf = aligned_alloc(VKX_PE_ALIGN, (size_t)SLOTS * SLOT_SIZE);
	if (!c.buf)
		return err;
	pthread_mutex_init(&c.lock, NULL);
	pthread_cond_init(&c.changed, NULL);
	if (!pthread_create(&thread, NULL, worker, &c)) {
		hash_all(&c);
		pthread_join(thread, NULL);
		err = c.err;
		errno = c.sys;
	}
	pthread_cond_destroy(&c.changed);
	pthread_mutex_destroy(&c.lock);
	free(c.buf);
	return err;
}
