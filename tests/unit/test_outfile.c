/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "keys/outfile.h"

static char dir[64];

static char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static size_t read_back(const char *path, char *buf, size_t max)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		return (size_t)-1;
	n = fread(buf, 1, max, f);
	fclose(f);
	return n;
}

static int entries(void)
{
	DIR *d = opendir(dir);
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/vkx-outfile-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char cmd[96];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

static void writes_and_replaces(void **state)
{
	char buf[16];

	(void)state;
	assert_int_equal(
		vkx_outfile_put(in_dir("a"), VKX_OUTFILE_PUBLIC, "one", 3), 0);
	assert_int_equal(
		vkx_outfile_put(in_dir("a"), VKX_OUTFILE_PUBLIC, "other", 5),
		0);
	assert_int_equal(read_back(in_dir("a"), buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "other", 5);
	assert_int_equal(entries(), 1);
}

/* V115: nothing of an output that was not committed is ever seen. */
static void abort_leaves_the_old_file(void **state)
{
	struct vkx_outfile out;
	char buf[16];

	(void)state;
	assert_int_equal(
		vkx_outfile_put(in_dir("a"), VKX_OUTFILE_PUBLIC, "old", 3), 0);
	assert_int_equal(
		vkx_outfile_open(&out, in_dir("a"), VKX_OUTFILE_PUBLIC), 0);
	assert_int_equal(vkx_outfile_write(&out, "newer", 5), 0);
	assert_int_equal(read_back(in_dir("a"), buf, sizeof(buf)), 3);
	vkx_outfile_abort(&out);
	vkx_outfile_abort(&out);
	assert_int_equal(read_back(in_dir("a"), buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "old", 3);
	assert_int_equal(entries(), 1);
}

static void pwrite_patches(void **state)
{
	struct vkx_outfile out;
	char buf[16];

	(void)state;
	assert_int_equal(
		vkx_outfile_open(&out, in_dir("a"), VKX_OUTFILE_PUBLIC), 0);
	assert_int_equal(vkx_outfile_write(&out, "....tail", 8), 0);
	assert_int_equal(vkx_outfile_pwrite(&out, "head", 4, 0), 0);
	assert_int_equal(vkx_outfile_write(&out, "!", 1), 0);
	assert_int_equal(vkx_outfile_commit(&out), 0);
	assert_int_equal(read_back(in_dir("a"), buf, sizeof(buf)), 9);
	assert_memory_equal(buf, "headtail!", 9);
}

/* V117: modes under the umasks that hurt. */
static void modes_under_any_umask(void **state)
{
	static const struct {
		mode_t umask, mode, want;
	} rows[] = {
		{ 0, VKX_OUTFILE_SECRET, 0600 },
		{ 0777, VKX_OUTFILE_SECRET, 0600 },
		{ 0022, VKX_OUTFILE_PUBLIC, 0644 },
		{ 0077, VKX_OUTFILE_PUBLIC, 0600 },
		{ 0777, VKX_OUTFILE_PUBLIC, 0600 },
	};
	struct stat st;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mode_t was = umask(rows[i].umask);

		assert_int_equal(
			vkx_outfile_put(in_dir("m"), rows[i].mode, "", 0), 0);
		umask(was);
		assert_int_equal(stat(in_dir("m"), &st), 0);
		assert_int_equal(st.st_mode & 07777, rows[i].want);
		assert_int_equal(unlink(in_dir("m")), 0);
	}
}

/* Who could not read the old file cannot read the new one; an update keeps the
 * mode as it was. */
static void modes_of_what_is_replaced(void **state)
{
	static const struct {
		mode_t old, mode, want, updated;
	} rows[] = {
		{ 0600, VKX_OUTFILE_PUBLIC, 0600, 0600 },
		{ 0640, VKX_OUTFILE_PUBLIC, 0640, 0640 },
		{ 0755, VKX_OUTFILE_PUBLIC, 0644, 0755 },
		{ 0666, VKX_OUTFILE_PUBLIC, 0644, 0666 },
		{ 0444, VKX_OUTFILE_PUBLIC, 0644, 0444 },
		{ 04755, VKX_OUTFILE_PUBLIC, 0644, 0755 },
		{ 0644, VKX_OUTFILE_SECRET, 0600, 0644 },
	};
	mode_t was = umask(0022);
	struct stat st;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(vkx_outfile_put(in_dir("m"), 0666, "", 0), 0);
		assert_int_equal(chmod(in_dir("m"), rows[i].old), 0);
		assert_int_equal(
			vkx_outfile_put(in_dir("m"), rows[i].mode, "", 0), 0);
		assert_int_equal(stat(in_dir("m"), &st), 0);
		assert_int_equal(st.st_mode & 07777, rows[i].want);
		assert_int_equal(chmod(in_dir("m"), rows[i].old), 0);
		assert_int_equal(vkx_outfile_update(in_dir("m"), "", 0), 0);
		assert_int_equal(stat(in_dir("m"), &st), 0);
		assert_int_equal(st.st_mode & 07777, rows[i].updated);
		assert_int_equal(unlink(in_dir("m")), 0);
	}
	/* A link that somebody else planted tells nothing about modes. */
	assert_int_equal(vkx_outfile_put(in_dir("m"), 0666, "", 0), 0);
	assert_int_equal(chmod(in_dir("m"), 0777), 0);
	assert_int_equal(symlinkat("m", AT_FDCWD, in_dir("link")), 0);
	assert_int_equal(vkx_outfile_update(in_dir("link"), "", 0), 0);
	assert_int_equal(lstat(in_dir("link"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	umask(was);
}

/* An update stays its owner's, where we may give files away. */
static void owner_of_what_is_updated(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(vkx_outfile_put(in_dir("o"), 0666, "", 0), 0);
	assert_int_equal(chmod(in_dir("o"), 0660), 0);
	if (chown(in_dir("o"), 1234, 4321))
		skip();
	assert_int_equal(vkx_outfile_update(in_dir("o"), "x", 1), 0);
	assert_int_equal(stat(in_dir("o"), &st), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 4321);
	assert_int_equal(st.st_mode & 07777, 0660);
	/* Another file in its place is ours. */
	assert_int_equal(vkx_outfile_put(in_dir("o"), 0666, "x", 1), 0);
	assert_int_equal(stat(in_dir("o"), &st), 0);
	assert_int_equal(st.st_uid, getuid());
}

/* Nothing that is there by now is replaced, be it a file or a link. */
static void new_only(void **state)
{
	struct vkx_outfile out;
	char buf[16];
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(
			vkx_outfile_open(&out, in_dir("n"), VKX_OUTFILE_PUBLIC),
			0);
		assert_int_equal(vkx_outfile_write(&out, "mine", 4), 0);
		if (i == 1)
			assert_int_equal(
				vkx_outfile_put(in_dir("n"), 0666, "other", 5),
				0);
		if (i == 2)
			assert_int_equal(
				symlinkat("gone", AT_FDCWD, in_dir("n")), 0);
		errno = 0;
		assert_int_equal(vkx_outfile_commit_new(&out),
				 i ? -VKX_ERR_IO : 0);
		assert_int_equal(errno, i ? EEXIST : 0);
		if (i < 2)
			assert_int_equal(
				read_back(in_dir("n"), buf, sizeof(buf)),
				i ? 5 : 4);
		assert_int_equal(unlink(in_dir("n")), 0);
		assert_int_equal(entries(), 0);
	}
}

/* V115: until the commit the old file stays, and nothing outlives an abort. */
static void prepared(void **state)
{
	static const char *const want[] = { "old", "new", "new" };
	struct vkx_outfile out;
	char buf[16];
	int i;

	(void)state;
	assert_int_equal(vkx_outfile_put(in_dir("p"), 0666, "old", 3), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(vkx_outfile_open(&out, in_dir("p"), 0666), 0);
		assert_int_equal(
			vkx_outfile_write(&out, i < 2 ? "new" : "two", 3), 0);
		assert_int_equal(vkx_outfile_prepare(&out), 0);
		assert_int_equal(read_back(in_dir("p"), buf, sizeof(buf)), 3);
		assert_memory_equal(buf, want[i == 2], 3);
		if (i == 0)
			vkx_outfile_abort(&out);
		else if (i == 1)
			assert_int_equal(vkx_outfile_commit(&out), 0);
		else
			assert_int_equal(vkx_outfile_commit_new(&out),
					 -VKX_ERR_IO);
		assert_int_equal(read_back(in_dir("p"), buf, sizeof(buf)), 3);
		assert_memory_equal(buf, want[i], 3);
		assert_int_equal(entries(), 1);
	}
}

/* V117: a link planted at the target is replaced, its aim left alone. */
static void symlink_is_replaced_not_followed(void **state)
{
	char aim[128], buf[16];
	struct stat st;

	(void)state;
	strcpy(aim, in_dir("aim"));
	assert_int_equal(vkx_outfile_put(aim, VKX_OUTFILE_PUBLIC, "keep", 4),
			 0);
	assert_int_equal(symlink(aim, in_dir("link")), 0);
	assert_int_equal(
		vkx_outfile_put(in_dir("link"), VKX_OUTFILE_SECRET, "new", 3),
		0);
	assert_int_equal(lstat(in_dir("link"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(read_back(aim, buf, sizeof(buf)), 4);
	assert_memory_equal(buf, "keep", 4);
}

static void device_is_written_not_replaced(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(
		vkx_outfile_put("/dev/null", VKX_OUTFILE_PUBLIC, "x", 1), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(
		vkx_outfile_put("/dev/full", VKX_OUTFILE_PUBLIC, "x", 1),
		-VKX_ERR_IO);
	assert_int_equal(errno, ENOSPC);
}

static void bad_targets(void **state)
{
	struct vkx_outfile out;
	char name[400];

	(void)state;
	assert_int_equal(vkx_outfile_open(&out, dir, 0600), -VKX_ERR_IO);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(vkx_outfile_open(&out, in_dir("no/such"), 0600),
			 -VKX_ERR_IO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(vkx_outfile_open(&out, in_dir(""), 0600), -VKX_ERR_IO);
	assert_int_equal(vkx_outfile_open(&out, "", 0600), -VKX_ERR_IO);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(vkx_outfile_open(&out, name, 0600), -VKX_ERR_IO);
	assert_int_equal(errno, ENAMETOOLONG);
	vkx_outfile_abort(&out);
	assert_int_equal(entries(), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(writes_and_replaces),
		T(abort_leaves_the_old_file),
		T(pwrite_patches),
		T(modes_under_any_umask),
		T(modes_of_what_is_replaced),
		T(owner_of_what_is_updated),
		T(new_only),
		T(prepared),
		T(symlink_is_replaced_not_followed),
		T(device_is_written_not_replaced),
		T(bad_targets),
	};

	return cmocka_run_group_tests_name("outfile", tests, NULL, NULL);
}
