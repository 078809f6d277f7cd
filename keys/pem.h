/* SPDX-License-Identifier: BSD-2-Clause */
/* PEM (RFC 7468): blocks of base64 between two lines that name them. */
#ifndef VKX_PEM_H
#define VKX_PEM_H

#include "keys/bytes.h"

/*
 * The first block of this label ("CERTIFICATE"). -VKX_ERR_NOTFOUND: there is
 * none; -VKX_ERR_FORMAT: it is malformed, has no end or stands behind a NUL;
 * -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_pem_read(const struct vkx_bytes *file, const char *label,
			      struct vkx_bytes *der_ret);
/* The same, starting at *pos, which is moved past the block. */
VKX_MUST_USE int vkx_pem_next(const struct vkx_bytes *file, const char *label,
			      size_t *pos, struct vkx_bytes *der_ret);
VKX_MUST_USE int vkx_pem_write(const char *label, const struct vkx_bytes *der,
			       struct vkx_bytes *pem_ret);

#endif
