// SPDX-License-Identifier: BSD-2-Clause
#include "console.h"
#include "cursor.h"
#include "scene.h"
#include "sha256.h"

/* Normal memory; the control pages lie outside of every region. */
#define NS_CONTROL 0x41000000ULL
#define NS_CONTROL_BYTES 0x400000ULL
#define NS_STUB NS_CONTROL
#define NS_REASON (NS_CONTROL + 0x10000)
#define NS_LIST (NS_CONTROL + 0x20000)
/* Outside of the linear map, so that a wild copy still ends in a vector. */
#define NS_TABLES 0x80000000ULL
#define NS_TTBR1_COPY NS_TABLES
#define NS_TTBR1_ZERO (NS_TABLES + 0x10000)
#define NS_TTBR1_OLD (NS_TABLES + 0x20000)
#define NS_TTBR0 (NS_TABLES + 0x30000) /* and two levels behind it */
#define NS_VECTORS (NS_TABLES + 0x60000)
#define NS_TABLES_END (NS_TABLES + 0x70000)
#define NS_DEST 0x42000000ULL
#define NS_SOURCE 0x54000000ULL
#define NS_END 0x80000000ULL
#define TABLE_BYTES 0x10000ULL

/* What a region must be, out of the stub's reach; large ones lie in NS. */
#define PRISTINE_SECURE 0x0e800000ULL
#define PRISTINE_SECURE_BYTES 0x800000ULL
#define PRISTINE_LARGE 0x68000000ULL

#define LIST_DESTINATION 1u
#define LIST_INDIRECTION 2u
#define LIST_DONE 4u
#define LIST_SOURCE 8u

#define SMC_NEXT_KERNEL 0x4a
#define SMC_BETWEEN 0x77
#define INSN_SMC(imm) (0xd4000003u | (uint32_t)(imm) << 5)
#define INSN_B_SELF 0x14000000u
#define INSN_MOV_X21_ZERO 0xaa1f03f5u
#define PSCI_SYSTEM_RESET 0x84000009u

extern const uint8_t vkexec_stub_start[], vkexec_stub_end[];
extern const uint8_t vkexec_stub_decide_start[];
extern const uint8_t ns_vectors_el1[], ns_vectors_el2[], ns_vectors_end[];

static struct scene_spec spec;
static struct vkx_stub_region regions[SCENE_REGIONS];
static uint64_t source_base[SCENE_REGIONS], pristine_base[SCENE_REGIONS];
static uint8_t pristine_page[VKX_STUB_PAGE];
static uint64_t expected_ticks;

static void *at(uint64_t pa)
{
	return (void *)pa;
}

static uint64_t align_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

static void give_up(const char *why)
{
	print("FAIL %s: %s\n", spec.name, why);
	finish(1);
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const name[OUTCOME_NR] = { "kernel", "bad kernel",
						      "reset", "crash",
						      "hang" };

	return name[outcome];
}

static void hash_sha256(void *arg, const uint8_t *data, size_t len,
			uint8_t digest_ret[32])
{
	(void)arg;
	vkx_sha256(data, len, digest_ret);
}

static const struct vkx_stub_hash hash = { hash_sha256, NULL };

const struct vkx_stub_region *scene_regions(void)
{
	return regions;
}

uint64_t scene_entry(void)
{
	return regions[0].dest;
}

/* With one region the tree lies behind the kernel's first bytes. */
uint64_t scene_dtb(void)
{
	return spec.n > 1 ? regions[1].dest : regions[0].dest + 8;
}

uint64_t scene_page_size(void)
{
	return spec.page_size;
}

uint64_t scene_region_pages(size_t region)
{
	return (regions[region].bytes + regions[region].tail) / spec.page_size;
}

uint64_t scene_source(size_t region, uint64_t page)
{
	uint64_t dest = regions[region].dest + page * spec.page_size;

	if (spec.overlap == OVERLAP_SHIFT)
		return dest + spec.page_size;
	if (spec.overlap == OVERLAP_SAME && page % 2)
		return dest;
	return source_base[region] + page * spec.page_size;
}

uint8_t *scene_stub_page(void)
{
	return at(NS_STUB);
}

uint8_t *scene_list(void)
{
	return at(NS_LIST);
}

/* --- page tables ------------------------------------------------------- */

#define DESC_TABLE 3ULL
#define DESC_PAGE 3ULL
#define DESC_BLOCK 1ULL
#define DESC_NORMAL (1ULL << 10 | 3ULL << 8) /* AF, inner shareable, attr 0 */
#define DESC_READ_ONLY (1ULL << 7)
#define DESC_PXN (1ULL << 53)
#define DESC_UXN (1ULL << 54)

static uint32_t page_shift(void)
{
	return spec.page_size == 4096 ? 12 : spec.page_size == 16384 ? 14 : 16;
}

/* What one entry of a root table maps as a block. */
static uint32_t root_shift(void)
{
	return spec.page_size == 4096 ? 30 : spec.page_size == 16384 ? 25 : 29;
}

/* The linear map in one table of blocks: RAM only, writable, never executed. */
static void make_linear_map(void)
{
	uint32_t shift = root_shift();
	uint64_t *table = at(NS_TTBR1_COPY), pa;

	for (pa = 0x40000000; pa < NS_END; pa += 1ULL << shift)
		table[pa >> shift] =
			pa | DESC_BLOCK | DESC_NORMAL | DESC_PXN | DESC_UXN;
}

/*
 * The stub's page, read-only and executable. Linux maps nothing else there;
 * here the vectors are, to see a fault instead of faulting on it for ever.
 */
static void make_identity_map(void)
{
	uint32_t bits = page_shift() - 3, level = page_shift() + bits;
	uint64_t mask = (1ULL << bits) - 1, table = NS_TTBR0;
	uint32_t top = cpu_va_bits(spec.page_size);

	/* From the level above the pages up, tables chained bottom first. */
	uint64_t leaf = table + (top > level + bits ? 2 : 1) * TABLE_BYTES;
	uint64_t *p = at(leaf);

	p[NS_STUB >> page_shift() & mask] =
		NS_STUB | DESC_PAGE | DESC_NORMAL | DESC_READ_ONLY | DESC_UXN;
	p = at(leaf - TABLE_BYTES);
	p[NS_STUB >> level & mask] = leaf | DESC_TABLE;
	if (top > level + bits) {
		p = at(table);
		p[NS_STUB >> (level + bits) & mask] =
			(leaf - TABLE_BYTES) | DESC_TABLE;
	}
	p = at(table);
	p[NS_TABLES >> root_shift()] = NS_TABLES | DESC_BLOCK | DESC_NORMAL |
				       DESC_READ_ONLY | DESC_UXN;
}

/* --- list -------------------------------------------------------------- */

struct list_writer {
	uint64_t *entry;
	uint64_t page; /* the indirection page it lies in */
};

static void list_put(struct list_writer *w, uint64_t entry)
{
	uint64_t *last = at(w->page + spec.page_size - 8);

	if (w->entry == last) {
		w->page += spec.page_size;
		*w->entry = w->page | LIST_INDIRECTION;
		w->entry = at(w->page);
	}
	*w->entry++ = entry;
}

static void make_list(void)
{
	struct list_writer w = { at(NS_LIST), NS_LIST };
	uint64_t page;
	size_t i;

	for (i = 0; i < spec.n; i++) {
		list_put(&w, regions[i].dest | LIST_DESTINATION);
		for (page = 0; page < scene_region_pages(i); page++)
			list_put(&w, scene_source(i, page) | LIST_SOURCE);
	}
	list_put(&w, LIST_DONE);
	if (w.page + spec.page_size > NS_CONTROL + NS_CONTROL_BYTES)
		give_up("list too long");
}

/* --- making ------------------------------------------------------------ */

/* Eight bytes at a time: large regions are made by this as well. */
static void fill(uint64_t *p, uint64_t words, uint64_t seed)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ULL | 1;

	while (words--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		*p++ = x;
	}
}

static void make_region(size_t i, uint64_t pa)
{
	struct vkx_stub_region *r = &regions[i];
	uint64_t span = align_up(spec.bytes[i], spec.page_size) +
			spec.zero_pages[i] * spec.page_size;

	fill(at(pa), (spec.bytes[i] + 7) / 8, i + 1);
	r->bytes = spec.bytes[i];
	r->tail = span - r->bytes;
	memset((uint8_t *)at(pa) + r->bytes, 0, r->tail);
	if (!i) {
		vkx_put_le32(at(pa), INSN_SMC(SMC_NEXT_KERNEL));
		vkx_put_le32(at(pa + 4), INSN_B_SELF);
	}
	vkx_sha256(at(pa), r->bytes, r->sha256);
	pristine_base[i] = pa;
}

static void make_regions(void)
{
	uint64_t total = 0, dest = NS_DEST, source = NS_SOURCE, pristine, span;
	size_t i;

	for (i = 0; i < spec.n; i++)
		total += align_up(spec.bytes[i], spec.page_size) +
			 spec.zero_pages[i] * spec.page_size;
	pristine = total <= PRISTINE_SECURE_BYTES ? PRISTINE_SECURE :
						    PRISTINE_LARGE;
	for (i = 0; i < spec.n; i++) {
		make_region(i, pristine);
		span = regions[i].bytes + regions[i].tail;
		regions[i].dest = dest;
		source_base[i] = source;
		pristine += span;
		dest = align_up(dest + span + 2 * spec.page_size, 0x10000);
		source += span;
	}
	if (dest > NS_SOURCE || source > PRISTINE_LARGE || pristine > NS_END)
		give_up("regions too large");
}

static bool sme_trapped;

void scene_trap_sme(bool trapped)
{
	sme_trapped = trapped;
}

static void make_page(void)
{
	const struct vkx_stub_range keep[] = {
		{ NS_CONTROL, NS_CONTROL_BYTES },
	};
	const struct vkx_stub_limits limits = {
		spec.page_size, { NS_CONTROL, NS_END - NS_CONTROL }, keep, 1
	};
	const struct vkx_stub_params params = {
		.head = NS_LIST | LIST_INDIRECTION,
		.start = scene_entry(),
		.dtb = scene_dtb(),
		.ttbr1 = NS_TTBR1_COPY,
		.ttbr1_zero = NS_TTBR1_ZERO,
		.phys_offset = 1ULL << cpu_va_bits(spec.page_size),
		.page_size = spec.page_size,
		.el2_vectors = spec.mode == MODE_NVHE ? NS_VECTORS + 2048 : 0,
		.reason = NS_REASON,
		.conduit = spec.conduit,
		.ce = spec.ce,
		.sme = !sme_trapped,
	};

	if (vkx_stub_regions_check(regions, spec.n, params.start, params.dtb,
				   &limits, NULL) ||
	    vkx_stub_page_build(pristine_page, vkexec_stub_start,
				(size_t)(vkexec_stub_end - vkexec_stub_start),
				&params, regions, spec.n, &hash) ||
	    vkx_stub_page_check(pristine_page, &hash))
		give_up("page refused");
}

void scene_reseal(void)
{
	uint8_t *page = scene_stub_page();

	vkx_sha256(page, VKX_STUB_SEALED, page + VKX_STUB_SEAL_A);
	memcpy(page + VKX_STUB_SEAL_B, page + VKX_STUB_SEAL_A, 32);
}

static void reset_control(void)
{
	memset(at(NS_CONTROL), 0, NS_LIST - NS_CONTROL);
	memset(at(NS_TABLES), 0, NS_TABLES_END - NS_TABLES);
	make_linear_map();
	make_identity_map();
	memcpy(at(NS_VECTORS), ns_vectors_el1,
	       (size_t)(ns_vectors_end - ns_vectors_el1));
	make_list();
}

static void reset_sources(void)
{
	uint64_t page;
	size_t i;

	for (i = 0; i < spec.n; i++)
		for (page = 0; page < scene_region_pages(i); page++)
			memcpy(at(scene_source(i, page)),
			       at(pristine_base[i] + page * spec.page_size),
			       spec.page_size);
}

void scene_reset(bool full)
{
	size_t i;

	if (full)
		reset_control();
	memcpy(at(NS_STUB), pristine_page, VKX_STUB_PAGE);
	*(uint64_t *)at(NS_REASON) = 0;
	/* Junk: what an earlier run left there must not pass for this one. */
	for (i = 0; i < spec.n; i++)
		memset(at(regions[i].dest), 0xa5,
		       regions[i].bytes + regions[i].tail);
	if (full || spec.overlap != OVERLAP_NONE)
		reset_sources();
}

void scene_make(const struct scene_spec *want)
{
	struct scene_result result;

	spec = *want;
	make_regions();
	make_page();
	expected_ticks = 1ULL << 40;
	scene_reset(true);
	scene_run(NULL, &result);
	if (result.outcome != OUTCOME_GOOD) {
		print("pc %x esr %x x0 %x x8 %x x21 %x\n", result.regs.pc,
		      result.regs.esr, result.regs.x[0], result.regs.x[8],
		      result.regs.x[21]);
		print("%s (%s)\n", outcome_name(result.outcome),
		      result.wrong ? result.wrong : "");
		give_up("does not start as it should");
	}
	expected_ticks = result.ticks;
	scene_reset(true);
}

/* --- running ----------------------------------------------------------- */

static const char *wrong_memory(void)
{
	size_t i;

	for (i = 0; i < spec.n; i++)
		if (memcmp(at(regions[i].dest), at(pristine_base[i]),
			   regions[i].bytes + regions[i].tail) != 0)
			return "memory";
	return NULL;
}

/* The arm64 boot protocol, and where the stub was to go. */
static const char *wrong_entry(const struct ns_regs *r)
{
	if (r->pc != scene_entry() + 4)
		return "entry point";
	if (r->x[0] != scene_dtb())
		return "x0";
	if (r->x[1] || r->x[2] || r->x[3])
		return "x1-x3";
	if (cpu_ns_el(r) != (spec.mode == MODE_EL1 ? 1 : 2))
		return "exception level";
	if (cpu_ns_mmu_on(r))
		return "MMU or cache on";
	if ((r->pstate & 0x3c0) != 0x3c0)
		return "interrupts";
	if (cpu_streaming())
		return "streaming mode or ZA on";
	return wrong_memory();
}

#define ESR_EC(esr) ((esr) >> 26 & 0x3f)
#define EC_HVC 0x16
#define EC_SMC 0x17
#define VECTOR_EL2_LOWER_SYNC 0x208

static enum outcome outcome_of(struct scene_result *res, int what)
{
	uint64_t imm = res->regs.esr & 0xffff;
	bool reset = res->regs.x[0] == PSCI_SYSTEM_RESET;

	if (what == NS_FIQ)
		return OUTCOME_HANG;
	if (what != NS_SYNC || ESR_EC(res->regs.esr) != EC_SMC)
		return OUTCOME_CRASH;
	if (imm == SMC_NEXT_KERNEL) {
		res->wrong = wrong_entry(&res->regs);
		return res->wrong ? OUTCOME_BAD : OUTCOME_GOOD;
	}
	if (imm == 0 && reset && spec.conduit == VKX_STUB_CONDUIT_SMC)
		return OUTCOME_RESET;
	if (imm == VECTOR_EL2_LOWER_SYNC && reset &&
	    ESR_EC(cpu_esr_el2()) == EC_HVC &&
	    spec.conduit == VKX_STUB_CONDUIT_HVC)
		return OUTCOME_RESET;
	return OUTCOME_CRASH;
}

/*
 * The first instruction of the deciding part becomes an SMC, and EL3 does
 * what it would have done: the stub is stopped without being changed.
 */
static void plant_between(void)
{
	uint8_t *insn = scene_stub_page() +
			(vkexec_stub_decide_start - vkexec_stub_start);

	if (vkx_get_le32(insn) != INSN_MOV_X21_ZERO)
		give_up("deciding part does not start as expected");
	vkx_put_le32(insn, INSN_SMC(SMC_BETWEEN));
	scene_reseal();
}

static bool is_between(const struct ns_regs *r, int what)
{
	return what == NS_SYNC && ESR_EC(r->esr) == EC_SMC &&
	       (r->esr & 0xffff) == SMC_BETWEEN;
}

void scene_run(void (*between)(void), struct scene_result *result_ret)
{
	const struct ns_world world = {
		.mode = spec.mode,
		.page_size = spec.page_size,
		.ttbr0 = NS_TTBR0,
		.ttbr1 = NS_TTBR1_OLD,
		.vectors_el1 = NS_VECTORS,
		.vectors_el2 = NS_VECTORS + 2048,
		.sme_trapped = sme_trapped,
	};
	struct scene_result *res = result_ret;
	uint64_t limit = 4 * expected_ticks + 100000, start, copied;
	size_t i;
	int what;

	memset(res, 0, sizeof(*res));
	for (i = 0; i < 31; i++)
		res->regs.x[i] = 0x5a5a5a5a00000000ULL | i;
	res->regs.pc = NS_STUB;
	res->regs.pstate = spec.mode == MODE_VHE ? 0x3c9 : 0x3c5;
	if (between)
		plant_between();
	cpu_enter_world(&world);
	start = cpu_ticks();
	what = cpu_run(&res->regs, limit);
	if (between && is_between(&res->regs, what)) {
		between();
		res->regs.x[21] = 0;
		copied = cpu_ticks();
		what = cpu_run(&res->regs, limit);
		res->check_ticks = cpu_ticks() - copied;
	}
	res->ticks = cpu_ticks() - start;
	res->outcome = outcome_of(res, what);
	res->reason = *(uint64_t *)at(NS_REASON);
}

void scene_memory_digest(size_t region, uint8_t digest_ret[32])
{
	vkx_sha256(at(regions[region].dest), regions[region].bytes, digest_ret);
}
