// SPDX-License-Identifier: BSD-2-Clause
/*
 * PID 1 of the test guest: mounts what a test needs, says hello on the
 * channel, then does what the host asks. Static, so that it runs under any
 * arm64 kernel, ours or a distribution's.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "verbs.h"

#define CHANNEL_PORT "/dev/ttyS0"
#define SHARE_OPTIONS "trans=virtio,version=9p2000.L,msize=524288,cache=none"
/* Nobody changes these: a program's second start reads nothing again. */
#define PROGRAM_OPTIONS "trans=virtio,version=9p2000.L,msize=524288,cache=loose"

static const struct fs {
	const char *what, *where, *type, *options;
	unsigned long flags;
} filesystems[] = {
	{ "dev", "/dev", "devtmpfs", "", 0 },
	{ "proc", "/proc", "proc", "", 0 },
	{ "sys", "/sys", "sysfs", "", 0 },
	{ "securityfs", "/sys/kernel/security", "securityfs", "", 0 },
	{ "tmp", "/tmp", "tmpfs", "", 0 },
	{ "run", "/run", "tmpfs", "", 0 },
	/* A next kernel without 9p runs without these two. */
	{ "vkx", "/vkx", "9p", SHARE_OPTIONS, 0 },
	{ "arm64", "/arm64", "9p", PROGRAM_OPTIONS, MS_RDONLY },
};

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(filesystems) / sizeof(filesystems[0]);
	     i++) {
		const struct fs *f = &filesystems[i];

		mkdir(f->where, 0755);
		if (mount(f->what, f->where, f->type, f->flags, f->options))
			fprintf(stderr, "init: %s: %m\n", f->where);
	}
}

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	for (int i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

/* The initrd says which one it is: the proof that this one was booted. */
static void read_marker(char *marker, size_t size)
{
	FILE *f = fopen("/marker", "re");

	snprintf(marker, size, "none");
	if (!f)
		return;
	if (fgets(marker, (int)size, f))
		marker[strcspn(marker, "\n")] = '\0';
	fclose(f);
}

static int wants_shell(void)
{
	char cmdline[4096] = "";
	FILE *f = fopen("/proc/cmdline", "re");

	if (!f)
		return 0;
	if (!fgets(cmdline, sizeof(cmdline), f))
		cmdline[0] = '\0';
	fclose(f);
	return strstr(cmdline, "vkx.shell") != NULL;
}

/* For a person: ends when the shell does. */
static void run_shell(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		execl("/bin/busybox", "sh", "-c", "exec setsid cttyhack sh -l",
		      (char *)NULL);
		_exit(127);
	}
	while (wait(NULL) != pid)
		;
	sync();
	reboot(RB_POWER_OFF);
}

int main(void)
{
	static char line[CHANNEL_LINE_MAX];
	char *args[CHANNEL_ARGS_MAX], marker[128];
	struct utsname name;
	int count;

	mount_all();
	open_console();
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/", 1);
	setenv("TPM2TOOLS_TCTI", "device:/dev/tpmrm0", 1);
	if (wants_shell())
		run_shell();
	uname(&name);
	read_marker(marker, sizeof(marker));
	if (!channel_open(CHANNEL_PORT))
		fprintf(stderr, "init: %s: %m\n", CHANNEL_PORT);
	channel_hello(name.release, marker);
	while (channel_read(line, args, &count))
		if (count > 0)
			verb_run(args, count);
	fprintf(stderr, "init: the host has gone\n");
	reboot(RB_POWER_OFF);
	return 0;
}
