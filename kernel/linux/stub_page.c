// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "stub_page.h"

#include <asm/cacheflush.h>
#include <asm/cpufeature.h>
#include <asm/memory.h>
#include <asm/pgtable-hwdef.h>
#include <asm/pgtable.h>
#include <linux/arm-smccc.h>
#include <linux/errno.h>
#include <linux/kexec.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "reason.h"
#include "sha256.h"
#include "state.h"
#include "stub_block.h"

extern const u8 vkexec_stub_start[], vkexec_stub_end[];

static void sha256_generic(void *arg, const u8 *data, size_t len,
			   u8 digest_ret[32])
{
	vkx_sha256(data, len, digest_ret);
}

static const struct vkx_stub_hash hash = { .sha256 = sha256_generic };

/* How firmware is asked for a reset: PSCI before 1.0 does not say. */
static u32 conduit(void)
{
	struct device_node *psci;
	const char *method;
	u32 found = VKX_STUB_CONDUIT_NONE;

	switch (arm_smccc_1_1_get_conduit()) {
	case SMCCC_CONDUIT_SMC:
		return VKX_STUB_CONDUIT_SMC;
	case SMCCC_CONDUIT_HVC:
		return VKX_STUB_CONDUIT_HVC;
	case SMCCC_CONDUIT_NONE:
		break;
	}
	psci = of_find_node_by_path("/psci");
	if (psci && !of_property_read_string(psci, "method", &method)) {
		if (!strcmp(method, "smc"))
			found = VKX_STUB_CONDUIT_SMC;
		else if (!strcmp(method, "hvc"))
			found = VKX_STUB_CONDUIT_HVC;
	}
	of_node_put(psci);
	return found;
}

/* As the stock stub's macro offset_ttbr1 does. */
static u64 ttbr1_value(phys_addr_t table)
{
	u64 ttbr = phys_to_ttbr(table);

#ifdef CONFIG_ARM64_VA_BITS_52
#ifndef CONFIG_ARM64_LPA2
	if (vabits_actual != VA_BITS)
		ttbr |= TTBR1_BADDR_4852_OFFSET;
#endif
#endif
	return ttbr;
}

static void fill(const struct kimage *image, u8 *page,
		 struct vkx_stub_params *params)
{
	*params = (struct vkx_stub_params){
		.head = image->head,
		.start = image->start,
		.dtb = image->arch.dtb_mem,
		.ttbr1 = ttbr1_value(image->arch.ttbr1),
		.ttbr1_zero = phys_to_ttbr(image->arch.zero_page),
		.phys_offset = page_to_phys(image->control_code_page) -
			       (u64)__tag_reset(page),
		.page_size = PAGE_SIZE,
		.el2_vectors = image->arch.el2_vectors,
		.reason = vkx_reason_address(),
		.conduit = conduit(),
		.ce = cpu_have_named_feature(SHA2),
		.sme = system_supports_sme(),
	};
}

static void clean(u8 *page)
{
	dcache_clean_inval_poc((unsigned long)page,
			       (unsigned long)page + VKX_STUB_PAGE);
	icache_inval_pou((unsigned long)page,
			 (unsigned long)page + VKX_STUB_PAGE);
}

static u8 *control_page(const struct kimage *image)
{
	return page_address(image->control_code_page);
}

static int check_regions(const struct kimage *image,
			 const struct vkexec_state *state)
{
	struct vkx_stub_range keep = { page_to_phys(image->control_code_page),
				       PAGE_SIZE };
	struct vkx_stub_limits limits = {
		.page_size = PAGE_SIZE,
		.ram = { 0, memblock_end_of_DRAM() },
		.keep = &keep,
		.nkeep = 1,
	};
	size_t index;
	int err;

	err = vkx_stub_regions_check(state->regions, state->nr_regions,
				     image->start, image->arch.dtb_mem, &limits,
				     &index);
	if (err)
		pr_err("region %zu does not suit the stub: error %d\n", index,
		       err);
	return err ? -EINVAL : 0;
}

/* IMA adds to its list until the very end: the one segment left out. */
static bool is_ima_list(const struct kimage *image, u64 mem)
{
#ifdef CONFIG_IMA_KEXEC
	return image->ima_buffer_size && mem == image->ima_buffer_addr;
#else
	return false;
#endif
}

static bool is_region(const struct vkexec_state *state,
		      const struct kexec_segment *segment)
{
	size_t i;

	for (i = 0; i < state->nr_regions; i++)
		if (state->regions[i].dest == segment->mem &&
		    state->regions[i].bytes + state->regions[i].tail ==
			    segment->memsz)
			return true;
	return false;
}

/* Nothing is copied for the next kernel that nobody looks at again. */
static int check_covered(const struct kimage *image,
			 const struct vkexec_state *state)
{
	size_t i;

	for (i = 0; i < image->nr_segments; i++) {
		if (is_region(state, &image->segment[i]))
			continue;
		if (!is_ima_list(image, image->segment[i].mem)) {
			pr_err("segment %zu is in no region\n", i);
			return -EINVAL;
		}
		pr_info("segment %zu is IMA's list: not checked by the stub\n",
			i);
	}
	return 0;
}

int vkx_stub_install(struct kimage *image, const struct vkexec_state *state)
{
	u8 *page = control_page(image);
	struct vkx_stub_params params;
	int err;

	/* The stub's comparisons are in vector registers. */
	if (!system_supports_fpsimd()) {
		pr_err("this CPU has no FP/SIMD, and the stub needs it\n");
		return -EOPNOTSUPP;
	}
	err = check_regions(image, state);
	if (!err)
		err = check_covered(image, state);
	if (err)
		return err;
	fill(image, page, &params);
	err = vkx_stub_page_build(page, vkexec_stub_start,
				  vkexec_stub_end - vkexec_stub_start, &params,
				  state->regions, state->nr_regions, &hash);
	if (err) {
		pr_err("stub page cannot be built: error %d\n", err);
		return -EINVAL;
	}
	clean(page);
	return 0;
}

int vkx_stub_refresh(struct kimage *image, u64 dest, const u8 sha256[32])
{
	u8 *page = control_page(image);

	if (vkx_stub_page_refresh(page, dest, sha256, &hash))
		return -EIO;
	clean(page);
	return 0;
}

/*
 * The next kernel starts with its caches off: what counts is what lies in
 * memory, not what a line of this CPU's caches still says about it.
 */
static const u8 *map(void *arg, u64 pa, size_t len)
{
	unsigned long start = (unsigned long)phys_to_virt(pa);

	dcache_clean_inval_poc(start, start + len);
	return (const u8 *)start;
}

int vkx_stub_verify_in_place(const struct vkexec_state *state)
{
	static const struct vkx_stub_memory memory = { .map = map };
	u32 differ = 0;
	int err;

	err = vkx_stub_regions_verify(state->regions, state->nr_regions,
				      &memory, &hash, &differ);
	if (err)
		pr_emerg(
			"loaded image is not what was verified: error %d, regions %#x\n",
			err, differ);
	return err ? -EIO : 0;
}
