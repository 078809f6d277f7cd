/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One verification under way, from vkx_verify_begin() to vkx_verify_end(): what
 * verify.c and verify_signatures.c share. Internal to them.
 */
#ifndef VKX_WORK_H
#define VKX_WORK_H

#include "verify/verify.h"

/* Too big for a stack. */
struct vkx_work {
	struct vkx_verify_params params;
	struct vkx_verified *out;
	struct vkx_fault fault;
	int err, error; /* of the start: -VKX_ERR_* and errno */
	struct vkx_scan scan;
	struct vkx_cms cms[VKX_MAX_SIGNATURES];
	struct vkx_chain chain[VKX_MAX_SIGNATURES];
	struct vkx_sbat sbat;
	struct vkx_image image;
	struct vkx_dtb_choice dtb;
};

#endif
