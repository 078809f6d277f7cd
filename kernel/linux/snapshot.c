// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

struct snapshot {
	size_t size;
	u8 bytes[];
};

int vkx_snapshot_take(struct file *file, const void *data, size_t size)
{
	struct snapshot *snapshot;

	snapshot = kvmalloc(struct_size(snapshot, bytes, size), GFP_KERNEL);
	if (!snapshot)
		return -ENOMEM;
	snapshot->size = size;
	if (size)
		memcpy(snapshot->bytes, data, size);
	file->private_data = snapshot;
	return 0;
}

ssize_t vkx_snapshot_read(struct file *file, char __user *buf, size_t count,
			  loff_t *pos)
{
	const struct snapshot *snapshot = file->private_data;

	return simple_read_from_buffer(buf, count, pos, snapshot->bytes,
				       snapshot->size);
}

int vkx_snapshot_release(struct inode *inode, struct file *file)
{
	kvfree(file->private_data);
	return 0;
}
