/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/cpus.h"

#include <sched.h>
#include <unistd.h>

size_t vkx_cpus_usable(void)
{
	cpu_set_t set;
	long n;

	/* Refused where the kernel knows more CPUs than a set has room for. */
	if (sched_getaffinity(0, sizeof(set), &set))
		n = sysconf(_SC_NPROCESSORS_ONLN);
	else
		n = CPU_COUNT(&set);
	return n < 1 ? 1 : (size_t)n;
}
