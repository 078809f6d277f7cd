/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For CPUs without an engine of their own, and inside Linux. */
#include "sha256.h"

const struct vkx_sha256_engine *vkx_sha256_cpu_engine(void)
{
	return NULL;
}
