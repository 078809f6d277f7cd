/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the running machine will contribute to the loaded kernel's device
 * tree: the list behind the digest `facts` of the hop record (kernel/core
 * carry.h), for people and for scripts.
 */
#ifndef VKX_FACTLIST_H
#define VKX_FACTLIST_H

#include <stdint.h>
#include <stdio.h>

#include "keys/bytes.h"

/*
 * Reads SYS/kernel/security/vkexec/facts; to be freed. -VKX_ERR_NOTFOUND: not
 * there, or no kernel is loaded; -VKX_ERR_IO with errno; -VKX_ERR_FORMAT: not
 * a list of this form; -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_factlist_read(const char *sys, struct vkx_bytes *list_ret);

/* One line per item; list must have been read by the above. */
void vkx_factlist_print(FILE *out, const struct vkx_bytes *list);
/* The same as a line of JSON: { "facts": SHA-256, "items": [...] }. */
void vkx_factlist_tell(FILE *out, const struct vkx_bytes *list);

#endif
