/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/chain_walk.h"

#include <stdlib.h>
#include <string.h>

#include "measure/chain.h"
#include "measure/event.h"
#include "uki_measure.h"

static int add_link(struct vkx_walk *w, enum vkx_link_kind kind)
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

static bool bad_order(struct vkx_walk *w, uint32_t event, const char *what)
{
	vkx_appraisal_find(w->a, VKX_REASON_HOP_ORDER, -1, event, "%s", what);
	return false;
}

/*
 * The link of a load that nothing has ended yet, or -1. There can be several:
 * a kernel loads the next image before it lets the one before it go, and keeps
 * that one if the new load fails.
 */
static int find_staged(const struct vkx_walk *w, const struct vkx_hop *h)
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
static void drop_link(struct vkx_walk *w, int link)
{
	struct vkx_appraisal *a = w->a;

	memmove(&a->links[link], &a->links[link + 1],
		(a->nr_links - (size_t)link - 1) * sizeof(*a->links));
	a->nr_links--;
}

static bool take_load(struct vkx_walk *w, const struct vkx_hop *h,
		      uint32_t event)
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

static bool take_unload(struct vkx_walk *w, const struct vkx_hop *h,
			uint32_t event)
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
static void begin_writer(struct vkx_walk *w)
{
	w->writer_enforced = true;
	w->writer_lockdown = VKX_HOP_LOCKDOWN_CONFIDENTIALITY;
}

static void note_writer(struct vkx_walk *w, const struct vkx_hop *h)
{
	if (!(h->flags & VKX_HOP_ENFORCED))
		w->writer_enforced = false;
	if (h->lockdown < w->writer_lockdown)
		w->writer_lockdown = h->lockdown;
}

static void put_writer(const struct vkx_walk *w, struct vkx_hop *h)
{
	if (!w->writer_enforced)
		h->flags &= ~(uint32_t)VKX_HOP_ENFORCED;
	h->lockdown = w->writer_lockdown;
}

static bool take_launch(struct vkx_walk *w, const struct vkx_hop *h,
			uint32_t event)
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

static bool take_hop(struct vkx_walk *w, const struct vkx_hop *h,
		     uint32_t event)
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

/* V80, V82: an event that is no record of ours. Where its digest is not that
 * of its data it can be one, under other data: a chain that is hidden. */
static void take_stranger(struct vkx_walk *w, const struct vkx_tcglog_event *ev)
{
	uint32_t number = ev->index + 1;

	if (!digests_are_data(w->a, ev))
		vkx_appraisal_find(w->a, VKX_REASON_EVENT_UNEXPECTED, -1,
				   number,
				   "PCR 12: data is not what was "
				   "measured");
	else
		vkx_appraisal_find(w->a,
				   w->hop_seen ? VKX_REASON_EVENT_UNEXPECTED :
						 VKX_REASON_EVENT_BEFORE_HOP,
				   -1, number, "PCR 12");
}

static bool take_pcr12(struct vkx_walk *w, const struct vkx_tcglog_event *ev)
{
	uint32_t number = ev->index + 1;
	struct vkx_fault fault;
	struct vkx_hop hop;
	int err;

	/* V80: whatever type it is given, which no digest covers. */
	err = vkx_hop_decode(ev->data, ev->data_size, &hop, &fault);
	if (err == -VKX_ERR_NOTFOUND) {
		take_stranger(w, ev);
		return true;
	}
	if (err || ev->type != VKX_EV_EVENT_TAG) {
		vkx_appraisal_find(w->a, VKX_REASON_HOP_FORMAT, -1, number,
				   "%s",
				   err ? vkx_rule_id(fault.rule) :
					 "another type of event");
		return false;
	}
	if (!digests_are_data(w->a, ev)) {
		vkx_appraisal_find(w->a, VKX_REASON_HOP_DIGEST, -1, number,
				   "%s", "");
		return false;
	}
	return take_hop(w, &hop, number);
}

static bool note_section(struct vkx_walk *w, const struct vkx_tcglog_event *ev,
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

int vkx_walk_sections_bank(const struct vkx_appraisal *a)
{
	const struct vkx_selection *s = &a->attest.selection;
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (s->bank[i].alg == VKX_TPM_ALG_SHA256 &&
		    s->bank[i].mask >> VKX_UKI_PCR & 1)
			return vkx_tcglog_bank(&a->log, VKX_TPM_ALG_SHA256);
	return -1;
}

static bool walk_events(struct vkx_walk *w)
{
	const struct vkx_events *events = &w->a->events;
	int sha256 = vkx_walk_sections_bank(w->a);
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

bool vkx_walk_log(struct vkx_walk *w)
{
	return add_link(w, VKX_LINK_FIRST) == 0 && walk_events(w);
}

void vkx_walk_free(struct vkx_walk *w)
{
	free(w->sections);
}
