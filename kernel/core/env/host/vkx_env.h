/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What kernel/core needs from its surroundings, for programs with a C library
 * or without one: fixed-width types and the four memory functions that every
 * C compiler may call anyway. Linux supplies its own vkx_env.h with the same
 * contents, found first on the include path; kernel/core itself has no #if.
 */
#ifndef VKX_ENV_H
#define VKX_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int memcmp(const void *a, const void *b, size_t n);
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);

#endif
