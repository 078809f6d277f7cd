// SPDX-License-Identifier: GPL-2.0-only
#include "enforce.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/security.h>

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "vkexec."

static bool enforce;

static int set_enforce(const char *text, const struct kernel_param *param)
{
	bool on = true;
	/* "vkexec.enforce" alone means yes, as with every switch of Linux. */
	int err = text ? kstrtobool(text, &on) : 0;

	if (err)
		return err;
	if (!on && enforce)
		return -EPERM;
	WRITE_ONCE(enforce, on);
	return 0;
}

static const struct kernel_param_ops enforce_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = set_enforce,
	.get = param_get_bool,
};
module_param_cb(enforce, &enforce_ops, &enforce, 0644);

/*
 * Lockdown is only ever raised. It is asked with a reason of each level that
 * stands for the whole level, and not again once it is known: each question
 * that it denies leaves a line in the kernel log.
 */
static enum vkx_lockdown lockdown_level(void)
{
	static enum vkx_lockdown seen;
	enum vkx_lockdown level = READ_ONCE(seen);

	if (level == VKX_LOCKDOWN_NONE &&
	    security_locked_down(LOCKDOWN_INTEGRITY_MAX))
		level = VKX_LOCKDOWN_INTEGRITY;
	if (level == VKX_LOCKDOWN_INTEGRITY &&
	    security_locked_down(LOCKDOWN_CONFIDENTIALITY_MAX - 1))
		level = VKX_LOCKDOWN_CONFIDENTIALITY;
	WRITE_ONCE(seen, level);
	return level;
}

void vkx_enforce_policy(struct vkx_policy *policy_ret)
{
	*policy_ret = (struct vkx_policy){
		.lockdown = lockdown_level(),
		.strict = IS_ENABLED(CONFIG_VKEXEC_STRICT),
		.enforce = READ_ONCE(enforce),
		.running_dtb = IS_ENABLED(CONFIG_VKEXEC_RUNNING_DTB),
		.require_tpm = IS_ENABLED(CONFIG_VKEXEC_REQUIRE_TPM),
		.signers = CONFIG_VKEXEC_SIGNERS,
	};
}

bool vkx_enforcing(void)
{
	struct vkx_policy policy;

	vkx_enforce_policy(&policy);
	return vkx_policy_enforcing(&policy) != VKX_ENFORCING_NOT;
}
