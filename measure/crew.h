/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads of an audit: what feeds them with jobs (job.h) of directories,
 * tars and lines (lines.h), and their reports in the order in which the
 * evidence was given. Memory does not grow with the number of machines, only with that of
 * threads. For the audit command; prints.
 */
#ifndef VKX_CREW_H
#define VKX_CREW_H

#include "measure/audit.h"

/*
 * Appraises all that audit and paths name and prints a summary; returns an
 * exit status. A machine whose evidence cannot be read gets a verdict like
 * any other.
 */
int vkx_crew_run(struct vkx_audit *audit, char **paths, size_t nr);

#endif
