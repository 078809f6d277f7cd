/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a manifest: signed by somebody trusted, and still hostile. */
#include <stdint.h>
#include <stdlib.h>

#include "measure/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t any[32];
	struct vkx_manifest m;
	const char *what;

	if (vkx_manifest_parse((const char *)data, size, &m, &what))
		return 0;
	(void)vkx_manifest_find(&m, any);
	(void)vkx_manifest_revoked(&m, any);
	vkx_manifest_free(&m);
	return 0;
}
