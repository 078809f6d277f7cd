// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "measure.h"

#include <linux/err.h>
#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/of.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/tpm.h>
#include <linux/workqueue.h>

#include "chosen.h"
#include "efi_log.h"
#include "enforce.h"
#include "inject.h"
#include "log.h"
#include "tcglog.h"
#include "tpm.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "vkexec."

/* Room in the next kernel's log for what comes between load and launch: loads
 * and unloads of crash kernels. */
#define LOG_SLACK SZ_64K

static bool pcr11 = IS_ENABLED(CONFIG_VKEXEC_MEASURE_UKI);
module_param(pcr11, bool, 0444);

/* --- one record ------------------------------------------------------------- */

/* All of these run with the log's lock held. */
static int tagged_event(struct vkx_tpm *tpm, struct vkx_log_batch *batch,
			const u8 *data, size_t max)
{
	struct vkx_span piece = { data, VKX_HOP_EVENT_SIZE };
	struct vkx_digest *digests;
	int err;

	digests = kcalloc(VKX_MAX_BANKS, sizeof(*digests), GFP_KERNEL);
	if (!digests)
		return -ENOMEM;
	err = vkx_hash_banks(&vkx_tpm_hash, tpm->banks, tpm->nr_banks, &piece,
			     1, digests);
	if (err)
		err = -EOPNOTSUPP;
	else
		err = vkx_log_event(tpm, batch, VKX_EV_EVENT_TAG, digests, data,
				    VKX_HOP_EVENT_SIZE, max);
	kfree(digests);
	return err;
}

static int record(struct vkx_tpm *tpm, const struct vkx_hop *hop, size_t max)
{
	u8 data[VKX_HOP_EVENT_SIZE];
	struct vkx_log_batch *batch;
	int err, end;

	if (vkx_inject_tpm())
		return -EIO;
	if (vkx_hop_encode(hop, data))
		return -EINVAL;
	err = vkx_log_begin(tpm, VKX_HOP_PCR, &batch);
	if (err)
		return err;
	err = tagged_event(tpm, batch, data, max);
	end = vkx_log_end(tpm, batch);
	kfree(batch);
	return err ? err : end;
}

/* The writer speaks about itself as it is at this moment. */
static void about_writer(struct vkx_hop *hop)
{
	struct vkx_policy policy;

	vkx_enforce_policy(&policy);
	hop->lockdown = policy.lockdown;
	hop->flags &= ~VKX_HOP_ENFORCED;
	if (vkx_policy_enforcing(&policy) != VKX_ENFORCING_NOT)
		hop->flags |= VKX_HOP_ENFORCED;
}

/* --- sections: hashed at load, extended at launch --------------------------- */

/*
 * All sections in one bank's algorithm: a bank beside SHA-256 costs a pass
 * over the file, so each has a work item of its own.
 */
struct bank_work {
	struct work_struct work;
	const struct vkx_load *load;
	size_t index;
	u16 alg;
	int err;
};

static int hash_section(const struct vkx_load *load,
			const struct vkx_uki_measured *what,
			struct vkx_digest *digest)
{
	struct vkx_span piece = { load->file + what->offset, what->size };

	/* part_sha256 has the first .dtbauto, which need not be ours. */
	if (digest->alg != VKX_TPM_ALG_SHA256 || what->part == VKX_PART_DTBAUTO)
		return vkx_tpm_hash.digest(NULL, digest->alg, &piece, 1,
					   digest->bytes);
	memcpy(digest->bytes, load->part_sha256[what->part], 32);
	return 0;
}

static void hash_bank(struct work_struct *work)
{
	struct bank_work *bank = container_of(work, struct bank_work, work);
	struct vkexec_state *state = bank->load->state;
	struct vkx_digest *digest;
	size_t i;

	for (i = 0; i < state->nr_sections && !bank->err; i++) {
		digest = &state->sections[i].digests[bank->index];
		digest->alg = bank->alg;
		bank->err = hash_section(bank->load,
					 &state->sections[i].section, digest);
	}
}

static int hash_banks(struct vkx_load *load, const struct vkx_tpm *tpm)
{
	struct bank_work *banks;
	size_t i;
	int err = 0;

	banks = kcalloc(tpm->nr_banks, sizeof(*banks), GFP_KERNEL);
	if (!banks)
		return -ENOMEM;
	for (i = 0; i < tpm->nr_banks; i++) {
		banks[i].load = load;
		banks[i].index = i;
		banks[i].alg = tpm->banks[i].alg;
		INIT_WORK(&banks[i].work, hash_bank);
		queue_work(system_unbound_wq, &banks[i].work);
	}
	for (i = 0; i < tpm->nr_banks; i++) {
		flush_work(&banks[i].work);
		if (!err)
			err = banks[i].err;
	}
	kfree(banks);
	if (err == -VKX_ERR_UNSUPPORTED)
		return vkx_break(&load->fault, VKX_RULE_POLICY_TPM_BANK, 0);
	if (err)
		return err == -VKX_ERR_NOMEM ? -ENOMEM : -EIO;
	return 0;
}

static int list_sections(const struct vkx_load *load,
			 struct vkx_uki_measured *list, size_t *count_ret)
{
	int dtbauto = load->choice.source == VKX_DTB_AUTO ?
			      (int)load->choice.index :
			      VKX_DTBAUTO_NONE;

	return vkx_uki_measure(&load->uki, dtbauto, list, count_ret) ? -EFAULT :
								       0;
}

static int hash_sections(struct vkx_load *load, const struct vkx_tpm *tpm)
{
	struct vkexec_state *state = load->state;
	struct vkx_uki_measured list[VKX_PART_NR];
	size_t i, count;
	int err = list_sections(load, list, &count);

	if (err)
		return err;
	state->sections = kvcalloc(count, sizeof(*state->sections), GFP_KERNEL);
	if (!state->sections)
		return -ENOMEM;
	state->nr_sections = count;
	for (i = 0; i < count; i++)
		state->sections[i].section = list[i];
	return hash_banks(load, tpm);
}

/* Two events: the name, then the contents (docs/format-hop.md). */
static int extend_section(struct vkx_tpm *tpm, struct vkx_log_batch *batch,
			  const struct vkx_section_digests *section,
			  struct vkx_digest *name, size_t max)
{
	const struct vkx_uki_measured *what = &section->section;
	struct vkx_span piece = { what->name, what->name_size };
	u8 data[VKX_UKI_EVENT_DATA_MAX];
	u32 size = vkx_uki_event_data(what->part, data);
	int err;

	if (vkx_hash_banks(&vkx_tpm_hash, tpm->banks, tpm->nr_banks, &piece, 1,
			   name))
		return -EIO;
	err = vkx_log_event(tpm, batch, VKX_EV_IPL, name, data, size, max);
	if (err)
		return err;
	return vkx_log_event(tpm, batch, VKX_EV_IPL, section->digests, data,
			     size, max);
}

static int extend_all(struct vkx_tpm *tpm, struct vkx_log_batch *batch,
		      const struct vkexec_state *state)
{
	struct vkx_digest *name;
	size_t i;
	int err = 0;

	name = kcalloc(VKX_MAX_BANKS, sizeof(*name), GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	for (i = 0; i < state->nr_sections && !err; i++)
		err = extend_section(tpm, batch, &state->sections[i], name,
				     vkx_state_log_room(state));
	kfree(name);
	return err;
}

static int extend_sections(struct vkx_tpm *tpm,
			   const struct vkexec_state *state)
{
	struct vkx_log_batch *batch;
	int err, end;

	if (!(state->hop.flags & VKX_HOP_UAPI))
		return 0;
	err = vkx_log_begin(tpm, VKX_UKI_PCR, &batch);
	if (err)
		return err;
	err = extend_all(tpm, batch, state);
	end = vkx_log_end(tpm, batch);
	kfree(batch);
	return err ? err : end;
}

/* --- load ------------------------------------------------------------------- */

bool vkx_measure_tpm_path(char *path_ret, size_t size)
{
	struct device_node *node;
	struct vkx_tpm tpm;
	bool found;

	if (vkx_tpm_open(&tpm))
		return false;
	node = tpm.chip->dev.parent ? tpm.chip->dev.parent->of_node : NULL;
	found = node && snprintf(path_ret, size, "%pOF", node) < size;
	vkx_tpm_close(&tpm);
	return found;
}

static size_t record_size(const struct vkx_tpm *tpm)
{
	return vkx_tcglog_event_size(tpm->banks, tpm->nr_banks,
				     VKX_HOP_EVENT_SIZE);
}

/* The sections, and the launch record. */
static size_t launch_size(const struct vkx_tpm *tpm)
{
	size_t section = vkx_tcglog_event_size(tpm->banks, tpm->nr_banks,
					       VKX_UKI_EVENT_DATA_MAX);

	return 2 * VKX_PART_NR * section + record_size(tpm);
}

u64 vkx_measure_log_size(const struct vkx_load *load)
{
	struct vkx_tpm tpm;
	size_t size = 0;

	if (load->state->crash || vkx_tpm_open(&tpm))
		return 0;
	vkx_log_lock();
	if (!vkx_log_open(&tpm))
		size = vkx_log_used() + record_size(&tpm) + launch_size(&tpm) +
		       LOG_SLACK;
	vkx_log_unlock();
	vkx_tpm_close(&tpm);
	if (!size)
		return 0;
	return min_t(u64, PAGE_ALIGN(size + VKX_EFI_LOG_EXTRA), VKX_MAX_LOG);
}

/* The image that waits for its launch, if any: kexec's lock is held by every
 * load, and who frees an image has taken it out of here before. */
static const struct vkexec_state *staged(void)
{
	return kexec_image ? kexec_image->arch.vkexec : NULL;
}

/*
 * A launch that finds no room would be a reset: keep it free, and that of the
 * unload records that come before it unasked: of the image that the load
 * replaces, or its own should it fail now, and of a crash kernel.
 */
static size_t room_until_launch(const struct vkexec_state *state,
				const struct vkx_tpm *tpm)
{
	size_t room = vkx_state_log_room(state);
	size_t keep = launch_size(tpm) + 2 * record_size(tpm);

	return room > keep ? room - keep : 0;
}

/* Loads that fail and crash kernels that come and go must not fill the log of
 * the image that waits. */
static size_t room_for_load(const struct vkexec_state *state,
			    const struct vkx_tpm *tpm)
{
	const struct vkexec_state *waits = staged();
	size_t room = VKX_MAX_LOG;

	if (!state->crash)
		room = room_until_launch(state, tpm);
	if (waits && waits->measured)
		room = min(room, room_until_launch(waits, tpm));
	return room;
}

static int record_load(struct vkx_load *load, struct vkx_tpm *tpm)
{
	struct vkexec_state *state = load->state;
	size_t used;
	int err;

	err = vkx_log_open(tpm);
	if (err)
		return err;
	state->hop.number = vkx_log_hops() + 1;
	if (pcr11 && !state->crash)
		state->hop.flags |= VKX_HOP_UAPI;
	/* Its size could not be told a moment ago: too little memory. */
	if (!state->crash && !state->log.bytes)
		return -ENOMEM;
	used = vkx_log_used();
	err = record(tpm, &state->hop, room_for_load(state, tpm));
	/* A TPM may extend and answer with an error: the load fails, and is
	 * owed an unload record. */
	state->measured = vkx_log_used() > used;
	return err;
}

static int measure(struct vkx_load *load, struct vkx_tpm *tpm,
		   struct vkx_tpm_facts *facts)
{
	int err;

	facts->present = true;
	err = hash_sections(load, tpm);
	if (err)
		return err;
	facts->banks_known = true;
	vkx_log_lock();
	err = record_load(load, tpm);
	vkx_log_unlock();
	if (err == -ENOMEM)
		return err;
	if (err) {
		pr_warn("load record was not measured: error %d\n", err);
		return vkx_break(&load->fault, VKX_RULE_POLICY_MEASURE, 0);
	}
	facts->measured = true;
	return 0;
}

int vkx_measure_load(struct vkx_load *load)
{
	struct vkx_tpm_facts facts = {};
	struct vkx_tpm tpm;
	int err = 0;

	if (!vkx_tpm_open(&tpm)) {
		err = measure(load, &tpm, &facts);
		vkx_tpm_close(&tpm);
	} else {
		facts.gone = vkx_tpm_seen();
	}
	if (!err)
		err = vkx_judge(
			vkx_policy_tpm(&load->policy, &facts, &load->fault),
			&load->fault);
	if (!err)
		vkx_checks_pass(&load->checks, VKX_CHECK_TPM);
	return err;
}

/* --- unload and launch ------------------------------------------------------- */

void vkx_measure_unload(struct vkexec_state *state)
{
	struct vkx_hop hop = state->hop;
	struct vkx_tpm tpm;
	int err;

	if (!state->measured || state->launched)
		return;
	state->measured = false;
	hop.kind = VKX_HOP_UNLOAD;
	about_writer(&hop);
	vkx_inject_before_unload();
	err = vkx_tpm_open(&tpm);
	if (!err) {
		vkx_log_lock();
		err = record(&tpm, &hop, VKX_MAX_LOG);
		vkx_log_unlock();
		vkx_tpm_close(&tpm);
	}
	vkx_inject_after_unload();
	if (err)
		pr_warn("unload record was not measured: error %d\n", err);
}

static int launch(struct vkx_tpm *tpm, struct vkexec_state *state, u8 *log_ret)
{
	struct vkx_hop hop = state->hop;
	int err;

	hop.kind = VKX_HOP_LAUNCH;
	about_writer(&hop);
	err = extend_sections(tpm, state);
	if (!err)
		err = record(tpm, &hop, vkx_state_log_room(state));
	if (err)
		return err;
	vkx_log_hop();
	if (state->log_header)
		vkx_efi_log_fill(log_ret, vkx_state_log_room(state));
	return vkx_log_seal(log_ret + state->log_header,
			    vkx_state_log_room(state));
}

int vkx_measure_launch(struct vkexec_state *state, u8 *log_ret)
{
	struct vkx_tpm tpm;
	int err;

	/* Loaded without a TPM: policy allowed it then. One that has come
	 * since would see a launch without a load. */
	if (!state->measured)
		return 0;
	err = vkx_tpm_open(&tpm);
	if (err)
		return err;
	vkx_log_lock();
	err = launch(&tpm, state, log_ret);
	vkx_log_unlock();
	vkx_tpm_close(&tpm);
	return err;
}

/* --- securityfs --------------------------------------------------------------- */

static void show_tpm(struct seq_file *m)
{
	struct vkx_tpm tpm;
	const char *name;
	size_t i;

	if (vkx_tpm_open(&tpm)) {
		seq_puts(m, "tpm: none\n");
		return;
	}
	seq_puts(m, "tpm: 2.0, banks");
	for (i = 0; i < tpm.nr_banks; i++) {
		name = vkx_tpm_alg_name(tpm.banks[i].alg);
		seq_printf(m, " %s", name ? name : "unknown");
	}
	seq_putc(m, '\n');
	vkx_tpm_close(&tpm);
}

void vkx_measure_status(struct seq_file *m)
{
	vkx_log_try_open();
	show_tpm(m);
	seq_printf(m, "tpm-required: %s\n",
		   IS_ENABLED(CONFIG_VKEXEC_REQUIRE_TPM) ? "yes" : "no");
	seq_printf(m, "pcr11: %s\n", pcr11 ? "on" : "off");
	seq_printf(m, "launched-unmeasured: %s\n",
		   vkx_chosen_get("vkexec,unmeasured", NULL) ? "yes" : "no");
	vkx_log_status(m);
}

/* The log shows what was handed over before anything is loaded. */
struct dentry *vkx_measure_files(struct dentry *dir)
{
	vkx_log_try_open();
	return vkx_log_file(dir);
}
