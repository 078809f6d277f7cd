/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Test material of other projects, in the folder that VKX_TEST_DATA names
 * (../shared/data). It is never part of this project: a test that needs it
 * and does not find it skips.
 */
#ifndef TEST_TESTDATA_H
#define TEST_TESTDATA_H

#include <stddef.h>
#include <stdint.h>

/* The file at this path in the folder, from malloc(); NULL if there is none. */
uint8_t *testdata_read(const char *path, size_t *len_ret);

/*
 * Calls visit for every regular file below path, in the order of their names.
 * Returns how many; 0 where the folder is missing.
 */
size_t testdata_each(const char *path,
		     void (*visit)(void *ctx, const char *name,
				   const uint8_t *bytes, size_t len),
		     void *ctx);

/* skip() of cmocka with a message that says what is missing. */
void testdata_skip(const char *path);

#endif
