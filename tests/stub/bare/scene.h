/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One relocation: regions, their source pages, the indirection list, the
 * stub's page and both page tables, all made by hand in normal memory; and
 * one run of the stub over it. The "next kernel" is one SMC at the first
 * region's first byte, so that EL3 sees every register as the stub left it.
 */
#ifndef BARE_SCENE_H
#define BARE_SCENE_H

#include "cpu.h"
#include "stub_block.h"

#define SCENE_REGIONS VKX_STUB_REGIONS

enum scene_overlap {
	OVERLAP_NONE,
	OVERLAP_SAME, /* every other page is already where it belongs */
	OVERLAP_SHIFT, /* sources start one page above their destinations */
};

struct scene_spec {
	const char *name;
	enum ns_mode mode;
	uint64_t page_size;
	uint32_t conduit;
	bool ce;
	enum scene_overlap overlap;
	size_t n;
	uint64_t bytes[SCENE_REGIONS];
	uint64_t zero_pages[SCENE_REGIONS];
};

enum outcome {
	OUTCOME_GOOD, /* next kernel entered: registers and memory right */
	OUTCOME_BAD, /* entered, and something is not right */
	OUTCOME_RESET, /* PSCI SYSTEM_RESET over the right conduit */
	OUTCOME_CRASH, /* an exception nobody meant */
	OUTCOME_HANG, /* the watchdog bit */
	OUTCOME_NR
};

struct scene_result {
	enum outcome outcome;
	uint64_t reason; /* the reason word afterwards */
	uint64_t ticks;
	uint64_t check_ticks; /* of them, after the copy; with between only */
	const char *wrong; /* OUTCOME_BAD: what */
	struct ns_regs regs;
};

const char *outcome_name(enum outcome outcome);

/* Scenes made from now on: the CPU has SME, kernel and firmware do without. */
void scene_trap_sme(bool trapped);

/* Makes everything; ends the whole run where the spec is not possible. */
void scene_make(const struct scene_spec *spec);
const struct vkx_stub_region *scene_regions(void);
uint64_t scene_entry(void);
uint64_t scene_dtb(void);
uint64_t scene_page_size(void);
/* Where page number `page` of a region is copied from. */
uint64_t scene_source(size_t region, uint64_t page);
uint64_t scene_region_pages(size_t region);
/* The stub's page, and the same after its code was changed. */
uint8_t *scene_stub_page(void);
/* The indirection list's first page. */
uint8_t *scene_list(void);
void scene_reseal(void);

/*
 * Brings memory back to before the stub ran; destinations hold junk. full:
 * also what only a stub gone wild could have changed.
 */
void scene_reset(bool full);
/*
 * Runs the stub. between (may be NULL) is called after everything was copied
 * and before anything was hashed.
 */
void scene_run(void (*between)(void), struct scene_result *result_ret);
/* SHA-256 of what lies at a region's destination. */
void scene_memory_digest(size_t region, uint8_t digest_ret[32]);

#endif
