/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the running kernel says of itself: securityfs vkexec/status, lines of
 * "key: value". Bounded, and any line of another form is an error, not
 * skipped: half a status would be a wrong one.
 */
#ifndef VKX_RUNNING_H
#define VKX_RUNNING_H

#include <stdint.h>
#include <stdio.h>

#include "err.h"

#define VKX_RUNNING_LINES 96

struct vkx_running {
	char text[16384];
	size_t count;
	struct {
		const char *key;
		const char *value;
	} lines[VKX_RUNNING_LINES];
};

/*
 * Reads SYS/kernel/security/vkexec/status. -VKX_ERR_NOTFOUND: not there (no
 * CONFIG_VKEXEC, or securityfs is not mounted); -VKX_ERR_IO with errno;
 * -VKX_ERR_FORMAT: not of this form.
 */
VKX_MUST_USE int vkx_running_read(const char *sys,
				  struct vkx_running *running_ret);
/* The value, or NULL. */
const char *vkx_running_get(const struct vkx_running *running, const char *key);
/* Refusals since boot; 0 where the status does not say. */
uint64_t vkx_running_refusals(const struct vkx_running *running);

/* The lines, escaped. */
void vkx_running_print(FILE *out, const struct vkx_running *running);
/* A line of JSON: yes and no as booleans, decimal numbers as numbers. */
void vkx_running_tell(FILE *out, const struct vkx_running *running);

/*
 * Is a kernel loaded (SYS/kernel/kexec_loaded, kexec_crash_loaded)? 1, 0, or
 * -1 where the kernel does not say.
 */
int vkx_running_loaded(const char *sys, int crash);

#endif
