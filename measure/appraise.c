/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/appraise.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "measure/chain.h"
#include "measure/unlogged.h"
#include "sha256.h"

void vkx_appraisal_find(struct vkx_appraisal *a, enum vkx_reason reason,
			int link, uint32_t event, const char *fmt, ...)
{
	struct vkx_finding *f;
	va_list ap;

	if (link >= 0 && vkx_reason_tier(reason) < a->links[link].tier)
		a->links[link].tier = vkx_reason_tier(reason);
	if (a->nr_findings++ >= VKX_MAX_FINDINGS)
		return;
	f = &a->findings[a->nr_findings - 1];
	f->reason = reason;
	f->link = link;
	f->event = event;
	va_start(ap, fmt);
	vsnprintf(f->detail, sizeof(f->detail), fmt, ap);
	va_end(ap);
}

/* One finding about the machine; false, so that a check ends with it. */
static bool refuse(struct vkx_appraisal *a, enum vkx_reason reason)
{
	vkx_appraisal_find(a, reason, -1, 0, "%s", "");
	return false;
}

/* The message, once it is known to be the AK's. */
static enum vkx_reason signed_message(const struct vkx_ak *ak,
				      struct vkx_kept_keys *keys,
				      const struct vkx_evidence *e,
				      struct vkx_attest *attest_ret)
{
	const struct vkx_span *sig = &e->file[VKX_EVIDENCE_SIGNATURE];
	const struct vkx_span *msg = &e->file[VKX_EVIDENCE_MESSAGE];
	enum vkx_reason why;

	why = vkx_ak_check(ak, keys, sig->p, sig->len, msg->p, msg->len);
	return why == VKX_REASON_FINE ?
		       vkx_attest_parse(msg->p, msg->len, attest_ret) :
		       why;
}

enum vkx_reason vkx_appraise_signature(const struct vkx_evidence *e,
				       struct vkx_ak *ak_ret,
				       struct vkx_attest *attest_ret)
{
	const struct vkx_span *f = &e->file[VKX_EVIDENCE_AK];
	enum vkx_reason why = vkx_ak_parse(f->p, f->len, ak_ret);

	return why == VKX_REASON_FINE ?
		       signed_message(ak_ret, NULL, e, attest_ret) :
		       why;
}

int vkx_known_ak_order(const void *a, const void *b)
{
	const struct vkx_span *x = &((const struct vkx_known_ak *)a)->name;
	const struct vkx_span *y = &((const struct vkx_known_ak *)b)->name;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->p, y->p, x->len);
}

static bool same(struct vkx_span a, struct vkx_span b)
{
	return a.len == b.len && vkx_equal_ct(a.p, b.p, a.len);
}

/* V111: a known AK vouches for the machine whose it is and for no other. */
static bool is_machine(const struct vkx_known_ak *ak,
		       const struct vkx_evidence *e)
{
	return !ak->machine ||
	       (e->name.p && e->name.len == strlen(ak->machine) &&
		!memcmp(e->name.p, ak->machine, e->name.len));
}

/* V102: is this AK one that the auditor knows, or that answered a challenge
 * which only the TPM with this EK and this AK could answer? */
static bool check_binding(const struct vkx_policy *p,
			  const struct vkx_evidence *e, struct vkx_appraisal *a)
{
	struct vkx_known_ak key = { { a->ak.name, a->ak.name_len }, NULL };
	struct vkx_span secret = e->file[VKX_EVIDENCE_ACTIVATION];
	const struct vkx_known_ak *known = NULL;

	if (p->previous && !same(key.name, p->previous_ak))
		return refuse(a, VKX_REASON_AK_UNKNOWN);
	if (p->nr_aks)
		known = bsearch(&key, p->aks, p->nr_aks, sizeof(key),
				vkx_known_ak_order);
	if (known)
		return is_machine(known, e) ?
			       true :
			       refuse(a, VKX_REASON_AK_OTHER_MACHINE);
	if (p->challenge_ak.p && same(key.name, p->challenge_ak) && secret.p &&
	    same(secret, p->challenge_secret))
		return p->ek_unknown ? refuse(a, VKX_REASON_EK_CHAIN) : true;
	return refuse(a, p->nr_aks || p->challenge_ak.p ?
				 VKX_REASON_AK_UNKNOWN :
				 VKX_REASON_AK_UNBOUND);
}

static bool check_key(const struct vkx_policy *p, const struct vkx_evidence *e,
		      struct vkx_appraisal *a)
{
	const struct vkx_span *f = e->file;
	enum vkx_reason why;

	why = vkx_ak_parse(f[VKX_EVIDENCE_AK].p, f[VKX_EVIDENCE_AK].len,
			   &a->ak);
	if (why != VKX_REASON_FINE)
		return refuse(a, why);
	a->have_ak = true;
	if (!check_binding(p, e, a))
		return false;
	why = signed_message(&a->ak, &a->keys, e, &a->attest);
	if (why != VKX_REASON_FINE)
		return refuse(a, why);
	a->have_attest = true;
	return true;
}

static bool check_nonce(const struct vkx_policy *p, struct vkx_appraisal *a)
{
	if (p->nonce.len < VKX_MIN_NONCE)
		return refuse(a, VKX_REASON_NONCE_SHORT);
	if (a->attest.nonce.len == 0)
		return refuse(a, VKX_REASON_NONCE_MISSING);
	if (p->previous && same(p->previous->nonce, p->nonce))
		return refuse(a, VKX_REASON_NONCE_REUSED);
	if (!same(a->attest.nonce, p->nonce))
		return refuse(a, VKX_REASON_NONCE_MISMATCH);
	return true;
}

/* V98, V99, V93: judged by what was signed, not by what was asked for. A weak
 * bank beside a strong one is only ignored. */
static bool check_selection(const struct vkx_policy *p, struct vkx_appraisal *a)
{
	const struct vkx_selection *s = &a->attest.selection;
	/* The chain is in it, whatever else is asked for. */
	const uint32_t required = p->required_pcrs | 1u << VKX_HOP_PCR;
	const uint32_t resettable = 1u << 16 | 1u << 23;
	uint32_t any = 0, strong = 0;
	size_t i;

	for (i = 0; i < s->nr; i++)
		any |= s->bank[i].mask;
	if (!any)
		return refuse(a, VKX_REASON_SELECTION_EMPTY);
	if (any & resettable)
		return refuse(a, VKX_REASON_SELECTION_RESETTABLE);
	for (i = 0; i < s->nr; i++) {
		if (!vkx_tpm_alg_strong(s->bank[i].alg) || !s->bank[i].mask)
			continue;
		strong |= s->bank[i].mask;
		if ((s->bank[i].mask & required) != required)
			return refuse(a, VKX_REASON_SELECTION_PARTIAL);
	}
	return strong ? true : refuse(a, VKX_REASON_SELECTION_BANK);
}

static bool check_values(const struct vkx_evidence *e, struct vkx_appraisal *a)
{
	enum vkx_reason why;

	why = vkx_pcr_values_parse(e->file[VKX_EVIDENCE_PCRS].p,
				   e->file[VKX_EVIDENCE_PCRS].len, &a->values);
	if (why == VKX_REASON_FINE)
		why = vkx_pcr_values_check(&a->values, &a->attest, a->ak.hash);
	return why == VKX_REASON_FINE ? true : refuse(a, why);
}

static void see(const struct vkx_attest *attest, struct vkx_seen *seen)
{
	vkx_sha256(attest->nonce.p, attest->nonce.len, seen->nonce);
	seen->clock = attest->clock;
	seen->firmware = attest->firmware;
	seen->reset_count = attest->reset_count;
	seen->restart_count = attest->restart_count;
	seen->unsafe = !attest->safe;
}

/* Against the evidence before this, be it given or remembered. */
static bool check_clock(const struct vkx_policy *p, struct vkx_appraisal *a)
{
	struct vkx_span name = { a->ak.name, a->ak.name_len };
	enum vkx_reason why = VKX_REASON_FINE;
	struct vkx_seen now, then;

	if (!a->attest.safe)
		refuse(a, VKX_REASON_CLOCK_UNSAFE); /* a warning: goes on */
	if (!p->previous && !p->state)
		return true;
	a->compared = true;
	see(&a->attest, &now);
	if (p->previous) {
		see(p->previous, &then);
		why = vkx_seen_after(&then, &now, p->resets);
	}
	if (why == VKX_REASON_FINE && p->state)
		why = vkx_state_take(p->state, name, &now, p->resets);
	return why == VKX_REASON_FINE ? true : refuse(a, why);
}

static bool check_firmware(const struct vkx_policy *p, struct vkx_appraisal *a)
{
	size_t i;

	for (i = 0; i < p->manifest->nr_bad_firmware; i++)
		if (p->manifest->bad_firmware[i] == a->attest.firmware)
			return refuse(a, VKX_REASON_TPM_FIRMWARE);
	return true;
}

static bool open_log(const struct vkx_evidence *e, struct vkx_appraisal *a)
{
	const struct vkx_span *f = &e->file[VKX_EVIDENCE_LOG];
	struct vkx_fault fault;

	if (!f->p)
		return refuse(a, VKX_REASON_LOG_MISSING);
	if (vkx_tcglog_open(f->p, f->len, VKX_TCGLOG_EXACT, &a->log, &fault)) {
		vkx_appraisal_find(a, VKX_REASON_LOG_FORMAT, -1, 0,
				   "%s at byte %llu", vkx_rule_id(fault.rule),
				   (unsigned long long)fault.offset);
		return false;
	}
	if (vkx_events_read(&a->events, &a->log))
		return refuse(a, VKX_REASON_INTERNAL);
	a->have_log = true;
	return true;
}

/* V95, V106: every quoted PCR, from reset, in every quoted bank. */
static bool replay_bank(struct vkx_appraisal *a, uint16_t alg)
{
	struct vkx_pcrs pcrs;
	bool good = true;
	size_t i;
	int err;

	err = vkx_events_replay(&a->events, &a->log, alg, &pcrs);
	if (err == -VKX_ERR_NOMEM)
		return refuse(a, VKX_REASON_INTERNAL);
	if (err) {
		vkx_appraisal_find(a, VKX_REASON_LOG_BANK, -1, 0, "bank %s",
				   vkx_tpm_alg_name(alg));
		return false;
	}
	for (i = 0; i < a->values.nr; i++) {
		if (a->values.v[i].alg != alg ||
		    !memcmp(pcrs.value[a->values.v[i].pcr],
			    a->values.v[i].value.p, pcrs.bank.size))
			continue;
		vkx_appraisal_find(a, VKX_REASON_LOG_REPLAY, -1, 0,
				   "PCR %u of bank %s%s", a->values.v[i].pcr,
				   vkx_tpm_alg_name(alg),
				   vkx_unlogged_hint(a->values.v[i].pcr));
		good = false;
	}
	return good;
}

static bool replay(struct vkx_appraisal *a)
{
	const struct vkx_selection *s = &a->attest.selection;
	bool good = true;
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (vkx_tpm_alg_strong(s->bank[i].alg) && s->bank[i].mask &&
		    !replay_bank(a, s->bank[i].alg))
			good = false;
	a->replayed = good;
	return good;
}

/* All steps; false as soon as one makes the next pointless. */
static bool run(const struct vkx_policy *p, const struct vkx_evidence *e,
		struct vkx_appraisal *a)
{
	return check_key(p, e, a) && check_nonce(p, a) &&
	       check_selection(p, a) && check_values(e, a) &&
	       check_clock(p, a) && check_firmware(p, a) && open_log(e, a) &&
	       replay(a) && vkx_chain_check(p, a);
}

void vkx_appraise(const struct vkx_policy *policy,
		  const struct vkx_evidence *evidence,
		  struct vkx_appraisal *ret)
{
	enum vkx_tier tier = VKX_TIER_AFFIRMING;
	bool complete;
	size_t i;

	memset(ret, 0, offsetof(struct vkx_appraisal, values));
	ret->log.nr_events = 0;
	complete = run(policy, evidence, ret);
	if (ret->nr_findings > VKX_MAX_FINDINGS)
		tier = VKX_TIER_CONTRAINDICATED;
	for (i = 0; i < ret->nr_findings && i < VKX_MAX_FINDINGS; i++)
		if (vkx_reason_tier(ret->findings[i].reason) < tier)
			tier = vkx_reason_tier(ret->findings[i].reason);
	/* A step that ended the run has said why; if it has not, or has only
	 * warned of something before it, nothing is known. */
	if (!complete && tier > VKX_TIER_CONTRAINDICATED)
		tier = VKX_TIER_NONE;
	ret->tier = tier;
}

void vkx_appraise_unread(const char *detail, struct vkx_appraisal *ret)
{
	memset(ret, 0, offsetof(struct vkx_appraisal, values));
	vkx_appraisal_find(ret, VKX_REASON_EVIDENCE_READ, -1, 0, "%s", detail);
}

void vkx_appraisal_free(struct vkx_appraisal *appraisal)
{
	free(appraisal->links);
	appraisal->links = NULL;
}

void vkx_appraisal_end(struct vkx_appraisal *appraisal)
{
	vkx_appraisal_free(appraisal);
	vkx_events_free(&appraisal->events);
	vkx_kept_keys_free(&appraisal->keys);
}
