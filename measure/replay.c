/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/replay.h"

#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "hop.h"
#include "measure/hash.h"
#include "sha256.h"
#include "uki_measure.h"

/* At least so many entries; what is there need not stay. */
static int need(void **p, size_t *room, size_t nr, size_t size)
{
	void *fresh;

	if (nr <= *room)
		return 0;
	nr += nr / 2;
	fresh = malloc(nr * size);
	if (!fresh)
		return -VKX_ERR_NOMEM;
	free(*p);
	*p = fresh;
	*room = nr;
	return 0;
}

static int keep_own(struct vkx_events *e, const struct vkx_tcglog_event *ev)
{
	struct vkx_tcglog_event *grown;
	size_t room;

	if (e->nr_own == e->own_room) {
		room = e->own_room ? 2 * e->own_room : 32;
		grown = realloc(e->own, room * sizeof(*grown));
		if (!grown)
			return -VKX_ERR_NOMEM;
		e->own = grown;
		e->own_room = room;
	}
	e->own[e->nr_own++] = *ev;
	return 0;
}

static int make_room(struct vkx_events *e, const struct vkx_tcglog *log)
{
	void *pcr = e->pcr, *digest = e->digest;
	int err;

	err = need(&pcr, &e->room, log->nr_events, sizeof(*e->pcr));
	e->pcr = pcr;
	if (!err)
		err = need(&digest, &e->digest_room,
			   (size_t)log->nr_events * log->nr_banks,
			   sizeof(*e->digest));
	e->digest = digest;
	return err;
}

int vkx_events_read(struct vkx_events *e, const struct vkx_tcglog *log)
{
	struct vkx_tcglog_event ev;
	size_t offset = log->first;
	uint32_t index = 0;
	int err;

	e->nr = 0;
	e->nr_own = 0;
	e->pcrs = 0;
	e->nr_banks = log->nr_banks;
	err = make_room(e, log);
	while (!err && vkx_tcglog_next(log, &offset, &index, &ev)) {
		if (!ev.extends)
			continue;
		e->pcrs |= UINT32_C(1) << ev.pcr;
		e->pcr[e->nr] = (uint8_t)ev.pcr;
		memcpy(&e->digest[e->nr * e->nr_banks], ev.digest,
		       e->nr_banks * sizeof(*e->digest));
		e->nr++;
		if (ev.pcr == VKX_HOP_PCR || ev.pcr == VKX_UKI_PCR)
			err = keep_own(e, &ev);
	}
	return err;
}

/* --- SHA-256, two PCRs at a time ------------------------------------------*/

/* One PCR's events, as a list through next[]. */
struct lane {
	uint32_t at; /* event, or NONE */
	uint8_t *value;
	uint8_t block[2 * VKX_SHA256_BLOCK]; /* value, digest, padding */
};

#define NONE UINT32_MAX

struct lists {
	uint32_t first[VKX_NR_PCRS], last[VKX_NR_PCRS];
	uint8_t next_pcr; /* whose list is begun next */
};

static void lane_init(struct lane *lane)
{
	/* FIPS 180-4, 5.1.1: 64 bytes of message. */
	memset(lane, 0, sizeof(*lane));
	lane->at = NONE;
	lane->block[VKX_SHA256_BLOCK] = 0x80;
	lane->block[2 * VKX_SHA256_BLOCK - 2] = 512 >> 8;
}

/* An event for the lane, of its PCR or of the next that has any. */
static bool refill(struct lane *lane, struct lists *lists,
		   struct vkx_pcrs *pcrs)
{
	while (lane->at == NONE && lists->next_pcr < VKX_NR_PCRS) {
		lane->at = lists->first[lists->next_pcr];
		lane->value = pcrs->value[lists->next_pcr++];
	}
	return lane->at != NONE;
}

static void put_state(uint32_t state[8], uint8_t *value)
{
	int i;

	for (i = 0; i < 8; i++)
		vkx_put_be32(value + 4 * i, state[i]);
}

/* The event's digest behind the PCR's value. */
static void fill(struct lane *lane, const struct vkx_events *e, size_t bank)
{
	memcpy(lane->block, lane->value, 32);
	memcpy(lane->block + 32, e->digest[lane->at * e->nr_banks + bank], 32);
}

static void extend_sha256(const struct vkx_events *e, size_t bank,
			  const uint32_t *next, struct lists *lists,
			  struct vkx_pcrs *pcrs)
{
	const struct vkx_sha256_engine *engine = vkx_sha256_engine();
	struct vkx_sha256 start;
	struct lane a, b;
	uint32_t state[2][8];

	vkx_sha256_init(&start);
	lane_init(&a);
	lane_init(&b);
	while (refill(&a, lists, pcrs)) {
		memcpy(state[0], start.state, sizeof(state[0]));
		fill(&a, e, bank);
		if (engine->blocks2 && refill(&b, lists, pcrs)) {
			memcpy(state[1], start.state, sizeof(state[1]));
			fill(&b, e, bank);
			engine->blocks2(state[0], a.block, state[1], b.block,
					2);
			put_state(state[1], b.value);
			b.at = next[b.at];
		} else {
			engine->blocks(state[0], a.block, 2);
		}
		put_state(state[0], a.value);
		a.at = next[a.at];
		/* What is left of b goes on alone. */
		if (a.at == NONE && b.at != NONE) {
			struct lane other = a;

			a = b;
			b = other;
		}
	}
}

static int replay_sha256(const struct vkx_events *e, size_t bank,
			 struct vkx_pcrs *pcrs)
{
	uint32_t *next = malloc((e->nr + 1) * sizeof(*next)), i;
	struct lists lists;
	uint8_t pcr;

	if (!next)
		return -VKX_ERR_NOMEM;
	memset(&lists, 0xff, sizeof(lists));
	lists.next_pcr = 0;
	for (i = 0; i < e->nr; i++) {
		pcr = e->pcr[i];
		next[i] = NONE;
		if (lists.first[pcr] == NONE)
			lists.first[pcr] = i;
		else
			next[lists.last[pcr]] = i;
		lists.last[pcr] = i;
		pcrs->extended |= UINT32_C(1) << pcr;
	}
	extend_sha256(e, bank, next, &lists, pcrs);
	free(next);
	return 0;
}

int vkx_events_replay(const struct vkx_events *e, const struct vkx_tcglog *log,
		      uint16_t alg, struct vkx_pcrs *pcrs_ret)
{
	int bank = vkx_tcglog_bank(log, alg), err = 0;
	size_t i;

	if (bank < 0)
		return -VKX_ERR_NOTFOUND;
	if (log->incomplete >> bank & 1)
		return -VKX_ERR_FORMAT;
	vkx_pcrs_reset(pcrs_ret, log->banks[bank], log->locality);
	if (alg == VKX_TPM_ALG_SHA256 && log->banks[bank].size == 32)
		return replay_sha256(e, (size_t)bank, pcrs_ret);
	for (i = 0; !err && i < e->nr; i++)
		err = vkx_pcrs_extend(
			pcrs_ret, &vkx_hash_host, e->pcr[i],
			e->digest[i * e->nr_banks + (size_t)bank]);
	return err;
}

void vkx_events_free(struct vkx_events *e)
{
	free(e->own);
	free(e->pcr);
	free(e->digest);
	memset(e, 0, sizeof(*e));
}
