/* SPDX-License-Identifier: BSD-2-Clause */
/* What people type: names, PCR lists, GUIDs, hex, numbers of days. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "keys/guid.h"
#include "keys/name.h"
#include "keys/validity.h"
#include "measure/manifest.h"
#include "measure/pcrlist.h"
#include "der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void name(const char *text)
{
	struct vkx_bytes der = { 0 };
	const char *where = NULL;
	struct vkx_der rd;
	struct vkx_tlv seq;

	if (vkx_name_parse(text, &der, &where)) {
		if (where && (where < text || where > text + strlen(text)))
			abort();
		return;
	}
	vkx_der_init(&rd, der.data, (uint32_t)der.len, 0);
	seq = vkx_der_take(&rd, VKX_DER_SEQUENCE);
	if (vkx_der_end(&rd, NULL) || !vkx_der_is_deep(&seq))
		abort();
	vkx_bytes_free(&der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	uint8_t guid[16], bytes[32];
	unsigned int days = 0;
	uint32_t mask = 0;

	name(text);
	if (vkx_pcrlist_parse(text, &mask) && (!mask || mask >> 24))
		abort();
	(void)vkx_guid_parse(text, guid);
	(void)vkx_hex_parse(text, bytes,
			    strlen(text) < 64 ? strlen(text) / 2 : 32);
	if (vkx_days_parse(text, &days) && (!days || days > 36500))
		abort();
	free(text);
	return 0;
}
