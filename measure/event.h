/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One event of a TCG log in words and in JSON: type names, texts in the data,
 * hop records. For people and scripts to read; decides nothing. All text that
 * came with the log is escaped.
 */
#ifndef VKX_EVENT_H
#define VKX_EVENT_H

#include <stdio.h>

#include "hop.h"
#include "keys/facts.h"
#include "tcglog.h"

/* "EV_IPL"; NULL for a type without a name. */
const char *vkx_event_type_name(uint32_t type);

/*
 * Data that is text (UTF-8 of printable ASCII, or UTF-16LE of the same, each
 * with or without NUL), printed escaped; false and nothing printed where it is
 * something else.
 */
bool vkx_event_print_text(FILE *out, const uint8_t *data, size_t len);

/* "load of hop 1: image 0011.., lockdown integrity, ..." */
void vkx_hop_print(FILE *out, const struct vkx_hop *hop);
/* An object: all fields by name; digests as hex, absent ones left out. */
void vkx_hop_tell(struct vkx_facts *f, const char *key,
		  const struct vkx_hop *hop);

/*
 * Does the digest in this bank recompute from the event's data alone? True for
 * hop records and other events that measure their own data.
 */
bool vkx_event_digest_is_data(const struct vkx_tcglog *log,
			      const struct vkx_tcglog_event *ev, size_t bank);

/* The same in every bank that is known, of which there is one at least: false
 * for a hop record that says what nobody measured. */
bool vkx_event_measured(const struct vkx_tcglog *log,
			const struct vkx_tcglog_event *ev);

/* Everything about one event, as an item of a list. */
void vkx_event_tell(struct vkx_facts *f, const struct vkx_tcglog *log,
		    const struct vkx_tcglog_event *ev);

/*
 * "pcrs": {"sha256": {"0": "<hex>", ...}, ...} with the PCRs that the log
 * extends; a bank that cannot be replayed is left out.
 */
void vkx_pcrs_tell(struct vkx_facts *f, const struct vkx_tcglog *log);

#endif
