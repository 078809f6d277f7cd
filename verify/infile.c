/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int vkx_infile_fd(struct vkx_infile *in_ret, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -VKX_ERR_IO;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : ESPIPE;
		return -VKX_ERR_IO;
	}
	in_ret->fd = fd;
	in_ret->mem = NULL;
	in_ret->size = (uint64_t)st.st_size;
	return 0;
}

int vkx_infile_open(struct vkx_infile *in_ret, const char *path)
{
	/* A FIFO must not make us wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int err, saved;

	if (fd < 0)
		return -VKX_ERR_IO;
	err = vkx_infile_fd(in_ret, fd);
	if (!err)
		return 0;
	saved = errno;
	close(fd);
	errno = saved;
	return err;
}

void vkx_infile_memory(struct vkx_infile *in_ret, const void *p, size_t len)
{
	in_ret->fd = -1;
	in_ret->mem = p;
	in_ret->size = len;
}

void vkx_infile_close(struct vkx_infile *in)
{
	if (in->fd >= 0)
		close(in->fd);
	in->fd = -1;
	in->mem = NULL;
	in->size = 0;
}

int vkx_infile_read(const struct vkx_infile *in, uint64_t offset, void *buf,
		    size_t len)
{
	uint8_t *p = buf;
	ssize_t n;

	if (offset > in->size || len > in->size - offset)
		return -VKX_ERR_ARG;
	if (in->fd < 0) {
		if (len)
			memcpy(buf, in->mem + offset, len);
		return 0;
	}
	while (len) {
		n = pread(in->fd, p, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -VKX_ERR_IO;
		if (n == 0) {
			errno = ESTALE;
			return -VKX_ERR_IO;
		}
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}
