// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "status.h"

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/security.h>
#include <linux/seq_file.h>

#include "enforce.h"
#include "inject.h"
#include "keyring.h"
#include "measure.h"
#include "reason.h"
#include "refusal.h"
#include "revoke.h"
#include "snapshot.h"
#include "state.h"

/* Protects what is behind the pointers too: a state is dropped under it. */
static DEFINE_MUTEX(loaded_lock);
static struct vkexec_state *loaded[2]; /* normal, crash */

void vkx_status_loaded(struct vkexec_state *state)
{
	mutex_lock(&loaded_lock);
	loaded[state->crash] = state;
	mutex_unlock(&loaded_lock);
	pr_info("loaded%s: %*phN\n", state->crash ? " for crashes" : "", 32,
		state->hop.authenticode);
}

void vkx_status_dropped(struct vkexec_state *state)
{
	mutex_lock(&loaded_lock);
	if (loaded[state->crash] == state)
		loaded[state->crash] = NULL;
	mutex_unlock(&loaded_lock);
}

static void show_digest(struct seq_file *m, const char *prefix, const char *key,
			const u8 digest[32])
{
	if (!memchr_inv(digest, 0, 32))
		seq_printf(m, "%s%s: none\n", prefix, key);
	else
		seq_printf(m, "%s%s: %*phN\n", prefix, key, 32, digest);
}

static const char *log_way(const struct vkexec_state *state)
{
	if (!state->log.bytes)
		return "no (not measured)";
	if (state->log_header)
		return "yes (EFI's table)";
	if (state->log_in_chosen)
		return "yes (/chosen, for a kernel with vkexec)";
	if (state->log_in_tree)
		return "yes (the TPM's node)";
	return "no (mem= on the command line)";
}

static void show_loaded(struct seq_file *m, const char *prefix,
			const struct vkexec_state *state)
{
	seq_printf(m, "%sloaded: %s\n", prefix, state ? "yes" : "no");
	if (!state)
		return;
	show_digest(m, prefix, "authenticode", state->hop.authenticode);
	show_digest(m, prefix, "linux", state->hop.linux_image);
	show_digest(m, prefix, "initrd", state->hop.initrd);
	show_digest(m, prefix, "cmdline", state->hop.cmdline);
	show_digest(m, prefix, "dtb", state->hop.dtb);
	show_digest(m, prefix, "facts", state->hop.facts);
	show_digest(m, prefix, "signer", state->hop.signer);
	seq_printf(m, "%suname: %s\n", prefix,
		   state->uname[0] ? state->uname : "unknown");
	seq_printf(m, "%sdtb-source: %s\n", prefix,
		   vkx_hop_dtb_name(state->hop.dtb_source));
	seq_printf(m, "%smeasured: %s\n", prefix,
		   state->measured ? "yes" : "no");
	if (!state->crash)
		seq_printf(m, "log-handed-on: %s\n", log_way(state));
	seq_printf(m, "%shop: %u\n", prefix, state->hop.number);
}

static void show_level(struct seq_file *m)
{
	u8 digest[32];
	u64 date;

	if (vkx_revoke_level(digest, &date))
		seq_puts(m, "sbat-level: broken, nothing loads\n");
	else if (date)
		seq_printf(m, "sbat-level: %llu\n", date);
	else
		seq_puts(m, "sbat-level: none\n");
}

static void show_refusal(struct seq_file *m)
{
	struct vkx_refusal last;

	vkx_refusal_last(&last);
	seq_printf(m, "refusals: %llu\n", last.count);
	if (!last.count)
		return;
	if (last.fault.rule == VKX_RULE_NONE)
		seq_printf(m, "last-refusal: failed (error %d)\n", last.err);
	else
		seq_printf(m, "last-refusal: %s at %llu (error %d): %s\n",
			   vkx_rule_id(last.fault.rule), last.fault.offset,
			   last.err, vkx_rule_text(last.fault.rule));
}

static int status_show(struct seq_file *m, void *unused)
{
	struct vkx_policy policy;
	enum vkx_enforcing why;

	vkx_enforce_policy(&policy);
	why = vkx_policy_enforcing(&policy);
	seq_printf(m, "enforcing: %s\n",
		   why == VKX_ENFORCING_NOT ? "no" : vkx_enforcing_name(why));
	seq_printf(m, "lockdown: %s\n", vkx_hop_lockdown_name(policy.lockdown));
	seq_printf(m, "keyring: %s\n", vkx_keyring_name());
	seq_printf(m, "signers-required: %u\n", policy.signers);
	show_level(m);
	vkx_measure_status(m);
	mutex_lock(&loaded_lock);
	show_loaded(m, "", loaded[0]);
	show_loaded(m, "crash-", loaded[1]);
	mutex_unlock(&loaded_lock);
	show_refusal(m);
	vkx_reason_show(m);
	return 0;
}

static int status_open(struct inode *inode, struct file *file)
{
	return single_open(file, status_show, NULL);
}

static const struct file_operations status_fops = {
	.open = status_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int facts_open(struct inode *inode, struct file *file)
{
	const struct vkexec_state *state;
	int err;

	mutex_lock(&loaded_lock);
	state = loaded[0];
	err = vkx_snapshot_take(file, state ? state->facts : NULL,
				state ? state->facts_size : 0);
	mutex_unlock(&loaded_lock);
	return err;
}

static const struct file_operations facts_fops = {
	.open = facts_open,
	.read = vkx_snapshot_read,
	.llseek = default_llseek,
	.release = vkx_snapshot_release,
};

static int __init status_init(void)
{
	struct dentry *dir, *file;

	dir = securityfs_create_dir("vkexec", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	file = securityfs_create_file("status", 0444, dir, NULL, &status_fops);
	if (!IS_ERR(file))
		file = securityfs_create_file("facts", 0400, dir, NULL,
					      &facts_fops);
	if (!IS_ERR(file))
		file = vkx_measure_files(dir);
	if (!IS_ERR(file))
		file = vkx_inject_file(dir);
	return PTR_ERR_OR_ZERO(file);
}
/* After the drivers that probe late, a TPM's among them. */
late_initcall_sync(status_init);
