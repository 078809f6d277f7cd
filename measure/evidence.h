/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a machine sends to be appraised: a quote and what belongs to it, as
 * files of a directory, as one tar of them, or as one JSON object with base64
 * values. Only brings bytes into memory; believes none of them.
 */
#ifndef VKX_EVIDENCE_H
#define VKX_EVIDENCE_H

#include "measure/blob.h"
#include "tpm_hash.h"

/* One row per file: symbol, name in a directory or tar, needed or not. */
#define VKX_EVIDENCE_FILES(X)              \
	X(MESSAGE, "quote.msg", true)      \
	X(SIGNATURE, "quote.sig", true)    \
	X(PCRS, "quote.pcrs", true)        \
	X(AK, "ak.pub", true)              \
	X(LOG, "log.bin", false)           \
	X(EK_CERT, "ek.crt", false)        \
	X(ACTIVATION, "activation", false) \
	X(MACHINE, "machine.json", false)

enum vkx_evidence_file {
#define VKX_EVIDENCE_SYMBOL(symbol, name, needed) VKX_EVIDENCE_##symbol,
	VKX_EVIDENCE_FILES(VKX_EVIDENCE_SYMBOL)
#undef VKX_EVIDENCE_SYMBOL
		VKX_EVIDENCE_NR
};

#define VKX_MAX_EVIDENCE 4194304u

struct vkx_evidence {
	struct vkx_span file[VKX_EVIDENCE_NR]; /* p NULL: not there */
	/* The machine that it is said to be of, by who brings it; p NULL:
	 * nobody says. */
	struct vkx_span name;
	/* What file[] points into, where it is not the caller's. */
	struct vkx_blob owned[VKX_EVIDENCE_NR];
};

/* Memory that one evidence after the other is read into. Zeroed: empty. */
struct vkx_room {
	uint8_t *data;
	size_t size;
};

const char *vkx_evidence_name(enum vkx_evidence_file file);

/* At least so many bytes, what is there stays. -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_room_need(struct vkx_room *room, size_t size);
void vkx_room_free(struct vkx_room *room);

/*
 * Reads a directory, or a tar (ustar or GNU; folders in it are ignored, a
 * name must not come twice), into room, whose contents *ev_ret points to; the
 * machine's name is the last part of path, without ".tar", and points there.
 * -VKX_ERR_IO with errno, -VKX_ERR_FORMAT: no tar, -VKX_ERR_LIMIT,
 * -VKX_ERR_NOMEM; -VKX_ERR_NOTFOUND: *missing_ret is the file that is needed
 * and not there.
 */
VKX_MUST_USE int vkx_evidence_read(const char *path, struct vkx_room *room,
				   struct vkx_evidence *ev_ret,
				   const char **missing_ret);

/*
 * One line of NDJSON: {"quote.msg": "<base64>", ...}, decoded where it stands:
 * *ev_ret points into line. name_ret gets "name", or NULL, also where an error
 * is returned. A member must not come twice. Same errors.
 */
VKX_MUST_USE int vkx_evidence_from_json(char *line, size_t len,
					struct vkx_evidence *ev_ret,
					const char **name_ret,
					const char **missing_ret);

/* Also for a zeroed struct. */
void vkx_evidence_free(struct vkx_evidence *ev);

/*
 * One ustar file of what is there, deterministic: owner, times and order are
 * fixed. -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_evidence_tar(const struct vkx_evidence *ev,
				  struct vkx_blob *tar_ret);

#endif
