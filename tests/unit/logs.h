/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests about measuring: files of others below VKX_TEST_DATA, and a small
 * log with every kind of record in it, built with kernel/core's writer.
 */
#ifndef VKX_TEST_LOGS_H
#define VKX_TEST_LOGS_H

#include <stddef.h>
#include <stdint.h>

#include "hop.h"
#include "tcglog.h"

/* Whole file below VKX_TEST_DATA, or NULL. Caller frees. */
uint8_t *vkx_testdata(const char *path, size_t *len_ret);

/* A record that every rule accepts, about an invented UKI; dtb is signed. */
struct vkx_hop vkx_test_hop(uint8_t kind, uint32_t number);

#define VKX_TEST_LOG_MAX 16384u

/* The banks of all logs made here: sha1 and sha256, unless a test has written
 * others here, and it writes these back. */
extern struct vkx_bank vkx_test_banks[2];

/* StartupLocality 3, some events, one load and one launch. */
size_t vkx_test_log(uint8_t log_ret[VKX_TEST_LOG_MAX]);

/* Appends an event whose digest is that of digested, in every bank. */
void vkx_test_log_add(uint8_t *log, size_t *used, uint32_t pcr, uint32_t type,
		      const void *digested, size_t len, const void *data,
		      uint32_t data_size);
/* The same for a hop record, digest over its data. */
void vkx_test_log_hop(uint8_t *log, size_t *used, const struct vkx_hop *hop);

#endif
