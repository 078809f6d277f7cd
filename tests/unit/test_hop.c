/* SPDX-License-Identifier: BSD-2-Clause */
/* The hop record of docs/format-hop.md: one encoding, every field guarded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "cursor.h"
#include "tests/unit/logs.h"

static void golden_layout(void **state)
{
	/* Written by hand from the table; not by the encoder. */
	static const uint8_t head[40] = {
		0x0d, 0x78, 0xf0, 0x2d, 0x40, 0x01, 0,	 0, /* tag, size */
		'V',  'K',  'E',  'X',	'E',  'C',  'H', 'R', /* magic */
		1,    0,    2,	  1,	1,    0,    0,	 0, /* kind launch */
		0x1e, 0,    0,	  0,	7,    0,    0,	 0, /* flags, number */
		0x54, 0x5f, 0xc3, 0x78, 0,    0,    0,	 0, /* 2026069844 */
	};
	struct vkx_hop hop = vkx_test_hop(VKX_HOP_LAUNCH, 7);
	uint8_t data[VKX_HOP_EVENT_SIZE];
	size_t i;

	(void)state;
	hop.sbat_date = 2026069844;
	assert_int_equal(vkx_hop_encode(&hop, data), 0);
	assert_memory_equal(data, head, sizeof(head));
	for (i = 0; i < 8 * 32; i++)
		assert_int_equal(data[40 + i], 0x10 * (i / 32 + 1) + 7);
	assert_int_equal(vkx_nonzero_at(data + 296, 32), 32);
}

static void round_trip(void **state)
{
	struct vkx_hop hop = vkx_test_hop(VKX_HOP_UNLOAD, 3), back;
	uint8_t data[VKX_HOP_EVENT_SIZE];

	(void)state;
	hop.dtb_source = VKX_HOP_DTB_AUTO;
	hop.dtbauto = 5;
	assert_int_equal(vkx_hop_encode(&hop, data), 0);
	memset(&back, 0, sizeof(back));
	assert_int_equal(vkx_hop_decode(data, sizeof(data), &back, NULL), 0);
	assert_int_equal(back.kind, hop.kind);
	assert_int_equal(back.dtbauto, 5);
	assert_true(vkx_hop_same_target(&hop, &back));
	back.kind = VKX_HOP_LOAD;
	back.lockdown = VKX_HOP_LOCKDOWN_NONE;
	back.flags &= ~(uint32_t)(VKX_HOP_STRICT | VKX_HOP_ENFORCED);
	assert_true(vkx_hop_same_target(&hop, &back));
	back.facts[31] ^= 1;
	assert_false(vkx_hop_same_target(&hop, &back));
}

static void foreign_tag_is_not_ours(void **state)
{
	uint8_t data[VKX_HOP_EVENT_SIZE] = { 0x0e };
	struct vkx_hop hop;

	(void)state;
	assert_int_equal(vkx_hop_decode(data, sizeof(data), &hop, NULL),
			 -VKX_ERR_NOTFOUND);
	assert_int_equal(vkx_hop_decode(data, 0, &hop, NULL),
			 -VKX_ERR_NOTFOUND);
}

/* The last value of each enumeration, and of the number of a .dtbauto. */
static void largest_fields(void **state)
{
	struct vkx_hop hop = vkx_test_hop(VKX_HOP_UNLOAD, UINT32_MAX), got;
	uint8_t data[VKX_HOP_EVENT_SIZE];
	struct vkx_fault fault;

	(void)state;
	hop.lockdown = VKX_HOP_LOCKDOWN_CONFIDENTIALITY;
	hop.dtb_source = VKX_HOP_DTB_AUTO;
	hop.dtbauto = VKX_MAX_DTBAUTO - 1;
	assert_int_equal(vkx_hop_encode(&hop, data), 0);
	assert_int_equal(vkx_hop_decode(data, sizeof(data), &got, &fault), 0);
	assert_int_equal(got.dtbauto, VKX_MAX_DTBAUTO - 1);
	data[21] = VKX_MAX_DTBAUTO;
	assert_int_equal(vkx_hop_decode(data, sizeof(data), &got, &fault),
			 -VKX_ERR_FORMAT);
	assert_int_equal(fault.offset, 21);
}

static void every_length(void **state)
{
	struct vkx_hop hop = vkx_test_hop(VKX_HOP_LOAD, 1);
	uint8_t data[VKX_HOP_EVENT_SIZE + 8] = { 0 };
	struct vkx_fault fault;
	size_t len;
	int err;

	(void)state;
	assert_int_equal(vkx_hop_encode(&hop, data), 0);
	for (len = 0; len <= sizeof(data); len++) {
		err = vkx_hop_decode(data, len, &hop, &fault);
		if (len == VKX_HOP_EVENT_SIZE) {
			assert_int_equal(err, 0);
		} else if (len < 4) {
			assert_int_equal(err, -VKX_ERR_NOTFOUND);
		} else {
			assert_int_equal(err, -VKX_ERR_FORMAT);
			assert_int_equal(fault.rule, VKX_RULE_HOP_SIZE);
		}
	}
}

/* V80: whatever bit is flipped, the claim is refused or is another claim that
 * encodes to exactly these bytes; never the old claim from new bytes. */
static void every_bit(void **state)
{
	struct vkx_hop hop = vkx_test_hop(VKX_HOP_LOAD, 1), got;
	uint8_t data[VKX_HOP_EVENT_SIZE], again[VKX_HOP_EVENT_SIZE];
	unsigned int bit;

	(void)state;
	assert_int_equal(vkx_hop_encode(&hop, data), 0);
	for (bit = 0; bit < 8 * sizeof(data); bit++) {
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (vkx_hop_decode(data, sizeof(data), &got, NULL) == 0) {
			assert_int_equal(vkx_hop_encode(&got, again), 0);
			assert_memory_equal(again, data, sizeof(data));
			assert_true(!vkx_hop_same_target(&got, &hop) ||
				    got.kind != hop.kind ||
				    got.lockdown != hop.lockdown ||
				    got.flags != hop.flags);
		}
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

struct broken {
	const char *what;
	size_t at; /* in the event data */
	uint8_t value;
	size_t repeat;
	enum vkx_rule rule;
	size_t fault_at;
};

static void each_broken_field(void **state)
{
	static const struct broken cases[] = {
		{ "size", 4, 0x41, 1, VKX_RULE_HOP_SIZE, 4 },
		{ "magic", 8, 'v', 1, VKX_RULE_HOP_VERSION, 8 },
		{ "version 0", 16, 0, 1, VKX_RULE_HOP_VERSION, 8 },
		{ "version 2", 16, 2, 1, VKX_RULE_HOP_VERSION, 8 },
		{ "kind 0", 18, 0, 1, VKX_RULE_HOP_FIELD, 18 },
		{ "kind 4", 18, 4, 1, VKX_RULE_HOP_FIELD, 18 },
		{ "dtb 3", 19, 3, 1, VKX_RULE_HOP_FIELD, 19 },
		{ "lockdown 3", 20, 3, 1, VKX_RULE_HOP_FIELD, 20 },
		{ "dtbauto without", 21, 1, 1, VKX_RULE_HOP_FIELD, 21 },
		{ "reserved 14", 22, 1, 1, VKX_RULE_HOP_FIELD, 22 },
		{ "flag 5", 24, 0x3e, 1, VKX_RULE_HOP_FIELD, 24 },
		{ "flag 31", 27, 0x80, 1, VKX_RULE_HOP_FIELD, 24 },
		{ "crash and uapi", 24, 0x1f, 1, VKX_RULE_HOP_FIELD, 24 },
		{ "number 0", 28, 0, 4, VKX_RULE_HOP_FIELD, 28 },
		{ "no authenticode", 40, 0, 32, VKX_RULE_HOP_FIELD, 40 },
		{ "no linux", 72, 0, 32, VKX_RULE_HOP_FIELD, 72 },
		{ "initrd flag only", 104, 0, 32, VKX_RULE_HOP_FIELD, 104 },
		{ "no cmdline", 136, 0, 32, VKX_RULE_HOP_FIELD, 136 },
		{ "no dtb but signed", 168, 0, 32, VKX_RULE_HOP_FIELD, 168 },
		{ "dtb but running", 19, 0, 1, VKX_RULE_HOP_FIELD, 168 },
		{ "no policy but date", 232, 0, 32, VKX_RULE_HOP_FIELD, 232 },
		{ "policy but no date", 32, 0, 8, VKX_RULE_HOP_FIELD, 232 },
		{ "no signer", 264, 0, 32, VKX_RULE_HOP_FIELD, 264 },
		{ "tail", 327, 1, 1, VKX_RULE_HOP_FIELD, 327 },
	};
	struct vkx_hop hop = vkx_test_hop(VKX_HOP_LOAD, 1), got;
	uint8_t data[VKX_HOP_EVENT_SIZE];
	struct vkx_fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct broken *c = &cases[i];

		assert_int_equal(vkx_hop_encode(&hop, data), 0);
		memset(data + c->at, c->value, c->repeat);
		if (vkx_hop_decode(data, sizeof(data), &got, &fault) !=
		    -VKX_ERR_FORMAT)
			fail_msg("%s: accepted", c->what);
		if (fault.rule != c->rule || fault.offset != c->fault_at)
			fail_msg("%s: %s at %llu", c->what,
				 vkx_rule_id(fault.rule),
				 (unsigned long long)fault.offset);
	}
}

static void crash_is_never_launched(void **state)
{
	struct vkx_hop hop = vkx_test_hop(VKX_HOP_LAUNCH, 1);
	uint8_t data[VKX_HOP_EVENT_SIZE];

	(void)state;
	hop.flags = (hop.flags | VKX_HOP_CRASH) & ~(uint32_t)VKX_HOP_UAPI;
	assert_int_equal(vkx_hop_encode(&hop, data), -VKX_ERR_ARG);
	hop.kind = VKX_HOP_LOAD;
	assert_int_equal(vkx_hop_encode(&hop, data), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_layout),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(foreign_tag_is_not_ours),
		cmocka_unit_test(largest_fields),
		cmocka_unit_test(every_length),
		cmocka_unit_test(every_bit),
		cmocka_unit_test(each_broken_field),
		cmocka_unit_test(crash_is_never_launched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
