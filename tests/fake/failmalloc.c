/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LD_PRELOAD: the allocation number FAIL_AT (from 1) of the program returns
 * NULL, and with FAIL_ALL set every one after it too. Where FAIL_LOG names a
 * file descriptor, a byte is written there when an allocation was failed, so
 * that a test can tell a run that met its failure from one that ended before:
 * "j" below json-c, which does not survive every one of them, else "!".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t align, size_t n);

static atomic_long count;
static long fail_at = -1;
static int fail_all, log_fd = -1, logged;

/* getenv() allocates nothing. */
__attribute__((constructor)) static void start(void)
{
	const char *text = getenv("FAIL_AT");
	void *frame;

	/* The first call loads libgcc; the others allocate nothing. */
	backtrace(&frame, 1);
	fail_all = getenv("FAIL_ALL") != NULL;
	if (getenv("FAIL_LOG"))
		log_fd = atoi(getenv("FAIL_LOG"));
	count = 0;
	fail_at = text ? atol(text) : -1;
}

static int below_json(void)
{
	void *frames[64];
	int nr = backtrace(frames, 64), i;
	Dl_info info;

	for (i = 0; i < nr; i++)
		if (dladdr(frames[i], &info) && info.dli_fname &&
		    strstr(info.dli_fname, "libjson-c"))
			return 1;
	return 0;
}

static int fails(void)
{
	long n;

	if (fail_at < 0)
		return 0;
	n = atomic_fetch_add(&count, 1) + 1;
	if (n != fail_at && !(fail_all && n > fail_at))
		return 0;
	if (log_fd >= 0 && logged++ < 64 &&
	    write(log_fd, below_json() ? "j" : "!", 1) < 0)
		_exit(99);
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
	return fails() ? NULL : __libc_memalign(align, n);
}
