// SPDX-License-Identifier: BSD-2-Clause
#include "campaign.h"
#include "console.h"
#include "cursor.h"

#define K 1024ULL
#define INSN_NOP 0xd503201fu

extern const uint8_t vkexec_stub_start[], vkexec_stub_decide_start[];
extern const uint8_t vkexec_stub_decide_end[], vkexec_stub_code_end[];

/* One place of the image, as region and offset, that an attacker changed. */
struct tamper {
	const char *name;
	size_t region;
	uint64_t offset;
};

/* How the stub is entered and left, and which core hashes. */
static const struct scene_spec specs[] = {
	{ "EL1 SMC CE",
	  MODE_EL1,
	  4 * K,
	  VKX_STUB_CONDUIT_SMC,
	  true,
	  OVERLAP_NONE,
	  3,
	  { 600, 64, 100 },
	  { 0, 0, 0 } },
	{ "nVHE SMC CE",
	  MODE_NVHE,
	  4 * K,
	  VKX_STUB_CONDUIT_SMC,
	  true,
	  OVERLAP_NONE,
	  3,
	  { 600, 64, 100 },
	  { 0, 0, 0 } },
	{ "EL1 HVC generic",
	  MODE_EL1,
	  4 * K,
	  VKX_STUB_CONDUIT_HVC,
	  false,
	  OVERLAP_NONE,
	  3,
	  { 600, 64, 100 },
	  { 0, 0, 0 } },
};

static const struct scene_spec *spec;

static const struct tamper tampers[] = {
	{ "first region", 0, 77 },	    { "last region", 2, 5 },
	{ "odd byte of a tail", 0, 603 },   { "word of a tail", 1, 64 + 8 },
	{ "last byte of a tail", 2, 4095 },
};

static uint64_t tries, entered, good, reset_full;

static void nop(uint64_t offset)
{
	vkx_put_le32(scene_stub_page() + offset, INSN_NOP);
}

/* V122: instructions at a and b do nothing; the page's digest is made to agree. */
static void skip(const struct tamper *t, uint64_t a, uint64_t b)
{
	uint8_t *byte = (uint8_t *)scene_source(t->region, 0) + t->offset;
	struct scene_result r;

	scene_reset(reset_full);
	nop(a);
	nop(b);
	scene_reseal();
	*byte ^= 0x10;
	scene_run(NULL, &r);
	*byte ^= 0x10;
	tries++;
	reset_full = r.outcome != OUTCOME_RESET;
	good += r.outcome == OUTCOME_GOOD;
	if (r.outcome != OUTCOME_BAD && r.outcome != OUTCOME_GOOD)
		return;
	entered++;
	print("entered a changed kernel: %s, %s, skipped %x and %x\n",
	      spec->name, t->name, a, b);
}

static uint64_t show(const char *what, const struct tamper *t)
{
	uint64_t wrong = entered;

	print("RESULT skip %s, %s, %s: %u entered a changed kernel of "
	      "%u tries\n",
	      what, spec->name, t->name, entered, tries);
	tries = entered = 0;
	return wrong;
}

/* Every one, and every one with its neighbour. */
static uint64_t skip_near(const struct tamper *t, uint64_t from, uint64_t to,
			  const char *one, const char *two)
{
	uint64_t a, wrong;

	for (a = from; a < to; a += 4)
		skip(t, a, a);
	wrong = show(one, t);
	for (a = from; a + 4 < to; a += 4)
		skip(t, a, a + 4);
	return wrong + show(two, t);
}

/* None is known that lets a changed kernel in: one would be news. */
static uint64_t skip_pairs(const struct tamper *t, uint64_t from, uint64_t to)
{
	uint64_t a, b;

	for (a = from; a < to; a += 4)
		for (b = a + 4; b < to; b += 4)
			skip(t, a, b);
	return show("any two of the deciding part", t);
}

static uint64_t skip_all(bool thorough)
{
	uint64_t from =
		(uint64_t)(vkexec_stub_decide_start - vkexec_stub_start);
	uint64_t to = (uint64_t)(vkexec_stub_decide_end - vkexec_stub_start);
	uint64_t end = (uint64_t)(vkexec_stub_code_end - vkexec_stub_start);
	uint64_t wrong = 0;
	size_t i;

	scene_make(spec);
	for (i = 0; i < sizeof(tampers) / sizeof(tampers[0]); i++) {
		wrong += skip_near(&tampers[i], from, to,
				   "one of the deciding part",
				   "two neighbours of the deciding part");
		if (!thorough)
			continue;
		wrong += skip_near(&tampers[i], 0, end, "one of the whole stub",
				   "two neighbours of the whole stub");
		wrong += skip_pairs(&tampers[i], from, to);
	}
	return wrong;
}

uint64_t campaign_skips(bool thorough)
{
	size_t n = thorough ? sizeof(specs) / sizeof(specs[0]) : 1, i;
	uint64_t wrong = 0;

	for (i = 0; i < n; i++) {
		spec = &specs[i];
		wrong += skip_all(thorough);
	}
	return wrong;
}
