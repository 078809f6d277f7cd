/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCG log: read strictly, written well-formed, replayed as a TPM would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "measure/hash.h"
#include "tests/unit/logs.h"

/* From hashlib in Python, over the events that vkx_test_log() makes. */
static const char golden_pcr0_sha256[] =
	"b384402da50bd4c4b4c3517e19fa5fc5aa6c831afc7de416edc96299feb92609";
static const char golden_pcr11_sha1[] =
	"d0140677bf11e925f13b8e873b935245f23f4750";

static void hex(char *to, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(to + 2 * i, "%02x", p[i]);
}

static void assert_pcr(const struct vkx_pcrs *pcrs, unsigned int pcr,
		       const char *want)
{
	char got[2 * VKX_MAX_DIGEST + 1];

	hex(got, pcrs->value[pcr], pcrs->bank.size);
	assert_string_equal(got, want);
}

static void written_is_read_and_replays(void **state)
{
	uint8_t buf[VKX_TEST_LOG_MAX];
	size_t len = vkx_test_log(buf);
	struct vkx_tcglog log;
	struct vkx_pcrs pcrs;

	(void)state;
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	assert_false(log.legacy);
	assert_int_equal(log.nr_events, 6);
	assert_int_equal(log.locality, 3);
	assert_int_equal(log.spec_major, 2);
	assert_int_equal(vkx_tcglog_replay(&log, VKX_TPM_ALG_SHA256,
					   &vkx_hash_host, &pcrs),
			 0);
	assert_int_equal(pcrs.extended,
			 1u << 0 | 1u << 4 | 1u << 11 | 1u << 12);
	assert_pcr(&pcrs, 0, golden_pcr0_sha256);
	assert_int_equal(pcrs.value[17][0], 0xff);
	assert_int_equal(vkx_tcglog_replay(&log, VKX_TPM_ALG_SHA1,
					   &vkx_hash_host, &pcrs),
			 0);
	assert_pcr(&pcrs, 11, golden_pcr11_sha1);
	assert_int_equal(vkx_tcglog_replay(&log, VKX_TPM_ALG_SHA384,
					   &vkx_hash_host, &pcrs),
			 -VKX_ERR_NOTFOUND);
}

static void padding(void **state)
{
	uint8_t buf[VKX_TEST_LOG_MAX] = { 0 };
	size_t len = vkx_test_log(buf), tail;
	struct vkx_tcglog log;
	struct vkx_fault fault;

	(void)state;
	for (tail = 1; tail < 70; tail++) {
		assert_int_equal(vkx_tcglog_open(buf, len + tail,
						 VKX_TCGLOG_PADDED, &log, NULL),
				 0);
		assert_int_equal(log.size, len);
		assert_int_equal(log.nr_events, 6);
		assert_int_equal(vkx_tcglog_open(buf, len + tail,
						 VKX_TCGLOG_EXACT, &log,
						 &fault),
				 -VKX_ERR_FORMAT);
		buf[len + tail - 1] = 1;
		assert_int_equal(vkx_tcglog_open(buf, len + tail,
						 VKX_TCGLOG_PADDED, &log,
						 &fault),
				 -VKX_ERR_FORMAT);
		buf[len + tail - 1] = 0;
	}
}

/* As EDK2 leaves the rest of ACPI's log area; one byte of another kind, of
 * padding too, and it is none. */
static void padding_of_ones(void **state)
{
	uint8_t buf[VKX_TEST_LOG_MAX] = { 0 };
	size_t len = vkx_test_log(buf), tail, at;
	struct vkx_tcglog log;
	struct vkx_fault fault;

	(void)state;
	for (tail = 1; tail < 70; tail++) {
		memset(buf + len, 0xff, tail);
		assert_int_equal(vkx_tcglog_open(buf, len + tail,
						 VKX_TCGLOG_PADDED, &log, NULL),
				 0);
		assert_int_equal(log.size, len);
		assert_int_equal(log.nr_events, 6);
		assert_int_equal(vkx_tcglog_open(buf, len + tail,
						 VKX_TCGLOG_EXACT, &log,
						 &fault),
				 -VKX_ERR_FORMAT);
		for (at = 0; at < tail && tail > 1; at++) {
			buf[len + at] = at & 1 ? 0xfe : 0;
			assert_int_equal(vkx_tcglog_open(buf, len + tail,
							 VKX_TCGLOG_PADDED,
							 &log, &fault),
					 -VKX_ERR_FORMAT);
			buf[len + at] = 0xff;
		}
	}
}

/* V119: nothing, and more than anybody hands on. */
static void limits(void **state)
{
	uint8_t buf[VKX_TEST_LOG_MAX] = { 0 }, *most;
	struct vkx_tcglog log;
	struct vkx_fault fault;

	(void)state;
	assert_int_equal(
		vkx_tcglog_open(buf, 0, VKX_TCGLOG_EXACT, &log, &fault),
		-VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_LOG_LIMIT);
	fault.rule = VKX_RULE_NONE;
	/* Refused by its size; not a byte is read. */
	assert_int_equal(vkx_tcglog_open(buf, VKX_MAX_LOG + 1,
					 VKX_TCGLOG_PADDED, &log, &fault),
			 -VKX_ERR_LIMIT);
	assert_int_equal(fault.rule, VKX_RULE_LOG_LIMIT);
	most = calloc(1, VKX_MAX_LOG);
	vkx_test_log(most);
	assert_int_equal(vkx_tcglog_open(most, VKX_MAX_LOG, VKX_TCGLOG_PADDED,
					 &log, NULL),
			 0);
	assert_int_equal(log.nr_events, 6);
	free(most);
}

/* V95: a log ends where it ends; cut inside a record it is no log. */
static void every_length(void **state)
{
	uint8_t buf[VKX_TEST_LOG_MAX];
	size_t len = vkx_test_log(buf), cut, offset;
	bool boundary[VKX_TEST_LOG_MAX] = { false };
	struct vkx_tcglog_event ev;
	struct vkx_tcglog log;
	struct vkx_fault fault;
	uint32_t index = 0;
	uint8_t *exact;
	int err;

	(void)state;
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	offset = log.first;
	boundary[offset] = true;
	while (vkx_tcglog_next(&log, &offset, &index, &ev))
		boundary[offset] = true;
	for (cut = 0; cut < len; cut++) {
		/* Its own allocation, so that ASan sees any byte beyond. */
		exact = malloc(cut ? cut : 1);
		memcpy(exact, buf, cut);
		err = vkx_tcglog_open(exact, cut, VKX_TCGLOG_EXACT, &log,
				      &fault);
		assert_int_equal(err, boundary[cut] ? 0 : -VKX_ERR_FORMAT);
		if (err && cut)
			assert_int_equal(fault.rule, VKX_RULE_LOG_SHORT);
		free(exact);
	}
}

struct broken {
	const char *what;
	size_t at;
	uint8_t value;
	enum vkx_rule rule;
};

/* Offsets in vkx_test_log(): header of 69 bytes, then StartupLocality. */
#define EVENT0 69u
#define EVENT1 (EVENT0 + 16 + 22 + 34 + 17)

static void each_broken_field(void **state)
{
	static const struct broken cases[] = {
		{ "header in PCR 1", 0, 1, VKX_RULE_LOG_HEADER },
		{ "header digest", 8, 1, VKX_RULE_LOG_HEADER },
		{ "no banks (V90)", 56, 0, VKX_RULE_LOG_BANKS },
		{ "17 banks (V90)", 56, 17, VKX_RULE_LOG_BANKS },
		{ "2^24 banks (V90)", 59, 1, VKX_RULE_LOG_BANKS },
		{ "bank twice (V90)", 64, 4, VKX_RULE_LOG_BANKS },
		{ "size 0 (V90)", 62, 0, VKX_RULE_LOG_BANKS },
		{ "sha1 of 21 (V90)", 62, 21, VKX_RULE_LOG_BANKS },
		{ "vendor bytes (V90)", 68, 1, VKX_RULE_LOG_HEADER },
		{ "digest count", EVENT1 + 8, 3, VKX_RULE_LOG_DIGESTS },
		{ "digest count 0", EVENT1 + 8, 0, VKX_RULE_LOG_DIGESTS },
		{ "alg unknown", EVENT1 + 12, 5, VKX_RULE_LOG_DIGESTS },
		{ "alg twice", EVENT1 + 34, 4, VKX_RULE_LOG_DIGESTS },
		{ "PCR 24 (V89)", EVENT1, 24, VKX_RULE_LOG_PCR },
		{ "PCR 2^31 (V89)", EVENT1 + 3, 0x80, VKX_RULE_LOG_PCR },
		{ "size 2^31 (V78)", EVENT1 + 71, 0x80, VKX_RULE_LOG_SHORT },
	};
	uint8_t buf[VKX_TEST_LOG_MAX];
	struct vkx_fault fault;
	struct vkx_tcglog log;
	size_t len, i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = vkx_test_log(buf);
		buf[cases[i].at] = cases[i].value;
		fault.rule = VKX_RULE_NONE;
		if (vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, &fault) !=
			    -VKX_ERR_FORMAT ||
		    fault.rule != cases[i].rule)
			fail_msg("%s: %s", cases[i].what,
				 vkx_rule_id(fault.rule));
	}
}

/* A header of these banks and vendor bytes; size of the event as told. */
static size_t raw_header(uint8_t *buf, const struct vkx_bank *banks, size_t nr,
			 uint8_t vendor, uint32_t size)
{
	struct vkx_wr wr;
	size_t i;

	vkx_wr_init(&wr, buf, VKX_TEST_LOG_MAX);
	vkx_wr_le32(&wr, 0);
	vkx_wr_le32(&wr, VKX_EV_NO_ACTION);
	vkx_wr_fill(&wr, 0, 20);
	vkx_wr_le32(&wr, size ? size : (uint32_t)(29 + 4 * nr + vendor));
	vkx_wr_bytes(&wr, "Spec ID Event03", 16);
	vkx_wr_fill(&wr, 0, 8);
	vkx_wr_le32(&wr, (uint32_t)nr);
	for (i = 0; i < nr; i++) {
		vkx_wr_le16(&wr, banks[i].alg);
		vkx_wr_le16(&wr, banks[i].size);
	}
	vkx_wr_u8(&wr, vendor);
	vkx_wr_fill(&wr, 0x55, vendor);
	assert_int_equal(wr.err, 0);
	return wr.pos;
}

/* V90: banks that we cannot hash have their own limits. */
static void banks_of_others(void **state)
{
	struct vkx_bank banks[VKX_MAX_BANKS + 1] = { { 0x7000, 64 } };
	uint8_t buf[VKX_TEST_LOG_MAX];
	struct vkx_tcglog log;
	struct vkx_fault fault;
	size_t i, len;

	(void)state;
	for (i = 0; i <= VKX_MAX_BANKS; i++)
		banks[i] = (struct vkx_bank){ (uint16_t)(0x7000 + i), 64 };
	len = raw_header(buf, banks, VKX_MAX_BANKS, 3, 0);
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	assert_int_equal(log.nr_banks, VKX_MAX_BANKS);
	assert_int_equal(log.nr_events, 0);
	/* One more, with all that belongs to it. */
	len = raw_header(buf, banks, VKX_MAX_BANKS + 1, 3, 0);
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, &fault),
		-VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_LOG_BANKS);
	for (i = 0; i < 3; i++) {
		banks[1] = (struct vkx_bank){ 0x7001, 64 };
		if (i == 0)
			banks[1].size = 0;
		else if (i == 1)
			banks[1].size = 65;
		else
			banks[1].alg = 0x7000;
		len = raw_header(buf, banks, 2, 0, 0);
		assert_int_equal(vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT,
						 &log, &fault),
				 -VKX_ERR_FORMAT);
		assert_int_equal(fault.rule, VKX_RULE_LOG_BANKS);
		assert_int_equal(fault.offset, 60 + 4);
	}
}

/* Each refusal of a header tells where. */
static void headers_by_offset(void **state)
{
	static const struct vkx_bank bank = { 0x7000, 64 };
	uint8_t buf[VKX_TEST_LOG_MAX] = { 0 };
	struct vkx_tcglog log;
	struct vkx_fault fault;
	size_t len;

	(void)state;
	/* The signature alone is a header already, if a short one. */
	raw_header(buf, &bank, 1, 0, 16);
	assert_int_equal(
		vkx_tcglog_open(buf, 48, VKX_TCGLOG_EXACT, &log, &fault),
		-VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_LOG_BANKS);
	/* One byte more than its vendor bytes need. */
	len = raw_header(buf, &bank, 1, 2, 36);
	assert_int_equal(
		vkx_tcglog_open(buf, len + 1, VKX_TCGLOG_EXACT, &log, &fault),
		-VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_LOG_HEADER);
	assert_int_equal(fault.offset, len);
}

static size_t legacy_event(uint8_t *buf, size_t at, uint32_t pcr, uint32_t type,
			   const void *data, uint32_t size)
{
	struct vkx_wr wr;

	vkx_wr_init(&wr, buf + at, VKX_TEST_LOG_MAX - at);
	vkx_wr_le32(&wr, pcr);
	vkx_wr_le32(&wr, type);
	vkx_wr_fill(&wr, 1, 20);
	vkx_wr_le32(&wr, size);
	vkx_wr_bytes(&wr, data, size);
	assert_int_equal(wr.err, 0);
	return at + wr.pos;
}

/* The SHA-1 form: only types that TCG gave out, in the first event and all. */
static void types_of_the_sha1_form(void **state)
{
	static const struct {
		uint32_t type;
		bool good;
	} rows[] = {
		{ 0, true },	       { 0x1f, true },
		{ 0x20, false },       { 0x7fffffff, false },
		{ 0x80000000, true },  { 0x800001ff, true },
		{ 0x80000200, false }, { UINT32_MAX, false },
	};
	uint8_t buf[VKX_TEST_LOG_MAX];
	struct vkx_tcglog log;
	struct vkx_fault fault;
	size_t i, first, len;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		first = legacy_event(buf, 0, 4, 5, "abc", 3);
		len = legacy_event(buf, first, 4, rows[i].type, "x", 1);
		fault.rule = VKX_RULE_NONE;
		assert_int_equal(vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT,
						 &log, &fault),
				 rows[i].good ? 0 : -VKX_ERR_FORMAT);
		if (rows[i].good) {
			assert_true(log.legacy && log.nr_events == 2);
			continue;
		}
		assert_int_equal(fault.rule, VKX_RULE_LOG_HEADER);
		assert_int_equal(fault.offset, first + 4);
	}
}

/* Only a first event that is both NO_ACTION and says so is a header. */
static void what_is_no_header(void **state)
{
	uint8_t buf[VKX_TEST_LOG_MAX];
	struct vkx_tcglog log;
	size_t len;

	(void)state;
	len = legacy_event(buf, 0, 0, VKX_EV_NO_ACTION, "any text of 16 b", 16);
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	assert_true(log.legacy);
	len = legacy_event(buf, 0, 0, 5, "Spec ID Event03", 16);
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	assert_true(log.legacy);
}

/* An event begins where the one before it ends. */
static void events_tile_the_log(void **state)
{
	uint8_t buf[VKX_TEST_LOG_MAX];
	size_t len = vkx_test_log(buf), at, offset;
	struct vkx_tcglog_event ev;
	struct vkx_tcglog log;
	uint32_t index = 0;

	(void)state;
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	at = offset = log.first;
	while (vkx_tcglog_next(&log, &offset, &index, &ev)) {
		assert_int_equal(ev.offset, at);
		at += ev.size;
		assert_int_equal(offset, at);
		assert_int_equal(ev.index, index - 1);
	}
	assert_int_equal(at, len);
	/* In the middle of one there is none. */
	offset = len - 1;
	assert_false(vkx_tcglog_next(&log, &offset, &index, &ev));
	assert_int_equal(offset, len - 1);
}

/* V95: two logs joined, the second with its header. */
static void second_header(void **state)
{
	uint8_t buf[VKX_TEST_LOG_MAX];
	static const uint8_t spec[37] = "Spec ID Event03";
	size_t len = vkx_test_log(buf);
	struct vkx_tcglog log;
	struct vkx_fault fault;

	(void)state;
	vkx_test_log_add(buf, &len, 0, VKX_EV_NO_ACTION, "", 0, spec,
			 sizeof(spec));
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, &fault),
		-VKX_ERR_FORMAT);
	assert_int_equal(fault.rule, VKX_RULE_LOG_SECOND_HEADER);
}

/* V91, V92: only the first StartupLocality, and only before PCR 0 began. */
static void later_locality_changes_nothing(void **state)
{
	static const char locality4[17] = "StartupLocality\0\4";
	uint8_t buf[VKX_TEST_LOG_MAX];
	size_t len = vkx_test_log(buf);
	struct vkx_pcrs before, after;
	struct vkx_tcglog log;

	(void)state;
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	assert_int_equal(vkx_tcglog_replay(&log, VKX_TPM_ALG_SHA256,
					   &vkx_hash_host, &before),
			 0);
	vkx_test_log_add(buf, &len, 0, VKX_EV_NO_ACTION, "", 0, locality4, 17);
	vkx_test_log_add(buf, &len, 9, VKX_EV_NO_ACTION, "", 0, locality4, 17);
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	assert_int_equal(log.locality, 3);
	assert_int_equal(vkx_tcglog_replay(&log, VKX_TPM_ALG_SHA256,
					   &vkx_hash_host, &after),
			 0);
	assert_memory_equal(&before, &after, sizeof(before));
}

/* V91: what only looks like StartupLocality settles nothing. */
static void near_localities(void **state)
{
	static const struct vkx_bank sha1 = { VKX_TPM_ALG_SHA1, 20 };
	static const struct {
		uint32_t pcr;
		const char *data;
		uint32_t size;
	} rows[] = {
		{ 0, "StartupLocality\0\4\0", 18 },
		{ 0, "StartupLocality\0", 16 },
		{ 0, "StartupLocalitY\0\4", 17 },
		{ 1, "StartupLocality\0\4", 17 },
		{ 0, "", 0 },
	};
	struct vkx_digest digest = { .alg = VKX_TPM_ALG_SHA1 };
	uint8_t buf[VKX_TEST_LOG_MAX];
	struct vkx_tcglog log;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(vkx_tcglog_write_header(buf, sizeof(buf),
							 &sha1, 1, &len),
				 0);
		assert_int_equal(vkx_tcglog_append(buf, sizeof(buf), &len,
						   &sha1, 1, rows[i].pcr,
						   VKX_EV_NO_ACTION, &digest, 1,
						   rows[i].data, rows[i].size),
				 0);
		assert_int_equal(vkx_tcglog_append(buf, sizeof(buf), &len,
						   &sha1, 1, 0,
						   VKX_EV_NO_ACTION, &digest, 1,
						   "StartupLocality\0\3", 17),
				 0);
		assert_int_equal(
			vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL),
			0);
		assert_int_equal(log.locality, 3);
	}
}

static void append_refuses(void **state)
{
	static const struct vkx_bank two[2] = { { VKX_TPM_ALG_SHA1, 20 },
						{ VKX_TPM_ALG_SHA256, 32 } };
	static const struct vkx_bank odd[1] = { { VKX_TPM_ALG_SHA1, 21 } };
	struct vkx_digest digests[2] = { { .alg = VKX_TPM_ALG_SHA256 },
					 { .alg = VKX_TPM_ALG_SHA1 } };
	uint8_t buf[256];
	size_t used = 0, need = vkx_tcglog_event_size(two, 2, 3), max;

	(void)state;
	assert_int_equal(need, 16 + 22 + 34 + 3);
	assert_int_equal(vkx_tcglog_append(buf, sizeof(buf), &used, two, 2, 12,
					   6, digests, 1, "abc", 3),
			 -VKX_ERR_NOTFOUND);
	assert_int_equal(vkx_tcglog_append(buf, sizeof(buf), &used, two, 2, 24,
					   6, digests, 2, "abc", 3),
			 -VKX_ERR_ARG);
	for (max = 0; max < need; max++)
		assert_int_equal(vkx_tcglog_append(buf, max, &used, two, 2, 12,
						   6, digests, 2, "abc", 3),
				 -VKX_ERR_SPACE);
	assert_int_equal(used, 0);
	assert_int_equal(vkx_tcglog_append(buf, need, &used, two, 2, 12, 6,
					   digests, 2, "abc", 3),
			 0);
	assert_int_equal(used, need);
	assert_int_equal(vkx_tcglog_write_header(buf, 68, two, 2, &used),
			 -VKX_ERR_SPACE);
	assert_int_equal(vkx_tcglog_write_header(buf, 256, two, 0, &used),
			 -VKX_ERR_ARG);
	assert_int_equal(vkx_tcglog_write_header(buf, 256, odd, 1, &used),
			 -VKX_ERR_ARG);
}

/* No room: neither the size nor a byte of the log changes. */
static void append_leaves_a_full_log_alone(void **state)
{
	static const struct vkx_bank sha1 = { VKX_TPM_ALG_SHA1, 20 };
	struct vkx_bank many[VKX_MAX_BANKS + 1];
	struct vkx_digest digest = { .alg = VKX_TPM_ALG_SHA1 };
	uint8_t buf[256], before[256];
	size_t used = 100, need = vkx_tcglog_event_size(&sha1, 1, 1), i;

	(void)state;
	memset(buf, 0x5a, sizeof(buf));
	memcpy(before, buf, sizeof(buf));
	assert_int_equal(vkx_tcglog_append(buf, used + need - 1, &used, &sha1,
					   1, 12, 6, &digest, 1, "a", 1),
			 -VKX_ERR_SPACE);
	assert_int_equal(vkx_tcglog_append(buf, used - 1, &used, &sha1, 1, 12,
					   6, &digest, 1, "a", 1),
			 -VKX_ERR_ARG);
	assert_int_equal(vkx_tcglog_write_header(buf, 64, &sha1, 1, &used),
			 -VKX_ERR_SPACE);
	assert_int_equal(used, 100);
	assert_memory_equal(buf, before, sizeof(buf));
	assert_int_equal(vkx_tcglog_write_header(buf, 65, &sha1, 1, &used), 0);
	assert_int_equal(used, 65);
	for (i = 0; i <= VKX_MAX_BANKS; i++)
		many[i] = sha1;
	assert_int_equal(vkx_tcglog_write_header(buf, sizeof(buf), many,
						 VKX_MAX_BANKS, &used),
			 0);
	assert_int_equal(vkx_tcglog_write_header(buf, sizeof(buf), many,
						 VKX_MAX_BANKS + 1, &used),
			 -VKX_ERR_ARG);
}

static int any_digest(void *ctx, uint16_t alg, const struct vkx_span *pieces,
		      size_t nr, uint8_t *digest_ret)
{
	(void)ctx;
	(void)alg;
	(void)pieces;
	(void)nr;
	memset(digest_ret, 7, VKX_MAX_DIGEST);
	return 0;
}

/* Whatever the hash engine says, sizes and PCRs of others are not believed. */
static void extends_in_bounds_only(void **state)
{
	static const struct vkx_hash_ops any = { any_digest, NULL };
	static const uint8_t digest[VKX_MAX_DIGEST];
	struct vkx_pcrs pcrs, before;

	(void)state;
	vkx_pcrs_reset(&pcrs, (struct vkx_bank){ VKX_TPM_ALG_SHA256, 32 }, 0);
	assert_int_equal(vkx_pcrs_extend(&pcrs, &any, 23, digest), 0);
	assert_int_equal(pcrs.value[23][31], 7);
	before = pcrs;
	assert_int_equal(vkx_pcrs_extend(&pcrs, &any, 24, digest),
			 -VKX_ERR_ARG);
	assert_memory_equal(&before, &pcrs, sizeof(pcrs));
	vkx_pcrs_reset(&pcrs, (struct vkx_bank){ VKX_TPM_ALG_SHA256, 64 }, 0);
	before = pcrs;
	assert_int_equal(vkx_pcrs_extend(&pcrs, &any, 0, digest),
			 -VKX_ERR_UNSUPPORTED);
	assert_memory_equal(&before, &pcrs, sizeof(pcrs));
}

/* Banks of a header that nobody can hash are read, and refused in replay. */
static void unknown_bank(void **state)
{
	uint8_t buf[VKX_TEST_LOG_MAX];
	size_t len = vkx_test_log(buf), at;
	struct vkx_tcglog log;
	struct vkx_pcrs pcrs;

	(void)state;
	for (at = 60; at + 1 < len; at++)
		if (buf[at] == VKX_TPM_ALG_SHA1 && buf[at + 1] == 0 &&
		    (at == 60 || (at > EVENT0 && buf[at - 4] == 2 &&
				  !buf[at - 3] && !buf[at - 2])))
			buf[at + 1] = 0x70;
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	assert_int_equal(vkx_tcglog_replay(&log, 0x7004, &vkx_hash_host, &pcrs),
			 -VKX_ERR_UNSUPPORTED);
	assert_int_equal(vkx_tcglog_replay(&log, VKX_TPM_ALG_SHA256,
					   &vkx_hash_host, &pcrs),
			 0);
}

static unsigned int compare_dump(const char *text, const struct vkx_tcglog *log)
{
	unsigned int pcr, compared = 0;
	struct vkx_pcrs pcrs = { 0 };
	char value[2 * VKX_MAX_DIGEST + 1], got[2 * VKX_MAX_DIGEST + 1];
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, "pcrread: tsspcrread -halg sha1", 30))
			assert_int_equal(
				vkx_tcglog_replay(log, VKX_TPM_ALG_SHA1,
						  &vkx_hash_host, &pcrs),
				0);
		if (sscanf(line, "%u: %128[0-9a-f]", &pcr, value) != 2 ||
		    pcr >= VKX_NR_PCRS || pcr == 10)
			continue; /* PCR 10 is IMA's, in another log */
		hex(got, pcrs.value[pcr], pcrs.bank.size);
		assert_string_equal(got, value);
		compared++;
	}
	return compared;
}

/* V91: values that a real machine's TPM showed. */
static void recorded_pcrs(void **state)
{
	size_t len, text_len;
	uint8_t *buf = vkx_testdata("eventlogs/ima-evm-utils/"
				    "sample-binary_bios_measurements-pcrs-8-9",
				    &len);
	uint8_t *text = vkx_testdata("eventlogs/ima-evm-utils/"
				     "sample-tpm-2.0-pcrs-8-9",
				     &text_len);
	struct vkx_tcglog log;

	(void)state;
	if (!buf || !text) {
		print_message("no VKX_TEST_DATA: skipped\n");
		skip();
	}
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	assert_int_equal(compare_dump((char *)text, &log), 23);
	free(buf);
	free(text);
}

struct sample {
	const char *path;
	int err;
	uint32_t events;
};

/* V89, V90: logs of others, and things that are none. */
static void samples(void **state)
{
	static const struct sample list[] = {
		{ "tpm2-tools/event-arch-linux.bin", 0, 24 },
		{ "tpm2-tools/event-bootorder.bin", 0, 103 },
		{ "tpm2-tools/event-moklisttrusted.bin", 0, 96 },
		{ "tpm2-tools/event-postcode.bin", 0, 58 },
		{ "tpm2-tools/event-sd-boot-fedora37.bin", 0, 27 },
		{ "tpm2-tools/event-uefi-sha1-log.bin", 0, 17 },
		{ "tpm2-tools/event-uefiaction.bin", 0, 1 },
		{ "tpm2-tools/event-uefiservices.bin", 0, 1 },
		{ "tpm2-tools/event-uefivar.bin", 0, 1 },
		{ "tpm2-tools/event.bin", 0, 1 },
		/* V90: vendorInfo of 4 bytes outside the event's own size. */
		{ "tpm2-tools/specid-vendordata.bin", -VKX_ERR_FORMAT, 0 },
		{ "tpm2-tss/binary_measurements_hcrtm.bin", 0, 203 },
		{ "tpm2-tss/binary_measurements_pc_client.bin", 0, 32 },
		{ "tpm2-tss/binary_measurements_nuc.bin", 0, 17 },
		{ "tpm2-tss/sml-ima-ng-sha1.bin", -VKX_ERR_FORMAT, 0 },
		{ "tpm2-tss/sml-ima-ng-sha1-invalidated.bin", -VKX_ERR_FORMAT,
		  0 },
		{ "tpm2-tss/sml-ima-sha1.bin", -VKX_ERR_FORMAT, 0 },
		{ "tpm2-tss/sml-ima-sha1-invalidated.bin", -VKX_ERR_FORMAT, 0 },
		{ "tpm2-tss/sml-ima-sig-sha256.bin", -VKX_ERR_FORMAT, 0 },
		{ "tpm2-tss/sml-ima-sig-sha256-invalidated.bin",
		  -VKX_ERR_FORMAT, 0 },
		{ "ima-evm-utils/test_binary_bios_measurements", 0, 46 },
		{ "rust-keylime/uefi_log.bin", 0, 123 },
		{ "rust-keylime/invalid_ima_log.txt", -VKX_ERR_FORMAT, 0 },
		{ "go-eventlog/eventlogs/ccel/CCEL.bin", -VKX_ERR_FORMAT, 0 },
		{ "go-eventlog/eventlogs/ccel/CCEL_unpadded.data.bin",
		  -VKX_ERR_FORMAT, 0 },
		{ "go-eventlog/eventlogs/ccel/event_log.bin", -VKX_ERR_FORMAT,
		  0 },
		{ "go-eventlog/eventlogs/ccel/cos-113-intel-tdx.bin",
		  -VKX_ERR_FORMAT, 0 },
		{ "go-eventlog/eventlogs/ccel/cos-113-intel-tdx.table.bin",
		  -VKX_ERR_FORMAT, 0 },
		{ "go-eventlog/eventlogs/ccel/"
		  "cos-113-intel-tdx-dupe-separator.bin",
		  -VKX_ERR_FORMAT, 0 },
		{ "go-eventlog/eventlogs/ccel/"
		  "cos-113-intel-tdx-dupe-separator-unpadded.bin",
		  -VKX_ERR_FORMAT, 0 },
		{ "go-eventlog/wellknown/secure-boot/"
		  "dbxupdate_x64-2020-10-12.bin",
		  -VKX_ERR_FORMAT, 0 },
		{ "go-eventlog/wellknown/secure-boot/"
		  "dbxupdate-2014-08-11.bin",
		  -VKX_ERR_FORMAT, 0 },
	};
	struct vkx_tcglog log;
	char path[256];
	uint8_t *buf;
	size_t i, len;
	int err;

	(void)state;
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		snprintf(path, sizeof(path), "eventlogs/%s", list[i].path);
		buf = vkx_testdata(path, &len);
		if (!buf) {
			print_message("%s absent: skipped\n", path);
			skip();
		}
		log.nr_events = 0;
		err = vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL);
		if (err != list[i].err || log.nr_events != list[i].events)
			fail_msg("%s: %d, %u events", path, err, log.nr_events);
		free(buf);
	}
}

/* V77: an event that one bank has no digest for: only that bank is lost. */
static void incomplete_bank(void **state)
{
	static const struct vkx_bank sha1 = { VKX_TPM_ALG_SHA1, 20 };
	struct vkx_digest digest = { .alg = VKX_TPM_ALG_SHA1 };
	uint8_t buf[VKX_TEST_LOG_MAX];
	size_t len = vkx_test_log(buf);
	struct vkx_tcglog log;
	struct vkx_pcrs pcrs;

	(void)state;
	assert_int_equal(vkx_tcglog_append(buf, sizeof(buf), &len, &sha1, 1, 5,
					   1, &digest, 1, "x", 1),
			 0);
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	assert_int_equal(log.incomplete, 2);
	assert_int_equal(vkx_tcglog_replay(&log, VKX_TPM_ALG_SHA1,
					   &vkx_hash_host, &pcrs),
			 0);
	assert_int_equal(vkx_tcglog_replay(&log, VKX_TPM_ALG_SHA256,
					   &vkx_hash_host, &pcrs),
			 -VKX_ERR_FORMAT);
}

static int failing_digest(void *ctx, uint16_t alg,
			  const struct vkx_span *pieces, size_t nr,
			  uint8_t *digest_ret)
{
	int *left = ctx;

	if (--*left < 0)
		return -VKX_ERR_CRYPTO;
	return vkx_hash_host.digest(NULL, alg, pieces, nr, digest_ret);
}

/* A hash engine that fails at its n-th call fails the whole, for every n. */
static void hash_failure_is_passed_on(void **state)
{
	uint8_t buf[VKX_TEST_LOG_MAX];
	size_t len = vkx_test_log(buf);
	struct vkx_tcglog log;
	struct vkx_pcrs pcrs;
	int n, left;
	struct vkx_hash_ops ops = { failing_digest, &left };

	(void)state;
	assert_int_equal(
		vkx_tcglog_open(buf, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	for (n = 0; n <= 5; n++) {
		left = n;
		assert_int_equal(vkx_tcglog_replay(&log, VKX_TPM_ALG_SHA256,
						   &ops, &pcrs),
				 n < 5 ? -VKX_ERR_CRYPTO : 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_is_read_and_replays),
		cmocka_unit_test(padding),
		cmocka_unit_test(padding_of_ones),
		cmocka_unit_test(limits),
		cmocka_unit_test(every_length),
		cmocka_unit_test(each_broken_field),
		cmocka_unit_test(banks_of_others),
		cmocka_unit_test(headers_by_offset),
		cmocka_unit_test(types_of_the_sha1_form),
		cmocka_unit_test(what_is_no_header),
		cmocka_unit_test(events_tile_the_log),
		cmocka_unit_test(second_header),
		cmocka_unit_test(later_locality_changes_nothing),
		cmocka_unit_test(near_localities),
		cmocka_unit_test(append_refuses),
		cmocka_unit_test(append_leaves_a_full_log_alone),
		cmocka_unit_test(extends_in_bounds_only),
		cmocka_unit_test(unknown_bank),
		cmocka_unit_test(recorded_pcrs),
		cmocka_unit_test(samples),
		cmocka_unit_test(incomplete_bank),
		cmocka_unit_test(hash_failure_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
