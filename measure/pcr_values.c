/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/pcr_values.h"

#include <string.h>

#include "cursor.h"
#include "measure/hash.h"

/* tpm2-tools' files are the C structures of tpm2-tss, little-endian. */
#define SELECTION_ENTRY 8u /* hash, sizeofSelect, 4 bytes, 1 of padding */
#define SELECTION_SIZE (4u + 16u * SELECTION_ENTRY)
#define DIGEST_ENTRY 66u
#define DIGESTS_PER_LIST 8u
#define DIGESTS_SIZE (4u + DIGESTS_PER_LIST * DIGEST_ENTRY)

static bool read_selection(struct vkx_rd *rd, struct vkx_selection *s)
{
	const uint8_t *select;
	uint32_t count = vkx_rd_le32(rd), i;
	uint16_t alg;
	uint8_t size;

	s->nr = 0;
	if (rd->err || count > VKX_MAX_BANKS)
		return false;
	for (i = 0; i < count; i++) {
		alg = vkx_rd_le16(rd);
		size = vkx_rd_u8(rd);
		select = vkx_rd_take(rd, 4);
		vkx_rd_skip(rd, 1);
		if (!select || size != VKX_PCR_SELECT_BYTES || select[3] ||
		    !vkx_selection_add(s, alg, select))
			return false;
	}
	vkx_rd_skip(rd, (size_t)(VKX_MAX_BANKS - count) * SELECTION_ENTRY);
	return !rd->err;
}

void vkx_pcr_values_label(struct vkx_pcr_values *v)
{
	size_t i;
	uint8_t pcr;

	v->nr = 0;
	for (i = 0; i < v->selection.nr; i++)
		for (pcr = 0; pcr < VKX_NR_PCRS; pcr++) {
			if (!(v->selection.bank[i].mask >> pcr & 1))
				continue;
			v->v[v->nr].alg = v->selection.bank[i].alg;
			v->v[v->nr].pcr = pcr;
			v->nr++;
		}
}

static bool read_list(struct vkx_rd *rd, struct vkx_pcr_values *v, size_t *at)
{
	uint32_t count = vkx_rd_le32(rd), i;
	const uint8_t *bytes;
	uint16_t size;

	if (rd->err || count > DIGESTS_PER_LIST)
		return false;
	for (i = 0; i < DIGESTS_PER_LIST; i++) {
		size = vkx_rd_le16(rd);
		bytes = vkx_rd_take(rd, VKX_MAX_DIGEST);
		if (!bytes)
			return false;
		if (i >= count)
			continue;
		if (*at >= v->nr || size != vkx_tpm_alg_size(v->v[*at].alg))
			return false;
		v->v[*at].value.p = bytes;
		v->v[*at].value.len = size;
		(*at)++;
	}
	return true;
}

enum vkx_reason vkx_pcr_values_parse(const void *buf, size_t len,
				     struct vkx_pcr_values *values_ret)
{
	struct vkx_rd rd;
	uint32_t lists;
	size_t at = 0;

	vkx_rd_init(&rd, buf, len);
	if (!read_selection(&rd, &values_ret->selection))
		return VKX_REASON_PCRS_FORMAT;
	vkx_pcr_values_label(values_ret);
	lists = vkx_rd_le32(&rd);
	while (!rd.err && lists-- > 0)
		if (!read_list(&rd, values_ret, &at))
			return VKX_REASON_PCRS_FORMAT;
	if (vkx_rd_end(&rd) || at != values_ret->nr)
		return VKX_REASON_PCRS_FORMAT;
	return VKX_REASON_FINE;
}

size_t vkx_pcr_values_size(size_t nr)
{
	size_t lists = (nr + DIGESTS_PER_LIST - 1) / DIGESTS_PER_LIST;

	return SELECTION_SIZE + 4 + lists * DIGESTS_SIZE;
}

void vkx_pcr_values_write(const struct vkx_pcr_values *values, uint8_t *buf)
{
	const struct vkx_selection *s = &values->selection;
	size_t size = vkx_pcr_values_size(values->nr), i, j;
	struct vkx_wr wr;

	memset(buf, 0, size);
	vkx_wr_init(&wr, buf, size);
	vkx_wr_le32(&wr, (uint32_t)s->nr);
	for (i = 0; i < s->nr; i++) {
		vkx_wr_le16(&wr, s->bank[i].alg);
		vkx_wr_u8(&wr, VKX_PCR_SELECT_BYTES);
		vkx_wr_le32(&wr, s->bank[i].mask);
		vkx_wr_u8(&wr, 0);
	}
	vkx_wr_fill(&wr, 0, SELECTION_SIZE - wr.pos);
	vkx_wr_le32(&wr, (uint32_t)((values->nr + DIGESTS_PER_LIST - 1) /
				    DIGESTS_PER_LIST));
	for (i = 0; i < values->nr; i += DIGESTS_PER_LIST) {
		size_t n = values->nr - i;

		n = n < DIGESTS_PER_LIST ? n : DIGESTS_PER_LIST;
		vkx_wr_le32(&wr, (uint32_t)n);
		for (j = 0; j < DIGESTS_PER_LIST; j++) {
			struct vkx_span b = { NULL, 0 };

			if (j < n)
				b = values->v[i + j].value;
			vkx_wr_le16(&wr, (uint16_t)b.len);
			vkx_wr_bytes(&wr, b.p, b.len);
			vkx_wr_fill(&wr, 0, VKX_MAX_DIGEST - b.len);
		}
	}
}

enum vkx_reason vkx_pcr_values_check(const struct vkx_pcr_values *values,
				     const struct vkx_attest *attest,
				     uint16_t hash)
{
	struct vkx_span pieces[VKX_MAX_BANKS * VKX_NR_PCRS];
	uint8_t digest[VKX_MAX_DIGEST];
	size_t i;

	if (!vkx_selection_same(&values->selection, &attest->selection))
		return VKX_REASON_PCRS_SELECTION;
	for (i = 0; i < values->nr; i++)
		pieces[i] = values->v[i].value;
	if (attest->digest.len != vkx_tpm_alg_size(hash) ||
	    vkx_hash_host.digest(NULL, hash, pieces, values->nr, digest) ||
	    !vkx_equal_ct(digest, attest->digest.p, attest->digest.len))
		return VKX_REASON_PCRS_DIGEST;
	return VKX_REASON_FINE;
}
