/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PE/COFF read once, strictly, into a host structure; nobody reads the header
 * bytes again, so that the part that verifies and the part that loads cannot
 * see two different files. Works on the header bytes and the file's size
 * alone: the file itself need not be in memory. It is no loader and does not
 * know what the sections mean (uki.h does).
 */
#ifndef VKX_PE_H
#define VKX_PE_H

#include "limit.h"
#include "verdict.h"

enum vkx_pe_profile {
	/* docs/format.md "PE": everything tiles, AArch64 EFI applications. */
	VKX_PE_STRICT = 0,
	/* Any EFI binary whose Authenticode digest is well defined: gaps,
	 * other machines and PE32 are accepted. Never for booting. */
	VKX_PE_ANY = 1,
};

struct vkx_pe_section {
	uint8_t name[8]; /* NUL-padded, not terminated when 8 long */
	uint32_t vsize; /* VirtualSize */
	uint32_t vaddr; /* VirtualAddress */
	uint32_t rawsize; /* SizeOfRawData */
	uint32_t rawoff; /* PointerToRawData */
	uint32_t flags; /* Characteristics */
	uint32_t hdr_off; /* file offset of this section's header */
};

struct vkx_pe {
	uint64_t file_size;
	uint32_t lfanew; /* file offset of "PE\0\0" */
	uint16_t machine;
	uint16_t subsystem;
	bool pe32plus;
	uint32_t entry; /* AddressOfEntryPoint, 0 for a file without code */
	uint64_t image_base;
	uint32_t section_align;
	uint32_t file_align;
	uint32_t image_size; /* SizeOfImage */
	uint32_t headers_size; /* SizeOfHeaders */
	uint32_t checksum_off; /* file offset of CheckSum, 4 bytes not hashed */
	/* File offset of the certificate table's directory entry, 8 bytes not
	 * hashed; 0 if the optional header has no such entry. */
	uint32_t certdir_off;
	uint32_t cert_off; /* certificate table; 0, 0 if there is none */
	uint32_t cert_size;
	uint32_t section_table_off;
	uint16_t nr_sections;
	struct vkx_pe_section sections[VKX_MAX_SECTIONS];
};

/* The certificate table: entries of this alignment, each with this header. */
#define VKX_PE_CERT_ALIGN 8u
#define VKX_PE_CERT_HEADER 8u
#define VKX_PE_CERT_REVISION_2 0x0200u
#define VKX_PE_CERT_PKCS 0x0002u /* WIN_CERT_TYPE_PKCS_SIGNED_DATA */
/* A data directory's entry: offset and size, 4 bytes each. */
#define VKX_PE_DIRECTORY 8u

struct vkx_range {
	uint64_t offset;
	uint64_t size;
};

/* Three pieces of header, one per section, one tail. */
#define VKX_PE_MAX_RANGES (VKX_MAX_SECTIONS + 4u)

/*
 * Reads the headers. hdr holds the first hdr_len bytes of the file, hdr_len =
 * the smaller of file_size and VKX_MAX_HEADERS. -VKX_ERR_FORMAT with
 * *fault_ret where a rule is broken, -VKX_ERR_ARG if hdr_len is too short.
 * On every error *pe_ret is all zero: it is too big for a second copy on a
 * kernel stack, and half a parse must not be used.
 * PE Format (Microsoft), "COFF File Header" to "Section Table".
 *
 * A section without raw data (SizeOfRawData 0: .bss, or an empty component)
 * must say PointerToRawData 0; it takes no part in the tiling. AddressOfEntry-
 * Point is 0 for a file without code, else inside a section's raw data.
 * SizeOfImage need not be a multiple of SectionAlignment (systemd's AArch64
 * stub has one that is not).
 */
VKX_MUST_USE int vkx_pe_parse(const uint8_t *hdr, size_t hdr_len,
			      uint64_t file_size, enum vkx_pe_profile profile,
			      struct vkx_pe *pe_ret,
			      struct vkx_fault *fault_ret);

/*
 * The ranges whose concatenation the Authenticode digest covers, in order
 * (Windows Authenticode Portable Executable Signature Format, "Calculating the
 * PE Image Hash"; sections sorted by PointerToRawData, then what lies between
 * the bytes hashed so far and the certificate table). pad_ret gets the number
 * of zero bytes to hash after them, which signers add to reach a multiple of
 * eight on a file not signed yet. Only for VKX_PE_ANY can ranges repeat or
 * leave bytes out. -VKX_ERR_SPACE: max is too small.
 */
VKX_MUST_USE int vkx_pe_hash_ranges(const struct vkx_pe *pe,
				    struct vkx_range *ranges_ret, size_t max,
				    size_t *count_ret, uint32_t *pad_ret);

/* One WIN_CERTIFICATE of type PKCS_SIGNED_DATA. */
struct vkx_pe_cert {
	uint64_t offset; /* file offset of the DER */
	uint32_t size; /* bytes of DER; padding after it is zero and < 8 */
};

/*
 * Reads the certificate table: table holds its cert_size bytes. Strict: every
 * entry 8-byte aligned, revision 2.0, type PKCS_SIGNED_DATA, the DER inside
 * fills it but for fewer than 8 zero bytes, entries fill the table exactly.
 * count_ret 0 for a file without one (table may then be NULL).
 */
VKX_MUST_USE int vkx_pe_certs(const struct vkx_pe *pe, const uint8_t *table,
			      struct vkx_pe_cert certs_ret[VKX_MAX_SIGNATURES],
			      size_t *count_ret, struct vkx_fault *fault_ret);

/* True if the section's eight name bytes are exactly this name, NUL-padded. */
bool vkx_pe_name_is(const struct vkx_pe_section *section, const char *name);

#endif
