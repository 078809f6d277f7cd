// SPDX-License-Identifier: GPL-2.0-only
#include <linux/vkexec.h>

void vkexec_cleanup(struct kimage *image)
{
}
