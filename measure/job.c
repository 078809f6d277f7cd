/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/job.h"

#include <stdlib.h>
#include <string.h>

#include "measure/appraisal_text.h"
#include "measure/page_machine.h"

static ssize_t answers_write(void *cookie, const char *buf, size_t size)
{
	struct vkx_answers *a = cookie;

	if (vkx_room_need(&a->room, a->len + size))
		return 0;
	memcpy(a->room.data + a->len, buf, size);
	a->len += size;
	return (ssize_t)size;
}

/* open_memstream() would do, but for its silence where memory ends. */
static FILE *answers_open(struct vkx_answers *a)
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

static void show(struct vkx_bench *b, struct vkx_job *job, const char *name,
		 struct vkx_span machine)
{
	const struct vkx_appraisal *a = &b->appraisal;
	struct vkx_piece *grown;

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

static void report(struct vkx_bench *b, struct vkx_job *job, const char *name,
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

static void judge(struct vkx_bench *b, struct vkx_job *job, const char *name,
		  int err, const char *missing, const struct vkx_evidence *ev)
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

static void judge_path(struct vkx_bench *b, struct vkx_job *job,
		       const char *path)
{
	struct vkx_evidence ev;
	const char *missing;
	int err = vkx_evidence_read(path, &b->room, &ev, &missing);

	judge(b, job, path, err, missing, &ev);
}

static void judge_lines(struct vkx_bench *b, struct vkx_job *job)
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

static void judge_all(struct vkx_bench *b, struct vkx_job *job)
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

void vkx_job_work(struct vkx_bench *b, struct vkx_job *job)
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

void vkx_job_put_pieces(const struct vkx_job *job, struct vkx_page *page)
{
	size_t i, start = 0;

	for (i = 0; !job->failed && i < job->nr_pieces; i++) {
		vkx_page_add(page, job->pieces[i].tier, job->pieces[i].reason,
			     (const char *)job->html.room.data + start,
			     job->pieces[i].end - start);
		start = job->pieces[i].end;
	}
}

void vkx_job_clear(struct vkx_job *job)
{
	struct vkx_room room = job->room, text = job->text.room,
			html = job->html.room;

	free(job->pieces);
	memset(job, 0, sizeof(*job));
	job->room = room;
	job->text.room = text;
	job->html.room = html;
}

void vkx_job_free(struct vkx_job *job)
{
	vkx_room_free(&job->room);
	vkx_room_free(&job->text.room);
	vkx_room_free(&job->html.room);
}

void vkx_bench_free(struct vkx_bench *b)
{
	vkx_room_free(&b->room);
	vkx_appraisal_end(&b->appraisal);
}
