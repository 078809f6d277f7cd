/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signer/layout.h"
#include "signer/precheck.h"
#include "uki.h"

struct job {
	const char *in, *out_path;
	const struct vkx_sign_params *params;
	struct vkx_problem *problem;
	struct vkx_sign_report report;
	int fd;
	uint64_t size; /* of the input */
	uint64_t body; /* input bytes before its certificate table */
	uint8_t *head; /* VKX_MAX_HEADERS bytes */
	size_t head_len;
	struct vkx_pe pe;
	struct vkx_bytes old; /* certificate table to keep */
	struct vkx_layout *layout; /* NULL: copied as it is */
	struct vkx_outfile out;
	struct vkx_pe_writer writer;
};

static int open_input(struct job *j)
{
	struct stat st;
	int err;

	j->fd = open(j->in, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (j->fd < 0 || fstat(j->fd, &st))
		return vkx_problem_io(j->problem, j->in);
	if (!S_ISREG(st.st_mode))
		return vkx_problem_set(j->problem, j->in, -VKX_ERR_ARG,
				       "is no regular file, and must be; save "
				       "what a pipe brings to a file first");
	j->size = (uint64_t)st.st_size;
	j->head_len =
		j->size < VKX_MAX_HEADERS ? (size_t)j->size : VKX_MAX_HEADERS;
	err = vkx_read_at(j->fd, j->head, j->head_len, 0);
	if (err == -VKX_ERR_IO)
		return vkx_problem_io(j->problem, j->in);
	return err ? vkx_problem_set(j->problem, j->in, err,
				     "became shorter while it was read") :
		     0;
}

/* Sections of a UKI that others laid out, in our order and without gaps. */
static int plan_layout(struct job *j, const struct vkx_pe *pe)
{
	size_t i;
	int err;

	j->layout = calloc(1, sizeof(*j->layout));
	if (!j->layout)
		return vkx_problem_set(j->problem, j->in, -VKX_ERR_NOMEM, NULL);
	err = vkx_layout_from(j->layout, j->head, pe);
	for (i = 0; !err && i < pe->nr_sections; i++)
		err = vkx_layout_keep(j->layout, &pe->sections[i], j->fd,
				      j->in);
	if (!err)
		err = vkx_layout_finish(j->layout);
	j->report.relaid = true;
	return err ? vkx_problem_set(j->problem, j->in, err,
				     "cannot be laid out anew") :
		     0;
}

static int parse_input(struct job *j)
{
	struct vkx_fault fault = { 0 };
	struct vkx_pe pe;
	int err = vkx_pe_parse(j->head, j->head_len, j->size, VKX_PE_STRICT,
			       &pe, NULL);

	j->report.uki = vkx_uki_probe(j->head, j->head_len, j->size);
	if (!j->report.uki || err) {
		err = vkx_pe_parse(j->head, j->head_len, j->size, VKX_PE_ANY,
				   &pe, &fault);
		if (err)
			return vkx_problem_rule(j->problem, j->in, err, &fault);
		if (!pe.certdir_off)
			return vkx_problem_set(j->problem, j->in,
					       -VKX_ERR_UNSUPPORTED,
					       "has no room for a signature: "
					       "fewer than five data "
					       "directories");
		if (j->report.uki)
			err = plan_layout(j, &pe);
	}
	j->pe = pe;
	j->body = j->pe.cert_off ? j->pe.cert_off : j->size;
	return err;
}

/* What the mode says about signatures that are there already. */
static int judge_old(struct job *j)
{
	struct vkx_pe_cert certs[VKX_MAX_SIGNATURES];
	struct vkx_fault fault = { 0 };
	size_t count;
	int err;

	if (!j->pe.cert_size || j->params->mode == VKX_SIGN_REPLACE)
		return 0;
	if (j->params->mode == VKX_SIGN_FIRST)
		return vkx_problem_set(j->problem, j->in, -VKX_ERR_ARG,
				       "is signed already; --add appends a "
				       "signature, --replace drops the old "
				       "ones");
	if (j->layout)
		return vkx_problem_set(j->problem, j->in, -VKX_ERR_ARG,
				       "is signed but not in canonical layout, "
				       "so its signatures would become wrong; "
				       "--replace drops them");
	j->old.data = malloc(j->pe.cert_size);
	if (!j->old.data)
		return vkx_problem_set(j->problem, j->in, -VKX_ERR_NOMEM, NULL);
	j->old.len = j->pe.cert_size;
	if (vkx_read_at(j->fd, j->old.data, j->old.len, j->pe.cert_off))
		return vkx_problem_io(j->problem, j->in);
	err = vkx_pe_certs(&j->pe, j->old.data, certs, &count, &fault);
	if (err)
		return vkx_problem_rule(j->problem, j->in, err, &fault);
	if (count == VKX_MAX_SIGNATURES)
		return vkx_problem_set(j->problem, j->in, -VKX_ERR_LIMIT,
				       "has as many signatures as the format "
				       "allows");
	return 0;
}

static int copy_body(struct job *j)
{
	size_t head = j->pe.headers_size < j->head_len ? j->pe.headers_size :
							 j->head_len;
	int err;

	/* Both fields lie in the bytes that hold the section table. */
	memset(j->head + j->pe.checksum_off, 0, 4);
	memset(j->head + j->pe.certdir_off, 0, 8);
	if (vkx_pe_writer_head(&j->writer, j->head, head))
		return vkx_problem_io(j->problem, j->out_path);
	err = vkx_pe_writer_copy(&j->writer, j->fd, head, j->body - head);
	if (err == -VKX_ERR_IO)
		return vkx_problem_io(
			j->problem, j->writer.out_failed ? j->out_path : j->in);
	return err ? vkx_problem_set(j->problem, j->in, err,
				     "became shorter while it was read") :
		     0;
}

/* True if headers, sections and tail are hashed in file order, each byte
 * once: then the digest of the stream is the Authenticode digest. */
static bool is_flat(const struct job *j, const struct vkx_range *ranges,
		    size_t count)
{
	uint64_t from = j->pe.certdir_off + 8ULL;

	return count == 3 && ranges[2].offset == from &&
	       ranges[2].size == j->body - from;
}

/* The specification's own ranges, read from what was written. */
static int hash_ranges(struct job *j, const struct vkx_range *ranges,
		       size_t count, uint32_t pad, uint8_t digest_ret[64])
{
	static const uint8_t zero[8];
	struct vkx_hasher h;
	size_t i;

	vkx_hasher_init(&h, j->params->signer->hash);
	for (i = 0; i < count; i++) {
		uint64_t at = ranges[i].offset, left = ranges[i].size;

		while (left) {
			size_t n = left < VKX_PE_CHUNK ? (size_t)left :
							 VKX_PE_CHUNK;

			if (vkx_read_at(j->out.fd, j->writer.chunk, n, at))
				return vkx_problem_io(j->problem, j->out_path);
			vkx_hasher_update(&h, j->writer.chunk, n);
			at += n;
			left -= n;
		}
	}
	vkx_hasher_update(&h, zero, pad);
	vkx_hasher_final(&h, digest_ret);
	return 0;
}

static int digest_body(struct job *j, uint8_t digest_ret[64])
{
	struct vkx_range ranges[VKX_PE_MAX_RANGES];
	size_t count;
	uint32_t pad;
	int err = vkx_pe_writer_digest(&j->writer, digest_ret);

	if (err)
		return vkx_problem_io(j->problem, j->out_path);
	if (j->layout)
		return 0;
	err = vkx_pe_hash_ranges(&j->pe, ranges, VKX_PE_MAX_RANGES, &count,
				 &pad);
	if (err)
		return vkx_problem_set(j->problem, j->in, err, NULL);
	if (is_flat(j, ranges, count))
		return 0;
	j->report.gap = true;
	return hash_ranges(j, ranges, count, pad, digest_ret);
}

static int write_body(struct job *j)
{
	uint32_t checksum = j->pe.checksum_off, certdir = j->pe.certdir_off;
	uint8_t *digest = j->report.digest;
	int err;

	if (vkx_outfile_open(&j->out, j->out_path, VKX_OUTFILE_PUBLIC) ||
	    (!strcmp(j->in, j->out_path) && vkx_outfile_keep(&j->out)))
		return vkx_problem_io(j->problem, j->out_path);
	err = vkx_pe_writer_init(&j->writer, &j->out, j->out_path,
				 j->params->signer->hash, checksum, certdir);
	if (err)
		return vkx_problem_set(j->problem, j->in, err, NULL);
	j->writer.progress = j->params->progress;
	j->writer.progress.total = j->layout ? j->layout->file_size : j->body;
	err = j->layout ? vkx_layout_write(j->layout, &j->writer, j->problem) :
			  copy_body(j);
	if (!err)
		err = digest_body(j, digest);
	if (!err && j->report.uki)
		err = vkx_precheck_uki(j->out.fd, j->writer.body, j->in, NULL,
				       j->problem);
	return err;
}

static int conclude(struct job *j)
{
	int err = vkx_sign_conclude(
		&j->writer, j->report.digest, j->params->signer, &j->old,
		j->report.uki, j->out_path, &j->report.signatures, j->problem);

	if (err)
		return err;
	j->report.size = j->writer.pos;
	return vkx_outfile_commit(&j->out) ?
		       vkx_problem_io(j->problem, j->out_path) :
		       0;
}

/* Everything up to the digest of a written, checked, unsigned body. */
static int start(struct job *j)
{
	int err;

	j->fd = j->out.fd = j->out.dirfd = j->out.passfd = -1;
	j->head = malloc(VKX_MAX_HEADERS);
	if (!j->head)
		return vkx_problem_set(j->problem, j->in, -VKX_ERR_NOMEM, NULL);
	err = open_input(j);
	if (!err)
		err = parse_input(j);
	if (!err)
		err = judge_old(j);
	return err ? err : write_body(j);
}

static void finish(struct job *j)
{
	vkx_outfile_abort(&j->out);
	vkx_pe_writer_free(&j->writer);
	if (j->layout)
		vkx_layout_free(j->layout);
	free(j->layout);
	vkx_bytes_free(&j->old);
	free(j->head);
	if (j->fd >= 0)
		close(j->fd);
}

int vkx_sign_file(const char *in, const char *out,
		  const struct vkx_sign_params *params,
		  struct vkx_sign_report *report_ret,
		  struct vkx_problem *problem)
{
	struct job j = {
		.in = in, .out_path = out, .params = params, .problem = problem
	};
	int err = start(&j);

	if (!err)
		err = conclude(&j);
	finish(&j);
	if (!err)
		*report_ret = j.report;
	return err;
}

int vkx_sign_prepare(const char *in, const char *scratch,
		     const struct vkx_sign_params *params,
		     struct vkx_bytes *attrs_ret,
		     struct vkx_sign_report *report_ret,
		     struct vkx_problem *problem)
{
	struct job j = { .in = in,
			 .out_path = scratch,
			 .params = params,
			 .problem = problem };
	int err = start(&j);

	if (!err) {
		err = vkx_authenticode_attrs(params->signer, j.report.digest,
					     attrs_ret);
		if (err)
			vkx_problem_set(problem, in, err, NULL);
	}
	finish(&j);
	if (!err)
		*report_ret = j.report;
	return err;
}

/* Is the file that now stands there what we meant to write? */
static int reread(struct vkx_pe_writer *w, const struct vkx_bytes *der,
		  bool strict, size_t *count_ret)
{
	size_t head_len =
		w->pos < VKX_MAX_HEADERS ? (size_t)w->pos : VKX_MAX_HEADERS;
	size_t table_len = (size_t)(w->pos - w->body);
	struct vkx_pe_cert certs[VKX_MAX_SIGNATURES];
	uint8_t *head = malloc(VKX_MAX_HEADERS);
	uint8_t *table = malloc(table_len + 1);
	struct vkx_pe *pe = malloc(sizeof(*pe));
	int err = head && table && pe ? 0 : -VKX_ERR_NOMEM;

	if (!err)
		err = vkx_read_at(w->out->fd, head, head_len, 0);
	if (!err)
		err = vkx_read_at(w->out->fd, table, table_len, w->body);
	if (!err)
		err = vkx_pe_parse(head, head_len, w->pos,
				   strict ? VKX_PE_STRICT : VKX_PE_ANY, pe,
				   NULL);
	if (!err)
		err = vkx_pe_certs(pe, table, certs, count_ret, NULL);
	if (!err && der->len &&
	    (!*count_ret || certs[*count_ret - 1].size != der->len ||
	     memcmp(table + (certs[*count_ret - 1].offset - w->body), der->data,
		    der->len) != 0))
		err = -VKX_ERR_BUG;
	free(head);
	free(table);
	free(pe);
	return err == -VKX_ERR_FORMAT ? -VKX_ERR_BUG : err;
}

int vkx_sign_conclude(struct vkx_pe_writer *w, const uint8_t *digest,
		      const struct vkx_signer *signer,
		      const struct vkx_bytes *old, bool strict,
		      const char *subject, size_t *signatures_ret,
		      struct vkx_problem *problem)
{
	struct vkx_bytes der = { 0 };
	int err = 0;

	if (signer)
		err = vkx_authenticode_sign(signer, digest, &der);
	if (err) {
		vkx_bytes_free(&der);
		return vkx_problem_set(
			problem, "signature", err,
			err == -VKX_ERR_MISMATCH ?
				"does not verify: not over this file with "
				"these options, or by another key" :
				"cannot be made; is the token there, and do "
				"key and certificate fit?");
	}
	if (old && old->len)
		err = vkx_pe_writer_certs(w, old);
	if (!err && signer)
		err = vkx_pe_writer_cert(w, &der);
	if (!err)
		err = vkx_pe_writer_finish(w);
	if (!err)
		err = reread(w, &der, strict, signatures_ret);
	vkx_bytes_free(&der);
	if (err == -VKX_ERR_IO)
		return vkx_problem_io(problem, subject);
	return err ? vkx_problem_set(problem, subject, err,
				     "does not read back as it was written") :
		     0;
}
