/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a tar of evidence, as a line of NDJSON and as base64. What is
 * read has all that is needed, lies inside what was given, and comes back the
 * same from the tar that we write of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "measure/base64.h"
#include "measure/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fd = -1;
static char path[64];

static int read_tar(const void *data, size_t size, struct vkx_room *room,
		    struct vkx_evidence *ev)
{
	const char *missing;

	if (fd < 0) {
		fd = memfd_create("evidence", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) ||
	    pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return vkx_evidence_read(path, room, ev, &missing);
}

static void check(const struct vkx_evidence *ev)
{
	struct vkx_room room = { 0 };
	struct vkx_evidence again;
	struct vkx_blob tar;
	size_t i;

	if (!ev->file[VKX_EVIDENCE_MESSAGE].p ||
	    !ev->file[VKX_EVIDENCE_SIGNATURE].p ||
	    !ev->file[VKX_EVIDENCE_PCRS].p || !ev->file[VKX_EVIDENCE_AK].p)
		abort();
	if (vkx_evidence_tar(ev, &tar) ||
	    read_tar(tar.data, tar.size, &room, &again))
		abort();
	for (i = 0; i < VKX_EVIDENCE_NR; i++)
		if (!ev->file[i].p != !again.file[i].p ||
		    ev->file[i].len != again.file[i].len ||
		    (ev->file[i].len &&
		     memcmp(ev->file[i].p, again.file[i].p, ev->file[i].len)))
			abort();
	vkx_room_free(&room);
	vkx_blob_free(&tar);
}

static void check_inside(const struct vkx_evidence *ev, const char *line,
			 size_t size)
{
	const uint8_t *start = (const uint8_t *)line, *p;
	size_t i;

	for (i = 0; i < VKX_EVIDENCE_NR; i++) {
		p = ev->file[i].p;
		if (ev->file[i].len &&
		    (p < start || p + ev->file[i].len > start + size))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vkx_room room = { 0 };
	const char *missing, *name;
	struct vkx_evidence ev;
	char *line;
	size_t n;

	if (!read_tar(data, size, &room, &ev))
		check(&ev);
	vkx_room_free(&room);
	/* Of exactly this size: a byte too far is the sanitizer's. */
	line = malloc(size ? size : 1);
	memcpy(line, data, size);
	if (!vkx_evidence_from_json(line, size, &ev, &name, &missing)) {
		check_inside(&ev, line, size);
		check(&ev);
	}
	if (name && strlen(name) >= size)
		abort();
	memcpy(line, data, size);
	if (vkx_base64_decode(line, size, (uint8_t *)line, &n) && n > size)
		abort();
	free(line);
	return 0;
}
