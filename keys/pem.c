/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/pem.h>
#include <mbedtls/platform_util.h>

int vkx_pem_next(const struct vkx_bytes *file, const char *label, size_t *pos,
		 struct vkx_bytes *der_ret)
{
	char begin[80], end[80];
	mbedtls_pem_context pem;
	size_t used = 0;
	int ret, err;

	snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
	snprintf(end, sizeof(end), "-----END %s-----", label);
	mbedtls_pem_init(&pem);
	/* A blob ends with a NUL, which mbedtls' search relies on. */
	ret = mbedtls_pem_read_buffer(&pem, begin, end, file->data + *pos, NULL,
				      0, &used);
	if (!ret) {
		err = vkx_bytes_copy(pem.buf, pem.buflen, der_ret);
		*pos += used;
	} else {
		/* For mbedtls a block that is cut off, or behind a NUL, is
		 * none: whoever counts on all of a bundle would miss it. */
		err = ret == MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT &&
				      !memmem(file->data + *pos,
					      file->len - *pos, begin,
					      strlen(begin)) ?
			      -VKX_ERR_NOTFOUND :
			      -VKX_ERR_FORMAT;
	}
	mbedtls_pem_free(&pem);
	return err;
}

int vkx_pem_read(const struct vkx_bytes *file, const char *label,
		 struct vkx_bytes *der_ret)
{
	size_t pos = 0;

	return vkx_pem_next(file, label, &pos, der_ret);
}

int vkx_pem_write(const char *label, const struct vkx_bytes *der,
		  struct vkx_bytes *pem_ret)
{
	char begin[80], end[80];
	size_t room = 256 + der->len * 2, used = 0;
	unsigned char *buf = malloc(room);
	int err = -VKX_ERR_NOMEM;

	if (!buf)
		return err;
	snprintf(begin, sizeof(begin), "-----BEGIN %s-----\n", label);
	snprintf(end, sizeof(end), "-----END %s-----\n", label);
	if (!mbedtls_pem_write_buffer(begin, end, der->data, der->len, buf,
				      room, &used) &&
	    used)
		err = vkx_bytes_copy(buf, used - 1, pem_ret);
	mbedtls_platform_zeroize(buf, room);
	free(buf);
	return err;
}
