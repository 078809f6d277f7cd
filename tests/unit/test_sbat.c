/* SPDX-License-Identifier: BSD-2-Clause */
/* .sbat sections and SBAT levels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sbat.h"
#include "tests/unit/sbat_bad.h"
#include "tests/unit/testdata.h"
#include "tests/unit/uki_fixture.h"

#define BASE 1000u

static struct vkx_sbat sbat, level;
static struct vkx_fault fault;

static int parse(const char *text)
{
	size_t len = strlen(text);
	uint8_t *copy = guard_copy(text, len);
	int err;

	fault.rule = VKX_RULE_NONE;
	err = vkx_sbat_parse(copy, len, BASE, &sbat, &fault);
	/* Names must not outlive the buffer; tests look at counts only. */
	guard_free(copy, len);
	return err;
}

static int parse_level(const char *text, uint64_t *date)
{
	fault.rule = VKX_RULE_NONE;
	return vkx_sbat_level_parse((const uint8_t *)text, strlen(text), &level,
				    date, &fault);
}

static void good_sections(void **state)
{
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {
		{ SBAT_FIRST, 1 },
		{ "sbat,1,SBAT Version,sbat,1,url", 1 },
		{ "sbat,1,,,,", 1 },
		{ "sbat,1,,,,\r\n", 1 },
		{ SBAT_FIRST "a,1,~,,,\nb,10,,,,\n", 3 },
		{ SBAT_FIRST
		  "a,1,,,,\r\nb,4294967295,v v,p,1-2,https://x/y?z=1\n",
		  3 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].text), 0);
		assert_int_equal(sbat.count, cases[i].count);
	}
	assert_int_equal(sbat.entries[2].generation, UINT32_MAX);
	assert_int_equal(sbat.entries[2].name_len, 1);
}

/* V30 */
static void bad_sections(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sbat_bad) / sizeof(sbat_bad[0]); i++) {
		if (parse(sbat_bad[i].text) != -VKX_ERR_FORMAT ||
		    fault.rule != VKX_RULE_SBAT_FORMAT ||
		    fault.offset != BASE + sbat_bad[i].offset)
			fail_msg("case %zu: %s at %llu", i,
				 vkx_rule_id(fault.rule),
				 (unsigned long long)fault.offset - BASE);
		assert_int_equal(sbat.count, 0);
	}
}

/* V30: NULs at the end, as ukify leaves one, are padding; no text is behind. */
static void trailing_nuls(void **state)
{
	uint8_t text[80] = SBAT_FIRST;
	size_t n;

	(void)state;
	for (n = 31; n <= 40; n++) {
		assert_int_equal(vkx_sbat_parse(text, n, 0, &sbat, &fault), 0);
		assert_int_equal(sbat.count, 1);
	}
	memcpy(text + 32, "x,1,x,x,1,x\n", 12);
	for (n = 33; n <= 60; n++) {
		assert_int_equal(vkx_sbat_parse(text, n, 0, &sbat, &fault),
				 -VKX_ERR_FORMAT);
		assert_int_equal(fault.offset, 31);
	}
	memset(text, 0, sizeof(text));
	assert_int_equal(vkx_sbat_parse(text, 5, 0, &sbat, &fault),
			 -VKX_ERR_FORMAT);
}

/* An empty first line is not looked at from before its start. */
static void starts_at_its_start(void **state)
{
	uint8_t text[4096], *copy;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '\n';
	copy = guard_copy(text, sizeof(text));
	assert_int_equal(vkx_sbat_parse(copy, sizeof(text), 0, &sbat, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.offset, 0);
	guard_free(copy, sizeof(text));
}

static void duplicates(void **state)
{
	(void)state;
	assert_int_equal(parse(SBAT_FIRST "a,1,,,,\nb,1,,,,\na,2,,,,\n"),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SBAT_DUPLICATE);
	assert_int_equal(fault.offset, BASE + 31 + 16);
	assert_int_equal(parse(SBAT_FIRST "sbat,1,,,,\n"), -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SBAT_DUPLICATE);
	assert_int_equal(parse(SBAT_FIRST "a,1,,,,\naa,1,,,,\n"), 0);
}

static void entry_limit(void **state)
{
	char *text = malloc(32 * (VKX_MAX_SBAT_ENTRIES + 2));
	size_t at = 0, i;

	(void)state;
	at += (size_t)sprintf(text, SBAT_FIRST);
	for (i = 1; i < VKX_MAX_SBAT_ENTRIES; i++)
		at += (size_t)sprintf(text + at, "c%zu,1,,,,\n", i);
	assert_int_equal(parse(text), 0);
	assert_int_equal(sbat.count, VKX_MAX_SBAT_ENTRIES);
	sprintf(text + at, "one,1,,,,\n");
	assert_int_equal(parse(text), -VKX_ERR_FORMAT);
	assert_int_equal(fault.offset, BASE + at);
	free(text);
}

static void size_limit(void **state)
{
	size_t len = VKX_MAX_SBAT + 1;
	uint8_t *text = malloc(len);
	uint64_t date;

	(void)state;
	memset(text, 'x', len);
	memcpy(text, "sbat,1,,,,", 10);
	assert_int_equal(vkx_sbat_parse(text, len - 1, 0, &sbat, &fault), 0);
	assert_int_equal(vkx_sbat_parse(text, len, 0, &sbat, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.offset, VKX_MAX_SBAT);
	memcpy(text, "sbat,1,2021030218\n", 18);
	memcpy(text + len - 3, ",1", 2);
	assert_int_equal(
		vkx_sbat_level_parse(text, len - 1, &level, &date, &fault), 0);
	assert_int_equal(vkx_sbat_level_parse(text, len, &level, &date, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.offset, VKX_MAX_SBAT);
	free(text);
}

static void levels(void **state)
{
	static const char *const bad[] = {
		"",
		"grub,2\n",
		"sbat,1\n",
		"sbat,1,\n",
		"sbat,1,202105110\n",
		"sbat,1,20210511000\n",
		"sbat,1,202105110x\n",
		"sbat,1,202105110/\n",
		"sbat,1,2021030218,\n",
		"sbat,1,2021030218\ngrub,2,3\n",
		"sbat,1,2021030218\ngrub\n",
		"sbat,1,2021030218\ngrub,0\n",
		"sbat,1,2021030218\n\ngrub,2\n",
		"sbat,1,2021030218\nsbat,1,2021030218\n",
		"sbat,1,2021030218\ngrub,2\ngrub,3\n",
	};
	uint64_t date = 0;
	size_t i;

	(void)state;
	assert_int_equal(parse_level("sbat,1,2022052400\ngrub,2\n", &date), 0);
	assert_int_equal(date, 2022052400);
	assert_int_equal(level.count, 2);
	assert_int_equal(parse_level("sbat,1,2021030218", &date), 0);
	assert_int_equal(date, 2021030218);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse_level(bad[i], &date), -VKX_ERR_FORMAT);
		assert_int_equal(level.count, 0);
		assert_int_equal(date, 2021030218);
	}
}

static int check(const char *section, const char *least)
{
	uint64_t date;

	assert_int_equal(vkx_sbat_parse((const uint8_t *)section,
					strlen(section), BASE, &sbat, &fault),
			 0);
	assert_int_equal(parse_level(least, &date), 0);
	fault.rule = VKX_RULE_NONE;
	return vkx_sbat_check(&sbat, &level, BASE, &fault);
}

/* V56 V73 */
static void generations_against_levels(void **state)
{
	(void)state;
	assert_int_equal(check(SBAT_FIRST "vkexec,2,,,,\n",
			       "sbat,1,2021030218\nvkexec,2\n"),
			 0);
	assert_int_equal(check(SBAT_FIRST "vkexec,3,,,,\n",
			       "sbat,1,2021030218\nvkexec,2\n"),
			 0);
	assert_int_equal(check(SBAT_FIRST "vkexec,1,,,,\n",
			       "sbat,1,2021030218\nvkexec,2\n"),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SBAT_LEVEL);
	assert_int_equal(fault.offset, BASE + 31);
	assert_int_equal(vkx_rule_verdict(fault.rule), VKX_VERDICT_POLICY);
	/* Not named by the level: free. A prefix is another component. */
	assert_int_equal(check(SBAT_FIRST "other,1,,,,\n",
			       "sbat,1,2021030218\nvkexec,2\n"),
			 0);
	assert_int_equal(check(SBAT_FIRST "vkexec.linux,1,,,,\n",
			       "sbat,1,2021030218\nvkexec,2\n"),
			 0);
	/* The format's own generation counts too. */
	assert_int_equal(check(SBAT_FIRST, "sbat,2,2021030218\n"),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.offset, BASE);
}

/* One level of shim's list: from "sbat," to the next empty line. */
static const char *next_level(const char *text, char *ret, size_t size)
{
	const char *start = strstr(text, "\nsbat,1,"), *end;

	if (!start)
		return NULL;
	start++;
	end = strstr(start, "\n\n");
	if (!end)
		end = start + strlen(start);
	assert_true((size_t)(end - start) < size);
	memcpy(ret, start, (size_t)(end - start));
	ret[end - start] = '\0';
	return end;
}

static void published_levels(void **state)
{
	const char *name = "sbat/SbatLevel_Variable.txt";
	size_t len, count = 0;
	uint8_t *file = testdata_read(name, &len);
	uint64_t date, last = 0;
	const char *at;
	char one[512];

	(void)state;
	if (!file)
		testdata_skip(name);
	file[len] = '\0';
	at = (const char *)file;
	while ((at = next_level(at, one, sizeof(one)))) {
		assert_int_equal(parse_level(one, &date), 0);
		assert_true(date >= last);
		last = date;
		count++;
	}
	assert_int_equal(count, 11);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_sections),
		cmocka_unit_test(bad_sections),
		cmocka_unit_test(trailing_nuls),
		cmocka_unit_test(starts_at_its_start),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(entry_limit),
		cmocka_unit_test(size_limit),
		cmocka_unit_test(levels),
		cmocka_unit_test(generations_against_levels),
		cmocka_unit_test(published_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
