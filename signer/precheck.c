/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/precheck.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cursor.h"
#include "fdt_blob.h"
#include "sbat.h"

int vkx_read_at(int fd, void *buf, size_t len, uint64_t offset)
{
	uint8_t *p = buf;

	while (len) {
		ssize_t n = pread(fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -VKX_ERR_IO : -VKX_ERR_MISMATCH;
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* One component in memory, with what every check needs. */
struct part_check {
	int fd;
	struct vkx_uki *uki;
	struct vkx_fault *fault;
	struct vkx_fdt_work *fdt_work;
	uint8_t *buf; /* VKX_MAX_FDT bytes, the largest component read whole */
};

static int check_linux(struct part_check *c)
{
	const struct vkx_uki_part *part = &c->uki->part[VKX_PART_LINUX];
	uint8_t head[VKX_IMAGE_HEADER_SIZE];
	struct vkx_image image;
	int err;

	if (part->size < sizeof(head))
		return vkx_fault(c->fault, VKX_RULE_IMAGE_HEADER, part->offset);
	err = vkx_read_at(c->fd, head, sizeof(head), part->offset);
	return err ? err :
		     vkx_image_parse(head, sizeof(head), part->size,
				     part->offset, &image, c->fault);
}

static int check_texts(struct part_check *c)
{
	const struct vkx_uki_part *cmdline = &c->uki->part[VKX_PART_CMDLINE];
	const struct vkx_uki_part *sbat_part = &c->uki->part[VKX_PART_SBAT];
	struct vkx_sbat sbat;
	int err;

	err = vkx_read_at(c->fd, c->buf, cmdline->size, cmdline->offset);
	if (!err)
		err = vkx_cmdline_check(c->buf, cmdline->size, cmdline->offset,
					c->fault);
	if (!err)
		err = vkx_read_at(c->fd, c->buf, sbat_part->size,
				  sbat_part->offset);
	return err ? err :
		     vkx_sbat_parse(c->buf, sbat_part->size, sbat_part->offset,
				    &sbat, c->fault);
}

static int check_dtb(struct part_check *c, const struct vkx_uki_part *part)
{
	int err = vkx_read_at(c->fd, c->buf, part->size, part->offset);

	if (err)
		return err;
	err = vkx_fdt_check(c->buf, part->size, VKX_FDT_STRICT, c->fdt_work,
			    NULL, c->fault);
	if (err == -VKX_ERR_FORMAT)
		c->fault->offset += part->offset;
	return err;
}

static int check_trees(struct part_check *c)
{
	uint32_t i;
	int err = 0;

	if (c->uki->part[VKX_PART_DTB].present)
		err = check_dtb(c, &c->uki->part[VKX_PART_DTB]);
	for (i = 0; !err && i < c->uki->nr_dtbauto; i++)
		err = check_dtb(c, &c->uki->dtbauto[i]);
	return err;
}

/* What lies between a component's end and the next section. */
static int check_padding(struct part_check *c)
{
	struct vkx_uki_piece pieces[VKX_UKI_MAX_PIECES];
	size_t count, i;
	int err = vkx_uki_pieces(c->uki, pieces, VKX_UKI_MAX_PIECES, &count);

	for (i = 0; !err && i < count; i++) {
		uint64_t at = pieces[i].offset, left = pieces[i].size;

		while (!err && pieces[i].zero && left) {
			size_t n =
				left < VKX_MAX_FDT ? (size_t)left : VKX_MAX_FDT;
			size_t bad;

			err = vkx_read_at(c->fd, c->buf, n, at);
			bad = err ? n : vkx_nonzero_at(c->buf, n);
			if (bad < n)
				err = vkx_fault(c->fault, VKX_RULE_UKI_PADDING,
						at + bad);
			at += n;
			left -= n;
		}
	}
	return err;
}

static int check_uki(struct part_check *c, uint64_t size)
{
	size_t head = size < VKX_MAX_HEADERS ? (size_t)size : VKX_MAX_HEADERS;
	int err = vkx_read_at(c->fd, c->buf, head, 0);

	if (!err)
		err = vkx_uki_parse(c->buf, head, size, c->uki, c->fault);
	if (!err)
		err = check_linux(c);
	if (!err)
		err = check_texts(c);
	if (!err)
		err = check_trees(c);
	return err ? err : check_padding(c);
}

int vkx_precheck_uki(int fd, uint64_t size, const char *subject,
		     struct vkx_uki *uki_ret, struct vkx_problem *problem)
{
	struct vkx_fault fault = { 0 };
	struct part_check c = { .fd = fd, .fault = &fault };
	int err = -VKX_ERR_NOMEM;

	c.uki = malloc(sizeof(*c.uki));
	c.buf = malloc(VKX_MAX_FDT);
	c.fdt_work = malloc(sizeof(*c.fdt_work));
	if (c.uki && c.buf && c.fdt_work)
		err = check_uki(&c, size);
	if (!err && uki_ret)
		*uki_ret = *c.uki;
	free(c.uki);
	free(c.buf);
	free(c.fdt_work);
	if (err == -VKX_ERR_IO)
		return vkx_problem_io(problem, subject);
	return err ? vkx_problem_rule(problem, subject, err, &fault) : 0;
}
