/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An appraisal believes one thing and refuses each forgery with its own
 * reason. Evidence is made with tests/unit/softtpm.h; the chain's image is the
 * one of vkx_test_hop().
 */
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
#include "sha256.h"
#include "tests/unit/logs.h"
#include "tests/unit/softtpm.h"
#include "uki_measure.h"

static struct soft_key ecc, rsa, other;
static struct vkx_ak ecc_ak;
static struct vkx_manifest manifest;
static struct vkx_artifact artifacts[3];
static struct vkx_policy policy;
static struct vkx_span ak_name;
static struct vkx_known_ak known;
static uint8_t nonce[20];
static struct vkx_appraisal a;

/* Hop number n of vkx_test_hop() is artifact n: .linux, .initrd, .cmdline and
 * .dtb, whose digests are the record's own. */
static void describe(struct vkx_artifact *art, uint32_t n)
{
	struct vkx_hop h = vkx_test_hop(VKX_HOP_LOAD, n);

	memset(art, 0, sizeof(*art));
	art->file = (char *)(uintptr_t) "test.efi";
	art->release = n;
	memcpy(art->authenticode, h.authenticode, 32);
	memcpy(art->signer[0], h.signer, 32);
	art->nr_signers = 1;
	art->section[VKX_PART_LINUX].present = true;
	memcpy(art->section[VKX_PART_LINUX].sha256, h.linux_image, 32);
	art->section[VKX_PART_INITRD].present = true;
	memcpy(art->section[VKX_PART_INITRD].sha256, h.initrd, 32);
	art->section[VKX_PART_CMDLINE].present = true;
	memcpy(art->section[VKX_PART_CMDLINE].sha256, h.cmdline, 32);
	art->section[VKX_PART_DTB].present = true;
	memcpy(art->section[VKX_PART_DTB].sha256, h.dtb, 32);
}

static void reset_policy(void)
{
	uint32_t i;

	for (i = 0; i < 3; i++)
		describe(&artifacts[i], i + 1);
	memset(&manifest, 0, sizeof(manifest));
	manifest.release = 1;
	manifest.minimum_release = 1;
	manifest.minimum_sbat = 2026010100;
	manifest.first = VKX_FIRST_STOCK;
	/* Says that there are pins for it; tests of pins have some. */
	manifest.boot_pinned = true;
	manifest.artifacts = artifacts;
	manifest.nr_artifacts = 3;
	memset(nonce, 0x5a, sizeof(nonce));
	memset(&policy, 0, sizeof(policy));
	policy.manifest = &manifest;
	policy.nonce.p = nonce;
	policy.nonce.len = sizeof(nonce);
	ak_name.p = ecc_ak.name;
	ak_name.len = ecc_ak.name_len;
	known.name = ak_name;
	known.machine = NULL;
	policy.aks = &known;
	policy.nr_aks = 1;
	policy.required_pcrs = 0x13ff;
}

/* --- logs -----------------------------------------------------------------*/

/* An event whose SHA-256 digest is given, as that of a section's contents. */
static void add_digest(uint8_t *log, size_t *used, uint32_t pcr, uint32_t type,
		       const uint8_t *sha256, const void *data, uint32_t size)
{
	struct vkx_digest d[2] = { { .alg = vkx_test_banks[0].alg },
				   { .alg = vkx_test_banks[1].alg } };

	memcpy(d[0].bytes, sha256, vkx_test_banks[0].size < 32 ? 20 : 32);
	memcpy(d[1].bytes, sha256, 32);
	if (vkx_tcglog_append(log, VKX_TEST_LOG_MAX, used, vkx_test_banks, 2,
			      pcr, type, d, 2, data, size))
		abort();
}

static void add_sections(uint8_t *log, size_t *used,
			 const struct vkx_artifact *art)
{
	uint8_t data[VKX_UKI_EVENT_DATA_MAX], digest[32];
	uint32_t size;
	int id;

	for (id = 0; id < VKX_PART_NR; id++) {
		const char *name = vkx_uki_part_name((enum vkx_uki_part_id)id);

		if (!art->section[id].present)
			continue;
		size = vkx_uki_event_data((enum vkx_uki_part_id)id, data);
		vkx_sha256(name, strlen(name) + 1, digest);
		add_digest(log, used, VKX_UKI_PCR, VKX_EV_IPL, digest, data,
			   size);
		add_digest(log, used, VKX_UKI_PCR, VKX_EV_IPL,
			   art->section[id].sha256, data, size);
	}
}

static size_t firmware_log(uint8_t *log)
{
	size_t used;

	if (vkx_tcglog_write_header(log, VKX_TEST_LOG_MAX, vkx_test_banks, 2,
				    &used))
		abort();
	vkx_test_log_add(log, &used, 0, 8, "firmware", 8, "1.0", 3);
	vkx_test_log_add(log, &used, 4, VKX_EV_SEPARATOR, "\0\0\0\0", 4,
			 "\0\0\0\0", 4);
	return used;
}

static void add_load(uint8_t *log, size_t *used, uint32_t n)
{
	struct vkx_hop h = vkx_test_hop(VKX_HOP_LOAD, n);

	vkx_test_log_hop(log, used, &h);
}

static void add_launch(uint8_t *log, size_t *used, uint32_t n)
{
	struct vkx_hop h = vkx_test_hop(VKX_HOP_LAUNCH, n);

	add_sections(log, used, &artifacts[n - 1]);
	vkx_test_log_hop(log, used, &h);
}

static size_t good_log(uint8_t *log)
{
	size_t used = firmware_log(log);

	add_load(log, &used, 1);
	add_launch(log, &used, 1);
	add_load(log, &used, 2);
	add_launch(log, &used, 2);
	return used;
}

/* --- running --------------------------------------------------------------*/

static void appraise(const struct soft_key *key, const struct soft_quote *q,
		     const uint8_t *log, size_t len)
{
	struct vkx_evidence ev;

	soft_evidence(key, q, log, len, &ev);
	vkx_appraisal_free(&a);
	vkx_appraise(&policy, &ev, &a);
	/* What stays of it are findings and links, which own their bytes. */
	vkx_evidence_free(&ev);
}

static void expect_at(const char *what, enum vkx_reason reason, int line)
{
	enum vkx_tier tier = vkx_reason_tier(reason);

	if (reason == VKX_REASON_FINE ?
		    a.nr_findings == 0 :
		    a.nr_findings > 0 && a.findings[0].reason == reason)
		if (a.tier == tier)
			return;
	fail_msg("line %d: %s: verdict %s, first of %zu reasons %s %s", line,
		 what, vkx_tier_name(a.tier), a.nr_findings,
		 a.nr_findings ? vkx_reason_id(a.findings[0].reason) : "-",
		 a.nr_findings ? a.findings[0].detail : "");
}

/* After a warning: what ended the appraisal. */
#define expect_last(what, why)                                                \
	do {                                                                  \
		assert_true(a.nr_findings > 0);                               \
		if (a.findings[a.nr_findings - 1].reason != VKX_REASON_##why) \
			fail_msg("line %d: %s", __LINE__, what);              \
	} while (0)

#define expect(what, reason) expect_at(what, VKX_REASON_##reason, __LINE__)

static int setup(void **state)
{
	(void)state;
	soft_key_make(&ecc, VKX_TPM_ECC, SOFT_AK_ATTRIBUTES);
	soft_key_make(&rsa, VKX_TPM_RSA, SOFT_AK_ATTRIBUTES);
	soft_key_make(&other, VKX_TPM_ECC, SOFT_AK_ATTRIBUTES);
	return vkx_ak_parse(ecc.public, ecc.public_len, &ecc_ak) !=
	       VKX_REASON_FINE;
}

static int teardown(void **state)
{
	(void)state;
	vkx_appraisal_end(&a);
	soft_key_free(&ecc);
	soft_key_free(&rsa);
	soft_key_free(&other);
	return 0;
}

/* --- good ones ------------------------------------------------------------*/

static void good_evidence(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	size_t len;
	struct soft_quote q;
	struct vkx_ak rsa_ak;

	(void)state;
	reset_policy();
	soft_quote_init(&q);
	len = good_log(log);
	appraise(&ecc, &q, log, len);
	expect("two hops", FINE);
	assert_int_equal(a.nr_links, 3);
	assert_int_equal(a.links[2].kind, VKX_LINK_HOP);
	assert_ptr_equal(a.links[2].artifact, &artifacts[1]);
	assert_int_equal(vkx_ak_parse(rsa.public, rsa.public_len, &rsa_ak),
			 VKX_REASON_FINE);
	ak_name.p = rsa_ak.name;
	ak_name.len = rsa_ak.name_len;
	known.name = ak_name;
	appraise(&rsa, &q, log, len);
	expect("RSA", FINE);
}

/* A key is kept for the machine's next evidence, under its own name only: of
 * 600 keys in 256 places each checks its own quotes and no other's. */
static void kept_keys(void **state)
{
	static struct soft_key key[600];
	uint8_t log[VKX_TEST_LOG_MAX];
	size_t len = good_log(log), i;
	struct vkx_evidence ev;
	struct soft_quote q;
	struct vkx_ak ak;
	int round;

	(void)state;
	reset_policy();
	soft_quote_init(&q);
	for (i = 0; i < 600; i++)
		soft_key_make(&key[i], VKX_TPM_ECC, SOFT_AK_ATTRIBUTES);
	for (round = 0; round < 2; round++)
		for (i = 0; i < 600; i++) {
			assert_int_equal(vkx_ak_parse(key[i].public,
						      key[i].public_len, &ak),
					 VKX_REASON_FINE);
			known.name.p = ak.name;
			known.name.len = ak.name_len;
			appraise(&key[i], &q, log, len);
			expect("its own", FINE);
			/* Its public area, another's signature. */
			soft_evidence(&key[(i + 1) % 600], &q, log, len, &ev);
			ev.file[VKX_EVIDENCE_AK].p = key[i].public;
			ev.file[VKX_EVIDENCE_AK].len = key[i].public_len;
			vkx_appraisal_free(&a);
			vkx_appraise(&policy, &ev, &a);
			expect("another's", SIGNATURE);
			vkx_evidence_free(&ev);
		}
	for (i = 0; i < 600; i++)
		soft_key_free(&key[i]);
}

/* --- the quote ------------------------------------------------------------*/

static void message(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	size_t len;
	struct soft_quote q;

	(void)state;
	reset_policy();
	len = good_log(log);
	soft_quote_init(&q);
	q.magic = 0x12345678;
	appraise(&ecc, &q, log, len);
	expect("V96", QUOTE_MAGIC);
	soft_quote_init(&q);
	q.type = 0x8014; /* TPM_ST_ATTEST_NV */
	appraise(&ecc, &q, log, len);
	expect("V97 NV", QUOTE_TYPE);
	q.type = 0x8019; /* TPM_ST_ATTEST_TIME */
	appraise(&ecc, &q, log, len);
	expect("V97 time", QUOTE_TYPE);
	soft_quote_init(&q);
	q.safe = 2;
	appraise(&ecc, &q, log, len);
	expect("safe is 0 or 1", QUOTE_FORMAT);
	soft_quote_init(&q);
	q.safe = 0;
	appraise(&ecc, &q, log, len);
	expect("unsafe clock", CLOCK_UNSAFE);
}

static void nonces(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	size_t len;
	struct vkx_attest previous = { .nonce = { nonce, sizeof(nonce) } };
	struct soft_quote q;

	(void)state;
	reset_policy();
	len = good_log(log);
	soft_quote_init(&q);
	q.nonce[19] ^= 1;
	appraise(&ecc, &q, log, len);
	expect("V100 other", NONCE_MISMATCH);
	soft_quote_init(&q);
	q.nonce_len = 19;
	appraise(&ecc, &q, log, len);
	expect("V100 prefix", NONCE_MISMATCH);
	q.nonce_len = 0;
	appraise(&ecc, &q, log, len);
	expect("V100 none", NONCE_MISSING);
	soft_quote_init(&q);
	q.nonce_len = 8;
	policy.nonce.len = 8;
	appraise(&ecc, &q, log, len);
	expect("V100 short", NONCE_SHORT);
	reset_policy();
	soft_quote_init(&q);
	policy.previous = &previous;
	policy.previous_ak = ak_name;
	appraise(&ecc, &q, log, len);
	expect("V100 reused", NONCE_REUSED);
}

/* V102: a key of no TPM's making, though its name is on the list, and one that
 * is known and not the one of the evidence before. */
static void keys_that_do_not_fit(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	size_t len = good_log(log);
	struct vkx_attest previous = { .firmware = 0 };
	struct vkx_ak other_ak, loose_ak;
	struct soft_key loose;
	struct soft_quote q;
	enum vkx_reason why;

	(void)state;
	reset_policy();
	soft_quote_init(&q);
	/* Not restricted: it signs whatever it is given. */
	soft_key_make(&loose, VKX_TPM_ECC, SOFT_AK_ATTRIBUTES & ~0x10000u);
	why = vkx_ak_parse(loose.public, loose.public_len, &loose_ak);
	assert_int_not_equal(why, VKX_REASON_FINE);
	appraise(&loose, &q, log, len);
	expect_at("not restricted", why, __LINE__);
	soft_key_free(&loose);

	assert_int_equal(
		vkx_ak_parse(other.public, other.public_len, &other_ak),
		VKX_REASON_FINE);
	policy.previous = &previous;
	policy.previous_ak.p = other_ak.name;
	policy.previous_ak.len = other_ak.name_len;
	appraise(&ecc, &q, log, len);
	expect("known, and another machine's", AK_UNKNOWN);
	/* Nothing that hangs on the key was looked at. */
	assert_int_equal(a.nr_findings, 1);
	assert_false(a.have_attest);
}

/* V111: the evidence of one honest machine, brought as that of another. */
static void whose_key(void **state)
{
	static const struct {
		const char *machine, *name;
		enum vkx_reason reason;
	} rows[] = {
		{ "machine-a", "machine-a", VKX_REASON_FINE },
		{ "machine-a", "machine-b", VKX_REASON_AK_OTHER_MACHINE },
		{ "machine-a", "machine-", VKX_REASON_AK_OTHER_MACHINE },
		{ "machine-a", "machine-ab", VKX_REASON_AK_OTHER_MACHINE },
		{ "machine-a", "", VKX_REASON_AK_OTHER_MACHINE },
		{ "machine-a", NULL, VKX_REASON_AK_OTHER_MACHINE },
		{ NULL, "machine-b", VKX_REASON_FINE },
		{ NULL, NULL, VKX_REASON_FINE },
	};
	uint8_t log[VKX_TEST_LOG_MAX];
	size_t len = good_log(log), i;
	struct vkx_evidence ev;
	struct soft_quote q;

	(void)state;
	soft_quote_init(&q);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reset_policy();
		known.machine = rows[i].machine;
		soft_evidence(&ecc, &q, log, len, &ev);
		ev.name.p = (const uint8_t *)rows[i].name;
		ev.name.len = rows[i].name ? strlen(rows[i].name) : 0;
		vkx_appraisal_free(&a);
		vkx_appraise(&policy, &ev, &a);
		expect_at("whose key", rows[i].reason, __LINE__);
		vkx_evidence_free(&ev);
	}
}

static void selections(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	size_t len;
	struct soft_quote q;
	unsigned int pcr;

	(void)state;
	reset_policy();
	len = good_log(log);
	soft_quote_init(&q);
	q.selection.nr = 0;
	appraise(&ecc, &q, log, len);
	expect("V99 no bank", SELECTION_EMPTY);
	soft_quote_init(&q);
	q.selection.bank[0].mask = 0;
	appraise(&ecc, &q, log, len);
	expect("V99 no PCR", SELECTION_EMPTY);
	for (pcr = 0; pcr < VKX_NR_PCRS; pcr++) {
		soft_quote_init(&q);
		q.selection.bank[0].mask &= ~(1u << pcr);
		appraise(&ecc, &q, log, len);
		if (policy.required_pcrs >> pcr & 1)
			expect("V99 partial", SELECTION_PARTIAL);
		else
			expect("V99 not needed", FINE);
	}
	soft_quote_init(&q);
	q.selection.bank[0].mask |= 1u << 16;
	appraise(&ecc, &q, log, len);
	expect("V93", SELECTION_RESETTABLE);
	soft_quote_init(&q);
	q.selection.bank[0].alg = VKX_TPM_ALG_SHA1;
	appraise(&ecc, &q, log, len);
	expect("V104 SHA-1 bank", SELECTION_BANK);
	soft_quote_init(&q);
	q.selection.nr = 2;
	q.selection.bank[1] = q.selection.bank[0];
	appraise(&ecc, &q, log, len);
	expect("V98 bank twice", SELECTION_FORMAT);
	soft_quote_init(&q);
	q.select_bytes = 4;
	appraise(&ecc, &q, log, len);
	expect("V98 sizeofSelect", SELECTION_FORMAT);
	/* A weak bank beside a strong one takes nothing away. */
	soft_quote_init(&q);
	q.selection.nr = 2;
	q.selection.bank[1].alg = VKX_TPM_ALG_SHA1;
	q.selection.bank[1].mask = 1;
	appraise(&ecc, &q, log, len);
	expect("SHA-1 too", FINE);
	/* V77: a bank of which the log knows nothing. */
	soft_quote_init(&q);
	q.selection.bank[0].alg = VKX_TPM_ALG_SHA384;
	appraise(&ecc, &q, log, len);
	expect("V77", LOG_BANK);
}

/* V98: values of PCRs 8, 9 shown as 11, 12, and other lies in the list. */
static void relabelled(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	struct vkx_evidence ev;
	struct soft_quote q;
	uint8_t *list;
	size_t len;

	(void)state;
	reset_policy();
	len = good_log(log);
	soft_quote_init(&q);
	soft_evidence(&ecc, &q, log, len, &ev);
	list = ev.owned[VKX_EVIDENCE_PCRS].data;
	list[8] ^= 0x21; /* swaps PCR 8 for PCR 13 */
	vkx_appraisal_free(&a);
	vkx_appraise(&policy, &ev, &a);
	expect("other labels", PCRS_SELECTION);
	list[8] ^= 0x21;
	list[132 + 4 + 4 + 2] ^= 1; /* first digest */
	vkx_appraise(&policy, &ev, &a);
	expect("other value", PCRS_DIGEST);
	list[132 + 4 + 4 + 2] ^= 1;
	vkx_appraise(&policy, &ev, &a);
	expect("as it was", FINE);
	vkx_appraisal_free(&a);
	ev.file[VKX_EVIDENCE_PCRS].len--;
	vkx_appraise(&policy, &ev, &a);
	expect("cut", PCRS_FORMAT);
	vkx_evidence_free(&ev);
}

/* V107: each order of the counters of two quotes. */
static void clocks(void **state)
{
	struct vkx_attest then = { .clock = 123456,
				   .reset_count = 7,
				   .restart_count = 2,
				   .firmware = 0x2019102300163636 };
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	size_t len;

	(void)state;
	reset_policy();
	len = good_log(log);
	policy.previous = &then;
	policy.previous_ak = ak_name;
	soft_quote_init(&q);
	appraise(&ecc, &q, log, len);
	expect("same", FINE);
	q.clock++;
	appraise(&ecc, &q, log, len);
	expect("later", FINE);
	q.restart_count++;
	appraise(&ecc, &q, log, len);
	expect("V83 replay after TPM restart", CLOCK_RESET);
	policy.resets = 1;
	appraise(&ecc, &q, log, len);
	expect("a restart that is known", FINE);
	policy.resets = 0;
	q.restart_count = 0;
	q.reset_count++;
	appraise(&ecc, &q, log, len);
	expect("V83 replay after TPM reset", CLOCK_RESET);
	policy.resets = 1;
	appraise(&ecc, &q, log, len);
	expect("a reset that is known", FINE);
	q.restart_count = 1;
	appraise(&ecc, &q, log, len);
	expect("and a restart that is not", CLOCK_RESET);
	policy.resets = 0;
	soft_quote_init(&q);
	q.reset_count--;
	appraise(&ecc, &q, log, len);
	expect("resets go back", CLOCK_RESET);
	soft_quote_init(&q);
	q.restart_count--;
	appraise(&ecc, &q, log, len);
	expect("restarts go back", CLOCK_RESTART);
	soft_quote_init(&q);
	q.clock--;
	appraise(&ecc, &q, log, len);
	expect("clock goes back", CLOCK_BACK);
	q.safe = 0;
	appraise(&ecc, &q, log, len);
	expect_last("though it says that it may", CLOCK_BACK);
	/* A power cut, which --resets tells of. */
	q.reset_count++;
	q.restart_count = 0;
	policy.resets = 1;
	appraise(&ecc, &q, log, len);
	expect("clock goes back in a power cut", CLOCK_UNSAFE);
	assert_int_equal(a.nr_findings, 1);
	q.safe = 1;
	appraise(&ecc, &q, log, len);
	expect("or in an orderly stop", CLOCK_BACK);
	policy.resets = 0;
	soft_quote_init(&q);
	q.firmware++;
	appraise(&ecc, &q, log, len);
	expect("firmware changed", TPM_CHANGED);
}

static void known_bad_tpm(void **state)
{
	uint64_t bad = 0x2019102300163636;
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	size_t len;

	(void)state;
	reset_policy();
	len = good_log(log);
	manifest.bad_firmware = &bad;
	manifest.nr_bad_firmware = 1;
	soft_quote_init(&q);
	appraise(&ecc, &q, log, len);
	expect("V108", TPM_FIRMWARE);
}

/* --- the key --------------------------------------------------------------*/

static void keys(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX], challenge[16] = { 1, 2, 3 };
	struct vkx_evidence ev;
	struct soft_quote q;
	size_t len;

	(void)state;
	reset_policy();
	len = good_log(log);
	soft_quote_init(&q);
	/* V111: a good quote, by the AK of another honest machine. */
	appraise(&other, &q, log, len);
	expect("V102 another machine's AK", AK_UNKNOWN);
	policy.nr_aks = 0;
	appraise(&ecc, &q, log, len);
	expect("V102 no AK known", AK_UNBOUND);
	policy.challenge_ak = ak_name;
	policy.challenge_secret.p = challenge;
	policy.challenge_secret.len = sizeof(challenge);
	appraise(&ecc, &q, log, len);
	expect("V102 challenge not answered", AK_UNKNOWN);
	soft_evidence(&ecc, &q, log, len, &ev);
	ev.file[VKX_EVIDENCE_ACTIVATION] = policy.challenge_secret;
	vkx_appraisal_free(&a);
	vkx_appraise(&policy, &ev, &a);
	expect("V102 challenge answered", FINE);
	/* The right AK's public area under another key's signature. */
	memcpy(ev.owned[VKX_EVIDENCE_SIGNATURE].data + 10, challenge, 8);
	vkx_appraisal_free(&a);
	vkx_appraise(&policy, &ev, &a);
	expect("signature", SIGNATURE);
	vkx_evidence_free(&ev);
}

/* V101: each bit of the attributes: only harmless ones may differ. */
static void attributes(void **state)
{
	/* userWithAuth, adminWithPolicy, noDA */
	const uint32_t harmless = 1u << 6 | 1u << 7 | 1u << 10;
	uint8_t public[512];
	struct vkx_ak ak;
	unsigned int bit;

	(void)state;
	for (bit = 0; bit < 32; bit++) {
		memcpy(public, ecc.public, ecc.public_len);
		vkx_put_be32(public + 6, SOFT_AK_ATTRIBUTES ^ 1u << bit);
		assert_int_equal(vkx_ak_parse(public, ecc.public_len, &ak),
				 harmless >> bit & 1 ?
					 VKX_REASON_FINE :
					 VKX_REASON_AK_ATTRIBUTES);
	}
}

/* Why a file that was cut is not believed; a log may end between two events,
 * and an AK's first two bytes may be another's size. */
static bool cut_reason_fits(enum vkx_evidence_file file, size_t cut,
			    enum vkx_reason reason)
{
	switch (file) {
	case VKX_EVIDENCE_MESSAGE:
		return reason == VKX_REASON_SIGNATURE;
	case VKX_EVIDENCE_SIGNATURE:
		return reason == VKX_REASON_SIGNATURE_FORMAT;
	case VKX_EVIDENCE_PCRS:
		return reason == VKX_REASON_PCRS_FORMAT;
	case VKX_EVIDENCE_AK:
		return reason == VKX_REASON_AK_FORMAT ||
		       (cut >= 2 && reason == VKX_REASON_AK_ALGORITHM);
	default:
		return reason == VKX_REASON_LOG_FORMAT ||
		       reason == VKX_REASON_LOG_REPLAY;
	}
}

/* Every file of the evidence cut at every byte, and every byte of the signed
 * ones flipped: never believed, never a crash. */
static void cut_and_flipped(void **state)
{
	static const enum vkx_evidence_file files[] = {
		VKX_EVIDENCE_MESSAGE, VKX_EVIDENCE_SIGNATURE, VKX_EVIDENCE_PCRS,
		VKX_EVIDENCE_AK,      VKX_EVIDENCE_LOG,
	};
	uint8_t log[VKX_TEST_LOG_MAX];
	struct vkx_evidence ev;
	struct vkx_span whole;
	struct soft_quote q;
	size_t len, i, cut;
	uint8_t *exact;

	(void)state;
	reset_policy();
	policy.expect_hops = 2; /* a shorter log is a log of fewer hops */
	len = good_log(log);
	soft_quote_init(&q);
	soft_evidence(&ecc, &q, log, len, &ev);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		whole = ev.file[files[i]];
		for (cut = 0; cut < whole.len; cut++) {
			exact = malloc(cut ? cut : 1);
			memcpy(exact, whole.p, cut);
			ev.file[files[i]].p = exact;
			ev.file[files[i]].len = cut;
			vkx_appraisal_free(&a);
			vkx_appraise(&policy, &ev, &a);
			assert_int_not_equal(a.tier, VKX_TIER_AFFIRMING);
			assert_int_equal(a.nr_findings ? a.findings[0].link : 0,
					 -1);
			if (!cut_reason_fits(files[i], cut,
					     a.findings[0].reason))
				fail_msg("%s cut at %zu: %s",
					 vkx_evidence_name(files[i]), cut,
					 vkx_reason_id(a.findings[0].reason));
			free(exact);
		}
		for (cut = 0; files[i] != VKX_EVIDENCE_LOG && cut < whole.len;
		     cut++) {
			exact = malloc(whole.len);
			memcpy(exact, whole.p, whole.len);
			exact[cut] ^= 1;
			ev.file[files[i]].p = exact;
			ev.file[files[i]].len = whole.len;
			vkx_appraisal_free(&a);
			vkx_appraise(&policy, &ev, &a);
			/* Bytes of the list behind its counts are padding. */
			if (files[i] != VKX_EVIDENCE_PCRS)
				assert_int_not_equal(a.tier,
						     VKX_TIER_AFFIRMING);
			free(exact);
		}
		ev.file[files[i]] = whole;
	}
	vkx_evidence_free(&ev);
}

/* V80: whatever byte of the log is flipped, under the quote of the real one:
 * the claims are the same or nothing is affirmed. */
static void flipped_log(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX], seen[3 * sizeof(struct vkx_hop)];
	struct vkx_evidence ev;
	struct soft_quote q;
	size_t len, i, n;

	(void)state;
	reset_policy();
	len = good_log(log);
	soft_quote_init(&q);
	soft_evidence(&ecc, &q, log, len, &ev);
	vkx_appraisal_free(&a);
	vkx_appraise(&policy, &ev, &a);
	expect("as it is", FINE);
	n = a.nr_links;
	for (i = 0; i < n; i++)
		memcpy(seen + i * sizeof(struct vkx_hop), &a.links[i].hop,
		       sizeof(struct vkx_hop));
	for (i = 0; i < len; i++) {
		size_t l;

		log[i] ^= 0x41;
		vkx_appraisal_free(&a);
		vkx_appraise(&policy, &ev, &a);
		if (a.tier == VKX_TIER_AFFIRMING) {
			assert_int_equal(a.nr_links, n);
			for (l = 0; l < n; l++)
				assert_memory_equal(
					&a.links[l].hop,
					seen + l * sizeof(struct vkx_hop),
					sizeof(struct vkx_hop));
		}
		log[i] ^= 0x41;
	}
	vkx_evidence_free(&ev);
}

/* --- the chain ------------------------------------------------------------*/

typedef void (*change_fn)(struct vkx_hop *hop);

static void not_enforcing(struct vkx_hop *h)
{
	h->flags &= ~(uint32_t)VKX_HOP_ENFORCED;
}

static void not_locked(struct vkx_hop *h)
{
	h->lockdown = VKX_HOP_LOCKDOWN_NONE;
}

static void other_image(struct vkx_hop *h)
{
	h->authenticode[0] ^= 1;
}

static void other_initrd(struct vkx_hop *h)
{
	h->initrd[31] ^= 1;
}

static void no_initrd(struct vkx_hop *h)
{
	memset(h->initrd, 0, 32);
	h->flags &= ~(uint32_t)VKX_HOP_INITRD;
}

static void other_cmdline(struct vkx_hop *h)
{
	h->cmdline[3] ^= 1;
}

static void other_signer(struct vkx_hop *h)
{
	h->signer[0] ^= 1;
}

static void old_level(struct vkx_hop *h)
{
	h->sbat_date = 2025010100;
}

static void running_dtb(struct vkx_hop *h)
{
	h->dtb_source = VKX_HOP_DTB_RUNNING;
	memset(h->dtb, 0, 32);
}

/* One hop whose records are changed alike. */
static size_t changed_log(uint8_t *log, change_fn load, change_fn launch)
{
	struct vkx_hop h = vkx_test_hop(VKX_HOP_LOAD, 1);
	size_t used = firmware_log(log);

	if (load)
		load(&h);
	vkx_test_log_hop(log, &used, &h);
	h = vkx_test_hop(VKX_HOP_LAUNCH, 1);
	if (launch)
		launch(&h);
	add_sections(log, &used, &artifacts[0]);
	vkx_test_log_hop(log, &used, &h);
	return used;
}

/* V31, V74: whatever differs from the manifest, or was launched by a kernel
 * that nothing held back, is found in its link. */
static void links(void **state)
{
	static const struct {
		const char *what;
		change_fn load, launch;
		enum vkx_reason reason;
	} cases[] = {
		{ "good", NULL, NULL, VKX_REASON_FINE },
		{ "not enforcing", not_enforcing, not_enforcing,
		  VKX_REASON_LINK_NOT_ENFORCING },
		{ "not enforcing at load", not_enforcing, NULL,
		  VKX_REASON_LINK_NOT_ENFORCING },
		{ "not locked down", not_locked, not_locked,
		  VKX_REASON_LINK_NOT_LOCKED },
		{ "not locked down at load", not_locked, NULL,
		  VKX_REASON_LINK_NOT_LOCKED },
		{ "unknown image", other_image, other_image,
		  VKX_REASON_LINK_UNKNOWN },
		{ "other initrd", other_initrd, other_initrd,
		  VKX_REASON_LINK_COMPONENT },
		{ "no initrd", no_initrd, no_initrd,
		  VKX_REASON_LINK_COMPONENT },
		{ "other cmdline", other_cmdline, other_cmdline,
		  VKX_REASON_LINK_COMPONENT },
		{ "other signer", other_signer, other_signer,
		  VKX_REASON_LINK_SIGNER },
		{ "old SBAT level", old_level, old_level,
		  VKX_REASON_LINK_SBAT },
		{ "running tree", running_dtb, running_dtb,
		  VKX_REASON_LINK_DTB },
		{ "launch of another", NULL, other_image,
		  VKX_REASON_HOP_ORDER },
	};
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	size_t i, len;

	(void)state;
	soft_quote_init(&q);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		reset_policy();
		len = changed_log(log, cases[i].load, cases[i].launch);
		appraise(&ecc, &q, log, len);
		expect_at(cases[i].what, cases[i].reason, __LINE__);
	}
	/* A file that two have signed: a kernel names the one it trusts. */
	reset_policy();
	memcpy(artifacts[0].signer[1], artifacts[0].signer[0], 32);
	artifacts[0].signer[1][0] ^= 1;
	artifacts[0].nr_signers = 2;
	for (i = 0; i < 2; i++) {
		len = changed_log(log, i ? other_signer : NULL,
				  i ? other_signer : NULL);
		appraise(&ecc, &q, log, len);
		expect("either of two signers", FINE);
	}
}

/* V60: an outdated release is found by the manifest's minimum. */
static void manifest_rules(void **state)
{
	uint8_t revoked[1][32], log[VKX_TEST_LOG_MAX];
	struct vkx_pcr_value pin = { VKX_TPM_ALG_SHA256, 0, { 1 } };
	struct soft_quote q;
	size_t len;

	(void)state;
	soft_quote_init(&q);
	reset_policy();
	len = good_log(log);
	memcpy(revoked[0], artifacts[0].authenticode, 32);
	manifest.revoked = revoked;
	manifest.nr_revoked = 1;
	appraise(&ecc, &q, log, len);
	expect("revoked release", LINK_REVOKED);
	assert_int_equal(a.links[1].tier, VKX_TIER_CONTRAINDICATED);
	assert_int_equal(a.links[2].tier, VKX_TIER_AFFIRMING);
	reset_policy();
	manifest.minimum_release = 2;
	appraise(&ecc, &q, log, len);
	expect("older release", LINK_OLD);
	reset_policy();
	manifest.first = VKX_FIRST_MEASURED;
	appraise(&ecc, &q, log, len);
	expect("first kernel unknown", FIRST_UNKNOWN);
	reset_policy();
	manifest.pcrs = &pin;
	manifest.nr_pcrs = 1;
	appraise(&ecc, &q, log, len);
	expect("firmware PCR", FIRST_PCR);
	reset_policy();
	policy.expect_hops = 3;
	appraise(&ecc, &q, log, len);
	expect("quote from before the hop", HOPS_MISSING);
	reset_policy();
	len = firmware_log(log);
	appraise(&ecc, &q, log, len);
	expect("no hop at all", NO_KNOWN_KERNEL);
}

/* What a manifest pins is seen to hold, whatever bank the machine is asked
 * for: not where the quote is of another bank, nor where it leaves the PCR
 * out. */
static void pins(void **state)
{
	static const struct vkx_bank usual[2] = { { VKX_TPM_ALG_SHA1, 20 },
						  { VKX_TPM_ALG_SHA256, 32 } },
				     strong[2] = { { VKX_TPM_ALG_SHA256, 32 },
						   { VKX_TPM_ALG_SHA384, 48 } };
	struct vkx_pcr_value pin[2] = { { VKX_TPM_ALG_SHA256, 0, { 1 } },
					{ VKX_TPM_ALG_SHA384, 0, { 1 } } };
	uint8_t log[VKX_TEST_LOG_MAX];
	struct vkx_tcglog opened;
	struct vkx_pcrs pcrs;
	struct soft_quote q;
	size_t len;

	(void)state;
	memcpy(vkx_test_banks, strong, sizeof(strong));
	soft_quote_init(&q);
	reset_policy();
	len = good_log(log);
	manifest.pcrs = pin;
	manifest.nr_pcrs = 1;
	appraise(&ecc, &q, log, len);
	expect("pinned otherwise", FIRST_PCR);
	q.selection.bank[0].alg = VKX_TPM_ALG_SHA384;
	appraise(&ecc, &q, log, len);
	expect("and another bank quoted", FIRST_PCR);
	soft_quote_init(&q);
	q.selection.bank[0].mask &= ~1u;
	policy.required_pcrs = 0;
	appraise(&ecc, &q, log, len);
	expect("and left out", FIRST_PCR);

	soft_quote_init(&q);
	assert_int_equal(
		vkx_tcglog_open(log, len, VKX_TCGLOG_EXACT, &opened, NULL), 0);
	assert_int_equal(vkx_tcglog_replay(&opened, VKX_TPM_ALG_SHA256,
					   &vkx_hash_host, &pcrs),
			 0);
	memcpy(pin[0].value, pcrs.value[0], 32);
	appraise(&ecc, &q, log, len);
	expect("pinned rightly", FINE);
	q.selection.bank[0].alg = VKX_TPM_ALG_SHA384;
	appraise(&ecc, &q, log, len);
	expect("which another bank does not show", FIRST_PCR);
	q.selection.nr = 2;
	q.selection.bank[1] = q.selection.bank[0];
	q.selection.bank[1].alg = VKX_TPM_ALG_SHA256;
	appraise(&ecc, &q, log, len);
	expect("both quoted, one pinned", FINE);
	manifest.nr_pcrs = 2;
	appraise(&ecc, &q, log, len);
	expect("both pinned, one of them otherwise", FIRST_PCR);
	soft_quote_init(&q);
	appraise(&ecc, &q, log, len);
	expect("only the right one quoted", FINE);
	memcpy(vkx_test_banks, usual, sizeof(usual));

	/* A bank that is worth nothing shows nothing. */
	len = good_log(log);
	pin[0].alg = VKX_TPM_ALG_SHA1;
	assert_int_equal(
		vkx_tcglog_open(log, len, VKX_TCGLOG_EXACT, &opened, NULL), 0);
	assert_int_equal(vkx_tcglog_replay(&opened, VKX_TPM_ALG_SHA1,
					   &vkx_hash_host, &pcrs),
			 0);
	memset(pin[0].value, 0, sizeof(pin[0].value));
	memcpy(pin[0].value, pcrs.value[0], 20);
	manifest.nr_pcrs = 1;
	q.selection.nr = 2;
	q.selection.bank[1].alg = VKX_TPM_ALG_SHA1;
	q.selection.bank[1].mask = 1;
	appraise(&ecc, &q, log, len);
	expect("pinned in SHA-1 alone", FIRST_PCR);
}

/* V81: what runs now has written nothing yet. Only the last one counts, and
 * only where the manifest says so. */
static void last_kernel(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	size_t len = good_log(log);

	(void)state;
	soft_quote_init(&q);
	reset_policy();
	artifacts[1].locks_down = VKX_LOCKS_NOT;
	appraise(&ecc, &q, log, len);
	expect("last one does not lock itself down", LAST_NOT_LOCKED);
	assert_int_equal(a.links[2].tier, VKX_TIER_WARNING);
	artifacts[1].locks_down = VKX_LOCKS_DOWN;
	artifacts[0].locks_down = VKX_LOCKS_NOT;
	appraise(&ecc, &q, log, len);
	expect("the one before wrote that it was", FINE);
	/* Loaded and not launched: it does not run. */
	artifacts[2].locks_down = VKX_LOCKS_NOT;
	add_load(log, &len, 3);
	appraise(&ecc, &q, log, len);
	expect("staged", STAGED);
	assert_int_equal(a.nr_findings, 1);
}

static void first_kernel(void **state)
{
	static const struct vkx_bank bank = { VKX_TPM_ALG_SHA256, 32 };
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	size_t len;

	(void)state;
	soft_quote_init(&q);
	reset_policy();
	manifest.first = VKX_FIRST_MEASURED;
	len = firmware_log(log);
	add_sections(log, &len, &artifacts[2]);
	add_load(log, &len, 1);
	add_launch(log, &len, 1);
	appraise(&ecc, &q, log, len);
	expect("UKI booted by firmware", FINE);
	assert_ptr_equal(a.links[0].artifact, &artifacts[2]);
	reset_policy();
	assert_int_equal(
		vkx_tcglog_write_header(log, sizeof(log), &bank, 1, &len), 0);
	appraise(&ecc, &q, log, len);
	expect("nothing measured", FIRST_UNMEASURED);
}

/*
 * V82: root of any kernel extends what a stub would have, PCR 11 and PCR 0,
 * and appends it to the log, with records of hops if need be. Only the pins of
 * PCR 4 are beyond it.
 */
static void first_kernel_by_hearsay(void **state)
{
	static const struct {
		enum vkx_first first;
		bool pinned;
		int hops;
		enum vkx_reason reason;
	} rows[] = {
		{ VKX_FIRST_MEASURED, false, 0, VKX_REASON_FIRST_UNPINNED },
		{ VKX_FIRST_MEASURED, false, 1, VKX_REASON_FIRST_UNPINNED },
		{ VKX_FIRST_MEASURED, true, 0, VKX_REASON_FINE },
		{ VKX_FIRST_MEASURED, true, 1, VKX_REASON_FINE },
		{ VKX_FIRST_STOCK, false, 0, VKX_REASON_FIRST_UNPINNED },
		{ VKX_FIRST_STOCK, false, 1, VKX_REASON_FIRST_UNPINNED },
		{ VKX_FIRST_STOCK, true, 0, VKX_REASON_FINE },
		{ VKX_FIRST_STOCK, true, 1, VKX_REASON_FINE },
		/* There it is no claim of the manifest's, but a hop is. */
		{ VKX_FIRST_UNMEASURED, false, 0, VKX_REASON_NO_KNOWN_KERNEL },
		{ VKX_FIRST_UNMEASURED, true, 0, VKX_REASON_NO_KNOWN_KERNEL },
		{ VKX_FIRST_UNMEASURED, false, 1, VKX_REASON_FINE },
	};
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	size_t len, i;

	(void)state;
	soft_quote_init(&q);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reset_policy();
		manifest.first = rows[i].first;
		manifest.boot_pinned = rows[i].pinned;
		len = firmware_log(log);
		add_sections(log, &len, &artifacts[0]);
		if (rows[i].hops) {
			add_load(log, &len, 1);
			add_launch(log, &len, 1);
		}
		appraise(&ecc, &q, log, len);
		expect_at("hearsay", rows[i].reason, __LINE__);
		assert_ptr_equal(a.links[0].artifact, &artifacts[0]);
		assert_int_equal(a.links[0].hearsay,
				 !rows[i].pinned ||
					 rows[i].first == VKX_FIRST_UNMEASURED);
		if (rows[i].reason == VKX_REASON_FIRST_UNPINNED)
			assert_int_equal(a.links[0].tier, VKX_TIER_WARNING);
	}
}

/* V106: what the log says of a PCR that nobody quoted, or only in a bank that
 * is worth nothing, was never measured for all we know. */
static void firmware_not_quoted(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	size_t len;

	(void)state;
	reset_policy();
	policy.required_pcrs = 0;
	len = good_log(log);
	soft_quote_init(&q);
	q.selection.bank[0].mask = 1u << VKX_HOP_PCR;
	appraise(&ecc, &q, log, len);
	expect("only PCR 12 quoted", FIRST_UNMEASURED);
	q.selection.bank[0].mask |= 1u << 8;
	appraise(&ecc, &q, log, len);
	expect("and one that is not firmware's", FIRST_UNMEASURED);
	q.selection.nr = 2;
	q.selection.bank[1].alg = VKX_TPM_ALG_SHA1;
	q.selection.bank[1].mask = 1;
	appraise(&ecc, &q, log, len);
	expect("and firmware's in SHA-1", FIRST_UNMEASURED);
	q.selection.nr = 1;
	q.selection.bank[0].mask |= 1;
	appraise(&ecc, &q, log, len);
	expect("and firmware's", FINE);
}

/* Staged loads: shown, and known or not. */
static void staged(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	struct vkx_hop h;
	size_t len, base;

	(void)state;
	soft_quote_init(&q);
	reset_policy();
	base = len = good_log(log);
	add_load(log, &len, 3);
	appraise(&ecc, &q, log, len);
	expect("a known one", STAGED);
	assert_int_equal(a.nr_links, 4);
	assert_int_equal(a.links[3].kind, VKX_LINK_STAGED);
	h = vkx_test_hop(VKX_HOP_UNLOAD, 3);
	vkx_test_log_hop(log, &len, &h);
	appraise(&ecc, &q, log, len);
	expect("and unloaded again", FINE);
	assert_int_equal(a.nr_links, 3);
	len = base;
	h = vkx_test_hop(VKX_HOP_LOAD, 3);
	h.authenticode[0] ^= 1;
	vkx_test_log_hop(log, &len, &h);
	appraise(&ecc, &q, log, len);
	assert_int_equal(a.tier, VKX_TIER_CONTRAINDICATED);
	assert_int_equal(a.findings[a.nr_findings - 1].reason,
			 VKX_REASON_STAGED_UNKNOWN);
	add_load(log, &len, 3);
	h.kind = VKX_HOP_UNLOAD;
	vkx_test_log_hop(log, &len, &h);
	appraise(&ecc, &q, log, len);
	expect("replaced by a known one", STAGED);
	assert_int_equal(a.nr_links, 4);
	/* A load that failed late: the one before it is still there. */
	h.kind = VKX_HOP_LOAD;
	vkx_test_log_hop(log, &len, &h);
	h.kind = VKX_HOP_UNLOAD;
	vkx_test_log_hop(log, &len, &h);
	add_launch(log, &len, 3);
	appraise(&ecc, &q, log, len);
	expect("and launched", FINE);
	assert_int_equal(a.nr_links, 4);
	len = base;
	h = vkx_test_hop(VKX_HOP_LOAD, 3);
	h.flags = (h.flags | VKX_HOP_CRASH) & ~(uint32_t)VKX_HOP_UAPI;
	vkx_test_log_hop(log, &len, &h);
	appraise(&ecc, &q, log, len);
	expect("a crash kernel", FINE);
	assert_int_equal(a.nr_links, 4);
	add_load(log, &len, 3);
	add_launch(log, &len, 3);
	appraise(&ecc, &q, log, len);
	expect("which does not outlive the hop", FINE);
	assert_int_equal(a.nr_links, 4);
	assert_int_equal(a.links[3].kind, VKX_LINK_HOP);
}

/* V61, V81: all records of one number are of one kernel. What it was when it
 * took an image that it let go again, it was for the one it launched. */
static void writer_was_open(void **state)
{
	static const struct {
		const char *what;
		change_fn change;
		enum vkx_reason reason;
	} cases[] = {
		{ "enforced nothing", not_enforcing,
		  VKX_REASON_LINK_NOT_ENFORCING },
		{ "was not locked down", not_locked,
		  VKX_REASON_LINK_NOT_LOCKED },
	};
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	struct vkx_hop h;
	size_t len, i, crash;

	(void)state;
	soft_quote_init(&q);
	for (i = 0; i < 4; i++) {
		reset_policy();
		crash = i / 2;
		len = firmware_log(log);
		h = vkx_test_hop(VKX_HOP_LOAD, 1);
		if (crash)
			h.flags = (h.flags | VKX_HOP_CRASH) &
				  ~(uint32_t)VKX_HOP_UAPI;
		cases[i % 2].change(&h);
		vkx_test_log_hop(log, &len, &h);
		if (!crash) {
			h = vkx_test_hop(VKX_HOP_UNLOAD, 1);
			vkx_test_log_hop(log, &len, &h);
		}
		add_load(log, &len, 1);
		appraise(&ecc, &q, log, len);
		assert_int_equal(a.nr_links, crash ? 3 : 2);
		assert_int_equal(a.links[a.nr_links - 1].tier,
				 VKX_TIER_CONTRAINDICATED);
		add_launch(log, &len, 1);
		appraise(&ecc, &q, log, len);
		assert_int_equal(a.nr_links, 2);
		expect_at(cases[i % 2].what, cases[i % 2].reason, __LINE__);
		/* The next kernel is another one. */
		add_load(log, &len, 2);
		add_launch(log, &len, 2);
		appraise(&ecc, &q, log, len);
		assert_int_equal(a.nr_findings, 1);
		assert_int_equal(a.links[2].tier, VKX_TIER_AFFIRMING);
	}
	/* An unload is a record like the others. */
	reset_policy();
	len = firmware_log(log);
	add_load(log, &len, 1);
	h = vkx_test_hop(VKX_HOP_UNLOAD, 1);
	not_locked(&h);
	vkx_test_log_hop(log, &len, &h);
	add_load(log, &len, 1);
	add_launch(log, &len, 1);
	appraise(&ecc, &q, log, len);
	expect("not locked down at an unload", LINK_NOT_LOCKED);
}

/* V61, V81: nor does it take a link to know what the kernel that runs now wrote
 * of itself: it loaded something and let it go. */
static void writer_is_open(void **state)
{
	static const struct {
		const char *what;
		change_fn change;
		uint8_t kind; /* of the record that says so */
		enum vkx_reason reason;
	} cases[] = {
		{ "nothing to say", NULL, VKX_HOP_LOAD, VKX_REASON_FINE },
		{ "load, not enforcing", not_enforcing, VKX_HOP_LOAD,
		  VKX_REASON_LAST_NOT_ENFORCING },
		{ "unload, not enforcing", not_enforcing, VKX_HOP_UNLOAD,
		  VKX_REASON_LAST_NOT_ENFORCING },
		{ "load, not locked down", not_locked, VKX_HOP_LOAD,
		  VKX_REASON_LAST_OPEN },
		{ "unload, not locked down", not_locked, VKX_HOP_UNLOAD,
		  VKX_REASON_LAST_OPEN },
	};
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	struct vkx_hop h;
	size_t len, i, launched;
	uint8_t kind;

	(void)state;
	soft_quote_init(&q);
	reset_policy();
	for (i = 0; i < 2 * (sizeof(cases) / sizeof(cases[0])); i++) {
		launched = i & 1;
		len = firmware_log(log);
		if (launched) {
			add_load(log, &len, 1);
			add_launch(log, &len, 1);
		} else {
			add_sections(log, &len, &artifacts[0]);
		}
		for (kind = VKX_HOP_LOAD; kind <= VKX_HOP_UNLOAD; kind += 2) {
			h = vkx_test_hop(kind, launched ? 2 : 1);
			if (cases[i / 2].change && cases[i / 2].kind == kind)
				cases[i / 2].change(&h);
			vkx_test_log_hop(log, &len, &h);
		}
		appraise(&ecc, &q, log, len);
		assert_int_equal(a.nr_links, launched ? 2 : 1);
		expect_at(cases[i / 2].what, cases[i / 2].reason, __LINE__);
		assert_int_equal(a.links[launched].tier,
				 vkx_reason_tier(cases[i / 2].reason));
	}
}

/* Records and events where none should be. */
static void order(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX], data[VKX_HOP_EVENT_SIZE];
	struct soft_quote q;
	struct vkx_hop h;
	size_t len;

	(void)state;
	soft_quote_init(&q);
	reset_policy();
	len = firmware_log(log);
	add_launch(log, &len, 1);
	appraise(&ecc, &q, log, len);
	expect("launch without load", HOP_ORDER);
	len = good_log(log);
	add_load(log, &len, 2);
	appraise(&ecc, &q, log, len);
	expect("number again", HOP_ORDER);
	len = firmware_log(log);
	add_load(log, &len, 2);
	appraise(&ecc, &q, log, len);
	expect("first hop is number 2: log cut in front", HOP_ORDER);
	len = good_log(log);
	h = vkx_test_hop(VKX_HOP_UNLOAD, 3);
	vkx_test_log_hop(log, &len, &h);
	appraise(&ecc, &q, log, len);
	expect("unload of nothing", HOP_ORDER);
	len = good_log(log);
	vkx_test_log_add(log, &len, 12, VKX_EV_IPL, "x", 1, "x", 1);
	appraise(&ecc, &q, log, len);
	expect("V82 stranger in PCR 12", EVENT_UNEXPECTED);
	len = firmware_log(log);
	vkx_test_log_add(log, &len, 12, VKX_EV_IPL, "x", 1, "x", 1);
	add_load(log, &len, 1);
	add_launch(log, &len, 1);
	appraise(&ecc, &q, log, len);
	expect("PCR 12 before the first hop", EVENT_BEFORE_HOP);
	len = good_log(log);
	vkx_test_log_add(log, &len, 11, VKX_EV_IPL, "x", 1, "x", 1);
	appraise(&ecc, &q, log, len);
	expect("V82 stranger in PCR 11", HOP_SECTIONS);
	/* A first kernel that may be anything may say anything there. */
	len = firmware_log(log);
	vkx_test_log_add(log, &len, 11, VKX_EV_IPL, "x", 1, "x", 1);
	add_load(log, &len, 1);
	add_launch(log, &len, 1);
	appraise(&ecc, &q, log, len);
	expect("PCR 11 before the first hop", FINE);
	vkx_test_log_add(log, &len, 11, VKX_EV_IPL, "x", 1, "x", 1);
	add_load(log, &len, 2);
	add_launch(log, &len, 2);
	appraise(&ecc, &q, log, len);
	expect("V82 stranger in PCR 11 between two hops", HOP_SECTIONS);
	len = firmware_log(log);
	add_sections(log, &len, &artifacts[2]);
	vkx_test_log_add(log, &len, 11, VKX_EV_IPL, "x", 1, "x", 1);
	add_load(log, &len, 1);
	add_launch(log, &len, 1);
	manifest.first = VKX_FIRST_MEASURED;
	appraise(&ecc, &q, log, len);
	expect("V82 stranger in PCR 11 of a known first kernel", FIRST_UNKNOWN);
	manifest.first = VKX_FIRST_STOCK;
	len = good_log(log);
	h = vkx_test_hop(VKX_HOP_LOAD, 3);
	assert_int_equal(vkx_hop_encode(&h, data), 0);
	vkx_test_log_add(log, &len, 12, VKX_EV_EVENT_TAG, "lie", 3, data,
			 sizeof(data));
	appraise(&ecc, &q, log, len);
	expect("V80 data that was not measured", HOP_DIGEST);
	len = good_log(log);
	data[22] = 1;
	vkx_test_log_add(log, &len, 12, VKX_EV_EVENT_TAG, data, sizeof(data),
			 data, sizeof(data));
	appraise(&ecc, &q, log, len);
	expect("malformed record", HOP_FORMAT);
}

/* The same bytes under another type, or other data under the same digest:
 * replay sees neither. */
static void relabel_hops(uint8_t *log, size_t len, bool data)
{
	struct vkx_tcglog_event ev;
	struct vkx_tcglog opened;
	uint32_t index = 0;
	size_t offset;

	assert_int_equal(
		vkx_tcglog_open(log, len, VKX_TCGLOG_EXACT, &opened, NULL), 0);
	offset = opened.first;
	while (vkx_tcglog_next(&opened, &offset, &index, &ev)) {
		if (ev.pcr != VKX_HOP_PCR)
			continue;
		vkx_put_le32(log + ev.offset + 4, VKX_EV_IPL);
		if (data)
			memset(log + (ev.data - log), 'x', ev.data_size);
	}
}

/* V80, V82: a chain does not vanish by calling its records something else. */
static void hidden_hops(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	struct vkx_hop h;
	size_t len;

	(void)state;
	soft_quote_init(&q);
	reset_policy();
	len = firmware_log(log);
	add_sections(log, &len, &artifacts[0]);
	h = vkx_test_hop(VKX_HOP_LOAD, 1);
	not_enforcing(&h);
	not_locked(&h);
	vkx_test_log_hop(log, &len, &h);
	h = vkx_test_hop(VKX_HOP_UNLOAD, 1);
	vkx_test_log_hop(log, &len, &h);
	relabel_hops(log, len, false);
	appraise(&ecc, &q, log, len);
	expect("V80 another type", HOP_FORMAT);
	relabel_hops(log, len, true);
	appraise(&ecc, &q, log, len);
	expect("V80 other data", EVENT_UNEXPECTED);
	/* And after a record that is there. */
	len = good_log(log);
	h = vkx_test_hop(VKX_HOP_LOAD, 3);
	vkx_test_log_hop(log, &len, &h);
	vkx_put_le32(log + len - VKX_HOP_EVENT_SIZE - 4 - 2 * 2 - 20 - 32 - 8,
		     VKX_EV_IPL);
	appraise(&ecc, &q, log, len);
	expect("V80 the last one's type", HOP_FORMAT);
}

/* V92: what nothing was extended for is neither a hop nor a section. */
static void no_action_says_nothing(void **state)
{
	struct vkx_hop h = vkx_test_hop(VKX_HOP_LOAD, 3);
	uint8_t log[VKX_TEST_LOG_MAX], data[VKX_HOP_EVENT_SIZE];
	struct soft_quote q;
	size_t len;

	(void)state;
	reset_policy();
	soft_quote_init(&q);
	assert_int_equal(vkx_hop_encode(&h, data), 0);
	len = good_log(log);
	vkx_test_log_add(log, &len, 12, VKX_EV_NO_ACTION, data, sizeof(data),
			 data, sizeof(data));
	vkx_test_log_add(log, &len, 11, VKX_EV_NO_ACTION, data, sizeof(data),
			 data, sizeof(data));
	appraise(&ecc, &q, log, len);
	expect("events that extend nothing", FINE);
	assert_int_equal(a.nr_links, 3);
}

/* V78, V79, V106: the log of another time under this quote. */
static void replays(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX], longer[VKX_TEST_LOG_MAX];
	struct vkx_evidence ev;
	struct soft_quote q;
	size_t len, longer_len;

	(void)state;
	reset_policy();
	soft_quote_init(&q);
	len = good_log(log);
	memcpy(longer, log, sizeof(log));
	longer_len = len;
	add_load(longer, &longer_len, 3);
	soft_evidence(&ecc, &q, log, len, &ev);
	ev.file[VKX_EVIDENCE_LOG].p = longer;
	ev.file[VKX_EVIDENCE_LOG].len = longer_len;
	vkx_appraisal_free(&a);
	vkx_appraise(&policy, &ev, &a);
	expect("one event too many", LOG_REPLAY);
	assert_string_equal(a.findings[0].detail, "PCR 12 of bank sha256");
	/* V78: nothing that such a log says is believed, or shown. */
	assert_false(a.replayed);
	assert_int_equal(a.nr_links, 0);
	/* V95: zeros may follow in memory that a kernel hands on, not here. */
	memcpy(longer, log, sizeof(log));
	longer[len] = 0;
	ev.file[VKX_EVIDENCE_LOG].len = len + 1;
	vkx_appraisal_free(&a);
	vkx_appraise(&policy, &ev, &a);
	expect("one byte too many", LOG_FORMAT);
	ev.file[VKX_EVIDENCE_LOG].p = NULL;
	vkx_appraisal_free(&a);
	vkx_appraise(&policy, &ev, &a);
	expect("no log", LOG_MISSING);
	vkx_evidence_free(&ev);
}

/* V105: whatever else is found, the worst finding is the verdict. The words of
 * the last findings fit, and counting goes on past the limit. */
static void many_findings(void **state)
{
	uint8_t log[VKX_TEST_LOG_MAX];
	struct soft_quote q;
	size_t len;
	int i;

	(void)state;
	reset_policy();
	soft_quote_init(&q);
	len = good_log(log);
	for (i = 0; i < 70; i++)
		vkx_test_log_add(log, &len, 12, VKX_EV_IPL, "x", 1, "x", 1);
	appraise(&ecc, &q, log, len);
	assert_int_equal(a.nr_findings, 70);
	assert_int_equal(a.tier, VKX_TIER_CONTRAINDICATED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_evidence),
		cmocka_unit_test(kept_keys),
		cmocka_unit_test(message),
		cmocka_unit_test(nonces),
		cmocka_unit_test(keys_that_do_not_fit),
		cmocka_unit_test(whose_key),
		cmocka_unit_test(selections),
		cmocka_unit_test(relabelled),
		cmocka_unit_test(clocks),
		cmocka_unit_test(known_bad_tpm),
		cmocka_unit_test(keys),
		cmocka_unit_test(attributes),
		cmocka_unit_test(cut_and_flipped),
		cmocka_unit_test(flipped_log),
		cmocka_unit_test(links),
		cmocka_unit_test(manifest_rules),
		cmocka_unit_test(pins),
		cmocka_unit_test(last_kernel),
		cmocka_unit_test(first_kernel),
		cmocka_unit_test(first_kernel_by_hearsay),
		cmocka_unit_test(firmware_not_quoted),
		cmocka_unit_test(staged),
		cmocka_unit_test(writer_was_open),
		cmocka_unit_test(writer_is_open),
		cmocka_unit_test(order),
		cmocka_unit_test(hidden_hops),
		cmocka_unit_test(no_action_says_nothing),
		cmocka_unit_test(replays),
		cmocka_unit_test(many_findings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
