/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/outfile.h"

static int release(struct vkx_outdir *dir)
{
	free(dir->path);
	free(dir->temp);
	dir->path = NULL;
	dir->temp = NULL;
	return -VKX_ERR_IO;
}

int vkx_outdir_open(struct vkx_outdir *dir, const char *path)
{
	struct stat st;
	size_t len = strlen(path);

	memset(dir, 0, sizeof(*dir));
	if (!lstat(path, &st)) {
		errno = EEXIST;
		return -VKX_ERR_IO;
	}
	while (len > 1 && path[len - 1] == '/')
		len--;
	dir->path = strndup(path, len);
	if (!dir->path || asprintf(&dir->temp, "%s.XXXXXX", dir->path) < 0) {
		dir->temp = NULL;
		return release(dir);
	}
	if (!mkdtemp(dir->temp))
		return release(dir);
	return 0;
}

int vkx_outdir_put(struct vkx_outdir *dir, const char *name, const void *data,
		   size_t len)
{
	char *path;
	int err;

	if (asprintf(&path, "%s/%s", dir->temp, name) < 0)
		return -VKX_ERR_NOMEM;
	err = vkx_outfile_put(path, VKX_OUTFILE_PUBLIC, data, len);
	free(path);
	return err;
}

/* Names in a directory survive a power cut only once it is synchronised. */
static void sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

static void sync_parent(const char *path)
{
	char *parent = strdup(path),
	     *slash = parent ? strrchr(parent, '/') : NULL;

	if (!slash)
		sync_dir(".");
	else if (slash == parent)
		sync_dir("/");
	else {
		*slash = 0;
		sync_dir(parent);
	}
	free(parent);
}

int vkx_outdir_commit(struct vkx_outdir *dir)
{
	mode_t mask = umask(0);

	umask(mask);
	if (chmod(dir->temp, 0777 & ~mask))
		return -VKX_ERR_IO;
	sync_dir(dir->temp);
	if (renameat2(AT_FDCWD, dir->temp, AT_FDCWD, dir->path,
		      RENAME_NOREPLACE) &&
	    (errno != EINVAL || rename(dir->temp, dir->path)))
		return -VKX_ERR_IO;
	sync_parent(dir->path);
	release(dir);
	return 0;
}

void vkx_outdir_abort(struct vkx_outdir *dir)
{
	int saved = errno;
	struct dirent *d;
	DIR *handle;

	handle = dir->temp ? opendir(dir->temp) : NULL;
	while (handle && (d = readdir(handle)))
		(void)unlinkat(dirfd(handle), d->d_name, 0);
	if (handle)
		closedir(handle);
	if (dir->temp)
		(void)rmdir(dir->temp);
	release(dir);
	errno = saved;
}
