/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event log that a device tree points at (linux,sml-base, linux,sml-size).
 * The numbers come from outside, and Linux's own TPM driver follows them
 * unseen, out of RAM and into a panic (CVE-2026-43240): a pointer that no log
 * can be behind is taken out of the tree before a driver looks there. It says
 * nothing of the bytes themselves.
 */
#ifndef VKX_SML_H
#define VKX_SML_H

#include "tpm_hash.h"

struct device_node;

/*
 * NULL, and where the log of a TPM's node lies (len 0: the tree has none); or
 * why what the tree had is lost. node may be NULL.
 */
const char *vkx_sml_find(const struct device_node *node,
			 struct vkx_span *found_ret);

#endif
