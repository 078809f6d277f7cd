/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PE headers: every rule broken at its field, every cut, every bit, and the
 * ranges that the Authenticode digest covers. V numbers are the rows of
 * tests/attacks.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cursor.h"
#include "pe.h"
#include "tests/unit/uki_fixture.h"

#define SECTION(i) (UKI_AT_TABLE + 40u * (i))
#define DER "\x30\x03\x02\x01\x00"
#define DER_SIZE 5

/* One UKI for all tests: signed and unsigned. */
static struct uki_fixture fixture;
static uint8_t *plain, *sealed;
static size_t plain_len, sealed_len;

static struct vkx_pe pe;
static struct vkx_fault fault;

static int parse(const uint8_t *file, size_t len, enum vkx_pe_profile profile)
{
	size_t hdr = len < VKX_MAX_HEADERS ? len : VKX_MAX_HEADERS;

	fault.rule = VKX_RULE_NONE;
	fault.offset = 0;
	return vkx_pe_parse(file, hdr, len, profile, &pe, &fault);
}

static void expect_rule(enum vkx_rule rule, uint64_t offset, const char *what)
{
	if (fault.rule != rule || fault.offset != offset)
		fail_msg("%s: %s at %llu, expected %s at %llu", what,
			 vkx_rule_id(fault.rule),
			 (unsigned long long)fault.offset, vkx_rule_id(rule),
			 (unsigned long long)offset);
}

static void put(uint8_t *p, size_t width, uint64_t value)
{
	size_t i;

	for (i = 0; i < width; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static int make_files(void **state)
{
	(void)state;
	uki_fixture_default(&fixture);
	plain = uki_fixture_build(&fixture, &plain_len);
	sealed = uki_fixture_build(&fixture, &sealed_len);
	sealed = uki_fixture_sign(sealed, &sealed_len, DER, DER_SIZE);
	return 0;
}

static int free_files(void **state)
{
	(void)state;
	free(plain);
	free(sealed);
	return 0;
}

static void good_files_pass(void **state)
{
	(void)state;
	assert_int_equal(parse(plain, plain_len, VKX_PE_STRICT), 0);
	assert_int_equal(pe.nr_sections, 8);
	assert_int_equal(pe.machine, 0xaa64);
	assert_int_equal(pe.entry, 0);
	assert_int_equal(pe.certdir_off, UKI_AT_CERTDIR);
	assert_int_equal(pe.checksum_off, UKI_AT_CHECKSUM);
	assert_int_equal(pe.cert_off, 0);
	assert_int_equal(pe.sections[7].flags, 0x40000040);
	assert_int_equal(pe.sections[7].hdr_off, SECTION(7));
	assert_int_equal(parse(sealed, sealed_len, VKX_PE_STRICT), 0);
	assert_int_equal(pe.cert_off, plain_len);
	assert_int_equal(pe.cert_size, 16);
	assert_int_equal(parse(sealed, sealed_len, VKX_PE_ANY), 0);
}

/* One field set to one value in the sealed file, and what must come of it. */
struct field_case {
	const char *what;
	uint32_t at;
	uint32_t width;
	uint64_t value;
	enum vkx_rule rule;
	uint64_t offset;
};

#define AT(what, field, width, value, rule)            \
	{                                              \
		what, field, width, value, rule, field \
	}

static const struct field_case field_cases[] = {
	AT("dos magic", 0, 2, 0x4d5a, VKX_RULE_PE_DOS_MAGIC),
	AT("dos magic, one byte", 0, 1, 'm', VKX_RULE_PE_DOS_MAGIC),
	AT("arm64 image", 56, 4, 0x644d5241, VKX_RULE_PE_ARM64_MAGIC),
	AT("lfanew 0", 60, 4, 0, VKX_RULE_PE_LFANEW),
	AT("lfanew in the DOS header", 60, 4, 56, VKX_RULE_PE_LFANEW),
	AT("lfanew unaligned", 60, 4, 68, VKX_RULE_PE_LFANEW),
	AT("lfanew wraps", 60, 4, 0xfffffff8, VKX_RULE_PE_LFANEW),
	{ "lfanew elsewhere", 60, 4, 72, VKX_RULE_PE_SIGNATURE, 72 },
	AT("signature", UKI_AT_PE, 4, 0x5045, VKX_RULE_PE_SIGNATURE),
	AT("machine x86-64", UKI_AT_MACHINE, 2, 0x8664, VKX_RULE_PE_MACHINE),
	AT("machine 0", UKI_AT_MACHINE, 2, 0, VKX_RULE_PE_MACHINE),
	AT("no sections", UKI_AT_NR_SECTIONS, 2, 0, VKX_RULE_PE_SECTION_COUNT),
	AT("97 sections", UKI_AT_NR_SECTIONS, 2, 97, VKX_RULE_PE_SECTION_COUNT),
	AT("65535 sections", UKI_AT_NR_SECTIONS, 2, 65535,
	   VKX_RULE_PE_SECTION_COUNT),
	AT("optional header 0", UKI_AT_OPT_SIZE, 2, 0, VKX_RULE_PE_OPTIONAL),
	AT("optional header 95", UKI_AT_OPT_SIZE, 2, 95, VKX_RULE_PE_OPTIONAL),
	AT("optional header 111", UKI_AT_OPT_SIZE, 2, 111,
	   VKX_RULE_PE_OPTIONAL),
	{ "optional header 112", UKI_AT_OPT_SIZE, 2, 112,
	  VKX_RULE_PE_DIRECTORIES, UKI_AT_NR_DIRS },
	{ "optional header 168", UKI_AT_OPT_SIZE, 2, 168,
	  VKX_RULE_PE_DIRECTORIES, UKI_AT_NR_DIRS },
	AT("not executable", UKI_AT_FLAGS, 2, 0x0204, VKX_RULE_PE_SUBSYSTEM),
	AT("a DLL", UKI_AT_FLAGS, 2, 0x2206, VKX_RULE_PE_SUBSYSTEM),
	AT("PE32", UKI_AT_OPT, 2, 0x10b, VKX_RULE_PE_OPTIONAL),
	AT("ROM", UKI_AT_OPT, 2, 0x107, VKX_RULE_PE_OPTIONAL),
	AT("entry outside", UKI_AT_ENTRY, 4, 0x800000, VKX_RULE_PE_ENTRY),
	AT("entry in the headers", UKI_AT_ENTRY, 4, 64, VKX_RULE_PE_ENTRY),
	AT("section align 0", UKI_AT_SECTION_ALIGN, 4, 0,
	   VKX_RULE_PE_ALIGNMENT),
	AT("section align 512", UKI_AT_SECTION_ALIGN, 4, 512,
	   VKX_RULE_PE_ALIGNMENT),
	AT("section align odd", UKI_AT_SECTION_ALIGN, 4, 12288,
	   VKX_RULE_PE_ALIGNMENT),
	AT("section align 4M", UKI_AT_SECTION_ALIGN, 4, 1 << 22,
	   VKX_RULE_PE_ALIGNMENT),
	{ "section align 8K", UKI_AT_SECTION_ALIGN, 4, 8192,
	  VKX_RULE_PE_SECTION_ALIGN, SECTION(0) + UKI_SECTION_VADDR },
	AT("file align 0", UKI_AT_FILE_ALIGN, 4, 0, VKX_RULE_PE_ALIGNMENT),
	AT("file align 256", UKI_AT_FILE_ALIGN, 4, 256, VKX_RULE_PE_ALIGNMENT),
	AT("file align 128K", UKI_AT_FILE_ALIGN, 4, 131072,
	   VKX_RULE_PE_ALIGNMENT),
	{ "file align above section align", UKI_AT_FILE_ALIGN, 4, 8192,
	  VKX_RULE_PE_ALIGNMENT, UKI_AT_SECTION_ALIGN },
	AT("headers 0", UKI_AT_HEADERS_SIZE, 4, 0, VKX_RULE_PE_HEADER_SIZE),
	AT("headers end in table", UKI_AT_HEADERS_SIZE, 4, SECTION(8) - 1,
	   VKX_RULE_PE_HEADER_SIZE),
	AT("headers unaligned", UKI_AT_HEADERS_SIZE, 4, 1000,
	   VKX_RULE_PE_HEADER_SIZE),
	AT("headers beyond file", UKI_AT_HEADERS_SIZE, 4, 1 << 30,
	   VKX_RULE_PE_HEADER_SIZE),
	AT("pad behind the table", SECTION(8), 1, 1, VKX_RULE_PE_HEADER_PAD),
	AT("pad at the end", 1023, 1, 1, VKX_RULE_PE_HEADER_PAD),
	AT("a driver", UKI_AT_SUBSYSTEM, 2, 11, VKX_RULE_PE_SUBSYSTEM),
	AT("a console program", UKI_AT_SUBSYSTEM, 2, 3, VKX_RULE_PE_SUBSYSTEM),
	AT("no directories", UKI_AT_NR_DIRS, 4, 0, VKX_RULE_PE_DIRECTORIES),
	AT("5 directories", UKI_AT_NR_DIRS, 4, 5, VKX_RULE_PE_DIRECTORIES),
	AT("17 directories", UKI_AT_NR_DIRS, 4, 17, VKX_RULE_PE_DIRECTORIES),
	AT("directories wrap", UKI_AT_NR_DIRS, 4, 0x20000006,
	   VKX_RULE_PE_DIRECTORIES),
	AT("directories max", UKI_AT_NR_DIRS, 4, UINT32_MAX,
	   VKX_RULE_PE_DIRECTORIES),
	AT("certificates at 0", UKI_AT_CERTDIR, 4, 0, VKX_RULE_PE_CERT_TABLE),
	AT("certificates unaligned", UKI_AT_CERTDIR, 4, 6660,
	   VKX_RULE_PE_CERT_TABLE),
	AT("certificates beyond", UKI_AT_CERTDIR, 4, 0xfffffff8,
	   VKX_RULE_PE_CERT_TABLE),
	AT("certificates empty", UKI_AT_CERTDIR + 4, 4, 0,
	   VKX_RULE_PE_CERT_TABLE),
	AT("certificates short", UKI_AT_CERTDIR + 4, 4, 8,
	   VKX_RULE_PE_CERT_TABLE),
	AT("certificates long", UKI_AT_CERTDIR + 4, 4, 24,
	   VKX_RULE_PE_CERT_TABLE),
	AT("certificates odd", UKI_AT_CERTDIR + 4, 4, 15,
	   VKX_RULE_PE_CERT_TABLE),
	AT("certificates wrap", UKI_AT_CERTDIR + 4, 4, 0xfffffff8,
	   VKX_RULE_PE_CERT_TABLE),
	AT("empty name", SECTION(1), 8, 0, VKX_RULE_PE_SECTION_NAME),
	AT("long name", SECTION(1), 8, 0x342f, VKX_RULE_PE_SECTION_NAME),
	AT("DEL in name", SECTION(1), 1, 0x7f, VKX_RULE_PE_SECTION_NAME),
	AT("blank in name", SECTION(1), 1, ' ', VKX_RULE_PE_SECTION_NAME),
	{ "name with a second end", SECTION(1) + 7, 1, 'x',
	  VKX_RULE_PE_SECTION_NAME, SECTION(1) },
	{ "name with a high byte", SECTION(1) + 1, 1, 0xc3,
	  VKX_RULE_PE_SECTION_NAME, SECTION(1) },
	AT("raw size odd", SECTION(2) + UKI_SECTION_RAWSIZE, 4, 511,
	   VKX_RULE_PE_SECTION_ALIGN),
	AT("raw size beyond", SECTION(2) + UKI_SECTION_RAWSIZE, 4, 0x10000,
	   VKX_RULE_PE_SECTION_RANGE),
	AT("raw size max", SECTION(2) + UKI_SECTION_RAWSIZE, 4, UINT32_MAX,
	   VKX_RULE_PE_SECTION_RANGE),
	{ "raw size 0", SECTION(2) + UKI_SECTION_RAWSIZE, 4, 0,
	  VKX_RULE_PE_SECTION_GAP, SECTION(2) + UKI_SECTION_RAWOFF },
	AT("raw offset 0", SECTION(2) + UKI_SECTION_RAWOFF, 4, 0,
	   VKX_RULE_PE_SECTION_GAP),
	AT("raw offset one before", SECTION(2) + UKI_SECTION_RAWOFF, 4, 1024,
	   VKX_RULE_PE_SECTION_GAP),
	AT("raw offset one behind", SECTION(2) + UKI_SECTION_RAWOFF, 4, 2560,
	   VKX_RULE_PE_SECTION_GAP),
	AT("raw offset max", SECTION(2) + UKI_SECTION_RAWOFF, 4, UINT32_MAX,
	   VKX_RULE_PE_SECTION_RANGE),
	AT("address unaligned", SECTION(2) + UKI_SECTION_VADDR, 4, 0x3800,
	   VKX_RULE_PE_SECTION_ALIGN),
	AT("address of another", SECTION(2) + UKI_SECTION_VADDR, 4, 0x2000,
	   VKX_RULE_PE_SECTION_VIRTUAL),
	AT("address in the headers", SECTION(0) + UKI_SECTION_VADDR, 4, 0,
	   VKX_RULE_PE_SECTION_VIRTUAL),
	AT("address beyond image", SECTION(7) + UKI_SECTION_VADDR, 4,
	   0x10000000, VKX_RULE_PE_SECTION_VIRTUAL),
	AT("size beyond image", SECTION(7) + UKI_SECTION_VSIZE, 4, 0x1001,
	   VKX_RULE_PE_SECTION_VIRTUAL),
	AT("size max", SECTION(7) + UKI_SECTION_VSIZE, 4, UINT32_MAX,
	   VKX_RULE_PE_SECTION_VIRTUAL),
	{ "size over the next", SECTION(2) + UKI_SECTION_VSIZE, 4, 0x1001,
	  VKX_RULE_PE_SECTION_VIRTUAL, SECTION(3) + UKI_SECTION_VADDR },
	{ "image one page short", UKI_AT_IMAGE_SIZE, 4, 0x8000,
	  VKX_RULE_PE_SECTION_VIRTUAL, SECTION(7) + UKI_SECTION_VSIZE },
};

/* V1 V3 V4 V6 V8 V17 V23 V24 */
static void every_field_broken(void **state)
{
	static const struct vkx_pe zero;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(field_cases) / sizeof(field_cases[0]); i++) {
		const struct field_case *c = &field_cases[i];
		uint8_t *file = malloc(sealed_len);

		memcpy(file, sealed, sealed_len);
		put(file + c->at, c->width, c->value);
		if (parse(file, sealed_len, VKX_PE_STRICT) != -VKX_ERR_FORMAT)
			fail_msg("%s: accepted", c->what);
		expect_rule(c->rule, c->offset, c->what);
		assert_memory_equal(&pe, &zero, sizeof(pe));
		free(file);
	}
}

static void every_cut_of(const uint8_t *file, size_t whole,
			 enum vkx_pe_profile profile)
{
	size_t len;

	for (len = 0; len < whole; len++) {
		uint8_t *cut = guard_copy(file, len);

		if (!parse(cut, len, profile)) {
			/* ANY takes an unsigned file less part of a tail. */
			if (profile == VKX_PE_STRICT)
				fail_msg("cut at %zu accepted", len);
		} else if (len == 0) {
			expect_rule(VKX_RULE_PE_SIZE, 0, "empty");
		} else if (len < 64) {
			expect_rule(VKX_RULE_PE_SHORT, len, "DOS header");
		} else if (len < UKI_AT_OPT) {
			expect_rule(VKX_RULE_PE_LFANEW, 60, "COFF header");
		} else if (len < SECTION(8)) {
			expect_rule(VKX_RULE_PE_SHORT, len, "headers");
		} else if (len < 1024) {
			expect_rule(VKX_RULE_PE_HEADER_SIZE,
				    UKI_AT_HEADERS_SIZE, "header pad");
		}
		guard_free(cut, len);
	}
}

static void every_cut_is_refused(void **state)
{
	(void)state;
	every_cut_of(plain, plain_len, VKX_PE_STRICT);
	every_cut_of(sealed, sealed_len, VKX_PE_STRICT);
	every_cut_of(plain, plain_len, VKX_PE_ANY);
	every_cut_of(sealed, sealed_len, VKX_PE_ANY);
}

/* The rule of a cut behind the headers, where the body ends early. */
static void cuts_of_the_body(void **state)
{
	size_t len;

	(void)state;
	for (len = 1024; len < sealed_len; len++) {
		assert_int_not_equal(parse(sealed, len, VKX_PE_STRICT), 0);
		if (len < plain_len)
			expect_rule(VKX_RULE_PE_CERT_TABLE, UKI_AT_CERTDIR,
				    "table is beyond the end");
		else
			expect_rule(VKX_RULE_PE_CERT_TABLE, UKI_AT_CERTDIR + 4,
				    "table is cut");
	}
	for (len = 1024; len < plain_len; len++) {
		size_t section = (len - 1024) / 512;

		/* .linux is three blocks long. */
		section = section > 8 ? 7 : section > 6 ? 6 : section;
		assert_int_not_equal(parse(plain, len, VKX_PE_STRICT), 0);
		expect_rule(VKX_RULE_PE_SECTION_RANGE,
			    SECTION(section) + UKI_SECTION_RAWSIZE, "cut");
	}
}

/* V11 */
static void bytes_behind_are_refused(void **state)
{
	uint8_t *file = calloc(1, sealed_len + 64);
	size_t more;

	(void)state;
	for (more = 1; more <= 64; more++) {
		memcpy(file, sealed, sealed_len);
		assert_int_not_equal(
			parse(file, sealed_len + more, VKX_PE_STRICT), 0);
		expect_rule(VKX_RULE_PE_CERT_TABLE, UKI_AT_CERTDIR + 4,
			    "behind the table");
		memset(file, 0, sealed_len);
		memcpy(file, plain, plain_len);
		assert_int_not_equal(
			parse(file, plain_len + more, VKX_PE_STRICT), 0);
		expect_rule(VKX_RULE_PE_SECTION_GAP, plain_len,
			    "behind the sections");
	}
	free(file);
}

/* Fields whose value the strict profile does not judge. All are hashed but
 * the two that Authenticode leaves out. */
static const struct {
	uint32_t at, size;
} free_fields[] = {
	{ 2, 58 }, /* DOS header but its magic and e_lfanew */
	{ UKI_AT_PE + 8, 12 }, /* time, COFF symbols */
	{ UKI_AT_FLAGS, 2 },
	{ UKI_AT_OPT + 2, 14 }, /* linker, code and data sizes */
	{ UKI_AT_ENTRY, 4 }, /* into any section's bytes */
	{ UKI_AT_OPT + 20, 12 }, /* BaseOfCode, ImageBase */
	{ UKI_AT_OPT + 40, 20 }, /* versions, Win32Version, SizeOfImage */
	{ UKI_AT_CHECKSUM, 4 },
	{ UKI_AT_OPT + 70, 38 }, /* DLL flags, stack, heap, loader flags */
	{ UKI_AT_OPT + 112, 32 }, /* directories before and after */
	{ UKI_AT_CERTDIR + 8, 8 },
};

static bool field_is_free(size_t at)
{
	size_t i, in;

	for (i = 0; i < sizeof(free_fields) / sizeof(free_fields[0]); i++)
		if (at >= free_fields[i].at &&
		    at - free_fields[i].at < free_fields[i].size)
			return true;
	if (at < SECTION(0) || at >= SECTION(8))
		return false;
	in = (at - SECTION(0)) % 40;
	/* Name, VirtualSize and address have other good values; relocations,
	 * line numbers and flags are not judged. */
	return in < 16 || in >= 24;
}

/* No flip reads out of bounds; every accepted one is in the list above. */
static void every_header_bit(void **state)
{
	uint8_t *file = guard_copy(sealed, sealed_len);
	size_t bit, accepted = 0;

	(void)state;
	for (bit = 0; bit < 1024 * 8; bit++) {
		file[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!parse(file, sealed_len, VKX_PE_STRICT)) {
			accepted++;
			if (!field_is_free(bit / 8))
				fail_msg("bit %zu of byte %zu accepted",
					 bit % 8, bit / 8);
		}
		(void)!parse(file, sealed_len, VKX_PE_ANY);
		file[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	print_message("%zu of %u header bits may change\n", accepted, 1024 * 8);
	assert_true(accepted > 0);
	guard_free(file, sealed_len);
}

/* Whatever the headers say, no range leaves the file. */
static void check_ranges_inside(size_t len)
{
	struct vkx_range ranges[VKX_PE_MAX_RANGES];
	uint32_t pad;
	size_t n, i;

	assert_int_equal(
		vkx_pe_hash_ranges(&pe, ranges, VKX_PE_MAX_RANGES, &n, &pad),
		0);
	for (i = 0; i < n; i++) {
		assert_true(ranges[i].offset <= len);
		assert_true(ranges[i].size <= len - ranges[i].offset);
		assert_true(ranges[i].size > 0);
	}
	assert_true(pad < 8);
}

/* V1 V2 */
static void sections_outside_the_file(void **state)
{
	const uint32_t len = (uint32_t)plain_len;
	const uint32_t values[] = {
		0,	   1,	7,	 511,	   512,
		len - 1,   len, len + 1, 1u << 31, UINT32_MAX - 511,
		UINT32_MAX
	};
	const size_t n = sizeof(values) / sizeof(values[0]);
	uint8_t *file = guard_copy(plain, plain_len);
	size_t s, i, j, good = 0;

	(void)state;
	for (s = 0; s < 8; s++) {
		for (i = 0; i < n * n; i++) {
			j = SECTION(s);
			put(file + j + UKI_SECTION_RAWOFF, 4, values[i / n]);
			put(file + j + UKI_SECTION_RAWSIZE, 4, values[i % n]);
			if (!parse(file, plain_len, VKX_PE_ANY))
				check_ranges_inside(plain_len);
			good += !parse(file, plain_len, VKX_PE_STRICT);
			memcpy(file + j, plain + j, 40);
		}
	}
	assert_int_equal(good, 0);
	guard_free(file, plain_len);
}

/* V2: sums of 2^32 - 1, 2^32 and 2^32 + 4096 do not wrap. */
static void sums_that_wrap(void **state)
{
	static const uint64_t sums[] = { UINT32_MAX, 1ULL << 32,
					 (1ULL << 32) + 4096 };
	uint8_t *file = malloc(plain_len);
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		memcpy(file, plain, plain_len);
		put(file + SECTION(0) + UKI_SECTION_RAWSIZE, 4, 0x80000000);
		put(file + SECTION(1) + UKI_SECTION_RAWSIZE, 4,
		    sums[i] - 0x80000000 - 1024);
		assert_int_not_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
		assert_int_not_equal(parse(file, plain_len, VKX_PE_ANY), 0);
		/* The same in a file that is said to be large enough. */
		assert_int_not_equal(vkx_pe_parse(file, plain_len, 0xffff0000,
						  VKX_PE_ANY, &pe, &fault),
				     0);
	}
	free(file);
}

/* V3 */
static void every_lfanew(void **state)
{
	uint8_t *file = guard_copy(sealed, sealed_len);
	size_t at;

	(void)state;
	for (at = 0; at <= sealed_len + 8; at++) {
		put(file + 60, 4, at);
		if (at == UKI_AT_PE)
			continue;
		assert_int_not_equal(parse(file, sealed_len, VKX_PE_STRICT), 0);
		assert_int_not_equal(parse(file, sealed_len, VKX_PE_ANY), 0);
	}
	guard_free(file, sealed_len);
}

/*
 * V5: two section tables, one behind SizeOfOptionalHeader and one behind the
 * directories, both good. Only one place is accepted.
 */
static void two_section_tables(void **state)
{
	uint8_t *file = malloc(plain_len);

	(void)state;
	memcpy(file, plain, plain_len);
	/* Shrink what NumberOfRvaAndSizes says: the table would start earlier. */
	put(file + UKI_AT_NR_DIRS, 4, 1);
	memcpy(file + UKI_AT_OPT + 112 + 8, plain + SECTION(0), 40);
	assert_int_not_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	expect_rule(VKX_RULE_PE_DIRECTORIES, UKI_AT_NR_DIRS, "two tables");
	free(file);
}

/* V6: fewer than five directories: unsigned, whatever stands there. */
static void few_directories_are_unsigned(void **state)
{
	uint32_t n;

	(void)state;
	for (n = 1; n <= 16; n++) {
		struct uki_fixture f = fixture;
		size_t len;
		uint8_t *file;

		f.nr_dirs = n;
		file = uki_fixture_build(&f, &len);
		assert_int_equal(parse(file, len, VKX_PE_STRICT), 0);
		assert_int_equal(pe.certdir_off, n > 4 ? UKI_AT_CERTDIR : 0);
		assert_int_equal(pe.cert_off, 0);
		free(file);
	}
}

static void expect_certs(const uint8_t *table, uint32_t size, int err,
			 uint64_t offset)
{
	struct vkx_pe_cert certs[VKX_MAX_SIGNATURES];
	uint8_t *copy = guard_copy(table, size);
	size_t count = 99;

	memset(&pe, 0, sizeof(pe));
	pe.cert_off = 1000;
	pe.cert_size = size;
	assert_int_equal(vkx_pe_certs(&pe, copy, certs, &count, &fault), err);
	if (err)
		expect_rule(VKX_RULE_PE_CERT_ENTRY, 1000 + offset, "entry");
	else
		assert_true(count <= VKX_MAX_SIGNATURES);
	guard_free(copy, size);
}

static void entry(uint8_t *p, uint32_t length, const void *der, size_t n)
{
	put(p, 4, length);
	put(p + 4, 2, 0x0200);
	put(p + 6, 2, 2);
	memcpy(p + 8, der, n);
}

/* V7 V9 */
static void certificate_entries(void **state)
{
	static const uint32_t bad[] = { 0,	    1,		7,
					8,	    9,		12,
					17,	    24,		0x7fffffff,
					0xfffffff8, 0xfffffff9, UINT32_MAX };
	uint8_t t[64] = { 0 };
	uint32_t i;

	(void)state;
	/* dwLength may count the padding or not; nothing else is a choice. */
	for (i = 13; i <= 16; i++) {
		entry(t, i, DER, DER_SIZE);
		expect_certs(t, 16, 0, 0);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		entry(t, bad[i], DER, DER_SIZE);
		expect_certs(t, 16, -VKX_ERR_FORMAT, 0);
	}
	for (i = 13; i < 16; i++) {
		entry(t, 16, DER, DER_SIZE);
		t[i] = 1;
		expect_certs(t, 16, -VKX_ERR_FORMAT, 0);
		t[i] = 0;
	}
	entry(t, 16, DER, DER_SIZE);
	t[4] = 1;
	expect_certs(t, 16, -VKX_ERR_FORMAT, 0);
	entry(t, 16, DER, DER_SIZE);
	t[6] = 1;
	expect_certs(t, 16, -VKX_ERR_FORMAT, 0);
	/* A stowaway: room for one more block inside the entry. */
	entry(t, 24, DER, DER_SIZE);
	expect_certs(t, 24, -VKX_ERR_FORMAT, 0);
	/* A second entry that is cut, then one that is good. */
	entry(t, 16, DER, DER_SIZE);
	expect_certs(t, 24, -VKX_ERR_FORMAT, 16);
	entry(t + 16, 16, DER, DER_SIZE);
	expect_certs(t, 32, 0, 0);
	expect_certs(t, 0, 0, 0);
}

static void certificate_der_lengths(void **state)
{
	static const struct {
		const char *der;
		size_t len;
	} bad[] = {
		{ "\x31\x03\x02\x01\x00", 5 }, /* a SET */
		{ "\x30\x80\x00\x00", 4 }, /* indefinite */
		{ "\x30\x81\x03\x02\x01\x00", 6 }, /* not minimal */
		{ "\x30\x82\x00\x80", 4 },
		{ "\x30\x83\x00\x01\x00", 5 },
		{ "\x30\x84\x00\x00\x00\x03", 6 },
		{ "\x30\xff", 2 },
		{ "\x30\x7f", 2 }, /* longer than the entry */
		{ "\x30\x83\xff\xff\xff", 5 },
	};
	uint8_t t[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(t, 0, sizeof(t));
		entry(t, 16, bad[i].der, bad[i].len);
		expect_certs(t, 16, -VKX_ERR_FORMAT, 0);
	}
}

/* Where each certificate is, and how long, without its padding. */
static void certificate_places(void **state)
{
	static const uint8_t four[8] = { 0x30, 6 }, none[2] = { 0x30, 0 };
	struct vkx_pe_cert certs[VKX_MAX_SIGNATURES];
	uint8_t t[48] = { 0 };
	size_t count;

	(void)state;
	memset(&pe, 0, sizeof(pe));
	pe.cert_off = 4096;
	pe.cert_size = 48;
	entry(t, 16, four, 8);
	entry(t + 16, 10, none, 2);
	entry(t + 32, 13, DER, DER_SIZE);
	assert_int_equal(vkx_pe_certs(&pe, t, certs, &count, &fault), 0);
	assert_int_equal(count, 3);
	assert_int_equal(certs[0].offset, 4096 + 8);
	assert_int_equal(certs[0].size, 8);
	assert_int_equal(certs[1].offset, 4096 + 24);
	assert_int_equal(certs[1].size, 2);
	assert_int_equal(certs[2].offset, 4096 + 40);
	assert_int_equal(certs[2].size, 5);
	/* The second one runs out of the table. */
	entry(t + 16, 16, DER, DER_SIZE);
	expect_certs(t, 24, -VKX_ERR_FORMAT, 16);
}

/* Lengths that would be good if more of the table were the certificate. */
static void certificate_lying_der(void **state)
{
	static const struct {
		uint8_t head[7];
		uint32_t head_size, length, whole;
	} cases[] = {
		/* Indefinite, read as a short 128. */
		{ { 0x30, 0x80 }, 2, 8 + 130, 144 },
		/* Five octets: 0x100000080 is no 0x80. */
		{ { 0x30, 0x85, 1, 0, 0, 0, 0x80 }, 7, 8 + 135, 144 },
		/* Length octets behind dwLength. */
		{ { 0x30, 0x83, 1 }, 3, 8 + 3, 0x10010 },
	};
	uint8_t *t = calloc(1, 0x10010);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		entry(t, cases[i].length, cases[i].head, cases[i].head_size);
		expect_certs(t, cases[i].whole, -VKX_ERR_FORMAT, 0);
		memset(t, 0, 16);
	}
	free(t);
}

/* DER of the two longer forms, right to the byte. */
static void certificate_long_der(void **state)
{
	static const struct {
		uint8_t head[5];
		uint32_t head_size, body;
	} cases[] = {
		{ { 0x30, 0x7f }, 2, 0x7f },
		{ { 0x30, 0x81, 0x80 }, 3, 0x80 },
		{ { 0x30, 0x81, 0xff }, 3, 0xff },
		{ { 0x30, 0x82, 0x01, 0x00 }, 4, 0x100 },
		{ { 0x30, 0x82, 0xff, 0xff }, 4, 0xffff },
		{ { 0x30, 0x83, 0x01, 0x00, 0x00 }, 5, 0x10000 },
	};
	uint8_t *t = calloc(1, 0x10000 + 32);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t der = cases[i].head_size + cases[i].body;
		uint32_t whole = (8 + der + 7) / 8 * 8;

		entry(t, 8 + der, cases[i].head, cases[i].head_size);
		expect_certs(t, whole, 0, 0);
		entry(t, 7 + der, cases[i].head, cases[i].head_size);
		expect_certs(t, whole, -VKX_ERR_FORMAT, 0);
		entry(t, whole, cases[i].head, cases[i].head_size);
		expect_certs(t, whole, 0, 0);
		expect_certs(t, whole - 8, -VKX_ERR_FORMAT, 0);
		expect_certs(t, 4, -VKX_ERR_FORMAT, 0);
	}
	free(t);
}

static void too_many_signatures(void **state)
{
	uint8_t t[16 * (VKX_MAX_SIGNATURES + 1)] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i <= VKX_MAX_SIGNATURES; i++)
		entry(t + 16 * i, 16, DER, DER_SIZE);
	expect_certs(t, 16 * VKX_MAX_SIGNATURES, 0, 0);
	expect_certs(t, sizeof(t), -VKX_ERR_FORMAT, 16 * VKX_MAX_SIGNATURES);
}

/* V8 */
static void table_not_last(void **state)
{
	uint8_t *file = malloc(sealed_len);
	uint32_t at;

	(void)state;
	for (at = 8; at < sealed_len; at += 8) {
		if (at == plain_len)
			continue;
		memcpy(file, sealed, sealed_len);
		put(file + UKI_AT_CERTDIR, 4, at);
		assert_int_not_equal(parse(file, sealed_len, VKX_PE_STRICT), 0);
		put(file + UKI_AT_CERTDIR + 4, 4, sealed_len - at);
		assert_int_not_equal(parse(file, sealed_len, VKX_PE_STRICT), 0);
		assert_int_equal(fault.rule, VKX_RULE_PE_CERT_TABLE);
	}
	free(file);
}

/* V13: every section moved onto every other, in the file and in memory. */
static void every_overlap(void **state)
{
	uint8_t *file = malloc(plain_len);
	uint32_t a, b, field;

	(void)state;
	for (a = 0; a < 8; a++) {
		for (b = 0; b < 8; b++) {
			if (a == b)
				continue;
			for (field = UKI_SECTION_VADDR;
			     field <= UKI_SECTION_RAWOFF; field += 8) {
				memcpy(file, plain, plain_len);
				memcpy(file + SECTION(a) + field,
				       plain + SECTION(b) + field, 4);
				assert_int_not_equal(
					parse(file, plain_len, VKX_PE_STRICT),
					0);
			}
		}
	}
	free(file);
}

static void ranges_of(const uint8_t *file, size_t len,
		      enum vkx_pe_profile profile, struct vkx_range *ranges,
		      size_t *n)
{
	uint32_t pad;

	assert_int_equal(parse(file, len, profile), 0);
	assert_int_equal(
		vkx_pe_hash_ranges(&pe, ranges, VKX_PE_MAX_RANGES, n, &pad), 0);
}

/* V14: the order of the section table does not change what is hashed. */
static void table_order_does_not_matter(void **state)
{
	struct vkx_range want[VKX_PE_MAX_RANGES], got[VKX_PE_MAX_RANGES];
	uint8_t *file = malloc(plain_len);
	size_t n, m, a, b;

	(void)state;
	ranges_of(plain, plain_len, VKX_PE_ANY, want, &n);
	for (a = 0; a < 8; a++) {
		for (b = 0; b < 8; b++) {
			memcpy(file, plain, plain_len);
			memcpy(file + SECTION(a), plain + SECTION(b), 40);
			memcpy(file + SECTION(b), plain + SECTION(a), 40);
			ranges_of(file, plain_len, VKX_PE_ANY, got, &m);
			assert_int_equal(n, m);
			assert_memory_equal(want, got, n * sizeof(want[0]));
			if (a != b)
				assert_int_not_equal(
					parse(file, plain_len, VKX_PE_STRICT),
					0);
		}
	}
	free(file);
}

/* V15: what is not hashed is twelve bytes and the certificate table. */
static void the_mutable_set(void **state)
{
	struct vkx_range ranges[VKX_PE_MAX_RANGES];
	uint8_t *hashed = calloc(1, sealed_len);
	size_t n, i, at;

	(void)state;
	ranges_of(sealed, sealed_len, VKX_PE_STRICT, ranges, &n);
	assert_int_equal(n, 3);
	for (i = 0; i < n; i++)
		for (at = 0; at < ranges[i].size; at++)
			hashed[ranges[i].offset + at]++;
	for (at = 0; at < sealed_len; at++) {
		bool mutable =
			(at >= UKI_AT_CHECKSUM && at < UKI_AT_CHECKSUM + 4) ||
			(at >= UKI_AT_CERTDIR && at < UKI_AT_CERTDIR + 8) ||
			at >= plain_len;

		assert_int_equal(hashed[at], mutable ? 0 : 1);
	}
	free(hashed);
}

static void ranges_need_room(void **state)
{
	struct vkx_range ranges[VKX_PE_MAX_RANGES];
	uint32_t pad;
	size_t n = 77, max;

	(void)state;
	assert_int_equal(parse(sealed, sealed_len, VKX_PE_STRICT), 0);
	for (max = 0; max < 3; max++)
		assert_int_equal(vkx_pe_hash_ranges(&pe, ranges, max, &n, &pad),
				 -VKX_ERR_SPACE);
	assert_int_equal(n, 77);
}

/* V16: an absurd file costs nothing. */
static void absurd_counts_are_fast(void **state)
{
	size_t len = 65536 * 40 + 4096, i;
	uint8_t *file = calloc(1, len);
	clock_t start;

	(void)state;
	memcpy(file, plain, 1024);
	start = clock();
	for (i = 0; i < 1000; i++) {
		put(file + UKI_AT_NR_SECTIONS, 2, i % 2 ? 65535 : 0);
		assert_int_not_equal(parse(file, len, VKX_PE_ANY), 0);
		assert_int_not_equal(parse(file, len, VKX_PE_STRICT), 0);
		assert_int_equal(fault.rule, VKX_RULE_PE_SECTION_COUNT);
	}
	/* CPU time, a thousand files in what one may take. */
	assert_true(clock() - start < CLOCKS_PER_SEC);
	free(file);
}

/* V17: every value of machine, magic and subsystem but the right one. */
static void every_machine_magic_subsystem(void **state)
{
	static const struct {
		uint32_t at;
		uint32_t good;
		enum vkx_rule rule;
	} fields[] = {
		{ UKI_AT_MACHINE, 0xaa64, VKX_RULE_PE_MACHINE },
		{ UKI_AT_OPT, 0x20b, VKX_RULE_PE_OPTIONAL },
		{ UKI_AT_SUBSYSTEM, 10, VKX_RULE_PE_SUBSYSTEM },
	};
	uint8_t *file = malloc(plain_len);
	uint32_t i, v;

	(void)state;
	memcpy(file, plain, plain_len);
	for (i = 0; i < 3; i++) {
		for (v = 0; v < 65536; v++) {
			put(file + fields[i].at, 2, v);
			if (v == fields[i].good)
				continue;
			assert_int_not_equal(
				parse(file, plain_len, VKX_PE_STRICT), 0);
			assert_int_equal(fault.rule, fields[i].rule);
			assert_int_equal(fault.offset, fields[i].at);
		}
		put(file + fields[i].at, 2, fields[i].good);
	}
	free(file);
}

/* V23: eight bytes, no NUL needed, nothing more and nothing less. */
static void names_are_eight_bytes(void **state)
{
	static const struct {
		char bytes[9];
		const char *name;
		bool same;
	} cases[] = {
		{ ".cmdline", ".cmdline", true },
		{ ".cmdline", ".cmdlin", false },
		{ ".cmdlin", ".cmdline", false },
		{ ".cmdlin", ".cmdlin", true },
		{ ".cmdline", ".cmdlineX", false },
		{ ".linux\0x", ".linux", false },
		{ ".linux", ".linux", true },
		{ ".linuxx", ".linux", false },
		{ "", "", true },
		{ "", ".linux", false },
	};
	struct vkx_pe_section section;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(section.name, cases[i].bytes, 8);
		assert_int_equal(vkx_pe_name_is(&section, cases[i].name),
				 cases[i].same);
	}
}

/* A section without raw data says offset 0 and is no part of the tiling. */
static void sections_without_data(void **state)
{
	struct uki_fixture f = fixture;
	struct uki_fixture_section *bss;
	uint8_t *file;
	size_t len;

	(void)state;
	bss = uki_fixture_add(&f, ".bss", NULL, 0);
	bss->set_vsize = true;
	bss->vsize = 0x5000;
	uki_fixture_add(&f, ".tail", "x", 1);
	file = uki_fixture_build(&f, &len);
	assert_int_equal(parse(file, len, VKX_PE_STRICT), 0);
	assert_int_equal(pe.sections[8].rawoff, 0);
	put(file + SECTION(8) + UKI_SECTION_RAWOFF, 4, plain_len);
	assert_int_not_equal(parse(file, len, VKX_PE_STRICT), 0);
	expect_rule(VKX_RULE_PE_SECTION_GAP, SECTION(8) + UKI_SECTION_RAWOFF,
		    ".bss with an offset");
	free(file);
}

/* The entry point needs bytes of the file under it. */
static void entry_points(void **state)
{
	uint8_t *file = malloc(plain_len);
	uint32_t text = vkx_get_le32(plain + SECTION(0) + UKI_SECTION_VADDR);

	(void)state;
	memcpy(file, plain, plain_len);
	put(file + UKI_AT_ENTRY, 4, text);
	assert_int_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	put(file + UKI_AT_ENTRY, 4, text + 3);
	assert_int_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	put(file + UKI_AT_ENTRY, 4, text + 4);
	assert_int_not_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	/* In memory but not in the file. */
	put(file + SECTION(0) + UKI_SECTION_VSIZE, 4, 4096);
	put(file + UKI_AT_ENTRY, 4, text + 511);
	assert_int_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	put(file + UKI_AT_ENTRY, 4, text + 512);
	assert_int_not_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	free(file);
}

/* The other profile: PE32 of another machine, whose digest is as well defined
 * but for a header that reaches into the certificate table. */
static void any_takes_pe32(void **state)
{
	uint8_t *file = malloc(sealed_len);
	uint32_t dir = UKI_AT_OPT + 96 + 4 * 8;

	(void)state;
	memcpy(file, sealed, sealed_len);
	put(file + UKI_AT_MACHINE, 2, 0x14c);
	put(file + UKI_AT_OPT, 2, 0x10b);
	put(file + UKI_AT_OPT + 28, 4, 0x400000);
	put(file + UKI_AT_OPT + 92, 4, 6);
	put(file + dir, 4, plain_len);
	put(file + dir + 4, 4, 16);
	assert_int_equal(parse(file, sealed_len, VKX_PE_ANY), 0);
	assert_false(pe.pe32plus);
	assert_int_equal(pe.certdir_off, dir);
	assert_int_equal(pe.cert_off, plain_len);
	assert_int_equal(pe.image_base, 0x400000);
	check_ranges_inside(sealed_len);
	put(file + UKI_AT_HEADERS_SIZE, 4, plain_len + 1);
	assert_int_not_equal(parse(file, sealed_len, VKX_PE_ANY), 0);
	expect_rule(VKX_RULE_PE_HEADER_SIZE, UKI_AT_HEADERS_SIZE, "overlap");
	put(file + UKI_AT_HEADERS_SIZE, 4, 1024);
	put(file + UKI_AT_OPT_SIZE, 2, 95);
	assert_int_not_equal(parse(file, sealed_len, VKX_PE_ANY), 0);
	expect_rule(VKX_RULE_PE_OPTIONAL, UKI_AT_OPT_SIZE, "PE32, too short");
	free(file);
}

/* ANY: faults name the field, limits are hit to the byte. */
static void any_to_the_byte(void **state)
{
	uint8_t *file = malloc(plain_len), *cut;

	(void)state;
	memcpy(file, plain, plain_len);
	put(file + SECTION(3) + UKI_SECTION_RAWOFF, 4, plain_len + 1);
	assert_int_not_equal(parse(file, plain_len, VKX_PE_ANY), 0);
	expect_rule(VKX_RULE_PE_SECTION_RANGE, SECTION(3) + UKI_SECTION_RAWOFF,
		    "offset");
	memcpy(file, plain, plain_len);
	put(file + SECTION(3) + UKI_SECTION_RAWSIZE, 4, 513);
	assert_int_not_equal(parse(file, plain_len, VKX_PE_ANY), 0);
	expect_rule(VKX_RULE_PE_SECTION_GAP, SECTION(7) + UKI_SECTION_RAWSIZE,
		    "sum");
	memcpy(file, plain, plain_len);
	put(file + UKI_AT_HEADERS_SIZE, 4, SECTION(8));
	assert_int_equal(parse(file, plain_len, VKX_PE_ANY), 0);
	put(file + UKI_AT_HEADERS_SIZE, 4, SECTION(8) - 1);
	assert_int_not_equal(parse(file, plain_len, VKX_PE_ANY), 0);
	memcpy(file, plain, plain_len);
	put(file + UKI_AT_NR_DIRS, 4, 7);
	assert_int_not_equal(parse(file, plain_len, VKX_PE_ANY), 0);
	expect_rule(VKX_RULE_PE_DIRECTORIES, UKI_AT_NR_DIRS, "7 in 6");
	/* PE32 without directories: the shortest optional header. */
	memcpy(file, plain, plain_len);
	put(file + UKI_AT_OPT, 2, 0x10b);
	put(file + UKI_AT_OPT + 92, 4, 0);
	put(file + UKI_AT_OPT_SIZE, 2, 96);
	memmove(file + UKI_AT_OPT + 96, plain + SECTION(0), 40 * 8);
	assert_int_equal(parse(file, plain_len, VKX_PE_ANY), 0);
	assert_int_equal(pe.sections[7].rawsize, 512);
	/* No optional header, and nothing behind where it would be. */
	put(file + UKI_AT_OPT_SIZE, 2, 0);
	cut = guard_copy(file, UKI_AT_OPT);
	assert_int_not_equal(parse(cut, UKI_AT_OPT, VKX_PE_ANY), 0);
	expect_rule(VKX_RULE_PE_OPTIONAL, UKI_AT_OPT_SIZE, "none");
	guard_free(cut, UKI_AT_OPT);
	free(file);
}

static void strict_to_the_byte(void **state)
{
	uint8_t *file = malloc(plain_len);
	struct uki_fixture f = fixture;
	uint32_t end;
	size_t len;

	(void)state;
	memcpy(file, plain, plain_len);
	put(file + UKI_AT_OPT + 24, 8, 0x123456789abcdef0);
	assert_int_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	assert_true(pe.image_base == 0x123456789abcdef0);
	/* SizeOfImage may end with the last section, and no byte earlier. */
	end = pe.sections[7].vaddr + pe.sections[7].vsize;
	put(file + UKI_AT_IMAGE_SIZE, 4, end);
	assert_int_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	put(file + UKI_AT_IMAGE_SIZE, 4, end - 1);
	assert_int_not_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	/* What follows a name of eight bytes is no part of it. */
	memcpy(file, plain, plain_len);
	put(file + SECTION(4) + UKI_SECTION_VSIZE, 4, 'A');
	assert_memory_equal(file + SECTION(4), ".cmdline", 8);
	assert_int_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	free(file);
	/* As many sections as there may be. */
	memset(&f, 0, sizeof(f));
	while (f.nr_sections < VKX_MAX_SECTIONS)
		uki_fixture_add(&f, ".s", "s", 1);
	file = uki_fixture_build(&f, &len);
	assert_int_equal(parse(file, len, VKX_PE_STRICT), 0);
	assert_int_equal(parse(file, len, VKX_PE_ANY), 0);
	assert_int_equal(pe.nr_sections, VKX_MAX_SECTIONS);
	free(file);
	/* Headers and nothing else. */
	memset(&f, 0, sizeof(f));
	uki_fixture_add(&f, ".s", "", 0);
	file = uki_fixture_build(&f, &len);
	assert_int_equal(len, 512);
	assert_int_equal(parse(file, len, VKX_PE_STRICT), 0);
	assert_int_equal(parse(file, len, VKX_PE_ANY), 0);
	free(file);
}

static void table_sizes(void **state)
{
	uint8_t *file = calloc(1, plain_len + VKX_MAX_CERT_TABLE + 8);
	uint32_t size;

	(void)state;
	memcpy(file, plain, plain_len);
	put(file + UKI_AT_CERTDIR, 4, plain_len);
	assert_int_not_equal(parse(file, plain_len, VKX_PE_STRICT), 0);
	expect_rule(VKX_RULE_PE_CERT_TABLE, UKI_AT_CERTDIR + 4, "no size");
	for (size = 8; size <= VKX_MAX_CERT_TABLE; size *= 2) {
		put(file + UKI_AT_CERTDIR + 4, 4, size);
		assert_int_equal(parse(file, plain_len + size, VKX_PE_STRICT),
				 0);
	}
	put(file + UKI_AT_CERTDIR + 4, 4, VKX_MAX_CERT_TABLE + 8);
	assert_int_not_equal(
		parse(file, plain_len + VKX_MAX_CERT_TABLE + 8, VKX_PE_STRICT),
		0);
	expect_rule(VKX_RULE_PE_CERT_TABLE, UKI_AT_CERTDIR + 4, "too big");
	free(file);
}

/* Headers that end in a hole behind the last byte of the window. */
static void big_headers(void **state)
{
	struct uki_fixture f = fixture;
	uint8_t *file;
	size_t len;

	(void)state;
	f.file_align = 65536;
	f.section_align = 65536;
	file = uki_fixture_build(&f, &len);
	assert_int_equal(parse(file, len, VKX_PE_STRICT), 0);
	assert_int_equal(pe.headers_size, VKX_MAX_HEADERS);
	/* Twice as much, with all sections moved behind it, is too much. */
	put(file + UKI_AT_HEADERS_SIZE, 4, 2 * VKX_MAX_HEADERS);
	assert_int_not_equal(parse(file, len, VKX_PE_STRICT), 0);
	expect_rule(VKX_RULE_PE_HEADER_SIZE, UKI_AT_HEADERS_SIZE, "128 KiB");
	free(file);
}

/* The largest file: its header is judged without the file at hand. */
static void the_largest_file(void **state)
{
	const uint32_t size = (uint32_t)VKX_MAX_FILE;
	uint8_t *head = calloc(1, VKX_MAX_HEADERS);
	uint32_t last = size - (uint32_t)plain_len + 512;

	(void)state;
	memcpy(head, plain, plain_len);
	put(head + SECTION(7) + UKI_SECTION_RAWSIZE, 4, last);
	assert_int_equal(vkx_pe_parse(head, VKX_MAX_HEADERS, size,
				      VKX_PE_STRICT, &pe, &fault),
			 0);
	check_ranges_inside(size);
	put(head + SECTION(7) + UKI_SECTION_VSIZE, 4, last);
	put(head + UKI_AT_IMAGE_SIZE, 4, UINT32_MAX);
	assert_int_equal(vkx_pe_parse(head, VKX_MAX_HEADERS, size,
				      VKX_PE_STRICT, &pe, &fault),
			 0);
	put(head + UKI_AT_IMAGE_SIZE, 4, last + 0x7fff);
	assert_int_not_equal(vkx_pe_parse(head, VKX_MAX_HEADERS, size,
					  VKX_PE_STRICT, &pe, &fault),
			     0);
	expect_rule(VKX_RULE_PE_SECTION_VIRTUAL, SECTION(7) + UKI_SECTION_VSIZE,
		    "image too small");
	free(head);
}

static void arguments(void **state)
{
	(void)state;
	assert_int_equal(vkx_pe_parse(plain, plain_len - 1, plain_len,
				      VKX_PE_STRICT, &pe, &fault),
			 -VKX_ERR_ARG);
	assert_int_equal(vkx_pe_parse(plain, plain_len, plain_len,
				      VKX_PE_STRICT, &pe, NULL),
			 0);
	assert_int_equal(vkx_pe_parse(plain, plain_len, VKX_MAX_FILE + 1,
				      VKX_PE_ANY, &pe, NULL),
			 -VKX_ERR_ARG);
}

static void too_big_a_file(void **state)
{
	uint8_t *head = calloc(1, VKX_MAX_HEADERS);

	(void)state;
	memcpy(head, plain, plain_len);
	assert_int_equal(vkx_pe_parse(head, VKX_MAX_HEADERS, VKX_MAX_FILE + 1,
				      VKX_PE_ANY, &pe, &fault),
			 -VKX_ERR_FORMAT);
	expect_rule(VKX_RULE_PE_SIZE, 0, "over the limit");
	assert_int_equal(vkx_pe_parse(head, VKX_MAX_HEADERS, UINT64_MAX,
				      VKX_PE_STRICT, &pe, &fault),
			 -VKX_ERR_FORMAT);
	expect_rule(VKX_RULE_PE_SIZE, 0, "64 bits");
	free(head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_files_pass),
		cmocka_unit_test(every_field_broken),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(cuts_of_the_body),
		cmocka_unit_test(bytes_behind_are_refused),
		cmocka_unit_test(every_header_bit),
		cmocka_unit_test(sections_outside_the_file),
		cmocka_unit_test(sums_that_wrap),
		cmocka_unit_test(every_lfanew),
		cmocka_unit_test(two_section_tables),
		cmocka_unit_test(few_directories_are_unsigned),
		cmocka_unit_test(certificate_entries),
		cmocka_unit_test(certificate_der_lengths),
		cmocka_unit_test(certificate_places),
		cmocka_unit_test(certificate_lying_der),
		cmocka_unit_test(certificate_long_der),
		cmocka_unit_test(too_many_signatures),
		cmocka_unit_test(table_not_last),
		cmocka_unit_test(every_overlap),
		cmocka_unit_test(table_order_does_not_matter),
		cmocka_unit_test(the_mutable_set),
		cmocka_unit_test(ranges_need_room),
		cmocka_unit_test(absurd_counts_are_fast),
		cmocka_unit_test(every_machine_magic_subsystem),
		cmocka_unit_test(names_are_eight_bytes),
		cmocka_unit_test(sections_without_data),
		cmocka_unit_test(entry_points),
		cmocka_unit_test(any_takes_pe32),
		cmocka_unit_test(any_to_the_byte),
		cmocka_unit_test(strict_to_the_byte),
		cmocka_unit_test(table_sizes),
		cmocka_unit_test(big_headers),
		cmocka_unit_test(the_largest_file),
		cmocka_unit_test(arguments),
		cmocka_unit_test(too_big_a_file),
	};

	return cmocka_run_group_tests(tests, make_files, free_files);
}
