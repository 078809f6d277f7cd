/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files read in windows, with and without a thread that reads ahead, and files
 * that change while they are read (V63).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sha256.h"
#include "verify/stream.h"

static uint8_t *bytes;
static const size_t max = 9 * VKX_STREAM_WINDOW + 12345;

static int make_bytes(void **state)
{
	uint32_t x = 1;
	size_t i;

	(void)state;
	bytes = malloc(max);
	assert_non_null(bytes);
	for (i = 0; i < max; i++) {
		x = x * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(x >> 24);
	}
	return 0;
}

static int free_bytes(void **state)
{
	(void)state;
	free(bytes);
	return 0;
}

static void open_temp(struct vkx_infile *in, size_t len)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(vkx_infile_fd(in, dup(fileno(f))), 0);
	fclose(f);
}

static void compare(const struct vkx_infile *in, size_t offset, size_t len,
		    bool ahead)
{
	struct vkx_stream s;
	const uint8_t *p;
	size_t n, at = offset;

	assert_int_equal(vkx_stream_open(&s, in, offset, len, ahead), 0);
	for (;;) {
		assert_int_equal(vkx_stream_next(&s, &p, &n), 0);
		if (!n)
			break;
		assert_true(n <= VKX_STREAM_WINDOW);
		assert_true(at + n <= offset + len);
		/* Reading elsewhere is right, and slow. */
		if (in->fd >= 0)
			assert_int_equal((uintptr_t)p % VKX_STREAM_ALIGN, 0);
		assert_memory_equal(p, bytes + at, n);
		at += n;
	}
	assert_int_equal(at, offset + len);
	/* The end stays the end. */
	assert_int_equal(vkx_stream_next(&s, &p, &n), 0);
	assert_int_equal(n, 0);
	vkx_stream_close(&s);
}

static void every_way_gives_the_bytes(void **state)
{
	static const size_t sizes[] = { 0,
					1,
					VKX_STREAM_WINDOW - 1,
					VKX_STREAM_WINDOW,
					VKX_STREAM_WINDOW + 1,
					4 * VKX_STREAM_WINDOW,
					9 * VKX_STREAM_WINDOW + 12345 };
	struct vkx_infile file, mem;
	size_t i;

	(void)state;
	open_temp(&file, max);
	vkx_infile_memory(&mem, bytes, max);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		compare(&file, max - sizes[i], sizes[i], false);
		compare(&file, max - sizes[i], sizes[i], true);
		compare(&mem, max - sizes[i], sizes[i], false);
		compare(&mem, max - sizes[i], sizes[i], true);
	}
	vkx_infile_close(&file);
	vkx_infile_close(&mem);
}

/* Nothing is there to be read at whatever place, in a file or in memory. */
static void nothing_from_anywhere(void **state)
{
	static const uint64_t offsets[] = { 0, 4096, 0xfffffff0, UINT64_MAX };
	struct vkx_infile in[2];
	struct vkx_stream s;
	const uint8_t *p;
	unsigned int i;
	size_t n;

	(void)state;
	open_temp(&in[0], 4096);
	vkx_infile_memory(&in[1], bytes, 4096);
	for (i = 0; i < 2 * sizeof(offsets) / sizeof(offsets[0]); i++) {
		assert_int_equal(vkx_stream_open(&s, &in[i % 2], offsets[i / 2],
						 0, i % 2),
				 0);
		n = 1;
		assert_int_equal(vkx_stream_next(&s, &p, &n), 0);
		assert_int_equal(n, 0);
		vkx_stream_close(&s);
	}
	vkx_infile_close(&in[0]);
	vkx_infile_close(&in[1]);
}

/* Closed before its end, while the thread waits for room or reads. */
static void closed_early(void **state)
{
	struct vkx_infile file;
	struct vkx_stream s;
	const uint8_t *p;
	unsigned int i, n;
	size_t len;

	(void)state;
	open_temp(&file, max);
	for (i = 0; i < 50; i++) {
		assert_int_equal(vkx_stream_open(&s, &file, 0, max, true), 0);
		for (n = 0; n < i % 5; n++)
			assert_int_equal(vkx_stream_next(&s, &p, &len), 0);
		vkx_stream_close(&s);
	}
	vkx_infile_close(&file);
}

/* On one CPU the caller reads; the bytes are the same. */
static void no_thread_on_one_cpu(void **state)
{
	struct vkx_infile file;
	struct vkx_stream s;
	cpu_set_t all, one;
	size_t i = 0;

	(void)state;
	open_temp(&file, max);
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	while (!CPU_ISSET(i, &all))
		i++;
	CPU_ZERO(&one);
	CPU_SET(i, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(vkx_stream_open(&s, &file, 0, max, true), 0);
	assert_false(s.threaded);
	vkx_stream_close(&s);
	compare(&file, 0, max, true);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(vkx_stream_open(&s, &file, 0, max, true), 0);
	assert_int_equal(s.threaded, CPU_COUNT(&all) > 1);
	vkx_stream_close(&s);
	vkx_infile_close(&file);
}

/* V63: a file cut while it is read is an error, not a shorter file. */
static void cut_while_read(void **state)
{
	unsigned int ahead;

	(void)state;
	for (ahead = 0; ahead < 2; ahead++) {
		struct vkx_infile file;
		struct vkx_stream s;
		const uint8_t *p;
		size_t len, seen = 0;
		int err;

		open_temp(&file, max);
		assert_int_equal(ftruncate(file.fd, (off_t)max - 1), 0);
		assert_int_equal(vkx_stream_open(&s, &file, 0, max, ahead), 0);
		for (;;) {
			errno = 0;
			err = vkx_stream_next(&s, &p, &len);
			if (err || !len)
				break;
			seen += len;
		}
		assert_int_equal(err, -VKX_ERR_IO);
		assert_int_equal(errno, ESTALE);
		assert_true(seen < max);
		vkx_stream_close(&s);
		vkx_infile_close(&file);
	}
}

static void what_is_no_file(void **state)
{
	struct vkx_infile in;
	char buf[2];

	(void)state;
	assert_int_equal(vkx_infile_open(&in, "/proc/none"), -VKX_ERR_IO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(vkx_infile_open(&in, "/"), -VKX_ERR_IO);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(vkx_infile_open(&in, "/dev/null"), -VKX_ERR_IO);
	assert_int_equal(errno, ESPIPE);
	vkx_infile_memory(&in, "ab", 2);
	assert_int_equal(vkx_infile_read(&in, 1, buf, 2), -VKX_ERR_ARG);
	assert_int_equal(vkx_infile_read(&in, 3, buf, 0), -VKX_ERR_ARG);
	assert_int_equal(vkx_infile_read(&in, 2, buf, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_gives_the_bytes),
		cmocka_unit_test(nothing_from_anywhere),
		cmocka_unit_test(closed_early),
		cmocka_unit_test(no_thread_on_one_cpu),
		cmocka_unit_test(cut_while_read),
		cmocka_unit_test(what_is_no_file),
	};

	return cmocka_run_group_tests(tests, make_bytes, free_bytes);
}
