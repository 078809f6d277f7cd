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
#include "verify/cpus.h"
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
	size_t cpus; /* that we may use */
	bool json;
};

static void progress(void *ptr, uint64_t done, uint64_t total)
{
	struct one *one = ptr;

	(void)total;
	vkx_progress_add(&one->job->bar, done - one->reported);
	one->reported = done;
}

/* A file that a thread is at. */
struct slot {
	struct vkx_infile in;
	struct vkx_work *work; /* NULL: none */
	struct one *one;
	size_t index;
};

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

static void publish(struct job *job, size_t index, struct one *one)
{
	pthread_mutex_lock(&job->lock);
	job->results[index] = one;
	pthread_cond_broadcast(&job->changed);
	pthread_mutex_unlock(&job->lock);
}

/* Begins with a file; an error that stands already is its result. */
static void begin(struct job *job, size_t index, struct slot *slot)
{
	struct vkx_verify_params params = job->arg->params;
	struct one *one = calloc(1, sizeof(*one));

	if (!one) {
		publish(job, index, &no_memory);
		return;
	}
	one->job = job;
	params.read_ahead = job->count == 1;
	params.progress = progress;
	params.progress_arg = one;
	one->err = vkx_infile_open(&slot->in, job->files[index]);
	if (one->err) {
		one->error = errno;
		publish(job, index, one);
		return;
	}
	slot->index = index;
	slot->one = one;
	slot->work = vkx_verify_begin(&slot->in, &params, &one->verified);
	if (slot->work)
		return;
	vkx_infile_close(&slot->in);
	one->err = -VKX_ERR_NOMEM;
	publish(job, index, one);
}

static void end(struct job *job, struct slot *slot)
{
	struct one *one = slot->one;

	one->err = vkx_verify_end(slot->work);
	one->error = errno;
	vkx_infile_close(&slot->in);
	slot->work = NULL;
	publish(job, slot->index, one);
}

/* Two files at a time, which a CPU hashes at about the price of one; but one
 * where there are not more files than CPUs. */
static void *work(void *arg)
{
	struct job *job = arg;
	struct slot slots[2] = { 0 };
	size_t i, s, width = job->count > job->cpus ? 2 : 1;

	for (;;) {
		for (s = 0; s < width; s++)
			while (!slots[s].work && take_next(job, &i))
				begin(job, i, &slots[s]);
		if (slots[0].work)
			vkx_verify_step(slots[0].work, slots[1].work);
		else if (slots[1].work)
			vkx_verify_step(slots[1].work, NULL);
		else
			return NULL;
		for (s = 0; s < width; s++)
			if (slots[s].work && vkx_verify_ended(slots[s].work))
				end(job, &slots[s]);
	}
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
	size_t n = job->cpus < job->count ? job->cpus : job->count;

	if (job->count == 1)
		return 0;
	return n > MAX_THREADS ? MAX_THREADS : n;
}

static int run(struct job *job)
{
	pthread_t threads[MAX_THREADS];
	size_t i, n, made = 0;
	int status;

	job->cpus = vkx_cpus_usable();
	n = thread_count(job);

	/* One more: calloc(0) may be NULL, and no file is no reason to fail. */
	job->results = calloc(job->count + 1, sizeof(struct one *));
	if (!job->results)
		return vkx_report_error(NULL, -VKX_ERR_NOMEM, 0, NULL);
	pthread_mutex_init(&job->lock, NULL);
	pthread_cond_init(&job->changed, NULL);
	vkx_progress_start(&job->bar, "checking",
			   total_size(job->files, job->count));
	for (i = 0; i < n; i++)
		made += !pthread_create(&threads[made], NULL, work, job);
	if (!made)
		work(job);
	status = report_all(job);
	for (i = 0; i < made; i++)
		pthread_join(threads[i], NULL);
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
