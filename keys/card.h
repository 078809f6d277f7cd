/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that people ask of a certificate or key, gathered once and then printed
 * as text or JSON. Reads any X.509 that mbedtls reads, also one that may not
 * sign here, and says why not.
 */
#ifndef VKX_CARD_H
#define VKX_CARD_H

#include <stdio.h>

#include "keys/cert.h"
#include "keys/facts.h"

void vkx_card_cert_text(FILE *out, const char *file,
			const struct vkx_cert *cert);
void vkx_card_key_text(FILE *out, const char *file, const struct vkx_key *key);
/* The same as an item of a list. */
void vkx_card_cert_tell(struct vkx_facts *f, const char *file,
			const struct vkx_cert *cert);
void vkx_card_key_tell(struct vkx_facts *f, const char *file,
		       const struct vkx_key *key);

#endif
