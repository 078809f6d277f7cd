/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a prediction begins: what the log before it tells of the machine. That
 * the predicted PCRs are the TPM's is shown in guests (vm-measure-varied).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "measure/hash.h"
#include "measure/predict.h"

static const struct vkx_bank sha256 = { VKX_TPM_ALG_SHA256, 32 };

struct log {
	uint8_t bytes[16384];
	size_t used;
};

static void log_init(struct log *log)
{
	assert_int_equal(vkx_tcglog_write_header(log->bytes, sizeof(log->bytes),
						 &sha256, 1, &log->used),
			 0);
}

static void log_hop(struct log *log, uint8_t kind, uint32_t number,
		    uint32_t flags, uint8_t facts)
{
	struct vkx_hop hop = { .kind = kind, .number = number, .flags = flags };
	uint8_t data[VKX_HOP_EVENT_SIZE];
	struct vkx_span piece = { data, sizeof(data) };
	struct vkx_digest digest;

	memset(hop.authenticode, 1, 32);
	memset(hop.linux_image, 2, 32);
	memset(hop.cmdline, 3, 32);
	memset(hop.signer, 4, 32);
	memset(hop.facts, facts, 32);
	assert_int_equal(vkx_hop_encode(&hop, data), 0);
	assert_int_equal(
		vkx_hash_banks(&vkx_hash_host, &sha256, 1, &piece, 1, &digest),
		0);
	assert_int_equal(vkx_tcglog_append(log->bytes, sizeof(log->bytes),
					   &log->used, &sha256, 1, VKX_HOP_PCR,
					   VKX_EV_EVENT_TAG, &digest, 1, data,
					   sizeof(data)),
			 0);
}

/* The hop that the next one is predicted from. */
static struct vkx_hop begins_at(const struct log *log)
{
	struct vkx_tcglog found;
	struct vkx_predict p;
	struct vkx_hop last;

	assert_int_equal(vkx_tcglog_open(log->bytes, log->used,
					 VKX_TCGLOG_EXACT, &found, NULL),
			 0);
	assert_int_equal(vkx_predict_init(&p, &found, NULL, 0), 0);
	last = p.last;
	vkx_predict_free(&p);
	return last;
}

static void nothing_before(void **state)
{
	struct log log;
	struct vkx_hop last;

	(void)state;
	log_init(&log);
	last = begins_at(&log);
	assert_int_equal(last.number, 0);
	assert_int_equal(last.lockdown, VKX_HOP_LOCKDOWN_INTEGRITY);
	assert_int_equal(last.flags, VKX_HOP_ENFORCED | VKX_HOP_UAPI);
}

static void last_record_counts(void **state)
{
	struct log log;
	struct vkx_hop last;

	(void)state;
	log_init(&log);
	log_hop(&log, VKX_HOP_LOAD, 1, VKX_HOP_UAPI, 7);
	log_hop(&log, VKX_HOP_LAUNCH, 1, VKX_HOP_UAPI, 7);
	log_hop(&log, VKX_HOP_LOAD, 2, 0, 8);
	last = begins_at(&log);
	/* A load that was not launched is no hop. */
	assert_int_equal(last.number, 1);
	assert_int_equal(last.flags, 0);
	assert_int_equal(last.facts[0], 8);
}

/* A crash kernel's record says nothing of PCR 11, and has facts of its own. */
static void crash_record_counts_less(void **state)
{
	struct log log;
	struct vkx_hop last;

	(void)state;
	log_init(&log);
	log_hop(&log, VKX_HOP_LOAD, 1, VKX_HOP_CRASH, 9);
	last = begins_at(&log);
	assert_int_equal(last.number, 0);
	assert_int_equal(last.flags, VKX_HOP_UAPI);
	assert_int_equal(last.facts[0], 9);

	log_hop(&log, VKX_HOP_LOAD, 1, VKX_HOP_UAPI | VKX_HOP_ENFORCED, 7);
	log_hop(&log, VKX_HOP_LAUNCH, 1, VKX_HOP_UAPI, 7);
	log_hop(&log, VKX_HOP_LOAD, 2, VKX_HOP_CRASH | VKX_HOP_ENFORCED, 9);
	last = begins_at(&log);
	assert_int_equal(last.number, 1);
	assert_int_equal(last.flags, VKX_HOP_UAPI | VKX_HOP_ENFORCED);
	assert_int_equal(last.facts[0], 7);

	log_hop(&log, VKX_HOP_LOAD, 2, 0, 8);
	log_hop(&log, VKX_HOP_LOAD, 2, VKX_HOP_CRASH, 9);
	last = begins_at(&log);
	assert_int_equal(last.flags, 0);
	assert_int_equal(last.facts[0], 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_before),
		cmocka_unit_test(last_record_counts),
		cmocka_unit_test(crash_record_counts_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
