/* SPDX-License-Identifier: GPL-2.0-only */
/* The hop record of a load: what the status shows and the TPM gets. */
#ifndef VKX_RECORD_H
#define VKX_RECORD_H

#include "load.h"

/*
 * Fills load->state->hop from what the steps found; its kind is LOAD, its
 * number 0 and the UAPI flag clear until it is measured.
 */
int vkx_record_fill(struct vkx_load *load);

#endif
