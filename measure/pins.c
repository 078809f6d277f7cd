/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/pins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/hash.h"

#define NR_FIRMWARE 8u

static bool has(const struct vkx_pins *pins, const struct vkx_pcr_value *pin)
{
	size_t i;

	for (i = 0; i < pins->nr; i++)
		if (!memcmp(&pins->pin[i], pin, sizeof(*pin)))
			return true;
	return false;
}

static int add(struct vkx_pins *pins, const struct vkx_pcrs *pcrs, uint8_t pcr)
{
	struct vkx_pcr_value pin, *grown;

	memset(&pin, 0, sizeof(pin));
	pin.alg = pcrs->bank.alg;
	pin.pcr = pcr;
	memcpy(pin.value, pcrs->value[pcr], pcrs->bank.size);
	if (has(pins, &pin))
		return 0;
	grown = realloc(pins->pin, (pins->nr + 1) * sizeof(*grown));
	if (!grown)
		return -VKX_ERR_NOMEM;
	pins->pin = grown;
	pins->pin[pins->nr++] = pin;
	return 0;
}

int vkx_pins_add(struct vkx_pins *pins, const struct vkx_tcglog *log,
		 uint32_t mask)
{
	struct vkx_pcrs pcrs;
	uint8_t pcr;
	size_t i;
	int err;

	for (i = 0; i < log->nr_banks; i++) {
		if (vkx_tcglog_replay(log, log->banks[i].alg, &vkx_hash_host,
				      &pcrs))
			continue;
		for (pcr = 0; pcr < NR_FIRMWARE; pcr++) {
			if (!((pcrs.extended & mask) >> pcr & 1))
				continue;
			err = add(pins, &pcrs, pcr);
			if (err)
				return err;
		}
	}
	return 0;
}

/* The values of one PCR of one bank, if there are any. */
static void tell_values(struct vkx_facts *f, const struct vkx_pins *pins,
			uint16_t alg, uint8_t pcr)
{
	const struct vkx_pcr_value *p;
	char index[4];
	size_t i, n = 0;

	for (i = 0; i < pins->nr; i++) {
		p = &pins->pin[i];
		if (p->alg != alg || p->pcr != pcr)
			continue;
		snprintf(index, sizeof(index), "%u", pcr);
		if (!n++)
			vkx_facts_list(f, index);
		vkx_facts_hex(f, NULL, p->value, vkx_tpm_alg_size(alg));
	}
	if (n)
		vkx_facts_close(f);
}

static bool first_of_bank(const struct vkx_pins *pins, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (pins->pin[i].alg == pins->pin[at].alg)
			return false;
	return true;
}

void vkx_pins_tell(struct vkx_facts *f, const char *key,
		   const struct vkx_pins *pins)
{
	uint8_t pcr;
	size_t i;

	vkx_facts_object(f, key);
	for (i = 0; i < pins->nr; i++) {
		if (!first_of_bank(pins, i))
			continue;
		vkx_facts_object(f, vkx_tpm_alg_name(pins->pin[i].alg));
		for (pcr = 0; pcr < NR_FIRMWARE; pcr++)
			tell_values(f, pins, pins->pin[i].alg, pcr);
		vkx_facts_close(f);
	}
	vkx_facts_close(f);
}

void vkx_pins_free(struct vkx_pins *pins)
{
	free(pins->pin);
	memset(pins, 0, sizeof(*pins));
}
