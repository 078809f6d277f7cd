/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "uki_measure.h"

#include "cursor.h"

static uint32_t name_size(const char *name)
{
	uint32_t n = 0;

	while (name[n])
		n++;
	return n + 1;
}

/* The section of this part that is measured, or NULL. */
static const struct vkx_uki_part *
measured_part(const struct vkx_uki *uki, enum vkx_uki_part_id id, int dtbauto)
{
	/* It signs predictions of this very PCR: measuring it is a circle. */
	if (id == VKX_PART_PCRSIG)
		return NULL;
	if (id == VKX_PART_DTBAUTO)
		return dtbauto < 0 ? NULL : &uki->dtbauto[dtbauto];
	return uki->part[id].present ? &uki->part[id] : NULL;
}

int vkx_uki_measure(const struct vkx_uki *uki, int dtbauto,
		    struct vkx_uki_measured measured_ret[VKX_PART_NR],
		    size_t *count_ret)
{
	const struct vkx_uki_part *part;
	struct vkx_uki_measured *m;
	size_t n = 0;
	int id;

	if (dtbauto < VKX_DTBAUTO_NONE ||
	    (dtbauto >= 0 && (uint32_t)dtbauto >= uki->nr_dtbauto))
		return -VKX_ERR_ARG;
	for (id = 0; id < VKX_PART_NR; id++) {
		part = measured_part(uki, (enum vkx_uki_part_id)id, dtbauto);
		if (!part)
			continue;
		m = &measured_ret[n++];
		m->part = (enum vkx_uki_part_id)id;
		m->name = vkx_uki_part_name(m->part);
		m->name_size = name_size(m->name);
		m->offset = part->offset;
		m->size = part->size;
	}
	*count_ret = n;
	return 0;
}

uint32_t vkx_uki_event_data(enum vkx_uki_part_id part,
			    uint8_t data_ret[VKX_UKI_EVENT_DATA_MAX])
{
	const char *name = vkx_uki_part_name(part);
	uint32_t i, n;

	if (!name)
		return 0;
	n = name_size(name);
	for (i = 0; i < n; i++) {
		vkx_put_le16(data_ret + (size_t)2 * i, (uint8_t)name[i]);
	}
	return 2 * n;
}
