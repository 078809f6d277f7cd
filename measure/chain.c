/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/chain.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "measure/event.h"
#include "measure/hash.h"
#include "sha256.h"
#include "uki_measure.h"

/* What is being walked; links grow in order of their records. */
struct walk {
	const struct vkx_policy *policy;
	struct vkx_appraisal *a;
	size_t room; /* links allocated */
	uint32_t launched; /* number of the last launch */
	bool hop_seen;
	bool nomem; /* the walk ended for want of memory, not of a finding */
	/* What the kernel that runs was at its worst, by its own records: it
	 * enforced in all of them, and the lowest lockdown. */
	bool writer_enforced;
	uint8_t writer_lockdown;
	/* SHA-256 digests of PCR 11's events, in order, with their numbers. */
	size_t nr_sections;
	struct {
		const uint8_t *digest;
		uint32_t event;
	} * sections;
};

static int add_link(struct walk *w, enum vkx_link_kind kind)
{
	struct vkx_appraisal *a = w->a;
	struct vkx_chain_link *grown;
	size_t room;

	if (a->nr_links == w->room) {
		room = w->room ? 2 * w->room : 8;
		grown = realloc(a->links, room * sizeof(*grown));
		w->nomem = !grown;
		if (!grown)
			return -1;
		a->links = grown;
		w->room = room;
	}
	memset(&a->links[a->nr_links], 0, sizeof(*a->links));
	a->links[a->nr_links].kind = kind;
	a->links[a->nr_links].tier = VKX_TIER_AFFIRMING;
	return (int)a->nr_links++;
}

/* --- one image against the manifest ---------------------------------------*/

static void check_section(struct walk *w, int link, enum vkx_uki_part_id id,
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

static void check_dtb(struct walk *w, int link)
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

static void check_release(struct walk *w, int link)
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
static void check_image(struct walk *w, int link)
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
	if (memcmp(h->signer, l->artifact->signer, 32) != 0)
		vkx_appraisal_find(w->a, VKX_REASON_LINK_SIGNER, link, l->event,
				   "%s", "");
	if (h->sbat_date < m->minimum_sbat)
		vkx_appraisal_find(w->a, VKX_REASON_LINK_SBAT, link, l->event,
				   "level %llu",
				   (unsigned long long)h->sbat_date);
}

/* V61, V74, V81: only a kernel that lets nothing unsigned in can vouch for
 * the next one. */
static void check_writer(struct walk *w, int link)
{
	const struct vkx_chain_link *l = &w->a->links[link];

	if (!(l->hop.flags & VKX_HOP_ENFORCED))
		vkx_appraisal_find(w->a, VKX_REASON_LINK_NOT_ENFORCING, link,
				   l->event, "%s", "");
	if (l->hop.lockdown == VKX_HOP_LOCKDOWN_NONE)
		vkx_appraisal_find(w->a, VKX_REASON_LINK_NOT_LOCKED, link,
				   l->event, "%s", "");
}

/* --- records in order -----------------------------------------------------*/

static bool bad_order(struct walk *w, uint32_t event, const char *what)
{
	vkx_appraisal_find(w->a, VKX_REASON_HOP_ORDER, -1, event, "%s", what);
	return false;
}

/*
 * The link of a load that nothing has ended yet, or -1. There can be several:
 * a kernel loads the next image before it lets the one before it go, and keeps
 * that one if the new load fails.
 */
static int find_staged(const struct walk *w, const struct vkx_hop *h)
{
	const struct vkx_appraisal *a = w->a;
	int i;

	for (i = (int)a->nr_links - 1; i > 0; i--)
		if (a->links[i].kind == VKX_LINK_STAGED &&
		    vkx_hop_same_target(&a->links[i].hop, h))
			break;
	return i > 0 ? i : -1;
}

/* A link that is neither staged nor launched any more is not shown. */
static void drop_link(struct walk *w, int link)
{
	struct vkx_appraisal *a = w->a;

	memmove(&a->links[link], &a->links[link + 1],
		(a->nr_links - (size_t)link - 1) * sizeof(*a->links));
	a->nr_links--;
}

static bool take_load(struct walk *w, const struct vkx_hop *h, uint32_t event)
{
	int link;

	if (h->number != w->launched + 1)
		return bad_order(w, event, "load has a wrong number");
	if (w->a->nr_links == VKX_MAX_LINKS)
		return bad_order(w, event, "more loads than anybody makes");
	link = add_link(w, VKX_LINK_STAGED);
	if (link < 0)
		return false;
	w->a->links[link].hop = *h;
	w->a->links[link].event = event;
	return true;
}

static bool take_unload(struct walk *w, const struct vkx_hop *h, uint32_t event)
{
	int link = find_staged(w, h);

	if (link < 0)
		return bad_order(w, event, "unload of what was not loaded");
	drop_link(w, link);
	return true;
}

/*
 * V61, V81: a kernel that once let something unsigned in, or was not locked
 * down, may not be itself since then, whatever it raised afterwards. All
 * records of one number have one writer; the worst of them is what it was for
 * each image that it took, also where that record's load was undone.
 */
static void begin_writer(struct walk *w)
{
	w->writer_enforced = true;
	w->writer_lockdown = VKX_HOP_LOCKDOWN_CONFIDENTIALITY;
}

static void note_writer(struct walk *w, const struct vkx_hop *h)
{
	if (!(h->flags & VKX_HOP_ENFORCED))
		w->writer_enforced = false;
	if (h->lockdown < w->writer_lockdown)
		w->writer_lockdown = h->lockdown;
}

static void put_writer(const struct walk *w, struct vkx_hop *h)
{
	if (!w->writer_enforced)
		h->flags &= ~(uint32_t)VKX_HOP_ENFORCED;
	h->lockdown = w->writer_lockdown;
}

static bool take_launch(struct walk *w, const struct vkx_hop *h, uint32_t event)
{
	int link = find_staged(w, h), i;
	struct vkx_chain_link *l;

	if (link < 0)
		return bad_order(w, event, "launch of what was not loaded");
	l = &w->a->links[link];
	l->kind = VKX_LINK_HOP;
	l->hop = *h;
	put_writer(w, &l->hop);
	l->event = event;
	w->launched = h->number;
	begin_writer(w);
	/* Nothing else that was loaded outlives the hop. */
	for (i = (int)w->a->nr_links - 1; i > 0; i--)
		if (w->a->links[i].kind == VKX_LINK_STAGED)
			drop_link(w, i);
	return true;
}

static bool take_hop(struct walk *w, const struct vkx_hop *h, uint32_t event)
{
	w->hop_seen = true;
	/* Records of another number are refused below. */
	note_writer(w, h);
	switch (h->kind) {
	case VKX_HOP_LOAD:
		return take_load(w, h, event);
	case VKX_HOP_LAUNCH:
		return take_launch(w, h, event);
	case VKX_HOP_UNLOAD:
		return take_unload(w, h, event);
	}
	return bad_order(w, event, "unknown kind");
}

/* V80: data counts only where its digest recomputes, in every bank. */
static bool digests_are_data(const struct vkx_appraisal *a,
			     const struct vkx_tcglog_event *ev)
{
	const struct vkx_selection *s = &a->attest.selection;
	size_t i;
	int bank;

	for (i = 0; i < s->nr; i++) {
		bank = vkx_tcglog_bank(&a->log, s->bank[i].alg);
		if (bank < 0 || s->bank[i].alg == VKX_TPM_ALG_SHA1)
			continue;
		if (!vkx_event_digest_is_data(&a->log, ev, (size_t)bank))
			return false;
	}
	return true;
}

static bool take_pcr12(struct walk *w, const struct vkx_tcglog_event *ev)
{
	uint32_t number = ev->index + 1;
	struct vkx_fault fault;
	struct vkx_hop hop;
	int err = -VKX_ERR_NOTFOUND;

	if (ev->type == VKX_EV_EVENT_TAG)
		err = vkx_hop_decode(ev->data, ev->data_size, &hop, &fault);
	if (err == -VKX_ERR_NOTFOUND) {
		vkx_appraisal_find(w->a,
				   w->hop_seen ? VKX_REASON_EVENT_UNEXPECTED :
						 VKX_REASON_EVENT_BEFORE_HOP,
				   -1, number, "PCR 12");
		return true;
	}
	if (err) {
		vkx_appraisal_find(w->a, VKX_REASON_HOP_FORMAT, -1, number,
				   "%s", vkx_rule_id(fault.rule));
		return false;
	}
	if (!digests_are_data(w->a, ev)) {
		vkx_appraisal_find(w->a, VKX_REASON_HOP_DIGEST, -1, number,
				   "%s", "");
		return false;
	}
	return take_hop(w, &hop, number);
}

static bool note_section(struct walk *w, const struct vkx_tcglog_event *ev,
			 int sha256)
{
	void *grown;

	if (sha256 < 0)
		return true;
	if ((w->nr_sections & (w->nr_sections - 1)) == 0) {
		grown = realloc(w->sections,
				(w->nr_sections ? 2 * w->nr_sections : 1) *
					sizeof(*w->sections));
		w->nomem = !grown;
		if (!grown)
			return false;
		w->sections = grown;
	}
	w->sections[w->nr_sections].digest = ev->digest[sha256];
	w->sections[w->nr_sections].event = ev->index + 1;
	w->nr_sections++;
	return true;
}

/* The manifest knows sections by SHA-256: PCR 11 says something if that bank
 * of it is quoted. -1: it is not, and what the log says of it nobody signed. */
static int sections_bank(const struct vkx_appraisal *a)
{
	const struct vkx_selection *s = &a->attest.selection;
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (s->bank[i].alg == VKX_TPM_ALG_SHA256 &&
		    s->bank[i].mask >> VKX_UKI_PCR & 1)
			return vkx_tcglog_bank(&a->log, VKX_TPM_ALG_SHA256);
	return -1;
}

static bool walk_events(struct walk *w)
{
	const struct vkx_events *events = &w->a->events;
	int sha256 = sections_bank(w->a);
	const struct vkx_tcglog_event *ev;
	size_t i;

	begin_writer(w);
	for (i = 0; i < events->nr_own; i++) {
		ev = &events->own[i];
		if (ev->pcr == VKX_HOP_PCR ? !take_pcr12(w, ev) :
					     !note_section(w, ev, sha256))
			return false;
	}
	for (i = 0; i < w->a->nr_links; i++)
		if (w->a->links[i].kind == VKX_LINK_STAGED)
			put_writer(w, &w->a->links[i].hop);
	return true;
}

/* --- PCR 11 ---------------------------------------------------------------*/

static bool section_is(const struct walk *w, size_t at, const uint8_t *digest)
{
	return at < w->nr_sections && w->sections[at].digest &&
	       !memcmp(w->sections[at].digest, digest, 32);
}

/* Digest of part id's contents as launched, or NULL: not measured. */
static const uint8_t *contents_of(const struct vkx_artifact *artifact, int id,
				  int dtbauto)
{
	if (id == VKX_PART_PCRSIG)
		return NULL;
	if (id == VKX_PART_DTBAUTO)
		return dtbauto >= 0 && (size_t)dtbauto < artifact->nr_dtbauto ?
			       artifact->dtbauto[dtbauto] :
			       NULL;
	return artifact->section[id].present ? artifact->section[id].sha256 :
					       NULL;
}

static uint8_t part_names[VKX_PART_NR][32]; /* digests */
static pthread_once_t part_names_once = PTHREAD_ONCE_INIT;

static void hash_part_names(void)
{
	const char *name;
	int id;

	for (id = 0; id < VKX_PART_NR; id++) {
		name = vkx_uki_part_name((enum vkx_uki_part_id)id);
		vkx_sha256(name, strlen(name) + 1, part_names[id]);
	}
}

/* Events that this artifact makes from position at on; 0: others stand there. */
static size_t match_sections(const struct walk *w, size_t at,
			     const struct vkx_artifact *artifact, int dtbauto)
{
	const uint8_t *contents;
	size_t n = 0;
	int id;

	pthread_once(&part_names_once, hash_part_names);
	for (id = 0; id < VKX_PART_NR; id++) {
		contents = contents_of(artifact, id, dtbauto);
		if (!contents)
			continue;
		if (!section_is(w, at + n, part_names[id]) ||
		    !section_is(w, at + n + 1, contents))
			return 0;
		n += 2;
	}
	return n;
}

static size_t expected_sections(const struct vkx_chain_link *l)
{
	int dtbauto = l->hop.dtb_source == VKX_HOP_DTB_AUTO ? l->hop.dtbauto :
							      VKX_DTBAUTO_NONE;
	size_t n = 0;
	int id;

	if (l->kind != VKX_LINK_HOP || !(l->hop.flags & VKX_HOP_UAPI) ||
	    !l->artifact)
		return 0;
	for (id = 0; id < VKX_PART_NR; id++)
		n += contents_of(l->artifact, id, dtbauto) ? 2 : 0;
	return n;
}

/* The first kernel, if its stub measured one of our artifacts. */
static size_t match_first(struct walk *w, size_t before_hops)
{
	const struct vkx_manifest *m = w->policy->manifest;
	size_t i, n;
	int dtbauto;

	for (i = 0; i < m->nr_artifacts; i++)
		for (dtbauto = VKX_DTBAUTO_NONE;
		     dtbauto < (int)m->artifacts[i].nr_dtbauto; dtbauto++) {
			n = match_sections(w, 0, &m->artifacts[i], dtbauto);
			if (n && n == before_hops) {
				w->a->links[0].artifact = &m->artifacts[i];
				return n;
			}
		}
	return 0;
}

/*
 * PCR 11 is the sections of the first kernel, if a stub measured it, and of
 * each launch that says so, one after the other. What comes before the hops is
 * told by counting, because order between PCRs proves nothing (V112).
 */
static void check_pcr11(struct walk *w)
{
	struct vkx_appraisal *a = w->a;
	size_t total = 0, at, i, n;

	for (i = 0; i < a->nr_links; i++)
		total += expected_sections(&a->links[i]);
	if (total > w->nr_sections) {
		vkx_appraisal_find(a, VKX_REASON_HOP_SECTIONS, -1, 0,
				   "PCR 11 has fewer events than the launches");
		return;
	}
	at = w->nr_sections - total;
	match_first(w, at);
	for (i = 0; i < a->nr_links; i++) {
		if (!expected_sections(&a->links[i]))
			continue;
		n = match_sections(w, at, a->links[i].artifact,
				   a->links[i].hop.dtb_source ==
						   VKX_HOP_DTB_AUTO ?
					   a->links[i].hop.dtbauto :
					   VKX_DTBAUTO_NONE);
		if (!n) {
			vkx_appraisal_find(a, VKX_REASON_HOP_SECTIONS, (int)i,
					   at < w->nr_sections && w->sections ?
						   w->sections[at].event :
						   0,
					   "%s", "");
			return;
		}
		at += n;
	}
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
static void check_pins(struct walk *w)
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

static void check_first(struct walk *w)
{
	const struct vkx_manifest *m = w->policy->manifest;
	struct vkx_appraisal *a = w->a;
	struct vkx_chain_link *first = &a->links[0];

	if (m->first != VKX_FIRST_UNMEASURED && !a->events.firmware)
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
	check_pins(w);
}

/* A link on which nothing was found is what the manifest says it is. */
static void check_staged(struct walk *w, int link)
{
	struct vkx_chain_link *l = &w->a->links[link];

	if (l->tier < VKX_TIER_WARNING)
		vkx_appraisal_find(w->a, VKX_REASON_STAGED_UNKNOWN, link,
				   l->event, "%s", "");
	else if (!(l->hop.flags & VKX_HOP_CRASH))
		vkx_appraisal_find(w->a, VKX_REASON_STAGED, link, l->event,
				   "%s", "");
}

/* V81: no record says what the kernel is that runs now, since none of its own
 * need be there yet. What can be known of it is what it was given to start
 * with. */
static void check_last(struct walk *w)
{
	struct vkx_appraisal *a = w->a;
	int i, last = 0;

	for (i = 1; i < (int)a->nr_links; i++)
		if (a->links[i].kind == VKX_LINK_HOP)
			last = i;
	if (a->links[last].artifact &&
	    a->links[last].artifact->locks_down == VKX_LOCKS_NOT)
		vkx_appraisal_find(a, VKX_REASON_LAST_NOT_LOCKED, last,
				   a->links[last].event, "%s", "");
}

static void check_links(struct walk *w)
{
	struct vkx_appraisal *a = w->a;
	bool known;
	int i;

	for (i = 1; i < (int)a->nr_links; i++) {
		check_image(w, i);
		check_writer(w, i);
	}
	if (sections_bank(a) >= 0)
		check_pcr11(w);
	check_first(w);
	check_last(w);
	known = a->links[0].artifact != NULL;
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
	struct walk w = { .policy = policy, .a = appraisal };
	bool good = add_link(&w, VKX_LINK_FIRST) == 0 && walk_events(&w);

	if (good)
		check_links(&w);
	else if (w.nomem || !appraisal->nr_findings)
		vkx_appraisal_find(appraisal, VKX_REASON_INTERNAL, -1, 0, "%s",
				   "");
	free(w.sections);
	return good;
}
