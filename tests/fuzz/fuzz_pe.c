/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a PE file. Whatever is accepted keeps these: ranges and
 * certificates lie inside the file; pieces tile it; a byte that is used is a
 * byte that is hashed, once; a UKI is a strict PE, is a PE, and is probed.
 */
#include <stdlib.h>
#include <string.h>

#include "pe.h"
#include "uki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vkx_uki uki;
static struct vkx_pe any, strict;
static uint8_t *hashed; /* times each byte is hashed, saturating */

static void need(bool condition)
{
	if (!condition)
		abort();
}

static void check_ranges(const struct vkx_pe *pe, size_t size)
{
	struct vkx_range ranges[VKX_PE_MAX_RANGES];
	uint32_t pad;
	uint64_t at;
	size_t n, i;

	need(!vkx_pe_hash_ranges(pe, ranges, VKX_PE_MAX_RANGES, &n, &pad));
	need(pad < 8 && n <= VKX_PE_MAX_RANGES);
	memset(hashed, 0, size);
	for (i = 0; i < n; i++) {
		need(ranges[i].size && ranges[i].offset <= size);
		need(ranges[i].size <= size - ranges[i].offset);
		for (at = 0; at < ranges[i].size; at++)
			if (hashed[ranges[i].offset + at] < 2)
				hashed[ranges[i].offset + at]++;
	}
}

static void check_certs(const struct vkx_pe *pe, const uint8_t *data,
			size_t size)
{
	struct vkx_pe_cert certs[VKX_MAX_SIGNATURES];
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	size_t count, i;

	if (vkx_pe_certs(pe, data + pe->cert_off, certs, &count, &fault)) {
		need(fault.rule == VKX_RULE_PE_CERT_ENTRY);
		need(fault.offset >= pe->cert_off && fault.offset <= size);
		return;
	}
	need(count <= VKX_MAX_SIGNATURES);
	need((count == 0) == (pe->cert_size == 0));
	for (i = 0; i < count; i++) {
		need(certs[i].offset >= pe->cert_off);
		need(certs[i].offset + certs[i].size <= size);
		need(data[certs[i].offset] == 0x30);
	}
}

/* Strict: each byte is hashed once, but for the mutable ones. */
static void check_tiling(const struct vkx_pe *pe, size_t size)
{
	size_t at;

	for (at = 0; at < size; at++) {
		bool mutable = (at >= pe->checksum_off &&
				at < pe->checksum_off + 4u) ||
			       (pe->certdir_off && at >= pe->certdir_off &&
				at < pe->certdir_off + 8u) ||
			       (pe->cert_off && at >= pe->cert_off);

		need(hashed[at] == (mutable ? 0 : 1));
	}
}

static void check_pieces(size_t size)
{
	static struct vkx_uki_piece pieces[VKX_UKI_MAX_PIECES];
	uint64_t pos = 0, at;
	size_t count, i;

	need(!vkx_uki_pieces(&uki, pieces, VKX_UKI_MAX_PIECES, &count));
	for (i = 0; i < count; i++) {
		const struct vkx_uki_piece *p = &pieces[i];

		need(p->offset == pos && p->size);
		pos += p->size;
		need(pos <= size);
		need(p->hashed || (p->part < 0 && !p->zero));
		for (at = p->offset; at < pos; at++)
			need(hashed[at] == (p->hashed ? 1 : 0));
	}
	need(pos == size);
}

static void check_uki(void)
{
	size_t i;

	need(uki.part[VKX_PART_LINUX].present);
	need(uki.part[VKX_PART_CMDLINE].present);
	need(uki.part[VKX_PART_SBAT].present);
	need(!uki.part[VKX_PART_PROFILE].present);
	for (i = 0; i < VKX_PART_NR; i++) {
		const struct vkx_uki_part *part = &uki.part[i];

		if (!part->present)
			continue;
		need(part->size <= part->rawsize);
		need((uint64_t)part->offset + part->rawsize <=
		     uki.pe.file_size - uki.pe.cert_size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t hdr = size < VKX_MAX_HEADERS ? size : VKX_MAX_HEADERS;
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	bool is_any, is_strict, is_uki;

	is_any = !vkx_pe_parse(data, hdr, size, VKX_PE_ANY, &any, &fault);
	need(is_any || fault.rule != VKX_RULE_NONE);
	is_strict =
		!vkx_pe_parse(data, hdr, size, VKX_PE_STRICT, &strict, &fault);
	is_uki = !vkx_uki_parse(data, hdr, size, &uki, &fault);
	need(!is_strict || is_any);
	need(!is_uki || (is_strict && vkx_uki_probe(data, hdr, size)));
	if (!is_any)
		return 0;
	hashed = malloc(size);
	check_ranges(&any, size);
	check_certs(&any, data, size);
	if (is_strict) {
		need(!memcmp(&any, &strict, sizeof(any)));
		check_tiling(&strict, size);
	}
	if (is_uki) {
		check_uki();
		check_pieces(size);
	}
	free(hashed);
	return 0;
}
