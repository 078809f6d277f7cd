/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values of firmware's PCRs (0 to 7) that known good boots ended with,
 * gathered from their logs for a manifest: each value once.
 */
#ifndef VKX_PINS_H
#define VKX_PINS_H

#include "keys/facts.h"
#include "measure/manifest.h"
#include "tcglog.h"

struct vkx_pins {
	struct vkx_pcr_value *pin;
	size_t nr;
};

/* Those of the PCRs in mask, in every bank of one log that can be replayed.
 * -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_pins_add(struct vkx_pins *pins,
			      const struct vkx_tcglog *log, uint32_t mask);
/* {"sha256": {"0": ["<hex>", ...], ...}, ...} as the member key. */
void vkx_pins_tell(struct vkx_facts *f, const char *key,
		   const struct vkx_pins *pins);
/* Also for a zeroed struct. */
void vkx_pins_free(struct vkx_pins *pins);

#endif
