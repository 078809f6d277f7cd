/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must hold before we put a signature under a UKI: every rule of the
 * format that does not concern the signature itself, judged by kernel/core on
 * the very bytes that were written and hashed. A key must never vouch for what
 * its own kernel would refuse.
 */
#ifndef VKX_PRECHECK_H
#define VKX_PRECHECK_H

#include "signer/problem.h"
#include "uki.h"

/*
 * Judges the UKI of size bytes in fd, which nobody else can change. subject
 * names it in *problem. uki_ret may be NULL. -VKX_ERR_FORMAT with a fault,
 * -VKX_ERR_IO, -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_precheck_uki(int fd, uint64_t size, const char *subject,
				  struct vkx_uki *uki_ret,
				  struct vkx_problem *problem);

/* All len bytes at an offset. -VKX_ERR_IO (errno), -VKX_ERR_MISMATCH: the file
 * ends before. */
VKX_MUST_USE int vkx_read_at(int fd, void *buf, size_t len, uint64_t offset);

#endif
