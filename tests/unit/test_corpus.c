/* SPDX-License-Identifier: BSD-2-Clause */
/* PE files that others made to break parsers: no crash, and no UKI. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "pe.h"
#include "tests/unit/testdata.h"
#include "tests/unit/uki_fixture.h"
#include "uki.h"

static struct vkx_uki uki;
static struct vkx_pe pe;

struct tally {
	size_t files, hashable, certs;
};

static void check_ranges(const struct vkx_pe *parsed, size_t len)
{
	struct vkx_range ranges[VKX_PE_MAX_RANGES];
	uint32_t pad;
	size_t n, i;

	assert_int_equal(
		vkx_pe_hash_ranges(parsed, ranges, VKX_PE_MAX_RANGES, &n, &pad),
		0);
	for (i = 0; i < n; i++) {
		assert_true(ranges[i].offset <= len);
		assert_true(ranges[i].size <= len - ranges[i].offset);
	}
}

static void visit(void *ctx, const char *name, const uint8_t *bytes, size_t len)
{
	struct vkx_pe_cert certs[VKX_MAX_SIGNATURES];
	struct tally *tally = ctx;
	uint8_t *copy = guard_copy(bytes, len);
	struct vkx_fault fault;
	size_t count;

	tally->files++;
	if (vkx_uki_probe(copy, len, len))
		fail_msg("%s: taken for a UKI", name);
	if (vkx_uki_parse(copy, len, len, &uki, &fault) != -VKX_ERR_FORMAT)
		fail_msg("%s: accepted as a UKI", name);
	if (!vkx_pe_parse(copy, len, len, VKX_PE_ANY, &pe, &fault)) {
		tally->hashable++;
		check_ranges(&pe, len);
		if (pe.cert_size && !vkx_pe_certs(&pe, copy + pe.cert_off,
						  certs, &count, &fault))
			tally->certs += count;
	}
	guard_free(copy, len);
}

static struct tally walk(const char *path)
{
	struct tally tally = { 0, 0, 0 };

	if (!testdata_each(path, visit, &tally))
		testdata_skip(path);
	print_message("%s: %zu files, %zu hashable, %zu signatures\n", path,
		      tally.files, tally.hashable, tally.certs);
	return tally;
}

/* V3 V4 V13 V16 */
static void corkami(void **state)
{
	(void)state;
	assert_int_equal(walk("pe/corkami").files, 117);
}

static void goblin(void **state)
{
	(void)state;
	/* One is built to be no PE at all. */
	assert_int_equal(walk("pe/goblin").hashable, 13);
}

/* V37: several signatures are several entries. */
static void authenticode(void **state)
{
	(void)state;
	assert_true(walk("pe/uthenticode").certs >= 6);
	assert_true(walk("pe/debian12-arm64").certs == 3);
}

/*
 * V12: this signed production file has 4096 bytes that no signature covers;
 * its digest is the one signed, and the strict profile refuses it for more
 * than one reason.
 */
static void a_signed_file_with_a_gap(void **state)
{
	static const char *const name =
		"pe/debian12-arm64/fwupdaa64.efi.signed";
	struct vkx_range ranges[VKX_PE_MAX_RANGES];
	struct vkx_fault fault;
	uint8_t *file;
	size_t len, n, i;
	uint32_t pad;

	(void)state;
	file = testdata_read(name, &len);
	if (!file)
		testdata_skip(name);
	assert_int_equal(vkx_pe_parse(file, len, len, VKX_PE_ANY, &pe, &fault),
			 0);
	assert_int_equal(
		vkx_pe_hash_ranges(&pe, ranges, VKX_PE_MAX_RANGES, &n, &pad),
		0);
	for (i = 0; i < n; i++)
		assert_false(vkx_ranges_overlap(
			ranges[i].offset, ranges[i].size, 0x9000, 0x1000));
	assert_int_not_equal(
		vkx_pe_parse(file, len, len, VKX_PE_STRICT, &pe, &fault), 0);
	assert_int_equal(fault.rule, VKX_RULE_PE_HEADER_PAD);
	/* With a clean header the gap itself is what is wrong. */
	memset(file + 408, 0, 0x1000 - 408);
	assert_int_not_equal(
		vkx_pe_parse(file, len, len, VKX_PE_STRICT, &pe, &fault), 0);
	assert_int_equal(fault.rule, VKX_RULE_PE_SECTION_GAP);
	assert_int_equal(fault.offset, 64 + 24 + 160 + 40 + 20);
	free(file);
}

/* V9: 512 bytes smuggled into its WIN_CERTIFICATE, which others accept. */
static void a_stowaway_in_a_real_certificate(void **state)
{
	static const char *const name =
		"pe/debian12-arm64/fwupdaa64.efi.signed";
	struct vkx_pe_cert certs[VKX_MAX_SIGNATURES];
	struct vkx_fault fault;
	uint8_t *file, *forged;
	size_t len, count;

	(void)state;
	file = testdata_read(name, &len);
	if (!file)
		testdata_skip(name);
	forged = calloc(1, len + 512);
	memcpy(forged, file, len);
	assert_int_equal(vkx_pe_parse(file, len, len, VKX_PE_ANY, &pe, &fault),
			 0);
	assert_int_equal(
		vkx_pe_certs(&pe, file + pe.cert_off, certs, &count, &fault),
		0);
	assert_int_equal(count, 1);
	vkx_put_le32(forged + pe.certdir_off + 4, pe.cert_size + 512);
	vkx_put_le32(forged + pe.cert_off,
		     vkx_get_le32(file + pe.cert_off) + 512);
	len += 512;
	assert_int_equal(
		vkx_pe_parse(forged, len, len, VKX_PE_ANY, &pe, &fault), 0);
	assert_int_equal(
		vkx_pe_certs(&pe, forged + pe.cert_off, certs, &count, &fault),
		-VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_PE_CERT_ENTRY);
	free(forged);
	free(file);
}

static void zero(uint8_t *p, size_t n)
{
	memset(p, 0, n);
}

/*
 * systemd's own AArch64 stub with the three sections every UKI needs, laid
 * out canonically: its header, code and entry point pass as they are, once
 * the NOPs behind the section table are zero and the tail is gone.
 */
static void a_uki_around_the_real_stub(void **state)
{
	static const char *const name = "pe/debian12-arm64/linuxaa64.efi.stub";
	static const char *const parts[] = { ".sbat", ".cmdline", ".linux" };
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	uint8_t *stub, *file;
	size_t stub_len, len = 0x10e00 + 3 * 512, i;
	uint8_t *at;

	(void)state;
	stub = testdata_read(name, &stub_len);
	if (!stub)
		testdata_skip(name);
	assert_true(stub_len > 0x10e00);
	file = calloc(1, len);
	memcpy(file, stub, 0x10e00);
	at = file + 64 + 24 + 160 + 2 * 40;
	zero(at, (size_t)(file + 0x1000 - at));
	vkx_put_le16(file + 64 + 6, 5);
	for (i = 0; i < 3; i++, at += 40) {
		memcpy(at, parts[i], strlen(parts[i]));
		vkx_put_le32(at + 8, 100);
		vkx_put_le32(at + 12, 0x11000 + 0x1000 * (uint32_t)i);
		vkx_put_le32(at + 16, 512);
		vkx_put_le32(at + 20, 0x10e00 + 512 * (uint32_t)i);
	}
	vkx_put_le32(file + 64 + 24 + 56, 0x14000);
	if (vkx_uki_parse(file, len, len, &uki, &fault))
		fail_msg("%s at %llu", vkx_rule_id(fault.rule),
			 (unsigned long long)fault.offset);
	assert_int_equal(uki.pe.entry, 0x1000);
	assert_int_equal(uki.pe.headers_size, uki.pe.sections[0].rawoff);
	free(file);
	free(stub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corkami),
		cmocka_unit_test(goblin),
		cmocka_unit_test(authenticode),
		cmocka_unit_test(a_signed_file_with_a_gap),
		cmocka_unit_test(a_stowaway_in_a_real_certificate),
		cmocka_unit_test(a_uki_around_the_real_stub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
