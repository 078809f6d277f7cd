// SPDX-License-Identifier: BSD-2-Clause
#include "verbs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"

#define OUTPUT_MAX (256 * 1024)

static bool given(const char *arg)
{
	return strcmp(arg, "-") != 0;
}

static void answer(long result, const char *what)
{
	if (result < 0)
		channel_no(errno, what);
	else
		channel_ok("", 0);
}

static long microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

/*
 * load KERNEL INITRD CMDLINE FLAGS: the syscall and nothing around it. Says
 * how many microseconds it took where it was done.
 */
static void verb_load(char **args)
{
	unsigned long flags = strtoul(args[4], NULL, 0);
	const char *cmdline = given(args[3]) ? args[3] : NULL;
	int initrd = -1, kernel;
	long rc, start;
	char took[32];

	kernel = open(args[1], O_RDONLY | O_CLOEXEC);
	if (kernel < 0 && given(args[1])) {
		channel_no(errno, args[1]);
		return;
	}
	if (given(args[2])) {
		initrd = open(args[2], O_RDONLY | O_CLOEXEC);
		if (initrd < 0) {
			channel_no(errno, args[2]);
			goto out;
		}
	} else {
		flags |= KEXEC_FILE_NO_INITRAMFS;
	}
	start = microseconds();
	rc = syscall(SYS_kexec_file_load, kernel, initrd,
		     cmdline ? strlen(cmdline) + 1 : 0, cmdline, flags);
	snprintf(took, sizeof(took), "%ld", microseconds() - start);
	if (rc < 0)
		channel_no(errno, "kexec_file_load");
	else
		channel_ok(took, strlen(took));
	if (initrd >= 0)
		close(initrd);
out:
	if (kernel >= 0)
		close(kernel);
}

/* Loads one file by itself and gives the errno, 0 when it was taken. */
static int load_alone(const char *path, unsigned long flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return errno;
	if (syscall(SYS_kexec_file_load, fd, -1, 0UL, NULL,
		    flags | KEXEC_FILE_NO_INITRAMFS) < 0)
		error = errno;
	close(fd);
	return error;
}

/*
 * loads DIR FLAGS: every file of a folder by itself, in one answer of lines
 * "ERRNO NAME"; for thousands of files that must be refused.
 */
static void verb_loads(char **args)
{
	unsigned long flags = strtoul(args[2], NULL, 0);
	struct dirent **names;
	char *text = NULL;
	size_t size = 0;
	FILE *out;
	int count;

	count = scandir(args[1], &names, NULL, alphasort);
	out = open_memstream(&text, &size);
	if (count < 0 || !out || chdir(args[1]) != 0) {
		channel_no(errno, args[1]);
		return;
	}
	for (int i = 0; i < count; i++) {
		if (names[i]->d_type == DT_REG) {
			int error = load_alone(names[i]->d_name, flags);

			fprintf(out, "%s %s\n",
				error ? strerrorname_np(error) : "ok",
				names[i]->d_name);
		}
		free(names[i]);
	}
	free(names);
	fclose(out);
	channel_ok(text, size);
	free(text);
	if (chdir("/") != 0)
		perror("init: /");
}

/*
 * legacy FLAGS: kexec_load of one page. The page is no kernel and is never
 * run; what matters is whether the call is let through at all.
 */
static void verb_legacy(char **args)
{
	unsigned long flags = strtoul(args[1], NULL, 0) | KEXEC_ARCH_AARCH64;
	struct kexec_segment segment = {
		.mem = (void *)(uintptr_t)0x48000000,
		.memsz = 4096,
		.bufsz = 4096,
	};
	long rc;

	segment.buf = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (segment.buf == MAP_FAILED) {
		channel_no(errno, "mmap");
		return;
	}
	rc = syscall(SYS_kexec_load, 0x48000000UL, 1UL, &segment, flags);
	answer(rc, "kexec_load");
	munmap((void *)(uintptr_t)segment.buf, 4096);
}

/* Reads all that the child writes; what does not fit is read and dropped. */
static size_t read_output(int fd, char *out)
{
	char drop[4096];
	size_t used = 0;
	ssize_t n;

	for (;;) {
		bool full = used == OUTPUT_MAX;

		n = read(fd, full ? drop : out + used,
			 full ? sizeof(drop) : OUTPUT_MAX - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return used;
		if (!full)
			used += (size_t)n;
	}
}

static void child_shell(int out, const char *script)
{
	int null = open("/dev/null", O_RDONLY);

	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	setsid();
	execl("/bin/busybox", "sh", "-c", script, (char *)NULL);
	_exit(127);
}

/* sh SCRIPT: answers with the exit status, a newline, and what it printed. */
static void verb_sh(char **args)
{
	char *out = malloc(OUTPUT_MAX + 16);
	int pipes[2], status = 0, head;
	size_t used;
	pid_t pid;

	if (!out || pipe2(pipes, O_CLOEXEC) != 0) {
		channel_no(errno, "sh");
		free(out);
		return;
	}
	pid = fork();
	if (pid == 0)
		child_shell(pipes[1], args[1]);
	close(pipes[1]);
	used = read_output(pipes[0], out + 8);
	close(pipes[0]);
	waitpid(pid, &status, 0);
	head = snprintf(out, 8, "%06d",
			WIFEXITED(status) ? WEXITSTATUS(status) :
					    128 + WTERMSIG(status));
	out[head] = '\n';
	memmove(out + head + 1, out + 8, used);
	channel_ok(out, (size_t)head + 1 + used);
	free(out);
}

/*
 * addkey TYPE DESCRIPTION FILE KEYRING: for run-time revocations. KEYRING is
 * a number, as /proc/keys shows it in hex.
 */
static void verb_addkey(char **args)
{
	static char payload[65536];
	ssize_t size = 0;
	int fd = -1;

	if (given(args[3])) {
		fd = open(args[3], O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			size = read(fd, payload, sizeof(payload));
		if (fd < 0 || size < 0) {
			channel_no(errno, args[3]);
			return;
		}
		close(fd);
	}
	answer(syscall(SYS_add_key, args[1], args[2], payload, (size_t)size,
		       (int)strtoul(args[4], NULL, 0)),
	       "add_key");
}

static void leave(unsigned int command)
{
	sync();
	if (reboot((int)command) != 0)
		channel_no(errno, "reboot");
}

/* exec: into what is loaded. Answers only when the kernel would not go. */
static void verb_exec(char **args)
{
	(void)args;
	leave(LINUX_REBOOT_CMD_KEXEC);
}

static void verb_off(char **args)
{
	(void)args;
	leave(LINUX_REBOOT_CMD_POWER_OFF);
}

static void verb_restart(char **args)
{
	(void)args;
	leave(LINUX_REBOOT_CMD_RESTART);
}

/* panic: for kdump. */
static void verb_panic(char **args)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	(void)args;
	if (fd < 0 || write(fd, "c", 1) != 1)
		channel_no(errno, "/proc/sysrq-trigger");
}

static const struct verb {
	const char *name;
	int args;
	void (*run)(char **args);
} verbs[] = {
	{ "addkey", 4, verb_addkey }, { "exec", 0, verb_exec },
	{ "legacy", 1, verb_legacy }, { "load", 4, verb_load },
	{ "loads", 2, verb_loads },   { "off", 0, verb_off },
	{ "panic", 0, verb_panic },   { "restart", 0, verb_restart },
	{ "sh", 1, verb_sh },
};

void verb_run(char **args, int count)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, args[0]) != 0)
			continue;
		if (count - 1 != verbs[i].args)
			channel_no(EINVAL, "wrong number of arguments");
		else
			verbs[i].run(args);
		return;
	}
	channel_no(ENOSYS, args[0]);
}
