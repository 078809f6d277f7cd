/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as .sbat and as a level. What is accepted is printable, starts
 * with sbat, has no component twice, and passes its own generations.
 */
#include <stdlib.h>
#include <string.h>

#include "sbat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vkx_sbat sbat, level;

static void need(bool condition)
{
	if (!condition)
		abort();
}

static void check_entries(const struct vkx_sbat *s, const uint8_t *data,
			  size_t size)
{
	size_t i, j;

	need(s->count >= 1 && s->count <= VKX_MAX_SBAT_ENTRIES);
	need(s->entries[0].name_len == 4 &&
	     !memcmp(s->entries[0].name, "sbat", 4));
	for (i = 0; i < s->count; i++) {
		const struct vkx_sbat_entry *e = &s->entries[i];

		need(e->name == data + e->offset && e->generation);
		need(e->name_len && e->offset + e->name_len < size);
		for (j = 0; j < i; j++)
			need(e->name_len != s->entries[j].name_len ||
			     memcmp(e->name, s->entries[j].name, e->name_len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	uint64_t date = 0;
	bool is_sbat, is_level;
	size_t i;

	is_sbat = !vkx_sbat_parse(data, size, 0, &sbat, &fault);
	need(is_sbat || (fault.offset <= size && !sbat.count));
	is_level = !vkx_sbat_level_parse(data, size, &level, &date, &fault);
	need(is_level || (fault.offset <= size && !level.count && !date));
	/* Two columns and six: nothing is both. */
	need(!is_sbat || !is_level);
	if (is_level)
		check_entries(&level, data, size);
	if (!is_sbat)
		return 0;
	check_entries(&sbat, data, size);
	/* NULs at the end are padding. */
	while (!data[size - 1])
		size--;
	for (i = 0; i < size; i++)
		need((data[i] >= 0x20 && data[i] <= 0x7e) || data[i] == '\n' ||
		     data[i] == '\r');
	need(!vkx_sbat_check(&sbat, &sbat, 0, &fault));
	return 0;
}
