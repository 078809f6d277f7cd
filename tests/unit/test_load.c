/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vkexec-load without a kernel: what it asks the kernel and when, what it says
 * of each answer, and that nothing refused is ever shown to the kernel. The
 * state that the kernel would show lies in a folder made here.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <json-c/json.h>

#include "carry.h"
#include "kernel/load/explain.h"
#include "kernel/load/load.h"
#include "kernel/load/running.h"
#include "tests/unit/sig_fixture.h"
#include "tests/unit/uki_fixture.h"

/* --- a machine that is not there ------------------------------------------ */

static char sys[64];

static struct {
	int loads, answer; /* errno to fail with, 0: take it */
	unsigned long flags;
	off_t size; /* of the descriptor, -1: no descriptor */
	const char *status_after;
	bool systemd;
	int systemctl, synced, rebooted;
} kernel;

static void put(const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", sys, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void put_status(const char *text)
{
	put("kernel/security/vkexec/status", text);
}

static int fake_load(int fd, unsigned long flags)
{
	struct stat st;

	kernel.loads++;
	kernel.flags = flags;
	kernel.size = fstat(fd, &st) ? -1 : st.st_size;
	if (kernel.status_after)
		put_status(kernel.status_after);
	errno = kernel.answer;
	return kernel.answer ? -1 : 0;
}

static bool fake_systemd(void)
{
	return kernel.systemd;
}

static int fake_systemctl(void)
{
	kernel.systemctl++;
	errno = ENOENT;
	return -1;
}

static void fake_sync(void)
{
	kernel.synced++;
}

static int fake_reboot(void)
{
	assert_int_equal(kernel.synced, 1); /* before, not after */
	kernel.rebooted++;
	errno = EPERM;
	return -1;
}

static const struct vkx_syscalls fakes = { fake_load, fake_systemd,
					   fake_systemctl, fake_sync,
					   fake_reboot };

static const char idle[] = "enforcing: lockdown\nrefusals: 3\n"
			   "last-refusal: sig-none at 0 (error -129): old\n";

/* --- files ----------------------------------------------------------------- */

static struct vkx_trust trust;
static char file[80];
static size_t file_len;

static void write_file(const uint8_t *data, size_t len)
{
	FILE *f;

	snprintf(file, sizeof(file), "%s/uki.efi", sys);
	f = fopen(file, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
	file_len = len;
}

static uint8_t *plain_file(size_t *len_ret)
{
	static struct uki_fixture fixture;

	uki_fixture_default(&fixture);
	uki_fixture_remove(&fixture, ".dtb");
	return uki_fixture_build(&fixture, len_ret);
}

/* uki with one more signature; its certificate the trust may hold or not. */
static uint8_t *add_signature(uint8_t *uki, size_t *len,
			      const struct cert_spec *leaf, bool trusted,
			      enum forgery forge)
{
	struct derb cert;
	struct cms_spec spec = { .certs = { &cert },
				 .nr_certs = 1,
				 .signer = leaf,
				 .key = leaf->key,
				 .forge = forge };

	cert_make(leaf, &cert);
	uki = file_sign(uki, len, &spec);
	if (trusted)
		assert_int_equal(vkx_trust_add(&trust, cert.p, cert.len, NULL),
				 0);
	derb_free(&cert);
	return uki;
}

static void make_file(bool trusted, enum forgery forge)
{
	struct cert_spec leaf = cert_leaf(KEY_P256);
	size_t len;
	uint8_t *uki = plain_file(&len);

	uki = add_signature(uki, &len, &leaf, trusted, forge);
	write_file(uki, len);
	free(uki);
}

static struct vkx_load load_of(bool json)
{
	struct vkx_load load = { .calls = &fakes, .sys = sys, .json = json };

	load.params.trust = &trust;
	return load;
}

static int setup(void **state)
{
	char cmd[128];

	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	vkx_trust_init(&trust);
	strcpy(sys, "/tmp/vkx-load-XXXXXX");
	assert_non_null(mkdtemp(sys));
	snprintf(cmd, sizeof(cmd), "mkdir -p %s/kernel/security/vkexec", sys);
	assert_int_equal(system(cmd), 0);
	put_status(idle);
	put("kernel/kexec_loaded", "1\n");
	return 0;
}

static int teardown(void **state)
{
	char cmd[128];

	(void)state;
	vkx_trust_free(&trust);
	snprintf(cmd, sizeof(cmd), "rm -r %s", sys);
	return system(cmd);
}

/* What one call prints on a stream. */
static int out_saved, out_fd;

static void capture(int fd)
{
	char path[96];
	int tmp;

	fflush(NULL);
	out_fd = fd;
	out_saved = dup(fd);
	snprintf(path, sizeof(path), "%s/output", sys);
	tmp = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(tmp >= 0);
	dup2(tmp, fd);
	close(tmp);
}

static const char *captured(void)
{
	static char text[4096];
	char path[96];
	size_t n;
	FILE *f;

	fflush(NULL);
	dup2(out_saved, out_fd);
	close(out_saved);
	snprintf(path, sizeof(path), "%s/output", sys);
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	fclose(f);
	return text;
}

static void says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("'%s' is not in: %s", what, text);
}

static const char *json_field(const char *text, const char *key)
{
	static char value[256];
	struct json_object *obj = json_tokener_parse(text), *v = NULL;

	assert_non_null(obj);
	value[0] = 0;
	if (json_object_object_get_ex(obj, key, &v))
		snprintf(value, sizeof(value), "%s", json_object_get_string(v));
	json_object_put(obj);
	return value;
}

/* --- loading ---------------------------------------------------------------- */

static void a_trusted_file_is_loaded(void **state)
{
	struct vkx_load load = load_of(false);
	const char *text;

	(void)state;
	make_file(true, FORGE_NOTHING);
	kernel.status_after = "loaded: yes\nauthenticode: abcd\nrefusals: 3\n";
	capture(1);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_DONE);
	text = captured();
	says(text, "loaded, authenticode abcd");
	assert_int_equal(kernel.loads, 1);
	assert_int_equal(kernel.flags, VKX_LOAD_NO_INITRAMFS);
	assert_int_equal(kernel.size, file_len); /* the file, untouched */
}

static void for_a_panic(void **state)
{
	struct vkx_load load = load_of(true);
	const char *text;

	(void)state;
	load.crash = true;
	make_file(true, FORGE_NOTHING);
	kernel.status_after = "crash-loaded: yes\ncrash-authenticode: ef01\n";
	capture(1);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_DONE);
	text = captured();
	assert_string_equal(json_field(text, "authenticode"), "ef01");
	assert_string_equal(json_field(text, "crash"), "true");
	assert_string_equal(json_field(text, "loaded"), "true");
	assert_int_equal(kernel.flags,
			 VKX_LOAD_NO_INITRAMFS | VKX_LOAD_ON_CRASH);
}

/* With trust given: refused here, and the kernel is never asked. */
static void a_stranger_is_refused(void **state)
{
	struct cert_spec other = cert_leaf(KEY_P384);
	struct vkx_load load = load_of(false);
	struct derb cert;
	const char *text;

	(void)state;
	make_file(false, FORGE_NOTHING);
	cert_make(&other, &cert);
	assert_int_equal(vkx_trust_add(&trust, cert.p, cert.len, NULL), 0);
	derb_free(&cert);
	capture(2);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_REFUSED);
	text = captured();
	says(text, "the kernel was not asked");
	assert_int_equal(kernel.loads, 0);
}

/* Without: who signed is the kernel's question, all else is asked here. */
static void without_trust(void **state)
{
	struct vkx_load load = load_of(false);
	const char *text;

	(void)state;
	make_file(false, FORGE_NOTHING);
	kernel.answer = ENOKEY;
	kernel.status_after = "refusals: 4\nlast-refusal: sig-signer at 0 "
			      "(error -126): no trusted certificate\n";
	capture(2);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_REFUSED);
	text = captured();
	says(text, "refused by the kernel: no trusted certificate "
		   "(sig-signer, ENOKEY)");
	assert_int_equal(kernel.loads, 1);
}

/* One signature that may be the kernel's is enough, whatever others are; none
 * is not. */
static void without_trust_two_signatures(void **state)
{
	static const struct {
		const char *what;
		bool for_firmware[2]; /* no extended key usage */
		enum forgery forge[2];
		int asked;
	} rows[] = {
		{ "both fine", { false, false }, { 0, 0 }, 1 },
		{ "firmware's second", { false, true }, { 0, 0 }, 1 },
		{ "firmware's first", { true, false }, { 0, 0 }, 1 },
		{ "second wrong", { false, false }, { 0, FORGE_SIG_VALUE }, 1 },
		{ "first unread", { false, false }, { FORGE_VERSION, 0 }, 1 },
		{ "both firmware's", { true, true }, { 0, 0 }, 0 },
		{ "firmware's and a wrong one",
		  { true, false },
		  { 0, FORGE_SIG_VALUE },
		  0 },
	};
	struct cert_spec leaf[2] = { cert_leaf(KEY_P256), cert_leaf(KEY_P384) };
	struct vkx_load load = load_of(false);
	size_t i, j, len;
	uint8_t *uki;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uki = plain_file(&len);
		for (j = 0; j < 2; j++) {
			leaf[j].no_eku = rows[i].for_firmware[j];
			uki = add_signature(uki, &len, &leaf[j], false,
					    rows[i].forge[j]);
		}
		write_file(uki, len);
		free(uki);
		kernel.loads = 0;
		capture(rows[i].asked ? 1 : 2);
		assert_int_equal(vkx_load_file(&load, file),
				 rows[i].asked ? VKX_EXIT_DONE :
						 VKX_EXIT_REFUSED);
		says(captured(),
		     rows[i].asked ? ": loaded" : "the kernel was not asked");
		if (kernel.loads != rows[i].asked)
			fail_msg("%s: asked %d times", rows[i].what,
				 kernel.loads);
	}
	/* Who is given is held to. */
	uki = plain_file(&len);
	leaf[1].no_eku = true;
	for (j = 0; j < 2; j++)
		uki = add_signature(uki, &len, &leaf[j], j == 1, FORGE_NOTHING);
	write_file(uki, len);
	free(uki);
	kernel.loads = 0;
	capture(2);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_REFUSED);
	says(captured(), "sig-usage");
	assert_int_equal(kernel.loads, 0);
}

static void broken_files_never_reach_the_kernel(void **state)
{
	static const struct {
		enum forgery forge;
		const char *rule;
	} rows[] = {
		{ FORGE_SIG_VALUE, "sig-value" },
		{ FORGE_MESSAGE_DIGEST_WRONG, "sig-attributes" },
		{ FORGE_UNSIGNED_ATTRS, "sig-unsigned-attributes" },
		{ FORGE_TWO_SIGNERS, "sig-signers" },
	};
	struct vkx_load load = load_of(true);
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		make_file(true, rows[i].forge);
		capture(1);
		assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_REFUSED);
		text = captured();
		assert_string_equal(json_field(text, "loaded"), "false");
		assert_string_equal(json_field(text, "refused_by"), "check");
		assert_string_equal(json_field(text, "rule"), rows[i].rule);
	}
	write_file((const uint8_t *)"MZ", 2);
	capture(1);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_REFUSED);
	text = captured();
	assert_string_equal(json_field(text, "rule"), "pe-short");
	assert_int_equal(kernel.loads, 0);
}

/* A file that cannot be read is an answer, too, and no refusal. */
static void an_unread_file(void **state)
{
	struct vkx_load load = load_of(true);
	const char *text;

	(void)state;
	capture(1);
	assert_int_equal(vkx_load_file(&load, "/nonexistent/file"),
			 VKX_EXIT_FAILED);
	text = captured();
	assert_string_equal(json_field(text, "file"), "/nonexistent/file");
	assert_string_equal(json_field(text, "loaded"), "false");
	assert_string_equal(json_field(text, "error"),
			    "No such file or directory");
	assert_string_equal(json_field(text, "refused_by"), "");
	assert_int_equal(kernel.loads, 0);
}

/* V33: every byte of a small signed file counts here as in the kernel. */
static void a_flipped_file(void **state)
{
	struct vkx_load load = load_of(true);
	uint8_t *copy;
	FILE *f;
	size_t at, n;

	(void)state;
	make_file(true, FORGE_NOTHING);
	copy = malloc(file_len);
	f = fopen(file, "re");
	n = fread(copy, 1, file_len, f);
	fclose(f);
	assert_int_equal(n, file_len);
	capture(1);
	for (at = 5; at < n; at += 97) {
		copy[at] ^= 1;
		write_file(copy, n);
		(void)vkx_load_file(&load, file);
		copy[at] ^= 1;
	}
	captured();
	/* CheckSum and the table's own padding are nobody's business. */
	assert_true(kernel.loads <= 1);
	free(copy);
}

static void no_such_file(void **state)
{
	struct vkx_load load = load_of(false);

	(void)state;
	capture(2);
	assert_int_equal(vkx_load_file(&load, "/not/there"), VKX_EXIT_FAILED);
	says(captured(), "/not/there: No such file");
	assert_int_equal(kernel.loads, 0);
}

/* --- the kernel says no ------------------------------------------------------ */

static void every_errno(void **state)
{
	const struct vkx_explanation *e;
	struct vkx_load load = load_of(false);
	const char *text;
	size_t i;

	(void)state;
	make_file(true, FORGE_NOTHING);
	for (i = 0; (e = vkx_explain_at(i)); i++) {
		kernel.answer = e->error ? e->error : ENOTTY;
		capture(2);
		assert_int_equal(vkx_load_file(&load, file), e->status);
		text = captured();
		says(text, e->meaning);
		says(text, e->name);
		says(text, strerror(kernel.answer));
	}
	assert_true(i > 10);
}

/* An old refusal, or a load that failed without one, is not this load's. */
static void stale_refusals(void **state)
{
	struct vkx_load load = load_of(true);
	const char *text;

	(void)state;
	make_file(true, FORGE_NOTHING);
	kernel.answer = EBUSY;
	capture(1);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_FAILED);
	text = captured();
	assert_string_equal(json_field(text, "errno"), "EBUSY");
	assert_string_equal(json_field(text, "rule"), "");

	kernel.answer = ENOMEM;
	kernel.status_after = "refusals: 4\nlast-refusal: failed (error -12)\n";
	capture(1);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_FAILED);
	text = captured();
	assert_string_equal(json_field(text, "errno"), "ENOMEM");

	kernel.answer = EPERM;
	kernel.status_after = "refusals: 5\nlast-refusal: sbat-level at 7 "
			      "(error -1): rolled back\n";
	capture(1);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_REFUSED);
	text = captured();
	assert_string_equal(json_field(text, "rule"), "sbat-level");
	assert_string_equal(json_field(text, "reason"), "rolled back");
	assert_string_equal(json_field(text, "refused_by"), "kernel");
}

static void kernel_without_status(void **state)
{
	struct vkx_load load = load_of(false);

	(void)state;
	load.sys = "/not/there";
	make_file(true, FORGE_NOTHING);
	kernel.answer = ENOEXEC;
	capture(2);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_FAILED);
	says(captured(), "CONFIG_VKEXEC");
	kernel.answer = 0;
	capture(1);
	assert_int_equal(vkx_load_file(&load, file), VKX_EXIT_DONE);
	says(captured(), ": loaded\n");
}

/* --- the table --------------------------------------------------------------- */

/* Every errno of kernel/linux/refusal.c has a line, and no two are the same. */
static void the_table(void **state)
{
	static const int promised[] = { EBADMSG, EKEYREJECTED, ENOKEY, EPERM,
					EINVAL,	 ENODEV,       ENOMEM, E2BIG,
					EIO,	 EFAULT,       ENOEXEC };
	const struct vkx_explanation *e, *f;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(promised) / sizeof(*promised); i++) {
		e = vkx_explain(promised[i]);
		assert_int_equal(e->error, promised[i]);
		assert_string_equal(e->name, strerrorname_np(promised[i]));
	}
	for (i = 0; (e = vkx_explain_at(i)); i++)
		for (j = 0; j < i; j++) {
			f = vkx_explain_at(j);
			assert_int_not_equal(e->error, f->error);
			assert_string_not_equal(e->meaning, f->meaning);
		}
	assert_int_equal(vkx_explain(ENOTTY)->error, 0);
	assert_int_equal(vkx_explain(0)->error, 0);
}

/* --- status ------------------------------------------------------------------ */

static void status_forms(void **state)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{ "a: b\n", 0 },
		{ "a: b\nc: d: e\n", 0 },
		{ "a: \n", 0 },
		{ "", -VKX_ERR_FORMAT },
		{ "a: b", -VKX_ERR_FORMAT },
		{ "a\n", -VKX_ERR_FORMAT },
		{ "a\nb: c\n", -VKX_ERR_FORMAT },
		{ ": b\n", -VKX_ERR_FORMAT },
		{ "\na: b\n", -VKX_ERR_FORMAT },
	};
	struct vkx_running r;
	char long_text[20000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put_status(rows[i].text);
		assert_int_equal(vkx_running_read(sys, &r), rows[i].err);
		assert_int_equal(!r.count, !!rows[i].err);
	}
	for (i = 0; i + 5 < sizeof(long_text); i += 5)
		memcpy(long_text + i, "a: b\n", 6);
	put_status(long_text);
	assert_int_equal(vkx_running_read(sys, &r), -VKX_ERR_FORMAT);
	assert_int_equal(vkx_running_read("/not/there", &r), -VKX_ERR_NOTFOUND);
}

static void status_printed(void **state)
{
	struct vkx_load load = load_of(false);
	const char *text;

	(void)state;
	put_status("loaded: yes\nuname: \x1b[2Jx\nhop: 12\nzero: 007\n"
		   "authenticode: 00ff\nmeasured: no\n");
	capture(1);
	assert_int_equal(vkx_load_status(&load), VKX_EXIT_DONE);
	text = captured();
	says(text, "uname: \\x1b[2Jx\n");
	load.json = true;
	capture(1);
	assert_int_equal(vkx_load_status(&load), VKX_EXIT_DONE);
	text = captured();
	says(text, "\"loaded\":true");
	says(text, "\"hop\":12");
	says(text, "\"measured\":false");
	says(text, "\"zero\":\"007\"");
	load.sys = "/not/there";
	capture(2);
	assert_int_equal(vkx_load_status(&load), VKX_EXIT_FAILED);
	says(captured(), "CONFIG_VKEXEC");
}

/* --- facts ------------------------------------------------------------------- */

static FILE *facts_file;

static void facts_bytes(void *arg, const void *data, size_t len)
{
	(void)arg;
	assert_int_equal(fwrite(data, 1, len, facts_file), len);
}

static void put_facts(void)
{
	struct vkx_carry_sink sink = { .bytes = facts_bytes };
	const struct vkx_carry_item items[] = {
		{ VKX_CARRY_NODE, "/m", 2, "", 0, NULL, 0 },
		{ VKX_CARRY_PROP, "/m", 2, "type", 4, (const uint8_t *)"memory",
		  7 },
		{ VKX_CARRY_PROP, "/m", 2, "reg", 3,
		  (const uint8_t *)"\0\1\2\3", 4 },
		{ VKX_CARRY_PROP, "/m", 2, "flag", 4, NULL, 0 },
		{ VKX_CARRY_PROP, "/m", 2, "odd", 3, (const uint8_t *)"a\x1b[",
		  4 },
		{ VKX_CARRY_RESERVE, "", 0, "", 0,
		  (const uint8_t *)"\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\0\x20", 16 },
	};
	char path[160];
	size_t i;

	snprintf(path, sizeof(path), "%s/kernel/security/vkexec/facts", sys);
	facts_file = fopen(path, "we");
	assert_non_null(facts_file);
	vkx_carry_start(&sink);
	for (i = 0; i < sizeof(items) / sizeof(*items); i++)
		vkx_carry_add(&sink, &items[i]);
	fclose(facts_file);
}

static void facts_printed(void **state)
{
	struct vkx_load load = load_of(false);
	const char *text;

	(void)state;
	put_facts();
	capture(1);
	assert_int_equal(vkx_load_facts(&load), VKX_EXIT_DONE);
	text = captured();
	says(text, "node        /m\n");
	says(text, "property    /m:type = \"memory\"\n");
	says(text, "property    /m:reg = 00010203\n");
	says(text, "property    /m:flag\n");
	says(text, "property    /m:odd = 611b5b00\n");
	says(text, "reservation 0x1000 + 0x20\n");
	load.json = true;
	capture(1);
	assert_int_equal(vkx_load_facts(&load), VKX_EXIT_DONE);
	text = captured();
	assert_int_equal(strlen(json_field(text, "facts")), 64);
	says(text, "\"kind\":\"property\"");
	says(text, "\"value\":\"00010203\"");
}

static void facts_missing_or_broken(void **state)
{
	struct vkx_load load = load_of(false);

	(void)state;
	capture(2);
	assert_int_equal(vkx_load_facts(&load), VKX_EXIT_FAILED);
	says(captured(), "no kernel is loaded");
	put("kernel/security/vkexec/facts", "");
	capture(2);
	assert_int_equal(vkx_load_facts(&load), VKX_EXIT_FAILED);
	says(captured(), "no kernel is loaded");
	put("kernel/security/vkexec/facts", "VKXC and something else");
	capture(2);
	assert_int_equal(vkx_load_facts(&load), VKX_EXIT_FAILED);
	says(captured(), "not in the form");
}

/* --- unload and hand-over ------------------------------------------------------ */

static void unloading(void **state)
{
	struct vkx_load load = load_of(false);

	(void)state;
	capture(1);
	assert_int_equal(vkx_load_unload(&load), VKX_EXIT_DONE);
	captured();
	assert_int_equal(kernel.flags, VKX_LOAD_UNLOAD);
	assert_int_equal(kernel.size, -1);
	load.crash = true;
	kernel.answer = EPERM;
	capture(2);
	assert_int_equal(vkx_load_unload(&load), VKX_EXIT_FAILED);
	says(captured(), "EPERM");
	assert_int_equal(kernel.flags, VKX_LOAD_UNLOAD | VKX_LOAD_ON_CRASH);
}

static void handing_over(void **state)
{
	struct vkx_load load = load_of(false);

	(void)state;
	kernel.systemd = true;
	capture(2);
	assert_int_equal(vkx_load_exec(&load), VKX_EXIT_FAILED);
	says(captured(), "systemctl kexec");
	assert_int_equal(kernel.systemctl, 1);
	assert_int_equal(kernel.rebooted, 0);

	kernel.systemd = false;
	capture(2);
	assert_int_equal(vkx_load_exec(&load), VKX_EXIT_FAILED);
	captured();
	assert_int_equal(kernel.rebooted, 1);

	put("kernel/kexec_loaded", "0\n");
	capture(2);
	assert_int_equal(vkx_load_exec(&load), VKX_EXIT_FAILED);
	says(captured(), "no kernel is loaded");
	assert_int_equal(kernel.rebooted, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_trusted_file_is_loaded),
		T(for_a_panic),
		T(a_stranger_is_refused),
		T(without_trust),
		T(without_trust_two_signatures),
		T(broken_files_never_reach_the_kernel),
		T(an_unread_file),
		T(a_flipped_file),
		T(no_such_file),
		T(every_errno),
		T(stale_refusals),
		T(kernel_without_status),
		T(the_table),
		T(status_forms),
		T(status_printed),
		T(facts_printed),
		T(facts_missing_or_broken),
		T(unloading),
		T(handing_over),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	keys_free();
	return failed;
}
