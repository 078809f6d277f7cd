/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few things vkexec-load does to the machine, in one table, so that tests
 * run all of its logic without loading or rebooting anything.
 */
#ifndef VKX_SYSCALLS_H
#define VKX_SYSCALLS_H

#include <stdbool.h>

struct vkx_syscalls {
	/* kexec_file_load(fd, -1, 0, NULL, flags); 0 or -1 with errno. */
	int (*load)(int fd, unsigned long flags);
	/* Does systemd run this machine? */
	bool (*systemd)(void);
	/* Replaces the process by "systemctl kexec"; returns on failure. */
	int (*systemctl_kexec)(void);
	void (*sync)(void);
	/* reboot(LINUX_REBOOT_CMD_KEXEC); returns on failure, with errno. */
	int (*reboot_kexec)(void);
};

extern const struct vkx_syscalls vkx_syscalls_real;

#endif
