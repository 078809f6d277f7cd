/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "keys/cli.h"
#include "measure/lines.h"

/* Jobs that are read ahead of the one that is reported next. Handing a job
 * over costs as much as a good part of an audit, so that one is many machines:
 * so many directories or tars, or what lines.h reads at once. */
#define SLOTS 16u
#define BATCH 32u
#define MAX_THREADS 256u

struct crew {
	struct vkx_audit *audit;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	bool stop, reporting, failed;
	struct vkx_job jobs[SLOTS];
	size_t next_put, next_take, next_report; /* grow; modulo SLOTS */
	bool tty; /* stderr is a terminal, and stdout is not */
	size_t expected; /* machines, or 0 */
	int64_t shown; /* tenths of a second */
	size_t counts[VKX_TIER_AFFIRMING + 1];
};

/* One thread. */
struct worker {
	struct crew *crew;
	struct vkx_bench bench;
};

/* --- reports, in order ----------------------------------------------------*/

/* How many machines are done, for whoever waits; ten times a second. */
static void show_progress(struct crew *crew)
{
	const size_t *n = crew->counts;
	struct timespec t;
	int64_t now;

	if (!crew->tty)
		return;
	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (int64_t)t.tv_sec * 10 + t.tv_nsec / 100000000;
	if (now == crew->shown)
		return;
	crew->shown = now;
	fprintf(stderr, "\r%zu", n[0] + n[1] + n[2] + n[3]);
	if (crew->expected)
		fprintf(stderr, " of %zu", crew->expected);
	fprintf(stderr, " machines, %zu affirming\033[K",
		n[VKX_TIER_AFFIRMING]);
}

static void report_job(struct crew *crew, struct vkx_job *job)
{
	size_t i;

	if (job->text.len)
		fwrite(job->text.room.data, 1, job->text.len, stdout);
	/* Who feeds us line by line gets answers as they are known. */
	fflush(stdout);
	vkx_job_put_pieces(job, &crew->audit->page);
	for (i = 0; i <= VKX_TIER_AFFIRMING; i++)
		crew->counts[i] += job->counts[i];
	crew->failed = crew->failed || job->failed;
	vkx_job_clear(job);
	show_progress(crew);
}

/* All jobs whose turn it is, by whoever comes first; with the lock held. */
static void report_done(struct crew *crew)
{
	struct vkx_job *job = &crew->jobs[crew->next_report % SLOTS];

	while (!crew->reporting && job->state == VKX_JOB_DONE) {
		crew->reporting = true;
		pthread_mutex_unlock(&crew->lock);
		report_job(crew, job);
		pthread_mutex_lock(&crew->lock);
		crew->reporting = false;
		job = &crew->jobs[++crew->next_report % SLOTS];
		pthread_cond_signal(&crew->done);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct crew *crew = w->crew;
	struct vkx_job *job;

	pthread_mutex_lock(&crew->lock);
	for (;;) {
		while (!crew->stop && crew->next_take == crew->next_put)
			pthread_cond_wait(&crew->work, &crew->lock);
		if (crew->next_take == crew->next_put)
			break;
		job = &crew->jobs[crew->next_take++ % SLOTS];
		pthread_mutex_unlock(&crew->lock);
		vkx_job_work(&w->bench, job);
		pthread_mutex_lock(&crew->lock);
		job->state = VKX_JOB_DONE;
		report_done(crew);
	}
	pthread_mutex_unlock(&crew->lock);
	vkx_bench_free(&w->bench);
	free(w);
	return NULL;
}

static bool start_worker(struct crew *crew, pthread_t *thread_ret)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return false;
	w->crew = crew;
	w->bench.audit = crew->audit;
	if (!pthread_create(thread_ret, NULL, work, w))
		return true;
	free(w);
	return false;
}

/* --- feeding --------------------------------------------------------------*/

/* The next job to fill, once it is free. */
static struct vkx_job *free_job(struct crew *crew)
{
	struct vkx_job *job = &crew->jobs[crew->next_put % SLOTS];

	pthread_mutex_lock(&crew->lock);
	while (crew->next_put - crew->next_report == SLOTS)
		pthread_cond_wait(&crew->done, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
	return job;
}

static void put_job(struct crew *crew, struct vkx_job *job)
{
	pthread_mutex_lock(&crew->lock);
	job->state = VKX_JOB_READY;
	crew->next_put++;
	pthread_cond_signal(&crew->work);
	pthread_mutex_unlock(&crew->lock);
}

static void put_paths(struct crew *crew, char **paths, size_t nr, size_t batch)
{
	struct vkx_job *job;
	size_t n;

	for (; nr; paths += n, nr -= n) {
		n = nr < batch ? nr : batch;
		job = free_job(crew);
		job->paths = paths;
		job->nr_paths = n;
		put_job(crew, job);
	}
}

static bool put_jobs(struct crew *crew, struct vkx_lines *in)
{
	struct vkx_job *job;

	while (!in->eof) {
		job = free_job(crew);
		if (!vkx_lines_fill(in, job))
			return false;
		if (job->len || job->overlong)
			put_job(crew, job);
	}
	return true;
}

static int put_lines(struct crew *crew, const char *path)
{
	bool standard = !strcmp(path, "-"), good;
	struct vkx_lines in = { .fd = STDIN_FILENO };

	if (!standard)
		in.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	good = in.fd >= 0 && put_jobs(crew, &in);
	if (!good)
		vkx_cli_error(path, "cannot read: %s", strerror(errno));
	vkx_lines_free(&in);
	if (!standard && in.fd >= 0)
		close(in.fd);
	return good ? VKX_EXIT_DONE : VKX_EXIT_FAILED;
}

static int feed(struct crew *crew, char **paths, size_t nr, size_t batch)
{
	int status = VKX_EXIT_DONE;

	put_paths(crew, paths, nr, batch);
	if (crew->audit->ndjson_path)
		status = put_lines(crew, crew->audit->ndjson_path);
	pthread_mutex_lock(&crew->lock);
	while (crew->next_report != crew->next_put)
		pthread_cond_wait(&crew->done, &crew->lock);
	crew->stop = true;
	pthread_cond_broadcast(&crew->work);
	pthread_mutex_unlock(&crew->lock);
	return status;
}

/* --- all of them ----------------------------------------------------------*/

static size_t wanted_threads(const struct vkx_audit *audit, size_t nr)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	size_t want = audit->threads;

	if (!want)
		want = online > 0 ? (size_t)online : 1;
	if (want > MAX_THREADS)
		want = MAX_THREADS;
	if (nr && want > nr && !audit->ndjson_path)
		want = nr;
	return want;
}

static int run_crew(struct crew *crew, char **paths, size_t nr)
{
	size_t want = wanted_threads(crew->audit, nr), n = 0, batch, i;
	pthread_t threads[MAX_THREADS];
	int status;

	while (n < want && start_worker(crew, &threads[n]))
		n++;
	if (!n) {
		vkx_cli_error(NULL, "cannot start a thread");
		return VKX_EXIT_FAILED;
	}
	/* Few machines are spread over all threads. */
	batch = nr / n + 1;
	if (batch > BATCH)
		batch = BATCH;
	crew->tty = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	crew->expected = crew->audit->ndjson_path ? 0 : nr;
	status = feed(crew, paths, nr, batch);
	if (crew->tty)
		fprintf(stderr, "\r\033[K");
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return status;
}

static int summary(const struct crew *crew, int status)
{
	const size_t *n = crew->counts;
	size_t all = n[0] + n[1] + n[2] + n[3];

	if (all > 1)
		fprintf(stderr,
			"%zu machines: %zu affirming, %zu warning, "
			"%zu contraindicated, %zu none\n",
			all, n[VKX_TIER_AFFIRMING], n[VKX_TIER_WARNING],
			n[VKX_TIER_CONTRAINDICATED], n[VKX_TIER_NONE]);
	if (crew->failed) {
		vkx_cli_error(NULL, "out of memory: verdicts are missing");
		return VKX_EXIT_FAILED;
	}
	if (status)
		return status;
	return all && n[VKX_TIER_AFFIRMING] == all ? VKX_EXIT_DONE :
						     VKX_EXIT_REFUSED;
}

int vkx_crew_run(struct vkx_audit *audit, char **paths, size_t nr)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	int status;
	size_t i;

	if (!crew) {
		vkx_cli_error(NULL, "out of memory");
		return VKX_EXIT_FAILED;
	}
	crew->audit = audit;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->work, NULL);
	pthread_cond_init(&crew->done, NULL);
	status = run_crew(crew, paths, nr);
	status = summary(crew, status);
	for (i = 0; i < SLOTS; i++)
		vkx_job_free(&crew->jobs[i]);
	free(crew);
	return status;
}
