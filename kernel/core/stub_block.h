/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The page that carries a machine from one kernel to the next: relocation
 * code, its parameters and the digest of every region the next kernel starts
 * with. This builds that page, refreshes one digest in it, and makes the
 * stub's checks in C for images that are never relocated (kdump). The byte
 * layout is in stub_layout.h; the code is kernel/stub/stub.S. Nothing here
 * knows Linux.
 *
 * How kernel/linux uses it, per image, in post_load (stock work done before:
 * page tables made, kern_reloc set, stock stub copied to the control page):
 *
 *	code:  the bytes from vkexec_stub_start to vkexec_stub_end, both
 *	       symbols of kernel/stub/stub.S, which is assembled into
 *	       .rodata (never run in place; it needs only stub_layout.h and
 *	       the other files of kernel/stub on its include path).
 *	page:  page_to_virt(image->control_code_page). Whatever lies after
 *	       VKX_STUB_PAGE bytes of a larger kernel page stays as it is.
 *	       Afterwards clean 4096 bytes to PoC, invalidate the I-cache.
 *	head:          image->head, after kimage_terminate
 *	start, dtb:    image->start, image->arch.dtb_mem
 *	ttbr1:         the TTBR1_EL1 register value for image->arch.ttbr1:
 *	               phys_to_ttbr(), and on VA_BITS_52 without LPA2 with
 *	               TTBR1_BADDR_4852_OFFSET where vabits_actual is 48
 *	ttbr1_zero:    phys_to_ttbr(image->arch.zero_page)
 *	phys_offset:   page_to_phys(p) - (u64)page_address(p), the linear
 *	               map's physical minus virtual, from an untagged address
 *	page_size:     PAGE_SIZE
 *	el2_vectors:   image->arch.el2_vectors: 0 unless nVHE
 *	reason:        physical address, 8-byte aligned, of a u64 that firmware
 *	               leaves alone at reset, or 0
 *	conduit:       arm_smccc_1_1_get_conduit(), else /psci's method
 *	ce:            the boot CPU's SHA2 feature (kernel: HWCAP_SHA2)
 *	sme:           system_supports_sme(): not what an ID register says, for
 *	               a kernel told to leave SME alone has not opened it, and
 *	               firmware may trap it
 *
 * machine_kexec() stays stock: it calls the page's first byte at its physical
 * address through the one-page identity map in TTBR0, interrupts masked, one
 * CPU, MMU and caches on, x0 = kimage (not read: all is in the block).
 * FP/SIMD must exist (system_supports_fpsimd()); the stub opens it itself.
 * Regions are the segments; one that legitimately changes until the launch
 * either has its digest refreshed or is left out by its owner, by name.
 */
#ifndef VKX_STUB_BLOCK_H
#define VKX_STUB_BLOCK_H

#include "err.h"
#include "limit.h"
#include "stub_layout.h"
#include "vkx_env.h"

/* A physical range. */
struct vkx_stub_range {
	uint64_t base;
	uint64_t bytes;
};

/* What must be in memory when the next kernel starts. */
struct vkx_stub_region {
	uint64_t dest; /* physical, a multiple of the kernel's page size */
	uint64_t bytes; /* hashed; at least 1 */
	uint64_t tail; /* zero bytes behind them; bytes + tail is whole pages */
	uint8_t sha256[32]; /* of the bytes, without the tail */
};

/* See the table above. A zeroed struct is refused, never half right. */
struct vkx_stub_params {
	uint64_t head;
	uint64_t start;
	uint64_t dtb;
	uint64_t ttbr1;
	uint64_t ttbr1_zero;
	uint64_t phys_offset;
	uint64_t page_size;
	uint64_t el2_vectors;
	uint64_t reason;
	uint32_t conduit; /* VKX_STUB_CONDUIT_* */
	bool ce;
	bool sme;
};

/* Where regions may lie, and what they must not touch. */
struct vkx_stub_limits {
	uint64_t page_size; /* 4, 16 or 64 KiB */
	struct vkx_stub_range ram; /* every region lies inside */
	const struct vkx_stub_range *keep; /* control pages, carried log, ... */
	size_t nkeep;
};

/* SHA-256 of contiguous bytes; cannot fail, may run in a dying kernel. */
struct vkx_stub_hash {
	void (*sha256)(void *arg, const uint8_t *data, size_t len,
		       uint8_t digest_ret[32]);
	void *arg;
};

/* How physical memory is read: a pointer to len bytes at pa, or NULL. */
struct vkx_stub_memory {
	const uint8_t *(*map)(void *arg, uint64_t pa, size_t len);
	void *arg;
};

/*
 * Are these regions ones that a stub could check? 1 to VKX_STUB_REGIONS of
 * them, each page-aligned, not empty, whole pages, inside limits->ram, sharing
 * no byte with another or with a kept range (V66). start is 4-byte aligned and
 * lies in the hashed bytes of one; dtb, 8-byte aligned, starts inside one.
 * *index_ret (may be NULL) is the first region at fault, or n where it is
 * start or dtb.
 * -VKX_ERR_ARG: limits are not usable; -VKX_ERR_LIMIT: none or too many;
 * -VKX_ERR_FORMAT: a region is unaligned, empty or wraps, or start or dtb is
 * not covered; -VKX_ERR_MISMATCH: outside RAM or overlapping.
 */
VKX_MUST_USE int vkx_stub_regions_check(const struct vkx_stub_region *regions,
					size_t n, uint64_t start, uint64_t dtb,
					const struct vkx_stub_limits *limits,
					size_t *index_ret);

/*
 * Writes the whole page: code, block, table, seal. The regions must have
 * passed vkx_stub_regions_check. page is written only on success.
 * -VKX_ERR_SPACE: code does not fit; -VKX_ERR_LIMIT: region count;
 * -VKX_ERR_ARG: no code, a page size, conduit or reason address that the stub
 * cannot use, head, ttbr1 or phys_offset missing, or a region that is not
 * whole pages.
 */
VKX_MUST_USE int vkx_stub_page_build(uint8_t page[VKX_STUB_PAGE],
				     const uint8_t *code, size_t code_len,
				     const struct vkx_stub_params *params,
				     const struct vkx_stub_region *regions,
				     size_t n,
				     const struct vkx_stub_hash *hash);

/*
 * Gives the region that starts at dest another digest and seals the page
 * again: for a segment that gets its last bytes at launch (the TPM log). The
 * page must still carry its old seal: a page that was altered is not blessed.
 * Clean the page to PoC afterwards.
 * -VKX_ERR_MISMATCH: seal or magic is wrong; -VKX_ERR_NOTFOUND: no such dest.
 */
VKX_MUST_USE int vkx_stub_page_refresh(uint8_t page[VKX_STUB_PAGE],
				       uint64_t dest, const uint8_t sha256[32],
				       const struct vkx_stub_hash *hash);

/* 0 if magic, both seals and region count hold, else -VKX_ERR_MISMATCH. */
VKX_MUST_USE int vkx_stub_page_check(const uint8_t page[VKX_STUB_PAGE],
				     const struct vkx_stub_hash *hash);

/*
 * The stub's checks in C: every region's digest and zero tail, in memory as
 * it is now. Every region is looked at, whatever the first ones said;
 * *differ_ret (may be NULL; written on 0 and -VKX_ERR_MISMATCH) has bit i set
 * for each region i that differs.
 * -VKX_ERR_LIMIT: region count; -VKX_ERR_IO: memory could not be mapped;
 * -VKX_ERR_MISMATCH: something differs: do not jump.
 */
VKX_MUST_USE int vkx_stub_regions_verify(const struct vkx_stub_region *regions,
					 size_t n,
					 const struct vkx_stub_memory *memory,
					 const struct vkx_stub_hash *hash,
					 uint32_t *differ_ret);

#endif
