/* SPDX-License-Identifier: BSD-2-Clause */
/* How many threads are worth making. */
#ifndef VKX_CPUS_H
#define VKX_CPUS_H

#include <stddef.h>

/*
 * The CPUs that this process may run on, at least 1: taskset, cpusets and
 * containers leave fewer of them than the machine has. Time shares (quotas)
 * are not counted.
 */
size_t vkx_cpus_usable(void);

#endif
