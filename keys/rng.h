/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random bytes from the kernel, in the form that mbedtls wants a generator in.
 * No state of its own: nothing to seed, to fork wrongly or to wipe.
 */
#ifndef VKX_RNG_H
#define VKX_RNG_H

#include <stddef.h>

/* Fills buf with len bytes of getrandom(2). ctx is ignored. 0, or a negative
 * mbedtls error that mbedtls hands on. */
int vkx_rng(void *ctx, unsigned char *buf, size_t len);

#endif
