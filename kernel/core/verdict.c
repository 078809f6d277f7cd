/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "verdict.h"

static const struct {
	enum vkx_verdict verdict;
	const char *id;
	const char *text;
} rules[VKX_RULE_NR] = {
#define VKX_RULE_ROW(symbol, verdict, id, text) \
	[VKX_RULE_##symbol] = { VKX_VERDICT_##verdict, id, text },
	VKX_RULES(VKX_RULE_ROW)
#undef VKX_RULE_ROW
};

int vkx_fault(struct vkx_fault *fault_ret, enum vkx_rule rule, uint64_t offset)
{
	if (fault_ret) {
		fault_ret->rule = rule;
		fault_ret->offset = offset;
	}
	return -VKX_ERR_FORMAT;
}

enum vkx_verdict vkx_rule_verdict(enum vkx_rule rule)
{
	return rule < VKX_RULE_NR ? rules[rule].verdict : VKX_VERDICT_NONE;
}

const char *vkx_rule_id(enum vkx_rule rule)
{
	return rule < VKX_RULE_NR ? rules[rule].id : "unknown";
}

const char *vkx_rule_text(enum vkx_rule rule)
{
	return rule < VKX_RULE_NR ? rules[rule].text : "unknown rule";
}

const char *vkx_verdict_name(enum vkx_verdict verdict)
{
	switch (verdict) {
	case VKX_VERDICT_NONE:
		return "not verified";
	case VKX_VERDICT_BOOT:
		return "boot";
	case VKX_VERDICT_MALFORMED:
		return "malformed";
	case VKX_VERDICT_SIGNATURE:
		return "signature";
	case VKX_VERDICT_SIGNER:
		return "unknown signer";
	case VKX_VERDICT_POLICY:
		return "policy";
	case VKX_VERDICT_ARGUMENTS:
		return "arguments";
	case VKX_VERDICT_NO_TPM:
		return "no TPM";
	}
	return "not verified";
}
