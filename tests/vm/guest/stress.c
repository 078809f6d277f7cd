// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs in the guest: what one load after the other does not show.
 *
 *   stress race GOOD BAD LOADS       threads that load and unload at once
 *   stress failnth FILE WANT GOOD FLAGS STEP
 *                                    the n-th allocation of a load fails, for
 *                                    every STEP-th n; after each the good file
 *                                    must load
 *   stress failunload GOOD FLAGS     the same for what drops a loaded image
 *   stress failsome GOOD BAD LOADS   allocations fail at random, as debugfs is
 *                                    set: also those of the kernel's helpers
 *   stress faillaunch N              the n-th allocation of the launch fails
 *   stress once GOOD OTHER DIR       a file that answers a second read with
 *                                    other bytes; a FUSE server made here
 *   stress write GOOD                the file is written to during the load
 *   stress load GOOD                 one load, for a shell's background
 *
 * Each prints one line of results and exits 0 only when nothing was taken
 * that should not be.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int load_fd(int fd, unsigned long flags)
{
	long rc = syscall(SYS_kexec_file_load, fd, -1, 0UL, NULL,
			  flags | KEXEC_FILE_NO_INITRAMFS);

	return rc < 0 ? errno : 0;
}

static int load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	error = load_fd(fd, 0);
	close(fd);
	return error;
}

static int unload_as(unsigned long flags)
{
	long rc = syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL,
			  flags | KEXEC_FILE_UNLOAD);

	return rc < 0 ? errno : 0;
}

static int unload(void)
{
	return unload_as(0);
}

/* --- race --------------------------------------------------------------- */

#define THREADS 4

static const char *race_good, *race_bad;
static long race_loads;
static atomic_long race_taken, race_busy, race_wrong, race_refused;

static void count_result(bool good, int error)
{
	if (error == EBUSY)
		atomic_fetch_add(&race_busy, 1);
	else if (error == 0 && good)
		atomic_fetch_add(&race_taken, 1);
	else if (error == EKEYREJECTED && !good)
		atomic_fetch_add(&race_refused, 1);
	else
		atomic_fetch_add(&race_wrong, 1);
}

static void *race_thread(void *arg)
{
	long self = (long)(intptr_t)arg;

	for (long i = 0; i < race_loads / THREADS; i++) {
		bool good = (i + self) % 3 != 0;

		count_result(good, load(good ? race_good : race_bad));
		if ((i + self) % 4 == 0)
			unload();
	}
	return NULL;
}

static int race(char **args)
{
	pthread_t threads[THREADS];

	race_good = args[0];
	race_bad = args[1];
	race_loads = strtol(args[2], NULL, 0);
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, race_thread,
				   (void *)(intptr_t)i) != 0)
			return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("taken %ld, refused %ld, busy %ld, wrong %ld\n", race_taken,
	       race_refused, race_busy, race_wrong);
	return race_wrong != 0 || race_taken == 0 || race_refused == 0;
}

/* --- failing allocations ------------------------------------------------ */

#define ALLOCATIONS_MAX 100000
#define ERRNO_MAX 256

static long answers[ERRNO_MAX];

static void count_answer(int error)
{
	answers[error > 0 && error < ERRNO_MAX ? error : 0]++;
}

static void print_answers(void)
{
	for (int i = 0; i < ERRNO_MAX; i++)
		if (answers[i])
			printf(", %s %ld", i ? strerrorname_np(i) : "ok",
			       answers[i]);
}

/*
 * By the kernel's own means, failslab, for this thread; or by what
 * failalloc.py put in the place of a system call, for all of them.
 */
#define BY_SYSCALL 1000000

static long fail_nth_syscall(unsigned int n)
{
	return syscall(SYS_sched_rr_get_interval, (unsigned long)n, NULL);
}

static int fail_nth_open(void)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);

	if (fd < 0 && fail_nth_syscall(0) == 0)
		return BY_SYSCALL;
	if (fd < 0)
		perror("fail-nth");
	return fd;
}

/* Makes the n-th allocation of the next calls fail. */
static bool fail_nth_set(int fd, int n)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%d", n);

	if (fd == BY_SYSCALL)
		return fail_nth_syscall((unsigned int)n) == 0;
	return pwrite(fd, text, (size_t)size, 0) == size;
}

/* Ends that, and says whether the failure was used up. */
static bool fail_nth_hit(int fd)
{
	char text[16] = "";

	if (fd == BY_SYSCALL)
		return fail_nth_syscall(0) == 0;
	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return false;
	fail_nth_set(fd, 0);
	return atoi(text) == 0;
}

/*
 * One call with a failing allocation. The flag says whether there was an n-th
 * one; the call's answer is the result.
 */
static int fail_one(int nth, int n, int file, unsigned long flags, bool *hit)
{
	int error;

	if (!fail_nth_set(nth, n)) {
		perror("fail-nth");
		exit(2);
	}
	error = file < 0 ? unload_as(flags) : load_fd(file, flags);
	*hit = fail_nth_hit(nth);
	return error;
}

/*
 * WANT is the file's own answer, "ok" or an errno. With a failed allocation
 * a good file may still be taken (not every allocation matters), a bad one
 * may never be; and whatever happened, the next load must be as any other.
 */
static int failnth(char **args)
{
	bool bad = strcmp(args[1], "ok") != 0, hit = true;
	int file = open(args[0], O_RDONLY | O_CLOEXEC);
	int good = open(args[2], O_RDONLY | O_CLOEXEC);
	unsigned long flags = strtoul(args[3], NULL, 0);
	int step = atoi(args[4]), nth = fail_nth_open();
	long wrong = 0, unusable = 0, tried = 0;
	int n, error = 0;

	if (file < 0 || good < 0 || nth < 0 || step < 1)
		return 2;
	for (n = 1; hit && n < ALLOCATIONS_MAX; n += step, tried += hit) {
		error = fail_one(nth, n, file, flags, &hit);
		if (bad && error == 0)
			wrong++;
		if (!hit)
			break;
		count_answer(error);
		if (load_fd(good, flags) != 0)
			unusable++;
		if (unload_as(flags) != 0)
			unusable++;
	}
	printf("%ld allocations failed of %d", tried, n - 1);
	print_answers();
	printf("; wrongly taken %ld, unusable after it %ld\n", wrong, unusable);
	if (strcmp(error ? strerrorname_np(error) : "ok", args[1]) != 0)
		return 3;
	return hit || tried == 0 || wrong != 0 || unusable != 0;
}

static int failunload(char **args)
{
	int good = open(args[0], O_RDONLY | O_CLOEXEC);
	unsigned long flags = strtoul(args[1], NULL, 0);
	int nth = fail_nth_open(), n;
	long unusable = 0;
	bool hit = true;

	if (good < 0 || nth < 0)
		return 2;
	for (n = 1; n < ALLOCATIONS_MAX; n++) {
		int error;

		if (load_fd(good, flags) != 0)
			unusable++;
		error = fail_one(nth, n, -1, flags, &hit);
		if (!hit)
			break;
		count_answer(error);
		if (error != 0)
			unload_as(flags);
	}
	printf("%d allocations failed", n - 1);
	print_answers();
	printf("; unusable after it %ld\n", unusable);
	return hit || unusable != 0;
}

/* Who fails is up to /sys/kernel/debug/failslab and its like. */
static int failsome(char **args)
{
	long loads = strtol(args[2], NULL, 0), wrong = 0, taken = 0;

	for (long i = 0; i < loads; i++) {
		bool good = i % 2 == 0;
		int error = load(args[good ? 0 : 1]);

		count_answer(error);
		if (error == 0 && !good)
			wrong++;
		if (error == 0 && good)
			taken++;
		unload();
	}
	printf("%ld loads", loads);
	print_answers();
	printf("; wrongly taken %ld\n", wrong);
	return wrong != 0 || taken == 0;
}

/* Comes back only where the kernel would not go. */
static int faillaunch(char **args)
{
	int nth = fail_nth_open();

	if (nth < 0 || !fail_nth_set(nth, atoi(args[0])))
		return 2;
	reboot(LINUX_REBOOT_CMD_KEXEC);
	perror("reboot");
	return 1;
}

/* --- once: a FUSE server of one file ------------------------------------ */

#define FUSE_FILE 2
#define FUSE_READ_MAX (128 * 1024)

struct served {
	uint8_t *first, *later;
	size_t size;
	uint8_t *reads; /* how often each byte was asked for */
	int fd;
};

static uint8_t *read_whole(const char *path, size_t *size_ret)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *p;

	if (fd < 0 || fstat(fd, &st) != 0)
		return NULL;
	p = malloc((size_t)st.st_size);
	for (size_t got = 0; p && got < (size_t)st.st_size;) {
		ssize_t n = read(fd, p + got, (size_t)st.st_size - got);

		if (n <= 0)
			return NULL;
		got += (size_t)n;
	}
	close(fd);
	*size_ret = (size_t)st.st_size;
	return p;
}

static void fuse_reply(int fd, uint64_t unique, int error, const void *data,
		       size_t size)
{
	static uint8_t buf[sizeof(struct fuse_out_header) + FUSE_READ_MAX];
	struct fuse_out_header head = {
		.len = (uint32_t)(sizeof(head) + size),
		.error = -error,
		.unique = unique,
	};

	memcpy(buf, &head, sizeof(head));
	memcpy(buf + sizeof(head), data ? data : "", size);
	if (write(fd, buf, head.len) < 0)
		perror("fuse reply");
}

static void fuse_attr(const struct served *s, uint64_t node,
		      struct fuse_attr *attr)
{
	attr->ino = node;
	attr->nlink = 1;
	attr->mode = node == FUSE_FILE ? S_IFREG | 0444 : S_IFDIR | 0555;
	attr->size = node == FUSE_FILE ? s->size : 0;
}

static void fuse_read(struct served *s, uint64_t unique,
		      const struct fuse_read_in *in)
{
	static uint8_t out[FUSE_READ_MAX];
	size_t n = in->size < FUSE_READ_MAX ? in->size : FUSE_READ_MAX;

	if (in->offset >= s->size)
		n = 0;
	else if (n > s->size - in->offset)
		n = s->size - in->offset;
	for (size_t i = 0; i < n; i++) {
		size_t at = in->offset + i;

		out[i] = s->reads[at] ? s->later[at] : s->first[at];
		if (s->reads[at] < 255)
			s->reads[at]++;
	}
	fuse_reply(s->fd, unique, 0, out, n);
}

static void fuse_request(struct served *s, const uint8_t *buf)
{
	const struct fuse_in_header *in = (const void *)buf;
	const void *body = buf + sizeof(*in);
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = FUSE_READ_MAX,
		.max_readahead = FUSE_READ_MAX,
	};
	struct fuse_entry_out entry = { .nodeid = FUSE_FILE };
	struct fuse_attr_out attr = { 0 };
	struct fuse_open_out opened = { .open_flags = FOPEN_DIRECT_IO };

	switch (in->opcode) {
	case FUSE_INIT:
		fuse_reply(s->fd, in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		fuse_attr(s, FUSE_FILE, &entry.attr);
		fuse_reply(s->fd, in->unique, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		fuse_attr(s, in->nodeid, &attr.attr);
		fuse_reply(s->fd, in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		fuse_reply(s->fd, in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		fuse_read(s, in->unique, body);
		break;
	case FUSE_FORGET:
		break;
	case FUSE_RELEASE:
	case FUSE_FLUSH:
		fuse_reply(s->fd, in->unique, 0, NULL, 0);
		break;
	default:
		fuse_reply(s->fd, in->unique, ENOSYS, NULL, 0);
	}
}

static void *fuse_serve(void *arg)
{
	static uint8_t buf[FUSE_MIN_READ_BUFFER + FUSE_READ_MAX];
	struct served *s = arg;

	while (read(s->fd, buf, sizeof(buf)) > 0)
		fuse_request(s, buf);
	return NULL;
}

static int once(char **args)
{
	char options[128], path[256];
	struct served s;
	size_t other_size, most = 0, least = 255;
	pthread_t server;
	int error;

	s.first = read_whole(args[0], &s.size);
	s.later = read_whole(args[1], &other_size);
	s.fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (!s.first || !s.later || other_size < s.size || s.fd < 0) {
		perror("once");
		return 2;
	}
	s.reads = calloc(1, s.size);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", s.fd);
	mkdir(args[2], 0755);
	/* The device can only be read once it belongs to a mount. */
	if (mount("once", args[2], "fuse", 0, options) != 0 ||
	    pthread_create(&server, NULL, fuse_serve, &s) != 0) {
		perror("mount");
		return 2;
	}
	snprintf(path, sizeof(path), "%s/file", args[2]);
	error = load(path);
	for (size_t i = 0; i < s.size; i++) {
		most = s.reads[i] > most ? s.reads[i] : most;
		least = s.reads[i] < least ? s.reads[i] : least;
	}
	printf("%s, every byte read %zu to %zu times\n",
	       error ? strerrorname_np(error) : "ok", least, most);
	umount2(args[2], MNT_DETACH);
	return error != 0 || most != 1 || least != 1;
}

/* --- write -------------------------------------------------------------- */

static atomic_bool write_stop;
static atomic_long write_done, write_denied;

static void *write_thread(void *arg)
{
	const char *path = arg;

	while (!write_stop) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		if (fd < 0) {
			atomic_fetch_add(&write_denied, 1);
			continue;
		}
		/* The same byte as is there: the file stays good. */
		if (pwrite(fd, "M", 1, 0) == 1)
			atomic_fetch_add(&write_done, 1);
		close(fd);
	}
	return NULL;
}

static int write_during(char **args)
{
	pthread_t writer;
	long taken = 0, busy = 0, wrong = 0;

	if (pthread_create(&writer, NULL, write_thread, args[0]) != 0)
		return 2;
	for (int i = 0; i < 50; i++) {
		int error = load(args[0]);

		if (error == 0)
			taken++;
		else if (error == ETXTBSY)
			busy++;
		else
			wrong++;
	}
	write_stop = true;
	pthread_join(writer, NULL);
	printf("taken %ld, refused as busy %ld, wrong %ld; writes %s\n", taken,
	       busy, wrong, write_denied ? "denied during a load" : "allowed");
	return wrong != 0;
}

/* --- load --------------------------------------------------------------- */

static int load_once(char **args)
{
	int error = load(args[0]);

	puts(error ? strerrorname_np(error) : "ok");
	return error != 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **args);
	} modes[] = {
		{ "race", 3, race },
		{ "failnth", 5, failnth },
		{ "failunload", 2, failunload },
		{ "failsome", 3, failsome },
		{ "faillaunch", 1, faillaunch },
		{ "once", 3, once },
		{ "write", 1, write_during },
		{ "load", 1, load_once },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (argc - 2 == modes[i].args &&
		    strcmp(argv[1], modes[i].name) == 0)
			return modes[i].run(argv + 2);
	fprintf(stderr, "usage: stress MODE ARGUMENTS; see stress.c\n");
	return 2;
}
