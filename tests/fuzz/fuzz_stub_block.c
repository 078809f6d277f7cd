/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions of any shape, and any bytes as a stub's page. Regions that pass are
 * apart, inside RAM, and make a page that passes; a page that was not built
 * here passes under its own seal only, and can then be refreshed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "sha256.h"
#include "stub_block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sha256(void *arg, const uint8_t *data, size_t len,
		   uint8_t digest_ret[32])
{
	(void)arg;
	vkx_sha256(data, len, digest_ret);
}

static const struct vkx_stub_hash hash = { sha256, NULL };
static const uint8_t code[64] = { 0x5c };

static void need(bool condition)
{
	if (!condition)
		abort();
}

static void check_apart(const struct vkx_stub_region *r, size_t n,
			const struct vkx_stub_range *ram)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		uint64_t span = r[i].bytes + r[i].tail;

		need(r[i].bytes && span >= r[i].bytes && !(span & 4095));
		need(r[i].dest >= ram->base &&
		     r[i].dest + span <= ram->base + ram->bytes);
		for (k = 0; k < i; k++)
			need(r[k].dest + r[k].bytes + r[k].tail <= r[i].dest ||
			     r[i].dest + span <= r[k].dest);
	}
}

static void regions(const uint8_t *data, size_t size)
{
	struct vkx_stub_region r[VKX_STUB_REGIONS + 1] = { { 0 } };
	struct vkx_stub_limits limits = { 4096, { 1 << 30, 1 << 30 }, NULL, 0 };
	struct vkx_stub_params params = {
		.head = 1, .ttbr1 = 1, .phys_offset = 1, .page_size = 4096
	};
	static uint8_t page[VKX_STUB_PAGE];
	size_t n, at = n, index = 99;

	for (n = 0; size >= 24 && n <= VKX_STUB_REGIONS; n++) {
		r[n].dest = vkx_get_le64(data);
		r[n].bytes = vkx_get_le64(data + 8);
		r[n].tail = vkx_get_le64(data + 16);
		data += 24;
		size -= 24;
	}
	params.start = r[0].dest;
	params.dtb = r[0].dest;
	if (vkx_stub_regions_check(r, n, params.start, params.dtb, &limits,
				   &index)) {
		need(index == 99 || index <= n);
		return;
	}
	check_apart(r, n, &limits.ram);
	need(!vkx_stub_page_build(page, code, sizeof(code), &params, r, n,
				  &hash));
	need(!vkx_stub_page_check(page, &hash));
	for (at = 0; at < n; at++)
		need(!vkx_stub_page_refresh(page, r[at].dest, code, &hash));
	need(!vkx_stub_page_check(page, &hash));
}

static void any_page(const uint8_t *data, size_t size)
{
	static uint8_t page[VKX_STUB_PAGE], before[VKX_STUB_PAGE];
	uint32_t n;

	memset(page, 0, sizeof(page));
	memcpy(page + VKX_STUB_BLOCK, data,
	       size < sizeof(page) - VKX_STUB_BLOCK ?
		       size :
		       sizeof(page) - VKX_STUB_BLOCK);
	need(vkx_stub_page_check(page, &hash) == -VKX_ERR_MISMATCH);
	vkx_put_le64(page + VKX_STUB_BLOCK, VKX_STUB_MAGIC_VALUE);
	vkx_sha256(page, VKX_STUB_SEALED, page + VKX_STUB_SEAL_A);
	memcpy(page + VKX_STUB_SEAL_B, page + VKX_STUB_SEAL_A, 32);
	n = vkx_get_le32(page + VKX_STUB_BLOCK + VKX_STUB_COUNT);
	need(!vkx_stub_page_check(page, &hash) == (n && n <= VKX_STUB_REGIONS));
	memcpy(before, page, sizeof(page));
	if (vkx_stub_page_refresh(page, vkx_get_le64(page + VKX_STUB_TABLE),
				  code, &hash))
		need(!memcmp(before, page, sizeof(page)));
	else
		need(!vkx_stub_page_check(page, &hash));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	regions(data, size);
	any_page(data, size);
	return 0;
}
