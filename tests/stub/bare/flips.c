// SPDX-License-Identifier: BSD-2-Clause
#include "campaign.h"
#include "console.h"

#define K 1024ULL

static uint8_t *flip_byte;
static uint8_t flip_mask;

static void flip_now(void)
{
	*flip_byte ^= flip_mask;
}

static uint64_t tries, resets, entered;

/* One bit of 4 KiB at an offset of a region, in source or destination: the
 * latter as a device does that still writes after the copy (V64, V70). */
static uint64_t flip_one(const struct scene_spec *spec, size_t region,
			 uint64_t offset, bool destination)
{
	uint64_t bit = campaign_random() % (4096 * 8), where;
	uint64_t want = (uint64_t)VKX_STUB_REASON_MAGIC << 32 |
			(uint64_t)VKX_STUB_REASON_REGION << 24 | 1u << region;
	struct scene_result r;

	where = offset + bit / 8;
	flip_mask = (uint8_t)(1u << bit % 8);
	scene_reset(false);
	if (destination) {
		flip_byte = (uint8_t *)scene_regions()[region].dest + where;
		scene_run(flip_now, &r);
	} else {
		flip_byte = (uint8_t *)scene_source(region,
						    where / spec->page_size) +
			    where % spec->page_size;
		flip_now();
		scene_run(NULL, &r);
		flip_now();
	}
	tries++;
	resets += r.outcome == OUTCOME_RESET;
	entered += r.outcome == OUTCOME_GOOD || r.outcome == OUTCOME_BAD;
	if (r.outcome == OUTCOME_RESET && r.reason == want)
		return 0;
	print("FAIL %s: region %u byte %x mask %x %s: %s, reason %x\n",
	      spec->name, (uint64_t)region, where, (uint64_t)flip_mask,
	      destination ? "destination" : "source", outcome_name(r.outcome),
	      r.reason);
	return 1;
}

static uint64_t flip_all(const struct scene_spec *spec)
{
	uint64_t wrong = 0, offset, span;
	size_t i;

	tries = resets = entered = 0;
	scene_make(spec);
	for (i = 0; i < spec->n; i++) {
		span = scene_region_pages(i) * spec->page_size;
		for (offset = 0; offset < span; offset += 4096) {
			wrong += flip_one(spec, i, offset, false);
			wrong += flip_one(spec, i, offset, true);
		}
	}
	print("RESULT flips, %s: %u tries, %u resets, %u entered\n", spec->name,
	      tries, resets, entered);
	return wrong;
}

uint64_t campaign_flips(bool thorough)
{
	static const struct scene_spec specs[] = {
		{ "EL1 HVC CE",
		  MODE_EL1,
		  4 * K,
		  VKX_STUB_CONDUIT_HVC,
		  true,
		  OVERLAP_NONE,
		  3,
		  { 100 * K + 7, 9 * K, 700 },
		  { 3, 1, 0 } },
		{ "VHE SMC generic",
		  MODE_VHE,
		  4 * K,
		  VKX_STUB_CONDUIT_SMC,
		  false,
		  OVERLAP_NONE,
		  2,
		  { 60 * K, 3 },
		  { 2, 0 } },
		{ "nVHE SMC CE",
		  MODE_NVHE,
		  4 * K,
		  VKX_STUB_CONDUIT_SMC,
		  true,
		  OVERLAP_NONE,
		  16,
		  { 9000, 4096, 4097, 1, 64, 63, 65, 55, 56, 57, 119, 120, 121,
		    8192, 12000, 100 },
		  { 0, 1, 0, 2 } },
		{ "EL1 SMC CE, 64K pages",
		  MODE_EL1,
		  64 * K,
		  VKX_STUB_CONDUIT_SMC,
		  true,
		  OVERLAP_NONE,
		  2,
		  { 130 * K, 200 },
		  { 0, 0 } },
	};
	static const struct scene_spec large = { "EL1 SMC CE, 2 MiB",
						 MODE_EL1,
						 4 * K,
						 VKX_STUB_CONDUIT_SMC,
						 true,
						 OVERLAP_NONE,
						 3,
						 { 2048 * K - 99, 64 * K,
						   256 * K },
						 { 20, 0, 0 } };
	uint64_t wrong = 0;
	size_t i;

	for (i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
		wrong += flip_all(&specs[i]);
	return thorough ? wrong + flip_all(&large) : wrong;
}
