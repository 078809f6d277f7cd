/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VKX_ENV_FDT_H
#define VKX_ENV_FDT_H

#include <linux/libfdt.h>

#endif
