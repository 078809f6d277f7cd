// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs in the guest: what one load after the other does not show.
 *
 *   stress race GOOD BAD LOADS       threads that load and unload at once
 *   stress failnth FILE WANT         the n-th allocation fails, for every n
 *   stress once GOOD OTHER DIR       a file that answers a second read with
 *                                    other bytes; a FUSE server made here
 *   stress write GOOD                the file is written to during the load
 *
 * Each prints one line of results and exits 0 only when nothing was taken
 * that should not be.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/kexec.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long rc;

	if (fd < 0)
		return errno;
	rc = syscall(SYS_kexec_file_load, fd, -1, 0UL, NULL,
		     (unsigned long)KEXEC_FILE_NO_INITRAMFS);
	close(fd);
	return rc < 0 ? errno : 0;
}

static int unload(void)
{
	long rc = syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL,
			  (unsigned long)KEXEC_FILE_UNLOAD);

	return rc < 0 ? errno : 0;
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

/* --- failnth ------------------------------------------------------------ */

/* Makes the n-th allocation of this thread's next calls fail. */
static bool fail_nth_set(int fd, int n)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%d", n);

	return pwrite(fd, text, (size_t)size, 0) == size;
}

/* Whether the failure was used up. */
static bool fail_nth_hit(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return false;
	return atoi(text) == 0;
}

/*
 * WANT is the file's own answer, "ok" or an errno. With a failed allocation
 * a good file may still be taken (not every allocation matters), a bad one
 * may never be.
 */
static int failnth(char **args)
{
	bool good = strcmp(args[1], "ok") == 0;
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	long taken = 0, failed = 0;
	int n;

	if (fd < 0) {
		perror("fail-nth");
		return 2;
	}
	for (n = 1; n < 100000; n++) {
		int error, hit;

		if (!fail_nth_set(fd, n))
			return 2;
		error = load(args[0]);
		hit = fail_nth_hit(fd);
		fail_nth_set(fd, 0);
		if (error == 0)
			taken++;
		else
			failed++;
		if (error == 0)
			unload();
		if (!hit)
			break;
	}
	printf("%d allocations, taken %ld, failed %ld\n", n - 1, taken, failed);
	return n >= 100000 || (!good && taken != 0) || (good && taken == 0);
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

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **args);
	} modes[] = {
		{ "race", 3, race },
		{ "failnth", 2, failnth },
		{ "once", 3, once },
		{ "write", 1, write_during },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (argc - 2 == modes[i].args &&
		    strcmp(argv[1], modes[i].name) == 0)
			return modes[i].run(argv + 2);
	fprintf(stderr, "usage: stress race|failnth|once|write ...\n");
	return 2;
}
