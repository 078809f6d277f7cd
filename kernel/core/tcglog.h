/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The TCG event log (PC Client Platform Firmware Profile, 10 "Event Logging"),
 * crypto-agile and, for reading, the older SHA-1 form: a strict reader, a
 * writer and the replay to PCR values. It says what a log claims; whether that
 * is true only PCRs can tell, and of an event's type and data not even they,
 * unless its digest is recomputed from them (see hop.h).
 */
#ifndef VKX_TCGLOG_H
#define VKX_TCGLOG_H

#include "tpm_hash.h"
#include "verdict.h"

#define VKX_NR_PCRS 24u

/* TCG event types that are named in our code. */
#define VKX_EV_NO_ACTION 0x00000003u
#define VKX_EV_SEPARATOR 0x00000004u
#define VKX_EV_EVENT_TAG 0x00000006u
#define VKX_EV_IPL 0x0000000du
#define VKX_EV_EFI_HCRTM_EVENT 0x80000010u

enum vkx_tcglog_tail {
	VKX_TCGLOG_EXACT, /* the log fills the buffer */
	VKX_TCGLOG_PADDED, /* zeros, or 0xff only, may follow the last event */
};

struct vkx_tcglog {
	const uint8_t *data; /* the caller's buffer */
	size_t size; /* bytes of log: without padding */
	size_t first; /* offset of the first event after the header */
	uint32_t nr_events; /* without the header */
	bool legacy; /* SHA-1 form: no header; read-only */
	/* StartupLocality, or 4 for an H-CRTM event before every other: where
	 * PCR 0 starts. 0 if there is none. */
	uint8_t locality;
	uint8_t spec_major, spec_minor, spec_errata;
	uint32_t platform_class;
	size_t nr_banks;
	struct vkx_bank banks[VKX_MAX_BANKS]; /* in the header's order */
	/* Bit n: some extending event has no digest for banks[n], so that the
	 * log cannot tell that bank's PCRs. */
	uint32_t incomplete;
};

struct vkx_tcglog_event {
	uint32_t index; /* 0: first event after the header */
	size_t offset; /* of the record in the log */
	size_t size; /* of the record */
	uint32_t pcr;
	uint32_t type;
	/* False for EV_NO_ACTION: such an event extends nothing. */
	bool extends;
	/* By position in log->banks, whatever the order in the record; NULL:
	 * none for this bank. */
	const uint8_t *digest[VKX_MAX_BANKS];
	const uint8_t *data;
	uint32_t data_size;
};

/*
 * Reads the whole log once. -VKX_ERR_FORMAT with *fault_ret (rules LOG_*) for
 * a first record that is neither a Spec ID event nor, for the SHA-1 form, a
 * plausible event; a bank that is repeated, has a wrong size, or more banks
 * than VKX_MAX_BANKS; an event without digests, or with one for a bank that the
 * header has not or that it had already; a PCR of 24 or more (unless EV_NO_ACTION); a second header; a record
 * that ends outside the buffer; for EXACT any byte, for PADDED bytes
 * after the last event that are neither all zero nor all 0xff. -VKX_ERR_LIMIT beyond VKX_MAX_LOG. The log keeps
 * pointing into buf, which must not change.
 */
VKX_MUST_USE int vkx_tcglog_open(const void *buf, size_t len,
				 enum vkx_tcglog_tail tail,
				 struct vkx_tcglog *log_ret,
				 struct vkx_fault *fault_ret);

/*
 * Iteration over a log that was opened: start with *offset = log->first; each
 * call reads one event and moves on. False at the end.
 */
bool vkx_tcglog_next(const struct vkx_tcglog *log, size_t *offset,
		     uint32_t *index, struct vkx_tcglog_event *event_ret);

/* Position of alg in log->banks, or -1. */
int vkx_tcglog_bank(const struct vkx_tcglog *log, uint16_t alg);

/* --- writing --------------------------------------------------------------
 *
 * A log under construction is a buffer and the bytes used in it. All of these
 * write nothing on error; -VKX_ERR_SPACE where room is short.
 */

/*
 * The header (Spec ID Event03, TCG 2.0 rev. 1.05 fields, UINTN 8) for a TPM
 * with these banks. -VKX_ERR_ARG: no bank, too many, or a size that is not
 * the algorithm's.
 */
VKX_MUST_USE int vkx_tcglog_write_header(void *buf, size_t max,
					 const struct vkx_bank *banks,
					 size_t nr, size_t *used_ret);

/*
 * Appends one event at *used and moves *used. digests holds one digest for
 * each of the log's banks in any order; others in it are left out.
 * -VKX_ERR_NOTFOUND: one of the log's banks has no digest there (the TPM does
 * not have the bank: this log cannot be continued truthfully).
 */
VKX_MUST_USE int vkx_tcglog_append(void *buf, size_t max, size_t *used,
				   const struct vkx_bank *banks, size_t nr,
				   uint32_t pcr, uint32_t type,
				   const struct vkx_digest *digests,
				   size_t nr_digests, const void *data,
				   uint32_t data_size);

/* Bytes that vkx_tcglog_append() adds: to size a log before it is written. */
size_t vkx_tcglog_event_size(const struct vkx_bank *banks, size_t nr,
			     uint32_t data_size);

/* --- replay ---------------------------------------------------------------*/

/* PCRs of one bank. About 1.5 KiB: not for a kernel stack. */
struct vkx_pcrs {
	struct vkx_bank bank;
	uint32_t extended; /* bit n: an event extended PCR n */
	uint8_t value[VKX_NR_PCRS][VKX_MAX_DIGEST];
};

/* As after TPM2_Startup: 17 to 22 all ones, the others zero; PCR 0 ends in
 * the locality byte. */
void vkx_pcrs_reset(struct vkx_pcrs *pcrs, struct vkx_bank bank,
		    uint8_t locality);

/* value[pcr] = H(value[pcr] || digest). -VKX_ERR_ARG: no such PCR; else what
 * ops->digest says. */
VKX_MUST_USE int vkx_pcrs_extend(struct vkx_pcrs *pcrs,
				 const struct vkx_hash_ops *ops, uint32_t pcr,
				 const uint8_t *digest);

/*
 * Every event of the log from reset, in the bank with this algorithm.
 * -VKX_ERR_NOTFOUND: the log has no such bank; -VKX_ERR_FORMAT: the bank is
 * incomplete; else what ops->digest says.
 */
VKX_MUST_USE int vkx_tcglog_replay(const struct vkx_tcglog *log, uint16_t alg,
				   const struct vkx_hash_ops *ops,
				   struct vkx_pcrs *pcrs_ret);

#endif
