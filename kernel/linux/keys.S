/* SPDX-License-Identifier: GPL-2.0-only */
/* The trusted certificates and the SBAT level that the build was given. */
#include <linux/linkage.h>

	.section .rodata, "a"
	.balign 8
SYM_DATA_START(vkx_keys_start)
	.incbin "arch/arm64/vkexec/keys.der"
SYM_DATA_END_LABEL(vkx_keys_start, SYM_L_GLOBAL, vkx_keys_end)

	.balign 8
SYM_DATA_START(vkx_sbat_level_start)
	.incbin "arch/arm64/vkexec/sbat-level.txt"
SYM_DATA_END_LABEL(vkx_sbat_level_start, SYM_L_GLOBAL, vkx_sbat_level_end)
