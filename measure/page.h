/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page that a person looks at: the verdict and what gave it, the chain of
 * kernels drawn, what was checked, the PCRs folded away. For many machines the
 * counts come first, then the machines (page_machine.h), worst first, each
 * folded. One HTML file without script, network or fonts of its own; light and
 * dark, a phone's width and a screen's.
 */
#ifndef VKX_PAGE_H
#define VKX_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "measure/reason.h"

/* So many machines of each verdict are shown; more are only counted, since no
 * browser is glad of a hundred thousand. */
#define VKX_PAGE_SHOWN 1000u

struct vkx_page {
	FILE *out;
	bool fleet;
	size_t nr[VKX_TIER_AFFIRMING + 1];
	size_t reasons[VKX_REASON_NR];
	/* The machines of each verdict, until all are known. */
	FILE *part[VKX_TIER_AFFIRMING + 1];
};

/* -VKX_ERR_IO with errno. Free with vkx_page_free(), also after an error. */
VKX_MUST_USE int vkx_page_begin(struct vkx_page *page, FILE *out, bool fleet);

/* Adds what vkx_page_machine() wrote. */
void vkx_page_add(struct vkx_page *page, enum vkx_tier tier,
		  enum vkx_reason reason, const char *html, size_t len);

/* Writes it all; product is the manifest's. -VKX_ERR_IO. */
VKX_MUST_USE int vkx_page_end(struct vkx_page *page, const char *product,
			      uint64_t release);
/* Also for a zeroed struct. */
void vkx_page_free(struct vkx_page *page);

#endif
