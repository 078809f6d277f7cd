/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /chosen of the tree that this kernel was started with, from the blob: on a
 * machine that describes itself by ACPI Linux unflattens no tree, and of_chosen
 * is NULL.
 */
#ifndef VKX_CHOSEN_H
#define VKX_CHOSEN_H

#include <linux/types.h>

/* The property's bytes, which stay, or NULL where there is none. */
const u8 *vkx_chosen_get(const char *name, int *size_ret);

#endif
