/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device trees for tests: files of others, and trees built by path. Every
 * tree lives in its own heap block of FDT_ROOM bytes, so that
 * AddressSanitizer sees a step too far.
 */
#ifndef FDT_FIXTURE_H
#define FDT_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#define FDT_ROOM 262144u

/* A file under $VKX_TEST_DATA in a block of its exact size; NULL if absent. */
void *fdt_test_file(const char *name, size_t *len_ret);
/* Says once that outside data is missing, for a test that then skips. */
int fdt_test_data_missing(void);

/* An empty root with cells 2 and 2, to be freed by free(). */
void *fdt_new(void);
/* A copy with room to grow. */
void *fdt_grow(const void *fdt);
/* The node, made with all its parents. */
int fdt_at(void *fdt, const char *path);
void fdt_str(void *fdt, const char *path, const char *name, const char *value);
void fdt_raw(void *fdt, const char *path, const char *name, const void *value,
	     size_t len);
/* "40000000 0 1" as big-endian cells. */
void fdt_hex(void *fdt, const char *path, const char *name, const char *cells);
/* Packs; the final size. */
size_t fdt_done(void *fdt);

/* What a board's release signs, and what its firmware hands to a kernel. */
void *fdt_signed_board(void);
void *fdt_running_board(void);

/* The property as hex cells, to compare with; static storage. NULL: absent. */
const char *fdt_cells_at(const void *fdt, const char *path, const char *name);
const char *fdt_text_at(const void *fdt, const char *path, const char *name);
int fdt_has(const void *fdt, const char *path, const char *name);
int fdt_reserves(const void *fdt, uint64_t start, uint64_t size);

#endif
