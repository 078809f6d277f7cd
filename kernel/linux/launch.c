// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a loaded image to the jump: the stub is put in when the load is
 * complete, the last things are measured when the machine goes down, and the
 * last look is taken before machine_kexec() leaves this kernel for good.
 */
#define pr_fmt(fmt) "vkexec: " fmt

#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/vkexec.h>

#include "crash.h"
#include "efi_log.h"
#include "enforce.h"
#include "inject.h"
#include "measure.h"
#include "pages.h"
#include "refusal.h"
#include "state.h"
#include "stub_page.h"
#include "walk.h"

/* kexec_load(2) comes here too, and only here can it be refused. */
static int refuse_unverified(void)
{
	struct vkx_fault fault = {};
	struct vkx_policy policy;
	int err;

	vkx_enforce_policy(&policy);
	err = vkx_judge(vkx_policy_not_uki(&policy, &fault), &fault);
	return err ? vkx_refusal_report(&fault, err) : 0;
}

int vkexec_post_load(struct kimage *image)
{
	struct vkexec_state *state = image->arch.vkexec;
	int err = 0;

	if (!state)
		return refuse_unverified();
	if (!(image->head & IND_DONE))
		err = vkx_stub_install(image, state);
	if (!err)
		vkx_state_commit(state);
	return err;
}

/* --- going down -------------------------------------------------------------- */

/* The log's segment gets its final bytes, and the checks their digest. */
static int hand_over_log(struct kimage *image, struct vkexec_state *state,
			 const u8 *log)
{
	u8 digest[32];
	size_t i;
	int err;

	err = vkx_pages_write(image, state->log.base, log, state->log.bytes);
	if (!err)
		err = vkx_walk_sha256(log, state->log.bytes, digest);
	if (err)
		return err;
	for (i = 0; i < state->nr_regions; i++)
		if (state->regions[i].dest == state->log.base)
			memcpy(state->regions[i].sha256, digest, 32);
	if (image->head & IND_DONE)
		return 0;
	return vkx_stub_refresh(image, state->log.base, digest);
}

/* Through one way at least the next kernel must find the log. */
static int find_ways(const struct vkexec_state *state)
{
	int err = vkx_efi_log_find(state->log.base);

	if (!err)
		return 0;
	if (!state->log_in_tree) {
		pr_err("EFI's table cannot be pointed at the event log: error %d\n",
		       err);
		return -EIO;
	}
	pr_warn("EFI's table keeps firmware's event log: a stock next kernel shows that\n");
	return 0;
}

static int launch(struct kimage *image, struct vkexec_state *state)
{
	u8 *log = NULL;
	int err;

	if (state->log.bytes) {
		log = kvzalloc(state->log.bytes, GFP_KERNEL);
		if (!log)
			return -ENOMEM;
	}
	err = vkx_measure_launch(state, log);
	if (!err && log)
		err = hand_over_log(image, state, log);
	if (!err && log && state->log_header)
		err = find_ways(state);
	kvfree(log);
	return err;
}

/*
 * The last moment at which the TPM works: device_shutdown() comes next. What
 * is returned is ignored, so a failure is left to vkexec_pre_jump().
 */
static int on_reboot(struct notifier_block *block, unsigned long action,
		     void *unused)
{
	struct kimage *image = kexec_image;
	struct vkexec_state *state;
	int err;

	if (!kexec_in_progress || !image || !image->arch.vkexec)
		return NOTIFY_DONE;
	state = image->arch.vkexec;
	err = launch(image, state);
	state->launched = !err;
	if (err)
		pr_emerg("launch was not measured: error %d\n", err);
	vkx_inject_at_launch(image);
	return NOTIFY_DONE;
}

static struct notifier_block reboot_block = {
	.notifier_call = on_reboot,
	/* After everybody else who may measure something. */
	.priority = INT_MIN,
};

static int __init launch_init(void)
{
	return register_reboot_notifier(&reboot_block);
}
late_initcall(launch_init);

/* --- the last look ------------------------------------------------------------ */

static __noreturn void reset(const char *why)
{
	pr_emerg("%s: resetting the machine\n", why);
	emergency_restart();
	for (;;)
		cpu_relax();
}

static bool holds_in_place(const struct vkexec_state *state)
{
	if (state->crash)
		vkx_crash_unprotect();
	return !vkx_stub_verify_in_place(state);
}

void vkexec_pre_jump(struct kimage *image)
{
	struct vkexec_state *state = image->arch.vkexec;

	if (!state) {
		/* Loaded before the switch was thrown. */
		if (vkx_enforcing())
			reset("only a signed UKI may be started");
		return;
	}
	if (!state->crash && !state->launched)
		reset("the launch was not measured");
	if ((image->head & IND_DONE) && !holds_in_place(state))
		reset("the loaded image was changed");
	if (!state->crash)
		vkx_efi_log_publish();
}
