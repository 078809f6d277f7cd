/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a tar of evidence and as a line of NDJSON. What is read has all
 * that is needed, lies inside what is owned, and comes back the same from the
 * tar that we write of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "measure/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fd = -1;
static char path[64];

static int read_tar(const void *data, size_t size, struct vkx_evidence *ev)
{
	const char *missing;

	if (fd < 0) {
		fd = memfd_create("evidence", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) ||
	    pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return vkx_evidence_read(path, ev, &missing);
}

static void check(struct vkx_evidence *ev)
{
	struct vkx_evidence again;
	struct vkx_blob tar;
	size_t i;

	if (!ev->file[VKX_EVIDENCE_MESSAGE].p ||
	    !ev->file[VKX_EVIDENCE_SIGNATURE].p ||
	    !ev->file[VKX_EVIDENCE_PCRS].p || !ev->file[VKX_EVIDENCE_AK].p)
		abort();
	if (vkx_evidence_tar(ev, &tar) || read_tar(tar.data, tar.size, &again))
		abort();
	for (i = 0; i < VKX_EVIDENCE_NR; i++)
		if (!ev->file[i].p != !again.file[i].p ||
		    ev->file[i].len != again.file[i].len ||
		    (ev->file[i].len &&
		     memcmp(ev->file[i].p, again.file[i].p, ev->file[i].len)))
			abort();
	vkx_evidence_free(&again);
	vkx_blob_free(&tar);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vkx_evidence ev;
	const char *missing;
	char *line, *name;

	if (!read_tar(data, size, &ev))
		check(&ev);
	vkx_evidence_free(&ev);
	line = strndup((const char *)data, size);
	if (!vkx_evidence_from_json(line, &ev, &name, &missing))
		check(&ev);
	vkx_evidence_free(&ev);
	free(name);
	free(line);
	return 0;
}
