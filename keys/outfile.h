/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output file that appears whole or not at all. What is written goes to a
 * file without a name in the directory of the target (with a name to be removed
 * where the file system, or a jail without /proc, wants one); commit makes it durable
 * and puts it in the target's place in one step. Killed at any moment, out of
 * space or failing, the old file stays as it was. Standard output, devices and
 * pipes cannot be replaced: for those everything is kept aside and copied out
 * on commit. Not for append, and not for two writers of one struct.
 */
#ifndef VKX_OUTFILE_H
#define VKX_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

/* Modes for vkx_outfile_open(). */
#define VKX_OUTFILE_SECRET 0600 /* keys: the owner alone, whatever the umask */
#define VKX_OUTFILE_PUBLIC 0666 /* anything else: less what the umask takes */

/* NAME_MAX of Linux and the NUL. */
#define VKX_OUTFILE_NAME 256

struct vkx_outfile {
	int fd; /* where the bytes go; may be read, written and seeked */
	int dirfd; /* directory of the target, -1 for standard output */
	int passfd; /* device or pipe that gets a copy on commit, or -1 */
	uint64_t pos; /* where vkx_outfile_write() continues */
	char name[VKX_OUTFILE_NAME]; /* the target in dirfd */
	char temp[VKX_OUTFILE_NAME]; /* a name in dirfd to remove, or "" */
};

/*
 * Starts an output. path "-" is standard output. The target's mode will be
 * mode less the umask, and less what the file that it replaces denies, but
 * always readable and writable by its owner. A target that is a symbolic link
 * to a file is replaced itself, not what it points to.
 * Returns -VKX_ERR_IO with errno set: no such directory, not permitted, target
 * is a directory, name too long. Nothing is there to close after an error.
 */
VKX_MUST_USE int vkx_outfile_open(struct vkx_outfile *out, const char *path,
				  mode_t mode);

/* All len bytes, or -VKX_ERR_IO with errno set. */
VKX_MUST_USE int vkx_outfile_write(struct vkx_outfile *out, const void *buf,
				   size_t len);
/* The same at an offset of its own; leaves out->pos alone. */
VKX_MUST_USE int vkx_outfile_pwrite(struct vkx_outfile *out, const void *buf,
				    size_t len, uint64_t offset);

/*
 * Of a commit, which must still come, the part that can run out of space:
 * contents to the disk, a name beside the target. For those who write several
 * files and then put all of them in place. -VKX_ERR_IO with errno set.
 */
VKX_MUST_USE int vkx_outfile_prepare(struct vkx_outfile *out);
/*
 * Makes contents and name durable and releases everything. After -VKX_ERR_IO
 * (errno set) the target is the old one, or, where only the directory could
 * not be synchronised, the new one: never a mixture.
 */
VKX_MUST_USE int vkx_outfile_commit(struct vkx_outfile *out);
/* The same where nothing may be replaced: -VKX_ERR_IO with EEXIST if the target
 * is there by now. */
VKX_MUST_USE int vkx_outfile_commit_new(struct vkx_outfile *out);

/* Drops what was written and leaves the target as it was. Keeps errno. May be
 * called after commit or abort, and on a struct whose open failed. */
void vkx_outfile_abort(struct vkx_outfile *out);

/*
 * For a new form of the file that is there, not for another one in its place:
 * gives the output that file's mode and, as far as we may, its owner and group;
 * a group that we may not give loses its rights. Nothing to do where there is
 * no such file. -VKX_ERR_IO.
 */
VKX_MUST_USE int vkx_outfile_keep(struct vkx_outfile *out);

/*
 * Those who read a file and replace it, or write two that belong together, must
 * not lose each other's: locks the directory of path against others that call
 * this, until the descriptor is closed, at the latest by the process's end. -1
 * with errno where the directory cannot be opened.
 */
int vkx_outfile_lock(const char *path);

/* open, keep, write, commit. */
VKX_MUST_USE int vkx_outfile_update(const char *path, const void *buf,
				    size_t len);
/* open, write, commit. */
VKX_MUST_USE int vkx_outfile_put(const char *path, mode_t mode, const void *buf,
				 size_t len);

#endif
