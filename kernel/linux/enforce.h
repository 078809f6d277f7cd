/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether anything but a signed UKI may be loaded: the kernel's lockdown, the
 * build, and the switch vkexec.enforce, which only ever goes on.
 */
#ifndef VKX_ENFORCE_H
#define VKX_ENFORCE_H

#include "policy.h"

/* Configuration and state as they are now. */
void vkx_enforce_policy(struct vkx_policy *policy_ret);
bool vkx_enforcing(void);

#endif
