/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_TRIES 100
#define COPY_BYTES 65536

static void reset(struct vkx_outfile *out)
{
	memset(out, 0, sizeof(*out));
	out->fd = -1;
	out->dirfd = -1;
	out->passfd = -1;
}

static int write_at(int fd, const uint8_t *p, size_t len, off_t offset)
{
	while (len) {
		ssize_t n = pwrite(fd, p, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return -VKX_ERR_IO;
		}
		p += n;
		len -= (size_t)n;
		offset += n;
	}
	return 0;
}

static int write_stream(int fd, const uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return -VKX_ERR_IO;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A name beside the target that nobody can guess, hidden and telling. */
static int temp_name(struct vkx_outfile *out)
{
	uint8_t r[8];
	int n;

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return -VKX_ERR_IO;
	n = snprintf(out->temp, sizeof(out->temp),
		     ".vkexec-%02x%02x%02x%02x%02x%02x%02x%02x.tmp", r[0], r[1],
		     r[2], r[3], r[4], r[5], r[6], r[7]);
	return n > 0 && (size_t)n < sizeof(out->temp) ? 0 : -VKX_ERR_BUG;
}

/* Where the file system has no O_TMPFILE: O_EXCL neither follows a symbolic
 * link nor opens what somebody else has put there. */
static int open_named(struct vkx_outfile *out, mode_t mode)
{
	int tries, err;

	for (tries = 0; tries < TEMP_TRIES; tries++) {
		err = temp_name(out);
		if (err)
			return err;
		out->fd = openat(out->dirfd, out->temp,
				 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
					 O_CLOEXEC,
				 mode);
		if (out->fd >= 0)
			return 0;
		out->temp[0] = '\0';
		if (errno != EEXIST)
			return -VKX_ERR_IO;
	}
	return -VKX_ERR_IO;
}

/* By this name a file without one can get one; needs /proc. */
static void self_name(const struct vkx_outfile *out, char self[32])
{
	snprintf(self, 32, "/proc/self/fd/%d", out->fd);
}

static int open_unnamed(struct vkx_outfile *out, mode_t mode)
{
	char self[32];

	out->fd = openat(out->dirfd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, mode);
	if (out->fd < 0)
		return errno == EOPNOTSUPP || errno == EISDIR ||
				       errno == ENOENT ?
			       -VKX_ERR_UNSUPPORTED :
			       -VKX_ERR_IO;
	self_name(out, self);
	if (!access(self, F_OK))
		return 0;
	/* A chroot or a build jail: better to know now than on commit. */
	close(out->fd);
	out->fd = -1;
	return -VKX_ERR_UNSUPPORTED;
}

static int open_temp(struct vkx_outfile *out, mode_t mode)
{
	struct stat st, old;
	mode_t least = 0777;
	int err = open_unnamed(out, mode);

	if (err == -VKX_ERR_UNSUPPORTED)
		err = open_named(out, mode);
	if (err)
		return err;
	/* Whoever could not read the old file shall not read the new one. */
	if (!fstatat(out->dirfd, out->name, &old, AT_SYMLINK_NOFOLLOW) &&
	    S_ISREG(old.st_mode))
		least = old.st_mode & 0777;
	/* A umask of 0777 must not leave a file that nobody can read. */
	if (fstat(out->fd, &st) || fchmod(out->fd, (st.st_mode & least) | 0600))
		return -VKX_ERR_IO;
	return 0;
}

static int open_dir(struct vkx_outfile *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *dir;

	if (!*name || !strcmp(name, ".") || !strcmp(name, "..")) {
		errno = EISDIR;
		return -VKX_ERR_IO;
	}
	if (strlen(name) >= sizeof(out->name)) {
		errno = ENAMETOOLONG;
		return -VKX_ERR_IO;
	}
	memcpy(out->name, name, strlen(name) + 1);
	if (!slash)
		dir = strdup(".");
	else if (slash == path)
		dir = strdup("/");
	else
		dir = strndup(path, (size_t)(slash - path));
	if (!dir)
		return -VKX_ERR_NOMEM;
	out->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	return out->dirfd < 0 ? -VKX_ERR_IO : 0;
}

/* Everything is kept in an unnamed file and copied to fd on commit. */
static int open_pass(struct vkx_outfile *out, int fd)
{
	const char *dir = getenv("TMPDIR");

	out->passfd = fd;
	if (fd < 0)
		return -VKX_ERR_IO;
	out->fd = open(dir && *dir ? dir : "/tmp",
		       O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	return out->fd < 0 ? -VKX_ERR_IO : 0;
}

static int open_any(struct vkx_outfile *out, const char *path, mode_t mode)
{
	struct stat st;
	int err;

	if (!strcmp(path, "-"))
		return open_pass(out, fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
	if (stat(path, &st) == 0) {
		if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode))
			return open_pass(out, open(path, O_WRONLY | O_NOCTTY |
								 O_CLOEXEC));
		if (!S_ISREG(st.st_mode)) {
			errno = S_ISDIR(st.st_mode) ? EISDIR : EEXIST;
			return -VKX_ERR_IO;
		}
	}
	err = open_dir(out, path);
	return err ? err : open_temp(out, mode);
}

int vkx_outfile_open(struct vkx_outfile *out, const char *path, mode_t mode)
{
	int err;

	reset(out);
	err = open_any(out, path, mode);
	if (err)
		vkx_outfile_abort(out);
	return err;
}

int vkx_outfile_write(struct vkx_outfile *out, const void *buf, size_t len)
{
	int err = write_at(out->fd, buf, len, (off_t)out->pos);

	if (!err)
		out->pos += len;
	return err;
}

int vkx_outfile_pwrite(struct vkx_outfile *out, const void *buf, size_t len,
		       uint64_t offset)
{
	return write_at(out->fd, buf, len, (off_t)offset);
}

/* Gives the unnamed file a name beside the target, since a link cannot take
 * the place of a file that exists but a rename can. */
static int give_name(struct vkx_outfile *out)
{
	char self[32];
	int tries, err;

	if (out->temp[0])
		return 0;
	self_name(out, self);
	for (tries = 0; tries < TEMP_TRIES; tries++) {
		err = temp_name(out);
		if (err)
			return err;
		if (!linkat(AT_FDCWD, self, out->dirfd, out->temp,
			    AT_SYMLINK_FOLLOW))
			return 0;
		out->temp[0] = '\0';
		if (errno != EEXIST)
			return -VKX_ERR_IO;
	}
	return -VKX_ERR_IO;
}

static int replace(struct vkx_outfile *out)
{
	int err = give_name(out);

	if (err)
		return err;
	if (renameat(out->dirfd, out->temp, out->dirfd, out->name))
		return -VKX_ERR_IO;
	out->temp[0] = '\0';
	return 0;
}

/* A link never takes the place of a file. Not every file system has links; a
 * rename that respects what is there is known to the others. */
static int place_new(struct vkx_outfile *out)
{
	char self[32];

	self_name(out, self);
	if (!out->temp[0])
		return linkat(AT_FDCWD, self, out->dirfd, out->name,
			      AT_SYMLINK_FOLLOW) ?
			       -VKX_ERR_IO :
			       0;
	if (!renameat2(out->dirfd, out->temp, out->dirfd, out->name,
		       RENAME_NOREPLACE)) {
		out->temp[0] = '\0';
		return 0;
	}
	if (errno != EINVAL)
		return -VKX_ERR_IO;
	/* Abort removes the other name. */
	return linkat(out->dirfd, out->temp, out->dirfd, out->name, 0) ?
		       -VKX_ERR_IO :
		       0;
}

static int commit_file(struct vkx_outfile *out,
		       int (*place)(struct vkx_outfile *out))
{
	int err;

	if (fsync(out->fd))
		return -VKX_ERR_IO;
	err = place(out);
	if (err)
		return err;
	return fsync(out->dirfd) ? -VKX_ERR_IO : 0;
}

static int commit_pass(struct vkx_outfile *out)
{
	uint8_t buf[COPY_BYTES];
	off_t pos = 0;
	ssize_t n;

	for (;;) {
		n = pread(out->fd, buf, sizeof(buf), pos);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -VKX_ERR_IO : 0;
		if (write_stream(out->passfd, buf, (size_t)n))
			return -VKX_ERR_IO;
		pos += n;
	}
}

int vkx_outfile_prepare(struct vkx_outfile *out)
{
	if (out->passfd >= 0)
		return 0;
	return fsync(out->fd) ? -VKX_ERR_IO : give_name(out);
}

int vkx_outfile_commit(struct vkx_outfile *out)
{
	int err =
		out->passfd >= 0 ? commit_pass(out) : commit_file(out, replace);

	vkx_outfile_abort(out);
	return err;
}

int vkx_outfile_commit_new(struct vkx_outfile *out)
{
	int err = out->passfd >= 0 ? commit_pass(out) :
				     commit_file(out, place_new);

	vkx_outfile_abort(out);
	return err;
}

int vkx_outfile_keep(struct vkx_outfile *out)
{
	struct stat old, st;
	mode_t mode;

	if (out->dirfd < 0 ||
	    fstatat(out->dirfd, out->name, &old, AT_SYMLINK_NOFOLLOW))
		return out->dirfd < 0 || errno == ENOENT ? 0 : -VKX_ERR_IO;
	if (!S_ISREG(old.st_mode))
		return 0;
	mode = old.st_mode & 0777;
	/* Only root may give files away; to a group of ours, everybody. */
	if (fchown(out->fd, old.st_uid, old.st_gid))
		(void)!fchown(out->fd, (uid_t)-1, old.st_gid);
	if (fstat(out->fd, &st))
		return -VKX_ERR_IO;
	/* What the old group might do is not for another one. */
	if (st.st_gid != old.st_gid)
		mode &= 0707 | (mode & 7) << 3;
	return fchmod(out->fd, mode) ? -VKX_ERR_IO : 0;
}

int vkx_outfile_lock(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096];
	int fd;

	if (slash && slash - path + 1 >= (ptrdiff_t)sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path + 1) : 1,
		 slash ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)flock(fd, LOCK_EX);
	return fd;
}

void vkx_outfile_abort(struct vkx_outfile *out)
{
	int saved = errno;

	if (out->temp[0])
		unlinkat(out->dirfd, out->temp, 0);
	if (out->fd >= 0)
		close(out->fd);
	if (out->passfd >= 0)
		close(out->passfd);
	if (out->dirfd >= 0)
		close(out->dirfd);
	reset(out);
	errno = saved;
}

static int put(const char *path, mode_t mode, bool keep, const void *buf,
	       size_t len)
{
	struct vkx_outfile out;
	int err = vkx_outfile_open(&out, path, mode);

	if (!err && keep)
		err = vkx_outfile_keep(&out);
	if (!err)
		err = vkx_outfile_write(&out, buf, len);
	if (!err)
		return vkx_outfile_commit(&out);
	vkx_outfile_abort(&out);
	return err;
}

int vkx_outfile_put(const char *path, mode_t mode, const void *buf, size_t len)
{
	return put(path, mode, false, buf, len);
}

int vkx_outfile_update(const char *path, const void *buf, size_t len)
{
	return put(path, VKX_OUTFILE_PUBLIC, true, buf, len);
}
