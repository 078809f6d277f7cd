/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/base64.h"
#include "measure/jsonline.h"

#define TAR_BLOCK 512u
#define READ_AHEAD 32768u

static const struct {
	const char *name;
	bool needed;
} files[VKX_EVIDENCE_NR] = {
#define VKX_EVIDENCE_ROW(symbol, name, needed) { name, needed },
	VKX_EVIDENCE_FILES(VKX_EVIDENCE_ROW)
#undef VKX_EVIDENCE_ROW
};

const char *vkx_evidence_name(enum vkx_evidence_file file)
{
	return files[file].name;
}

static int complete(const struct vkx_evidence *ev, const char **missing_ret)
{
	size_t i;

	for (i = 0; i < VKX_EVIDENCE_NR; i++)
		if (files[i].needed && !ev->file[i].p) {
			*missing_ret = files[i].name;
			return -VKX_ERR_NOTFOUND;
		}
	return 0;
}

int vkx_room_need(struct vkx_room *room, size_t size)
{
	uint8_t *grown;

	if (size <= room->size)
		return 0;
	if (size < 2 * room->size)
		size = 2 * room->size;
	grown = realloc(room->data, size);
	if (!grown)
		return -VKX_ERR_NOMEM;
	room->data = grown;
	room->size = size;
	return 0;
}

void vkx_room_free(struct vkx_room *room)
{
	free(room->data);
	memset(room, 0, sizeof(*room));
}

/* Appends all of an open file; two reads where it is of the usual size. */
static int append(int fd, size_t max, struct vkx_room *room, size_t *used)
{
	size_t start = *used, end = start;
	ssize_t n;
	int err;

	for (;;) {
		err = vkx_room_need(room, end + READ_AHEAD);
		if (err)
			return err;
		n = read(fd, room->data + end, room->size - end);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -VKX_ERR_IO;
		if (n == 0)
			break;
		end += (size_t)n;
		if (end - start > max)
			return -VKX_ERR_LIMIT;
	}
	*used = end;
	return 0;
}

static int append_file(int dirfd, const char *name, struct vkx_room *room,
		       size_t *used)
{
	/* A pipe among the files must not hold up all other machines. */
	int fd = openat(dirfd, name,
			O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int err, saved;

	if (fd < 0)
		return errno == ENOENT ? -VKX_ERR_NOTFOUND : -VKX_ERR_IO;
	err = append(fd, VKX_MAX_LOG, room, used);
	saved = errno;
	close(fd);
	errno = saved;
	return err;
}

static int read_dir(int dirfd, struct vkx_room *room, struct vkx_evidence *ev)
{
	size_t at[VKX_EVIDENCE_NR], used = 0, i;
	bool there[VKX_EVIDENCE_NR];
	int err;

	for (i = 0; i < VKX_EVIDENCE_NR; i++) {
		at[i] = used;
		err = append_file(dirfd, files[i].name, room, &used);
		if (err && err != -VKX_ERR_NOTFOUND)
			return err;
		there[i] = !err;
		ev->file[i].len = used - at[i];
	}
	/* The room stands still only now. */
	for (i = 0; i < VKX_EVIDENCE_NR; i++)
		if (there[i])
			ev->file[i].p = room->data + at[i];
	return 0;
}

/* --- tar ------------------------------------------------------------------*/

/* POSIX 1003.1 pax, "ustar Interchange Format". */
struct tar_field {
	size_t at, len;
};
static const struct tar_field tar_name = { 0, 100 }, tar_mode = { 100, 8 },
			      tar_uid = { 108, 8 }, tar_gid = { 116, 8 },
			      tar_size = { 124, 12 }, tar_mtime = { 136, 12 },
			      tar_sum = { 148, 8 }, tar_magic = { 257, 6 };
#define TAR_TYPE 156u

static bool tar_octal(const uint8_t *block, struct tar_field f, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i;

	for (i = f.at; i < f.at + f.len && block[i] == ' '; i++)
		;
	for (; i < f.at + f.len && block[i] >= '0' && block[i] <= '7'; i++)
		v = v << 3 | (block[i] - '0');
	if (i < f.at + f.len && block[i] != 0 && block[i] != ' ')
		return false;
	*ret = v;
	return true;
}

static uint64_t tar_checksum(const uint8_t *block)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++)
		sum += i >= tar_sum.at && i < tar_sum.at + tar_sum.len ?
			       ' ' :
			       block[i];
	return sum;
}

/* Which of our files a member is, by the last part of its name; or NR. */
static size_t tar_which(const uint8_t *block)
{
	char name[101], *base;
	size_t i;

	memcpy(name, block, 100);
	name[100] = 0;
	base = strrchr(name, '/');
	base = base ? base + 1 : name;
	for (i = 0; i < VKX_EVIDENCE_NR; i++)
		if (!strcmp(base, files[i].name))
			break;
	return i;
}

/* Points file[] into the tar. */
static int read_tar(const uint8_t *tar, size_t left, struct vkx_evidence *ev)
{
	const uint8_t *p = tar, *block;
	size_t which;
	uint64_t size, sum, padded;

	while (left >= TAR_BLOCK && p[0]) {
		block = p;
		if (memcmp(block + tar_magic.at, "ustar", 5) != 0 ||
		    !tar_octal(block, tar_size, &size) ||
		    !tar_octal(block, tar_sum, &sum) ||
		    sum != tar_checksum(block))
			return -VKX_ERR_FORMAT;
		padded = (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
		p += TAR_BLOCK;
		left -= TAR_BLOCK;
		if (size > VKX_MAX_EVIDENCE || padded > left)
			return -VKX_ERR_FORMAT;
		which = tar_which(block);
		if (which < VKX_EVIDENCE_NR &&
		    (block[TAR_TYPE] == '0' || block[TAR_TYPE] == 0)) {
			/* The second of two would be another reader's first. */
			if (ev->file[which].p)
				return -VKX_ERR_FORMAT;
			ev->file[which].p = p;
			ev->file[which].len = (size_t)size;
		}
		p += padded;
		left -= (size_t)padded;
	}
	return p == tar ? -VKX_ERR_FORMAT : 0;
}

/* A directory, which cannot be read, or a tar. */
static int read_either(int fd, struct vkx_room *room, struct vkx_evidence *ev)
{
	size_t used = 0;
	int err = append(fd, VKX_MAX_EVIDENCE, room, &used);

	if (err == -VKX_ERR_IO && errno == EISDIR)
		return read_dir(fd, room, ev);
	return err ? err : read_tar(room->data, used, ev);
}

/* "fleet/machine-17.tar" and "fleet/machine-17/" are of machine-17. */
static struct vkx_span machine_of(const char *path)
{
	size_t end = strlen(path), start;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (start = end; start && path[start - 1] != '/'; start--)
		;
	if (end - start > 4 && !memcmp(path + end - 4, ".tar", 4))
		end -= 4;
	return (struct vkx_span){ (const uint8_t *)path + start, end - start };
}

int vkx_evidence_read(const char *path, struct vkx_room *room,
		      struct vkx_evidence *ev_ret, const char **missing_ret)
{
	struct vkx_evidence ev = { 0 };
	int fd, err, saved;

	*missing_ret = NULL;
	/* A pipe that nobody writes to must not hold up all other machines; one
	 * that somebody does is read to its end. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -VKX_ERR_IO;
	(void)fcntl(fd, F_SETFL, 0);
	err = read_either(fd, room, &ev);
	saved = errno;
	close(fd);
	errno = saved;
	if (!err)
		err = complete(&ev, missing_ret);
	ev.name = machine_of(path);
	if (!err)
		*ev_ret = ev;
	return err;
}

/* --- JSON -----------------------------------------------------------------*/

/* Which of our files a member is, or NR. */
static size_t json_which(const char *name)
{
	size_t i;

	for (i = 0; i < VKX_EVIDENCE_NR; i++)
		if (!strcmp(name, files[i].name))
			break;
	return i;
}

static bool take_file(struct vkx_jsonstring *v, struct vkx_span *file)
{
	size_t size;

	/* The second of two would be another reader's first. */
	if (!v->p || file->p)
		return false;
	if (v->escaped && !vkx_jsonstring_text(v))
		return false;
	if (!vkx_base64_decode(v->p, v->len, (uint8_t *)v->p, &size))
		return false;
	file->p = (const uint8_t *)v->p;
	file->len = size;
	return true;
}

/* The closing quote behind a string becomes the NUL. */
static bool take_name(struct vkx_jsonstring *v, const char **name_ret)
{
	if (!v->p || *name_ret || !vkx_jsonstring_text(v))
		return false;
	v->p[v->len] = 0;
	*name_ret = v->p;
	return true;
}

static int take_member(const char *name, struct vkx_jsonstring *v,
		       struct vkx_evidence *ev, const char **name_ret)
{
	size_t which = json_which(name);
	bool good;

	if (which < VKX_EVIDENCE_NR)
		good = take_file(v, &ev->file[which]);
	else if (!strcmp(name, "name"))
		good = take_name(v, name_ret);
	else
		good = !v->p || vkx_jsonstring_text(v);
	return good ? 0 : -VKX_ERR_FORMAT;
}

int vkx_evidence_from_json(char *line, size_t len, struct vkx_evidence *ev_ret,
			   const char **name_ret, const char **missing_ret)
{
	struct vkx_evidence ev = { 0 };
	struct vkx_jsonstring value;
	struct vkx_jsonline json;
	const char *name;
	int err = 0;

	*missing_ret = NULL;
	*name_ret = NULL;
	vkx_jsonline_open(&json, line, len);
	while (!err && vkx_jsonline_next(&json, &name, &value))
		err = take_member(name, &value, &ev, name_ret);
	if (!err)
		err = vkx_jsonline_end(&json);
	if (!err)
		err = complete(&ev, missing_ret);
	if (*name_ret) {
		ev.name.p = (const uint8_t *)*name_ret;
		ev.name.len = strlen(*name_ret);
	}
	if (!err)
		*ev_ret = ev;
	return err;
}

void vkx_evidence_free(struct vkx_evidence *ev)
{
	size_t i;

	for (i = 0; i < VKX_EVIDENCE_NR; i++)
		vkx_blob_free(&ev->owned[i]);
	memset(ev, 0, sizeof(*ev));
}

/* --- writing a tar --------------------------------------------------------*/

static void tar_put(uint8_t *block, struct tar_field f, uint64_t v)
{
	snprintf((char *)block + f.at, f.len, "%0*llo", (int)f.len - 1,
		 (unsigned long long)v);
}

static uint8_t *tar_member(uint8_t *p, const char *name,
			   const struct vkx_span *file)
{
	strncpy((char *)p + tar_name.at, name, tar_name.len - 1);
	tar_put(p, tar_mode, 0644);
	tar_put(p, tar_uid, 0);
	tar_put(p, tar_gid, 0);
	tar_put(p, tar_size, file->len);
	tar_put(p, tar_mtime, 0);
	p[TAR_TYPE] = '0';
	memcpy(p + tar_magic.at, "ustar", sizeof("ustar"));
	memset(p + tar_magic.at + sizeof("ustar"), '0', 2); /* version */
	tar_put(p, tar_sum, tar_checksum(p));
	p += TAR_BLOCK;
	memcpy(p, file->p, file->len);
	return p + (file->len + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

int vkx_evidence_tar(const struct vkx_evidence *ev, struct vkx_blob *tar_ret)
{
	size_t size = (size_t)2 * TAR_BLOCK, i;
	uint8_t *data, *p;

	for (i = 0; i < VKX_EVIDENCE_NR; i++)
		if (ev->file[i].p)
			size += TAR_BLOCK + (ev->file[i].len + TAR_BLOCK - 1) /
						    TAR_BLOCK * TAR_BLOCK;
	data = calloc(1, size);
	if (!data)
		return -VKX_ERR_NOMEM;
	p = data;
	for (i = 0; i < VKX_EVIDENCE_NR; i++)
		if (ev->file[i].p)
			p = tar_member(p, files[i].name, &ev->file[i]);
	tar_ret->data = data;
	tar_ret->size = size;
	return 0;
}
