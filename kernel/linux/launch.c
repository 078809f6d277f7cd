// SPDX-License-Identifier: GPL-2.0-only
#include <linux/vkexec.h>

int vkexec_post_load(struct kimage *image)
{
	return 0;
}

void vkexec_pre_jump(struct kimage *image)
{
}
