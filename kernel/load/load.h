/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading, unloading, showing and handing over: what vkexec-load does once
 * its options are read. Each function tells its outcome itself and returns an
 * enum vkx_exit.
 */
#ifndef VKX_LOAD_H
#define VKX_LOAD_H

#include "kernel/load/syscalls.h"
#include "verify/verify.h"

/* As in linux/kexec.h, which older headers do not have. */
#define VKX_LOAD_UNLOAD 0x1UL
#define VKX_LOAD_ON_CRASH 0x2UL
#define VKX_LOAD_NO_INITRAMFS 0x4UL

struct vkx_load {
	const struct vkx_syscalls *calls;
	const char *sys; /* "/sys" */
	bool crash; /* the kernel for a panic */
	bool json;
	/* With trust->count 0 the signer is left to the kernel. */
	struct vkx_verify_params params;
};

/*
 * Checks the file as the kernel will, and only then gives the kernel the same
 * descriptor. A file that fails the check is never shown to the kernel.
 */
int vkx_load_file(const struct vkx_load *load, const char *path);
int vkx_load_unload(const struct vkx_load *load);
int vkx_load_status(const struct vkx_load *load);
/* What the machine contributes to the loaded kernel's device tree. */
int vkx_load_facts(const struct vkx_load *load);
/*
 * Into the kernel that is loaded: by systemd where it runs, so that services
 * stop and file systems unmount; else sync and reboot. Returns on failure.
 */
int vkx_load_exec(const struct vkx_load *load);

#endif
