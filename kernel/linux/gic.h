/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that a GICv3 reads and writes by itself until the next kernel has
 * told it otherwise: LPI property and pending tables, ITS tables and command
 * queues. Firmware with EFI remembers them for the next kernel; with a device
 * tree alone nobody does, and memblock calls them free. A kernel placed over
 * them finds "its" property table inside its own text and writes into it.
 */
#ifndef VKX_GIC_H
#define VKX_GIC_H

#include "fdt_blob.h"

/* More than any machine has that Linux runs on: 512 CPUs and 32 ITSes. */
#define VKX_GIC_MAX_TABLES 1024u

/*
 * Lists what the hardware points at now. Returns how many; list_ret holds
 * VKX_GIC_MAX_TABLES. -E2BIG: more than that; -EINVAL, -ENOMEM: some could not
 * be looked at, and may be anywhere. The first *lasting_ret (may be
 * NULL) are LPI tables: a redistributor keeps them until it is reset, so the
 * next kernel has to go on with them, and does if they are reserved. The rest
 * it replaces.
 */
int vkx_gic_tables(struct vkx_extent *list_ret, u32 *lasting_ret);

#endif
