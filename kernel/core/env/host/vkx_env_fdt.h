/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where kernel/core finds libfdt on a host; Linux has it in <linux/libfdt.h>. */
#ifndef VKX_ENV_FDT_H
#define VKX_ENV_FDT_H

#include <libfdt.h>

#endif
