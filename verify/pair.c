/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/pair.h"

#include <time.h>

/* Less is hashed before a partner could be woken. */
#define WORTH_SHARING (64u << 10)
/* A partner that reads from a slow disk must not make us wait for it. */
#define PATIENCE_NS 4000000

void vkx_pair_init(struct vkx_pair *pair)
{
	pthread_condattr_t attr;

	pair->ctx = NULL;
	pair->taken = false;
	pthread_mutex_init(&pair->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pair->changed, &attr);
	pthread_condattr_destroy(&attr);
}

void vkx_pair_free(struct vkx_pair *pair)
{
	pthread_cond_destroy(&pair->changed);
	pthread_mutex_destroy(&pair->lock);
}

static struct timespec deadline(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += PATIENCE_NS;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* First: leaves the window here. True if the other one has hashed it. Called
 * and returns with the lock held. */
static bool offer(struct vkx_pair *pair, struct vkx_sha256 *ctx,
		  const void *data, size_t len)
{
	struct timespec until = deadline();

	pair->ctx = ctx;
	pair->data = data;
	pair->len = len;
	pair->taken = false;
	while (pair->ctx == ctx && !pair->taken)
		if (pthread_cond_timedwait(&pair->changed, &pair->lock, &until))
			break;
	/* Once taken, it will be done: that takes as long as hashing does. */
	while (pair->ctx == ctx && pair->taken)
		pthread_cond_wait(&pair->changed, &pair->lock);
	if (pair->ctx != ctx)
		return true;
	pair->ctx = NULL;
	return false;
}

/* Second: hashes both. Called with the lock held, returns without. */
static void hash_both(struct vkx_pair *pair, struct vkx_sha256 *ctx,
		      const void *data, size_t len)
{
	struct vkx_sha256 *other = pair->ctx;
	const uint8_t *theirs = pair->data, *ours = data;
	size_t left = pair->len, both = len < left ? len : left;

	pair->taken = true;
	pthread_mutex_unlock(&pair->lock);
	vkx_sha256_update2(ctx, ours, other, theirs, both);
	if (left > both)
		vkx_sha256_update(other, theirs + both, left - both);
	pthread_mutex_lock(&pair->lock);
	pair->ctx = NULL;
	pair->taken = false;
	pthread_cond_signal(&pair->changed);
	pthread_mutex_unlock(&pair->lock);
	if (len > both)
		vkx_sha256_update(ctx, ours + both, len - both);
}

void vkx_pair_update(struct vkx_pair *pair, struct vkx_sha256 *ctx,
		     const void *data, size_t len)
{
	bool done;

	if (!pair || len < WORTH_SHARING) {
		vkx_sha256_update(ctx, data, len);
		return;
	}
	pthread_mutex_lock(&pair->lock);
	if (pair->ctx) {
		hash_both(pair, ctx, data, len);
		return;
	}
	done = offer(pair, ctx, data, len);
	pthread_mutex_unlock(&pair->lock);
	if (!done)
		vkx_sha256_update(ctx, data, len);
}
