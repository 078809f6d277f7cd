/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processor time that reading evidence takes, without judging it:
 *   read_evidence N PATH...
 * prints for each path, a folder or a tar, microseconds per reading; the best
 * of ten rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "measure/evidence.h"

static double used(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double best_of_ten(const char *path, int n)
{
	double best = 1e12, t;
	struct vkx_room room = { 0 };
	struct vkx_evidence ev;
	const char *missing;
	int round, i;

	for (round = 0; round < 10; round++) {
		t = used();
		for (i = 0; i < n; i++)
			if (vkx_evidence_read(path, &room, &ev, &missing))
				exit(1);
		t = (used() - t) / n;
		best = t < best ? t : best;
	}
	vkx_room_free(&room);
	return best;
}

int main(int argc, char **argv)
{
	int i, n = argc > 2 ? atoi(argv[1]) : 0;

	if (n <= 0)
		return 2;
	for (i = 2; i < argc; i++)
		printf("%s: %.1f us\n", argv[i], best_of_ten(argv[i], n));
	return 0;
}
