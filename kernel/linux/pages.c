// SPDX-License-Identifier: GPL-2.0-only
#include "pages.h"

#include <asm/cacheflush.h>
#include <linux/errno.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/string.h>

struct walk {
	u64 start;
	u64 size;
	u64 seen; /* bytes of the range met so far */
	int (*visit)(void *arg, u64 offset, u8 *page);
	void *arg;
};

static int meet(struct walk *walk, u64 dest, u8 *page)
{
	if (dest < walk->start || dest - walk->start >= walk->size)
		return 0;
	walk->seen += PAGE_SIZE;
	return walk->visit(walk->arg, dest - walk->start, page);
}

static int walk_in_place(struct walk *walk)
{
	u64 at;
	int err = 0;

	for (at = 0; at < walk->size && !err; at += PAGE_SIZE)
		err = meet(walk, walk->start + at,
			   phys_to_virt(walk->start + at));
	return err;
}

/* kexec's list: linux/kexec.h, IND_*. */
static int walk_list(struct kimage *image, struct walk *walk)
{
	kimage_entry_t *at = &image->head, entry;
	u64 dest = 0;
	int err = 0;

	while ((entry = *at) && !(entry & IND_DONE) && !err) {
		void *page = phys_to_virt(entry & PAGE_MASK);

		at++;
		if (entry & IND_INDIRECTION) {
			at = page;
		} else if (entry & IND_DESTINATION) {
			dest = entry & PAGE_MASK;
		} else if (entry & IND_SOURCE) {
			err = meet(walk, dest, page);
			dest += PAGE_SIZE;
		}
	}
	return err;
}

int vkx_pages_walk(struct kimage *image, u64 start, u64 size,
		   int (*visit)(void *arg, u64 offset, u8 *page), void *arg)
{
	struct walk walk = { start, size, 0, visit, arg };
	int err;

	err = image->head & IND_DONE ? walk_in_place(&walk) :
				       walk_list(image, &walk);
	if (err)
		return err;
	return walk.seen == size ? 0 : -ENOENT;
}

static int write_page(void *arg, u64 offset, u8 *page)
{
	const u8 *data = arg;

	memcpy(page, data + offset, PAGE_SIZE);
	dcache_clean_inval_poc((unsigned long)page,
			       (unsigned long)page + PAGE_SIZE);
	return 0;
}

int vkx_pages_write(struct kimage *image, u64 start, const u8 *data, u64 size)
{
	return vkx_pages_walk(image, start, size, write_page, (void *)data);
}
