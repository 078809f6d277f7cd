/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SBAT (shim's SBAT.md): the generations a UKI declares, and the level below
 * which a component counts as revoked. Reads CSV in place: strings point into
 * the caller's buffer and are not terminated.
 */
#ifndef VKX_SBAT_H
#define VKX_SBAT_H

#include "limit.h"
#include "verdict.h"

struct vkx_sbat_entry {
	const uint8_t *name;
	size_t name_len;
	uint32_t generation;
	uint32_t offset; /* of the line in the blob */
};

struct vkx_sbat {
	size_t count;
	struct vkx_sbat_entry entries[VKX_MAX_SBAT_ENTRIES];
};

/*
 * A .sbat section: every line "component,generation,vendor,package,version,
 * url", the first of component "sbat"; generation a positive decimal number
 * without leading zero or sign; printable ASCII; LF or CRLF line ends, the last one may be
 * missing; no component twice. NULs at the very end are padding, anywhere else
 * they are refused. The four descriptive columns may be empty,
 * must be there, and none may follow. base is added to fault offsets. On error
 * sbat_ret->count is 0.
 */
VKX_MUST_USE int vkx_sbat_parse(const uint8_t *text, size_t len, uint64_t base,
				struct vkx_sbat *sbat_ret,
				struct vkx_fault *fault_ret);

/*
 * A level as shim keeps it in SbatLevel: first line "sbat,1,YYYYMMDDNN", then
 * "component,generation" lines. date_ret gets the ten digits as a number.
 */
VKX_MUST_USE int vkx_sbat_level_parse(const uint8_t *text, size_t len,
				      struct vkx_sbat *level_ret,
				      uint64_t *date_ret,
				      struct vkx_fault *fault_ret);

/*
 * SBAT_LEVEL with the offset (base + line) of the first component of the UKI
 * whose generation is below the level's. Components the level does not name
 * are not constrained.
 */
VKX_MUST_USE int vkx_sbat_check(const struct vkx_sbat *sbat,
				const struct vkx_sbat *level, uint64_t base,
				struct vkx_fault *fault_ret);

#endif
