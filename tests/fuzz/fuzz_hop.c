/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a hop record: what decodes encodes to the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t frame[18] = { 0x0d, 0x78, 0xf0, 0x2d, 0x40, 1,
					   0,	 0,    'V',  'K',  'E',	 'X',
					   'E',	 'C',  'H',  'R',  1,	 0 };
	uint8_t framed[VKX_HOP_EVENT_SIZE], again[VKX_HOP_EVENT_SIZE];
	struct vkx_fault fault;
	struct vkx_hop hop;

	(void)!vkx_hop_decode(data, size, &hop, &fault);
	/* The frame is given, so that the fields are what gets explored. */
	if (size > sizeof(framed) - sizeof(frame))
		size = sizeof(framed) - sizeof(frame);
	memset(framed, 0, sizeof(framed));
	memcpy(framed, frame, sizeof(frame));
	memcpy(framed + sizeof(frame), data, size);
	if (vkx_hop_decode(framed, sizeof(framed), &hop, &fault))
		return 0;
	if (vkx_hop_encode(&hop, again) ||
	    memcmp(again, framed, sizeof(framed)))
		abort();
	return 0;
}
