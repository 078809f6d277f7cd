/* SPDX-License-Identifier: BSD-2-Clause */
/* Two files hashed by one thread, window by window: each as it would be alone,
 * whatever becomes of the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sha256.h"
#include "tests/unit/uki_fixture.h"
#include "verify/scan_pass.h"
#include "verify/stream.h"

#define INITRD_MAX (3 * VKX_STREAM_WINDOW + 777)

static uint8_t initrd[INITRD_MAX];

struct file {
	uint8_t *bytes;
	size_t len;
	struct vkx_infile in;
	struct vkx_scan scan;
	struct vkx_scan_params params;
	struct vkx_fault fault;
	int err;
};

/* A UKI with an initrd of this size, read through a descriptor. */
static void make(struct file *f, size_t size, uint8_t first)
{
	static struct uki_fixture fixture;
	struct uki_fixture_section *section;
	FILE *tmp = tmpfile();

	memset(f, 0, sizeof(*f));
	initrd[0] = first;
	uki_fixture_default(&fixture);
	section = uki_fixture_find(&fixture, ".initrd");
	section->data = initrd;
	section->size = size;
	f->bytes = uki_fixture_build(&fixture, &f->len);
	assert_non_null(tmp);
	assert_int_equal(fwrite(f->bytes, 1, f->len, tmp), f->len);
	assert_int_equal(fflush(tmp), 0);
	assert_int_equal(vkx_infile_fd(&f->in, dup(fileno(tmp))), 0);
	fclose(tmp);
}

static void overwrite(struct file *f, size_t at, uint8_t byte)
{
	assert_int_equal(pwrite(f->in.fd, &byte, 1, (off_t)at), 1);
	f->bytes[at] = byte;
}

static void begin(struct file *f)
{
	assert_int_equal(
		vkx_scan_open(&f->scan, &f->in, VKX_PE_STRICT, &f->fault), 0);
	assert_int_equal(vkx_scan_begin(&f->scan, &f->params), 0);
}

static void step_both(struct file *a, struct file *b)
{
	begin(a);
	begin(b);
	while (!vkx_scan_ended(&a->scan) || !vkx_scan_ended(&b->scan))
		vkx_scan_step(&a->scan, &b->scan);
	a->err = vkx_scan_end(&a->scan, &a->fault);
	b->err = vkx_scan_end(&b->scan, &b->fault);
}

/* The Authenticode digest, by the specification and in one go. */
static void is_right(const struct file *f)
{
	static const uint8_t zeros[8];
	struct vkx_sha256 ctx;
	uint8_t want[32];
	size_t i;

	assert_int_equal(f->err, 0);
	vkx_sha256_init(&ctx);
	vkx_sha256_update(&ctx, f->bytes, UKI_AT_CHECKSUM);
	vkx_sha256_update(&ctx, f->bytes + UKI_AT_CHECKSUM + 4,
			  UKI_AT_CERTDIR - UKI_AT_CHECKSUM - 4);
	vkx_sha256_update(&ctx, f->bytes + UKI_AT_CERTDIR + 8,
			  f->len - UKI_AT_CERTDIR - 8);
	vkx_sha256_update(&ctx, zeros, -f->len % 8);
	vkx_sha256_final(&ctx, want);
	assert_memory_equal(f->scan.digest[VKX_HASH_SHA256], want, 32);
	for (i = 0; f->params.components && i < VKX_PART_NR; i++) {
		const struct vkx_uki_part *part = &f->scan.uki.part[i];

		if (!part->present || i == VKX_PART_DTBAUTO)
			continue;
		vkx_sha256(f->bytes + part->offset, part->size, want);
		assert_memory_equal(f->scan.part_digest[i], want, 32);
	}
}

static void drop(struct file *f)
{
	vkx_scan_close(&f->scan);
	vkx_infile_close(&f->in);
	free(f->bytes);
}

static void pairs_hash_as_each_alone(void **state)
{
	static const size_t sizes[] = { 1, 70000, VKX_STREAM_WINDOW,
					2 * VKX_STREAM_WINDOW + 1, INITRD_MAX };
	const size_t n = sizeof(sizes) / sizeof(sizes[0]);
	struct file a, b;
	size_t i;

	(void)state;
	for (i = 0; i < 4 * n * n; i++) {
		make(&a, sizes[i % n], 1);
		make(&b, sizes[i / n % n], 2);
		a.params.components = i / n / n & 1;
		b.params.components = i / n / n >> 1;
		a.params.collect = true;
		b.params.read_ahead = true;
		step_both(&a, &b);
		is_right(&a);
		is_right(&b);
		drop(&a);
		drop(&b);
	}
}

/* One that is cut, or breaks a rule, leaves the other's digest alone. */
static void a_bad_partner(void **state)
{
	struct file f[2];
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct file *good = &f[i & 1], *bad = &f[!(i & 1)];

		make(good, INITRD_MAX, 1);
		make(bad, INITRD_MAX, 2);
		if (i & 2)
			overwrite(bad, bad->len - 1, 1);
		else
			assert_int_equal(
				ftruncate(bad->in.fd, (off_t)bad->len - 1), 0);
		errno = 0;
		step_both(&f[0], &f[1]);
		is_right(good);
		if (i & 2) {
			assert_int_equal(bad->err, -VKX_ERR_FORMAT);
			assert_int_equal(bad->fault.rule, VKX_RULE_UKI_PADDING);
			assert_int_equal(bad->fault.offset, bad->len - 1);
		} else {
			assert_int_equal(bad->err, -VKX_ERR_IO);
			assert_int_equal(errno, ESTALE);
		}
		assert_false(bad->scan.has_digest[VKX_HASH_SHA256]);
		drop(&f[0]);
		drop(&f[1]);
	}
}

/* Given up half-way, or asked for its result too early. */
static void not_to_its_end(void **state)
{
	struct file a, b;

	(void)state;
	make(&a, INITRD_MAX, 1);
	make(&b, INITRD_MAX, 2);
	begin(&a);
	begin(&b);
	vkx_scan_step(&a.scan, &b.scan);
	assert_int_equal(vkx_scan_end(&a.scan, &a.fault), -VKX_ERR_BUG);
	assert_false(a.scan.has_digest[VKX_HASH_SHA256]);
	drop(&a);
	drop(&b);
}

static int make_initrd(void **state)
{
	uint32_t x = 1;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(initrd); i++) {
		x = x * 1664525u + 1013904223u;
		initrd[i] = (uint8_t)(x >> 24);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_hash_as_each_alone),
		cmocka_unit_test(a_bad_partner),
		cmocka_unit_test(not_to_its_end),
	};

	return cmocka_run_group_tests(tests, make_initrd, NULL);
}
