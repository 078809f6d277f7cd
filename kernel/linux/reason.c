// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "reason.h"

#include <asm/cacheflush.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/printk.h>
#include <linux/seq_file.h>

#include "stub_layout.h"

static u64 reason_address __ro_after_init;
static u64 reason_found __ro_after_init;

u64 vkx_reason_address(void)
{
	return reason_address;
}

static const char *reason_text(u32 code)
{
	switch (code) {
	case VKX_STUB_REASON_SELF:
		return "the stub's own page was changed";
	case VKX_STUB_REASON_LIST:
		return "the page list aimed at the stub";
	case VKX_STUB_REASON_REGION:
		return "the next kernel was changed after it was loaded";
	case VKX_STUB_REASON_FAULT:
		return "the stub's checks disagreed";
	default:
		return "unknown code";
	}
}

/*
 * Written by nobody we know: memory after a power cycle, or firmware. Anything
 * without our magic is no word of ours.
 */
static bool is_ours(u64 word)
{
	return upper_32_bits(word) == VKX_STUB_REASON_MAGIC;
}

static void report(u64 word)
{
	pr_warn("the last kexec ended in a reset: %s (code %llu, regions %#llx)\n",
		reason_text(word >> 24 & 0xff), word >> 24 & 0xff,
		word & 0xffff);
}

void vkx_reason_show(struct seq_file *m)
{
	if (!reason_address)
		return;
	if (!reason_found)
		seq_puts(m, "last-reset: none\n");
	else
		seq_printf(m, "last-reset: %s (code %llu, regions %#llx)\n",
			   reason_text(reason_found >> 24 & 0xff),
			   reason_found >> 24 & 0xff, reason_found & 0xffff);
}

static int __init find_node(struct resource *res)
{
	struct device_node *node;
	int err;

	node = of_find_compatible_node(NULL, NULL, "vkexec,reason");
	if (!node)
		return -ENODEV;
	err = of_address_to_resource(node, 0, res);
	of_node_put(node);
	return err;
}

static int __init reason_init(void)
{
	struct resource res;
	u64 *word;

	if (find_node(&res))
		return 0;
	if (resource_size(&res) < sizeof(*word) || (res.start & 7)) {
		pr_err("reason word is unaligned or too small\n");
		return 0;
	}
	word = memremap(res.start, sizeof(*word), MEMREMAP_WB);
	if (!word)
		return 0;
	if (is_ours(*word)) {
		reason_found = *word;
		report(reason_found);
	}
	*word = 0;
	/* The stub writes past the caches. */
	dcache_clean_inval_poc((unsigned long)word, (unsigned long)(word + 1));
	memunmap(word);
	reason_address = res.start;
	return 0;
}
late_initcall(reason_init);
