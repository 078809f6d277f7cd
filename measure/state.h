/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an auditor remembers from one audit to the next, in a file: of each AK
 * the counters and the nonce of its last good quote, and of each product the
 * highest release of a manifest. One audit at a time has the file; threads of
 * it may share it.
 */
#ifndef VKX_STATE_H
#define VKX_STATE_H

#include "err.h"
#include "measure/reason.h"
#include "tpm_hash.h"

/* What one quote says of its TPM. */
struct vkx_seen {
	uint8_t nonce[32]; /* SHA-256 of it */
	uint64_t clock, firmware;
	uint32_t reset_count, restart_count;
	/* The clock may be behind what it was (TPMS_CLOCK_INFO's safe is NO);
	 * of the last quote only, not remembered. */
	bool unsafe;
};

/*
 * May now come after then? V83, V107: counters only grow, and cleared PCRs mean
 * that whatever the log says may be a repetition of an earlier, better day; so
 * many resets and restarts between the two are fine. So is a clock behind, if
 * one of them was a reset without an orderly stop, as now says: TPM 2.0 Library,
 * Part 1, "Clock", writes it to NV only now and then. FINE, NONCE_REUSED,
 * TPM_CHANGED, CLOCK_RESTART, CLOCK_RESET, CLOCK_BACK.
 */
enum vkx_reason vkx_seen_after(const struct vkx_seen *then,
			       const struct vkx_seen *now, uint32_t resets);

struct vkx_state;

/*
 * Reads the file, which need not be there, and keeps others from it until it
 * is closed; of a symbolic link the one that it leads to. A file that is there
 * and empty is malformed. -VKX_ERR_IO with errno; -VKX_ERR_FORMAT: *what_ret says what is
 * wrong with it, as static text; -VKX_ERR_LIMIT; -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_state_open(const char *path, struct vkx_state **state_ret,
				const char **what_ret);
/* Puts it in the file's place, whole or not at all, with the old one's mode and
 * owner. -VKX_ERR_IO with errno. */
VKX_MUST_USE int vkx_state_save(struct vkx_state *state);
/* Also for NULL. */
void vkx_state_close(struct vkx_state *state);

/* vkx_seen_after() what is known of this AK; where that is FINE, now is what is
 * known of it from here on. INTERNAL: out of memory. */
enum vkx_reason vkx_state_take(struct vkx_state *state, struct vkx_span ak_name,
			       const struct vkx_seen *now, uint32_t resets);

/* Highest release of a manifest of this product; 0: none was seen. */
uint64_t vkx_state_release(const struct vkx_state *state, const char *product);
/* Keeps the release if it is the highest. -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_state_raise(struct vkx_state *state, const char *product,
				 uint64_t release);

#endif
