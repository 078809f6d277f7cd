/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/cli.h"
#include "verify/cmds.h"
#include "verify/progress.h"
#include "verify/report.h"
#include "verify/trustarg.h"

static const char help[] =
	"Usage: vkexec-verify check --trust CRT [OPTION]... FILE...\n"
	"Checks each file as the kernel would before a kexec: form, signature,\n"
	"signer, revocation, SBAT level, device trees. Exit status 3 if one is\n"
	"refused, 1 if one could not be read.\n"
	"\n" VKX_TRUSTARG_HELP
	"  --digests            SHA-256 of each component too\n"
	"  --json               one JSON object per file, one per line, also for\n"
	"                       one that cannot be read (\"error\" says why)\n"
	"\n"
	"Examples:\n"
	"  vkexec-verify check --trust release.crt release.efi\n"
	"  vkexec-verify check --trust ca.pem --revoked dbx.esl --json *.efi\n"
	"  vkexec-verify check --any-pe --trust debian-ca.pem fwupdaa64.efi\n";

/* Two threads for each CPU: together they keep its SHA unit busy. */
#define MAX_THREADS 64u

struct one {
	struct vkx_verified verified;
	uint64_t reported; /* bytes told to the progress bar */
	struct job *job;
	int err, error;
};

/* The result of a file for which there was no room for a result. */
static struct one no_memory = { .err = -VKX_ERR_NOMEM };

/* Files are checked by several threads and reported in order by main's. */
struct job {
	const struct vkx_trustarg *arg;
	char **files;
	size_t count, next;
	struct one **results;
	struct vkx_progress bar;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct vkx_pair pairs[MAX_THREADS / 2];
	size_t paired; /* threads that have a place in a pair */
	bool json;
};

static void progress(void *ptr, uint64_t done, uint64_t total)
{
	struct one *one = ptr;

	(void)total;
	vkx_progress_add(&one->job->bar, done - one->reported);
	one->reported = done;
}

static void check_one(struct job *job, struct vkx_pair *pair, const char *file,
		      struct one *one)
{
	struct vkx_verify_params params = job->arg->params;
	struct vkx_infile in;

	one->job = job;
	params.read_ahead = job->count == 1;
	params.pair = pair;
	params.progress = progress;
	params.progress_arg = one;
	one->err = vkx_infile_open(&in, file);
	if (!one->err) {
		one->err = vkx_verify_file(&in, &params, &one->verified);
		one->error = errno;
		vkx_infile_close(&in);
	} else {
		one->error = errno;
	}
}

static bool take_next(struct job *job, size_t *index_ret)
{
	bool more;

	pthread_mutex_lock(&job->lock);
	more = job->next < job->count;
	*index_ret = job->next;
	job->next += more;
	pthread_mutex_unlock(&job->lock);
	return more;
}

/* One file alone needs no pair; its thread reads ahead. */
static struct vkx_pair *take_pair(struct job *job)
{
	struct vkx_pair *pair = NULL;

	pthread_mutex_lock(&job->lock);
	if (job->count > 1)
		pair = &job->pairs[job->paired++ / 2];
	pthread_mutex_unlock(&job->lock);
	return pair;
}

static void *work(void *arg)
{
	struct job *job = arg;
	struct vkx_pair *pair = take_pair(job);
	struct one *one;
	size_t i;

	while (take_next(job, &i)) {
		one = calloc(1, sizeof(*one));
		if (one)
			check_one(job, pair, job->files[i], one);
		pthread_mutex_lock(&job->lock);
		job->results[i] = one ? one : &no_memory;
		pthread_cond_broadcast(&job->changed);
		pthread_mutex_unlock(&job->lock);
	}
	return NULL;
}

static int report(const struct job *job, const char *file,
		  const struct one *one)
{
	const struct vkx_verify_params *params = &job->arg->params;

	if (one->err) {
		if (job->json)
			vkx_report_json_error(stdout, file, one->err,
					      one->error);
		return vkx_report_error(file, one->err, one->error, NULL);
	}
	if (job->json) {
		vkx_report_json(stdout, file, params, &one->verified);
	} else {
		vkx_report_text(stdout, file, params, &one->verified);
	}
	return one->verified.verdict == VKX_VERDICT_BOOT ? VKX_EXIT_DONE :
							   VKX_EXIT_REFUSED;
}

static int report_all(struct job *job)
{
	int status = VKX_EXIT_DONE;
	struct one *one;
	size_t i;

	for (i = 0; i < job->count; i++) {
		pthread_mutex_lock(&job->lock);
		while (!job->results[i])
			pthread_cond_wait(&job->changed, &job->lock);
		one = job->results[i];
		pthread_mutex_unlock(&job->lock);
		vkx_progress_hide(&job->bar);
		status =
			vkx_exit_worse(status, report(job, job->files[i], one));
		vkx_verified_free(&one->verified);
		if (one != &no_memory)
			free(one);
	}
	return status;
}

static uint64_t total_size(char **files, size_t count)
{
	uint64_t total = 0;
	struct stat st;
	size_t i;

	for (i = 0; i < count; i++)
		if (!stat(files[i], &st) && S_ISREG(st.st_mode))
			total += (uint64_t)st.st_size;
	return total;
}

static size_t thread_count(const struct job *job)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = cpus < 1 ? 2 : 2 * (size_t)cpus;

	if (job->count == 1)
		return 0;
	if (n > job->count)
		n = job->count;
	return n > MAX_THREADS ? MAX_THREADS : n;
}

static int run(struct job *job)
{
	pthread_t threads[MAX_THREADS];
	size_t i, n = thread_count(job), made = 0;
	int status;

	/* One more: calloc(0) may be NULL, and no file is no reason to fail. */
	job->results = calloc(job->count + 1, sizeof(struct one *));
	if (!job->results)
		return vkx_report_error(NULL, -VKX_ERR_NOMEM, 0, NULL);
	pthread_mutex_init(&job->lock, NULL);
	pthread_cond_init(&job->changed, NULL);
	for (i = 0; i < MAX_THREADS / 2; i++)
		vkx_pair_init(&job->pairs[i]);
	vkx_progress_start(&job->bar, "checking",
			   total_size(job->files, job->count));
	for (i = 0; i < n; i++)
		made += !pthread_create(&threads[made], NULL, work, job);
	if (!made)
		work(job);
	status = report_all(job);
	for (i = 0; i < made; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < MAX_THREADS / 2; i++)
		vkx_pair_free(&job->pairs[i]);
	free(job->results);
	vkx_progress_end(&job->bar);
	return status;
}

static int read_options(int argc, char **argv, struct vkx_trustarg *arg,
			struct job *job)
{
	const struct vkx_option table[] = {
		{ .name = "digests", .flag = &arg->params.components },
		{ .name = "json", .flag = &job->json },
		VKX_TRUSTARG_ROWS(arg),
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "check",
		.help = help,
		.options = table,
		.operand = "file",
		.min = 1,
		.max = SIZE_MAX,
	};
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status;
	job->files = argv + optind;
	job->count = (size_t)(argc - optind);
	if (arg->params.any_pe && arg->params.components)
		return vkx_cli_usage("check: --any-pe knows no components: "
				     "--digests goes without it");
	return vkx_trustarg_check(arg);
}

int cmd_check(int argc, char **argv)
{
	struct vkx_trustarg arg = { 0 };
	struct job job = { .arg = &arg };
	int status = read_options(argc, argv, &arg, &job);

	if (!status)
		status = vkx_trustarg_load(&arg);
	if (!status)
		status = run(&job);
	vkx_trustarg_free(&arg);
	return status < 0 ? VKX_EXIT_DONE : status;
}
