/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/uki_build.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cursor.h"
#include "signer/layout.h"
#include "signer/precheck.h"
#include "signer/sbat_text.h"
#include "signer/sign.h"
#include "uki.h"

/* linux, dtb, splash, stub; the others are counted. */
#define MAX_FILES (4u + VKX_MAX_INITRDS + VKX_MAX_DTBAUTO)
#define CPIO_ALIGN 4u

struct build {
	const struct vkx_uki_spec *spec;
	const char *out_path;
	const struct vkx_signer *signer;
	struct vkx_problem *problem;
	struct vkx_build_report report;
	int fds[MAX_FILES];
	size_t nr_fds;
	struct vkx_bytes sbat;
	struct vkx_layout *layout;
	struct vkx_outfile out;
	struct vkx_pe_writer writer;
};

static int open_source(struct build *b, const char *path,
		       struct vkx_source *source_ret)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	memset(source_ret, 0, sizeof(*source_ret));
	if (fd < 0)
		return vkx_problem_io(b->problem, path);
	b->fds[b->nr_fds++] = fd;
	if (fstat(fd, &st))
		return vkx_problem_io(b->problem, path);
	if (!S_ISREG(st.st_mode))
		return vkx_problem_set(b->problem, path, -VKX_ERR_ARG,
				       "is no regular file, and must be; save "
				       "what a pipe brings to a file first");
	source_ret->fd = fd;
	source_ret->size = (uint64_t)st.st_size;
	source_ret->name = path;
	return 0;
}

static int add_section(struct build *b, const char *name,
		       const struct vkx_source *sources, size_t count)
{
	int err = vkx_layout_add(b->layout, name, sources, count);

	if (err == -VKX_ERR_LIMIT)
		return vkx_problem_set(b->problem, name, err,
				       "one section too many, or the file "
				       "would exceed 4 GiB");
	return err ? vkx_problem_set(b->problem, name, err, NULL) : 0;
}

static int add_file(struct build *b, const char *name, const char *path)
{
	struct vkx_source source;
	int err = open_source(b, path, &source);

	return err ? err : add_section(b, name, &source, 1);
}

static int add_text(struct build *b, const char *name,
		    const struct vkx_bytes *text)
{
	struct vkx_source source = {
		.mem = text->data,
		.size = text->len,
		.name = name,
	};

	return add_section(b, name, &source, text->len ? 1 : 0);
}

/* The mistake that everybody makes once deserves an answer of its own, and
 * before a gigabyte is copied. */
static int add_linux(struct build *b)
{
	const char *path = b->spec->linux_image;
	uint8_t head[VKX_IMAGE_HEADER_SIZE];
	struct vkx_fault fault = { 0 };
	struct vkx_source source;
	struct vkx_image image;
	int err = open_source(b, path, &source);

	if (err)
		return err;
	if (source.size < sizeof(head))
		return vkx_problem_set(b->problem, path, -VKX_ERR_FORMAT,
				       "is too short for an arm64 Image");
	if (vkx_read_at(source.fd, head, sizeof(head), 0))
		return vkx_problem_io(b->problem, path);
	err = vkx_image_parse(head, sizeof(head), source.size, 0, &image,
			      &fault);
	if (err) {
		vkx_problem_rule(b->problem, path, err, &fault);
		if (fault.rule == VKX_RULE_IMAGE_COMPRESSED)
			b->problem->text = "give the raw Image "
					   "(arch/arm64/boot/Image), unpacked";
		return err;
	}
	return add_section(b, ".linux", &source, 1);
}

/* The kernel unpacks archives one after the other, each at a multiple of
 * four bytes. */
static int add_initrds(struct build *b)
{
	struct vkx_source sources[VKX_MAX_INITRDS];
	size_t n = b->spec->nr_initrds, i;
	int err;

	if (!n)
		return 0;
	if (n > VKX_MAX_INITRDS)
		return vkx_problem_set(b->problem, ".initrd", -VKX_ERR_LIMIT,
				       "more than 64 initrds");
	for (i = 0; i < n; i++) {
		err = open_source(b, b->spec->initrds[i], &sources[i]);
		if (err)
			return err;
		if (i + 1 < n)
			sources[i].pad =
				(uint32_t)(-sources[i].size % CPIO_ALIGN);
	}
	return add_section(b, ".initrd", sources, n);
}

static int add_trees(struct build *b)
{
	const struct vkx_uki_spec *spec = b->spec;
	size_t i;
	int err = 0;

	if (spec->nr_dtbautos > VKX_MAX_DTBAUTO)
		return vkx_problem_set(b->problem, ".dtbauto", -VKX_ERR_LIMIT,
				       "more than 64 device trees");
	if (spec->dtb)
		err = add_file(b, ".dtb", spec->dtb);
	for (i = 0; !err && i < spec->nr_dtbautos; i++)
		err = add_file(b, ".dtbauto", spec->dtbautos[i]);
	return err;
}

static int make_sbat(struct build *b, const struct vkx_bytes *from_stub)
{
	struct vkx_fault fault = { 0 };
	int err = vkx_sbat_text(&b->spec->sbat, from_stub, &b->sbat, &fault);

	if (!err)
		return add_text(b, ".sbat", &b->sbat);
	vkx_problem_rule(b->problem, "--sbat", err, &fault);
	if (fault.rule == VKX_RULE_SBAT_DUPLICATE)
		b->problem->text = "it and the stub differ about a component";
	else if (fault.rule == VKX_RULE_SBAT_FORMAT)
		b->problem->text = "counted in the section it would make; "
				   "write lines like component,generation,"
				   "vendor,package,version,url";
	return err;
}

static int read_stub_sbat(struct build *b, int fd,
			  const struct vkx_pe_section *s,
			  struct vkx_bytes *text_ret)
{
	uint32_t size = s->vsize < s->rawsize ? s->vsize : s->rawsize;
	struct vkx_fault twice = { VKX_RULE_UKI_DUPLICATE, s->rawoff };
	struct vkx_bytes text = { 0 };

	/* Which of them a reader takes is not ours to guess. */
	if (text_ret->data)
		return vkx_problem_rule(b->problem, b->spec->stub,
					-VKX_ERR_FORMAT, &twice);
	if (size > VKX_MAX_SBAT)
		return vkx_problem_set(b->problem, b->spec->stub,
				       -VKX_ERR_LIMIT,
				       "its .sbat is too large");
	text.data = calloc(1, size + 1);
	if (!text.data)
		return vkx_problem_set(b->problem, b->spec->stub,
				       -VKX_ERR_NOMEM, NULL);
	text.len = size;
	if (vkx_read_at(fd, text.data, size, s->rawoff)) {
		vkx_bytes_free(&text);
		return vkx_problem_io(b->problem, b->spec->stub);
	}
	*text_ret = text;
	return 0;
}

/* Keeps the stub's sections but .sbat, whose lines go into ours: two sections
 * of that name would be two answers. */
static int keep_stub(struct build *b, const struct vkx_source *source,
		     const struct vkx_pe *pe, struct vkx_bytes *sbat_ret)
{
	size_t i;
	int err;

	for (i = 0; i < pe->nr_sections; i++) {
		const struct vkx_pe_section *s = &pe->sections[i];

		if (vkx_pe_name_is(s, ".sbat"))
			err = read_stub_sbat(b, source->fd, s, sbat_ret);
		else
			err = vkx_layout_keep(b->layout, s, source->fd,
					      b->spec->stub);
		if (err)
			return b->problem->err ? err :
						 vkx_problem_set(b->problem,
								 b->spec->stub,
								 err, NULL);
	}
	return 0;
}

static int start_from_stub(struct build *b, struct vkx_bytes *sbat_ret)
{
	const char *path = b->spec->stub;
	struct vkx_fault fault = { 0 };
	struct vkx_source source;
	struct vkx_pe pe;
	uint8_t *head;
	size_t len;
	int err = open_source(b, path, &source);

	if (err)
		return err;
	len = source.size < VKX_MAX_HEADERS ? (size_t)source.size :
					      VKX_MAX_HEADERS;
	head = malloc(VKX_MAX_HEADERS);
	if (!head)
		return vkx_problem_set(b->problem, path, -VKX_ERR_NOMEM, NULL);
	if (vkx_read_at(source.fd, head, len, 0)) {
		err = vkx_problem_io(b->problem, path);
		goto out;
	}
	err = vkx_pe_parse(head, len, source.size, VKX_PE_ANY, &pe, &fault);
	if (err) {
		vkx_problem_rule(b->problem, path, err, &fault);
	} else if (vkx_layout_from(b->layout, head, &pe)) {
		err = vkx_problem_set(b->problem, path, -VKX_ERR_UNSUPPORTED,
				      "is no PE32+ with room for a signature");
	} else {
		err = keep_stub(b, &source, &pe, sbat_ret);
	}
out:
	free(head);
	return err;
}

/* .linux stands last, where a stub that runs it in place has room behind it. */
static int plan(struct build *b)
{
	const struct vkx_uki_spec *spec = b->spec;
	struct vkx_bytes from_stub = { 0 };
	int err = 0;

	if (spec->stub)
		err = start_from_stub(b, &from_stub);
	else
		vkx_layout_empty(b->layout);
	if (!err)
		err = make_sbat(b, &from_stub);
	vkx_bytes_free(&from_stub);
	if (!err && spec->osrel.len)
		err = add_text(b, ".osrel", &spec->osrel);
	if (!err && spec->uname.len)
		err = add_text(b, ".uname", &spec->uname);
	if (!err)
		err = add_text(b, ".cmdline", &spec->cmdline);
	if (!err && spec->splash)
		err = add_file(b, ".splash", spec->splash);
	if (!err)
		err = add_trees(b);
	if (!err)
		err = add_initrds(b);
	if (!err)
		err = add_linux(b);
	if (!err && vkx_layout_finish(b->layout))
		err = vkx_problem_set(b->problem, b->out_path, -VKX_ERR_LIMIT,
				      "would exceed 4 GiB");
	b->report.sections = b->layout->count;
	return err;
}

/* The operator knows inputs, not offsets in a file that never appears: finds
 * the input whose bytes broke the rule, and the offset in it. */
static void blame_input(struct build *b)
{
	uint64_t at = b->problem->fault.offset;
	size_t i, j;

	for (i = 0; i < b->layout->count; i++) {
		const struct vkx_layout_section *s = &b->layout->sections[i];
		uint64_t left;

		if (at < s->hdr.rawoff || at - s->hdr.rawoff >= s->hdr.rawsize)
			continue;
		left = at - s->hdr.rawoff;
		for (j = 0; j < s->nr_sources; j++) {
			const struct vkx_source *from = &s->sources[j];

			if (left < from->size || j + 1 == s->nr_sources) {
				b->problem->subject = from->name;
				b->problem->fault.offset = left;
				return;
			}
			left -= from->size + from->pad;
		}
	}
}

static int produce(struct build *b)
{
	uint8_t *digest = b->report.digest;
	size_t signatures;
	int err;

	if (vkx_outfile_open(&b->out, b->out_path, VKX_OUTFILE_PUBLIC))
		return vkx_problem_io(b->problem, b->out_path);
	err = vkx_pe_writer_init(&b->writer, &b->out, b->out_path,
				 b->report.hash, b->layout->checksum_off,
				 b->layout->certdir_off);
	if (err)
		return vkx_problem_set(b->problem, b->out_path, err, NULL);
	b->writer.progress = b->spec->progress;
	b->writer.progress.total = b->layout->file_size;
	err = vkx_layout_write(b->layout, &b->writer, b->problem);
	if (!err && vkx_pe_writer_digest(&b->writer, digest))
		err = vkx_problem_io(b->problem, b->out_path);
	if (!err)
		err = vkx_precheck_uki(b->out.fd, b->writer.body, b->out_path,
				       NULL, b->problem);
	if (err == -VKX_ERR_FORMAT)
		blame_input(b);
	if (!err)
		err = vkx_sign_conclude(&b->writer, digest, b->signer, NULL,
					true, b->out_path, &signatures,
					b->problem);
	b->report.size = b->writer.pos;
	if (!err && vkx_outfile_commit(&b->out))
		err = vkx_problem_io(b->problem, b->out_path);
	return err;
}

int vkx_uki_build(const struct vkx_uki_spec *spec, const char *out,
		  const struct vkx_signer *signer,
		  struct vkx_build_report *report_ret,
		  struct vkx_problem *problem)
{
	struct build *b = calloc(1, sizeof(*b));
	int err = -VKX_ERR_NOMEM;

	vkx_problem_set(problem, out, 0, NULL);
	if (!b)
		return vkx_problem_set(problem, out, err, NULL);
	b->spec = spec;
	b->out_path = out;
	b->signer = signer;
	b->problem = problem;
	b->report.hash = signer ? signer->hash : VKX_HASH_SHA256;
	b->out.fd = b->out.dirfd = b->out.passfd = -1;
	b->layout = calloc(1, sizeof(*b->layout));
	if (b->layout)
		err = plan(b);
	else
		vkx_problem_set(problem, out, err, NULL);
	if (!err)
		err = produce(b);
	if (!err)
		*report_ret = b->report;
	vkx_outfile_abort(&b->out);
	vkx_pe_writer_free(&b->writer);
	if (b->layout)
		vkx_layout_free(b->layout);
	free(b->layout);
	vkx_bytes_free(&b->sbat);
	while (b->nr_fds)
		close(b->fds[--b->nr_fds]);
	free(b);
	return err;
}
