/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "policy.h"

#define KNOWN_FLAGS                                              \
	(VKX_KEXEC_FILE_ON_CRASH | VKX_KEXEC_FILE_NO_INITRAMFS | \
	 VKX_KEXEC_FILE_DEBUG)

enum vkx_enforcing vkx_policy_enforcing(const struct vkx_policy *policy)
{
	if (policy->strict)
		return VKX_ENFORCING_STRICT;
	if (policy->lockdown != VKX_LOCKDOWN_NONE)
		return VKX_ENFORCING_LOCKDOWN;
	if (policy->enforce)
		return VKX_ENFORCING_SWITCH;
	return VKX_ENFORCING_NOT;
}

const char *vkx_enforcing_name(enum vkx_enforcing why)
{
	switch (why) {
	case VKX_ENFORCING_NOT:
		return "not enforcing";
	case VKX_ENFORCING_LOCKDOWN:
		return "lockdown";
	case VKX_ENFORCING_STRICT:
		return "strict build";
	case VKX_ENFORCING_SWITCH:
		return "vkexec.enforce=1";
	}
	return "enforcing";
}

int vkx_policy_not_uki(const struct vkx_policy *policy,
		       struct vkx_fault *fault_ret)
{
	if (vkx_policy_enforcing(policy) == VKX_ENFORCING_NOT)
		return 0;
	return vkx_fault(fault_ret, VKX_RULE_POLICY_NOT_UKI, 0);
}

static bool cmdline_accepted(const struct vkx_load_args *args,
			     const char *signed_cmdline, uint32_t signed_len)
{
	uint64_t len = args->cmdline_len;

	if (!len)
		return true;
	/* Linux demands the NUL that ends what a caller hands in. */
	if (!args->cmdline[len - 1])
		len--;
	if (!len)
		return true;
	return len == signed_len && !memcmp(args->cmdline, signed_cmdline, len);
}

int vkx_policy_arguments(const struct vkx_load_args *args,
			 const char *signed_cmdline, uint32_t signed_len,
			 struct vkx_fault *fault_ret)
{
	if (args->flags & ~KNOWN_FLAGS)
		return vkx_fault(fault_ret, VKX_RULE_ARGS_FLAGS, 0);
	if (args->initrd || args->initrd_len)
		return vkx_fault(fault_ret, VKX_RULE_ARGS_INITRD, 0);
	if (!cmdline_accepted(args, signed_cmdline, signed_len))
		return vkx_fault(fault_ret, VKX_RULE_ARGS_CMDLINE, 0);
	return 0;
}

int vkx_policy_tpm(const struct vkx_policy *policy,
		   const struct vkx_tpm_facts *facts,
		   struct vkx_fault *fault_ret)
{
	if (!facts->present)
		return policy->require_tpm || facts->gone ?
			       vkx_fault(fault_ret, VKX_RULE_NO_TPM, 0) :
			       0;
	if (!facts->banks_known)
		return vkx_fault(fault_ret, VKX_RULE_POLICY_TPM_BANK, 0);
	if (!facts->measured)
		return vkx_fault(fault_ret, VKX_RULE_POLICY_MEASURE, 0);
	return 0;
}

void vkx_checks_pass(struct vkx_checks *checks, enum vkx_check check)
{
	if (check < VKX_CHECK_NR)
		checks->passed |= 1u << check;
}

const char *vkx_check_name(enum vkx_check check)
{
	static const char *const names[VKX_CHECK_NR] = {
		[VKX_CHECK_PARSE] = "parse",
		[VKX_CHECK_ARGUMENTS] = "arguments",
		[VKX_CHECK_SIGNATURE] = "signature",
		[VKX_CHECK_REVOCATION] = "revocation",
		[VKX_CHECK_SBAT] = "sbat",
		[VKX_CHECK_IMAGE] = "image",
		[VKX_CHECK_CMDLINE] = "cmdline",
		[VKX_CHECK_DTB] = "dtb",
		[VKX_CHECK_MERGE] = "merge",
		[VKX_CHECK_PLACEMENT] = "placement",
		[VKX_CHECK_TPM] = "tpm",
	};

	return check < VKX_CHECK_NR ? names[check] : NULL;
}

enum vkx_verdict vkx_policy_decide(const struct vkx_policy *policy,
				   const struct vkx_checks *checks,
				   enum vkx_check *missing_ret)
{
	uint32_t needed = policy->signers ? policy->signers : 1;
	uint32_t i;

	for (i = 0; i < VKX_CHECK_NR; i++) {
		if (checks->passed & (1u << i))
			continue;
		if (missing_ret)
			*missing_ret = (enum vkx_check)i;
		return VKX_VERDICT_NONE;
	}
	if (checks->signers < needed)
		return VKX_VERDICT_POLICY;
	return VKX_VERDICT_BOOT;
}
