/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cursor.h"
#include "uki.h"

#define NO_SECTION UINT16_MAX

static const char *const part_names[VKX_PART_NR] = {
	[VKX_PART_LINUX] = ".linux",	 [VKX_PART_OSREL] = ".osrel",
	[VKX_PART_CMDLINE] = ".cmdline", [VKX_PART_INITRD] = ".initrd",
	[VKX_PART_UCODE] = ".ucode",	 [VKX_PART_SPLASH] = ".splash",
	[VKX_PART_DTB] = ".dtb",	 [VKX_PART_UNAME] = ".uname",
	[VKX_PART_SBAT] = ".sbat",	 [VKX_PART_PCRSIG] = ".pcrsig",
	[VKX_PART_PCRPKEY] = ".pcrpkey", [VKX_PART_PROFILE] = ".profile",
	[VKX_PART_DTBAUTO] = ".dtbauto", [VKX_PART_HWIDS] = ".hwids",
	[VKX_PART_EFIFW] = ".efifw",
};

const char *vkx_uki_part_name(enum vkx_uki_part_id id)
{
	return (unsigned int)id < VKX_PART_NR ? part_names[id] : NULL;
}

/* True if count section headers at table, as far as hdr has them, hold one. */
static bool table_has_linux(const uint8_t *hdr, size_t len, uint64_t table,
			    uint32_t count)
{
	static const uint8_t name[7] = ".linux";
	uint32_t i;

	for (i = 0; i < count; i++, table += 40) {
		if (table > len || len - table < sizeof(name))
			return false;
		if (memcmp(hdr + table, name, sizeof(name)) == 0)
			return true;
	}
	return false;
}

bool vkx_uki_probe(const uint8_t *hdr, size_t hdr_len, uint64_t file_size)
{
	size_t len = hdr_len < file_size ? hdr_len : (size_t)file_size;
	uint64_t opt;
	uint32_t count, dirs;

	if (len < 64 || memcmp(hdr, "MZ", 2) != 0)
		return false;
	opt = (uint64_t)vkx_get_le32(hdr + 60) + 24;
	if (opt > len || memcmp(hdr + opt - 24, "PE\0\0", 4) != 0)
		return false;
	count = vkx_get_le16(hdr + opt - 18);
	/* Whichever way another reader finds the table: behind the size of
	 * the optional header, or behind its data directories. */
	if (table_has_linux(hdr, len, opt + vkx_get_le16(hdr + opt - 4), count))
		return true;
	if (len - opt < 112)
		return false;
	dirs = vkx_get_le32(hdr + opt + 108);
	return table_has_linux(hdr, len, opt + 112 + 8ULL * dirs, count);
}

static enum vkx_uki_part_id part_of(const struct vkx_pe_section *section)
{
	unsigned int id;

	for (id = 0; id < VKX_PART_NR; id++)
		if (vkx_pe_name_is(section, part_names[id]))
			break;
	return (enum vkx_uki_part_id)id;
}

/* The most bytes a component may have; larger ones are nobody's business. */
static uint32_t part_limit(enum vkx_uki_part_id id)
{
	switch (id) {
	case VKX_PART_SBAT:
		return VKX_MAX_SBAT;
	case VKX_PART_DTB:
	case VKX_PART_DTBAUTO:
		return VKX_MAX_FDT;
	case VKX_PART_LINUX:
	case VKX_PART_OSREL:
	case VKX_PART_CMDLINE:
	case VKX_PART_INITRD:
	case VKX_PART_UCODE:
	case VKX_PART_SPLASH:
	case VKX_PART_UNAME:
	case VKX_PART_PCRSIG:
	case VKX_PART_PCRPKEY:
	case VKX_PART_PROFILE:
	case VKX_PART_HWIDS:
	case VKX_PART_EFIFW:
	case VKX_PART_NR:
		break;
	}
	return UINT32_MAX;
}

static int check_part(enum vkx_uki_part_id id,
		      const struct vkx_pe_section *section,
		      struct vkx_fault *fault_ret)
{
	uint64_t field = (uint64_t)section->hdr_off + 8;

	if (id == VKX_PART_UCODE || id == VKX_PART_PROFILE ||
	    id == VKX_PART_EFIFW)
		return vkx_fault(fault_ret, VKX_RULE_UKI_FORBIDDEN,
				 section->hdr_off);
	if (section->vsize > section->rawsize)
		return vkx_fault(fault_ret, VKX_RULE_UKI_VIRTUAL_SIZE, field);
	if (id == VKX_PART_CMDLINE && section->vsize >= VKX_MAX_CMDLINE)
		return vkx_fault(fault_ret, VKX_RULE_UKI_CMDLINE_LENGTH, field);
	if (section->vsize > part_limit(id))
		return vkx_fault(fault_ret, VKX_RULE_UKI_PART_SIZE, field);
	return 0;
}

/* Quadratic in VKX_MAX_SECTIONS: some thousand comparisons at worst. */
static bool name_stands_before(const struct vkx_pe *pe, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (memcmp(pe->sections[i].name, pe->sections[index].name,
			   sizeof(pe->sections[i].name)) == 0)
			return true;
	return false;
}

static int add_section(struct vkx_uki *uki, size_t index,
		       struct vkx_fault *fault_ret)
{
	const struct vkx_pe_section *section = &uki->pe.sections[index];
	enum vkx_uki_part_id id = part_of(section);
	struct vkx_uki_part part = {
		.present = true,
		.offset = section->rawoff,
		.size = section->vsize,
		.rawsize = section->rawsize,
		.section = (uint16_t)index,
	};
	int err;

	if (id != VKX_PART_DTBAUTO && name_stands_before(&uki->pe, index))
		return vkx_fault(fault_ret, VKX_RULE_UKI_DUPLICATE,
				 section->hdr_off);
	if (!section->vsize && section->rawsize)
		return vkx_fault(fault_ret, VKX_RULE_UKI_VIRTUAL_SIZE,
				 (uint64_t)section->hdr_off + 8);
	if (id == VKX_PART_NR)
		return 0;
	err = check_part(id, section, fault_ret);
	if (err)
		return err;
	if (id == VKX_PART_DTBAUTO) {
		if (uki->nr_dtbauto == VKX_MAX_DTBAUTO)
			return vkx_fault(fault_ret, VKX_RULE_UKI_DTBAUTO_COUNT,
					 section->hdr_off);
		uki->dtbauto[uki->nr_dtbauto++] = part;
	}
	if (!uki->part[id].present)
		uki->part[id] = part;
	return 0;
}

static int check_sections(struct vkx_uki *uki, struct vkx_fault *fault_ret)
{
	uint64_t table = uki->pe.section_table_off;
	size_t i;
	int err;

	for (i = 0; i < uki->pe.nr_sections; i++) {
		err = add_section(uki, i, fault_ret);
		if (err)
			return err;
	}
	if (!uki->part[VKX_PART_LINUX].present)
		return vkx_fault(fault_ret, VKX_RULE_UKI_NO_LINUX, table);
	if (!uki->part[VKX_PART_CMDLINE].present)
		return vkx_fault(fault_ret, VKX_RULE_UKI_NO_CMDLINE, table);
	if (!uki->part[VKX_PART_SBAT].present)
		return vkx_fault(fault_ret, VKX_RULE_UKI_NO_SBAT, table);
	return 0;
}

int vkx_uki_parse(const uint8_t *hdr, size_t hdr_len, uint64_t file_size,
		  struct vkx_uki *uki_ret, struct vkx_fault *fault_ret)
{
	int err;

	memset(uki_ret, 0, sizeof(*uki_ret));
	err = vkx_pe_parse(hdr, hdr_len, file_size, VKX_PE_STRICT, &uki_ret->pe,
			   fault_ret);
	if (!err)
		err = check_sections(uki_ret, fault_ret);
	if (err)
		memset(uki_ret, 0, sizeof(*uki_ret));
	return err;
}

struct piece_list {
	struct vkx_uki_piece *pieces;
	size_t max;
	size_t count;
	uint64_t pos; /* end of the last piece */
	int err;
};

/* What a piece's bytes are for, besides their place. */
struct piece_use {
	bool hashed;
	bool zero;
	int8_t part;
	uint8_t dtbauto;
};

static void add_piece(struct piece_list *list, uint64_t size,
		      struct piece_use use)
{
	struct vkx_uki_piece *piece;

	if (!size || list->err)
		return;
	if (list->count == list->max) {
		list->err = -VKX_ERR_SPACE;
		return;
	}
	piece = &list->pieces[list->count++];
	piece->offset = list->pos;
	piece->size = size;
	piece->hashed = use.hashed;
	piece->zero = use.zero;
	piece->part = use.part;
	piece->dtbauto = use.dtbauto;
	list->pos += size;
}

static void add_header_pieces(struct piece_list *list, const struct vkx_pe *pe)
{
	const struct piece_use hashed = { .hashed = true, .part = -1 };
	const struct piece_use mutable = { .part = -1 };

	add_piece(list, pe->checksum_off, hashed);
	add_piece(list, 4, mutable);
	if (pe->certdir_off) {
		add_piece(list, pe->certdir_off - list->pos, hashed);
		add_piece(list, 8, mutable);
	}
	add_piece(list, pe->headers_size - list->pos, hashed);
}

static void add_section_pieces(struct piece_list *list,
			       const struct vkx_pe_section *section,
			       uint8_t *dtbauto)
{
	struct piece_use use = { .hashed = true, .part = -1 };
	enum vkx_uki_part_id id = part_of(section);

	if (id == VKX_PART_NR) {
		add_piece(list, section->rawsize, use);
		return;
	}
	use.part = (int8_t)id;
	if (id == VKX_PART_DTBAUTO)
		use.dtbauto = (*dtbauto)++;
	add_piece(list, section->vsize, use);
	use.part = -1;
	use.dtbauto = 0;
	use.zero = true;
	add_piece(list, section->rawsize - section->vsize, use);
}

int vkx_uki_pieces(const struct vkx_uki *uki, struct vkx_uki_piece *pieces_ret,
		   size_t max, size_t *count_ret)
{
	const struct piece_use table = { .part = -1 };
	struct piece_list list = { .pieces = pieces_ret, .max = max };
	uint8_t dtbauto = 0;
	size_t i;

	add_header_pieces(&list, &uki->pe);
	for (i = 0; i < uki->pe.nr_sections; i++)
		add_section_pieces(&list, &uki->pe.sections[i], &dtbauto);
	add_piece(&list, uki->pe.cert_size, table);
	if (list.err)
		return list.err;
	if (list.pos != uki->pe.file_size)
		return -VKX_ERR_BUG;
	*count_ret = list.count;
	return 0;
}
