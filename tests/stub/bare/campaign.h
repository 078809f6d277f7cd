/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the bare-metal image shows. Each returns the number of things that
 * were not as they must be, and prints figures as lines "RESULT name: ...".
 */
#ifndef BARE_CAMPAIGN_H
#define BARE_CAMPAIGN_H

#include "scene.h"

/* Every way the stub can be entered and left, with intact images. */
uint64_t campaign_cases(bool thorough);
/* V64: one bit in every 4 KiB of every segment, source and destination. */
uint64_t campaign_flips(bool thorough);
/* V65: every byte of the stub's own page; thorough: every bit. */
uint64_t campaign_page(bool thorough);
/* V122: instructions replaced by no-ops; thorough: every pair. */
uint64_t campaign_skips(bool thorough);
/* V64: the page list aimed at the stub itself and at wrong places. */
uint64_t campaign_list(bool thorough);

/* Deterministic, for picking bits. */
uint64_t campaign_random(void);

#endif
