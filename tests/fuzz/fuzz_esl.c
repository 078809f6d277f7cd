/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as EFI signature lists. Iterating ends, inside the buffer, even
 * where nobody checked; a checked buffer gives as many entries as counted.
 */
#include <stdlib.h>

#include "esl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
	if (!condition)
		abort();
}

static void check_entry(const struct vkx_esl_entry *e, const uint8_t *data,
			size_t size)
{
	need(e->offset <= size && size - e->offset >= 16);
	need(e->data == data + e->offset + 16 && e->size);
	need(e->size <= size - e->offset - 16);
	need(e->type != VKX_ESL_SHA256 || e->size == 32);
	need(e->type != VKX_ESL_X509_SHA256 || e->size == 48);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	struct vkx_esl_entry e;
	struct vkx_esl esl;
	size_t at = 0, count = 0, seen = 0;
	bool good;

	if (vkx_esl_payload(data, size, &at, &fault))
		return 0;
	need(at <= size);
	data += at;
	size -= at;
	good = !vkx_esl_check(data, size, &count, &fault);
	need(good ||
	     (fault.rule == VKX_RULE_REVOCATION_LIST && fault.offset < size));
	vkx_esl_start(&esl, data, size);
	while (vkx_esl_next(&esl, &e)) {
		check_entry(&e, data, size);
		need(++seen <= size);
	}
	need(!vkx_esl_next(&esl, &e));
	need(!good || seen == count);
	return 0;
}
