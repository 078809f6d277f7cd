/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A passphrase or PIN: where it comes from, and that it leaves no trace. It
 * comes from a file, an environment variable or a prompt, never from a command
 * line, which every user of the machine can read.
 */
#ifndef VKX_SECRET_H
#define VKX_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define VKX_SECRET_MAX 1024u

struct vkx_secret {
	char text[VKX_SECRET_MAX + 1]; /* terminated */
	size_t len; /* 0: no secret */
};

/*
 * Once at the start of a tool that handles secrets: no core dump, no tracing
 * by the same user.
 */
void vkx_secret_guard(void);

/*
 * The first line of a file, without its line end. -VKX_ERR_IO (errno set);
 * -VKX_ERR_FORMAT: empty, or a NUL inside; -VKX_ERR_LIMIT: longer than
 * VKX_SECRET_MAX.
 */
VKX_MUST_USE int vkx_secret_from_file(const char *path,
				      struct vkx_secret *secret_ret);
/* The value of a variable, which then is removed from the environment.
 * -VKX_ERR_NOTFOUND, -VKX_ERR_FORMAT: empty, -VKX_ERR_LIMIT. */
VKX_MUST_USE int vkx_secret_from_env(const char *name,
				     struct vkx_secret *secret_ret);
/*
 * Asks on the controlling terminal, without echo; with confirm asks twice.
 * -VKX_ERR_NOTFOUND: there is no terminal; -VKX_ERR_FORMAT: empty;
 * -VKX_ERR_MISMATCH: the two differ; -VKX_ERR_IO: interrupted.
 */
VKX_MUST_USE int vkx_secret_from_prompt(const char *prompt, bool confirm,
					struct vkx_secret *secret_ret);

void vkx_secret_wipe(struct vkx_secret *secret);

#endif
