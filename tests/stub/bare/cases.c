// SPDX-License-Identifier: BSD-2-Clause
#include "campaign.h"
#include "console.h"
#include "vkx_env.h"

#define SMC VKX_STUB_CONDUIT_SMC
#define HVC VKX_STUB_CONDUIT_HVC
#define K 1024ULL
#define M (1024 * K)

static const struct scene_spec cases[] = {
	{ "EL1, SMC, generic",
	  MODE_EL1,
	  4 * K,
	  SMC,
	  false,
	  OVERLAP_NONE,
	  3,
	  { 20 * K + 5, 3 * K, 1 },
	  { 2, 0, 1 } },
	{ "EL1, HVC, CE",
	  MODE_EL1,
	  4 * K,
	  HVC,
	  true,
	  OVERLAP_NONE,
	  3,
	  { 20 * K + 5, 3 * K, 1 },
	  { 2, 0, 1 } },
	{ "nVHE, SMC, generic",
	  MODE_NVHE,
	  4 * K,
	  SMC,
	  false,
	  OVERLAP_NONE,
	  3,
	  { 20 * K + 5, 3 * K, 1 },
	  { 2, 0, 1 } },
	{ "nVHE, SMC, CE",
	  MODE_NVHE,
	  4 * K,
	  SMC,
	  true,
	  OVERLAP_NONE,
	  2,
	  { 64 * K, 4 * K },
	  { 0, 0 } },
	{ "VHE, SMC, generic",
	  MODE_VHE,
	  4 * K,
	  SMC,
	  false,
	  OVERLAP_NONE,
	  3,
	  { 20 * K + 5, 3 * K, 1 },
	  { 2, 0, 1 } },
	{ "VHE, SMC, CE",
	  MODE_VHE,
	  4 * K,
	  SMC,
	  true,
	  OVERLAP_NONE,
	  2,
	  { 64 * K, 4 * K },
	  { 0, 0 } },
	{ "16K pages",
	  MODE_EL1,
	  16 * K,
	  SMC,
	  true,
	  OVERLAP_NONE,
	  3,
	  { 50 * K, 16 * K, 63 },
	  { 1, 0, 0 } },
	{ "16K pages, VHE",
	  MODE_VHE,
	  16 * K,
	  SMC,
	  false,
	  OVERLAP_NONE,
	  2,
	  { 50 * K, 16 * K },
	  { 1, 0 } },
	{ "64K pages",
	  MODE_EL1,
	  64 * K,
	  SMC,
	  true,
	  OVERLAP_NONE,
	  3,
	  { 200 * K, 64 * K, 65 },
	  { 1, 0, 0 } },
	{ "64K pages, nVHE",
	  MODE_NVHE,
	  64 * K,
	  SMC,
	  false,
	  OVERLAP_NONE,
	  2,
	  { 200 * K, 64 * K },
	  { 1, 0 } },
	{ "pages already in place",
	  MODE_EL1,
	  4 * K,
	  SMC,
	  true,
	  OVERLAP_SAME,
	  3,
	  { 80 * K, 12 * K, 5 },
	  { 3, 0, 0 } },
	{ "sources overlap destinations",
	  MODE_EL1,
	  4 * K,
	  SMC,
	  true,
	  OVERLAP_SHIFT,
	  3,
	  { 80 * K, 12 * K, 5 },
	  { 3, 0, 0 } },
	{ "2 MiB over many list pages",
	  MODE_EL1,
	  4 * K,
	  SMC,
	  true,
	  OVERLAP_NONE,
	  2,
	  { 2 * M + 17, 4 * K },
	  { 100, 0 } },
};

static uint64_t show_result(const char *name, const struct scene_result *r)
{
	const struct ns_regs *g = &r->regs;

	print("case %s: %s, EL%u, entry %x, x0 %x x1 %x x2 %x x3 %x\n", name,
	      outcome_name(r->outcome), (uint64_t)cpu_ns_el(g), g->pc - 4,
	      g->x[0], g->x[1], g->x[2], g->x[3]);
	if (r->outcome == OUTCOME_GOOD)
		return 0;
	print("FAIL %s: %s\n", name, r->wrong ? r->wrong : "");
	return 1;
}

/* What lies in memory, said by a SHA-256 that is not the stub's. */
static uint64_t show_memory(size_t n)
{
	const struct vkx_stub_region *r = scene_regions();
	uint8_t digest[32];
	uint64_t wrong = 0;
	size_t i, k;

	for (i = 0; i < n; i++) {
		scene_memory_digest(i, digest);
		print("  region %u at %x, %u bytes: ", (uint64_t)i, r[i].dest,
		      r[i].bytes);
		for (k = 0; k < 8; k++)
			print("%s%x", digest[k] < 16 ? "0" : "",
			      (uint64_t)digest[k]);
		print("...\n");
		wrong += memcmp(digest, r[i].sha256, 32) != 0;
	}
	return wrong;
}

/* One bit of the first region: a case that cannot fail shows nothing. */
static uint64_t show_refusal(const struct scene_spec *spec)
{
	uint8_t *byte = (uint8_t *)scene_source(0, 0) + spec->bytes[0] % 4096;
	uint64_t want = (uint64_t)VKX_STUB_REASON_MAGIC << 32 |
			(uint64_t)VKX_STUB_REASON_REGION << 24 | 1;
	struct scene_result r;

	scene_reset(true);
	*byte ^= 0x20;
	scene_run(NULL, &r);
	if (r.outcome == OUTCOME_RESET && r.reason == want)
		return 0;
	print("FAIL %s: changed image: %s, reason %x\n", spec->name,
	      outcome_name(r.outcome), r.reason);
	return 1;
}

static uint64_t run_case(const struct scene_spec *spec)
{
	struct scene_result r;
	uint64_t wrong;

	scene_make(spec);
	scene_run(NULL, &r);
	wrong = show_result(spec->name, &r);
	wrong += show_memory(spec->n);
	return wrong + show_refusal(spec);
}

static uint64_t run_counts(void)
{
	struct scene_spec spec = { "regions",	 MODE_EL1, 4 * K, SMC,	true,
				   OVERLAP_NONE, 0,	   { 0 }, { 0 } };
	uint64_t wrong = 0;
	size_t i;

	for (spec.n = 1; spec.n <= SCENE_REGIONS; spec.n++) {
		for (i = 0; i < spec.n; i++) {
			spec.bytes[i] = 1 + (i + 1) * 937 % 9000;
			spec.zero_pages[i] = i % 3;
		}
		spec.bytes[0] += 16;
		spec.ce = spec.n % 2;
		wrong += run_case(&spec);
	}
	return wrong;
}

/* Every length modulo two blocks ends in the right padding and tail. */
static uint64_t run_lengths(void)
{
	struct scene_spec spec = { "lengths", MODE_EL1,	 4 * K,
				   SMC,	      true,	 OVERLAP_NONE,
				   2,	      { 16, 0 }, { 0, 0 } };
	struct scene_result r;
	uint64_t wrong = 0, runs = 0;

	for (spec.bytes[1] = 8; spec.bytes[1] <= 8 + 128; spec.bytes[1]++)
		for (spec.ce = false;; spec.ce = true) {
			scene_make(&spec);
			scene_run(NULL, &r);
			wrong += r.outcome != OUTCOME_GOOD;
			runs++;
			if (spec.ce)
				break;
		}
	print("RESULT region lengths 8 to 136: %u runs, %u wrong\n", runs,
	      wrong);
	return wrong;
}

/* What an ID register tells of SME is not what the stub may use. */
static uint64_t run_trapped_sme(void)
{
	struct scene_spec spec = {
		"SME trapped", MODE_EL1, 4 * K,	       SMC,	true,
		OVERLAP_NONE,  2,	 { 5000, 16 }, { 0, 1 }
	};
	uint64_t wrong = 0;
	int mode;

	scene_trap_sme(true);
	for (mode = MODE_EL1; mode < MODE_NR; mode++) {
		spec.mode = (enum ns_mode)mode;
		wrong += run_case(&spec);
	}
	scene_trap_sme(false);
	return wrong;
}

static void nothing(void)
{
}

/* Ticks from the last byte copied to the next kernel. */
static uint64_t check_ticks(uint64_t bytes, bool ce, uint64_t *wrong)
{
	const struct scene_spec spec = {
		"speed",      MODE_EL1, 4 * K,	       SMC,	ce,
		OVERLAP_NONE, 2,	{ bytes, 16 }, { 0, 0 }
	};
	struct scene_result r;

	scene_make(&spec);
	scene_run(nothing, &r);
	*wrong += r.outcome != OUTCOME_GOOD;
	return r.check_ticks;
}

/* A tick is 16 instructions: -icount shift=0 and a counter of 62.5 MHz. */
static uint64_t run_speed(void)
{
	uint64_t wrong = 0, ticks[2];
	int ce;

	for (ce = 0; ce < 2; ce++)
		ticks[ce] = check_ticks(M, ce, &wrong) -
			    check_ticks(M / 2, ce, &wrong);
	print("RESULT hashing: %u bytes per 1000 instructions CE, %u generic\n",
	      M / 2 * 1000 / (ticks[1] * 16), M / 2 * 1000 / (ticks[0] * 16));
	return wrong;
}

uint64_t campaign_cases(bool thorough)
{
	static const struct scene_spec big = {
		"64 MiB", MODE_EL1,	     4 * K,	SMC, true, OVERLAP_NONE,
		2,	  { 64 * M, 2 * M }, { 512, 0 }
	};
	static const struct scene_spec huge = { "256 MiB", MODE_EL1,
						4 * K,	   SMC,
						false,	   OVERLAP_NONE,
						2,	   { 256 * M, 2 * M },
						{ 512, 0 } };
	uint64_t wrong = 0;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		wrong += run_case(&cases[i]);
	wrong += run_counts();
	wrong += run_lengths();
	wrong += run_trapped_sme();
	wrong += run_speed();
	if (thorough) {
		wrong += run_case(&big);
		wrong += run_case(&huge);
	}
	return wrong;
}
