/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * securityfs vkexec/: status, a text of "key: value" lines that keeps its keys
 * for good, and facts, what the loaded image takes over from this machine.
 */
#ifndef VKX_STATUS_H
#define VKX_STATUS_H

struct vkexec_state;

/* An image is loaded, and is no more. Freed states are unknown here. */
void vkx_status_loaded(struct vkexec_state *state);
void vkx_status_dropped(struct vkexec_state *state);

#endif
