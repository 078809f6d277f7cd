/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as what the running kernel says of itself: status, facts, and
 * whether something is loaded. A status that is read has as many lines as the
 * file; text for people has no control byte of the file's.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/load/factlist.h"
#include "kernel/load/running.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fd = -1;
static char sys[] = "/tmp/vkx-fuzz-XXXXXX";

/* Folders and links below sys, in the order in which they are made. */
static const struct {
	const char *name;
	bool folder;
} tree[] = {
	{ "", true },
	{ "/kernel", true },
	{ "/kernel/security", true },
	{ "/kernel/security/vkexec", true },
	{ "/kernel/security/vkexec/status", false },
	{ "/kernel/security/vkexec/facts", false },
	{ "/kernel/kexec_loaded", false },
};

#define NR_TREE (sizeof(tree) / sizeof(tree[0]))

static void path_of(size_t i, char path[128])
{
	snprintf(path, 128, "%s%s", sys, tree[i].name);
}

static void tidy(void)
{
	char path[128];
	size_t i;

	for (i = NR_TREE; i-- > 0;) {
		path_of(i, path);
		(void)!(tree[i].folder ? rmdir(path) : unlink(path));
	}
}

static void prepare(void)
{
	char path[128], target[64];
	size_t i;

	fd = memfd_create("status", 0);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
	if (fd < 0 || !mkdtemp(sys))
		abort();
	atexit(tidy);
	for (i = 1; i < NR_TREE; i++) {
		path_of(i, path);
		if (tree[i].folder ? mkdir(path, 0700) : symlink(target, path))
			abort();
	}
}

static void status(const struct vkx_running *r, size_t size)
{
	char *text = NULL;
	size_t len = 0, i, lines = 0;
	FILE *out = open_memstream(&text, &len);

	vkx_running_print(out, r);
	fclose(out);
	for (i = 0; i < len; i++) {
		lines += text[i] == '\n';
		if ((unsigned char)text[i] < ' ' && text[i] != '\n')
			abort();
	}
	if (lines != r->count || r->count > size)
		abort();
	(void)vkx_running_refusals(r);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vkx_running running;
	struct vkx_bytes list = { 0 };
	FILE *null = fopen("/dev/null", "w");

	if (fd < 0)
		prepare();
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	if (!vkx_running_read(sys, &running)) {
		status(&running, size);
		vkx_running_tell(null, &running);
	}
	(void)vkx_running_loaded(sys, 0);
	if (!vkx_factlist_read(sys, &list))
		vkx_factlist_print(null, &list);
	vkx_bytes_free(&list);
	fclose(null);
	return 0;
}
