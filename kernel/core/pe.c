/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cursor.h"
#include "pe.h"

/* PE Format (Microsoft): file offsets of the fields read here. */
#define DOS_SIZE 64u
#define DOS_ARM64_MAGIC 56u /* an arm64 Image has "ARM\x64" there */
#define DOS_LFANEW 60u

#define COFF_SIZE 24u /* "PE\0\0" and the COFF file header */
#define COFF_MACHINE 4u
#define COFF_NR_SECTIONS 6u
#define COFF_OPT_SIZE 20u
#define COFF_FLAGS 22u

#define OPT_ENTRY 16u
#define OPT_IMAGE_BASE 24u /* PE32+, 8 bytes */
#define OPT_IMAGE_BASE32 28u /* PE32, 4 bytes */
#define OPT_SECTION_ALIGN 32u
#define OPT_FILE_ALIGN 36u
#define OPT_IMAGE_SIZE 56u
#define OPT_HEADERS_SIZE 60u
#define OPT_CHECKSUM 64u
#define OPT_SUBSYSTEM 68u
#define OPT_FIXED 112u /* PE32+: up to the first data directory */
#define OPT_FIXED32 96u

#define SECTION_SIZE 40u
#define SECTION_VSIZE 8u
#define SECTION_VADDR 12u
#define SECTION_RAWSIZE 16u
#define SECTION_RAWOFF 20u
#define SECTION_FLAGS 36u

#define MACHINE_ARM64 0xaa64u
#define MAGIC_PE32 0x10bu
#define MAGIC_PE32PLUS 0x20bu
#define SUBSYSTEM_EFI_APPLICATION 10u
#define FLAG_EXECUTABLE 0x0002u
#define FLAG_DLL 0x2000u
#define MAX_DIRECTORIES 16u
#define DIRECTORY_CERT 4u

#define MIN_FILE_ALIGN 512u
#define MAX_FILE_ALIGN 65536u
#define MIN_SECTION_ALIGN 4096u
#define MAX_SECTION_ALIGN 2097152u

/* One parse on its way through the headers. */
struct reader {
	const uint8_t *hdr;
	uint32_t len; /* bytes of hdr */
	bool strict;
	uint32_t opt; /* file offset of the optional header */
	uint32_t opt_size;
	uint32_t nr_dirs;
	struct vkx_pe *pe;
	struct vkx_fault *fault;
};

static bool power_of_two(uint32_t v, uint32_t min, uint32_t max)
{
	return v >= min && v <= max && !(v & (v - 1));
}

static int read_dos(struct reader *r)
{
	uint32_t lfanew;

	if (r->len < DOS_SIZE)
		return vkx_fault(r->fault, VKX_RULE_PE_SHORT, r->len);
	if (memcmp(r->hdr, "MZ", 2) != 0)
		return vkx_fault(r->fault, VKX_RULE_PE_DOS_MAGIC, 0);
	if (r->strict && memcmp(r->hdr + DOS_ARM64_MAGIC, "ARM\x64", 4) == 0)
		return vkx_fault(r->fault, VKX_RULE_PE_ARM64_MAGIC,
				 DOS_ARM64_MAGIC);
	lfanew = vkx_get_le32(r->hdr + DOS_LFANEW);
	/* Below DOS_SIZE the headers would overlap e_lfanew itself. */
	if (lfanew < DOS_SIZE || (r->strict && lfanew % 8) || lfanew > r->len ||
	    r->len - lfanew < COFF_SIZE)
		return vkx_fault(r->fault, VKX_RULE_PE_LFANEW, DOS_LFANEW);
	r->pe->lfanew = lfanew;
	return 0;
}

static int read_coff(struct reader *r)
{
	uint32_t at = r->pe->lfanew;
	const uint8_t *p = r->hdr + at;
	uint16_t flags = vkx_get_le16(p + COFF_FLAGS);

	if (memcmp(p, "PE\0\0", 4) != 0)
		return vkx_fault(r->fault, VKX_RULE_PE_SIGNATURE, at);
	r->pe->machine = vkx_get_le16(p + COFF_MACHINE);
	if (r->strict && r->pe->machine != MACHINE_ARM64)
		return vkx_fault(r->fault, VKX_RULE_PE_MACHINE,
				 at + COFF_MACHINE);
	r->pe->nr_sections = vkx_get_le16(p + COFF_NR_SECTIONS);
	if (!r->pe->nr_sections || r->pe->nr_sections > VKX_MAX_SECTIONS)
		return vkx_fault(r->fault, VKX_RULE_PE_SECTION_COUNT,
				 at + COFF_NR_SECTIONS);
	if (r->strict &&
	    (flags & (FLAG_EXECUTABLE | FLAG_DLL)) != FLAG_EXECUTABLE)
		return vkx_fault(r->fault, VKX_RULE_PE_SUBSYSTEM,
				 at + COFF_FLAGS);
	r->opt = at + COFF_SIZE;
	r->opt_size = vkx_get_le16(p + COFF_OPT_SIZE);
	if (r->opt_size > r->len - r->opt)
		return vkx_fault(r->fault, VKX_RULE_PE_SHORT, r->len);
	return 0;
}

/*
 * Some readers find the section table behind SizeOfOptionalHeader, others
 * behind the data directories. Strict: the two places are one.
 */
static int read_directories(struct reader *r, uint32_t fixed)
{
	uint32_t count_at = r->opt + fixed - 4;
	uint32_t at;

	r->nr_dirs = vkx_get_le32(r->hdr + count_at);
	if (r->nr_dirs > MAX_DIRECTORIES ||
	    r->nr_dirs * VKX_PE_DIRECTORY > r->opt_size - fixed ||
	    (r->strict && r->nr_dirs * VKX_PE_DIRECTORY != r->opt_size - fixed))
		return vkx_fault(r->fault, VKX_RULE_PE_DIRECTORIES, count_at);
	if (r->nr_dirs <= DIRECTORY_CERT)
		return 0;
	at = r->opt + fixed + DIRECTORY_CERT * VKX_PE_DIRECTORY;
	r->pe->certdir_off = at;
	r->pe->cert_off = vkx_get_le32(r->hdr + at);
	r->pe->cert_size = vkx_get_le32(r->hdr + at + 4);
	return 0;
}

static int check_alignment(struct reader *r)
{
	const struct vkx_pe *pe = r->pe;

	if (!r->strict)
		return 0;
	if (!power_of_two(pe->file_align, MIN_FILE_ALIGN, MAX_FILE_ALIGN))
		return vkx_fault(r->fault, VKX_RULE_PE_ALIGNMENT,
				 r->opt + OPT_FILE_ALIGN);
	if (!power_of_two(pe->section_align, MIN_SECTION_ALIGN,
			  MAX_SECTION_ALIGN) ||
	    pe->section_align < pe->file_align)
		return vkx_fault(r->fault, VKX_RULE_PE_ALIGNMENT,
				 r->opt + OPT_SECTION_ALIGN);
	return 0;
}

static int read_optional(struct reader *r)
{
	struct vkx_pe *pe = r->pe;
	const uint8_t *p = r->hdr + r->opt;
	uint32_t fixed;
	uint16_t magic;
	int err;

	if (r->opt_size < OPT_FIXED32)
		return vkx_fault(r->fault, VKX_RULE_PE_OPTIONAL,
				 pe->lfanew + COFF_OPT_SIZE);
	magic = vkx_get_le16(p);
	pe->pe32plus = magic == MAGIC_PE32PLUS;
	if (!pe->pe32plus && (r->strict || magic != MAGIC_PE32))
		return vkx_fault(r->fault, VKX_RULE_PE_OPTIONAL, r->opt);
	fixed = pe->pe32plus ? OPT_FIXED : OPT_FIXED32;
	if (r->opt_size < fixed)
		return vkx_fault(r->fault, VKX_RULE_PE_OPTIONAL,
				 pe->lfanew + COFF_OPT_SIZE);
	pe->entry = vkx_get_le32(p + OPT_ENTRY);
	pe->image_base = pe->pe32plus ? vkx_get_le64(p + OPT_IMAGE_BASE) :
					vkx_get_le32(p + OPT_IMAGE_BASE32);
	pe->section_align = vkx_get_le32(p + OPT_SECTION_ALIGN);
	pe->file_align = vkx_get_le32(p + OPT_FILE_ALIGN);
	pe->image_size = vkx_get_le32(p + OPT_IMAGE_SIZE);
	pe->headers_size = vkx_get_le32(p + OPT_HEADERS_SIZE);
	pe->checksum_off = r->opt + OPT_CHECKSUM;
	pe->subsystem = vkx_get_le16(p + OPT_SUBSYSTEM);
	if (r->strict && pe->subsystem != SUBSYSTEM_EFI_APPLICATION)
		return vkx_fault(r->fault, VKX_RULE_PE_SUBSYSTEM,
				 r->opt + OPT_SUBSYSTEM);
	err = check_alignment(r);
	return err ? err : read_directories(r, fixed);
}

/*
 * SizeOfHeaders says how much of the head is hashed, so the section table must
 * lie inside, or it would not be authentic.
 */
static int check_header_size(struct reader *r)
{
	const struct vkx_pe *pe = r->pe;
	uint32_t table = r->opt + r->opt_size;
	uint32_t table_size = pe->nr_sections * SECTION_SIZE;
	uint32_t field = r->opt + OPT_HEADERS_SIZE;
	uint32_t end;
	size_t bad;

	if (table_size > r->len - table)
		return vkx_fault(r->fault, VKX_RULE_PE_SHORT, r->len);
	r->pe->section_table_off = table;
	end = table + table_size;
	if (pe->headers_size < end || pe->headers_size > pe->file_size)
		return vkx_fault(r->fault, VKX_RULE_PE_HEADER_SIZE, field);
	if (!r->strict)
		return 0;
	if (pe->headers_size > VKX_MAX_HEADERS ||
	    pe->headers_size % pe->file_align)
		return vkx_fault(r->fault, VKX_RULE_PE_HEADER_SIZE, field);
	bad = vkx_nonzero_at(r->hdr + end, pe->headers_size - end);
	if (bad != pe->headers_size - end)
		return vkx_fault(r->fault, VKX_RULE_PE_HEADER_PAD, end + bad);
	return 0;
}

static void read_sections(struct reader *r)
{
	struct vkx_pe *pe = r->pe;
	uint32_t at = pe->section_table_off;
	size_t i;

	for (i = 0; i < pe->nr_sections; i++, at += SECTION_SIZE) {
		struct vkx_pe_section *s = &pe->sections[i];
		const uint8_t *p = r->hdr + at;

		memcpy(s->name, p, sizeof(s->name));
		s->vsize = vkx_get_le32(p + SECTION_VSIZE);
		s->vaddr = vkx_get_le32(p + SECTION_VADDR);
		s->rawsize = vkx_get_le32(p + SECTION_RAWSIZE);
		s->rawoff = vkx_get_le32(p + SECTION_RAWOFF);
		s->flags = vkx_get_le32(p + SECTION_FLAGS);
		s->hdr_off = at;
	}
}

/*
 * Printable, NUL-padded to the end, and no "/123": a name that points into a
 * COFF string table is another name to each reader.
 */
static bool name_is_good(const uint8_t name[8])
{
	size_t i = 0, n;

	while (i < 8 && name[i] > 0x20 && name[i] < 0x7f)
		i++;
	n = i;
	while (i < 8 && !name[i])
		i++;
	return n && i == 8 && name[0] != '/';
}

static int check_section_file(struct reader *r, const struct vkx_pe_section *s,
			      uint32_t *pos)
{
	const struct vkx_pe *pe = r->pe;

	if (s->rawoff > pe->file_size)
		return vkx_fault(r->fault, VKX_RULE_PE_SECTION_RANGE,
				 s->hdr_off + SECTION_RAWOFF);
	if (s->rawsize > pe->file_size - s->rawoff)
		return vkx_fault(r->fault, VKX_RULE_PE_SECTION_RANGE,
				 s->hdr_off + SECTION_RAWSIZE);
	if (s->rawsize % pe->file_align)
		return vkx_fault(r->fault, VKX_RULE_PE_SECTION_ALIGN,
				 s->hdr_off + SECTION_RAWSIZE);
	if (s->rawoff != (s->rawsize ? *pos : 0))
		return vkx_fault(r->fault, VKX_RULE_PE_SECTION_GAP,
				 s->hdr_off + SECTION_RAWOFF);
	*pos += s->rawsize;
	return 0;
}

static int check_section_memory(struct reader *r,
				const struct vkx_pe_section *s, uint32_t *vpos)
{
	const struct vkx_pe *pe = r->pe;

	if (s->vaddr % pe->section_align)
		return vkx_fault(r->fault, VKX_RULE_PE_SECTION_ALIGN,
				 s->hdr_off + SECTION_VADDR);
	if (s->vaddr < *vpos || s->vaddr > pe->image_size)
		return vkx_fault(r->fault, VKX_RULE_PE_SECTION_VIRTUAL,
				 s->hdr_off + SECTION_VADDR);
	if (s->vsize > pe->image_size - s->vaddr)
		return vkx_fault(r->fault, VKX_RULE_PE_SECTION_VIRTUAL,
				 s->hdr_off + SECTION_VSIZE);
	*vpos = s->vaddr + s->vsize;
	return 0;
}

static bool entry_is_inside(const struct vkx_pe *pe)
{
	size_t i;

	for (i = 0; i < pe->nr_sections; i++) {
		const struct vkx_pe_section *s = &pe->sections[i];

		if (pe->entry >= s->vaddr && pe->entry - s->vaddr < s->vsize &&
		    pe->entry - s->vaddr < s->rawsize)
			return true;
	}
	return false;
}

/*
 * Headers, sections in table order and certificate table tile the file. Then
 * every way to compute the Authenticode digest gives the same value, and no
 * byte that is used escapes it.
 */
static int check_tiling(struct reader *r)
{
	const struct vkx_pe *pe = r->pe;
	uint32_t pos = pe->headers_size; /* in the file */
	uint32_t vpos = pos; /* in memory */
	size_t i;
	int err;

	for (i = 0; i < pe->nr_sections; i++) {
		const struct vkx_pe_section *s = &pe->sections[i];

		if (!name_is_good(s->name))
			return vkx_fault(r->fault, VKX_RULE_PE_SECTION_NAME,
					 s->hdr_off);
		err = check_section_file(r, s, &pos);
		if (!err)
			err = check_section_memory(r, s, &vpos);
		if (err)
			return err;
	}
	if (pe->entry && !entry_is_inside(pe))
		return vkx_fault(r->fault, VKX_RULE_PE_ENTRY,
				 r->opt + OPT_ENTRY);
	if (pe->cert_off && pe->cert_off != pos)
		return vkx_fault(r->fault, VKX_RULE_PE_CERT_TABLE,
				 pe->certdir_off);
	if (!pe->cert_off && pos != pe->file_size)
		return vkx_fault(r->fault, VKX_RULE_PE_SECTION_GAP, pos);
	return 0;
}

/* The least that makes the digest well defined: see vkx_pe_hash_ranges(). */
static int check_hashable(struct reader *r)
{
	const struct vkx_pe *pe = r->pe;
	uint64_t end = pe->file_size - pe->cert_size;
	uint64_t sum = pe->headers_size;
	size_t i;

	if (sum > end)
		return vkx_fault(r->fault, VKX_RULE_PE_HEADER_SIZE,
				 r->opt + OPT_HEADERS_SIZE);
	for (i = 0; i < pe->nr_sections; i++) {
		const struct vkx_pe_section *s = &pe->sections[i];

		if (!s->rawsize)
			continue;
		if (s->rawoff > end || s->rawsize > end - s->rawoff)
			return vkx_fault(r->fault, VKX_RULE_PE_SECTION_RANGE,
					 s->hdr_off + SECTION_RAWOFF);
		/* 96 times 32 bits: cannot wrap. */
		sum += s->rawsize;
		if (sum > end)
			return vkx_fault(r->fault, VKX_RULE_PE_SECTION_GAP,
					 s->hdr_off + SECTION_RAWSIZE);
	}
	return 0;
}

/* The directory entry is not hashed, so nothing here may be a choice. */
static int check_cert_table(struct reader *r)
{
	const struct vkx_pe *pe = r->pe;
	uint32_t field = pe->certdir_off;

	if (!pe->cert_off && !pe->cert_size)
		return 0;
	if (!pe->cert_off || pe->cert_off % VKX_PE_CERT_ALIGN ||
	    pe->cert_off > pe->file_size)
		return vkx_fault(r->fault, VKX_RULE_PE_CERT_TABLE, field);
	if (pe->cert_size < VKX_PE_CERT_HEADER ||
	    pe->cert_size > VKX_MAX_CERT_TABLE ||
	    pe->cert_size % VKX_PE_CERT_ALIGN ||
	    pe->cert_size != pe->file_size - pe->cert_off)
		return vkx_fault(r->fault, VKX_RULE_PE_CERT_TABLE, field + 4);
	return 0;
}

static int read_headers(struct reader *r)
{
	int err;

	err = read_dos(r);
	if (!err)
		err = read_coff(r);
	if (!err)
		err = read_optional(r);
	if (!err)
		err = check_header_size(r);
	if (!err)
		err = check_cert_table(r);
	if (err)
		return err;
	read_sections(r);
	return r->strict ? check_tiling(r) : check_hashable(r);
}

int vkx_pe_parse(const uint8_t *hdr, size_t hdr_len, uint64_t file_size,
		 enum vkx_pe_profile profile, struct vkx_pe *pe_ret,
		 struct vkx_fault *fault_ret)
{
	uint64_t want =
		file_size < VKX_MAX_HEADERS ? file_size : VKX_MAX_HEADERS;
	struct reader r = {
		.hdr = hdr,
		.len = (uint32_t)want,
		.strict = profile != VKX_PE_ANY,
		.pe = pe_ret,
		.fault = fault_ret,
	};
	int err;

	memset(pe_ret, 0, sizeof(*pe_ret));
	if (hdr_len < want)
		return -VKX_ERR_ARG;
	if (!file_size || file_size > VKX_MAX_FILE)
		return vkx_fault(fault_ret, VKX_RULE_PE_SIZE, 0);
	pe_ret->file_size = file_size;
	err = read_headers(&r);
	if (err)
		memset(pe_ret, 0, sizeof(*pe_ret));
	return err;
}

bool vkx_pe_name_is(const struct vkx_pe_section *section, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(section->name); i++) {
		if (section->name[i] != (uint8_t)name[i])
			return false;
		if (!name[i])
			break;
	}
	/* A name of eight matches only a name of eight; the rest is NULs. */
	if (i == sizeof(section->name))
		return !name[i];
	return vkx_nonzero_at(section->name + i, sizeof(section->name) - i) ==
	       sizeof(section->name) - i;
}
