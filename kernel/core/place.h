/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where each piece of the next kernel goes in physical memory, by the arm64
 * boot protocol (Documentation/arch/arm64/booting.rst) and by what the signed
 * device tree reserves. Decides only: free memory is walked through a
 * callback, nothing is added to an image here. With the plan's addresses
 * preset in kbuf.mem, kexec_add_buffer() looks for no hole of its own.
 */
#ifndef VKX_PLACE_H
#define VKX_PLACE_H

#include "fdt_blob.h"
#include "uki.h"

#define VKX_PLACE_MAX_EXTRA 4u
#define VKX_KERNEL_ALIGN 0x200000ULL /* MIN_KIMG_ALIGN */
#define VKX_DTB_ALIGN 0x200000ULL
/* Initrd and DTB: inside the 32 GiB window that the next kernel maps. */
#define VKX_PLACE_WINDOW 0x800000000ULL

/*
 * Calls visit(arg, extent) for every extent of memory that may be overwritten,
 * ascending and disjoint; stops at a result that is not 0 and returns it.
 * Normal kexec: for_each_free_mem_range(). Crash: crashk_low_res, crashk_res.
 */
struct vkx_place_memory {
	int (*walk)(void *ctx,
		    int (*visit)(void *arg, const struct vkx_extent *extent),
		    void *arg);
	void *ctx;
};

/* Something beside kernel, initrd and DTB: TPM log, elfcorehdr. */
struct vkx_place_extra {
	uint64_t size; /* 0: none */
	uint64_t align; /* power of two, at least page_size */
};

struct vkx_place_request {
	struct vkx_image image;
	uint64_t linux_size; /* bytes of .linux; at most image_size */
	uint64_t initrd_size; /* 0: none */
	uint64_t dtb_size; /* vkx_fdt_merge_bound() */
	uint64_t page_size; /* of the running kernel: sizes are rounded to it */
	struct vkx_place_extra extra[VKX_PLACE_MAX_EXTRA];
	/* Never touched: segments already in the image (IMA's), callers' own. */
	const struct vkx_extent *avoid;
	uint32_t nr_avoid;
	/* Checked tree whose own reservations are avoided as well; may be
	 * NULL (the running tree is the base: its regions are not free). */
	const void *signed_tree;
};

struct vkx_place_plan {
	/* The segment: start 2 MiB aligned + text_offset; size image_size,
	 * which the segment's memsz must be (bss). Also the entry point. */
	struct vkx_extent kernel;
	struct vkx_extent initrd;
	struct vkx_extent dtb;
	struct vkx_extent extra[VKX_PLACE_MAX_EXTRA];
};

/*
 * Kernel as low as possible; initrd above it; extras above it; DTB at the top
 * of the window; where the rest does not fit, the kernel moves up and all is
 * tried again. All sizes in the plan are rounded up to page_size.
 * Faults: ARGS_PLACEMENT (no room), IMAGE_SIZE (image_size or text_offset
 * absurd, linux_size larger), FDT_RESERVE (the signed tree's list is bad).
 * -VKX_ERR_ARG: page_size or an align that is no power of two, or a DTB above
 * VKX_MAX_FDT.
 */
VKX_MUST_USE int vkx_place(const struct vkx_place_request *req,
			   const struct vkx_place_memory *memory,
			   struct vkx_place_plan *plan_ret,
			   struct vkx_fault *fault_ret);

/*
 * The loader's last look before it commits: all ranges of the plan disjoint,
 * aligned, inside the window, clear of req->avoid and of the signed tree's
 * reservations. ARGS_PLACEMENT otherwise. vkx_place() has called it already;
 * call it again if anything was moved by hand.
 */
VKX_MUST_USE int vkx_place_check(const struct vkx_place_request *req,
				 const struct vkx_place_plan *plan,
				 struct vkx_fault *fault_ret);

#endif
