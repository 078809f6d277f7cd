/* SPDX-License-Identifier: BSD-2-Clause */
/* A manifest is taken as it is meant or not at all, whatever member is off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "measure/manifest.h"

#define D32 "0101010101010101010101010101010101010101010101010101010101010101"
#define D20 "0202020202020202020202020202020202020202"
#define HEAD                                                      \
	"{\"vkexec_manifest\":1,\"product\":\"p\",\"release\":2," \
	"\"minimum_release\":1,\"first\":\"stock\""
#define ARTIFACT(rest)                                              \
	"{\"file\":\"a.efi\",\"release\":1,\"authenticode\":\"" D32 \
	"\",\"signer\":\"" D32 "\",\"sections\":{\".linux\":\"" D32 \
	"\",\".cmdline\":\"" D32 "\"}" rest "}"
#define GOOD HEAD ",\"artifacts\":[" ARTIFACT("") "]"

static bool parses(const char *text, struct vkx_manifest *m)
{
	const char *what;

	return !vkx_manifest_parse(text, strlen(text), m, &what);
}

/* PCR 4 after an event over four zero bytes, and four of ones: firmware has
 * ended, and nothing was started. */
#define SEPARATOR \
	"3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969"
#define SEPARATOR_FF \
	"e21b703ee69c77476bccb43ec0336a9a1b2914b378944f7b00a10214ca8fea93"
#define D48 D32 "01010101010101010101010101010101"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

/* What firmware starts is pinned by values of PCR 4 that say it. */
static void boot_pinned(void **state)
{
	static const struct {
		const char *pcrs;
		bool pinned;
	} rows[] = {
		{ "", false },
		{ ",\"pcrs\":{\"sha256\":{\"7\":[\"" D32 "\"]}}", false },
		{ ",\"pcrs\":{\"sha256\":{\"4\":[\"" D32 "\"]}}", true },
		{ ",\"pcrs\":{\"sha384\":{\"4\":[\"" D48 "\"]}}", true },
		{ ",\"pcrs\":{\"sha256\":{\"4\":[\"" ZERO "\"]}}", false },
		{ ",\"pcrs\":{\"sha256\":{\"4\":[\"" SEPARATOR "\"]}}", false },
		{ ",\"pcrs\":{\"sha256\":{\"4\":[\"" SEPARATOR_FF "\"]}}",
		  false },
		{ ",\"pcrs\":{\"sha256\":{\"4\":[\"" D32 "\",\"" SEPARATOR
		  "\"]}}",
		  false },
		{ ",\"pcrs\":{\"sha256\":{\"4\":[\"" D32
		  "\"]},\"sha1\":{\"4\":[\"" D20 "\"]}}",
		  true },
	};
	struct vkx_manifest m;
	char text[2048];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "%s%s}", GOOD, rows[i].pcrs);
		assert_true(parses(text, &m));
		if (m.boot_pinned != rows[i].pinned)
			fail_msg("%s", rows[i].pcrs);
		vkx_manifest_free(&m);
	}
}

static void whole(void **state)
{
	struct vkx_manifest m;

	(void)state;
	assert_true(parses(GOOD ",\"pcrs\":{\"sha256\":{\"0\":[\"" D32
				"\"],\"7\":[\"" D32 "\",\"" D32
				"\"]},\"sha1\":{\"0\":[\"" D20 "\"]}}}",
			   &m));
	assert_int_equal(m.nr_pcrs, 4);
	assert_int_equal(m.nr_artifacts, 1);
	assert_int_equal(m.release, 2);
	assert_int_equal(m.artifacts[0].locks_down, VKX_LOCKS_UNSAID);
	assert_int_equal(m.artifacts[0].nr_signers, 1);
	vkx_manifest_free(&m);
}

#define OTHER32 \
	"0303030303030303030303030303030303030303030303030303030303030303"

static bool takes_signer(const char *signer, struct vkx_manifest *m)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 HEAD ",\"artifacts\":[{\"release\":1,\"authenticode\":\"" D32
		      "\",%s,\"sections\":{\".linux\":\"" D32
		      "\",\".cmdline\":\"" D32 "\"}}]}",
		 signer);
	return parses(text, m);
}

/* A file that several have signed: each of them, in one spelling. */
static void signers(void **state)
{
	static const char *const bad[] = {
		"\"signer\":[]",
		"\"signer\":[\"" D32 "\"]",
		"\"signer\":[\"" D32 "\",\"" D32 "\"]",
		"\"signer\":[\"" D32 "\",\"" D20 "\"]",
		"\"signer\":[\"" D32 "\",3]",
		"\"signer\":{\"" D32 "\":\"" OTHER32 "\"}",
		"\"signer\":3",
	};
	uint8_t signer[32];
	struct vkx_manifest m;
	char many[9 * 68 + 32];
	size_t i, n;

	(void)state;
	assert_true(
		takes_signer("\"signer\":[\"" D32 "\",\"" OTHER32 "\"]", &m));
	assert_int_equal(m.artifacts[0].nr_signers, 2);
	memset(signer, 1, 32);
	assert_true(vkx_artifact_signed_by(&m.artifacts[0], signer));
	memset(signer, 3, 32);
	assert_true(vkx_artifact_signed_by(&m.artifacts[0], signer));
	signer[31] = 1;
	assert_false(vkx_artifact_signed_by(&m.artifacts[0], signer));
	vkx_manifest_free(&m);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (takes_signer(bad[i], &m))
			fail_msg("taken: %s", bad[i]);
	/* As many as a file can have signatures, and one more. */
	for (n = 8; n <= 9; n++) {
		strcpy(many, "\"signer\":[");
		for (i = 0; i < n; i++)
			sprintf(many + strlen(many), "%s\"%062x%02zx\"",
				i ? "," : "", 0, i);
		strcat(many, "]");
		assert_int_equal(takes_signer(many, &m), n == 8);
		if (n == 8)
			vkx_manifest_free(&m);
	}
}

/* Each of these is one member away from a good one. */
static void refused(void **state)
{
	static const char *const tails[] = {
		/* A member that may be a restriction. */
		",\"allow\":[]}",
		",\"product\":\"q\",\"product\":3}",
		",\"revoked\":[\"00\"]}",
		",\"bad_tpm_firmware\":[\"1\"]}",
		",\"minimum_sbat\":-1}",
		/* Pins that pin nothing. */
		",\"pcrs\":{\"sha256\":{\"0\":[]}}}",
		",\"pcrs\":{\"sha256\":{\"0\":[],\"1\":[\"" D32 "\"]}}}",
		",\"pcrs\":{\"sha256\":{}}}",
		",\"pcrs\":{}}",
		",\"pcrs\":[]}",
		",\"pcrs\":{\"sha256\":{\"0\":\"" D32 "\"}}}",
		",\"pcrs\":{\"sha256\":{\"0\":[\"" D20 "\"]}}}",
		",\"pcrs\":{\"md5\":{\"0\":[\"" D32 "\"]}}}",
		/* Or that no quote could be held against. */
		",\"pcrs\":{\"sha1\":{\"0\":[\"" D20 "\"]}}}",
		",\"pcrs\":{\"sha1\":{\"0\":[\"" D20
		"\"]},\"sha256\":{\"1\":[\"" D32 "\"]}}}",
		/* One spelling per PCR. */
		",\"pcrs\":{\"sha256\":{\"00\":[\"" D32 "\"]}}}",
		",\"pcrs\":{\"sha256\":{\" 0\":[\"" D32 "\"]}}}",
		",\"pcrs\":{\"sha256\":{\"-1\":[\"" D32 "\"]}}}",
		",\"pcrs\":{\"sha256\":{\"24\":[\"" D32 "\"]}}}",
		",\"pcrs\":{\"sha256\":{\"\":[\"" D32 "\"]}}}",
		/* What follows the end. */
		"} x",
		"}{}",
		"",
	};
	struct vkx_manifest m;
	char text[4096];
	size_t i;

	(void)state;
	assert_true(parses(GOOD "}", &m));
	vkx_manifest_free(&m);
	for (i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", GOOD, tails[i]);
		if (parses(text, &m))
			fail_msg("taken: %s", tails[i]);
	}
	assert_false(parses(HEAD "}", &m));
	assert_false(parses(
		HEAD ",\"artifacts\":[" ARTIFACT(",\"locks_down\":1") "]}",
		&m));
	assert_true(parses(
		HEAD ",\"artifacts\":[" ARTIFACT(",\"locks_down\":false") "]}",
		&m));
	assert_int_equal(m.artifacts[0].locks_down, VKX_LOCKS_NOT);
	vkx_manifest_free(&m);
	assert_false(parses(
		HEAD ",\"artifacts\":[" ARTIFACT(",\"rest\":1") "]}", &m));
	assert_false(parses(
		HEAD ",\"artifacts\":[" ARTIFACT("") "," ARTIFACT("") "]}",
		&m));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(signers),
		cmocka_unit_test(boot_pinned),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
