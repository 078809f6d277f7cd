/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The events of a log, taken apart once for all steps of an appraisal, and
 * their replay: what vkx_tcglog_replay() computes, with two PCRs at a time in
 * the bank that is quoted most. Memory stays from log to log.
 */
#ifndef VKX_REPLAY_H
#define VKX_REPLAY_H

#include "tcglog.h"

/* Zeroed: empty. Points into the log. */
struct vkx_events {
	size_t nr; /* events that extend a PCR */
	uint32_t pcrs; /* which ones, as a mask */
	/* Those in PCR 11 and 12, in order. */
	size_t nr_own;
	struct vkx_tcglog_event *own;

	size_t nr_banks;
	uint8_t *pcr; /* nr of them */
	const uint8_t **digest; /* by event, then by position of the bank */
	size_t room, digest_room, own_room;
};

/* -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_events_read(struct vkx_events *events,
				 const struct vkx_tcglog *log);
/* Same result and errors as vkx_tcglog_replay() over that log. */
VKX_MUST_USE int vkx_events_replay(const struct vkx_events *events,
				   const struct vkx_tcglog *log, uint16_t alg,
				   struct vkx_pcrs *pcrs_ret);
void vkx_events_free(struct vkx_events *events);

#endif
