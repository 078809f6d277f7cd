/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Did the call work? Every function of kernel/core that can fail returns 0 or
 * one of these, negated. Sorted by who is to blame. Whether something may boot
 * is a different question with a different type: see verdict.h.
 */
#ifndef VKX_ERR_H
#define VKX_ERR_H

enum vkx_err {
	VKX_ERR_ARG =
		1, /* caller: an argument breaks the prototype's contract */
	VKX_ERR_SPACE = 2, /* caller: the buffer given is too small */
	VKX_ERR_FORMAT =
		3, /* input: malformed; a struct vkx_fault says where */
	VKX_ERR_LIMIT =
		4, /* input: well-formed, but beyond a VKX_MAX_* limit */
	VKX_ERR_NOTFOUND = 5, /* input: what was asked for is not there */
	VKX_ERR_UNSUPPORTED = 6, /* input: valid, but not in our subset */
	VKX_ERR_MISMATCH = 7, /* input: two things that must agree do not */
	VKX_ERR_IO = 8, /* surroundings: reading, writing or a device failed */
	VKX_ERR_NOMEM = 9, /* surroundings: out of memory (callers of core) */
	VKX_ERR_CRYPTO = 10, /* surroundings: a cryptographic engine failed */
	VKX_ERR_BUG = 11, /* us: an invariant does not hold */
};

#define VKX_MUST_USE __attribute__((warn_unused_result))

#endif
