/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A prediction as people and other programs want it: PCR values and the events
 * behind them as text or JSON, the log itself, a component for systemd-pcrlock,
 * a policy for Keylime. For the predict command; prints.
 */
#ifndef VKX_PREDICT_REPORT_H
#define VKX_PREDICT_REPORT_H

#include "measure/predict.h"

/* What is wanted. Paths: a file to write, or NULL. */
struct vkx_predict_report {
	/* Banks that are shown; none: all of the log. */
	struct vkx_bank banks[VKX_MAX_BANKS];
	size_t nr_banks;
	bool explain; /* every event too; json always has them */
	bool json;
	const char *log_out;
	const char *pcrlock_out;
	const char *policy_out; /* Keylime's tpm_policy */
};

/*
 * Prints, and writes the files. from: bytes of the predicted log that were
 * there before, whose events are not told. False: an error was printed.
 */
bool vkx_predict_put_report(const struct vkx_predict_report *want,
			    const struct vkx_predict *predict, size_t from);

#endif
