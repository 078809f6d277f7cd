/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log as it will be after a hop, and so the PCRs: what the kernel does at
 * load and launch (docs/format-hop.md), done on a host from the file and the
 * log before. What the file alone does not tell (lockdown, SBAT level, the
 * facts of the running device tree) is given, or taken from the last record
 * of the log before.
 */
#ifndef VKX_PREDICT_H
#define VKX_PREDICT_H

#include "hop.h"
#include "measure/artifact.h"
#include "tcglog.h"

struct vkx_predict {
	size_t nr_banks;
	struct vkx_bank banks[VKX_MAX_BANKS];
	/* The last hop record so far: number and the machine's own fields are
	 * where the next one begins. */
	struct vkx_hop last;
	uint8_t *log; /* VKX_MAX_LOG bytes; free with vkx_predict_free() */
	size_t used;
};

/*
 * Starts from a log, or from an empty one with these banks (from NULL).
 * -VKX_ERR_NOMEM, -VKX_ERR_UNSUPPORTED: a log of the SHA-1 form, or with a
 * bank that cannot be hashed; -VKX_ERR_FORMAT: a hop record in it is broken.
 */
VKX_MUST_USE int vkx_predict_init(struct vkx_predict *predict,
				  const struct vkx_tcglog *from,
				  const struct vkx_bank *banks, size_t nr);
void vkx_predict_free(struct vkx_predict *predict);

/*
 * Load and launch of one UKI. path: the file, read again for banks other than
 * SHA-256. signer: which of its signers the record names, below nr_signers.
 * dtbauto: which one, or VKX_DTBAUTO_NONE; running_dtb: a .dtb is not
 * used. -VKX_ERR_ARG: no such .dtbauto or signer; -VKX_ERR_SPACE: the log grows too
 * large; -VKX_ERR_IO with errno; what hashing says.
 */
VKX_MUST_USE int vkx_predict_hop(struct vkx_predict *predict, const char *path,
				 const struct vkx_measured_uki *uki,
				 size_t signer, int dtbauto, bool running_dtb);

#endif
