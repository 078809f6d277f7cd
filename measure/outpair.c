/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/outpair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keys/bytes.h"
#include "keys/cli.h"
#include "keys/outfile.h"

static bool failed(const char *path)
{
	vkx_cli_error(path, "cannot write: %s", strerror(errno));
	return false;
}

/* Everything that may run out of space is done here. */
static bool stage(struct vkx_outfile *out, const char *path,
		  const struct vkx_outpart *part)
{
	if (!vkx_outfile_open(out, path, part->mode) &&
	    !vkx_outfile_write(out, part->data, part->len) &&
	    !vkx_outfile_prepare(out))
		return true;
	failed(path);
	vkx_outfile_abort(out);
	return false;
}

static bool is_there(const char *path, const struct vkx_outpart *part)
{
	struct vkx_bytes file = { 0 };
	bool same = !vkx_bytes_read(path, part->len, &file) &&
		    file.len == part->len &&
		    !memcmp(file.data, part->data, part->len);

	vkx_bytes_free(&file);
	return same;
}

static void tell_half(char *const path[2], const struct vkx_outpart part[2])
{
	if (is_there(path[0], &part[0]) && !is_there(path[1], &part[1]))
		vkx_cli_error(path[0],
			      "is new, and %s is not the one that belongs to "
			      "it: run the same again",
			      path[1]);
}

static bool put(char *const path[2], const struct vkx_outpart part[2])
{
	struct vkx_outfile first, second;
	bool good = false;

	if (!stage(&first, path[0], &part[0]))
		return false;
	if (stage(&second, path[1], &part[1])) {
		good = !vkx_outfile_commit(&first) || failed(path[0]);
		good = good &&
		       (!vkx_outfile_commit(&second) || failed(path[1]));
		if (!good)
			tell_half(path, part);
		vkx_outfile_abort(&second);
	}
	vkx_outfile_abort(&first);
	return good;
}

bool vkx_outpair_put(const char *name, const struct vkx_outpart part[2])
{
	char *path[2] = { NULL, NULL };
	bool good = false;
	int lock;

	if (asprintf(&path[0], "%s%s", name, part[0].suffix) < 0)
		path[0] = NULL;
	if (asprintf(&path[1], "%s%s", name, part[1].suffix) < 0)
		path[1] = NULL;
	if (path[0] && path[1]) {
		lock = vkx_outfile_lock(name);
		good = put(path, part);
		if (lock >= 0)
			close(lock);
	} else {
		vkx_cli_error(name, "out of memory");
	}
	free(path[0]);
	free(path[1]);
	return good;
}
