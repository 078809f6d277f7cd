// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "state.h"

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "measure.h"
#include "refusal.h"
#include "status.h"

struct vkexec_state *vkx_state_alloc(bool crash)
{
	struct vkexec_state *state = kzalloc(sizeof(*state), GFP_KERNEL);

	if (state)
		state->crash = crash;
	return state;
}

void vkx_state_free(struct vkexec_state *state)
{
	if (!state)
		return;
	vkx_status_dropped(state);
	vkx_measure_unload(state);
	kvfree(state->sections);
	kvfree(state->facts);
	kfree(state);
}

struct vkx_handle *vkx_state_attach(struct vkexec_state *state,
				    struct kimage *image)
{
	struct vkx_handle *handle = kzalloc(sizeof(*handle), GFP_KERNEL);

	if (!handle)
		return NULL;
	handle->state = state;
	state->handle = handle;
	image->arch.vkexec = state;
	return handle;
}

/* Every check passed and all was measured, and then kexec would not: it has
 * its own reasons, and tells only its caller. */
static void report_dropped(void)
{
	const struct vkx_fault fault = {};

	pr_warn("kexec dropped a load that passed every check\n");
	vkx_refusal_report(&fault, -ECANCELED);
}

int vkx_state_cleanup(void *arg)
{
	struct vkx_handle *handle = arg;

	if (!handle || !handle->state)
		return 0;
	report_dropped();
	vkx_state_free(handle->state);
	return 0;
}

void vkx_state_commit(struct vkexec_state *state)
{
	state->handle->state = NULL;
	state->handle = NULL;
	vkx_status_loaded(state);
}

/* kimage_free() comes here first and to fops->cleanup after it. */
void vkexec_cleanup(struct kimage *image)
{
	struct vkexec_state *state = image->arch.vkexec;

	if (!state)
		return;
	image->arch.vkexec = NULL;
	if (state->handle) {
		state->handle->state = NULL;
		report_dropped();
	}
	vkx_state_free(state);
}
