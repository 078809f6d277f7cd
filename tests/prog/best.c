/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs several shell commands in turn, again and again, and prints for each
 * the least wall time (s), the least CPU time (s) and the peak memory (KiB).
 * Turns are interleaved, so that a busy machine hurts all of them alike.
 *
 *   best ROUNDS COMMAND...
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_COMMANDS 16

struct result {
	double wall, cpu;
	long peak;
};

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec * 1e-6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void child(const char *command)
{
	char text[8192];
	int null = open("/dev/null", O_WRONLY);

	dup2(null, 1);
	dup2(null, 2);
	snprintf(text, sizeof(text), "exec %s", command);
	execl("/bin/sh", "sh", "-c", text, (char *)NULL);
	_exit(127);
}

static void turn(const char *command, struct result *best)
{
	double start = now(), wall, cpu;
	struct rusage usage;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		child(command);
	if (wait4(pid, &status, 0, &usage) != pid || status) {
		fprintf(stderr, "best: status %x: %s\n", status, command);
		exit(1);
	}
	wall = now() - start;
	cpu = seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
	if (!best->wall || wall < best->wall)
		best->wall = wall;
	if (!best->cpu || cpu < best->cpu)
		best->cpu = cpu;
	if (usage.ru_maxrss > best->peak)
		best->peak = usage.ru_maxrss;
}

int main(int argc, char **argv)
{
	struct result best[MAX_COMMANDS] = { { 0 } };
	int rounds, i, n = argc - 2;

	if (argc < 3 || n > MAX_COMMANDS) {
		fputs("usage: best ROUNDS COMMAND...\n", stderr);
		return 2;
	}
	for (rounds = atoi(argv[1]); rounds > 0; rounds--)
		for (i = 0; i < n; i++)
			turn(argv[i + 2], &best[i]);
	for (i = 0; i < n; i++)
		printf("%.4f %.4f %ld\n", best[i].wall, best[i].cpu,
		       best[i].peak);
	return 0;
}
