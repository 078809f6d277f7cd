/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The .sbat section of a UKI that we build: one header line, the operator's
 * components or the default one, then those that the stub brought along.
 */
#ifndef VKX_SBAT_TEXT_H
#define VKX_SBAT_TEXT_H

#include "keys/bytes.h"
#include "verdict.h"

/*
 * own: the operator's CSV, or empty for the default; stub: the stub's .sbat, or
 * empty, and NULs behind it are the section's padding. Either may have a "sbat," line of its own, which is dropped. A line
 * that stands in both is written once. -VKX_ERR_FORMAT with a fault (offset in
 * the result): not well-formed SBAT, a NUL, or one component with two different
 * lines. -VKX_ERR_NOMEM, -VKX_ERR_LIMIT.
 */
VKX_MUST_USE int vkx_sbat_text(const struct vkx_bytes *own,
			       const struct vkx_bytes *stub,
			       struct vkx_bytes *text_ret,
			       struct vkx_fault *fault_ret);

#endif
