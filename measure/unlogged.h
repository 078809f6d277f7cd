/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCRs that an event log does not lead to. User space extends some of them and
 * writes that down elsewhere, if at all: systemd's phases in PCR 11, machine
 * and volumes in 15, its NvPCRs in 9. Says what to do about those; what it
 * makes of a log is for people, an audit replays by itself.
 */
#ifndef VKX_UNLOGGED_H
#define VKX_UNLOGGED_H

#include "measure/pcr_values.h"

/* Bit n: PCR n is one that user space extends. */
#define VKX_USER_SPACE_PCRS \
	(UINT32_C(1) << 9 | UINT32_C(1) << 11 | UINT32_C(1) << 15)

/* The way out, as it follows a PCR's name in a message: "; ...", or "" where
 * user space is not known to extend it. Static text. */
const char *vkx_unlogged_hint(uint8_t pcr);

/*
 * The PCRs, by bit, with a value in any bank to which this log does not lead;
 * those of a bank that it does not have among them, all of them where it is no
 * log. -VKX_ERR_NOMEM, -VKX_ERR_CRYPTO.
 */
VKX_MUST_USE int vkx_unlogged_find(const struct vkx_pcr_values *values,
				   struct vkx_span log, uint32_t *pcrs_ret);

#endif
