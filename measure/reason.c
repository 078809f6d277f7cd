/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/reason.h"

static const struct {
	enum vkx_tier tier;
	enum vkx_step step;
	const char *id, *text;
} reasons[VKX_REASON_NR] = {
#define VKX_REASON_ROW(symbol, tier, step, id, text) \
	{ VKX_TIER_##tier, VKX_STEP_##step, id, text },
	VKX_REASONS(VKX_REASON_ROW)
#undef VKX_REASON_ROW
};

static int in_range(enum vkx_reason reason)
{
	return (unsigned int)reason < VKX_REASON_NR;
}

enum vkx_tier vkx_reason_tier(enum vkx_reason reason)
{
	return in_range(reason) ? reasons[reason].tier : VKX_TIER_NONE;
}

enum vkx_step vkx_reason_step(enum vkx_reason reason)
{
	return in_range(reason) ? reasons[reason].step : VKX_STEP_READ;
}

const char *vkx_reason_id(enum vkx_reason reason)
{
	return in_range(reason) ? reasons[reason].id : "internal";
}

const char *vkx_reason_text(enum vkx_reason reason)
{
	return in_range(reason) ? reasons[reason].text : "unknown reason";
}

const char *vkx_tier_name(enum vkx_tier tier)
{
	switch (tier) {
	case VKX_TIER_NONE:
		break;
	case VKX_TIER_CONTRAINDICATED:
		return "contraindicated";
	case VKX_TIER_WARNING:
		return "warning";
	case VKX_TIER_AFFIRMING:
		return "affirming";
	}
	return "none";
}
