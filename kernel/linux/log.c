// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "log.h"

#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/of.h>
#include <linux/printk.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/tpm.h>

#include "sml.h"
#include "snapshot.h"
#include "tcglog.h"

static DEFINE_MUTEX(lock);

static struct {
	u8 *buf; /* VKX_MAX_LOG bytes; NULL until opened */
	size_t used;
	size_t nr_banks;
	struct vkx_bank banks[VKX_MAX_BANKS];
	u32 hops;
	/* A PCR and the log differ, or may: nothing more is measured. */
	bool closed;
	/* Its bytes were handed over: what comes now would be in the TPM
	 * alone. */
	bool sealed;
	/* PCR 12 by this log, in the order of the TPM's banks; alg 0: the log
	 * has not this bank whole. */
	struct vkx_digest hop_pcr[VKX_MAX_BANKS];
	/* It was not what the log says, once. */
	bool others;
	const char *origin;
	struct dentry *file;
} log = { .origin = "none" };

void vkx_log_lock(void)
{
	mutex_lock(&lock);
}

void vkx_log_unlock(void)
{
	mutex_unlock(&lock);
}

static void show_size(void)
{
	if (!IS_ERR_OR_NULL(log.file))
		i_size_write(d_inode(log.file), log.used);
}

/* The PCR's values in every bank. */
static int read_pcr(struct vkx_tpm *tpm, u32 pcr, struct vkx_digest *values)
{
	size_t i;
	int err = 0;

	for (i = 0; i < tpm->nr_banks && !err; i++) {
		values[i].alg = tpm->banks[i].alg;
		err = vkx_tpm_read(tpm, pcr, &values[i]);
	}
	return err;
}

/* --- taking over ----------------------------------------------------------- */

static bool has_bank(const struct vkx_tpm *tpm, u16 alg)
{
	size_t i;

	for (i = 0; i < tpm->nr_banks; i++)
		if (tpm->banks[i].alg == alg)
			return true;
	return false;
}

static u32 count_hops(const struct vkx_tcglog *found)
{
	size_t offset = found->first;
	struct vkx_tcglog_event event;
	struct vkx_fault fault;
	struct vkx_hop hop;
	u32 index = 0, hops = 0;

	while (vkx_tcglog_next(found, &offset, &index, &event)) {
		if (event.pcr != VKX_HOP_PCR || event.type != VKX_EV_EVENT_TAG)
			continue;
		if (vkx_hop_decode(event.data, event.data_size, &hop, &fault))
			continue;
		if (hop.kind == VKX_HOP_LAUNCH)
			hops = max(hops, hop.number);
	}
	return hops;
}

/*
 * Why what was found cannot be continued, or NULL and it is in the buffer.
 * Only the copy is read: nobody promises that the original stays as it is.
 */
static const char *take_over(const struct vkx_tpm *tpm, const void *data,
			     size_t size, struct vkx_tcglog *found)
{
	size_t i;

	if (size > VKX_MAX_LOG)
		return "lost: what was handed over is too large";
	memcpy(log.buf, data, size);
	if (vkx_tcglog_open(log.buf, size, VKX_TCGLOG_PADDED, found, NULL))
		return "lost: what was handed over is malformed";
	if (found->legacy)
		return "lost: firmware's log has SHA-1 only";
	for (i = 0; i < found->nr_banks; i++)
		if (!has_bank(tpm, found->banks[i].alg))
			return "lost: it has a bank that the TPM has not";
	log.used = found->size;
	log.nr_banks = found->nr_banks;
	memcpy(log.banks, found->banks, sizeof(log.banks));
	log.hops = count_hops(found);
	return NULL;
}

static int start_anew(const struct vkx_tpm *tpm)
{
	log.nr_banks = tpm->nr_banks;
	memcpy(log.banks, tpm->banks, sizeof(log.banks));
	log.hops = 0;
	return vkx_tcglog_write_header(log.buf, VKX_MAX_LOG, log.banks,
				       log.nr_banks, &log.used) ?
		       -EIO :
		       0;
}

/*
 * The device tree first: the kernel before us hands over there, whatever else
 * firmware left.
 */
static const char *find_in_tree(const struct vkx_tpm *tpm,
				struct vkx_span *found_ret)
{
	const struct device *parent = tpm->chip->dev.parent;

	return vkx_sml_find(parent ? parent->of_node : NULL, found_ret);
}

/* What the TPM's driver found, by ACPI or EFI. */
static void find_in_driver(const struct vkx_tpm *tpm,
			   struct vkx_span *found_ret)
{
	const struct tpm_bios_log *left = &tpm->chip->log;

	if (!left->bios_event_log)
		return;
	found_ret->p = left->bios_event_log;
	found_ret->len =
		(u8 *)left->bios_event_log_end - (u8 *)left->bios_event_log;
}

static int fill(struct vkx_tpm *tpm, struct vkx_tcglog *found)
{
	struct vkx_span left = {};
	const char *lost;

	lost = find_in_tree(tpm, &left);
	if (!lost && !left.p)
		find_in_driver(tpm, &left);
	if (!lost && !left.p) {
		log.origin = "new";
		return start_anew(tpm);
	}
	if (!lost)
		lost = take_over(tpm, left.p, left.len, found);
	if (!lost) {
		log.origin = log.hops ? "handed over" : "firmware's";
		return 0;
	}
	pr_warn("event log: %s\n", lost);
	log.origin = lost;
	return start_anew(tpm);
}

/* What an extend makes of one bank's value. */
static int reckon_bank(struct vkx_bank bank, u8 *value, const u8 *digest)
{
	struct vkx_span pieces[2] = { { value, bank.size },
				      { digest, bank.size } };
	u8 after[VKX_MAX_DIGEST];
	int err = vkx_tpm_hash.digest(NULL, bank.alg, pieces, 2, after);

	if (!err)
		memcpy(value, after, bank.size);
	return err;
}

/* PCR 12 in the bank at index, by the events of the log. */
static void replay_bank(const struct vkx_tpm *tpm, size_t index,
			const struct vkx_tcglog *whole)
{
	struct vkx_digest *value = &log.hop_pcr[index];
	struct vkx_tcglog_event event;
	size_t offset = whole->first;
	int err = 0, bank;
	u32 count = 0;

	bank = vkx_tcglog_bank(whole, tpm->banks[index].alg);
	if (bank < 0 || whole->incomplete >> bank & 1)
		return;
	while (!err && vkx_tcglog_next(whole, &offset, &count, &event))
		if (event.extends && event.pcr == VKX_HOP_PCR)
			err = reckon_bank(tpm->banks[index], value->bytes,
					  event.digest[bank]);
	if (!err)
		value->alg = tpm->banks[index].alg;
}

/*
 * A kernel or a firmware that extended PCR 12 and left no event, or root, by
 * the TPM's device: nothing that is measured later can mend that, and no load
 * is refused for it. Whoever audits this machine sees a log that does not
 * replay, and here is why.
 */
static void compare_hop_pcr(const struct vkx_tpm *tpm,
			    const struct vkx_digest *values)
{
	size_t i;

	for (i = 0; i < tpm->nr_banks && !log.others; i++) {
		log.others = log.hop_pcr[i].alg == tpm->banks[i].alg &&
			     memcmp(log.hop_pcr[i].bytes, values[i].bytes,
				    tpm->banks[i].size);
		if (log.others)
			pr_warn("PCR %u was extended by others: the event log does not replay to it\n",
				VKX_HOP_PCR);
	}
}

static void check_hop_pcr(struct vkx_tpm *tpm, struct vkx_tcglog *whole)
{
	struct vkx_digest *values;
	size_t i;

	values = kcalloc(VKX_MAX_BANKS, sizeof(*values), GFP_KERNEL);
	if (!values ||
	    vkx_tcglog_open(log.buf, log.used, VKX_TCGLOG_EXACT, whole, NULL))
		goto out;
	for (i = 0; i < tpm->nr_banks; i++)
		replay_bank(tpm, i, whole);
	if (!read_pcr(tpm, VKX_HOP_PCR, values))
		compare_hop_pcr(tpm, values);
out:
	kfree(values);
}

int vkx_log_open(struct vkx_tpm *tpm)
{
	struct vkx_tcglog *found;
	int err = -ENOMEM;

	if (log.buf)
		return 0;
	found = kzalloc(sizeof(*found), GFP_KERNEL);
	log.buf = kvzalloc(VKX_MAX_LOG, GFP_KERNEL);
	if (found && log.buf)
		err = fill(tpm, found);
	if (!err)
		check_hop_pcr(tpm, found);
	if (err) {
		kvfree(log.buf);
		log.buf = NULL;
		log.used = 0;
	}
	kfree(found);
	show_size();
	return err;
}

void vkx_log_try_open(void)
{
	struct vkx_tpm tpm;

	if (vkx_tpm_open(&tpm))
		return;
	vkx_log_lock();
	if (vkx_log_open(&tpm))
		pr_err_once("event log: cannot be opened\n");
	vkx_log_unlock();
	vkx_tpm_close(&tpm);
}

u32 vkx_log_hops(void)
{
	return log.hops;
}

size_t vkx_log_used(void)
{
	return log.used;
}

/* --- adding ---------------------------------------------------------------- */

/*
 * read_pcr() where an error closes the log. The TPM's driver takes a page for
 * each command: that there was none says nothing about the PCR.
 */
#define READ_TRIES 3

static int read_again(struct vkx_tpm *tpm, struct vkx_log_batch *batch)
{
	int tries, err = -ENOMEM;

	for (tries = 0; tries < READ_TRIES && err == -ENOMEM; tries++)
		err = read_pcr(tpm, batch->pcr, batch->read);
	return err;
}

/* What an extend makes of a PCR's values. */
static int reckon(const struct vkx_tpm *tpm, struct vkx_digest *values,
		  const struct vkx_digest *digests)
{
	size_t i;
	int err = 0;

	for (i = 0; i < tpm->nr_banks && !err; i++)
		err = reckon_bank(tpm->banks[i], values[i].bytes,
				  digests[i].bytes);
	return err ? -EIO : 0;
}

static bool same(const struct vkx_tpm *tpm, const struct vkx_digest *a,
		 const struct vkx_digest *b)
{
	size_t i;

	for (i = 0; i < tpm->nr_banks; i++)
		if (memcmp(a[i].bytes, b[i].bytes, tpm->banks[i].size))
			return false;
	return true;
}

static void close_log(u32 pcr)
{
	log.closed = true;
	pr_err("PCR %u and the event log differ: log closed\n", pcr);
}

int vkx_log_begin(struct vkx_tpm *tpm, u32 pcr,
		  struct vkx_log_batch **batch_ret)
{
	struct vkx_log_batch *batch;
	int err;

	if (log.closed || log.sealed)
		return -EIO;
	batch = kzalloc(sizeof(*batch), GFP_KERNEL);
	if (!batch)
		return -ENOMEM;
	batch->pcr = pcr;
	batch->used = log.used;
	err = read_pcr(tpm, pcr, batch->start);
	if (err) {
		kfree(batch);
		return err;
	}
	if (pcr == VKX_HOP_PCR)
		compare_hop_pcr(tpm, batch->start);
	memcpy(batch->now, batch->start, sizeof(batch->now));
	*batch_ret = batch;
	return 0;
}

static bool room(u32 data_size, size_t max)
{
	size_t need = vkx_tcglog_event_size(log.banks, log.nr_banks, data_size);

	max = min_t(size_t, max, VKX_MAX_LOG);
	/* One zero must stay after the last event: see vkx_log_seal(). */
	return log.used < max && need < max - log.used;
}

/* The TPM says that the extend failed. Did it? */
static bool happened(struct vkx_tpm *tpm, struct vkx_log_batch *batch)
{
	if (read_again(tpm, batch))
		close_log(batch->pcr);
	else if (same(tpm, batch->read, batch->now))
		return true;
	else if (!same(tpm, batch->read, batch->before))
		close_log(batch->pcr);
	return false;
}

static int extend(struct vkx_tpm *tpm, struct vkx_log_batch *batch,
		  const struct vkx_digest *digests, bool *done_ret)
{
	int err;

	memcpy(batch->before, batch->now, sizeof(batch->before));
	err = reckon(tpm, batch->now, digests);
	if (!err) {
		err = vkx_tpm_extend(tpm, batch->pcr, digests);
		*done_ret = !err || happened(tpm, batch);
	}
	if (!*done_ret)
		memcpy(batch->now, batch->before, sizeof(batch->now));
	return err;
}

int vkx_log_event(struct vkx_tpm *tpm, struct vkx_log_batch *batch, u32 type,
		  const struct vkx_digest *digests, const void *data,
		  u32 data_size, size_t max)
{
	bool done = false;
	int err;

	if (log.closed || log.sealed)
		return -EIO;
	if (!room(data_size, max))
		return -ENOSPC;
	err = extend(tpm, batch, digests, &done);
	if (!done)
		return err;
	if (vkx_tcglog_append(log.buf, VKX_MAX_LOG, &log.used, log.banks,
			      log.nr_banks, batch->pcr, type, digests,
			      tpm->nr_banks, data, data_size)) {
		close_log(batch->pcr);
		return -EIO;
	}
	show_size();
	return err;
}

/* What it holds now is in the log, if what it held before was. */
static void keep_hop_pcr(const struct vkx_log_batch *batch)
{
	size_t i;

	for (i = 0; i < VKX_MAX_BANKS && batch->pcr == VKX_HOP_PCR; i++)
		if (log.hop_pcr[i].alg)
			log.hop_pcr[i] = batch->now[i];
}

int vkx_log_end(struct vkx_tpm *tpm, struct vkx_log_batch *batch)
{
	int err = read_again(tpm, batch);

	if (!err && same(tpm, batch->read, batch->now)) {
		keep_hop_pcr(batch);
		return 0;
	}
	if (!err && !log.closed && same(tpm, batch->read, batch->start)) {
		log.used = batch->used;
		show_size();
	} else {
		close_log(batch->pcr);
	}
	return err ? err : -EIO;
}

void vkx_log_hop(void)
{
	log.hops++;
}

/*
 * Linux's reader of binary_bios_measurements drops the last event of a log
 * that ends exactly where its memory does; zeros after it end it cleanly.
 */
int vkx_log_seal(u8 *buf_ret, size_t size)
{
	if (log.used >= size)
		return -ENOSPC;
	memcpy(buf_ret, log.buf, log.used);
	memset(buf_ret + log.used, 0, size - log.used);
	log.sealed = true;
	return 0;
}

/* --- securityfs ------------------------------------------------------------ */

void vkx_log_status(struct seq_file *m)
{
	vkx_log_lock();
	seq_printf(m, "event-log: %s%s%s\n", log.origin,
		   log.others ? ", PCR 12 was extended by others" : "",
		   log.closed ? ", closed: it and a PCR differ" : "");
	seq_printf(m, "event-log-size: %zu\n", log.used);
	seq_printf(m, "hops: %u\n", log.hops);
	vkx_log_unlock();
}

static int log_file_open(struct inode *inode, struct file *file)
{
	int err;

	vkx_log_try_open();
	vkx_log_lock();
	err = vkx_snapshot_take(file, log.buf, log.used);
	vkx_log_unlock();
	return err;
}

static const struct file_operations log_fops = {
	.open = log_file_open,
	.read = vkx_snapshot_read,
	.llseek = default_llseek,
	.release = vkx_snapshot_release,
};

struct dentry *vkx_log_file(struct dentry *dir)
{
	struct dentry *file;

	file = securityfs_create_file("event_log", 0440, dir, NULL, &log_fops);
	vkx_log_lock();
	log.file = file;
	show_size();
	vkx_log_unlock();
	return file;
}
