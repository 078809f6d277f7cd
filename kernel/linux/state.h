/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a loaded UKI keeps until the jump: image->arch.vkexec. It is made by
 * the loader, committed when the load can no longer fail, and freed with the
 * image. Small, and without a pointer into the file, which is gone by then.
 */
#ifndef VKX_STATE_H
#define VKX_STATE_H

#include <linux/kexec.h>
#include <linux/vkexec.h>

#include "efi_log.h"
#include "hop.h"
#include "stub_block.h"
#include "uki_measure.h"

/* Contents of one section, hashed for every bank but SHA-256 at load, because
 * the file is gone at launch. */
struct vkx_section_digests {
	struct vkx_uki_measured section;
	struct vkx_digest digests[VKX_MAX_BANKS];
};

/* kimage_file_post_load_cleanup() frees it and knows nothing of the state. */
struct vkx_handle {
	struct vkexec_state *state;
};

struct vkexec_state {
	struct vkx_handle *handle; /* until committed */
	bool crash;
	/* The TPM has the load record: it is owed a launch or an unload. */
	bool measured;
	/* Set by the reboot notifier when all is measured and logged. */
	bool launched;
	struct vkx_hop hop;
	char uname[65];

	size_t nr_sections;
	struct vkx_section_digests *sections;

	/* The log's segment; size 0: none. What firmware's table points at
	 * (efi_log.h) comes first in it, then the log. */
	struct vkx_stub_range log;
	u32 log_header;
	/* The next kernel's tree names it, on the TPM's node or in /chosen. */
	bool log_in_tree, log_in_chosen;

	size_t nr_regions;
	struct vkx_stub_region regions[VKX_STUB_REGIONS];

	/* The carried facts in canonical form (carry.h). */
	u8 *facts;
	size_t facts_size;
};

/* Bytes of the segment that are the log's. */
static inline size_t vkx_state_log_room(const struct vkexec_state *state)
{
	return state->log.bytes - (state->log_header ? VKX_EFI_LOG_EXTRA : 0);
}

struct vkexec_state *vkx_state_alloc(bool crash);
void vkx_state_free(struct vkexec_state *state);

/*
 * Puts the state into the image and returns the handle that load() gives to
 * kexec, or NULL (out of memory: the caller still owns the state).
 */
struct vkx_handle *vkx_state_attach(struct vkexec_state *state,
				    struct kimage *image);

/*
 * fops->cleanup: frees the state of a load that failed before it was
 * committed. kexec drops such an image without calling vkexec_cleanup().
 */
int vkx_state_cleanup(void *handle);

/* From here on the image owns the state. */
void vkx_state_commit(struct vkexec_state *state);

#endif
