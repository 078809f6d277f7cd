/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one machine's evidence is worth. The order is fixed and nothing later
 * runs before the step above it passed: AK, signature, message, nonce, signed
 * selection, PCR values, clock; then the log's replay; then the chain of
 * kernels against the manifest. The verdict starts as "none" and is written
 * last. Thread-safe: a policy is only read, but for its state, which has a lock.
 */
#ifndef VKX_APPRAISE_H
#define VKX_APPRAISE_H

#include "hop.h"
#include "measure/ak_signature.h"
#include "measure/evidence.h"
#include "measure/manifest.h"
#include "measure/pcr_values.h"
#include "measure/reason.h"
#include "measure/replay.h"
#include "measure/state.h"

/* A nonce shorter than this can be met by chance or by a table. */
#define VKX_MIN_NONCE 16u

/* An AK that the auditor knows. */
struct vkx_known_ak {
	struct vkx_span name;
	/* The machine that it is known as; NULL: the only one of this audit. */
	const char *machine;
};

/* For qsort() and bsearch(), by name: shorter ones first, then by bytes. */
int vkx_known_ak_order(const void *a, const void *b);

struct vkx_policy {
	const struct vkx_manifest *manifest;
	struct vkx_span nonce;
	/* AKs that machines are known by, in vkx_known_ak_order(). */
	const struct vkx_known_ak *aks;
	size_t nr_aks;
	/* Or the AK is bound by a challenge: name and secret. */
	struct vkx_span challenge_ak; /* p NULL: none */
	struct vkx_span challenge_secret;
	bool ek_unknown; /* no trusted maker issued the EK's certificate */
	uint32_t required_pcrs; /* in each quoted bank */
	/* The evidence before this, already checked as far as its signature;
	 * NULL: none. */
	const struct vkx_attest *previous;
	struct vkx_span previous_ak; /* name of the AK that signed it */
	struct vkx_state *state; /* of all audits before, or NULL */
	uint32_t resets; /* so many resets and restarts since are fine */
	uint32_t expect_hops; /* at least so many */
};

enum vkx_link_kind {
	VKX_LINK_FIRST, /* booted by firmware */
	VKX_LINK_HOP, /* launched */
	VKX_LINK_STAGED, /* loaded, not launched */
};

#define VKX_MAX_FINDINGS 64u
#define VKX_MAX_LINKS 2048u

struct vkx_chain_link {
	enum vkx_link_kind kind;
	enum vkx_tier tier;
	struct vkx_hop hop; /* unless FIRST */
	uint32_t event; /* number in the log, from 1; 0: none */
	const struct vkx_artifact *artifact; /* in the manifest, or NULL */
	/* FIRST: only PCR 11 says so, which anybody with the TPM extends. */
	bool hearsay;
};

struct vkx_finding {
	enum vkx_reason reason;
	int link; /* index, or -1: the machine */
	uint32_t event; /* number in the log, from 1; 0: none */
	char detail[120]; /* plain ASCII, or "" */
};

struct vkx_appraisal {
	enum vkx_tier tier;
	size_t nr_findings; /* beyond VKX_MAX_FINDINGS they are only counted */
	struct vkx_finding findings[VKX_MAX_FINDINGS];
	size_t nr_links;
	struct vkx_chain_link *links; /* free with vkx_appraisal_free() */
	/* What was read, for reports; valid while the evidence is. */
	bool have_ak, have_attest, have_log, replayed;
	bool compared; /* with evidence before this */
	struct vkx_ak ak;
	struct vkx_attest attest;
	struct vkx_pcr_values values;
	struct vkx_tcglog log;
	struct vkx_events events; /* of log; memory for the next one */
	struct vkx_kept_keys keys; /* of machines before; for the next ones */
};

/*
 * Never fails: what goes wrong is a finding. *ret points into evidence; it is
 * zeroed before its first use, and emptied with vkx_appraisal_free() before
 * every other.
 */
void vkx_appraise(const struct vkx_policy *policy,
		  const struct vkx_evidence *evidence,
		  struct vkx_appraisal *ret);

/* A verdict for evidence that could not even be read. */
void vkx_appraise_unread(const char *detail, struct vkx_appraisal *ret);

void vkx_appraisal_free(struct vkx_appraisal *appraisal);
/* After its last use. */
void vkx_appraisal_end(struct vkx_appraisal *appraisal);

/*
 * Only AK, signature and message: what --previous is held to. FINE, or why
 * not.
 */
enum vkx_reason vkx_appraise_signature(const struct vkx_evidence *evidence,
				       struct vkx_ak *ak_ret,
				       struct vkx_attest *attest_ret);

#endif
