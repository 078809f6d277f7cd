/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hash operations of kernel/core for tools: SHA-256 from kernel/core's own
 * engine, which uses the CPU's instructions, all others from libcrypto. Safe
 * from any thread.
 */
#ifndef VKX_MEASURE_HASH_H
#define VKX_MEASURE_HASH_H

#include "tpm_hash.h"

extern const struct vkx_hash_ops vkx_hash_host;

#endif
