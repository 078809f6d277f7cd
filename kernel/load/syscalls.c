/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/load/syscalls.h"

#include <errno.h>
#include <linux/reboot.h>
#include <stddef.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int real_load(int fd, unsigned long flags)
{
#ifdef SYS_kexec_file_load
	return (int)syscall(SYS_kexec_file_load, fd, -1, 0UL, NULL, flags);
#else
	(void)fd;
	(void)flags;
	errno = ENOSYS;
	return -1;
#endif
}

/* What sd_booted(3) looks at. */
static bool real_systemd(void)
{
	struct stat st;

	return !lstat("/run/systemd/system", &st) && S_ISDIR(st.st_mode);
}

static int real_systemctl_kexec(void)
{
	execlp("systemctl", "systemctl", "kexec", (char *)NULL);
	return -1;
}

static int real_reboot_kexec(void)
{
	return reboot(LINUX_REBOOT_CMD_KEXEC);
}

const struct vkx_syscalls vkx_syscalls_real = {
	.load = real_load,
	.systemd = real_systemd,
	.systemctl_kexec = real_systemctl_kexec,
	.sync = sync,
	.reboot_kexec = real_reboot_kexec,
};
