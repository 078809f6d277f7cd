/* SPDX-License-Identifier: BSD-2-Clause */
/* Two PCRs at a time come to what one event after the other does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/hash.h"
#include "measure/replay.h"
#include "sha256.h"
#include "tests/unit/logs.h"

static struct vkx_events events; /* one for all: its memory is used again */

static void compare(const uint8_t *data, size_t len)
{
	struct vkx_pcrs want, got;
	struct vkx_tcglog log;
	size_t i;
	int err;

	assert_int_equal(
		vkx_tcglog_open(data, len, VKX_TCGLOG_PADDED, &log, NULL), 0);
	assert_int_equal(vkx_events_read(&events, &log), 0);
	for (i = 0; i <= log.nr_banks; i++) {
		uint16_t alg = i < log.nr_banks ? log.banks[i].alg : 0x7777;

		err = vkx_tcglog_replay(&log, alg, &vkx_hash_host, &want);
		assert_int_equal(vkx_events_replay(&events, &log, alg, &got),
				 err);
		if (err)
			continue;
		assert_int_equal(got.extended, want.extended);
		assert_memory_equal(got.value, want.value, sizeof(want.value));
	}
}

static void made_up(void)
{
	uint8_t log[VKX_TEST_LOG_MAX], byte;
	uint32_t random = 1;
	int round, i, nr;
	size_t used;

	for (round = 0; round < 200; round++) {
		assert_int_equal(vkx_tcglog_write_header(log, sizeof(log),
							 vkx_test_banks, 2,
							 &used),
				 0);
		nr = round % 40;
		for (i = 0; i < nr; i++) {
			random = random * 1664525 + 1013904223;
			byte = (uint8_t)(random >> 24);
			/* All in one PCR, in two, in any. */
			vkx_test_log_add(log, &used,
					 round % 3 == 0 ? 7u :
					 round % 3 == 1 ? 22u + byte % 2 :
							  byte % VKX_NR_PCRS,
					 byte % 7 ? 8 : VKX_EV_NO_ACTION, &byte,
					 1, &byte, 1);
		}
		compare(log, used);
	}
	used = vkx_test_log(log);
	compare(log, used);
}

static void same(void **state)
{
	const struct vkx_sha256_engine *engine;
	size_t i;

	(void)state;
	for (i = 0; (engine = vkx_sha256_engine_at(i)); i++) {
		vkx_sha256_use(engine);
		made_up();
	}
	vkx_sha256_use(NULL);
}

static void same_for_others(void **state)
{
	static const char *const names[] = {
		"event.bin",
		"event-arch-linux.bin",
		"event-bootorder.bin",
		"event-gce-ubuntu-2104-log.bin",
		"event-moklisttrusted.bin",
		"event-sd-boot-fedora37.bin",
		"event-uefiaction.bin",
		"event-uefivar.bin",
	};
	char path[256];
	size_t i, len, n = 0;
	uint8_t *log;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "eventlogs/tpm2-tools/%s",
			 names[i]);
		log = vkx_testdata(path, &len);
		if (!log)
			continue;
		compare(log, len);
		free(log);
		n++;
	}
	if (!n)
		skip();
}

/* What tpm2-tss' own test of this log publishes; H-CRTM sets PCR 0 apart. */
static void published_pcr(void **state)
{
	static const uint8_t want[20] = { 0x15, 0xf4, 0xe6, 0xca, 0x45,
					  0x7d, 0x1a, 0xf6, 0xbc, 0x49,
					  0x51, 0x1a, 0x93, 0xba, 0x35,
					  0x00, 0xad, 0x69, 0xac, 0xc5 };
	struct vkx_tcglog log;
	struct vkx_pcrs pcrs;
	uint8_t *data;
	size_t len;

	(void)state;
	data = vkx_testdata("eventlogs/tpm2-tss/binary_measurements_hcrtm.bin",
			    &len);
	if (!data) {
		skip();
		return;
	}
	compare(data, len);
	assert_int_equal(
		vkx_tcglog_open(data, len, VKX_TCGLOG_PADDED, &log, NULL), 0);
	assert_int_equal(
		vkx_events_replay(&events, &log, VKX_TPM_ALG_SHA1, &pcrs), 0);
	assert_memory_equal(pcrs.value[0], want, sizeof(want));
	free(data);
}

/* SHA-256 and SHA-1 PCRs of a log; false: it is refused. */
static bool values(const uint8_t *data, size_t len, struct vkx_pcrs pcrs[2])
{
	static const uint16_t algs[2] = { VKX_TPM_ALG_SHA256,
					  VKX_TPM_ALG_SHA1 };
	struct vkx_tcglog log;
	int i;

	if (vkx_tcglog_open(data, len, VKX_TCGLOG_EXACT, &log, NULL) ||
	    vkx_events_read(&events, &log))
		return false;
	for (i = 0; i < 2; i++)
		if (vkx_events_replay(&events, &log, algs[i], &pcrs[i]))
			return false;
	return true;
}

/*
 * A machine's log with each byte flipped. What may differ and still replay to
 * the same PCRs is what no digest covers: types, data, the header. Counted, so
 * that a reader which no longer looks is seen: every byte of a digest, a PCR,
 * a size and a count is one that changes the result.
 */
static void real_log_flipped(void **state)
{
	struct vkx_pcrs want[2], got[2];
	size_t len, i, same = 0, covered = 0;
	struct vkx_tcglog_event ev;
	struct vkx_tcglog log;
	size_t offset, at;
	uint32_t index = 0;
	uint8_t *data;
	bool *free_to;

	(void)state;
	data = vkx_testdata("eventlogs/tpm2-tools/event-bootorder.bin", &len);
	if (!data) {
		skip();
		return;
	}
	assert_true(values(data, len, want));
	/* Types and data of events that extend, all of those that do not. */
	free_to = calloc(len, sizeof(*free_to));
	assert_int_equal(
		vkx_tcglog_open(data, len, VKX_TCGLOG_EXACT, &log, NULL), 0);
	offset = log.first;
	memset(free_to, true, log.first);
	while (vkx_tcglog_next(&log, &offset, &index, &ev)) {
		memset(free_to + ev.offset + 4, true, 4);
		memset(free_to + (ev.data - data), true, ev.data_size);
		if (!ev.extends)
			memset(free_to + ev.offset, true, ev.size);
	}
	for (i = 0; i < len; i++) {
		data[i] ^= 0x41;
		if (values(data, len, got) &&
		    !memcmp(got, want, sizeof(want))) {
			same++;
			if (!free_to[i])
				fail_msg("byte %zu: nobody notices", i);
		}
		data[i] ^= 0x41;
	}
	for (at = 0; at < len; at++)
		covered += !free_to[at];
	assert_true(same && covered > 1000);
	free(free_to);
	free(data);
}

static int teardown(void **state)
{
	(void)state;
	vkx_events_free(&events);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(same),
		cmocka_unit_test(same_for_others),
		cmocka_unit_test(published_pcr),
		cmocka_unit_test(real_log_flipped),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
