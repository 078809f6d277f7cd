/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What build and sign tell about a file they wrote: one line for people, one
 * JSON object for scripts, and a bar while it lasts. For this command-line tool
 * only; prints.
 */
#ifndef VKX_RESULT_H
#define VKX_RESULT_H

#include "cms.h"
#include "keys/facts.h"
#include "signer/pe_writer.h"
#include "verify/progress.h"

struct vkx_result {
	const char *file;
	uint64_t size;
	size_t signatures;
	enum vkx_hash_alg hash;
	const uint8_t *digest; /* Authenticode, vkx_hash_size(hash) bytes */
	bool relaid, gap, stubless;
};

/* facts NULL: text on stderr; else an item of the list that is open there. */
void vkx_result_tell(const struct vkx_result *result, struct vkx_facts *facts);

struct vkx_bar {
	struct vkx_progress progress;
	const char *label;
	uint64_t told;
};

/* For a writer; end takes the bar away, also where nothing was drawn. */
struct vkx_pe_progress vkx_bar_start(struct vkx_bar *bar, const char *label);
void vkx_bar_end(struct vkx_bar *bar);

#endif
