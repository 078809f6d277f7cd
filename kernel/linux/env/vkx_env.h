/* SPDX-License-Identifier: GPL-2.0-only */
/* What kernel/core needs from its surroundings, inside Linux. */
#ifndef VKX_ENV_H
#define VKX_ENV_H

#include <linux/limits.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#ifndef UINT32_MAX
#define UINT32_MAX U32_MAX
#endif
#ifndef UINT64_MAX
#define UINT64_MAX U64_MAX
#endif
#ifndef UINT32_C
#define UINT32_C(c) c##U
#endif

#endif
