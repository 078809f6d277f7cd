/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a securityfs file of ours held when it was opened. Whoever reads it
 * sees that, however many reads it takes, and no lock is held while user
 * memory is written: a reader that sleeps there must not stop a launch.
 */
#ifndef VKX_SNAPSHOT_H
#define VKX_SNAPSHOT_H

#include <linux/types.h>

struct file;
struct inode;

/* For .open, under the lock of what data is in. 0 or -ENOMEM. */
int vkx_snapshot_take(struct file *file, const void *data, size_t size);

/* .read and .release. */
ssize_t vkx_snapshot_read(struct file *file, char __user *buf, size_t count,
			  loff_t *pos);
int vkx_snapshot_release(struct inode *inode, struct file *file);

#endif
