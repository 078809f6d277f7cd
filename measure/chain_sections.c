/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/chain_sections.h"

#include <pthread.h>
#include <string.h>

#include "measure/chain.h"
#include "sha256.h"
#include "uki_measure.h"

static bool section_is(const struct vkx_walk *w, size_t at,
		       const uint8_t *digest)
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
static size_t match_sections(const struct vkx_walk *w, size_t at,
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
static size_t match_first(struct vkx_walk *w, size_t before_hops)
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

void vkx_chain_check_sections(struct vkx_walk *w)
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
