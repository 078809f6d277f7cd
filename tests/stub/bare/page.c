// SPDX-License-Identifier: BSD-2-Clause
#include "campaign.h"
#include "console.h"

#define K 1024ULL

static const struct scene_spec spec = {
	"stub's page", MODE_EL1,     4 * K, VKX_STUB_CONDUIT_SMC,
	true,	       OVERLAP_NONE, 3,	    { 5000, 64, 10 },
	{ 1, 0, 0 }
};

static const char *part_name(uint64_t offset)
{
	return offset < VKX_STUB_BLOCK	? "code" :
	       offset < VKX_STUB_TABLE	? "block" :
	       offset < VKX_STUB_SEALED ? "table" :
					  "seal";
}

static uint64_t counts[OUTCOME_NR];

/* The next kernel ran all the same: no bit of the page may be worth nothing. */
static uint64_t unnoticed(void)
{
	return counts[OUTCOME_GOOD] + counts[OUTCOME_BAD];
}

/* One bit of the page; image intact, or with one bit of the image as well. */
static enum outcome flip(uint64_t offset, uint32_t bit, bool tampered)
{
	uint8_t *image = (uint8_t *)scene_source(0, 0) + 4096;
	struct scene_result r;

	scene_stub_page()[offset] ^= (uint8_t)(1u << bit);
	if (tampered)
		*image ^= 1;
	scene_run(NULL, &r);
	if (tampered)
		*image ^= 1;
	counts[r.outcome]++;
	/* What a wild stub may have done is undone; an orderly end needs not. */
	scene_reset(r.outcome != OUTCOME_RESET);
	return r.outcome;
}

static void show_counts(const char *name)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < OUTCOME_NR; i++)
		total += counts[i];
	print("RESULT %s: %u tries, %u resets, %u crashes, %u hangs, "
	      "%u entered in order, %u entered wrongly\n",
	      name, total, counts[OUTCOME_RESET], counts[OUTCOME_CRASH],
	      counts[OUTCOME_HANG], counts[OUTCOME_GOOD], counts[OUTCOME_BAD]);
	for (i = 0; i < OUTCOME_NR; i++)
		counts[i] = 0;
}

static void flip_byte(uint64_t offset, bool thorough, bool tampered)
{
	uint32_t bit = thorough ? 0 : (uint32_t)(campaign_random() & 7);
	uint32_t last = thorough ? 7 : bit;
	enum outcome outcome;

	for (; bit <= last; bit++) {
		outcome = flip(offset, bit, tampered);
		if (outcome == OUTCOME_GOOD || outcome == OUTCOME_BAD)
			print("undetected%s: %s offset %x bit %u: %s\n",
			      tampered ? " (image changed too)" : "",
			      part_name(offset), offset, (uint64_t)bit,
			      outcome_name(outcome));
	}
}

uint64_t campaign_page(bool thorough)
{
	uint64_t offset, wrong;

	scene_make(&spec);
	for (offset = 0; offset < VKX_STUB_PAGE; offset++)
		flip_byte(offset, thorough, false);
	wrong = unnoticed();
	show_counts("stub page flips");
	if (!thorough)
		return wrong;
	for (offset = 0; offset < VKX_STUB_PAGE; offset++)
		flip_byte(offset, true, true);
	wrong += unnoticed();
	show_counts("stub page flips, image changed too");
	return wrong;
}
