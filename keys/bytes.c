/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/platform_util.h>

#define STEP 4096

/* realloc() would leave a copy of the secret behind in freed memory. */
static int grow(struct vkx_bytes *blob, size_t *room, size_t need)
{
	uint8_t *bigger;
	size_t size = *room ? *room : STEP;

	while (size < need)
		size *= 2;
	if (size == *room)
		return 0;
	bigger = malloc(size);
	if (!bigger)
		return -VKX_ERR_NOMEM;
	if (blob->len)
		memcpy(bigger, blob->data, blob->len);
	if (blob->data) {
		mbedtls_platform_zeroize(blob->data, blob->len);
		free(blob->data);
	}
	blob->data = bigger;
	*room = size;
	return 0;
}

static int read_fd(int fd, size_t max, struct vkx_bytes *blob)
{
	size_t room = 0;
	ssize_t n;
	int err;

	for (;;) {
		err = grow(blob, &room, blob->len + STEP);
		if (err)
			return err;
		n = read(fd, blob->data + blob->len, STEP - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -VKX_ERR_IO;
		blob->len += (size_t)n;
		blob->data[blob->len] = '\0';
		if (n == 0)
			return 0;
		if (blob->len > max)
			return -VKX_ERR_LIMIT;
	}
}

int vkx_bytes_read(const char *path, size_t max, struct vkx_bytes *blob_ret)
{
	struct vkx_bytes blob = { 0 };
	int fd, err, saved;

	if (!strcmp(path, "-"))
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -VKX_ERR_IO;
	err = read_fd(fd, max, &blob);
	saved = errno;
	close(fd);
	if (err)
		vkx_bytes_free(&blob);
	else
		*blob_ret = blob;
	errno = saved;
	return err;
}

int vkx_bytes_copy(const void *data, size_t len, struct vkx_bytes *blob_ret)
{
	struct vkx_bytes blob = { 0 };
	int err = vkx_bytes_append(&blob, data, len);

	if (!err)
		*blob_ret = blob;
	return err;
}

int vkx_bytes_append(struct vkx_bytes *blob, const void *data, size_t len)
{
	struct vkx_bytes bigger;

	bigger.len = blob->len + len;
	bigger.data = malloc(bigger.len + 1);
	if (!bigger.data)
		return -VKX_ERR_NOMEM;
	if (blob->len)
		memcpy(bigger.data, blob->data, blob->len);
	if (len)
		memcpy(bigger.data + blob->len, data, len);
	bigger.data[bigger.len] = '\0';
	vkx_bytes_free(blob);
	*blob = bigger;
	return 0;
}

void vkx_bytes_free(struct vkx_bytes *blob)
{
	if (blob->data) {
		mbedtls_platform_zeroize(blob->data, blob->len);
		free(blob->data);
	}
	blob->data = NULL;
	blob->len = 0;
}
