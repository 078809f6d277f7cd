/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one TCG log: what firmware or the kernel before us left, and our events
 * after it. Every event here is in the TPM and every one of ours in the TPM is
 * here; where that cannot be known any more, the log is closed and measuring
 * fails until the next reset. All functions need the lock where
 * they do not say that they take it.
 */
#ifndef VKX_LOG_H
#define VKX_LOG_H

#include "hop.h"
#include "tpm.h"

struct dentry;
struct seq_file;

void vkx_log_lock(void);
void vkx_log_unlock(void);

/*
 * Takes over what the TPM driver found (firmware's log, or one handed over),
 * once; a log that is absurd or not for this TPM's banks is reported as lost
 * and a new one is started. 0 or an errno.
 */
int vkx_log_open(struct vkx_tpm *tpm);

/* The same where there is a TPM, for those who only look: takes the lock
 * itself. Drivers may be bound at any time. */
void vkx_log_try_open(void);

/* Launches in the log. */
u32 vkx_log_hops(void);
size_t vkx_log_used(void);

/*
 * Events in one PCR that belong together. The PCR is read before the first
 * and after the last: a TPM (or what is between it and us) that drops an
 * extend and claims success is noticed, and so is one that extends and claims
 * an error. In between, the value is reckoned. From the heap, with all the room
 * that finding out takes: once an extend was sent, a lack of memory must not
 * be the reason why the log is closed.
 */
struct vkx_log_batch {
	u32 pcr;
	size_t used; /* of the log, before */
	struct vkx_digest start[VKX_MAX_BANKS];
	struct vkx_digest now[VKX_MAX_BANKS]; /* what the PCR should hold */
	struct vkx_digest before[VKX_MAX_BANKS]; /* the last extend */
	struct vkx_digest read[VKX_MAX_BANKS];
};

/* *batch_ret is the caller's (kfree). 0 or an errno. */
int vkx_log_begin(struct vkx_tpm *tpm, u32 pcr,
		  struct vkx_log_batch **batch_ret);

/*
 * Extends the PCR in every bank with digests (in the order of tpm's banks) and
 * appends the event. max: bytes the log may have afterwards. -ENOSPC: no room,
 * nothing done. Else an errno of the TPM: whether the PCR was extended is then
 * found out by reading it, and the event is in the log if it was.
 */
int vkx_log_event(struct vkx_tpm *tpm, struct vkx_log_batch *batch, u32 type,
		  const struct vkx_digest *digests, const void *data,
		  u32 data_size, size_t max);

/*
 * Compares the PCR with what it should hold. -EIO if it differs: the events
 * are taken out of the log again if none of them happened, else the log is
 * closed.
 */
int vkx_log_end(struct vkx_tpm *tpm, struct vkx_log_batch *batch);

/*
 * At launch: the log's bytes and zeros after it; -ENOSPC if a zero does not
 * fit. From here on nothing more is measured: an image that this one replaced
 * is dropped outside kexec's lock, and its unload record may come only now.
 */
int vkx_log_seal(u8 *buf_ret, size_t size);

/* A launch was logged. */
void vkx_log_hop(void);

/* "firmware's continued", "new", "lost: ..."; and the file event_log. Both
 * take the lock themselves. */
void vkx_log_status(struct seq_file *m);
struct dentry *vkx_log_file(struct dentry *dir);

#endif
