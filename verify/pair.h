/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads that hash different files at once and share one CPU's pair of
 * SHA-256 streams: whoever comes second with a window hashes both, interleaved,
 * at about the price of one. Each thread's digest is what it would be alone.
 */
#ifndef VKX_PAIR_H
#define VKX_PAIR_H

#include <pthread.h>
#include <stdbool.h>

#include "sha256.h"

struct vkx_pair {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* What the one who came first left here, or NULL. */
	struct vkx_sha256 *ctx;
	const void *data;
	size_t len;
	bool taken; /* by the other one, who is hashing it */
};

void vkx_pair_init(struct vkx_pair *pair);
void vkx_pair_free(struct vkx_pair *pair);
/*
 * vkx_sha256_update(ctx, data, len), perhaps done by the other thread. Waits
 * for that one a few milliseconds at most. At most two threads may use a pair;
 * pair may be NULL.
 */
void vkx_pair_update(struct vkx_pair *pair, struct vkx_sha256 *ctx,
		     const void *data, size_t len);

#endif
