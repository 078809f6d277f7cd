/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LD_PRELOAD: the VKX_MALLOC_FAIL-th allocation of the program fails, and with
 * VKX_MALLOC_EVER every later one. At exit the number of allocations goes to
 * the file that VKX_MALLOC_COUNT names.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static atomic_long calls;
static long fail_at = -1;
static int ever;

__attribute__((constructor)) static void start(void)
{
	const char *at = getenv("VKX_MALLOC_FAIL");

	atomic_store(&calls, 0);
	ever = getenv("VKX_MALLOC_EVER") != NULL;
	fail_at = at ? strtol(at, NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("VKX_MALLOC_COUNT");
	char text[32];
	int fd;

	if (!path)
		return;
	snprintf(text, sizeof(text), "%ld\n", atomic_load(&calls));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		_exit(99);
}

static int fails(void)
{
	long n = atomic_fetch_add(&calls, 1) + 1;

	if (fail_at <= 0 || (n != fail_at && !(ever && n > fail_at)))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}
