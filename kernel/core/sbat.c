/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cursor.h"
#include "sbat.h"

/* component,generation,vendor,package,version,url */
#define SECTION_COLUMNS 6u
#define LEVEL_COLUMNS 2u /* component,generation */
#define LEVEL_DATE_DIGITS 10u /* YYYYMMDDNN */

/* A walk over lines and their columns. */
struct csv {
	const uint8_t *text;
	size_t len;
	size_t line; /* offset of the current line */
	size_t pos; /* next byte of it */
	size_t end; /* offset of its line end */
	size_t next; /* offset of the next line */
};

static int format_fault(struct vkx_fault *fault_ret, uint64_t offset)
{
	return vkx_fault(fault_ret, VKX_RULE_SBAT_FORMAT, offset);
}

/* Goes to the next line; false where no bytes are left. */
static bool csv_next_line(struct csv *csv)
{
	size_t end = csv->next;

	if (csv->next == csv->len)
		return false;
	csv->line = csv->pos = csv->next;
	while (end < csv->len && csv->text[end] != '\n')
		end++;
	csv->next = end < csv->len ? end + 1 : end;
	/* A CR belongs to the line end only in front of an LF. */
	if (end < csv->len && end > csv->line && csv->text[end - 1] == '\r')
		end--;
	csv->end = end;
	return true;
}

/*
 * The next column of the line: its start in *at_ret, its length returned.
 * last: the line must end there; else a comma must follow. False where that
 * does not hold or a byte is not printable ASCII; csv->pos is then the place.
 */
static bool csv_column(struct csv *csv, bool last, size_t *at_ret,
		       size_t *len_ret)
{
	*at_ret = csv->pos;
	while (csv->pos < csv->end && csv->text[csv->pos] != ',') {
		if (csv->text[csv->pos] < 0x20 || csv->text[csv->pos] > 0x7e)
			return false;
		csv->pos++;
	}
	*len_ret = csv->pos - *at_ret;
	if (last != (csv->pos == csv->end))
		return false;
	if (!last)
		csv->pos++;
	return true;
}

/* A positive decimal number without sign, blank or leading zero. */
static bool read_generation(const uint8_t *p, size_t len, uint32_t *value_ret)
{
	uint64_t v = 0;
	size_t i;

	if (!len || len > 10 || p[0] == '0')
		return false;
	for (i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(p[i] - '0');
	}
	if (v > UINT32_MAX)
		return false;
	*value_ret = (uint32_t)v;
	return true;
}

/* Component and generation of the current line; more: columns follow. */
static int read_entry(struct csv *csv, bool more, uint64_t base,
		      struct vkx_sbat_entry *entry_ret,
		      struct vkx_fault *fault_ret)
{
	size_t at, len;

	if (!csv_column(csv, false, &at, &len))
		return format_fault(fault_ret, base + csv->pos);
	if (!len)
		return format_fault(fault_ret, base + at);
	entry_ret->name = csv->text + at;
	entry_ret->name_len = len;
	entry_ret->offset = (uint32_t)csv->line;
	if (!csv_column(csv, !more, &at, &len))
		return format_fault(fault_ret, base + csv->pos);
	if (!read_generation(csv->text + at, len, &entry_ret->generation))
		return format_fault(fault_ret, base + at);
	return 0;
}

static bool same_name(const struct vkx_sbat_entry *a,
		      const struct vkx_sbat_entry *b)
{
	return a->name_len == b->name_len &&
	       memcmp(a->name, b->name, a->name_len) == 0;
}

static const struct vkx_sbat_entry *find(const struct vkx_sbat *sbat,
					 const struct vkx_sbat_entry *like)
{
	size_t i;

	for (i = 0; i < sbat->count; i++)
		if (same_name(&sbat->entries[i], like))
			return &sbat->entries[i];
	return NULL;
}

static int add_entry(struct vkx_sbat *sbat, const struct vkx_sbat_entry *entry,
		     uint64_t base, struct vkx_fault *fault_ret)
{
	if (!sbat->count &&
	    (entry->name_len != 4 || memcmp(entry->name, "sbat", 4) != 0))
		return format_fault(fault_ret, base);
	if (sbat->count == VKX_MAX_SBAT_ENTRIES)
		return format_fault(fault_ret, base + entry->offset);
	if (find(sbat, entry))
		return vkx_fault(fault_ret, VKX_RULE_SBAT_DUPLICATE,
				 base + entry->offset);
	sbat->entries[sbat->count++] = *entry;
	return 0;
}

/* The descriptive columns: printable, and exactly as many as there must be. */
static int skip_columns(struct csv *csv, unsigned int count, uint64_t base,
			struct vkx_fault *fault_ret)
{
	size_t at, len;

	while (count--)
		if (!csv_column(csv, !count, &at, &len))
			return format_fault(fault_ret, base + csv->pos);
	return 0;
}

static int parse_section(struct csv *csv, uint64_t base, struct vkx_sbat *sbat,
			 struct vkx_fault *fault_ret)
{
	struct vkx_sbat_entry entry = { .name = NULL };
	int err;

	while (csv_next_line(csv)) {
		err = read_entry(csv, true, base, &entry, fault_ret);
		if (!err)
			err = skip_columns(csv, SECTION_COLUMNS - 2, base,
					   fault_ret);
		if (!err)
			err = add_entry(sbat, &entry, base, fault_ret);
		if (err)
			return err;
	}
	return sbat->count ? 0 : format_fault(fault_ret, base);
}

static int read_date(struct csv *csv, uint64_t *date_ret,
		     struct vkx_fault *fault_ret)
{
	size_t at, len, i;
	uint64_t v = 0;

	if (!csv_column(csv, true, &at, &len))
		return format_fault(fault_ret, csv->pos);
	if (len != LEVEL_DATE_DIGITS)
		return format_fault(fault_ret, at);
	for (i = at; i < at + len; i++) {
		if (csv->text[i] < '0' || csv->text[i] > '9')
			return format_fault(fault_ret, i);
		v = v * 10 + (uint64_t)(csv->text[i] - '0');
	}
	*date_ret = v;
	return 0;
}

static int parse_level(struct csv *csv, struct vkx_sbat *level,
		       uint64_t *date_ret, struct vkx_fault *fault_ret)
{
	struct vkx_sbat_entry entry = { .name = NULL };
	int err;

	while (csv_next_line(csv)) {
		bool first = !level->count;

		err = read_entry(csv, first, 0, &entry, fault_ret);
		if (!err && first)
			err = read_date(csv, date_ret, fault_ret);
		if (!err)
			err = add_entry(level, &entry, 0, fault_ret);
		if (err)
			return err;
	}
	return level->count ? 0 : format_fault(fault_ret, 0);
}

/* ukify ends the section with a NUL and counts it in. */
static size_t text_length(const uint8_t *text, size_t len)
{
	while (len && !text[len - 1])
		len--;
	return len;
}

int vkx_sbat_parse(const uint8_t *text, size_t len, uint64_t base,
		   struct vkx_sbat *sbat_ret, struct vkx_fault *fault_ret)
{
	struct csv csv = { .text = text, .len = text_length(text, len) };
	int err;

	sbat_ret->count = 0;
	if (len > VKX_MAX_SBAT)
		return format_fault(fault_ret, base + VKX_MAX_SBAT);
	err = parse_section(&csv, base, sbat_ret, fault_ret);
	if (err)
		sbat_ret->count = 0;
	return err;
}

int vkx_sbat_level_parse(const uint8_t *text, size_t len,
			 struct vkx_sbat *level_ret, uint64_t *date_ret,
			 struct vkx_fault *fault_ret)
{
	struct csv csv = { .text = text, .len = len };
	uint64_t date = 0;
	int err;

	level_ret->count = 0;
	if (len > VKX_MAX_SBAT)
		return format_fault(fault_ret, VKX_MAX_SBAT);
	err = parse_level(&csv, level_ret, &date, fault_ret);
	if (err)
		level_ret->count = 0;
	else
		*date_ret = date;
	return err;
}

int vkx_sbat_check(const struct vkx_sbat *sbat, const struct vkx_sbat *level,
		   uint64_t base, struct vkx_fault *fault_ret)
{
	const struct vkx_sbat_entry *least;
	size_t i;

	for (i = 0; i < sbat->count; i++) {
		least = find(level, &sbat->entries[i]);
		if (least && sbat->entries[i].generation < least->generation)
			return vkx_fault(fault_ret, VKX_RULE_SBAT_LEVEL,
					 base + sbat->entries[i].offset);
	}
	return 0;
}
