// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "refusal.h"

#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(last_lock);
static struct vkx_refusal last;

static int verdict_errno(enum vkx_verdict verdict)
{
	switch (verdict) {
	case VKX_VERDICT_BOOT:
		return 0;
	case VKX_VERDICT_MALFORMED:
		return -EBADMSG;
	case VKX_VERDICT_SIGNATURE:
		return -EKEYREJECTED;
	case VKX_VERDICT_SIGNER:
		return -ENOKEY;
	case VKX_VERDICT_POLICY:
		return -EPERM;
	case VKX_VERDICT_ARGUMENTS:
		return -EINVAL;
	case VKX_VERDICT_NO_TPM:
		return -ENODEV;
	case VKX_VERDICT_NONE:
		break;
	}
	return -EPERM;
}

int vkx_rule_errno(enum vkx_rule rule)
{
	return verdict_errno(vkx_rule_verdict(rule));
}

/* No case may fall to 0: an unknown failure is a failure. */
static int call_errno(int core_err)
{
	switch (-core_err) {
	case VKX_ERR_NOMEM:
		return -ENOMEM;
	case VKX_ERR_LIMIT:
		return -E2BIG;
	case VKX_ERR_IO:
	case VKX_ERR_CRYPTO:
		return -EIO;
	default:
		return -EFAULT;
	}
}

int vkx_judge(int core_err, struct vkx_fault *fault)
{
	if (!core_err)
		return 0;
	if (core_err == -VKX_ERR_FORMAT && fault->rule != VKX_RULE_NONE)
		return vkx_rule_errno(fault->rule);
	fault->rule = VKX_RULE_NONE;
	return call_errno(core_err);
}

int vkx_break(struct vkx_fault *fault, enum vkx_rule rule, u64 offset)
{
	fault->rule = rule;
	fault->offset = offset;
	return vkx_rule_errno(rule);
}

int vkx_refusal_report(const struct vkx_fault *fault, int err)
{
	spin_lock(&last_lock);
	last.fault = *fault;
	last.err = err;
	last.count++;
	spin_unlock(&last_lock);
	if (fault->rule == VKX_RULE_NONE)
		pr_warn("load failed: error %d\n", err);
	else
		pr_warn("refused: %s at offset %llu: %s (error %d)\n",
			vkx_rule_id(fault->rule), fault->offset,
			vkx_rule_text(fault->rule), err);
	return err;
}

void vkx_refusal_last(struct vkx_refusal *last_ret)
{
	spin_lock(&last_lock);
	*last_ret = last;
	spin_unlock(&last_lock);
}
