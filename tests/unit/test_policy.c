/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts in, verdict out: every combination that the policy can see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "policy.h"

static void enforcing(void **state)
{
	struct vkx_policy p;
	struct vkx_fault fault;
	enum vkx_enforcing want;
	int i;

	(void)state;
	for (i = 0; i < 12; i++) {
		memset(&p, 0, sizeof(p));
		p.lockdown = (enum vkx_lockdown)(i % 3);
		p.strict = i / 3 % 2;
		p.enforce = i / 6;
		want = p.strict	  ? VKX_ENFORCING_STRICT :
		       p.lockdown ? VKX_ENFORCING_LOCKDOWN :
		       p.enforce  ? VKX_ENFORCING_SWITCH :
				    VKX_ENFORCING_NOT;
		assert_int_equal(vkx_policy_enforcing(&p), want);
		if (want == VKX_ENFORCING_NOT) {
			assert_int_equal(vkx_policy_not_uki(&p, &fault), 0);
			continue;
		}
		assert_int_equal(vkx_policy_not_uki(&p, &fault),
				 -VKX_ERR_FORMAT);
		assert_int_equal(fault.rule, VKX_RULE_POLICY_NOT_UKI);
	}
	assert_string_equal(vkx_enforcing_name(VKX_ENFORCING_LOCKDOWN),
			    "lockdown");
}

/* V26, and the rule that lets systemctl kexec and kexec -s work. */
static void arguments(void **state)
{
	static const struct {
		struct vkx_load_args args;
		enum vkx_rule rule;
	} rows[] = {
		{ { .cmdline_len = 0 }, VKX_RULE_NONE },
		{ { .cmdline = "", .cmdline_len = 1 }, VKX_RULE_NONE },
		{ { .cmdline = "quiet ro", .cmdline_len = 9 }, VKX_RULE_NONE },
		{ { .cmdline = "quiet ro", .cmdline_len = 8 }, VKX_RULE_NONE },
		{ { .flags = VKX_KEXEC_FILE_ON_CRASH |
			     VKX_KEXEC_FILE_NO_INITRAMFS |
			     VKX_KEXEC_FILE_DEBUG },
		  VKX_RULE_NONE },
		{ { .cmdline = "quiet r", .cmdline_len = 8 },
		  VKX_RULE_ARGS_CMDLINE },
		{ { .cmdline = "quiet rw", .cmdline_len = 9 },
		  VKX_RULE_ARGS_CMDLINE },
		{ { .cmdline = "quiet ro ", .cmdline_len = 10 },
		  VKX_RULE_ARGS_CMDLINE },
		{ { .cmdline = "quiet ro\0x", .cmdline_len = 11 },
		  VKX_RULE_ARGS_CMDLINE },
		{ { .cmdline = "quiet ro\0", .cmdline_len = 10 },
		  VKX_RULE_ARGS_CMDLINE },
		{ { .cmdline = "\0", .cmdline_len = 2 },
		  VKX_RULE_ARGS_CMDLINE },
		{ { .cmdline = "x", .cmdline_len = 2 }, VKX_RULE_ARGS_CMDLINE },
		{ { .initrd = true }, VKX_RULE_ARGS_INITRD },
		{ { .initrd_len = 1 }, VKX_RULE_ARGS_INITRD },
		{ { .flags = VKX_KEXEC_FILE_UNLOAD }, VKX_RULE_ARGS_FLAGS },
		{ { .flags = 0x10 }, VKX_RULE_ARGS_FLAGS },
		{ { .flags = 0x80000000 }, VKX_RULE_ARGS_FLAGS },
	};
	struct vkx_fault fault;
	size_t i;
	int err;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fault.rule = VKX_RULE_NONE;
		err = vkx_policy_arguments(&rows[i].args, "quiet ro", 8,
					   &fault);
		assert_string_equal(vkx_rule_id(fault.rule),
				    vkx_rule_id(rows[i].rule));
		assert_int_equal(err, rows[i].rule ? -VKX_ERR_FORMAT : 0);
	}
}

/* An empty signed command line does not mean "the caller's". */
static void empty_signed_cmdline(void **state)
{
	struct vkx_load_args args = { .cmdline = "x", .cmdline_len = 2 };
	struct vkx_fault fault;

	(void)state;
	assert_int_equal(vkx_policy_arguments(&args, "", 0, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_ARGS_CMDLINE);
	args.cmdline = "";
	args.cmdline_len = 1;
	assert_int_equal(vkx_policy_arguments(&args, "", 0, &fault), 0);
}

/* V76, V77: a TPM that is there and fails is never "no TPM", nor is one that
 * was there until somebody took it away. */
static void tpm(void **state)
{
	struct vkx_policy p = { 0 };
	struct vkx_tpm_facts f;
	struct vkx_fault fault;
	enum vkx_rule want;
	int i, err;

	(void)state;
	for (i = 0; i < 32; i++) {
		p.require_tpm = i & 1;
		f.gone = i & 16;
		f.present = i & 2;
		f.banks_known = i & 4;
		f.measured = i & 8;
		want = !f.present ? (p.require_tpm || f.gone ? VKX_RULE_NO_TPM :
							       VKX_RULE_NONE) :
		       !f.banks_known ? VKX_RULE_POLICY_TPM_BANK :
		       !f.measured    ? VKX_RULE_POLICY_MEASURE :
					VKX_RULE_NONE;
		fault.rule = VKX_RULE_NONE;
		err = vkx_policy_tpm(&p, &f, &fault);
		assert_int_equal(fault.rule, want);
		assert_int_equal(!!err, want != VKX_RULE_NONE);
	}
}

/* Every subset of checks: only the full one boots. */
static void only_everything_boots(void **state)
{
	struct vkx_policy p = { 0 };
	struct vkx_checks c = { .signers = 1 };
	enum vkx_check missing;
	uint32_t set, full = (1u << VKX_CHECK_NR) - 1;

	(void)state;
	for (set = 0; set < full; set++) {
		c.passed = set;
		assert_int_equal(vkx_policy_decide(&p, &c, &missing),
				 VKX_VERDICT_NONE);
		assert_false(set & (1u << missing));
		assert_int_equal(set & ((1u << missing) - 1),
				 (1u << missing) - 1);
	}
	c.passed = full;
	assert_int_equal(vkx_policy_decide(&p, &c, NULL), VKX_VERDICT_BOOT);
	c.signers = 0;
	assert_int_equal(vkx_policy_decide(&p, &c, NULL), VKX_VERDICT_POLICY);
	p.signers = 2;
	c.signers = 1;
	assert_int_equal(vkx_policy_decide(&p, &c, NULL), VKX_VERDICT_POLICY);
	c.signers = 2;
	assert_int_equal(vkx_policy_decide(&p, &c, NULL), VKX_VERDICT_BOOT);
}

static void checks_have_names(void **state)
{
	struct vkx_checks c = { 0 };
	int i;

	(void)state;
	for (i = 0; i < VKX_CHECK_NR; i++) {
		assert_non_null(vkx_check_name((enum vkx_check)i));
		vkx_checks_pass(&c, (enum vkx_check)i);
	}
	assert_null(vkx_check_name(VKX_CHECK_NR));
	assert_int_equal(c.passed, (1u << VKX_CHECK_NR) - 1);
	c.passed = 0;
	vkx_checks_pass(&c, VKX_CHECK_NR);
	assert_int_equal(c.passed, 0);
	c.passed = (1u << VKX_CHECK_NR) - 1;
	vkx_checks_pass(&c, (enum vkx_check)31);
	assert_int_equal(c.passed, (1u << VKX_CHECK_NR) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enforcing),
		cmocka_unit_test(arguments),
		cmocka_unit_test(empty_signed_cmdline),
		cmocka_unit_test(tpm),
		cmocka_unit_test(only_everything_boots),
		cmocka_unit_test(checks_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
