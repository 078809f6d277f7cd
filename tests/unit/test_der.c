/* SPDX-License-Identifier: BSD-2-Clause */
/* One encoding per value (V41): what BER allows and DER does not is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "der.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
/* A string literal with its length, NULs inside allowed. */
#define B(s) s, sizeof(s) - 1

struct sample {
	const char *bytes;
	size_t len;
	const char *what;
};

/* From a block of its own, so that ASan sees a read too far. */
static bool reads(const struct sample *s)
{
	uint8_t *copy = malloc(s->len ? s->len : 1);
	struct vkx_der der;
	struct vkx_tlv tlv;
	bool good;

	memcpy(copy, s->bytes, s->len);
	vkx_der_init(&der, copy, (uint32_t)s->len, 0);
	tlv = vkx_der_next(&der);
	good = !vkx_der_end(&der, NULL) && vkx_der_is_deep(&tlv);
	free(copy);
	return good;
}

static void good_values(void **state)
{
	static const struct sample good[] = {
		{ B("\x05\x00"), "NULL" },
		{ B("\x01\x01\xff"), "TRUE" },
		{ B("\x01\x01\x00"), "FALSE" },
		{ B("\x02\x01\x00"), "0" },
		{ B("\x02\x02\x00\x80"), "128" },
		{ B("\x02\x01\x80"), "-128" },
		{ B("\x03\x01\x00"), "no bits" },
		{ B("\x03\x02\x07\x80"), "one bit" },
		{ B("\x06\x03\x55\x1d\x0e"), "OID" },
		{ B("\x06\x02\x88\x37"), "OID of one large arc" },
		{ B("\x30\x00"), "empty SEQUENCE" },
		{ B("\x30\x04\x30\x02\x05\x00"), "nested" },
		{ B("\x30\x06\x31\x02\x30\x00\x05\x00"), "empty inside" },
		{ B("\xa0\x02\x05\x00"), "[0] explicit" },
		{ B("\x80\x02\x05\x00"), "[0] implicit" },
		{ B("\x0c\x00"), "empty UTF8String" },
		{ B("\x0c\x03 \x7f\x01"), "ASCII" },
		{ B("\x0c\x04\xc2\x80\xdf\xbf"), "two octets" },
		{ B("\x0c\x06\xe0\xa0\x80\xef\xbf\xbf"), "three octets" },
		{ B("\x0c\x06\xed\x9f\xbf\xee\x80\x80"), "not surrogates" },
		{ B("\x0c\x08\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), "four" },
		{ B("\x1e\x02\x00\x41"), "BMPString" },
		{ B("\x1c\x04\x00\x00\x00\x41"), "UniversalString" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LEN(good); i++)
		if (!reads(&good[i]))
			fail_msg("refused: %s", good[i].what);
}

static void bad_values(void **state)
{
	static const struct sample bad[] = {
		{ B("\x05"), "tag alone" },
		{ B("\x05\x01"), "cut" },
		{ B("\x05\x01\x00"), "NULL with contents" },
		{ B("\x05\x00\x05"), "trailing byte" },
		{ B("\x30\x80\x05\x00\x00\x00"), "indefinite length" },
		{ B("\x05\x81\x00"), "length 0 in long form" },
		{ B("\x04\x81\x01\x61"), "length 1 in long form" },
		{ B("\x04\x82\x00\x01\x61"), "leading zero in length" },
		{ B("\x04\x84\x00\x00\x00\x01\x61"), "four length bytes" },
		{ B("\x04\xff\x61"), "reserved length" },
		{ B("\x04\x83\xff\xff\xff\x61"), "length beyond the end" },
		{ B("\x1f\x85\x01\x00"), "high tag number" },
		{ B("\x1f\x01\x61"), "high tag number, one octet" },
		{ B("\xbf\x00"), "high tag number, constructed" },
		{ B("\x00\x00"), "end of contents" },
		{ B("\x30\x02\x00\x00"), "end of contents inside" },
		{ B("\x0c\x01\x80"), "UTF-8 begins inside a character" },
		{ B("\x0c\x01\xbf"), "so it does here" },
		{ B("\x0c\x02\xc1\xbf"), "two octets for ASCII" },
		{ B("\x0c\x03\xe0\x9f\xbf"), "three octets for two" },
		{ B("\x0c\x04\xf0\x8f\xbf\xbf"), "four octets for three" },
		{ B("\x0c\x04\xf4\x90\x80\x80"), "beyond U+10FFFF" },
		{ B("\x0c\x04\xf8\x80\x80\x80"), "UTF-8 of five octets" },
		{ B("\x0c\x03\xed\xa0\x80"), "first surrogate" },
		{ B("\x0c\x03\xed\xbf\xbf"), "last surrogate" },
		{ B("\x0c\x01\xc2"), "two octets, cut" },
		{ B("\x0c\x02\xe1\x80"), "three octets, cut" },
		{ B("\x0c\x03\xf1\x80\x80"), "four octets, cut" },
		{ B("\x0c\x02\xc2\x41"), "ASCII inside a character" },
		{ B("\x0c\x02\xc2\xc2"), "a character inside another" },
		{ B("\x1e\x01\x41"), "half a character of a BMPString" },
		{ B("\x1e\x03\x00\x41\x00"), "one and a half" },
		{ B("\x1c\x02\x00\x41"), "half of a UniversalString's" },
		{ B("\x1c\x05\x34\x37\x02\x2a\x00"), "five octets of four" },
		{ B("\x24\x03\x04\x01\x61"), "constructed OCTET STRING" },
		{ B("\x23\x04\x03\x02\x00\x61"), "constructed BIT STRING" },
		{ B("\x10\x00"), "primitive SEQUENCE" },
		{ B("\x11\x00"), "primitive SET" },
		{ B("\x01\x01\x01"), "BOOLEAN of 01" },
		{ B("\x01\x00"), "empty BOOLEAN" },
		{ B("\x02\x00"), "empty INTEGER" },
		{ B("\x0a\x00"), "empty ENUMERATED" },
		{ B("\x0a\x02\x00\x7f"), "ENUMERATED with a leading zero" },
		{ B("\x02\x02\x00\x7f"), "INTEGER with a leading zero" },
		{ B("\x02\x02\xff\x80"), "INTEGER with a leading ff" },
		{ B("\x03\x00"), "BIT STRING without its first octet" },
		{ B("\x03\x01\x01"), "unused bits of nothing" },
		{ B("\x03\x02\x08\x00"), "eight unused bits" },
		{ B("\x03\x02\x01\x01"), "unused bit set" },
		{ B("\x06\x00"), "empty OID" },
		{ B("\x06\x02\x80\x01"), "OID arc with a leading zero" },
		{ B("\x06\x01\x88"), "OID ends inside an arc" },
		{ B("\x30\x03\x30\x02\x05\x00"), "child longer than parent" },
		{ B("\x30\x04\x30\x03\x05\x00"), "child runs past parent" },
		{ B("\x30\x03\x02\x01"), "cut inside" },
		{ B("\x04\x81"), "cut in a length of one byte" },
		{ B("\x04\x82\x01"), "cut in a length of two bytes" },
		{ B("\x04\x83\x01\x00"), "cut in a length of three bytes" },
		{ B("\x30\x02\x04\x81"), "a child cut in its length" },
		{ B("\x31\x04\x30\x02\x04\x01"), "a grandchild cut" },
		{ B("\x30\x05\x30\x03\x05\x00\x05"), "cut below" },
		{ B("\x30\x05\x30\x01\x05\x00\x05\x00"), "cut and more" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LEN(bad); i++)
		if (reads(&bad[i]))
			fail_msg("accepted: %s", bad[i].what);
}

/* Each form of a length from the first size that needs it on. */
static void lengths(void **state)
{
	static const struct {
		size_t size, octets;
		bool good;
	} rows[] = {
		{ 0x7f, 0, true },	{ 0x7f, 1, false },
		{ 0x80, 1, true },	{ 0xff, 1, true },
		{ 0xff, 2, false },	{ 0x100, 2, true },
		{ 0xffff, 2, true },	{ 0xffff, 3, false },
		{ 0x10000, 3, true },	{ 0xffffff, 3, true },
		{ 0xffffff, 4, false }, { 0x1000000, 4, false },
	};
	struct sample s;
	uint8_t *bytes;
	size_t i, k;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		bytes = calloc(1, 6 + rows[i].size);
		bytes[0] = 4;
		bytes[1] = (uint8_t)(rows[i].octets ? 0x80 | rows[i].octets :
						      rows[i].size);
		for (k = 0; k < rows[i].octets; k++)
			bytes[1 + rows[i].octets - k] =
				(uint8_t)(rows[i].size >> 8 * k);
		s.bytes = (const char *)bytes;
		s.len = 2 + rows[i].octets + rows[i].size;
		if (reads(&s) != rows[i].good)
			fail_msg("%zx in %zu octets", rows[i].size,
				 rows[i].octets);
		s.len--;
		assert_false(reads(&s));
		free(bytes);
	}
}

static void no_tag_is_an_error(void **state)
{
	static const uint8_t end[2] = { 0 };
	struct vkx_der der;

	(void)state;
	vkx_der_init(&der, end, 2, 0);
	assert_int_equal(vkx_der_next(&der).tag, 0);
	assert_true(der.bad);
}

static void depth_is_bounded(void **state)
{
	uint8_t buf[64];
	struct vkx_tlv tlv;
	struct vkx_der der;
	size_t depth, i;

	(void)state;
	for (depth = 2; depth <= 30; depth++) {
		for (i = 0; i < depth; i++) {
			buf[2 * i] = 0x30;
			buf[2 * i + 1] = (uint8_t)(2 * (depth - 1 - i));
		}
		vkx_der_init(&der, buf, (uint32_t)(2 * depth), 0);
		tlv = vkx_der_next(&der);
		assert_int_equal(vkx_der_is_deep(&tlv), depth <= 18);
	}
}

static void times(void **state)
{
	static const struct {
		uint8_t tag;
		const char *text;
		uint64_t want; /* 0: refused */
	} t[] = {
		{ 0x17, "261122123947Z", 20261122123947 },
		{ 0x17, "491231235959Z", 20491231235959 },
		{ 0x17, "500101000000Z", 19500101000000 },
		{ 0x18, "20500101000000Z", 20500101000000 },
		{ 0x18, "99991231235959Z", 99991231235959 },
		{ 0x18, "20490101000000Z", 0 }, /* fits UTCTime */
		{ 0x17, "2611221239Z", 0 }, /* no seconds */
		{ 0x17, "261122123947+0000", 0 },
		{ 0x17, "261122123947z", 0 },
		{ 0x17, "2x1122123947Z", 0 },
		{ 0x17, "x61122123947Z", 0 },
		{ 0x17, "01xx22123947Z", 0 },
		{ 0x18, "2x501122123947Z", 0 },
		{ 0x18, "20x51122123947Z", 0 },
		{ 0x17, "261322123947Z", 0 },
		{ 0x17, "260022123947Z", 0 },
		{ 0x17, "260230000000Z", 0 },
		{ 0x17, "280229000000Z", 20280229000000 },
		{ 0x17, "260229000000Z", 0 },
		{ 0x18, "21000229000000Z", 0 },
		{ 0x17, "261122240000Z", 0 },
		{ 0x17, "261122126000Z", 0 },
		{ 0x17, "261122120060Z", 0 },
		{ 0x17, "26112212 947Z", 0 },
		{ 0x17, "2611221239:7Z", 0 },
		{ 0x17, "26112212394/Z", 0 },
		{ 0x17, "261122123/47Z", 0 },
		{ 0x17, "261122:23947Z", 0 },
		{ 0x18, "1950010100000Z", 0 },
		{ 0x18, "19500101000000Z", 0 },
		{ 0x18, "19491231235959Z", 19491231235959 },
		{ 0x18, "20491231235959Z", 0 },
		{ 0x18, "2050010100000Z", 0 },
		{ 0x04, "20500101000000Z", 0 },
		{ 0x18, "20500101000000.5Z", 0 },
		{ 0x04, "261122123947Z", 0 },
	};
	struct vkx_tlv tlv = { 0 };
	uint64_t got;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(t); i++) {
		tlv.tag = t[i].tag;
		tlv.p = (const uint8_t *)t[i].text;
		tlv.size = (uint32_t)strlen(t[i].text);
		got = 0;
		assert_int_equal(vkx_der_time(&tlv, &got), t[i].want != 0);
		assert_true(got == t[i].want);
	}
}

/* V42: the forms that mbedtls 2.28 takes and nobody should. */
static void ecdsa_values(void **state)
{
	static const struct sample bad[] = {
		{ B(""), "nothing" },
		{ B("\x30\x06\x02\x01\x00\x02\x01\x01"), "r = 0" },
		{ B("\x30\x06\x02\x01\x01\x02\x01\x00"), "s = 0" },
		{ B("\x30\x06\x02\x01\x81\x02\x01\x01"), "r < 0" },
		{ B("\x30\x07\x02\x02\x00\x01\x02\x01\x01"), "leading zero" },
		{ B("\x30\x81\x06\x02\x01\x01\x02\x01\x01"), "long length" },
		{ B("\x30\x80\x02\x01\x01\x02\x01\x01\x00\x00"), "indefinite" },
		{ B("\x30\x06\x02\x01\x01\x02\x01\x01\x00"), "trailing" },
		{ B("\x30\x08\x02\x01\x01\x02\x01\x01\x05\x00"), "third" },
		{ B("\x30\x03\x02\x01\x01"), "one" },
		{ B("\x31\x06\x02\x01\x01\x02\x01\x01"), "SET" },
	};
	static const uint8_t good[] = "\x30\x06\x02\x01\x01\x02\x01\x7f";
	static const uint8_t wide[] = "\x30\x07\x02\x02\x00\xff\x02\x01\x7f";
	size_t i;

	(void)state;
	assert_true(vkx_der_is_ecdsa(good, 8, 1));
	assert_true(vkx_der_is_ecdsa(wide, 9, 1));
	assert_false(vkx_der_is_ecdsa(
		(const uint8_t *)"\x30\x07\x02\x02\x01\x00\x02\x01\x7f", 9, 1));
	for (i = 0; i < LEN(bad); i++)
		if (vkx_der_is_ecdsa((const uint8_t *)bad[i].bytes,
				     (uint32_t)bad[i].len, 0))
			fail_msg("accepted: %s", bad[i].what);
}

static void first_error_sticks(void **state)
{
	static const uint8_t bytes[] = { 0x02, 0x01, 0x05, 0x04, 0x05, 0x00 };
	struct vkx_fault fault = { 0 };
	struct vkx_der der, in;
	struct vkx_tlv t;

	(void)state;
	vkx_der_init(&der, bytes, sizeof(bytes), 100);
	assert_int_equal(vkx_der_option(&der, VKX_DER_NULL).tag, 0);
	t = vkx_der_take(&der, VKX_DER_INTEGER);
	assert_int_equal(t.pos, 102);
	assert_int_equal(vkx_tlv_whole(&t).offset, 100);
	assert_int_equal(vkx_tlv_whole(&t).size, 3);
	t = vkx_der_take(&der, VKX_DER_OCTET_STRING);
	assert_int_equal(t.tag, 0);
	assert_int_equal(vkx_der_take(&der, VKX_DER_INTEGER).tag, 0);
	in = vkx_der_into(&t);
	assert_int_equal(vkx_der_end(&in, NULL), -VKX_ERR_FORMAT);
	assert_int_equal(vkx_der_end(&der, &fault), -VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_SIG_DER);
	assert_int_equal(fault.offset, 103);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_values),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(lengths),
		cmocka_unit_test(no_tag_is_an_error),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(times),
		cmocka_unit_test(ecdsa_values),
		cmocka_unit_test(first_error_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
