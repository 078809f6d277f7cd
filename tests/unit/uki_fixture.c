/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cursor.h"
#include "tests/unit/uki_fixture.h"

#define IMAGE_BYTES 1500

static uint32_t align_up(uint32_t v, uint32_t align)
{
	return (v + align - 1) / align * align;
}

void uki_fixture_image(uint8_t header_ret[64], uint64_t image_size)
{
	memset(header_ret, 0, 64);
	memcpy(header_ret, "MZ\x40\xfa", 4);
	vkx_put_le64(header_ret + 16, image_size);
	header_ret[24] = 0xa; /* 4 KiB pages, anywhere in memory */
	memcpy(header_ret + 56, "ARM\x64", 4);
	header_ret[60] = 0x40;
}

static const uint8_t *default_image(void)
{
	static uint8_t image[IMAGE_BYTES];

	memset(image, 0x5a, sizeof(image));
	uki_fixture_image(image, 0x10000);
	return image;
}

void uki_fixture_default(struct uki_fixture *fixture)
{
	static const char sbat[] =
		"sbat,1,SBAT Version,sbat,1,"
		"https://github.com/rhboot/shim/blob/main/SBAT.md\n"
		"vkexec.test,1,Test,vkexec.test,1,https://example.org/\n";
	static const char cmdline[] = "console=ttyAMA0 ro";
	static const char osrel[] = "ID=test\n";
	static const char dtb[48] = "\xd0\x0d\xfe\xed";

	memset(fixture, 0, sizeof(*fixture));
	uki_fixture_add(fixture, ".text", "\xc0\x03\x5f\xd6", 4);
	uki_fixture_add(fixture, ".sbat", sbat, sizeof(sbat) - 1);
	uki_fixture_add(fixture, ".osrel", osrel, sizeof(osrel) - 1);
	uki_fixture_add(fixture, ".uname", "6.1.0-test", 10);
	uki_fixture_add(fixture, ".cmdline", cmdline, sizeof(cmdline) - 1);
	uki_fixture_add(fixture, ".dtb", dtb, sizeof(dtb));
	uki_fixture_add(fixture, ".linux", default_image(), IMAGE_BYTES);
	uki_fixture_add(fixture, ".initrd", "070701 not a real cpio", 22);
}

struct uki_fixture_section *uki_fixture_add(struct uki_fixture *fixture,
					    const char *name, const void *data,
					    size_t size)
{
	struct uki_fixture_section *section;

	assert(fixture->nr_sections < UKI_FIXTURE_MAX_SECTIONS);
	section = &fixture->sections[fixture->nr_sections++];
	memset(section, 0, sizeof(*section));
	section->name = name;
	section->data = data;
	section->size = size;
	return section;
}

struct uki_fixture_section *uki_fixture_find(struct uki_fixture *fixture,
					     const char *name)
{
	size_t i;

	for (i = 0; i < fixture->nr_sections; i++)
		if (!strcmp(fixture->sections[i].name, name))
			return &fixture->sections[i];
	return NULL;
}

void uki_fixture_remove(struct uki_fixture *fixture, const char *name)
{
	struct uki_fixture_section *section = uki_fixture_find(fixture, name);
	struct uki_fixture_section *end;

	assert(section);
	end = &fixture->sections[fixture->nr_sections--];
	memmove(section, section + 1,
		(size_t)(end - (section + 1)) * sizeof(*section));
}

static uint32_t raw_size(const struct uki_fixture_section *section,
			 uint32_t file_align)
{
	if (section->set_rawsize)
		return section->rawsize;
	return align_up((uint32_t)section->size, file_align);
}

static void put_headers(uint8_t *file, const struct uki_fixture *fixture,
			uint32_t lfanew, uint32_t nr_dirs, uint32_t file_align,
			uint32_t section_align, uint32_t headers_size)
{
	uint8_t *coff = file + lfanew, *opt = coff + 24;

	memcpy(file, "MZ", 2);
	vkx_put_le32(file + 60, lfanew);
	memcpy(coff, "PE\0\0", 4);
	vkx_put_le16(coff + 4, 0xaa64);
	vkx_put_le16(coff + 6, (uint16_t)fixture->nr_sections);
	vkx_put_le16(coff + 20, (uint16_t)(112 + 8 * nr_dirs));
	vkx_put_le16(coff + 22, 0x0206);
	vkx_put_le16(opt, 0x20b);
	vkx_put_le32(opt + 16, fixture->entry);
	vkx_put_le32(opt + 32, section_align);
	vkx_put_le32(opt + 36, file_align);
	vkx_put_le32(opt + 60, headers_size);
	vkx_put_le16(opt + 68, 10);
	vkx_put_le32(opt + 108, nr_dirs);
}

static void put_section(uint8_t *header, uint8_t *file,
			const struct uki_fixture_section *section,
			uint32_t vaddr, uint32_t vsize, uint32_t rawoff,
			uint32_t rawsize)
{
	size_t name_len = strlen(section->name);

	memcpy(header, section->name, name_len > 8 ? 8 : name_len);
	vkx_put_le32(header + 8, vsize);
	vkx_put_le32(header + 12, vaddr);
	vkx_put_le32(header + 16, rawsize);
	vkx_put_le32(header + 20, rawsize ? rawoff : 0);
	vkx_put_le32(header + 36, 0x40000040);
	if (section->size)
		memcpy(file + rawoff, section->data,
		       section->size < rawsize ? section->size : rawsize);
}

uint8_t *uki_fixture_build(const struct uki_fixture *fixture, size_t *len_ret)
{
	uint32_t lfanew = fixture->lfanew ? fixture->lfanew : 64;
	uint32_t nr_dirs = fixture->nr_dirs ? fixture->nr_dirs : 6;
	uint32_t fa = fixture->file_align ? fixture->file_align : 512;
	uint32_t sa = fixture->section_align ? fixture->section_align : 4096;
	uint32_t table = lfanew + 24 + 112 + 8 * nr_dirs;
	uint32_t headers, pos, vpos;
	uint8_t *file;
	size_t i;

	headers = align_up(table + 40 * (uint32_t)fixture->nr_sections, fa);
	pos = headers;
	for (i = 0; i < fixture->nr_sections; i++)
		pos += raw_size(&fixture->sections[i], fa);
	file = calloc(1, pos);
	assert(file);
	*len_ret = pos;
	put_headers(file, fixture, lfanew, nr_dirs, fa, sa, headers);
	pos = headers;
	vpos = align_up(headers, sa);
	for (i = 0; i < fixture->nr_sections; i++) {
		const struct uki_fixture_section *s = &fixture->sections[i];
		uint32_t rawsize = raw_size(s, fa);
		uint32_t vsize = s->set_vsize ? s->vsize : (uint32_t)s->size;

		put_section(file + table + 40 * i, file, s, vpos, vsize, pos,
			    rawsize);
		pos += rawsize;
		vpos = align_up(vpos + (vsize ? vsize : 1), sa);
	}
	vkx_put_le32(file + lfanew + 24 + 56, vpos);
	return file;
}

uint8_t *uki_fixture_sign(uint8_t *file, size_t *len, const void *der,
			  size_t der_len)
{
	uint32_t entry = align_up((uint32_t)der_len + 8, 8);
	uint8_t *dir = file + vkx_get_le32(file + 60) + 24 + 112 + 32;
	uint8_t *cert;

	if (!vkx_get_le32(dir))
		vkx_put_le32(dir, (uint32_t)*len);
	vkx_put_le32(dir + 4, vkx_get_le32(dir + 4) + entry);
	file = realloc(file, *len + entry);
	assert(file);
	cert = file + *len;
	memset(cert, 0, entry);
	vkx_put_le32(cert, entry);
	vkx_put_le16(cert + 4, 0x0200);
	vkx_put_le16(cert + 6, 0x0002);
	memcpy(cert + 8, der, der_len);
	*len += entry;
	return file;
}

static size_t guard_span(size_t len, size_t page)
{
	return (len + page - 1) / page * page;
}

uint8_t *guard_copy(const void *data, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t span = guard_span(len, page);
	uint8_t *map, *copy;

	map = mmap(NULL, span + 2 * page, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert(map != MAP_FAILED);
	if (span && mprotect(map + page, span, PROT_READ | PROT_WRITE))
		abort();
	copy = map + page + span - len;
	if (len)
		memcpy(copy, data, len);
	return copy;
}

void guard_free(uint8_t *copy, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t span = guard_span(len, page);

	munmap(copy + len - span - page, span + 2 * page);
}
