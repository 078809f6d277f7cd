/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL3: start-up, world switch. And, as data, the exception vectors of the
 * normal world, which report to EL3 what happened.
 */
	.arch	armv8.1-a

	.section .text.start, "ax"
	.global	_start
_start:
	adr	x0, _start			/* 0: flash */
	ldr	x1, =image_start
	ldr	x2, =image_end
1:	ldp	x3, x4, [x0], #16
	stp	x3, x4, [x1], #16
	cmp	x1, x2
	b.lo	1b
	ldr	x0, =2f
	br	x0
2:	ldr	x1, =image_end
	ldr	x2, =bss_end
3:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	3b
	ldr	x0, =stack_top
	mov	sp, x0
	ldr	x0, =el3_vectors
	msr	vbar_el3, x0
	mov	x0, #(1 << 12)			/* SME is for the normal world */
	msr	cptr_el3, x0
	ldr	x0, =0x30c51830			/* RES1, I-cache, no MMU */
	msr	sctlr_el3, x0
	isb
	bl	main
	b	.

/*
 * int el3_run(struct ns_regs *regs): enters the normal world with regs and
 * returns when it comes back, with regs as they were then. Returns 0 for a
 * synchronous exception, 1 IRQ, 2 FIQ, 3 SError.
 */
	.text
	.global	el3_run
el3_run:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	msr	tpidr_el3, x0
	ldp	x1, x2, [x0, #248]
	msr	elr_el3, x1
	msr	spsr_el3, x2
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	eret

el3_back:					/* x1 = kind; x0, x1 on the stack */
	mrs	x0, tpidr_el3
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	str	x30, [x0, #240]
	mrs	x2, elr_el3
	mrs	x3, spsr_el3
	stp	x2, x3, [x0, #248]
	mrs	x2, esr_el3
	str	x2, [x0, #264]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0]
	mov	x0, x1
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

	.macro	slot kind
	.balign	128
	.if	\kind < 0
	b	el3_harness_fault
	.else
	stp	x0, x1, [sp, #-16]!
	mov	x1, #\kind
	b	el3_back
	.endif
	.endm

	.balign	2048
el3_vectors:
	.rept	8				/* from EL3 itself: a bug here */
	slot	-1
	.endr
	slot	0
	slot	1
	slot	2
	slot	3
	.rept	4
	slot	-1
	.endr
el3_harness_fault:
	mrs	x0, elr_el3
	mrs	x1, esr_el3
	mrs	x2, far_el3
	bl	harness_fault
	b	.

/*
 * Vectors of the normal world. Each reports itself: SMC 0x100 + slot at EL1,
 * 0x200 + slot at EL2, all registers untouched.
 */
	.section .rodata.ns, "a"
	.balign	2048
	.global	ns_vectors_el1, ns_vectors_el2, ns_vectors_end
ns_vectors_el1:
	.set	n, 0
	.rept	16
	.balign	128
	smc	#(0x100 + n)
	b	.
	.set	n, n + 1
	.endr
	.balign	2048
ns_vectors_el2:
	.set	n, 0
	.rept	16
	.balign	128
	.if	n == 8
	/* What arm64 kernels' own EL2 vectors do for HVC_SOFT_RESTART. */
	cmp	x0, #1
	b.ne	1f
	mov	x0, x2
	mov	x2, x4
	mov	x4, x1
	mov	x1, x3
	br	x4
1:
	.endif
	smc	#(0x200 + n)
	b	.
	.set	n, n + 1
	.endr
	.balign	2048
ns_vectors_end:
