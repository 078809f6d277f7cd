/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The canonical layout of a PE that we write: headers, then sections in order
 * of their addresses without gaps, each padded with zeros to the file
 * alignment. Then flat, section-wise and specification digests agree, which is
 * what docs/format.md asks for. Sections take their bytes from memory or from
 * files; nothing is read before vkx_layout_write().
 */
#ifndef VKX_LAYOUT_H
#define VKX_LAYOUT_H

#include "pe.h"
#include "signer/pe_writer.h"
#include "signer/problem.h"

/* UKI layout parameters. */
#define VKX_FILE_ALIGN 512u
#define VKX_SECTION_ALIGN 4096u
/* IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ */
#define VKX_SECTION_DATA 0x40000040u

/* Consecutive bytes of one section. */
struct vkx_source {
	const uint8_t *mem; /* NULL: from fd */
	int fd;
	uint64_t offset;
	uint64_t size;
	uint32_t pad; /* zeros after it, inside the section */
	const char *name; /* for problems */
};

struct vkx_layout_section {
	struct vkx_pe_section hdr;
	struct vkx_source *sources;
	size_t nr_sources;
};

struct vkx_layout {
	uint8_t head[VKX_MAX_HEADERS]; /* up to the section table, then all */
	uint32_t head_len; /* where the section table starts */
	uint32_t lfanew;
	uint32_t file_align, section_align;
	uint32_t checksum_off, certdir_off;
	uint32_t headers_size;
	uint64_t file_size; /* without certificates */
	size_t count;
	struct vkx_layout_section sections[VKX_MAX_SECTIONS];
};

/* Headers of a PE32+ EFI application for AArch64 that holds no code. */
void vkx_layout_empty(struct vkx_layout *l);
/*
 * Headers of a PE parsed before, from its first bytes. Symbol table,
 * certificates and checksum are dropped; no sections yet.
 * -VKX_ERR_UNSUPPORTED: not PE32+, or no room for a certificate directory.
 */
VKX_MUST_USE int vkx_layout_from(struct vkx_layout *l, const uint8_t *hdr,
				 const struct vkx_pe *pe);

/*
 * Adds a section after all others. name has 1 to 8 characters. vaddr 0: the
 * next free address. vsize 0: as many bytes as the sources have.
 * -VKX_ERR_NOMEM, -VKX_ERR_LIMIT: too many sections, or too large.
 */
VKX_MUST_USE int vkx_layout_add(struct vkx_layout *l, const char *name,
				const struct vkx_source *sources,
				size_t nr_sources);
/* The same with address, memory size and flags of an existing section. */
VKX_MUST_USE int vkx_layout_keep(struct vkx_layout *l,
				 const struct vkx_pe_section *s, int fd,
				 const char *file);

/* Places everything and makes the header. -VKX_ERR_LIMIT. */
VKX_MUST_USE int vkx_layout_finish(struct vkx_layout *l);
/* Writes headers and sections. */
VKX_MUST_USE int vkx_layout_write(const struct vkx_layout *l,
				  struct vkx_pe_writer *w,
				  struct vkx_problem *problem);
void vkx_layout_free(struct vkx_layout *l);

#endif
