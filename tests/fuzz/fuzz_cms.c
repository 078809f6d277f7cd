/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a signature: every slice lies inside the bytes, what is needed
 * is there, and a refusal has a rule and leaves nothing behind.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cms.h"
#include "cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct vkx_slice slice, size_t size)
{
	if (slice.offset > size || slice.size > size - slice.offset)
		abort();
}

static void check(const struct vkx_cms *cms, size_t size)
{
	size_t i;

	if (!cms->nr_certs || cms->nr_certs > VKX_MAX_CERTS ||
	    cms->signer >= cms->nr_certs || !cms->signed_attrs.size ||
	    cms->message_digest.size != vkx_hash_size(cms->digest_alg) ||
	    cms->file_digest.size != cms->message_digest.size)
		abort();
	inside(cms->content, size);
	inside(cms->file_digest, size);
	inside(cms->signed_attrs, size);
	inside(cms->message_digest, size);
	inside(cms->signature, size);
	for (i = 0; i < cms->nr_certs; i++) {
		inside(cms->certs[i].whole, size);
		inside(cms->certs[i].tbs, size);
		inside(cms->certs[i].spki, size);
		inside(cms->certs[i].sig, size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vkx_cms cms;
	struct vkx_fault fault = { 0 };
	struct vkx_slice digest;
	enum vkx_hash_alg hash;

	if (!vkx_cms_content_parse(data, size, &hash, &digest, NULL)) {
		inside(digest, size);
		if (digest.size != vkx_hash_size(hash))
			abort();
	}
	if (!vkx_cms_parse(data, size, &cms, &fault)) {
		check(&cms, size);
		return 0;
	}
	if (fault.rule == VKX_RULE_NONE || fault.offset > size ||
	    vkx_nonzero_at((const uint8_t *)&cms, sizeof(cms)) != sizeof(cms))
		abort();
	return 0;
}
