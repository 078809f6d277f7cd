/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the list of what a machine contributed. A list that is read to
 * its end is what writing its items gives: one encoding per list.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "carry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct out {
	uint8_t *p;
	size_t len, room;
};

static void collect(void *arg, const void *data, size_t len)
{
	struct out *out = arg;

	if (len > out->room - out->len)
		abort();
	memcpy(out->p + out->len, data, len);
	out->len += len;
}

static void inside(const void *p, size_t len, const uint8_t *data, size_t size)
{
	size_t at = (size_t)((const uint8_t *)p - data);

	if (len && (at > size || len > size - at))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct out out = { malloc(size + 64), 0, size + 64 };
	struct vkx_carry_sink sink = { .bytes = collect, .arg = &out };
	struct vkx_carry_item item;
	size_t pos = 0, before;
	int err;

	vkx_carry_start(&sink);
	for (before = 0; vkx_carry_next(data, size, &pos, &item, &err);
	     before = pos) {
		if (pos <= before || pos > size)
			abort();
		inside(item.path, item.path_len, data, size);
		inside(item.name, item.name_len, data, size);
		inside(item.value, item.value_len, data, size);
		vkx_carry_add(&sink, &item);
	}
	if (!err && (out.len != size || memcmp(out.p, data, size) != 0))
		abort();
	if (err && err != -VKX_ERR_FORMAT)
		abort();
	free(out.p);
	return 0;
}
