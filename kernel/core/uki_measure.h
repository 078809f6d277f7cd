/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What systemd-stub measures of a UKI (UAPI.5 "UKI TPM PCR Measurements"; the
 * order is that of systemd's uki.h): for each section two events in PCR 11,
 * the digest of its name with one NUL and the digest of its contents. Kept in
 * one list for the kernel, which makes the events, and for the tools, which
 * predict them. It hashes nothing itself.
 */
#ifndef VKX_UKI_MEASURE_H
#define VKX_UKI_MEASURE_H

#include "uki.h"

#define VKX_UKI_PCR 11u

struct vkx_uki_measured {
	enum vkx_uki_part_id part;
	const char *name; /* ".linux": digest covers name_size bytes of it */
	uint32_t name_size; /* its NUL counted */
	uint32_t offset; /* contents: file offset */
	uint32_t size; /* contents: bytes, VirtualSize */
};

/* No .dtbauto is used by the machine. */
#define VKX_DTBAUTO_NONE -1

/*
 * The sections in the order of measurement, name event before contents event.
 * .pcrsig is left out; of the .dtbauto sections only number dtbauto.
 * -VKX_ERR_ARG: there is no such .dtbauto.
 */
VKX_MUST_USE int
vkx_uki_measure(const struct vkx_uki *uki, int dtbauto,
		struct vkx_uki_measured measured_ret[VKX_PART_NR],
		size_t *count_ret);

/* UTF-16LE of the longest name, its NUL counted: ".dtbauto", ".pcrpkey". */
#define VKX_UKI_EVENT_DATA_MAX 20u

/*
 * Data of both events of a section: the name in UTF-16LE with its NUL. Not
 * covered by the digest; readers show it. Returns the number of bytes.
 */
uint32_t vkx_uki_event_data(enum vkx_uki_part_id part,
			    uint8_t data_ret[VKX_UKI_EVENT_DATA_MAX]);

#endif
