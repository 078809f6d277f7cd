/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "keys/cli.h"
#include "keys/outfile.h"
#include "measure/appraisal_text.h"
#include "measure/detached.h"

/* Jobs that are read ahead of the one whose verdicts are printed next, and
 * machines in a job: handing over costs as much as a good part of an audit. */
#define SLOTS 16u
#define BATCH 32u
#define MAX_THREADS 256u
#define MAX_CERTS_FILE 4194304u
/* 0 to 9 and 12: firmware, the first boot loader, and our records. */
#define REQUIRED_PCRS 0x13ffu

void vkx_audit_init(struct vkx_audit *audit)
{
	memset(audit, 0, sizeof(*audit));
	audit->policy.required_pcrs = REQUIRED_PCRS;
}

void vkx_audit_free(struct vkx_audit *audit)
{
	size_t i;

	for (i = 0; i < audit->nr_ak_names; i++)
		free((void *)(uintptr_t)audit->ak_names[i].p);
	free(audit->ak_names);
	vkx_manifest_free(&audit->manifest);
	vkx_evidence_free(&audit->previous);
	vkx_blob_free(&audit->nonce);
	vkx_challenge_free(&audit->challenge);
	memset(audit, 0, sizeof(*audit));
}

/* --- what all machines have in common -------------------------------------*/

static bool read_blob(const char *path, size_t max, struct vkx_blob *ret)
{
	int err = vkx_blob_read(AT_FDCWD, path, max, ret);

	if (err)
		vkx_cli_error(path, "cannot read: %s", vkx_blob_why(err));
	return !err;
}

static bool keep_name(struct vkx_audit *audit, const struct vkx_ak *ak)
{
	struct vkx_span *grown;
	void *name;

	grown = realloc(audit->ak_names,
			(audit->nr_ak_names + 1) * sizeof(*grown));
	if (!grown)
		return false;
	audit->ak_names = grown;
	name = malloc(ak->name_len);
	if (!name)
		return false;
	memcpy(name, ak->name, ak->name_len);
	grown[audit->nr_ak_names].p = name;
	grown[audit->nr_ak_names++].len = ak->name_len;
	return true;
}

static bool add_ak_file(struct vkx_audit *audit, const char *path)
{
	struct vkx_blob blob;
	struct vkx_ak ak;
	enum vkx_reason why;
	bool good;

	if (!read_blob(path, 4096, &blob))
		return false;
	why = vkx_ak_parse(blob.data, blob.size, &ak);
	if (why != VKX_REASON_FINE)
		vkx_cli_error(path, "not an AK to trust: %s",
			      vkx_reason_text(why));
	good = why == VKX_REASON_FINE && keep_name(audit, &ak);
	vkx_blob_free(&blob);
	return good;
}

static bool add_ak_dir(struct vkx_audit *audit, const char *path, DIR *dir)
{
	struct dirent *d;
	bool good = true;
	char *name;

	while (good && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		if (asprintf(&name, "%s/%s", path, d->d_name) < 0)
			return false;
		good = add_ak_file(audit, name);
		free(name);
	}
	return good;
}

static int by_bytes(const void *a, const void *b)
{
	const struct vkx_span *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->p, y->p, x->len);
}

bool vkx_audit_add_ak(struct vkx_audit *audit, const char *path)
{
	DIR *dir = opendir(path);
	char *one = NULL;
	bool good;

	if (!dir)
		return add_ak_file(audit, path);
	/* What 'provision' wrote: its other files are no AKs. */
	if (asprintf(&one, "%s/ak.pub", path) < 0)
		good = false;
	else if (!access(one, F_OK))
		good = add_ak_file(audit, one);
	else
		good = add_ak_dir(audit, path, dir);
	free(one);
	closedir(dir);
	return good;
}

static bool check_manifest(const struct vkx_audit *audit,
			   const struct vkx_blob *text,
			   const struct vkx_blob *sig)
{
	struct vkx_blob trust;
	int err;

	if (!read_blob(audit->trust_path, MAX_CERTS_FILE, &trust))
		return false;
	err = vkx_detached_check(text->data, text->size, sig->data, sig->size,
				 trust.data, trust.size);
	vkx_blob_free(&trust);
	if (err == -VKX_ERR_MISMATCH)
		vkx_cli_error(audit->manifest_path,
			      "is not signed by anybody "
			      "in %s",
			      audit->trust_path);
	else if (err)
		vkx_cli_error(audit->manifest_path,
			      "its .p7s is not a "
			      "detached CMS signature by one signer, or %s "
			      "has no certificate",
			      audit->trust_path);
	return !err;
}

/* V109: a manifest of another product, or one that was replaced since, is as
 * well signed as the right one. */
static bool check_wanted(const struct vkx_audit *audit)
{
	const struct vkx_manifest *m = &audit->manifest;

	if (audit->product && strcmp(audit->product, m->product) != 0) {
		vkx_cli_error(audit->manifest_path, "is not of product %s",
			      audit->product);
		return false;
	}
	if (m->release < audit->release) {
		vkx_cli_error(audit->manifest_path,
			      "is of release %llu, and "
			      "at least %u is asked for",
			      (unsigned long long)m->release, audit->release);
		return false;
	}
	return true;
}

/* Nothing of a manifest is read before its signature holds. */
static int load_manifest(struct vkx_audit *audit)
{
	struct vkx_blob text = { NULL, 0 }, sig = { NULL, 0 };
	int status = VKX_EXIT_FAILED;
	const char *what;
	char *p7s = NULL;

	if (!read_blob(audit->manifest_path, VKX_MAX_MANIFEST, &text) ||
	    asprintf(&p7s, "%s.p7s", audit->manifest_path) < 0)
		goto out;
	if (!read_blob(p7s, 65536, &sig))
		goto out;
	status = VKX_EXIT_REFUSED;
	if (!check_manifest(audit, &text, &sig))
		goto out;
	if (vkx_manifest_parse((const char *)text.data, text.size,
			       &audit->manifest, &what)) {
		vkx_cli_error(audit->manifest_path, "cannot be understood: %s",
			      what);
		goto out;
	}
	if (!check_wanted(audit))
		goto out;
	audit->policy.manifest = &audit->manifest;
	status = VKX_EXIT_DONE;
out:
	free(p7s);
	vkx_blob_free(&text);
	vkx_blob_free(&sig);
	return status;
}

static int load_previous(struct vkx_audit *audit)
{
	const char *missing;
	enum vkx_reason why;
	int err;

	if (!audit->previous_path)
		return VKX_EXIT_DONE;
	err = vkx_evidence_read(audit->previous_path, &audit->previous,
				&missing);
	if (err) {
		vkx_cli_error(audit->previous_path, "cannot read: %s%s",
			      missing ? "no " : "",
			      missing ? missing : vkx_blob_why(err));
		return VKX_EXIT_FAILED;
	}
	why = vkx_appraise_signature(&audit->previous, &audit->previous_ak,
				     &audit->previous_attest);
	if (why != VKX_REASON_FINE) {
		vkx_cli_error(audit->previous_path, "%s", vkx_reason_text(why));
		return VKX_EXIT_REFUSED;
	}
	/* Evidence of another machine says nothing about this one. */
	audit->policy.previous = &audit->previous_attest;
	audit->policy.previous_ak.p = audit->previous_ak.name;
	audit->policy.previous_ak.len = audit->previous_ak.name_len;
	return VKX_EXIT_DONE;
}

static int load_challenge(struct vkx_audit *audit)
{
	struct vkx_challenge *c = &audit->challenge;
	struct vkx_blob text = { NULL, 0 }, ca = { NULL, 0 };
	int err;

	if (!audit->challenge_path)
		return VKX_EXIT_DONE;
	if (!read_blob(audit->challenge_path, MAX_CERTS_FILE, &text))
		return VKX_EXIT_FAILED;
	err = vkx_challenge_parse((const char *)text.data, c);
	vkx_blob_free(&text);
	if (err) {
		vkx_cli_error(audit->challenge_path, "is not the secret half "
						     "of a challenge");
		return VKX_EXIT_FAILED;
	}
	if (!read_blob(audit->ek_ca_path, MAX_CERTS_FILE, &ca))
		return VKX_EXIT_FAILED;
	audit->policy.ek_unknown =
		!c->ek_cert.data ||
		vkx_ek_check_cert(c->ek_cert.data, c->ek_cert.size, ca.data,
				  ca.size);
	vkx_blob_free(&ca);
	audit->policy.challenge_ak.p = c->ak_name;
	audit->policy.challenge_ak.len = c->ak_name_len;
	audit->policy.challenge_secret.p = c->secret;
	audit->policy.challenge_secret.len = sizeof(c->secret);
	return VKX_EXIT_DONE;
}

static int prepare(struct vkx_audit *audit)
{
	int status = load_manifest(audit);

	if (!status)
		status = load_previous(audit);
	if (!status)
		status = load_challenge(audit);
	audit->policy.nonce.p = audit->nonce.data;
	audit->policy.nonce.len = audit->nonce.size;
	qsort(audit->ak_names, audit->nr_ak_names, sizeof(*audit->ak_names),
	      by_bytes);
	audit->policy.ak_names = audit->ak_names;
	audit->policy.nr_ak_names = audit->nr_ak_names;
	return status;
}

/* --- one machine ----------------------------------------------------------*/

enum job_state { JOB_FREE, JOB_READY, JOB_DONE };

/* One machine's evidence: a directory or tar, or a line of NDJSON. */
struct item {
	char *path, *line; /* one of them is NULL */
};

struct job {
	enum job_state state;
	size_t nr;
	struct item items[BATCH];
	/* The answers, rendered one after the other. */
	char *text, *html;
	size_t text_len, html_len;
	size_t counts[VKX_TIER_AFFIRMING + 1];
};

struct pool {
	struct vkx_audit *audit;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	bool stop;
	struct job jobs[SLOTS];
	struct job filling; /* not yet given to anybody */
	size_t batch; /* machines in a job */
	size_t next_put, next_take, next_print; /* grow; modulo SLOTS */
	bool tty; /* stderr is a terminal, and stdout is not */
	size_t expected; /* machines, or 0 */
	int64_t shown; /* tenths of a second */
	size_t counts[VKX_TIER_AFFIRMING + 1];
};

static const char *unread_why(int err, const char *missing)
{
	if (missing)
		return missing;
	return err == -VKX_ERR_FORMAT ? "neither a directory nor a tar of "
					"evidence, nor its JSON" :
					vkx_blob_why(err);
}

static void render(const struct vkx_audit *audit, FILE *text,
		   struct vkx_page *page, const char *name,
		   const struct vkx_appraisal *a, struct vkx_span machine)
{
	json_object *o;

	if (audit->json) {
		o = vkx_appraisal_json(name, a);
		fputs(json_object_to_json_string_ext(
			      o, JSON_C_TO_STRING_PLAIN |
					 JSON_C_TO_STRING_NOSLASHESCAPE),
		      text);
		fputc('\n', text);
		json_object_put(o);
	} else {
		vkx_appraisal_print(text, name, a);
	}
	if (page->out)
		vkx_page_machine(page, name, a, machine);
}

static enum vkx_tier judge_item(const struct vkx_audit *audit,
				const struct item *item,
				struct vkx_appraisal *a, FILE *text,
				struct vkx_page *page)
{
	struct vkx_evidence ev;
	const char *missing;
	char *given = NULL;
	const char *name;
	enum vkx_tier tier;
	int err;

	if (item->path)
		err = vkx_evidence_read(item->path, &ev, &missing);
	else
		err = vkx_evidence_from_json(item->line, &ev, &given, &missing);
	name = item->path ? item->path : given ? given : "(unnamed)";
	if (err) {
		memset(&ev, 0, sizeof(ev));
		vkx_appraise_unread(unread_why(err, missing), a);
	} else {
		vkx_appraise(&audit->policy, &ev, a);
	}
	render(audit, text, page, name, a, ev.file[VKX_EVIDENCE_MACHINE]);
	tier = a->tier;
	vkx_appraisal_free(a);
	vkx_evidence_free(&ev);
	free(given);
	return tier;
}

/* Without memory for the answers they count as "none", and nothing is said. */
static void work_on(const struct vkx_audit *audit, struct job *job,
		    struct vkx_appraisal *a)
{
	FILE *text = open_memstream(&job->text, &job->text_len);
	struct vkx_page page = { 0 };
	size_t i;

	if (audit->html_path)
		page.out = open_memstream(&job->html, &job->html_len);
	if (!text || (audit->html_path && !page.out))
		job->counts[VKX_TIER_NONE] = job->nr;
	else
		for (i = 0; i < job->nr; i++)
			job->counts[judge_item(audit, &job->items[i], a, text,
					       &page)]++;
	if (text)
		fclose(text);
	if (page.out)
		fclose(page.out);
}

static void *worker(void *arg)
{
	struct vkx_appraisal *a = calloc(1, sizeof(*a));
	struct pool *pool = arg;
	struct job *job;

	pthread_mutex_lock(&pool->lock);
	while (a) {
		while (!pool->stop && pool->next_take == pool->next_put)
			pthread_cond_wait(&pool->work, &pool->lock);
		if (pool->next_take == pool->next_put)
			break;
		job = &pool->jobs[pool->next_take++ % SLOTS];
		pthread_mutex_unlock(&pool->lock);
		work_on(pool->audit, job, a);
		pthread_mutex_lock(&pool->lock);
		job->state = JOB_DONE;
		pthread_cond_signal(&pool->done);
	}
	pthread_mutex_unlock(&pool->lock);
	free(a);
	return NULL;
}

/* --- all of them ----------------------------------------------------------*/

static void job_free(struct job *job)
{
	size_t i;

	for (i = 0; i < job->nr; i++) {
		free(job->items[i].path);
		free(job->items[i].line);
	}
	free(job->text);
	free(job->html);
	memset(job, 0, sizeof(*job));
}

/* How many machines are done, for whoever waits; ten times a second. */
static void show_progress(struct pool *pool)
{
	const size_t *n = pool->counts;
	struct timespec t;
	int64_t now;

	if (!pool->tty)
		return;
	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (int64_t)t.tv_sec * 10 + t.tv_nsec / 100000000;
	if (now == pool->shown)
		return;
	pool->shown = now;
	fprintf(stderr, "\r%zu", n[0] + n[1] + n[2] + n[3]);
	if (pool->expected)
		fprintf(stderr, " of %zu", pool->expected);
	fprintf(stderr, " machines, %zu affirming\033[K",
		n[VKX_TIER_AFFIRMING]);
}

/* Prints the oldest job, once it is done; called with the lock held. */
static void print_next(struct pool *pool)
{
	struct job *job = &pool->jobs[pool->next_print % SLOTS];
	size_t i;

	while (job->state != JOB_DONE)
		pthread_cond_wait(&pool->done, &pool->lock);
	pool->next_print++;
	pthread_mutex_unlock(&pool->lock);
	if (job->text)
		fwrite(job->text, 1, job->text_len, stdout);
	if (job->html && pool->audit->html)
		fwrite(job->html, 1, job->html_len, pool->audit->html);
	for (i = 0; i <= VKX_TIER_AFFIRMING; i++)
		pool->counts[i] += job->counts[i];
	job_free(job);
	show_progress(pool);
	pthread_mutex_lock(&pool->lock);
}

/* Gives the job that is being filled to the workers. */
static void put_job(struct pool *pool)
{
	if (!pool->filling.nr)
		return;
	pthread_mutex_lock(&pool->lock);
	while (pool->next_put - pool->next_print == SLOTS)
		print_next(pool);
	pool->filling.state = JOB_READY;
	pool->jobs[pool->next_put++ % SLOTS] = pool->filling;
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	memset(&pool->filling, 0, sizeof(pool->filling));
}

/* Takes ownership of path and line, one of which is NULL. */
static void put_item(struct pool *pool, char *path, char *line)
{
	struct job *job = &pool->filling;

	job->items[job->nr].path = path;
	job->items[job->nr++].line = line;
	if (job->nr == pool->batch)
		put_job(pool);
}

static int put_lines(struct pool *pool, const char *path)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *line = NULL;
	size_t room = 0;
	int status = VKX_EXIT_DONE;

	if (!in) {
		vkx_cli_error(path, "cannot read: %s", strerror(errno));
		return VKX_EXIT_FAILED;
	}
	while (getline(&line, &room, in) > 0) {
		put_item(pool, NULL, line);
		line = NULL;
		room = 0;
	}
	if (ferror(in)) {
		vkx_cli_error(path, "cannot read: %s", strerror(errno));
		status = VKX_EXIT_FAILED;
	}
	free(line);
	if (in != stdin)
		fclose(in);
	return status;
}

static int feed(struct pool *pool, char **paths, size_t nr)
{
	int status = VKX_EXIT_DONE;
	size_t i;

	for (i = 0; i < nr; i++)
		put_item(pool, strdup(paths[i]), NULL);
	if (pool->audit->ndjson_path)
		status = put_lines(pool, pool->audit->ndjson_path);
	put_job(pool);
	pthread_mutex_lock(&pool->lock);
	while (pool->next_print != pool->next_put)
		print_next(pool);
	pool->stop = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	return status;
}

static int run_pool(struct pool *pool, char **paths, size_t nr)
{
	pthread_t threads[MAX_THREADS];
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	size_t want = pool->audit->threads, n = 0, i;
	int status;

	if (!want)
		want = online > 0 ? (size_t)online : 1;
	if (want > MAX_THREADS)
		want = MAX_THREADS;
	if (nr && want > nr && !pool->audit->ndjson_path)
		want = nr;
	while (n < want && !pthread_create(&threads[n], NULL, worker, pool))
		n++;
	if (!n) {
		vkx_cli_error(NULL, "cannot start a thread");
		return VKX_EXIT_FAILED;
	}
	/* Few machines are spread over all threads. */
	pool->batch = nr / n + 1;
	if (pool->audit->ndjson_path || pool->batch > BATCH)
		pool->batch = BATCH;
	pool->tty = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	pool->expected = pool->audit->ndjson_path ? 0 : nr;
	status = feed(pool, paths, nr);
	if (pool->tty)
		fprintf(stderr, "\r\033[K");
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return status;
}

static int summary(const struct pool *pool, int status)
{
	const size_t *n = pool->counts;
	size_t all = n[0] + n[1] + n[2] + n[3];

	if (all > 1)
		fprintf(stderr,
			"%zu machines: %zu affirming, %zu warning, "
			"%zu contraindicated, %zu none\n",
			all, n[VKX_TIER_AFFIRMING], n[VKX_TIER_WARNING],
			n[VKX_TIER_CONTRAINDICATED], n[VKX_TIER_NONE]);
	if (status)
		return status;
	return all && n[VKX_TIER_AFFIRMING] == all ? VKX_EXIT_DONE :
						     VKX_EXIT_REFUSED;
}

static int run_all(struct vkx_audit *audit, char **paths, size_t nr)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	int status;

	if (!pool)
		return VKX_EXIT_FAILED;
	pool->audit = audit;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->done, NULL);
	status = run_pool(pool, paths, nr);
	status = summary(pool, status);
	free(pool);
	return status;
}

/* The page is written aside and put in its place when it is whole. */
static int with_page(struct vkx_audit *audit, char **paths, size_t nr)
{
	struct vkx_outfile out;
	int status;

	if (vkx_outfile_open(&out, audit->html_path, VKX_OUTFILE_PUBLIC)) {
		vkx_cli_error(audit->html_path, "cannot write: %s",
			      strerror(errno));
		return VKX_EXIT_FAILED;
	}
	audit->html = fdopen(dup(out.fd), "w");
	if (!audit->html) {
		vkx_outfile_abort(&out);
		return VKX_EXIT_FAILED;
	}
	vkx_page_begin(&audit->page, audit->html, audit->manifest.product,
		       audit->manifest.release);
	status = run_all(audit, paths, nr);
	vkx_page_end(&audit->page);
	if (fclose(audit->html) || vkx_outfile_commit(&out)) {
		vkx_cli_error(audit->html_path, "cannot write: %s",
			      strerror(errno));
		vkx_outfile_abort(&out);
		status = VKX_EXIT_FAILED;
	}
	return status;
}

int vkx_audit_run(struct vkx_audit *audit, char **paths, size_t nr)
{
	int status = prepare(audit);

	if (status)
		return status;
	return audit->html_path ? with_page(audit, paths, nr) :
				  run_all(audit, paths, nr);
}
