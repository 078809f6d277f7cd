/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small UKIs built in memory, right by default and wrong on demand, and a
 * buffer whose end is an unreadable page. It writes what it is told and knows
 * no rule of the format: the parser under test is the only judge.
 */
#ifndef TEST_UKI_FIXTURE_H
#define TEST_UKI_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UKI_FIXTURE_MAX_SECTIONS 256

struct uki_fixture_section {
	const char *name; /* up to 8 bytes are used */
	const void *data;
	size_t size; /* bytes of data, and VirtualSize */
	/* In place of what follows from size, where set_* says so. */
	bool set_vsize, set_rawsize;
	uint32_t vsize, rawsize;
};

/* All zero but sections: an unsigned UKI with 6 data directories. */
struct uki_fixture {
	struct uki_fixture_section sections[UKI_FIXTURE_MAX_SECTIONS];
	size_t nr_sections;
	uint32_t lfanew; /* 0: 64 */
	uint32_t nr_dirs; /* 0: 6 */
	uint32_t file_align; /* 0: 512 */
	uint32_t section_align; /* 0: 4096 */
	uint32_t entry; /* 0: none */
};

/* The files that uki_fixture_build() makes have their fields here, as long
 * as lfanew and nr_dirs are the default. */
enum {
	UKI_AT_PE = 64,
	UKI_AT_MACHINE = 68,
	UKI_AT_NR_SECTIONS = 70,
	UKI_AT_OPT_SIZE = 84,
	UKI_AT_FLAGS = 86,
	UKI_AT_OPT = 88,
	UKI_AT_ENTRY = UKI_AT_OPT + 16,
	UKI_AT_SECTION_ALIGN = UKI_AT_OPT + 32,
	UKI_AT_FILE_ALIGN = UKI_AT_OPT + 36,
	UKI_AT_IMAGE_SIZE = UKI_AT_OPT + 56,
	UKI_AT_HEADERS_SIZE = UKI_AT_OPT + 60,
	UKI_AT_CHECKSUM = UKI_AT_OPT + 64,
	UKI_AT_SUBSYSTEM = UKI_AT_OPT + 68,
	UKI_AT_NR_DIRS = UKI_AT_OPT + 108,
	UKI_AT_CERTDIR = UKI_AT_OPT + 112 + 4 * 8,
	UKI_AT_TABLE = UKI_AT_OPT + 112 + 6 * 8,
};

/* Offsets in a section header at UKI_AT_TABLE + 40 * index. */
enum {
	UKI_SECTION_VSIZE = 8,
	UKI_SECTION_VADDR = 12,
	UKI_SECTION_RAWSIZE = 16,
	UKI_SECTION_RAWOFF = 20,
};

/* .text .sbat .osrel .uname .cmdline .dtb .linux .initrd, in this order, a
 * few bytes each; .linux is a valid arm64 Image header with a body. */
void uki_fixture_default(struct uki_fixture *fixture);
/* Adds a section at the end and returns it for more. */
struct uki_fixture_section *uki_fixture_add(struct uki_fixture *fixture,
					    const char *name, const void *data,
					    size_t size);
/* The section of this name, or NULL. */
struct uki_fixture_section *uki_fixture_find(struct uki_fixture *fixture,
					     const char *name);
void uki_fixture_remove(struct uki_fixture *fixture, const char *name);

/* The file, from malloc(). */
uint8_t *uki_fixture_build(const struct uki_fixture *fixture, size_t *len_ret);

/* One WIN_CERTIFICATE (revision 2.0, PKCS_SIGNED_DATA) around der, appended
 * to a file from malloc(), directory entry set. Call again for one more. */
uint8_t *uki_fixture_sign(uint8_t *file, size_t *len, const void *der,
			  size_t der_len);

/* A 64-byte arm64 Image header with this image_size. */
void uki_fixture_image(uint8_t header_ret[64], uint64_t image_size);

/* A copy of data whose last byte is the last of its page, with an unreadable
 * page behind it, and one before the page that it starts in; guard_free() ends
 * it. */
uint8_t *guard_copy(const void *data, size_t len);
void guard_free(uint8_t *copy, size_t len);

#endif
