/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/attest.h"

#include "measure/tpm2b.h"

/* TPM 2.0 Library Part 2, 6.2, 6.9, 10.12. */
#define TPM_GENERATED 0xff544347u
#define TPM_ST_ATTEST_QUOTE 0x8018u

static enum vkx_reason parse_selection(struct vkx_rd *rd,
				       struct vkx_selection *s)
{
	uint32_t count = vkx_rd_be32(rd), i;
	const uint8_t *select;
	uint16_t alg;

	s->nr = 0;
	if (rd->err)
		return VKX_REASON_QUOTE_FORMAT;
	if (count > VKX_MAX_BANKS)
		return VKX_REASON_SELECTION_FORMAT;
	for (i = 0; i < count; i++) {
		alg = vkx_rd_be16(rd);
		if (vkx_rd_u8(rd) != VKX_PCR_SELECT_BYTES && !rd->err)
			return VKX_REASON_SELECTION_FORMAT;
		select = vkx_rd_take(rd, VKX_PCR_SELECT_BYTES);
		if (!select)
			return VKX_REASON_QUOTE_FORMAT;
		if (!vkx_selection_add(s, alg, select))
			return VKX_REASON_SELECTION_FORMAT;
	}
	return VKX_REASON_FINE;
}

enum vkx_reason vkx_attest_parse(const void *buf, size_t len,
				 struct vkx_attest *attest_ret)
{
	struct vkx_attest a;
	enum vkx_reason why;
	struct vkx_rd rd;
	uint32_t magic;
	uint16_t type;
	uint8_t safe;

	vkx_rd_init(&rd, buf, len);
	magic = vkx_rd_be32(&rd);
	type = vkx_rd_be16(&rd);
	if (rd.err)
		return VKX_REASON_QUOTE_FORMAT;
	if (magic != TPM_GENERATED)
		return VKX_REASON_QUOTE_MAGIC;
	if (type != TPM_ST_ATTEST_QUOTE)
		return VKX_REASON_QUOTE_TYPE;
	a.signer = vkx_rd_tpm2b(&rd);
	a.nonce = vkx_rd_tpm2b(&rd);
	a.clock = vkx_rd_be64(&rd);
	a.reset_count = vkx_rd_be32(&rd);
	a.restart_count = vkx_rd_be32(&rd);
	safe = vkx_rd_u8(&rd);
	a.safe = safe == 1;
	a.firmware = vkx_rd_be64(&rd);
	why = parse_selection(&rd, &a.selection);
	if (why != VKX_REASON_FINE)
		return why;
	a.digest = vkx_rd_tpm2b(&rd);
	if (vkx_rd_end(&rd) || safe > 1)
		return VKX_REASON_QUOTE_FORMAT;
	*attest_ret = a;
	return VKX_REASON_FINE;
}
