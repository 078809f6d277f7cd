/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Facts in, verdict out: when vkexec enforces, which arguments may stand
 * beside a UKI, what a missing TPM means, and the one place that says "boot".
 * It finds no facts itself and knows no errno.
 */
#ifndef VKX_POLICY_H
#define VKX_POLICY_H

#include "verdict.h"

enum vkx_lockdown {
	VKX_LOCKDOWN_NONE = 0,
	VKX_LOCKDOWN_INTEGRITY = 1,
	VKX_LOCKDOWN_CONFIDENTIALITY = 2,
};

/* Configuration and state of the running kernel. */
struct vkx_policy {
	enum vkx_lockdown lockdown;
	bool strict; /* CONFIG_VKEXEC_STRICT */
	bool enforce; /* vkexec.enforce=1, one way */
	bool running_dtb; /* a UKI without a device tree may boot */
	bool require_tpm;
	uint32_t signers; /* different trusted signers needed; 0 means 1 */
};

/* Why everything but a signed UKI is refused; NOT when it is not. */
enum vkx_enforcing {
	VKX_ENFORCING_NOT = 0,
	VKX_ENFORCING_LOCKDOWN,
	VKX_ENFORCING_STRICT,
	VKX_ENFORCING_SWITCH,
};

/* Strict first, then lockdown, then the switch. */
enum vkx_enforcing vkx_policy_enforcing(const struct vkx_policy *policy);
/* "not enforcing", "lockdown", "strict build", "vkexec.enforce=1". */
const char *vkx_enforcing_name(enum vkx_enforcing why);

/* A bare Image or a kexec_load(2): POLICY_NOT_UKI while enforcing, else 0. */
VKX_MUST_USE int vkx_policy_not_uki(const struct vkx_policy *policy,
				    struct vkx_fault *fault_ret);

/* kexec_file_load(2) flags, as in linux/kexec.h. */
#define VKX_KEXEC_FILE_UNLOAD 0x1u
#define VKX_KEXEC_FILE_ON_CRASH 0x2u
#define VKX_KEXEC_FILE_NO_INITRAMFS 0x4u
#define VKX_KEXEC_FILE_DEBUG 0x8u

/* What came beside the file. */
struct vkx_load_args {
	uint32_t flags; /* where the kernel tells them; else 0 */
	uint64_t initrd_len; /* bytes that initrd_fd delivered */
	bool initrd; /* an initrd was given, be it empty */
	const char *cmdline; /* as copied from the caller, NULs and all */
	uint64_t cmdline_len; /* 0: none given */
};

/*
 * A UKI's arguments, whether enforcing or not: ARGS_FLAGS for a flag not named
 * above; ARGS_INITRD if an initrd was given, even an empty one; ARGS_CMDLINE
 * unless the command line is empty ("" or one NUL) or byte-equal to the signed
 * one, with or without one NUL at its end.
 */
VKX_MUST_USE int vkx_policy_arguments(const struct vkx_load_args *args,
				      const char *signed_cmdline,
				      uint32_t signed_len,
				      struct vkx_fault *fault_ret);

/* What the TPM side found. */
struct vkx_tpm_facts {
	bool present; /* a working TPM 2.0 */
	/* There is none, but this kernel has kept a log for one: whoever took
	 * it away (unbound its driver) wants a hop that nobody sees. */
	bool gone;
	bool banks_known; /* a digest can be made for every active bank */
	bool measured; /* the record was extended and logged */
};

/*
 * NO_TPM: absent but required, or gone. POLICY_TPM_BANK, POLICY_MEASURE: present, and
 * the record did not get in whole; required or not.
 */
VKX_MUST_USE int vkx_policy_tpm(const struct vkx_policy *policy,
				const struct vkx_tpm_facts *facts,
				struct vkx_fault *fault_ret);

/*
 * Every check of a load, in design order. The loader sets a bit where the
 * check passed, and nowhere else; a check that does not apply (no .dtb) is
 * set by the code that found it does not apply.
 */
enum vkx_check {
	VKX_CHECK_PARSE = 0,
	VKX_CHECK_ARGUMENTS,
	VKX_CHECK_SIGNATURE,
	VKX_CHECK_REVOCATION,
	VKX_CHECK_SBAT,
	VKX_CHECK_IMAGE,
	VKX_CHECK_CMDLINE,
	VKX_CHECK_DTB,
	VKX_CHECK_MERGE,
	VKX_CHECK_PLACEMENT,
	VKX_CHECK_TPM,
	VKX_CHECK_NR
};

struct vkx_checks {
	uint32_t passed; /* 1 << enum vkx_check */
	uint32_t signers; /* different trusted signers seen */
};

void vkx_checks_pass(struct vkx_checks *checks, enum vkx_check check);
/* "signature" ...; NULL out of range. */
const char *vkx_check_name(enum vkx_check check);

/*
 * VKX_VERDICT_BOOT only if every bit is set and there were enough signers;
 * VKX_VERDICT_POLICY where only signers are short (rule POLICY_SIGNERS); else
 * VKX_VERDICT_NONE and the first missing check in *missing_ret (may be NULL).
 * Nothing else in this project returns VKX_VERDICT_BOOT for a load.
 */
enum vkx_verdict vkx_policy_decide(const struct vkx_policy *policy,
				   const struct vkx_checks *checks,
				   enum vkx_check *missing_ret);

#endif
