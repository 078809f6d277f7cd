/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cursor.h"
#include "stub_block.h"

static bool page_size_ok(uint64_t size)
{
	return size == 4096 || size == 16384 || size == 65536;
}

/* Bytes of hashed part and tail, or 0 where they are no whole pages. */
static uint64_t region_span(const struct vkx_stub_region *r, uint64_t page_size)
{
	uint64_t span, end;

	if (!r->bytes || !vkx_add64(r->bytes, r->tail, &span) ||
	    !vkx_add64(r->dest, span, &end))
		return 0;
	if (((r->dest | span) & (page_size - 1)) != 0)
		return 0;
	return span;
}

static bool range_holds(const struct vkx_stub_range *outer, uint64_t base,
			uint64_t bytes)
{
	return base >= outer->base && base - outer->base <= outer->bytes &&
	       bytes <= outer->bytes - (base - outer->base);
}

/* One region by itself, against the limits, and against those before it. */
static int region_check(const struct vkx_stub_region *regions, size_t i,
			const struct vkx_stub_limits *limits)
{
	const struct vkx_stub_region *r = &regions[i];
	uint64_t span = region_span(r, limits->page_size);
	size_t k;

	if (!span)
		return -VKX_ERR_FORMAT;
	if (!range_holds(&limits->ram, r->dest, span))
		return -VKX_ERR_MISMATCH;
	for (k = 0; k < limits->nkeep; k++)
		if (vkx_ranges_overlap(r->dest, span, limits->keep[k].base,
				       limits->keep[k].bytes))
			return -VKX_ERR_MISMATCH;
	for (k = 0; k < i; k++)
		if (vkx_ranges_overlap(r->dest, span, regions[k].dest,
				       regions[k].bytes + regions[k].tail))
			return -VKX_ERR_MISMATCH;
	return 0;
}

/* Is the address inside the hashed bytes of one region? */
static bool regions_cover(const struct vkx_stub_region *regions, size_t n,
			  uint64_t address)
{
	bool covered = false;
	size_t i;

	for (i = 0; i < n; i++)
		covered |= address >= regions[i].dest &&
			   address - regions[i].dest < regions[i].bytes;
	return covered;
}

int vkx_stub_regions_check(const struct vkx_stub_region *regions, size_t n,
			   uint64_t start, uint64_t dtb,
			   const struct vkx_stub_limits *limits,
			   size_t *index_ret)
{
	int err = 0;
	size_t i;

	if (!page_size_ok(limits->page_size) || !limits->ram.bytes)
		return -VKX_ERR_ARG;
	if (!n || n > VKX_STUB_REGIONS)
		return -VKX_ERR_LIMIT;
	for (i = 0; i < n && !err; i++)
		err = region_check(regions, i, limits);
	if (err) {
		i--;
		goto out;
	}
	if ((start & 3) || (dtb & 7) || !regions_cover(regions, n, start) ||
	    !regions_cover(regions, n, dtb))
		err = -VKX_ERR_FORMAT;
out:
	if (err && index_ret)
		*index_ret = i;
	return err;
}

/*
 * The entry point is stored under a mask made of every expected digest, and
 * unmasked with the computed ones: a stub whose comparisons were all skipped
 * over a changed region still does not know where to jump (V122).
 */
static uint64_t fold_digest(uint64_t fold, const uint8_t sha256[32])
{
	size_t i;

	for (i = 0; i < 32; i += 8) {
		fold = fold >> VKX_STUB_FOLD_ROTATE |
		       fold << (64 - VKX_STUB_FOLD_ROTATE);
		fold ^= vkx_get_le64(sha256 + i);
	}
	return fold;
}

static uint8_t *table_entry(uint8_t *page, size_t i)
{
	return page + VKX_STUB_TABLE + i * VKX_STUB_ENTRY_SIZE;
}

static uint64_t fold_table(uint8_t *page, size_t n)
{
	uint64_t fold = 0;
	size_t i;

	for (i = 0; i < n; i++)
		fold = fold_digest(fold, table_entry(page, i) +
						 VKX_STUB_ENTRY_SHA256);
	return fold;
}

static void page_seal(uint8_t *page, const struct vkx_stub_hash *hash)
{
	hash->sha256(hash->arg, page, VKX_STUB_SEALED, page + VKX_STUB_SEAL_A);
	memcpy(page + VKX_STUB_SEAL_B, page + VKX_STUB_SEAL_A, 32);
}

static bool params_ok(const struct vkx_stub_params *p)
{
	return page_size_ok(p->page_size) && p->head && p->ttbr1 &&
	       p->phys_offset && !(p->start & 3) && !(p->reason & 7) &&
	       (p->conduit == VKX_STUB_CONDUIT_SMC ||
		p->conduit == VKX_STUB_CONDUIT_HVC ||
		p->conduit == VKX_STUB_CONDUIT_NONE);
}

static void block_put(uint8_t *b, const struct vkx_stub_params *p, size_t n)
{
	vkx_put_le64(b + VKX_STUB_MAGIC, VKX_STUB_MAGIC_VALUE);
	vkx_put_le32(b + VKX_STUB_FLAGS,
		     (p->ce ? 1u << VKX_STUB_FLAG_CE_BIT : 0) |
			     (p->sme ? 1u << VKX_STUB_FLAG_SME_BIT : 0));
	vkx_put_le32(b + VKX_STUB_COUNT, (uint32_t)n);
	vkx_put_le64(b + VKX_STUB_HEAD, p->head);
	vkx_put_le64(b + VKX_STUB_DTB, p->dtb);
	vkx_put_le64(b + VKX_STUB_TTBR1, p->ttbr1);
	vkx_put_le64(b + VKX_STUB_TTBR1_ZERO, p->ttbr1_zero);
	vkx_put_le64(b + VKX_STUB_PHYS_OFFSET, p->phys_offset);
	vkx_put_le64(b + VKX_STUB_PAGE_SIZE, p->page_size);
	vkx_put_le64(b + VKX_STUB_EL2_VECTORS, p->el2_vectors);
	vkx_put_le64(b + VKX_STUB_REASON, p->reason);
	vkx_put_le32(b + VKX_STUB_CONDUIT, p->conduit);
}

static void entry_put(uint8_t *e, const struct vkx_stub_region *r)
{
	vkx_put_le64(e + VKX_STUB_ENTRY_DEST, r->dest);
	vkx_put_le64(e + VKX_STUB_ENTRY_BYTES, r->bytes);
	vkx_put_le64(e + VKX_STUB_ENTRY_TAIL, r->tail);
	memcpy(e + VKX_STUB_ENTRY_SHA256, r->sha256, 32);
}

int vkx_stub_page_build(uint8_t page[VKX_STUB_PAGE], const uint8_t *code,
			size_t code_len, const struct vkx_stub_params *params,
			const struct vkx_stub_region *regions, size_t n,
			const struct vkx_stub_hash *hash)
{
	uint8_t *block = page + VKX_STUB_BLOCK;
	size_t i;

	if (!code || !code_len || !params_ok(params))
		return -VKX_ERR_ARG;
	if (code_len > VKX_STUB_BLOCK)
		return -VKX_ERR_SPACE;
	if (!n || n > VKX_STUB_REGIONS)
		return -VKX_ERR_LIMIT;
	for (i = 0; i < n; i++)
		if (!region_span(&regions[i], params->page_size))
			return -VKX_ERR_ARG;
	memset(page, 0, VKX_STUB_PAGE);
	memcpy(page, code, code_len);
	block_put(block, params, n);
	for (i = 0; i < n; i++)
		entry_put(table_entry(page, i), &regions[i]);
	vkx_put_le64(block + VKX_STUB_ENTRY,
		     params->start ^ fold_table(page, n));
	page_seal(page, hash);
	return 0;
}

int vkx_stub_page_check(const uint8_t page[VKX_STUB_PAGE],
			const struct vkx_stub_hash *hash)
{
	const uint8_t *block = page + VKX_STUB_BLOCK;
	uint32_t n = vkx_get_le32(block + VKX_STUB_COUNT);
	uint8_t digest[32];

	hash->sha256(hash->arg, page, VKX_STUB_SEALED, digest);
	if (!vkx_equal_ct(digest, page + VKX_STUB_SEAL_A, 32) ||
	    !vkx_equal_ct(digest, page + VKX_STUB_SEAL_B, 32))
		return -VKX_ERR_MISMATCH;
	if (vkx_get_le64(block + VKX_STUB_MAGIC) != VKX_STUB_MAGIC_VALUE ||
	    !n || n > VKX_STUB_REGIONS)
		return -VKX_ERR_MISMATCH;
	return 0;
}

int vkx_stub_page_refresh(uint8_t page[VKX_STUB_PAGE], uint64_t dest,
			  const uint8_t sha256[32],
			  const struct vkx_stub_hash *hash)
{
	uint8_t *block = page + VKX_STUB_BLOCK;
	uint64_t start;
	size_t n, i;

	if (vkx_stub_page_check(page, hash))
		return -VKX_ERR_MISMATCH;
	n = vkx_get_le32(block + VKX_STUB_COUNT);
	for (i = 0; i < n; i++)
		if (vkx_get_le64(table_entry(page, i) + VKX_STUB_ENTRY_DEST) ==
		    dest)
			break;
	if (i == n)
		return -VKX_ERR_NOTFOUND;
	start = vkx_get_le64(block + VKX_STUB_ENTRY) ^ fold_table(page, n);
	memcpy(table_entry(page, i) + VKX_STUB_ENTRY_SHA256, sha256, 32);
	vkx_put_le64(block + VKX_STUB_ENTRY, start ^ fold_table(page, n));
	page_seal(page, hash);
	return 0;
}

/* True if memory holds what the region says; *err_ret where it is not there. */
static bool region_holds(const struct vkx_stub_region *r,
			 const struct vkx_stub_memory *memory,
			 const struct vkx_stub_hash *hash, int *err_ret)
{
	uint8_t digest[32];
	const uint8_t *p;
	uint64_t span;

	if (!vkx_add64(r->bytes, r->tail, &span) || (size_t)span != span) {
		*err_ret = -VKX_ERR_IO;
		return false;
	}
	p = memory->map(memory->arg, r->dest, (size_t)span);
	if (!p) {
		*err_ret = -VKX_ERR_IO;
		return false;
	}
	hash->sha256(hash->arg, p, (size_t)r->bytes, digest);
	return vkx_equal_ct(digest, r->sha256, 32) &&
	       vkx_nonzero_at(p + r->bytes, (size_t)r->tail) == r->tail;
}

int vkx_stub_regions_verify(const struct vkx_stub_region *regions, size_t n,
			    const struct vkx_stub_memory *memory,
			    const struct vkx_stub_hash *hash,
			    uint32_t *differ_ret)
{
	uint32_t differ = 0;
	int err = 0;
	size_t i;

	if (!n || n > VKX_STUB_REGIONS)
		return -VKX_ERR_LIMIT;
	for (i = 0; i < n; i++)
		if (!region_holds(&regions[i], memory, hash, &err))
			differ |= 1u << i;
	if (err)
		return err;
	if (differ_ret)
		*differ_ret = differ;
	return differ ? -VKX_ERR_MISMATCH : 0;
}
