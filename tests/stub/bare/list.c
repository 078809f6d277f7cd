// SPDX-License-Identifier: BSD-2-Clause
#include "campaign.h"
#include "console.h"
#include "cursor.h"

#define K 1024ULL

static const struct scene_spec spec = { "page list", MODE_EL1,
					4 * K,	     VKX_STUB_CONDUIT_SMC,
					true,	     OVERLAP_NONE,
					3,	     { 9000, 64, 5000 },
					{ 1, 0, 0 } };

/*
 * The list is not covered by any digest: what it does is. Each of its bits is
 * flipped in turn; the next kernel may be entered only with the right memory.
 */
static uint64_t flip_list(void)
{
	uint64_t bytes = 8 * 11, i, total = 0, counts[OUTCOME_NR] = { 0 };
	struct scene_result r;

	for (i = 0; i < bytes * 8; i++) {
		scene_list()[i / 8] ^= (uint8_t)(1u << i % 8);
		scene_run(NULL, &r);
		counts[r.outcome]++;
		total++;
		scene_reset(true);
	}
	print("RESULT page list flips: %u tries, %u resets, %u crashes, "
	      "%u hangs, %u entered in order, %u entered wrongly\n",
	      total, counts[OUTCOME_RESET], counts[OUTCOME_CRASH],
	      counts[OUTCOME_HANG], counts[OUTCOME_GOOD], counts[OUTCOME_BAD]);
	return counts[OUTCOME_BAD];
}

/* V66: an entry that would copy over the running stub is refused first. */
static uint64_t aim_at_stub(void)
{
	uint64_t want = (uint64_t)VKX_STUB_REASON_MAGIC << 32 |
			(uint64_t)VKX_STUB_REASON_LIST << 24;
	struct scene_result r;

	vkx_put_le64(scene_list(), (uint64_t)scene_stub_page() | 1);
	scene_run(NULL, &r);
	scene_reset(true);
	print("RESULT page list aimed at the stub: %s, reason %x\n",
	      outcome_name(r.outcome), r.reason);
	return r.outcome != OUTCOME_RESET || r.reason != want;
}

uint64_t campaign_list(bool thorough)
{
	(void)thorough;
	scene_make(&spec);
	return flip_list() + aim_at_stub();
}
