/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/layout.h"

#include <stdlib.h>
#include <string.h>

#include "cursor.h"

/* PE Format (Microsoft): the fields we write. */
#define LFANEW 64u
#define COFF_SIZE 24u
#define OPT_SIZE 240u /* PE32+ with 16 data directories */
#define SECTION_SIZE 40u
#define COFF_NR_SECTIONS 6u
#define COFF_SYMBOLS 12u /* pointer and count, 8 bytes */
#define OPT_INIT_DATA 8u
#define OPT_IMAGE_SIZE 56u
#define OPT_HEADERS_SIZE 60u
#define FLAG_INIT_DATA 0x40u

void vkx_layout_empty(struct vkx_layout *l)
{
	uint8_t *coff = l->head + LFANEW, *opt = coff + COFF_SIZE;

	memset(l, 0, sizeof(*l));
	l->lfanew = LFANEW;
	l->head_len = LFANEW + COFF_SIZE + OPT_SIZE;
	l->file_align = VKX_FILE_ALIGN;
	l->section_align = VKX_SECTION_ALIGN;
	l->checksum_off = LFANEW + COFF_SIZE + 64;
	l->certdir_off = LFANEW + COFF_SIZE + 112 + 4 * 8;
	memcpy(l->head, "MZ", 2);
	vkx_put_le32(l->head + 60, LFANEW);
	vkx_put_le32(coff, 0x00004550);
	vkx_put_le16(coff + 4, 0xaa64);
	vkx_put_le16(coff + 20, OPT_SIZE);
	/* Executable; line numbers and debug information stripped. */
	vkx_put_le16(coff + 22, 0x0206);
	vkx_put_le16(opt, 0x20b);
	vkx_put_le32(opt + 32, VKX_SECTION_ALIGN);
	vkx_put_le32(opt + 36, VKX_FILE_ALIGN);
	vkx_put_le16(opt + 68, 10);
	vkx_put_le32(opt + 108, 16);
}

int vkx_layout_from(struct vkx_layout *l, const uint8_t *hdr,
		    const struct vkx_pe *pe)
{
	memset(l, 0, sizeof(*l));
	if (!pe->pe32plus || !pe->certdir_off ||
	    pe->section_table_off > sizeof(l->head))
		return -VKX_ERR_UNSUPPORTED;
	memcpy(l->head, hdr, pe->section_table_off);
	l->lfanew = pe->lfanew;
	l->head_len = pe->section_table_off;
	l->file_align = pe->file_align < VKX_FILE_ALIGN ? VKX_FILE_ALIGN :
							  pe->file_align;
	l->section_align = pe->section_align < VKX_SECTION_ALIGN ?
				   VKX_SECTION_ALIGN :
				   pe->section_align;
	l->checksum_off = pe->checksum_off;
	l->certdir_off = pe->certdir_off;
	memset(l->head + pe->lfanew + COFF_SYMBOLS, 0, 8);
	memset(l->head + pe->checksum_off, 0, 4);
	memset(l->head + pe->certdir_off, 0, 8);
	vkx_put_le32(l->head + pe->lfanew + COFF_SIZE + 32, l->section_align);
	vkx_put_le32(l->head + pe->lfanew + COFF_SIZE + 36, l->file_align);
	return 0;
}

static uint64_t sources_size(const struct vkx_source *sources, size_t count)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < count; i++)
		sum += sources[i].size + sources[i].pad;
	return sum;
}

static int add(struct vkx_layout *l, const struct vkx_pe_section *hdr,
	       const struct vkx_source *sources, size_t nr_sources)
{
	uint64_t size = sources_size(sources, nr_sources);
	struct vkx_layout_section *s = &l->sections[l->count];

	if (l->count == VKX_MAX_SECTIONS || size > VKX_MAX_FILE ||
	    !vkx_align_up64(size, l->file_align, &size) || size > UINT32_MAX)
		return -VKX_ERR_LIMIT;
	s->sources = calloc(nr_sources ? nr_sources : 1, sizeof(*sources));
	if (!s->sources)
		return -VKX_ERR_NOMEM;
	if (nr_sources)
		memcpy(s->sources, sources, nr_sources * sizeof(*sources));
	s->nr_sources = nr_sources;
	s->hdr = *hdr;
	s->hdr.rawsize = (uint32_t)size;
	l->count++;
	return 0;
}

/* The first address behind every section there is. */
static uint64_t next_vaddr(const struct vkx_layout *l)
{
	uint64_t end = l->section_align;
	size_t i;

	for (i = 0; i < l->count; i++) {
		const struct vkx_pe_section *s = &l->sections[i].hdr;
		uint32_t size = s->vsize > s->rawsize ? s->vsize : s->rawsize;

		if ((uint64_t)s->vaddr + size > end)
			end = (uint64_t)s->vaddr + size;
	}
	return (end + l->section_align - 1) & ~(uint64_t)(l->section_align - 1);
}

int vkx_layout_add(struct vkx_layout *l, const char *name,
		   const struct vkx_source *sources, size_t nr_sources)
{
	struct vkx_pe_section hdr = { .flags = VKX_SECTION_DATA };
	uint64_t vaddr = next_vaddr(l);
	uint64_t size = sources_size(sources, nr_sources);

	if (vaddr > UINT32_MAX || size > UINT32_MAX)
		return -VKX_ERR_LIMIT;
	memcpy(hdr.name, name, strnlen(name, sizeof(hdr.name)));
	hdr.vaddr = (uint32_t)vaddr;
	hdr.vsize = (uint32_t)size;
	return add(l, &hdr, sources, nr_sources);
}

int vkx_layout_keep(struct vkx_layout *l, const struct vkx_pe_section *s,
		    int fd, const char *file)
{
	struct vkx_source source = {
		.fd = fd,
		.offset = s->rawoff,
		.size = s->rawsize,
		.name = file,
	};

	return add(l, s, &source, s->rawsize ? 1 : 0);
}

static void put_section(uint8_t *p, const struct vkx_pe_section *s)
{
	memcpy(p, s->name, sizeof(s->name));
	vkx_put_le32(p + 8, s->vsize);
	vkx_put_le32(p + 12, s->vaddr);
	vkx_put_le32(p + 16, s->rawsize);
	vkx_put_le32(p + 20, s->rawoff);
	vkx_put_le32(p + 36, s->flags);
}

/* Readers that map sections want them in order of address. */
static void sort_by_address(struct vkx_layout *l)
{
	size_t i, j;

	for (i = 1; i < l->count; i++) {
		struct vkx_layout_section s = l->sections[i];

		for (j = i; j && l->sections[j - 1].hdr.vaddr > s.hdr.vaddr;
		     j--)
			l->sections[j] = l->sections[j - 1];
		l->sections[j] = s;
	}
}

int vkx_layout_finish(struct vkx_layout *l)
{
	uint64_t pos, init = 0, image = next_vaddr(l);
	uint32_t end = l->head_len + (uint32_t)l->count * SECTION_SIZE;
	uint8_t *coff = l->head + l->lfanew, *opt = coff + COFF_SIZE;
	size_t i;

	if (!vkx_align_up64(end, l->file_align, &pos) ||
	    pos > VKX_MAX_HEADERS || image > UINT32_MAX)
		return -VKX_ERR_LIMIT;
	l->headers_size = (uint32_t)pos;
	sort_by_address(l);
	for (i = 0; i < l->count; i++) {
		struct vkx_pe_section *s = &l->sections[i].hdr;

		s->rawoff = s->rawsize ? (uint32_t)pos : 0;
		pos += s->rawsize;
		/* The certificate table starts at a 32-bit offset too. */
		if (pos > VKX_MAX_FILE - VKX_MAX_CERT_TABLE)
			return -VKX_ERR_LIMIT;
		if (s->flags & FLAG_INIT_DATA)
			init += s->rawsize;
		put_section(l->head + l->head_len + i * SECTION_SIZE, s);
	}
	l->file_size = pos;
	vkx_put_le16(coff + COFF_NR_SECTIONS, (uint16_t)l->count);
	vkx_put_le32(opt + OPT_INIT_DATA, (uint32_t)init);
	vkx_put_le32(opt + OPT_IMAGE_SIZE, (uint32_t)image);
	vkx_put_le32(opt + OPT_HEADERS_SIZE, l->headers_size);
	return 0;
}

static int write_source(const struct vkx_source *s, struct vkx_pe_writer *w,
			struct vkx_problem *problem)
{
	int err;

	if (s->mem)
		err = vkx_pe_writer_put(w, s->mem, (size_t)s->size);
	else
		err = vkx_pe_writer_copy(w, s->fd, s->offset, s->size);
	if (!err)
		err = vkx_pe_writer_zero(w, s->pad);
	if (err == -VKX_ERR_IO)
		return vkx_problem_io(problem,
				      w->out_failed ? w->out_name : s->name);
	return err ? vkx_problem_set(problem, s->name, err,
				     "became shorter while it was read") :
		     0;
}

int vkx_layout_write(const struct vkx_layout *l, struct vkx_pe_writer *w,
		     struct vkx_problem *problem)
{
	size_t i, j;
	int err;

	if (vkx_pe_writer_head(w, l->head, l->headers_size))
		return vkx_problem_io(problem, w->out_name);
	for (i = 0; i < l->count; i++) {
		const struct vkx_layout_section *s = &l->sections[i];

		for (j = 0; j < s->nr_sources; j++) {
			err = write_source(&s->sources[j], w, problem);
			if (err)
				return err;
		}
		if (s->hdr.rawsize &&
		    vkx_pe_writer_zero(w,
				       s->hdr.rawoff + s->hdr.rawsize - w->pos))
			return vkx_problem_io(problem, w->out_name);
	}
	return 0;
}

void vkx_layout_free(struct vkx_layout *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		free(l->sections[i].sources);
	l->count = 0;
}
