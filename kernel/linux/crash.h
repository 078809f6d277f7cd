/* SPDX-License-Identifier: GPL-2.0-only */
/* What a crash kernel needs beside a UKI: where it may live, and the ELF core
 * header that describes the machine that crashed. */
#ifndef VKX_CRASH_H
#define VKX_CRASH_H

#include "fdt_blob.h"
#include "place.h"

struct kimage;

#ifdef CONFIG_CRASH_DUMP

/* The crashkernel regions; the second is empty where there is only one. */
void vkx_crash_usable(struct vkx_extent usable_ret[2]);

/* Makes the header in image->elf_headers, which kexec frees. */
int vkx_crash_headers(struct kimage *image);

/* For the panicking CPU, before the crash image is read: some kernels (6.1)
 * keep it out of the linear map until it is entered. */
void vkx_crash_unprotect(void);

#else

static inline void vkx_crash_usable(struct vkx_extent usable_ret[2])
{
}

static inline int vkx_crash_headers(struct kimage *image)
{
	return -EOPNOTSUPP;
}

static inline void vkx_crash_unprotect(void)
{
}

#endif

#endif
