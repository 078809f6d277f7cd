/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The normal world as the harness at EL3 sees it: registers in, what happened
 * out, and a watchdog on instructions executed. The harness lives in secure
 * memory; whatever a broken stub does, it cannot reach it.
 */
#ifndef BARE_CPU_H
#define BARE_CPU_H

#include <stdbool.h>
#include <stdint.h>

enum ns_mode {
	MODE_EL1, /* a kernel at EL1, a hypervisor above it */
	MODE_NVHE, /* a kernel at EL1 that owns EL2 */
	MODE_VHE, /* a kernel at EL2 */
	MODE_NR
};

/* How arm64 kernels would set up translation for the stub. */
struct ns_world {
	enum ns_mode mode;
	uint64_t page_size;
	uint64_t ttbr0;
	uint64_t ttbr1; /* before the stub changes it */
	uint64_t vectors_el1;
	uint64_t vectors_el2;
	/* The CPU says it has SME, and firmware traps it. */
	bool sme_trapped;
};

/* Offsets are known to start.S. */
struct ns_regs {
	uint64_t x[31];
	uint64_t pc;
	uint64_t pstate;
	uint64_t esr;
};

#define NS_SYNC 0
#define NS_FIQ 2

void cpu_watchdog_init(void);
/* Bits of a virtual address in the upper half for this page size. */
uint32_t cpu_va_bits(uint64_t page_size);
/* System registers of the normal world, TLBs and I-cache emptied. */
void cpu_enter_world(const struct ns_world *world);
/* Exception level and MMU state that the normal world is left in. */
uint32_t cpu_ns_el(const struct ns_regs *regs);
bool cpu_ns_mmu_on(const struct ns_regs *regs);
/* Is SME's streaming mode or ZA on? The CPU has SME. */
bool cpu_streaming(void);
uint64_t cpu_esr_el2(void);
uint64_t cpu_ticks(void);
/* Runs until something happens or limit ticks have passed (NS_FIQ). */
int cpu_run(struct ns_regs *regs, uint64_t limit);

#endif
