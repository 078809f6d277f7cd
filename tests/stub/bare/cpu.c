// SPDX-License-Identifier: BSD-2-Clause
#include "console.h"
#include "cpu.h"

int el3_run(struct ns_regs *regs);
_Noreturn void harness_fault(uint64_t pc, uint64_t esr, uint64_t far);

#define SYSREG_READ(name)                                     \
	({                                                    \
		uint64_t v_;                                  \
		__asm__ volatile("mrs %0, " name : "=r"(v_)); \
		v_;                                           \
	})
#define SYSREG_WRITE(name, value)                 \
	__asm__ volatile("msr " name ", %0"       \
			 :                        \
			 : "r"((uint64_t)(value)) \
			 : "memory")
#define TTBR1_EL2 "s3_4_c2_c0_1"
#define SVCR "s3_3_c4_c2_2"

#define GICD_CTLR ((volatile uint32_t *)0x08000000)
#define GICD_IGROUPR ((volatile uint32_t *)0x08000080)
#define GICD_ISENABLER ((volatile uint32_t *)0x08000100)
#define GICC_CTLR ((volatile uint32_t *)0x08010000)
#define GICC_PMR ((volatile uint32_t *)0x08010004)
#define GICC_IAR ((volatile uint32_t *)0x0801000c)
#define GICC_EOIR ((volatile uint32_t *)0x08010010)
#define SECURE_TIMER 29
#define RTC_SPI 2 /* interrupt 34 */

/* PL031, on the host's clock: seconds. */
#define RTC_NOW ((volatile uint32_t *)0x09010000)
#define RTC_MATCH ((volatile uint32_t *)0x09010004)
#define RTC_MASK ((volatile uint32_t *)0x09010010)
#define RTC_CLEAR ((volatile uint32_t *)0x0901001c)

/* SME is for the normal world. */
#define CPTR_ESM (1u << 12)
/* NS, FIQ and external aborts to EL3, RES1, HCE, RW, pointer authentication. */
#define SCR (1u | 1u << 2 | 1u << 3 | 3u << 4 | 1u << 8 | 1u << 10 | 3u << 16)
#define HCR_RW (1ULL << 31)
#define HCR_E2H (1ULL << 34)
#define HCR_TGE (1ULL << 27)
#define CPTR_EL2_NVHE 0x23ffULL
#define SCTLR_RES1 0x30500800ULL
/* M, C, I on; SPAN set; bits that name no check. */
#define SCTLR_ON (SCTLR_RES1 | 1u << 0 | 1u << 2 | 1u << 12 | 1u << 23)
#define MAIR_NORMAL 0xffULL

_Noreturn void harness_fault(uint64_t pc, uint64_t esr, uint64_t far)
{
	print("FAIL harness fault at %x, esr %x, far %x\n", pc, esr, far);
	finish(1);
}

void cpu_watchdog_init(void)
{
	GICD_IGROUPR[0] = 0; /* group 0: secure, delivered as FIQ */
	GICD_IGROUPR[1] = 0;
	GICD_ISENABLER[0] = 1u << SECURE_TIMER;
	GICD_ISENABLER[1] = 1u << RTC_SPI;
	*GICC_PMR = 0xff;
	*GICC_CTLR = 1u | 1u << 3;
	*GICD_CTLR = 1;
}

uint32_t cpu_va_bits(uint64_t page_size)
{
	return page_size == 4096 ? 39 : page_size == 16384 ? 36 : 42;
}

static uint64_t tcr(uint64_t page_size)
{
	uint64_t tsz = 64 - cpu_va_bits(page_size);
	uint64_t tg0 = page_size == 4096 ? 0 : page_size == 16384 ? 2 : 1;
	uint64_t tg1 = page_size == 4096 ? 2 : page_size == 16384 ? 1 : 3;
	uint64_t cached = 1u << 8 | 1u << 10 | 3u << 12;

	return tsz | tsz << 16 | cached | cached << 16 | tg0 << 14 | tg1 << 30 |
	       2ULL << 32;
}

static void enter_el1(const struct ns_world *w)
{
	SYSREG_WRITE("hcr_el2", HCR_RW);
	SYSREG_WRITE("cptr_el2", CPTR_EL2_NVHE);
	SYSREG_WRITE("cpacr_el1", 0); /* FP/SIMD traps: the stub must open it */
	SYSREG_WRITE("mair_el1", MAIR_NORMAL);
	SYSREG_WRITE("tcr_el1", tcr(w->page_size));
	SYSREG_WRITE("ttbr0_el1", w->ttbr0);
	SYSREG_WRITE("ttbr1_el1", w->ttbr1);
	SYSREG_WRITE("vbar_el1", w->vectors_el1);
	SYSREG_WRITE("vbar_el2", w->vectors_el2);
	SYSREG_WRITE("sctlr_el2", SCTLR_RES1);
	SYSREG_WRITE("sctlr_el1", SCTLR_ON);
}

static void enter_vhe(const struct ns_world *w)
{
	SYSREG_WRITE("hcr_el2", HCR_RW | HCR_E2H | HCR_TGE);
	__asm__ volatile("isb");
	SYSREG_WRITE("cptr_el2", 0);
	SYSREG_WRITE("mair_el2", MAIR_NORMAL);
	SYSREG_WRITE("tcr_el2", tcr(w->page_size));
	SYSREG_WRITE("ttbr0_el2", w->ttbr0);
	SYSREG_WRITE(TTBR1_EL2, w->ttbr1);
	SYSREG_WRITE("vbar_el2", w->vectors_el2);
	SYSREG_WRITE("vbar_el1", w->vectors_el1);
	SYSREG_WRITE("sctlr_el1", SCTLR_RES1);
	SYSREG_WRITE("sctlr_el2", SCTLR_ON);
}

void cpu_enter_world(const struct ns_world *world)
{
	SYSREG_WRITE("scr_el3", SCR);
	__asm__ volatile("isb");
	if (world->mode == MODE_VHE)
		enter_vhe(world);
	else
		enter_el1(world);
	/* A task's streaming mode and ZA: nobody has taken them off. */
	SYSREG_WRITE("cptr_el3", CPTR_ESM);
	__asm__ volatile("isb");
	SYSREG_WRITE(SVCR, world->sme_trapped ? 0 : 3);
	if (world->sme_trapped)
		SYSREG_WRITE("cptr_el3", 0);
	__asm__ volatile("isb\n\ttlbi alle1\n\ttlbi alle2\n\tdsb sy\n\t"
			 "ic iallu\n\tdsb sy\n\tisb" ::
				 : "memory");
}

uint32_t cpu_ns_el(const struct ns_regs *regs)
{
	return (uint32_t)(regs->pstate >> 2 & 3);
}

bool cpu_ns_mmu_on(const struct ns_regs *regs)
{
	uint64_t sctlr = cpu_ns_el(regs) == 2 ? SYSREG_READ("sctlr_el2") :
						SYSREG_READ("sctlr_el1");

	return sctlr & (1u << 0 | 1u << 2);
}

bool cpu_streaming(void)
{
	SYSREG_WRITE("cptr_el3", CPTR_ESM);
	__asm__ volatile("isb");
	return SYSREG_READ(SVCR) & 3;
}

uint64_t cpu_esr_el2(void)
{
	return SYSREG_READ("esr_el2");
}

uint64_t cpu_ticks(void)
{
	__asm__ volatile("isb");
	return SYSREG_READ("cntpct_el0");
}

/*
 * The limit counts instructions, because virtual time does. A CPU that faults
 * on its own vector executes none and stops that clock: for this one case
 * the host's clock bites as well, far later than any run takes.
 */
int cpu_run(struct ns_regs *regs, uint64_t limit)
{
	int what;

	*RTC_MATCH = *RTC_NOW + (limit >> 24 ? 600 : 20);
	*RTC_CLEAR = 1; /* an alarm from before, gone off between two runs */
	*RTC_MASK = 1;
	SYSREG_WRITE("cntps_cval_el1", cpu_ticks() + limit);
	SYSREG_WRITE("cntps_ctl_el1", 1);
	what = el3_run(regs);
	SYSREG_WRITE("cntps_ctl_el1", 0);
	*RTC_MASK = 0;
	if (what == NS_FIQ)
		*GICC_EOIR = *GICC_IAR;
	return what;
}
