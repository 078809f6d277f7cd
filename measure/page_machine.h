/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One machine's part of the page: the answer in one look, the chain of kernels
 * drawn, what was checked, PCRs and key folded away. The page around it is
 * page.h's.
 */
#ifndef VKX_PAGE_MACHINE_H
#define VKX_PAGE_MACHINE_H

#include <stdio.h>

#include "measure/appraise.h"

/* One machine by itself, for vkx_page_add(); from any thread. machine is the
 * text of machine.json, or NULL. */
void vkx_page_machine(FILE *out, const char *name,
		      const struct vkx_appraisal *appraisal,
		      struct vkx_span machine, bool fleet);
/* The reason that decided. */
enum vkx_reason vkx_page_reason(const struct vkx_appraisal *appraisal);

#endif
