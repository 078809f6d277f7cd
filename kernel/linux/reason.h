/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the stub leaves word of why it reset the machine, for the kernel that
 * firmware starts next: the first eight bytes of a reserved-memory node that
 * is compatible with "vkexec,reason". As with ramoops, the board says which
 * memory survives a reset. What is found at boot is logged, kept for
 * vkexec/status, and cleared.
 */
#ifndef VKX_REASON_H
#define VKX_REASON_H

#include <linux/types.h>

/* The word's physical address, or 0 where the board has none. */
u64 vkx_reason_address(void);

struct seq_file;
/* What was found at boot; nothing where the board has no word. */
void vkx_reason_show(struct seq_file *m);

#endif
