// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "inject.h"

#include <asm/cacheflush.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/security.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "pages.h"

struct flip {
	bool wanted;
	unsigned int segment;
	unsigned long offset;
	unsigned int bit;
};

static struct flip source, stub;
static atomic_t tpm_countdown = ATOMIC_INIT(0);
static atomic_t drop_countdown = ATOMIC_INIT(0);
static atomic_t late = ATOMIC_INIT(0);
static DECLARE_COMPLETION(late_goes);
static DECLARE_COMPLETION(late_done);
/* The unload that waits, if there is one. */
static struct task_struct *late_task;

static void flip_bit(u8 *byte, unsigned int bit)
{
	*byte ^= 1u << (bit & 7);
	dcache_clean_inval_poc((unsigned long)byte, (unsigned long)byte + 1);
}

static int flip_page(void *arg, u64 offset, u8 *page)
{
	const struct flip *flip = arg;

	if (flip->offset - offset < PAGE_SIZE)
		flip_bit(page + (flip->offset - offset), flip->bit);
	return 0;
}

static int flip_segment(struct kimage *image, const struct flip *flip)
{
	const struct kexec_segment *segment;

	if (!image || flip->segment >= image->nr_segments)
		return -ENOENT;
	segment = &image->segment[flip->segment];
	if (flip->offset >= segment->memsz)
		return -ERANGE;
	return vkx_pages_walk(image, segment->mem, segment->memsz, flip_page,
			      (void *)flip);
}

void vkx_inject_at_launch(struct kimage *image)
{
	u8 *page = page_address(image->control_code_page);

	if (source.wanted)
		pr_warn("inject: segment %u: %d\n", source.segment,
			flip_segment(image, &source));
	if (stub.wanted && stub.offset < PAGE_SIZE)
		flip_bit(page + stub.offset, stub.bit);
	if (READ_ONCE(late_task)) {
		complete(&late_goes);
		wait_for_completion(&late_done);
	}
}

void vkx_inject_before_unload(void)
{
	if (atomic_dec_if_positive(&late) < 0)
		return;
	WRITE_ONCE(late_task, current);
	pr_warn("inject: an unload waits\n");
	wait_for_completion(&late_goes);
}

void vkx_inject_after_unload(void)
{
	if (READ_ONCE(late_task) == current)
		complete(&late_done);
}

static bool counted_down(atomic_t *countdown)
{
	return atomic_read(countdown) > 0 && atomic_dec_and_test(countdown);
}

bool vkx_inject_tpm(void)
{
	return counted_down(&tpm_countdown);
}

bool vkx_inject_drop(void)
{
	return counted_down(&drop_countdown);
}

static int command(const char *text)
{
	struct flip flip = { .wanted = true };
	int n;

	if (sscanf(text, "tpm %i", &n) == 1) {
		atomic_set(&tpm_countdown, n);
		return 0;
	}
	if (sscanf(text, "drop %i", &n) == 1) {
		atomic_set(&drop_countdown, n);
		return 0;
	}
	if (sysfs_streq(text, "late")) {
		atomic_set(&late, 1);
		return 0;
	}
	if (sscanf(text, "stub %li %i", &flip.offset, &flip.bit) == 2) {
		stub = flip;
		return 0;
	}
	if (sscanf(text, "source %i %li %i", &flip.segment, &flip.offset,
		   &flip.bit) == 3) {
		source = flip;
		return 0;
	}
#ifdef CONFIG_CRASH_DUMP
	if (sscanf(text, "crash %i %li %i", &flip.segment, &flip.offset,
		   &flip.bit) == 3)
		return flip_segment(kexec_crash_image, &flip);
#endif
	return -EINVAL;
}

static ssize_t inject_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *pos)
{
	char text[64];
	int err;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	text[count] = '\0';
	err = command(text);
	return err ? err : count;
}

static const struct file_operations inject_fops = {
	.write = inject_write,
	.llseek = noop_llseek,
};

struct dentry *vkx_inject_file(struct dentry *dir)
{
	pr_warn("fault injection is built in: this kernel protects nothing\n");
	return securityfs_create_file("inject", 0200, dir, NULL, &inject_fops);
}
