/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAR_BLOCK 512u

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

static int read_dir(int dirfd, struct vkx_evidence *ev)
{
	size_t i;
	int err;

	for (i = 0; i < VKX_EVIDENCE_NR; i++) {
		err = vkx_blob_read(dirfd, files[i].name, VKX_MAX_LOG,
				    &ev->owned[i]);
		if (err == -VKX_ERR_IO && errno == ENOENT)
			continue;
		if (err)
			return err;
		ev->file[i].p = ev->owned[i].data;
		ev->file[i].len = ev->owned[i].size;
	}
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

/* Points file[] into the tar, which owned[0] keeps. */
static int read_tar(struct vkx_evidence *ev)
{
	const uint8_t *p = ev->owned[0].data, *block;
	size_t left = ev->owned[0].size, which;
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
	return p == ev->owned[0].data ? -VKX_ERR_FORMAT : 0;
}

int vkx_evidence_read(const char *path, struct vkx_evidence *ev_ret,
		      const char **missing_ret)
{
	int fd, err;

	memset(ev_ret, 0, sizeof(*ev_ret));
	*missing_ret = NULL;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		err = read_dir(fd, ev_ret);
		close(fd);
	} else if (errno == ENOTDIR) {
		err = vkx_blob_read(AT_FDCWD, path, VKX_MAX_EVIDENCE,
				    &ev_ret->owned[0]);
		if (!err)
			err = read_tar(ev_ret);
	} else {
		return -VKX_ERR_IO;
	}
	if (!err)
		err = complete(ev_ret, missing_ret);
	if (err)
		vkx_evidence_free(ev_ret);
	return err;
}

/* --- JSON -----------------------------------------------------------------*/

static int decode(json_object *o, struct vkx_blob *blob)
{
	const char *text = json_object_get_string(o);
	size_t len = (size_t)json_object_get_string_len(o), pad = 0;
	int n;

	if (len % 4 || len / 4 * 3 > VKX_MAX_LOG)
		return -VKX_ERR_FORMAT;
	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	blob->data = malloc(len / 4 * 3 + 1);
	if (!blob->data)
		return -VKX_ERR_NOMEM;
	n = EVP_DecodeBlock(blob->data, (const unsigned char *)text, (int)len);
	if (n < 0 || (size_t)n < pad)
		return -VKX_ERR_FORMAT;
	blob->size = (size_t)n - pad;
	return 0;
}

static int take_members(json_object *o, struct vkx_evidence *ev)
{
	json_object *v;
	size_t i;
	int err;

	for (i = 0; i < VKX_EVIDENCE_NR; i++) {
		if (!json_object_object_get_ex(o, files[i].name, &v))
			continue;
		if (!json_object_is_type(v, json_type_string))
			return -VKX_ERR_FORMAT;
		err = decode(v, &ev->owned[i]);
		if (err)
			return err;
		ev->file[i].p = ev->owned[i].data;
		ev->file[i].len = ev->owned[i].size;
	}
	return 0;
}

int vkx_evidence_from_json(const char *line, struct vkx_evidence *ev_ret,
			   char **name_ret, const char **missing_ret)
{
	json_object *o = json_tokener_parse(line), *name;
	int err = -VKX_ERR_FORMAT;

	memset(ev_ret, 0, sizeof(*ev_ret));
	*missing_ret = NULL;
	*name_ret = NULL;
	if (o && json_object_is_type(o, json_type_object)) {
		if (json_object_object_get_ex(o, "name", &name) &&
		    json_object_is_type(name, json_type_string))
			*name_ret = strdup(json_object_get_string(name));
		err = take_members(o, ev_ret);
		if (!err)
			err = complete(ev_ret, missing_ret);
	}
	json_object_put(o);
	if (err)
		vkx_evidence_free(ev_ret);
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
