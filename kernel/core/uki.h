/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A UKI (UAPI.5) in the strict profile of docs/format.md: which section of a
 * parsed PE is which component, and what each must look like. One description
 * serves verifying, measuring and booting. It decides nothing about trust.
 */
#ifndef VKX_UKI_H
#define VKX_UKI_H

#include "limit.h"
#include "pe.h"
#include "verdict.h"

/*
 * In the order in which systemd-stub measures them (systemd's uki.h, "please
 * do not reorder"), which also is the order of our own records.
 */
enum vkx_uki_part_id {
	VKX_PART_LINUX = 0,
	VKX_PART_OSREL,
	VKX_PART_CMDLINE,
	VKX_PART_INITRD,
	VKX_PART_UCODE,
	VKX_PART_SPLASH,
	VKX_PART_DTB,
	VKX_PART_UNAME,
	VKX_PART_SBAT,
	VKX_PART_PCRSIG,
	VKX_PART_PCRPKEY,
	VKX_PART_PROFILE,
	VKX_PART_DTBAUTO,
	VKX_PART_HWIDS,
	VKX_PART_EFIFW,
	VKX_PART_NR
};

struct vkx_uki_part {
	bool present;
	uint32_t offset; /* file offset */
	uint32_t size; /* VirtualSize: the component's bytes */
	uint32_t rawsize; /* size <= rawsize; the rest is zero */
	uint16_t section; /* index in pe.sections */
};

struct vkx_uki {
	struct vkx_pe pe;
	/* part[VKX_PART_DTBAUTO] is the first of dtbauto[], if any. */
	struct vkx_uki_part part[VKX_PART_NR];
	uint32_t nr_dtbauto;
	struct vkx_uki_part dtbauto[VKX_MAX_DTBAUTO]; /* in file order */
};

/* ".linux" ...; NULL for an id out of range. */
const char *vkx_uki_part_name(enum vkx_uki_part_id id);

/*
 * Does this look like a UKI at all (a PE with a .linux section)? Lenient: a
 * broken UKI is still one, so that it is refused instead of passed on.
 */
bool vkx_uki_probe(const uint8_t *hdr, size_t hdr_len, uint64_t file_size);

/*
 * vkx_pe_parse() with VKX_PE_STRICT, then the rules on sections. Same
 * arguments and errors; *uki_ret is all zero on every error.
 *
 * No name but .dtbauto stands twice, known or not. A component has
 * VirtualSize <= SizeOfRawData and is its first VirtualSize bytes; sections
 * that are no component (the stub's own) may be larger in memory. No section
 * has VirtualSize 0 and raw data: loaders disagree on what that means.
 * Whether the bytes after a component are zero is only known to who reads the
 * file: see vkx_uki_piece.zero.
 */
VKX_MUST_USE int vkx_uki_parse(const uint8_t *hdr, size_t hdr_len,
			       uint64_t file_size, struct vkx_uki *uki_ret,
			       struct vkx_fault *fault_ret);

/*
 * The file as one list of consecutive pieces, each saying what its bytes are
 * for: whoever walks it once in file order has hashed, collected and checked
 * everything. Covers [0, file_size) without gap or overlap.
 */
struct vkx_uki_piece {
	uint64_t offset;
	uint64_t size;
	bool hashed; /* part of the Authenticode digest */
	bool zero; /* every byte must be 0: rule UKI_PADDING otherwise */
	/* Component these bytes belong to, or -1; VKX_PART_DTBAUTO + which. */
	int8_t part;
	uint8_t dtbauto;
};

#define VKX_UKI_MAX_PIECES (2u * VKX_MAX_SECTIONS + 8u)

/* -VKX_ERR_SPACE cannot happen with max = VKX_UKI_MAX_PIECES. */
VKX_MUST_USE int vkx_uki_pieces(const struct vkx_uki *uki,
				struct vkx_uki_piece *pieces_ret, size_t max,
				size_t *count_ret);

/*
 * The content rules of .cmdline: printable ASCII (0x20 to 0x7e), no NUL, and
 * shorter than VKX_MAX_CMDLINE. base is the component's file offset, for the
 * fault. An empty command line is good.
 */
VKX_MUST_USE int vkx_cmdline_check(const uint8_t *text, size_t len,
				   uint64_t base, struct vkx_fault *fault_ret);

/* Linux arm64 Image header (Documentation/arch/arm64/booting.rst). */
struct vkx_image {
	uint64_t text_offset;
	uint64_t image_size; /* bytes from text_offset the kernel needs */
	uint64_t flags;
	/* Page size flag: 0 unspecified, else 4096, 16384 or 65536. */
	uint32_t page_size;
};

#define VKX_IMAGE_HEADER_SIZE 64u

/*
 * Reads the header of a raw arm64 Image. p holds the first len bytes of .linux,
 * at least 64 of a component of size bytes; base its file offset.
 * IMAGE_COMPRESSED for zboot, gzip and zstd, so that the message can help.
 * image_size must hold the component; kernels that leave it 0 (before 3.17)
 * are refused.
 */
VKX_MUST_USE int vkx_image_parse(const uint8_t *p, size_t len, uint64_t size,
				 uint64_t base, struct vkx_image *image_ret,
				 struct vkx_fault *fault_ret);

#endif
