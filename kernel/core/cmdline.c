/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "uki.h"

/*
 * A byte outside printable ASCII could end the line early (NUL), hide an
 * argument from who reads the log (control bytes) or mean something else in
 * another encoding.
 */
int vkx_cmdline_check(const uint8_t *text, size_t len, uint64_t base,
		      struct vkx_fault *fault_ret)
{
	size_t i;

	if (len >= VKX_MAX_CMDLINE)
		return vkx_fault(fault_ret, VKX_RULE_UKI_CMDLINE_LENGTH,
				 base + VKX_MAX_CMDLINE - 1);
	for (i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return vkx_fault(fault_ret, VKX_RULE_UKI_CMDLINE_TEXT,
					 base + i);
	return 0;
}
