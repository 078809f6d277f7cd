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
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
