/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the signature beside a manifest, and as the certificates that
 * are trusted: le32 length of the signature, it, the certificates. Nobody can
 * sign the content here, so that nothing may be accepted.
 */
#include <stdint.h>
#include <stdlib.h>

#include "cursor.h"
#include "measure/detached.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char content[] = "a manifest that nobody signed";
	struct vkx_detached d = { .content = { content, sizeof(content) } };
	struct vkx_fault fault = { 0 };
	size_t n;

	if (size < 4)
		return 0;
	n = vkx_get_le32(data);
	data += 4;
	size -= 4;
	if (n > size)
		n = size;
	d.signature.p = data;
	d.signature.len = n;
	d.anchors.p = data + n;
	d.anchors.len = size - n;
	if (!vkx_detached_check(&d, &fault))
		abort();
	return 0;
}
