/* SPDX-License-Identifier: BSD-2-Clause */
/* What an auditor remembers: comes back as it was, and only ever grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/outfile.h"
#include "measure/state.h"

static char dir[64], file[96];

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_state.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/state", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

static struct vkx_state *opened(void)
{
	struct vkx_state *s;
	const char *what;

	if (vkx_state_open(file, &s, &what))
		fail_msg("%s", what ? what : strerror(errno));
	return s;
}

/* AK number n: nameAlg and 32 bytes. */
static struct vkx_span ak(unsigned int n)
{
	static uint8_t name[34] = { 0, 0x0b };

	memcpy(name + 2, &n, sizeof(n));
	memcpy(name + 30, &n, sizeof(n));
	return (struct vkx_span){ name, sizeof(name) };
}

static struct vkx_seen seen_at(uint64_t clock)
{
	struct vkx_seen s = { .clock = clock,
			      .firmware = 0x8000000000000001,
			      .reset_count = 4000000000u,
			      .restart_count = 2 };

	memcpy(s.nonce, &clock, sizeof(clock));
	return s;
}

static void remembers(void **state)
{
	struct vkx_seen now = seen_at(1000), other = seen_at(1000);
	struct vkx_state *s = opened();
	unsigned int i;

	(void)state;
	for (i = 0; i < 500; i++)
		assert_int_equal(vkx_state_take(s, ak(i), &now, 0),
				 VKX_REASON_FINE);
	/* V100: a nonce is good once, in one audit or the next. */
	assert_int_equal(vkx_state_take(s, ak(7), &now, 0),
			 VKX_REASON_NONCE_REUSED);
	assert_int_equal(vkx_state_raise(s, "a \"b\" \n\xc3\xa9", 7), 0);
	assert_int_equal(vkx_state_raise(s, "a \"b\" \n\xc3\xa9", 6), 0);
	assert_int_equal(vkx_state_save(s), 0);
	vkx_state_close(s);

	s = opened();
	assert_int_equal(vkx_state_release(s, "a \"b\" \n\xc3\xa9"), 7);
	assert_int_equal(vkx_state_release(s, "a"), 0);
	for (i = 0; i < 500; i++)
		assert_int_equal(vkx_state_take(s, ak(i), &now, 0),
				 VKX_REASON_NONCE_REUSED);
	other.nonce[31] = 1;
	other.clock--;
	assert_int_equal(vkx_state_take(s, ak(7), &other, 0),
			 VKX_REASON_CLOCK_BACK);
	other.clock++;
	other.firmware++;
	assert_int_equal(vkx_state_take(s, ak(7), &other, 0),
			 VKX_REASON_TPM_CHANGED);
	other.firmware--;
	other.restart_count = 1;
	assert_int_equal(vkx_state_take(s, ak(7), &other, 0),
			 VKX_REASON_CLOCK_RESTART);
	other.reset_count++;
	assert_int_equal(vkx_state_take(s, ak(7), &other, 1),
			 VKX_REASON_CLOCK_RESET);
	/* What was refused is not what is known from here on. */
	assert_int_equal(vkx_state_take(s, ak(7), &other, 2), VKX_REASON_FINE);
	assert_int_equal(vkx_state_take(s, ak(7), &now, 2),
			 VKX_REASON_CLOCK_RESET);
	assert_int_equal(vkx_state_take(s, ak(501), &now, 0), VKX_REASON_FINE);
	vkx_state_close(s);
	/* Not saved: nothing of it. */
	s = opened();
	assert_int_equal(vkx_state_take(s, ak(501), &now, 0), VKX_REASON_FINE);
	vkx_state_close(s);
}

/* V107: a TPM that lost its power keeps of its clock what it had saved, and
 * says so; only then may the clock be behind, and only past a reset. */
static void power_cuts(void **state)
{
	static const struct {
		uint32_t resets; /* that the TPM counted since */
		bool unsafe;
		uint32_t allowed;
		enum vkx_reason reason;
	} rows[] = {
		{ 1, true, 1, VKX_REASON_FINE },
		{ 2, true, 5, VKX_REASON_FINE },
		{ 1, true, 0, VKX_REASON_CLOCK_RESET },
		{ 2, true, 1, VKX_REASON_CLOCK_RESET },
		{ 1, false, 1, VKX_REASON_CLOCK_BACK },
		{ 0, true, 1, VKX_REASON_CLOCK_BACK },
		{ 0, false, 1, VKX_REASON_CLOCK_BACK },
	};
	struct vkx_seen then = seen_at(33667), now;
	struct vkx_state *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		now = seen_at(26716);
		now.reset_count += rows[i].resets;
		now.restart_count = rows[i].resets ? 0 : 2;
		now.unsafe = rows[i].unsafe;
		if (vkx_seen_after(&then, &now, rows[i].allowed) !=
		    rows[i].reason)
			fail_msg("row %zu", i);
	}
	/* What it says then is what it is held to. */
	s = opened();
	now = seen_at(26716);
	now.reset_count++;
	now.restart_count = 0;
	now.unsafe = true;
	assert_int_equal(vkx_state_take(s, ak(1), &then, 0), VKX_REASON_FINE);
	assert_int_equal(vkx_state_take(s, ak(1), &now, 1), VKX_REASON_FINE);
	now.clock--;
	now.nonce[31] = 1;
	assert_int_equal(vkx_state_take(s, ak(1), &now, 1),
			 VKX_REASON_CLOCK_BACK);
	vkx_state_close(s);
}

static void refuses(void **state)
{
#define SEEN                                                           \
	"{\"nonce_sha256\":"                                           \
	"\"0000000000000000000000000000000000000000000000000000000000" \
	"000000\",\"clock\":1,\"reset_count\":1,\"restart_count\":1,"  \
	"\"firmware\":\"0000000000000001\"}"
#define NAME                                                            \
	"\"000b0000000000000000000000000000000000000000000000000000000" \
	"000000000\""
	static const char *const bad[] = {
		"x",
		"[]",
		"{}",
		"{\"vkexec_state\":1,\"products\":{}}",
		"{\"vkexec_state\":2,\"products\":{},\"machines\":{}}",
		"{\"vkexec_state\":1,\"products\":{},\"machines\":[]}",
		"{\"vkexec_state\":1,\"products\":{\"a\":-1},\"machines\":{}}",
		"{\"vkexec_state\":1,\"products\":{\"a\":\"1\"},\"machines\":{}}",
		"{\"vkexec_state\":1,\"products\":{},\"machines\":{},\"x\":1}",
		"{\"vkexec_state\":1,\"products\":{},\"machines\":{\"00\":" SEEN
		"}}",
		"{\"vkexec_state\":1,\"products\":{},\"machines\":{" NAME
		":{}}}",
		"{\"vkexec_state\":1,\"products\":{},\"machines\":{" NAME
		":" SEEN "}} x",
	};
	static const char good[] =
		"{\"vkexec_state\":1,\"products\":{},\"machines\":{" NAME
		":" SEEN "}}";
	struct vkx_state *s;
	const char *what;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(vkx_outfile_put(file, VKX_OUTFILE_PUBLIC,
						 bad[i], strlen(bad[i])),
				 0);
		if (vkx_state_open(file, &s, &what) != -VKX_ERR_FORMAT)
			fail_msg("taken: %s", bad[i]);
		assert_non_null(what);
	}
	assert_int_equal(
		vkx_outfile_put(file, VKX_OUTFILE_PUBLIC, good, strlen(good)),
		0);
	vkx_state_close(opened());
	/* Cut anywhere it is not taken for less. */
	for (i = 1; i + 1 < sizeof(good); i++) {
		assert_int_equal(
			vkx_outfile_put(file, VKX_OUTFILE_PUBLIC, good, i), 0);
		assert_int_equal(vkx_state_open(file, &s, &what),
				 -VKX_ERR_FORMAT);
	}
	assert_int_equal(vkx_state_open("/nowhere/state", &s, &what),
			 -VKX_ERR_IO);
	assert_null(what);
}

/* What lost everything is not what never had anything. */
static void empty_is_lost(void **state)
{
	struct vkx_seen now = seen_at(1000);
	struct vkx_state *s = opened();
	const char *what;
	struct stat st;

	(void)state;
	/* Never saved: there all the same, and not empty. */
	vkx_state_close(s);
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_size > 0);
	s = opened();
	assert_int_equal(vkx_state_take(s, ak(1), &now, 0), VKX_REASON_FINE);
	assert_int_equal(vkx_state_save(s), 0);
	vkx_state_close(s);
	assert_int_equal(truncate(file, 0), 0);
	assert_int_equal(vkx_state_open(file, &s, &what), -VKX_ERR_FORMAT);
	assert_non_null(strstr(what, "is empty"));
}

/* Who goes by the link and who goes by the file see one memory. */
static void through_a_link(void **state)
{
	struct vkx_seen now = seen_at(1000);
	struct vkx_state *s;
	const char *what;
	char link[96];
	struct stat st;

	(void)state;
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink("state", link), 0);
	assert_int_equal(vkx_state_open(link, &s, &what), -VKX_ERR_FORMAT);
	vkx_state_close(opened());
	assert_int_equal(chmod(file, 0640), 0);
	assert_int_equal(vkx_state_open(link, &s, &what), 0);
	assert_int_equal(vkx_state_take(s, ak(1), &now, 0), VKX_REASON_FINE);
	assert_int_equal(vkx_state_save(s), 0);
	vkx_state_close(s);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	s = opened();
	assert_int_equal(vkx_state_take(s, ak(1), &now, 0),
			 VKX_REASON_NONCE_REUSED);
	vkx_state_close(s);
	unlink(link);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(remembers, setup, teardown),
		cmocka_unit_test_setup_teardown(power_cuts, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(empty_is_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(through_a_link, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
