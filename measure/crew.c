/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "keys/cli.h"
#include "measure/appraisal_text.h"
#include "measure/page_machine.h"

/* Jobs that are read ahead of the one that is reported next. Handing a job
 * over costs as much as a good part of an audit, so that one is many machines:
 * so many directories or tars, or so many bytes of NDJSON. */
#define SLOTS 16u
#define BATCH 32u
#define CHUNK 524288u
#define MAX_THREADS 256u
/* Base64 of the largest evidence, with names and room to spare. */
#define MAX_LINE ((size_t)VKX_MAX_EVIDENCE * 3 / 2)

enum job_state { JOB_FREE, JOB_READY, JOB_DONE };

/* One machine's part of the page. */
struct piece {
	enum vkx_tier tier;
	enum vkx_reason reason;
	size_t end; /* in the job's html */
};

struct answers {
	struct vkx_room room; /* kept from job to job */
	size_t len;
};

struct job {
	enum job_state state;
	char **paths; /* directories and tars, or NULL: */
	size_t nr_paths;
	struct vkx_room room; /* lines; kept from job to job */
	size_t len;
	bool overlong; /* the start of a line that is too long */
	/* The answers, rendered one after the other. */
	struct answers text, html;
	struct piece *pieces;
	size_t nr_pieces, pieces_room;
	size_t counts[VKX_TIER_AFFIRMING + 1];
	bool failed; /* answers are missing: out of memory */
};

struct crew {
	struct vkx_audit *audit;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	bool stop, reporting, failed;
	struct job jobs[SLOTS];
	size_t next_put, next_take, next_report; /* grow; modulo SLOTS */
	bool tty; /* stderr is a terminal, and stdout is not */
	size_t expected; /* machines, or 0 */
	int64_t shown; /* tenths of a second */
	size_t counts[VKX_TIER_AFFIRMING + 1];
};

/* --- one machine ----------------------------------------------------------*/

/* What a thread has for itself. */
struct bench {
	struct crew *crew;
	const struct vkx_audit *audit;
	struct vkx_appraisal appraisal;
	struct vkx_room room;
	FILE *text, *html;
};

static ssize_t answers_write(void *cookie, const char *buf, size_t size)
{
	struct answers *a = cookie;

	if (vkx_room_need(&a->room, a->len + size))
		return 0;
	memcpy(a->room.data + a->len, buf, size);
	a->len += size;
	return (ssize_t)size;
}

/* open_memstream() would do, but for its silence where memory ends. */
static FILE *answers_open(struct answers *a)
{
	static const cookie_io_functions_t functions = {
		.write = answers_write
	};

	a->len = 0;
	return fopencookie(a, "w", functions);
}

static const char *unread_why(int err, const char *missing)
{
	if (missing)
		return missing;
	return err == -VKX_ERR_FORMAT ? "neither a directory nor a tar of "
					"evidence, nor its JSON" :
					vkx_blob_why(err);
}

static void show(struct bench *b, struct job *job, const char *name,
		 struct vkx_span machine)
{
	const struct vkx_appraisal *a = &b->appraisal;
	struct piece *grown;

	if (job->nr_pieces == job->pieces_room) {
		grown = realloc(job->pieces,
				(2 * job->pieces_room + 1) * sizeof(*grown));
		job->failed = job->failed || !grown;
		if (!grown)
			return;
		job->pieces = grown;
		job->pieces_room = 2 * job->pieces_room + 1;
	}
	vkx_page_machine(b->html, name, a, machine, b->audit->page.fleet);
	grown = &job->pieces[job->nr_pieces++];
	grown->tier = a->tier;
	grown->reason = vkx_page_reason(a);
	(void)fflush(b->html); /* what is wrong with it is seen at its end */
	grown->end = job->html.len;
}

static void report(struct bench *b, struct job *job, const char *name,
		   struct vkx_span machine)
{
	const struct vkx_appraisal *a = &b->appraisal;

	if (b->audit->json)
		vkx_appraisal_tell(b->text, name, a);
	else
		vkx_appraisal_print(b->text, name, a);
	if (b->html)
		show(b, job, name, machine);
	job->counts[a->tier]++;
	vkx_appraisal_free(&b->appraisal);
}

static void judge(struct bench *b, struct job *job, const char *name, int err,
		  const char *missing, const struct vkx_evidence *ev)
{
	struct vkx_span machine = { NULL, 0 };

	if (err) {
		vkx_appraise_unread(unread_why(err, missing), &b->appraisal);
	} else {
		vkx_appraise(&b->audit->policy, ev, &b->appraisal);
		machine = ev->file[VKX_EVIDENCE_MACHINE];
	}
	report(b, job, name, machine);
}

static void judge_path(struct bench *b, struct job *job, const char *path)
{
	struct vkx_evidence ev;
	const char *missing;
	int err = vkx_evidence_read(path, &b->room, &ev, &missing);

	judge(b, job, path, err, missing, &ev);
}

static void judge_lines(struct bench *b, struct job *job)
{
	char *line = (char *)job->room.data, *end = line + job->len, *next;
	const char *name, *missing;
	struct vkx_evidence ev;
	int err;

	for (; line < end; line = next) {
		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next + 1 : end;
		if (strspn(line, " \t\r\n") >= (size_t)(next - line))
			continue;
		err = vkx_evidence_from_json(line, (size_t)(next - line), &ev,
					     &name, &missing);
		judge(b, job, name ? name : "(unnamed)", err, missing, &ev);
	}
}

static void judge_all(struct bench *b, struct job *job)
{
	size_t i;

	if (job->overlong)
		judge(b, job, "(unnamed)", -VKX_ERR_LIMIT, NULL, NULL);
	else if (job->paths)
		for (i = 0; i < job->nr_paths; i++)
			judge_path(b, job, job->paths[i]);
	else
		judge_lines(b, job);
}

static bool closed(FILE *f)
{
	bool good = !ferror(f);

	return fclose(f) == 0 && good;
}

static void work_on(struct bench *b, struct job *job)
{
	bool html = b->audit->html_path != NULL;

	b->text = answers_open(&job->text);
	b->html = html ? answers_open(&job->html) : NULL;
	job->failed = !b->text || (html && !b->html);
	if (!job->failed)
		judge_all(b, job);
	if (b->text && !closed(b->text))
		job->failed = true;
	if (b->html && !closed(b->html))
		job->failed = true;
}

/* --- reports, in order ----------------------------------------------------*/

/* For the next lines; the room stays. */
static void job_clear(struct job *job)
{
	struct vkx_room room = job->room, text = job->text.room,
			html = job->html.room;

	free(job->pieces);
	memset(job, 0, sizeof(*job));
	job->room = room;
	job->text.room = text;
	job->html.room = html;
}

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

static void add_pieces(struct vkx_page *page, const struct job *job)
{
	size_t i, start = 0;

	for (i = 0; !job->failed && i < job->nr_pieces; i++) {
		vkx_page_add(page, job->pieces[i].tier, job->pieces[i].reason,
			     (const char *)job->html.room.data + start,
			     job->pieces[i].end - start);
		start = job->pieces[i].end;
	}
}

static void report_job(struct crew *crew, struct job *job)
{
	size_t i;

	if (job->text.len)
		fwrite(job->text.room.data, 1, job->text.len, stdout);
	/* Who feeds us line by line gets answers as they are known. */
	fflush(stdout);
	add_pieces(&crew->audit->page, job);
	for (i = 0; i <= VKX_TIER_AFFIRMING; i++)
		crew->counts[i] += job->counts[i];
	crew->failed = crew->failed || job->failed;
	job_clear(job);
	show_progress(crew);
}

/* All jobs whose turn it is, by whoever comes first; with the lock held. */
static void report_done(struct crew *crew)
{
	struct job *job = &crew->jobs[crew->next_report % SLOTS];

	while (!crew->reporting && job->state == JOB_DONE) {
		crew->reporting = true;
		pthread_mutex_unlock(&crew->lock);
		report_job(crew, job);
		pthread_mutex_lock(&crew->lock);
		crew->reporting = false;
		job = &crew->jobs[++crew->next_report % SLOTS];
		pthread_cond_signal(&crew->done);
	}
}

static void *worker(void *arg)
{
	struct bench *b = arg;
	struct crew *crew = b->crew;
	struct job *job;

	pthread_mutex_lock(&crew->lock);
	for (;;) {
		while (!crew->stop && crew->next_take == crew->next_put)
			pthread_cond_wait(&crew->work, &crew->lock);
		if (crew->next_take == crew->next_put)
			break;
		job = &crew->jobs[crew->next_take++ % SLOTS];
		pthread_mutex_unlock(&crew->lock);
		work_on(b, job);
		pthread_mutex_lock(&crew->lock);
		job->state = JOB_DONE;
		report_done(crew);
	}
	pthread_mutex_unlock(&crew->lock);
	vkx_room_free(&b->room);
	vkx_appraisal_end(&b->appraisal);
	free(b);
	return NULL;
}

static bool start_worker(struct crew *crew, pthread_t *thread_ret)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (!b)
		return false;
	b->crew = crew;
	b->audit = crew->audit;
	if (!pthread_create(thread_ret, NULL, worker, b))
		return true;
	free(b);
	return false;
}

/* --- feeding --------------------------------------------------------------*/

/* The next job to fill, once it is free. */
static struct job *free_job(struct crew *crew)
{
	struct job *job = &crew->jobs[crew->next_put % SLOTS];

	pthread_mutex_lock(&crew->lock);
	while (crew->next_put - crew->next_report == SLOTS)
		pthread_cond_wait(&crew->done, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
	return job;
}

static void put_job(struct crew *crew, struct job *job)
{
	pthread_mutex_lock(&crew->lock);
	job->state = JOB_READY;
	crew->next_put++;
	pthread_cond_signal(&crew->work);
	pthread_mutex_unlock(&crew->lock);
}

static void put_paths(struct crew *crew, char **paths, size_t nr, size_t batch)
{
	struct job *job;
	size_t n;

	for (; nr; paths += n, nr -= n) {
		n = nr < batch ? nr : batch;
		job = free_job(crew);
		job->paths = paths;
		job->nr_paths = n;
		put_job(crew, job);
	}
}

struct lines {
	int fd;
	bool eof, skipping; /* skipping: inside of a line that was too long */
	struct vkx_room rest; /* the begun line behind the last job's */
	size_t rest_len;
};

/* One read; false: an error. */
static bool read_more(struct lines *in, struct job *job)
{
	ssize_t n;

	do
		n = read(in->fd, job->room.data + job->len,
			 job->room.size - job->len);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		job->len += (size_t)n;
	in->eof = n == 0;
	return n >= 0;
}

static bool more_is_there(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* Forgets what belongs to a line that was too long. */
static void skip_line(struct lines *in, struct job *job)
{
	const uint8_t *p = job->room.data;
	const uint8_t *newline = memchr(p, '\n', job->len);
	size_t n = newline ? (size_t)(newline + 1 - p) : job->len;

	memmove(job->room.data, p + n, job->len - n);
	job->len -= n;
	in->skipping = !newline;
}

/* Bytes up to and with the last newline; 0: no line is whole. */
static size_t whole_lines(const struct lines *in, const struct job *job)
{
	const uint8_t *p = job->room.data;
	const uint8_t *newline = memrchr(p, '\n', job->len);

	if (in->eof)
		return job->len;
	return newline ? (size_t)(newline + 1 - p) : 0;
}

/* As many lines as fit, or as are there; false: an error. */
static bool fill(struct lines *in, struct job *job)
{
	size_t whole = 0;

	if (vkx_room_need(&job->room, in->rest_len + CHUNK))
		return false;
	memcpy(job->room.data, in->rest.data, in->rest_len);
	job->len = in->rest_len;
	while (!in->eof && !(whole && job->len == job->room.size)) {
		if (job->len == job->room.size) {
			if (job->len >= MAX_LINE)
				break;
			if (vkx_room_need(&job->room, 2 * job->room.size))
				return false;
		}
		if (!read_more(in, job))
			return false;
		if (in->skipping)
			skip_line(in, job);
		whole = whole_lines(in, job);
		if (whole && !more_is_there(in->fd))
			break;
	}
	job->overlong = !whole && job->len;
	in->skipping = in->skipping || job->overlong;
	in->rest_len = job->overlong ? 0 : job->len - whole;
	if (vkx_room_need(&in->rest, in->rest_len + 1))
		return false;
	memcpy(in->rest.data, job->room.data + whole, in->rest_len);
	job->len = whole;
	return true;
}

static bool put_jobs(struct crew *crew, struct lines *in)
{
	struct job *job;

	while (!in->eof) {
		job = free_job(crew);
		if (!fill(in, job))
			return false;
		if (job->len || job->overlong)
			put_job(crew, job);
	}
	return true;
}

static int put_lines(struct crew *crew, const char *path)
{
	bool standard = !strcmp(path, "-"), good;
	struct lines in = { .fd = STDIN_FILENO };

	if (!standard)
		in.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	good = in.fd >= 0 && put_jobs(crew, &in);
	if (!good)
		vkx_cli_error(path, "cannot read: %s", strerror(errno));
	vkx_room_free(&in.rest);
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
	for (i = 0; i < SLOTS; i++) {
		vkx_room_free(&crew->jobs[i].room);
		vkx_room_free(&crew->jobs[i].text.room);
		vkx_room_free(&crew->jobs[i].html.room);
	}
	free(crew);
	return status;
}
