// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "log.h"

#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/tpm.h>

#include "tcglog.h"

static DEFINE_MUTEX(lock);

static struct {
	u8 *buf; /* VKX_MAX_LOG bytes; NULL until opened */
	size_t used;
	size_t nr_banks;
	struct vkx_bank banks[VKX_MAX_BANKS];
	u32 hops;
	/* TPM and log may differ: an extend whose outcome is not known. */
	bool closed;
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

/* Why what was found cannot be continued, or NULL and it is in the buffer. */
static const char *take_over(const struct vkx_tpm *tpm, const void *data,
			     size_t size, struct vkx_tcglog *found)
{
	size_t i;

	if (vkx_tcglog_open(data, size, VKX_TCGLOG_PADDED, found, NULL))
		return "lost: what was handed over is malformed";
	if (found->legacy)
		return "lost: firmware's log has SHA-1 only";
	for (i = 0; i < found->nr_banks; i++)
		if (!has_bank(tpm, found->banks[i].alg))
			return "lost: it has a bank that the TPM has not";
	if (found->size > VKX_MAX_LOG / 2)
		return "lost: no room is left in it";
	memcpy(log.buf, data, found->size);
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
				       log.nr_banks, &log.used) ? -EIO : 0;
}

static int fill(struct vkx_tpm *tpm, struct vkx_tcglog *found)
{
	const struct tpm_bios_log *left = &tpm->chip->log;
	size_t size = (u8 *)left->bios_event_log_end -
		      (u8 *)left->bios_event_log;
	const char *lost;

	if (!left->bios_event_log) {
		log.origin = "new";
		return start_anew(tpm);
	}
	lost = take_over(tpm, left->bios_event_log, size, found);
	if (!lost) {
		log.origin = log.hops ? "handed over" : "firmware's";
		return 0;
	}
	pr_warn("event log: %s\n", lost);
	log.origin = lost;
	return start_anew(tpm);
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
	if (err) {
		kvfree(log.buf);
		log.buf = NULL;
		log.used = 0;
	}
	kfree(found);
	show_size();
	return err;
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

/* What an extend makes of a PCR's value. */
static int expect(struct vkx_tpm *tpm, const struct vkx_digest *before,
		  const struct vkx_digest *digests, struct vkx_digest *after)
{
	size_t i;
	int err = 0;

	for (i = 0; i < tpm->nr_banks && !err; i++) {
		u16 size = tpm->banks[i].size;
		struct vkx_span pieces[2] = { { before[i].bytes, size },
					       { digests[i].bytes, size } };

		after[i].alg = tpm->banks[i].alg;
		err = vkx_tpm_hash.digest(NULL, after[i].alg, pieces, 2,
					  after[i].bytes);
	}
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

/* Values of one PCR around an extend. */
struct around {
	struct vkx_digest before[VKX_MAX_BANKS];
	struct vkx_digest want[VKX_MAX_BANKS];
	struct vkx_digest after[VKX_MAX_BANKS];
};

/*
 * Extends, and believes the PCR and not the answer: a TPM (or what is between
 * it and us) that drops an extend and claims success is noticed here, and so
 * is one that extends and claims an error. *done_ret: the event happened.
 */
static int extend_checked(struct vkx_tpm *tpm, u32 pcr,
			  const struct vkx_digest *digests,
			  struct around *around, bool *done_ret)
{
	int err, said;

	*done_ret = false;
	err = read_pcr(tpm, pcr, around->before);
	if (!err)
		err = expect(tpm, around->before, digests, around->want);
	if (err)
		return err;
	said = vkx_tpm_extend(tpm, pcr, digests);
	err = read_pcr(tpm, pcr, around->after);
	if (!err && same(tpm, around->after, around->want)) {
		*done_ret = true;
		return said;
	}
	if (err || !same(tpm, around->after, around->before)) {
		log.closed = true;
		pr_err("PCR %u: outcome of an extend is not known, log closed\n",
		       pcr);
	}
	return said ? said : -EIO;
}

static bool room(u32 data_size, size_t max)
{
	size_t need = vkx_tcglog_event_size(log.banks, log.nr_banks,
					    data_size);

	max = min_t(size_t, max, VKX_MAX_LOG);
	/* One zero must stay after the last event: see vkx_log_copy(). */
	return log.used < max && need < max - log.used;
}

int vkx_log_event(struct vkx_tpm *tpm, u32 pcr, u32 type,
		  const struct vkx_digest *digests, const void *data,
		  u32 data_size, size_t max)
{
	struct around *around;
	bool done;
	int err;

	if (log.closed)
		return -EIO;
	if (!room(data_size, max))
		return -ENOSPC;
	around = kzalloc(sizeof(*around), GFP_KERNEL);
	if (!around)
		return -ENOMEM;
	err = extend_checked(tpm, pcr, digests, around, &done);
	kfree(around);
	if (!done)
		return err;
	if (vkx_tcglog_append(log.buf, VKX_MAX_LOG, &log.used, log.banks,
			      log.nr_banks, pcr, type, digests, tpm->nr_banks,
			      data, data_size)) {
		log.closed = true;
		return -EIO;
	}
	show_size();
	return err;
}

void vkx_log_hop(void)
{
	log.hops++;
}

/*
 * Linux's reader of binary_bios_measurements drops the last event of a log
 * that ends exactly where its memory does; zeros after it end it cleanly.
 */
int vkx_log_copy(u8 *buf_ret, size_t size)
{
	if (log.used >= size)
		return -ENOSPC;
	memcpy(buf_ret, log.buf, log.used);
	memset(buf_ret + log.used, 0, size - log.used);
	return 0;
}

/* --- securityfs ------------------------------------------------------------ */

void vkx_log_status(struct seq_file *m)
{
	vkx_log_lock();
	seq_printf(m, "event-log: %s%s\n", log.origin,
		   log.closed ? ", closed: outcome of an extend not known" :
				"");
	seq_printf(m, "event-log-size: %zu\n", log.used);
	seq_printf(m, "hops: %u\n", log.hops);
	vkx_log_unlock();
}

static ssize_t log_read(struct file *file, char __user *buf, size_t count,
			loff_t *pos)
{
	ssize_t n;

	vkx_log_lock();
	n = simple_read_from_buffer(buf, count, pos, log.buf, log.used);
	vkx_log_unlock();
	return n;
}

static const struct file_operations log_fops = {
	.read = log_read,
	.llseek = default_llseek,
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
