/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/testdata.h"

static void full_path(const char *path, char *ret, size_t size)
{
	const char *root = getenv("VKX_TEST_DATA");

	snprintf(ret, size, "%s/%s", root ? root : "../shared/data", path);
}

static uint8_t *read_whole(const char *path, size_t *len_ret)
{
	FILE *f = fopen(path, "rb");
	uint8_t *buf = NULL;
	struct stat st;

	if (!f)
		return NULL;
	if (!fstat(fileno(f), &st)) {
		*len_ret = (size_t)st.st_size;
		buf = malloc(*len_ret + 1);
	}
	if (buf && fread(buf, 1, *len_ret, f) != *len_ret) {
		free(buf);
		buf = NULL;
	}
	fclose(f);
	return buf;
}

uint8_t *testdata_read(const char *path, size_t *len_ret)
{
	char full[4096];

	full_path(path, full, sizeof(full));
	return read_whole(full, len_ret);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

size_t testdata_each(const char *path,
		     void (*visit)(void *ctx, const char *name,
				   const uint8_t *bytes, size_t len),
		     void *ctx)
{
	char full[4096];
	char *roots[] = { full, NULL };
	size_t count = 0, len;
	FTSENT *entry;
	FTS *fts;

	full_path(path, full, sizeof(full));
	fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	while (fts && (entry = fts_read(fts))) {
		uint8_t *bytes;

		if (entry->fts_info != FTS_F)
			continue;
		bytes = read_whole(entry->fts_path, &len);
		if (!bytes)
			continue;
		visit(ctx, entry->fts_name, bytes, len);
		free(bytes);
		count++;
	}
	if (fts)
		fts_close(fts);
	return count;
}

void testdata_skip(const char *path)
{
	print_message("VKX_TEST_DATA has no %s: skipped\n", path);
	skip();
}
