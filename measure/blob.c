/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* First guess at the size: what fstat says, or one page for securityfs. */
static size_t first_room(int fd, size_t max)
{
	struct stat st;

	if (fstat(fd, &st) || st.st_size <= 0)
		return 4096;
	return (size_t)st.st_size < max ? (size_t)st.st_size + 1 : max + 1;
}

static int read_all(int fd, size_t max, struct vkx_blob *b)
{
	size_t room = first_room(fd, max);
	uint8_t *grown;
	ssize_t n;

	for (;;) {
		grown = realloc(b->data, room + 1);
		if (!grown)
			return -VKX_ERR_NOMEM;
		b->data = grown;
		while (b->size < room) {
			n = read(fd, b->data + b->size, room - b->size);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return -VKX_ERR_IO;
			if (n == 0) {
				b->data[b->size] = 0;
				return 0;
			}
			b->size += (size_t)n;
			if (b->size > max)
				return -VKX_ERR_LIMIT;
		}
		room *= 2;
	}
}

int vkx_blob_read(int dirfd, const char *path, size_t max,
		  struct vkx_blob *blob_ret)
{
	struct vkx_blob b = { NULL, 0 };
	int fd, err, saved;

	if (dirfd == AT_FDCWD && !strcmp(path, "-"))
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	else
		fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -VKX_ERR_IO;
	err = read_all(fd, max, &b);
	saved = errno;
	close(fd);
	errno = saved;
	if (err) {
		free(b.data);
		return err;
	}
	*blob_ret = b;
	return 0;
}

int vkx_blob_copy(const void *data, size_t size, struct vkx_blob *blob_ret)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return -VKX_ERR_NOMEM;
	memcpy(copy, data, size);
	copy[size] = 0;
	blob_ret->data = copy;
	blob_ret->size = size;
	return 0;
}

void vkx_blob_free(struct vkx_blob *blob)
{
	free(blob->data);
	blob->data = NULL;
	blob->size = 0;
}

const char *vkx_blob_why(int err)
{
	switch (err) {
	case -VKX_ERR_IO:
		return strerror(errno);
	case -VKX_ERR_LIMIT:
		return "larger than any such file can be";
	case -VKX_ERR_NOMEM:
		return "out of memory";
	}
	return "unexpected error";
}
