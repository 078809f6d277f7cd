// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kexec.h>
#include <linux/vkexec.h>

static int uki_probe(const char *buf, unsigned long len)
{
	return -ENOEXEC;
}

const struct kexec_file_ops vkexec_uki_ops = {
	.probe = uki_probe,
};
