/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One job of an audit: directories and tars, or lines of NDJSON, appraised one
 * after the other, and the answers as they will be reported. One thread has it
 * at a time; which one, and whose turn it is, is the crew's.
 */
#ifndef VKX_JOB_H
#define VKX_JOB_H

#include <stdio.h>

#include "measure/audit.h"

enum vkx_job_state { VKX_JOB_FREE, VKX_JOB_READY, VKX_JOB_DONE };

/* One machine's part of the page. */
struct vkx_piece {
	enum vkx_tier tier;
	enum vkx_reason reason;
	size_t end; /* in the job's html */
};

struct vkx_answers {
	struct vkx_room room; /* kept from job to job */
	size_t len;
};

struct vkx_job {
	enum vkx_job_state state; /* the crew's, under its lock */
	char **paths; /* directories and tars, or NULL: */
	size_t nr_paths;
	struct vkx_room room; /* lines; kept from job to job */
	size_t len;
	bool overlong; /* the start of a line that is too long */
	/* The answers, rendered one after the other. */
	struct vkx_answers text, html;
	struct vkx_piece *pieces;
	size_t nr_pieces, pieces_room;
	size_t counts[VKX_TIER_AFFIRMING + 1];
	bool failed; /* answers are missing: out of memory */
};

/* What a thread has for itself. Zeroed but for audit before its first job. */
struct vkx_bench {
	const struct vkx_audit *audit;
	struct vkx_appraisal appraisal;
	struct vkx_room room;
	FILE *text, *html;
};

/* Appraises all of it; job->failed where answers are missing. */
void vkx_job_work(struct vkx_bench *b, struct vkx_job *job);

/* Adds the machines of a job that did not fail to the page. */
void vkx_job_put_pieces(const struct vkx_job *job, struct vkx_page *page);

/* For the next lines; the room stays. */
void vkx_job_clear(struct vkx_job *job);

/* Of a job that is cleared: the room too. */
void vkx_job_free(struct vkx_job *job);

/* What it holds, not the struct itself. */
void vkx_bench_free(struct vkx_bench *b);

#endif
