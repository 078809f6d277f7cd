/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/chain.h"

#include <string.h>

#include "measure/chain_sections.h"
#include "measure/chain_walk.h"

/* --- one image against the manifest ---------------------------------------*/

static void check_section(struct vkx_walk *w, int link, enum vkx_uki_part_id id,
			  const uint8_t *got, bool present)
{
	const struct vkx_chain_link *l = &w->a->links[link];
	const struct vkx_section_digest *want = &l->artifact->section[id];

	if (present == want->present &&
	    (!present || !memcmp(got, want->sha256, 32)))
		return;
	vkx_appraisal_find(w->a, VKX_REASON_LINK_COMPONENT, link, l->event,
			   "%s", vkx_uki_part_name(id));
}

static void check_dtb(struct vkx_walk *w, int link)
{
	const struct vkx_chain_link *l = &w->a->links[link];
	const struct vkx_hop *h = &l->hop;

	if (h->dtb_source == VKX_HOP_DTB_SIGNED) {
		check_section(w, link, VKX_PART_DTB, h->dtb, true);
	} else if (h->dtb_source == VKX_HOP_DTB_AUTO) {
		if (h->dtbauto >= l->artifact->nr_dtbauto ||
		    memcmp(h->dtb, l->artifact->dtbauto[h->dtbauto], 32) != 0)
			vkx_appraisal_find(w->a, VKX_REASON_LINK_COMPONENT,
					   link, l->event, ".dtbauto %u",
					   h->dtbauto);
	} else {
		vkx_appraisal_find(w->a, VKX_REASON_LINK_DTB, link, l->event,
				   "%s", "");
	}
}

static void check_release(struct vkx_walk *w, int link)
{
	const struct vkx_manifest *m = w->policy->manifest;
	const struct vkx_chain_link *l = &w->a->links[link];

	if (l->artifact->release < m->minimum_release)
		vkx_appraisal_find(w->a, VKX_REASON_LINK_OLD, link, l->event,
				   "release %llu, minimum %llu",
				   (unsigned long long)l->artifact->release,
				   (unsigned long long)m->minimum_release);
}

/* Is the image one that the manifest names and still wants? */
static void check_image(struct vkx_walk *w, int link)
{
	const struct vkx_manifest *m = w->policy->manifest;
	struct vkx_chain_link *l = &w->a->links[link];
	const struct vkx_hop *h = &l->hop;

	l->artifact = vkx_manifest_find(m, h->authenticode);
	if (vkx_manifest_revoked(m, h->authenticode))
		vkx_appraisal_find(w->a, VKX_REASON_LINK_REVOKED, link,
				   l->event, "%s", "");
	if (!l->artifact) {
		vkx_appraisal_find(w->a, VKX_REASON_LINK_UNKNOWN, link,
				   l->event, "%s", "");
		return;
	}
	check_release(w, link);
	check_section(w, link, VKX_PART_LINUX, h->linux_image, true);
	check_section(w, link, VKX_PART_INITRD, h->initrd,
		      h->flags & VKX_HOP_INITRD);
	check_section(w, link, VKX_PART_CMDLINE, h->cmdline, true);
	check_dtb(w, link);
	if (!vkx_artifact_signed_by(l->artifact, h->signer))
		vkx_appraisal_find(w->a, VKX_REASON_LINK_SIGNER, link, l->event,
				   "%s", "");
	if (h->sbat_date < m->minimum_sbat)
		vkx_appraisal_find(w->a, VKX_REASON_LINK_SBAT, link, l->event,
				   "level %llu",
				   (unsigned long long)h->sbat_date);
}

/* V61, V74, V81: only a kernel that lets nothing unsigned in can vouch for
 * the next one. */
static void check_writer(struct vkx_walk *w, int link)
{
	const struct vkx_chain_link *l = &w->a->links[link];

	if (!(l->hop.flags & VKX_HOP_ENFORCED))
		vkx_appraisal_find(w->a, VKX_REASON_LINK_NOT_ENFORCING, link,
				   l->event, "%s", "");
	if (l->hop.lockdown == VKX_HOP_LOCKDOWN_NONE)
		vkx_appraisal_find(w->a, VKX_REASON_LINK_NOT_LOCKED, link,
				   l->event, "%s", "");
}

/* --- the first kernel and the whole ---------------------------------------*/

/* Is the quoted value v, of a pinned PCR, one of those pinned in its bank? */
static bool pin_holds(const struct vkx_manifest *m,
		      const struct vkx_pcr_quoted *v, bool *pinned_ret)
{
	bool holds = false;
	size_t i;

	*pinned_ret = false;
	for (i = 0; i < m->nr_pcrs; i++) {
		if (m->pcrs[i].alg != v->alg || m->pcrs[i].pcr != v->pcr)
			continue;
		*pinned_ret = true;
		holds = holds ||
			!memcmp(m->pcrs[i].value, v->value.p, v->value.len);
	}
	return holds;
}

/*
 * Firmware's PCRs against the manifest. Whoever asks for the quote chooses the
 * banks, so that a PCR which is pinned in one must be seen in one where it is
 * pinned, and one that is worth something; a value in any bank that is pinned
 * otherwise is wrong.
 */
static void check_pins(struct vkx_walk *w)
{
	const struct vkx_manifest *m = w->policy->manifest;
	struct vkx_appraisal *a = w->a;
	uint32_t wanted = 0, seen = 0;
	const struct vkx_pcr_quoted *v;
	bool pinned;
	size_t i;

	for (i = 0; i < m->nr_pcrs; i++)
		wanted |= 1u << m->pcrs[i].pcr;
	for (i = 0; i < a->values.nr && wanted; i++) {
		v = &a->values.v[i];
		if (!pin_holds(m, v, &pinned) && pinned)
			vkx_appraisal_find(a, VKX_REASON_FIRST_PCR, 0, 0,
					   "PCR %u", v->pcr);
		if (pinned && vkx_tpm_alg_strong(v->alg))
			seen |= 1u << v->pcr;
	}
	for (i = 0; i < VKX_NR_PCRS; i++)
		if ((wanted & ~seen) >> i & 1)
			vkx_appraisal_find(a, VKX_REASON_FIRST_PCR, 0, 0,
					   "PCR %zu is not quoted in a bank "
					   "where it is listed",
					   i);
}

/* V106: an event of a PCR that was not quoted, in a bank that is worth
 * something, is anybody's invention. */
static bool firmware_measured(const struct vkx_appraisal *a)
{
	const struct vkx_selection *s = &a->attest.selection;
	uint32_t quoted = 0;
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (vkx_tpm_alg_strong(s->bank[i].alg))
			quoted |= s->bank[i].mask;
	return a->events.pcrs & quoted & 0xff;
}

/*
 * V82: a kernel that nobody vouches for, or a loader without Secure Boot,
 * extends PCR 11 as our stub would, and PCRs 0 to 7 at that. What it cannot do
 * is to take out of PCR 4 what firmware has started: itself.
 */
static void check_tie(struct vkx_walk *w)
{
	const struct vkx_manifest *m = w->policy->manifest;

	w->a->links[0].hearsay =
		m->first == VKX_FIRST_UNMEASURED || !m->boot_pinned;
	if (m->first != VKX_FIRST_UNMEASURED && !m->boot_pinned)
		vkx_appraisal_find(w->a, VKX_REASON_FIRST_UNPINNED, 0, 0, "%s",
				   "");
}

static void check_first(struct vkx_walk *w)
{
	const struct vkx_manifest *m = w->policy->manifest;
	struct vkx_appraisal *a = w->a;
	struct vkx_chain_link *first = &a->links[0];

	if (m->first != VKX_FIRST_UNMEASURED && !firmware_measured(a))
		vkx_appraisal_find(a, VKX_REASON_FIRST_UNMEASURED, 0, 0, "%s",
				   "");
	if (m->first == VKX_FIRST_MEASURED && !first->artifact)
		vkx_appraisal_find(a, VKX_REASON_FIRST_UNKNOWN, 0, 0, "%s", "");
	if (first->artifact) {
		check_release(w, 0);
		if (vkx_manifest_revoked(m, first->artifact->authenticode))
			vkx_appraisal_find(a, VKX_REASON_LINK_REVOKED, 0, 0,
					   "%s", "");
	}
	check_tie(w);
	check_pins(w);
}

/* A link on which nothing was found is what the manifest says it is. */
static void check_staged(struct vkx_walk *w, int link)
{
	struct vkx_chain_link *l = &w->a->links[link];

	if (l->tier < VKX_TIER_WARNING)
		vkx_appraisal_find(w->a, VKX_REASON_STAGED_UNKNOWN, link,
				   l->event, "%s", "");
	else if (!(l->hop.flags & VKX_HOP_CRASH))
		vkx_appraisal_find(w->a, VKX_REASON_STAGED, link, l->event,
				   "%s", "");
}

/* V61, V81: what the kernel that runs now wrote of itself, in whatever record:
 * also of an image that it let go again, which no link shows. */
static void check_last_writer(struct vkx_walk *w, int last)
{
	uint32_t event = w->a->links[last].event;

	if (!w->writer_enforced)
		vkx_appraisal_find(w->a, VKX_REASON_LAST_NOT_ENFORCING, last,
				   event, "%s", "");
	if (w->writer_lockdown == VKX_HOP_LOCKDOWN_NONE)
		vkx_appraisal_find(w->a, VKX_REASON_LAST_OPEN, last, event,
				   "%s", "");
}

/* V81: it need not have written anything yet. What can be known of it then is
 * what it was given to start with. */
static void check_last(struct vkx_walk *w)
{
	struct vkx_appraisal *a = w->a;
	int i, last = 0;

	for (i = 1; i < (int)a->nr_links; i++)
		if (a->links[i].kind == VKX_LINK_HOP)
			last = i;
	check_last_writer(w, last);
	if (a->links[last].artifact &&
	    a->links[last].artifact->locks_down == VKX_LOCKS_NOT)
		vkx_appraisal_find(a, VKX_REASON_LAST_NOT_LOCKED, last,
				   a->links[last].event, "%s", "");
}

static void check_links(struct vkx_walk *w)
{
	struct vkx_appraisal *a = w->a;
	bool known;
	int i;

	for (i = 1; i < (int)a->nr_links; i++) {
		check_image(w, i);
		check_writer(w, i);
	}
	if (vkx_walk_sections_bank(a) >= 0)
		vkx_chain_check_sections(w);
	check_first(w);
	check_last(w);
	known = a->links[0].artifact &&
		w->policy->manifest->first != VKX_FIRST_UNMEASURED;
	for (i = 1; i < (int)a->nr_links; i++) {
		if (a->links[i].kind == VKX_LINK_STAGED)
			check_staged(w, i);
		else if (a->links[i].artifact)
			known = true;
	}
	if (!known)
		vkx_appraisal_find(a, VKX_REASON_NO_KNOWN_KERNEL, -1, 0, "%s",
				   "");
	if (w->launched < w->policy->expect_hops)
		vkx_appraisal_find(a, VKX_REASON_HOPS_MISSING, -1, 0,
				   "%u, expected %u", w->launched,
				   w->policy->expect_hops);
}

bool vkx_chain_check(const struct vkx_policy *policy,
		     struct vkx_appraisal *appraisal)
{
	struct vkx_walk w = { .policy = policy, .a = appraisal };
	bool good = vkx_walk_log(&w);

	if (good)
		check_links(&w);
	else if (w.nomem || !appraisal->nr_findings)
		vkx_appraisal_find(appraisal, VKX_REASON_INTERNAL, -1, 0, "%s",
				   "");
	vkx_walk_free(&w);
	return good;
}
