/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page that a person looks at: the chain of kernels drawn, what was
 * checked, what failed, the PCRs folded away. One HTML file without script,
 * network or fonts of its own; light and dark, a phone's width and a screen's.
 */
#ifndef VKX_PAGE_H
#define VKX_PAGE_H

#include <stdio.h>

#include "measure/appraise.h"

struct vkx_page {
	FILE *out;
	size_t nr; /* machines so far */
};

/* The head of the page; product is the manifest's, escaped here. */
void vkx_page_begin(struct vkx_page *page, FILE *out, const char *product,
		    uint64_t release);
/* One machine. machine is the text of machine.json, or NULL. */
void vkx_page_machine(struct vkx_page *page, const char *name,
		      const struct vkx_appraisal *appraisal,
		      struct vkx_span machine);
void vkx_page_end(struct vkx_page *page);

#endif
