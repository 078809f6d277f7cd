/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * On a machine that UEFI booted, Linux looks for the TPM's event log in the
 * EFI configuration table before it looks in the device tree, and the table
 * survives kexec: a stock next kernel would show firmware's log without our
 * events. So our log's segment starts with the header that the table's entry
 * points at (struct linux_efi_tpm_eventlog, set up by the EFI stub of the
 * first kernel), and at launch the entry is pointed at it. The header and the
 * log's first event must be in one page: Linux maps no more of them early on.
 */
#ifndef VKX_EFI_LOG_H
#define VKX_EFI_LOG_H

#include <linux/types.h>

/* What Linux maps of the segment beside the log: three bytes more than the
 * header has. */
#define VKX_EFI_LOG_EXTRA 12

#ifdef CONFIG_EFI

/*
 * Bytes of the header; 0 where there is no such entry, or none that could be
 * found again at launch: a log that goes there would not be handed on.
 */
u32 vkx_efi_log_header(void);

/* Writes the header of a log of size bytes behind it. */
void vkx_efi_log_fill(u8 *header_ret, u32 size);

/*
 * Finds the entry, which is to point at the header at physical address pa.
 * -ENOENT: the table, or in it an entry with the address that this kernel uses,
 * is not found. Changes nothing yet: until the jump nothing is at pa, and a crash
 * kernel that starts meanwhile would take what it finds there for a size.
 */
int vkx_efi_log_find(u64 pa);

/* Points it there, if it was found. The last act before the jump: no lock, no
 * allocation, one store. */
void vkx_efi_log_publish(void);

#else

static inline u32 vkx_efi_log_header(void)
{
	return 0;
}

static inline void vkx_efi_log_fill(u8 *header_ret, u32 size)
{
}

static inline int vkx_efi_log_find(u64 pa)
{
	return 0;
}

static inline void vkx_efi_log_publish(void)
{
}

#endif

#endif
