/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The relocation stub of vkexec: moves the next kernel to its place, checks
 * every byte of it, and only then jumps. No purgatory: this belongs to the
 * running kernel, runs from one control page and needs nothing else of it.
 * Layout of the page and meaning of every parameter: stub_layout.h and
 * stub_block.h of kernel/core. Assembles in Linux and outside.
 *
 * Entered	by branch to the page's first byte; one CPU; interrupts masked;
 *		EL1, or EL2 with HCR_EL2.{E2H,TGE} = {1,1} (VHE), where the
 *		*_el1 names below mean EL2's registers; MMU and caches on.
 * Left		at the next kernel's entry, MMU off, x0 = device tree,
 *		x1-x3 = 0, at the same EL or, given EL2 vectors (nVHE), at
 *		EL2; or by PSCI SYSTEM_RESET; or never (wfe).
 *
 * Memory map
 *	TTBR0	this page, and nothing else, at its physical address, read-only
 *		and executable. Code, block and table are read from here.
 *	TTBR1	a copy of the linear map made for this kexec out of control
 *		pages, writable, not executable: virtual = physical -
 *		phys_offset. All copying and hashing goes through it.
 *	stack	none: what SP points at may be overwritten. Registers only, so
 *		the stub writes to destinations and to the reason word alone.
 *
 * Trusted	the page itself while it runs (it checks its own digest before
 *		it copies and again before it jumps, which finds accidents, not
 *		somebody who can write the digest too); both page tables; the
 *		EL2 vectors; whoever runs at a higher EL. Not trusted: the page
 *		list, the source pages, anything already at a destination.
 *
 * Order	copy all; hash all; compare; jump. Nothing is taken as good before
 *		the last byte was looked at. Differences are collected, never
 *		branched on, until one decision at the end. It is made of two
 *		independent collections and a count, every branch falls through
 *		to failure, and the entry point is unmasked with the computed
 *		digests: whoever skips instructions gets no address.
 *
 * Registers
 *	x0-x7	scratch; variables of the generic core
 *	x8	bit i: region i differs (for the reason word)
 *	x9-x15	scratch of the cores; copy: see .Lcopy
 *	x16,x17	address and bytes of what is hashed
 *	w18	flags
 *	x19,x20	scratch of sha256_region.S
 *	x21	differences, first collection
 *	x22	phys_offset
 *	w23	regions left
 *	x24	table entry; seal to compare with
 *	x25	mask over the entry point, from computed digests
 *	x26	return address of sha256_region.S
 *	x27	return address of .Lpage_differs; at last, the entry point
 *	x28	this page
 *	x29	differences, second collection
 *	v0,v1	digest; v8-v15, v24-v31 constants; the others scratch
 */
#include "stub_layout.h"

/* Flags in the page list's entries: IND_* of <linux/kexec.h>. */
#define LIST_DESTINATION_BIT 0
#define LIST_INDIRECTION_BIT 1
#define LIST_DONE_BIT 2
#define LIST_SOURCE_BIT 3

/* arm64 kernels' call into their EL2 vectors: HVC_SOFT_RESTART. */
#define EL2_SOFT_RESTART 1

/*
 * SCTLR with MMU, caches and all checks off, and with those bits set that are
 * RES1 before the feature they belong to: LSMAOE, nTLSMD, EIS, TSCXT, EOS.
 */
#define SCTLR_OFF_HI 0x3050
#define SCTLR_OFF_LO 0x0800

/* smstop, of which not every assembler has heard: out of streaming mode, ZA off. */
#define SMSTOP 0xd503467f

#define PSCI_SYSTEM_RESET_HI 0x8400
#define PSCI_SYSTEM_RESET_LO 0x0009

	.macro	block_ldr reg, field
	ldr	\reg, [x28, #(VKX_STUB_BLOCK + \field)]
	.endm

	.macro	mmu_off tmp
	movz	\tmp, #SCTLR_OFF_HI, lsl #16
	movk	\tmp, #SCTLR_OFF_LO
	isb					/* Falkor erratum E1041: no
						 * speculation across the switch */
	msr	sctlr_el1, \tmp
	isb					/* fetch from here on untranslated */
	.endm

/*
 * \out = bits in which the digest in v0, v1 differs from the 32 bytes at
 * \addr. Uses x0, x1, v2, v3.
 */
	.macro	digest_differs out, addr
	ld1	{v2.16b, v3.16b}, [\addr]
	eor	v2.16b, v2.16b, v0.16b
	eor	v3.16b, v3.16b, v1.16b
	orr	v2.16b, v2.16b, v3.16b
	umov	x0, v2.d[0]
	umov	x1, v2.d[1]
	orr	\out, x0, x1
	.endm

	.macro	fold_word word
	ror	x25, x25, #VKX_STUB_FOLD_ROTATE
	eor	x25, x25, \word
	.endm

/* Any non-zero here ends in a reset, whichever collection it reaches. */
	.macro	collect first, second
	orr	x21, x21, \first
	orr	x29, x29, \second
	.endm

	.section .rodata.vkexec_stub, "a"
	.balign	16
	.global	vkexec_stub_start
vkexec_stub_start:
	hint	#34				/* bti c: the caller's branch is
						 * indirect, the page may be guarded */
	adr	x28, vkexec_stub_start
	msr	daifset, #0xf			/* the vectors are about to go */
	mrs	x0, cpacr_el1
	orr	x0, x0, #(3 << 20)		/* FP/SIMD: no task's state is left
						 * to trap for */
	orr	x0, x0, #(3 << 24)		/* SME; without it these are RES0 */
	msr	cpacr_el1, x0
	isb					/* ... before the first vector use */
	block_ldr w18, VKX_STUB_FLAGS
	tbz	w18, #VKX_STUB_FLAG_SME_BIT, .Lstart
	.inst	SMSTOP				/* SME: a task may have left its
						 * streaming mode, where most of
						 * Advanced SIMD traps */
.Lstart:
	block_ldr x22, VKX_STUB_PHYS_OFFSET
	mov	x8, xzr

	/* A damaged page must not be let loose on memory. */
	add	x24, x28, #VKX_STUB_SEAL_A
	bl	.Lpage_differs
	cbz	x0, .Lcopy
	b	.Lfail_self

/*
 * x0 = bits in which this page differs from the seal at x24.
 */
.Lpage_differs:
	mov	x27, x30
	mov	x16, x28
	mov	x17, #VKX_STUB_SEALED
	bl	.Lsha256_region
	digest_differs x0, x24
	ret	x27

/*
 * Put every page in its place.
 *	x2 list entry, x3 next entry's address, x4 destination, x5 page size,
 *	x6 this page's address in the linear map, x7 cache line size
 */
.Lcopy:
	block_ldr x5, VKX_STUB_PAGE_SIZE
	sub	x1, x5, #1
	bic	x6, x28, x1
	sub	x6, x6, x22
	mrs	x0, ctr_el0
	ubfx	x0, x0, #16, #4			/* DminLine: log2 of words */
	mov	x7, #4
	lsl	x7, x7, x0

	block_ldr x0, VKX_STUB_TTBR1_ZERO
	block_ldr x1, VKX_STUB_TTBR1
	msr	ttbr1_el1, x0			/* break before make: every walk
						 * step changes its address */
	isb					/* no walk of the old tables ... */
	tlbi	vmalle1
	dsb	nsh				/* ... survives in the TLB */
	isb
	msr	ttbr1_el1, x1
	isb					/* first access through the copy */

	block_ldr x2, VKX_STUB_HEAD
.Lcopy_entry:
	tbnz	x2, #LIST_DONE_BIT, .Lcopy_done
	sub	x0, x5, #1
	bic	x1, x2, x0
	sub	x1, x1, x22			/* what the entry points at */
	tbnz	x2, #LIST_SOURCE_BIT, .Lcopy_page
	tbz	x2, #LIST_INDIRECTION_BIT, .Lcopy_destination
	mov	x3, x1
	b	.Lcopy_next
.Lcopy_destination:
	tbz	x2, #LIST_DESTINATION_BIT, .Lcopy_next
	mov	x4, x1
	b	.Lcopy_next
.Lcopy_page:
	cmp	x4, x6
	b.eq	.Lfail_list			/* not over ourselves */
	add	x0, x4, x5
	mov	x15, x4
.Lcopy_line:
	ldp	x10, x11, [x1], #16
	ldp	x12, x13, [x1], #16
	stp	x10, x11, [x4], #16
	stp	x12, x13, [x4], #16
	cmp	x4, x0
	b.lo	.Lcopy_line
.Lcopy_clean:					/* the next kernel starts with its
						 * MMU off: data must be at the PoC */
	dc	civac, x15
	add	x15, x15, x7
	cmp	x15, x4
	b.lo	.Lcopy_clean
.Lcopy_next:
	ldr	x2, [x3], #8
	b	.Lcopy_entry
.Lcopy_done:
	dsb	sy				/* all lines cleaned, for every
						 * observer, before hashing */
	ic	iallu				/* lines of whatever ran there */
	dsb	nsh				/* invalidation done ... */
	isb					/* ... and seen by our own fetches */

	.global	vkexec_stub_decide_start
vkexec_stub_decide_start:
	mov	x21, xzr
	mov	x29, xzr
	mov	x25, xzr
	add	x24, x28, #VKX_STUB_TABLE
	block_ldr w23, VKX_STUB_COUNT
.Lregion:
	ldr	x16, [x24, #VKX_STUB_ENTRY_DEST]
	sub	x16, x16, x22
	ldr	x17, [x24, #VKX_STUB_ENTRY_BYTES]
	bl	.Lsha256_region

/*
 * The tail: x16 runs from the last hashed byte to x2; x3 is the same end,
 * worked out again. x4, x6 and x7 collect what is not zero, and a walk that
 * did not end at the end: three times, because two skipped instructions could
 * silence two.
 */
	ldr	x16, [x24, #VKX_STUB_ENTRY_DEST]
	ldr	x17, [x24, #VKX_STUB_ENTRY_BYTES]
	sub	x16, x16, x22
	add	x16, x16, x17
	ldr	x17, [x24, #VKX_STUB_ENTRY_TAIL]
	add	x2, x16, x17
	ldp	x3, x5, [x24, #VKX_STUB_ENTRY_DEST]
	ldr	x7, [x24, #VKX_STUB_ENTRY_TAIL]
	sub	x3, x3, x22
	add	x3, x3, x5
	add	x3, x3, x7
	mov	x4, xzr
	mov	x6, xzr
	mov	x7, xzr
	mov	x0, #-1				/* a skipped load is not zero */
	mov	x1, #-1
.Ltail_byte:
	cmp	x16, x2
	b.hs	.Ltail_end
	tst	x16, #15
	b.eq	.Ltail_quad
	ldrb	w0, [x16], #1
	orr	x4, x4, x0
	orr	x6, x6, x0
	orr	x7, x7, x0
	b	.Ltail_byte
.Ltail_quad:
	ldp	x0, x1, [x16], #16
	orr	x4, x4, x0
	orr	x4, x4, x1
	orr	x6, x6, x0
	orr	x6, x6, x1
	orr	x7, x7, x0
	orr	x7, x7, x1
	cmp	x16, x2
	b.lo	.Ltail_quad
.Ltail_end:
	eor	x5, x16, x2
	orr	x4, x4, x5
	sub	x5, x3, x16
	orr	x6, x6, x5
	orr	x7, x7, x5

	/* First look: vectors, and the first collection of the tail. */
	add	x5, x24, #VKX_STUB_ENTRY_SHA256
	digest_differs x5, x5
	orr	x5, x5, x4
	cmp	x5, xzr
	cset	w0, ne
	block_ldr w1, VKX_STUB_COUNT
	sub	w1, w1, w23
	lsl	w0, w0, w1
	orr	x8, x8, x0

	/* Second look: general registers, and the other two. */
	umov	x10, v0.d[0]
	umov	x11, v0.d[1]
	umov	x12, v1.d[0]
	umov	x13, v1.d[1]
	ldp	x0, x1, [x24, #VKX_STUB_ENTRY_SHA256]
	ldp	x2, x3, [x24, #(VKX_STUB_ENTRY_SHA256 + 16)]
	eor	x0, x0, x10
	eor	x1, x1, x11
	eor	x2, x2, x12
	eor	x3, x3, x13
	orr	x0, x0, x1
	orr	x2, x2, x3
	orr	x0, x0, x2
	orr	x0, x0, x6
	orr	x0, x0, x7
	collect	x5, x0
	fold_word x10
	fold_word x11
	fold_word x12
	fold_word x13
	eor	x25, x25, x7

	add	x24, x24, #VKX_STUB_ENTRY_SIZE
	subs	w23, w23, #1
	b.ne	.Lregion

	/* Were it as many as there are? Counted down, and by where we stand. */
	block_ldr w0, VKX_STUB_COUNT
	mov	w1, #VKX_STUB_ENTRY_SIZE
	madd	x0, x0, x1, x28
	add	x0, x0, #VKX_STUB_TABLE
	eor	x0, x0, x24
	collect	x0, x23

	/* Has anything changed this page while it worked? */
	add	x24, x28, #VKX_STUB_SEAL_B
	mov	x0, #-1				/* a skipped call is a difference */
	bl	.Lpage_differs
	cbz	x0, .Ldecide
	b	.Lfail_self
.Ldecide:
	collect	x0, x0

	cbz	x21, .Ldecide_second
	b	.Lfail_region
.Ldecide_second:
	cbz	x29, .Ldecide_third
	b	.Lfail_fault
.Ldecide_third:
	cbz	x8, .Ljump
	b	.Lfail_fault
.Ljump:
	block_ldr x27, VKX_STUB_ENTRY
	eor	x27, x27, x25
	block_ldr x5, VKX_STUB_DTB
	block_ldr x6, VKX_STUB_EL2_VECTORS
	mmu_off	x0
	orr	x0, x21, x29			/* the same, a last time */
	cbnz	x0, .Lfail_fault
	cbz	x6, .Ljump_same_el
	mov	x0, #EL2_SOFT_RESTART
	mov	x1, x27
	mov	x2, x5
	mov	x3, xzr
	mov	x4, xzr
	hvc	#0				/* does not return */
	b	.Lfail_fault
.Ljump_same_el:
	mov	x0, x5
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x27
	.global	vkexec_stub_decide_end
vkexec_stub_decide_end:

/* w0 = reason code. From here on nothing but the way to a reset. */
.Lfail_fault:
	mov	w0, #VKX_STUB_REASON_FAULT
	b	.Lfail
.Lfail_region:
	mov	w0, #VKX_STUB_REASON_REGION
	b	.Lfail
.Lfail_list:
	mov	w0, #VKX_STUB_REASON_LIST
	b	.Lfail
.Lfail_self:
	mov	w0, #VKX_STUB_REASON_SELF
.Lfail:
	mmu_off	x1				/* the reason word need not be in
						 * any map */
	block_ldr x1, VKX_STUB_REASON
	cbz	x1, .Lreset
	and	x2, x8, #0xffff
	orr	x2, x2, x0, lsl #24
	movz	x3, #(VKX_STUB_REASON_MAGIC >> 16), lsl #16
	movk	x3, #(VKX_STUB_REASON_MAGIC & 0xffff)
	orr	x2, x2, x3, lsl #32
	dc	civac, x1			/* no old line may be written back
						 * over it later */
	dsb	sy				/* ... and that is done */
	str	x2, [x1]
	dsb	sy				/* in memory before the reset */
.Lreset:
	block_ldr w4, VKX_STUB_CONDUIT
	movz	w0, #PSCI_SYSTEM_RESET_HI, lsl #16
	movk	w0, #PSCI_SYSTEM_RESET_LO
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	cmp	w4, #VKX_STUB_CONDUIT_SMC
	b.eq	.Lreset_smc
	cmp	w4, #VKX_STUB_CONDUIT_HVC
	b.ne	.Lhalt
	hvc	#0
	b	.Lhalt
.Lreset_smc:
	smc	#0
.Lhalt:
	wfe					/* no way to reset: stand still */
	b	.Lhalt
	b	.Lhalt				/* and a skipped branch is no way out */

#include "sha256_ce.S"
#include "sha256_generic.S"
#include "sha256_region.S"
#include "sha256_k.S"

	.global	vkexec_stub_code_end
vkexec_stub_code_end:
	/* Too much code is an error here: .org does not go backwards. */
	.org	vkexec_stub_start + VKX_STUB_BLOCK, 0
	.global	vkexec_stub_end
vkexec_stub_end:
