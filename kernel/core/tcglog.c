/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tcglog.h"

#include "cursor.h"

/* PC Client PFP, 10.4.5: TCG_EfiSpecIDEvent.signature, NUL counted. */
static const uint8_t spec_id[16] = "Spec ID Event03";
/* 10.4.5.3: TCG_EfiStartupLocalityEvent.signature. */
static const uint8_t startup_locality[16] = "StartupLocality";

#define LEGACY_RECORD 32u /* pcr, type, SHA-1, size */

static int bad(struct vkx_fault *fault_ret, enum vkx_rule rule, size_t offset)
{
	return vkx_fault(fault_ret, rule, offset);
}

static int read_banks(struct vkx_rd *rd, struct vkx_tcglog *log,
		      struct vkx_fault *fault_ret)
{
	uint32_t n = vkx_rd_le32(rd);
	size_t i, j, at;

	if (rd->err || n == 0 || n > VKX_MAX_BANKS)
		return bad(fault_ret, VKX_RULE_LOG_BANKS, rd->pos);
	for (i = 0; i < n; i++) {
		struct vkx_bank *b = &log->banks[i];
		uint16_t known;

		at = rd->pos;
		b->alg = vkx_rd_le16(rd);
		b->size = vkx_rd_le16(rd);
		known = vkx_tpm_alg_size(b->alg);
		if (rd->err || b->size == 0 || b->size > VKX_MAX_DIGEST ||
		    (known && known != b->size))
			return bad(fault_ret, VKX_RULE_LOG_BANKS, at);
		for (j = 0; j < i; j++)
			if (log->banks[j].alg == b->alg)
				return bad(fault_ret, VKX_RULE_LOG_BANKS, at);
	}
	log->nr_banks = n;
	return 0;
}

/* The data of the Spec ID event, which begins with spec_id. */
static int read_spec(const uint8_t *data, size_t len, size_t base,
		     struct vkx_tcglog *log, struct vkx_fault *fault_ret)
{
	struct vkx_rd rd;
	uint8_t vendor;
	int err;

	vkx_rd_init(&rd, data, len);
	vkx_rd_skip(&rd, sizeof(spec_id));
	log->platform_class = vkx_rd_le32(&rd);
	log->spec_minor = vkx_rd_u8(&rd);
	log->spec_major = vkx_rd_u8(&rd);
	log->spec_errata = vkx_rd_u8(&rd);
	(void)vkx_rd_u8(&rd); /* uintnSize: firmware disagrees on its unit */
	err = read_banks(&rd, log, fault_ret);
	if (err) {
		if (fault_ret)
			fault_ret->offset += base;
		return err;
	}
	vendor = vkx_rd_u8(&rd);
	vkx_rd_skip(&rd, vendor);
	if (vkx_rd_end(&rd))
		return bad(fault_ret, VKX_RULE_LOG_HEADER, base + rd.pos);
	return 0;
}

static bool has_spec_id(const uint8_t *data, size_t len)
{
	return len >= sizeof(spec_id) &&
	       !memcmp(data, spec_id, sizeof(spec_id));
}

/* TCG_PCR_EVENT of PCR 0, EV_NO_ACTION, zero digest, Spec ID Event03. */
static int read_header(struct vkx_tcglog *log, struct vkx_fault *fault_ret)
{
	struct vkx_rd rd;
	const uint8_t *digest, *data;
	uint32_t pcr, type, size;
	int err;

	vkx_rd_init(&rd, log->data, log->size);
	pcr = vkx_rd_le32(&rd);
	type = vkx_rd_le32(&rd);
	digest = vkx_rd_take(&rd, 20);
	size = vkx_rd_le32(&rd);
	data = vkx_rd_take(&rd, size);
	if (rd.err || !digest || !data)
		return bad(fault_ret, VKX_RULE_LOG_SHORT, rd.pos);
	if (type != VKX_EV_NO_ACTION || !has_spec_id(data, size)) {
		log->legacy = true;
		log->nr_banks = 1;
		log->banks[0].alg = VKX_TPM_ALG_SHA1;
		log->banks[0].size = 20;
		return 0;
	}
	if (pcr != 0 || vkx_nonzero_at(digest, 20) != 20)
		return bad(fault_ret, VKX_RULE_LOG_HEADER, 0);
	err = read_spec(data, size, LEGACY_RECORD, log, fault_ret);
	if (err)
		return err;
	log->first = rd.pos;
	return 0;
}

/*
 * The SHA-1 form has no header, so that any bytes can pass for it; types that
 * TCG never gave out tell an IMA list or a device table apart.
 */
static bool legacy_type(uint32_t type)
{
	return type < 0x20 || (type >= 0x80000000u && type < 0x80000200u);
}

static int read_digests(const struct vkx_tcglog *log, struct vkx_rd *rd,
			struct vkx_tcglog_event *ev,
			struct vkx_fault *fault_ret)
{
	size_t at = rd->pos;
	uint32_t count, i;
	int bank;

	count = vkx_rd_le32(rd);
	if (rd->err)
		return bad(fault_ret, VKX_RULE_LOG_SHORT, at);
	if (count == 0 || count > log->nr_banks)
		return bad(fault_ret, VKX_RULE_LOG_DIGESTS, at);
	memset(ev->digest, 0, sizeof(ev->digest));
	for (i = 0; i < count; i++) {
		at = rd->pos;
		bank = vkx_tcglog_bank(log, vkx_rd_le16(rd));
		if (rd->err)
			return bad(fault_ret, VKX_RULE_LOG_SHORT, at);
		if (bank < 0 || ev->digest[bank])
			return bad(fault_ret, VKX_RULE_LOG_DIGESTS, at);
		ev->digest[bank] = vkx_rd_take(rd, log->banks[bank].size);
		if (rd->err)
			return bad(fault_ret, VKX_RULE_LOG_SHORT, at);
	}
	return 0;
}

static int read_event(const struct vkx_tcglog *log, struct vkx_rd *rd,
		      struct vkx_tcglog_event *ev, struct vkx_fault *fault_ret)
{
	size_t start = rd->pos;
	int err;

	ev->offset = start;
	ev->pcr = vkx_rd_le32(rd);
	ev->type = vkx_rd_le32(rd);
	ev->extends = ev->type != VKX_EV_NO_ACTION;
	if (log->legacy) {
		memset(ev->digest, 0, sizeof(ev->digest));
		ev->digest[0] = vkx_rd_take(rd, 20);
	} else {
		err = read_digests(log, rd, ev, fault_ret);
		if (err)
			return err;
	}
	ev->data_size = vkx_rd_le32(rd);
	ev->data = vkx_rd_take(rd, ev->data_size);
	if (rd->err)
		return bad(fault_ret, VKX_RULE_LOG_SHORT, start);
	ev->size = rd->pos - start;
	if (ev->extends && ev->pcr >= VKX_NR_PCRS)
		return bad(fault_ret, VKX_RULE_LOG_PCR, start);
	if (log->legacy && !legacy_type(ev->type))
		return bad(fault_ret, VKX_RULE_LOG_HEADER, start + 4);
	if (!ev->extends && !log->legacy &&
	    has_spec_id(ev->data, ev->data_size))
		return bad(fault_ret, VKX_RULE_LOG_SECOND_HEADER, start);
	return 0;
}

/*
 * Where PCR 0 starts is told by events that nothing vouches for; only what
 * stands before the first extend of PCR 0 counts, and the first word wins.
 */
static void note_locality(struct vkx_tcglog *log, bool *settled,
			  const struct vkx_tcglog_event *ev)
{
	if (*settled || ev->pcr != 0)
		return;
	if (ev->extends) {
		*settled = true;
		if (ev->type == VKX_EV_EFI_HCRTM_EVENT)
			log->locality = 4;
		return;
	}
	if (ev->data_size != sizeof(startup_locality) + 1 ||
	    memcmp(ev->data, startup_locality, sizeof(startup_locality)) != 0)
		return;
	*settled = true;
	log->locality = ev->data[sizeof(startup_locality)];
}

/*
 * May what is left be padding, and is it? Zeros, or all ones, which EDK2 fills
 * the area with that ACPI's TPM2 table names. No event begins with twelve of
 * either: its digest count would be 0, or more than there are banks.
 */
static bool only_padding(const struct vkx_tcglog *log, const struct vkx_rd *rd,
			 enum vkx_tcglog_tail tail)
{
	size_t i = 0;

	if (tail != VKX_TCGLOG_PADDED || log->legacy)
		return false;
	while (i < rd->left && rd->p[i] == 0xff)
		i++;
	return i == rd->left || vkx_nonzero_at(rd->p, rd->left) == rd->left;
}

static void note_banks(struct vkx_tcglog *log,
		       const struct vkx_tcglog_event *ev)
{
	size_t i;

	for (i = 0; ev->extends && i < log->nr_banks; i++)
		if (!ev->digest[i])
			log->incomplete |= UINT32_C(1) << i;
}

static int read_all(struct vkx_tcglog *log, enum vkx_tcglog_tail tail,
		    struct vkx_fault *fault_ret)
{
	struct vkx_tcglog_event ev;
	bool settled = false;
	struct vkx_rd rd;
	int err;

	vkx_rd_init(&rd, log->data, log->size);
	vkx_rd_skip(&rd, log->first);
	while (rd.left && !only_padding(log, &rd, tail)) {
		err = read_event(log, &rd, &ev, fault_ret);
		if (err)
			return err;
		note_locality(log, &settled, &ev);
		note_banks(log, &ev);
		log->nr_events++;
	}
	log->size = rd.pos;
	return 0;
}

int vkx_tcglog_open(const void *buf, size_t len, enum vkx_tcglog_tail tail,
		    struct vkx_tcglog *log_ret, struct vkx_fault *fault_ret)
{
	struct vkx_tcglog log;
	int err;

	if (len == 0 || len > VKX_MAX_LOG) {
		err = bad(fault_ret, VKX_RULE_LOG_LIMIT, 0);
		return len ? -VKX_ERR_LIMIT : err;
	}
	memset(&log, 0, sizeof(log));
	log.data = buf;
	log.size = len;
	err = read_header(&log, fault_ret);
	if (!err)
		err = read_all(&log, tail, fault_ret);
	if (err)
		return err;
	*log_ret = log;
	return 0;
}

bool vkx_tcglog_next(const struct vkx_tcglog *log, size_t *offset,
		     uint32_t *index, struct vkx_tcglog_event *event_ret)
{
	struct vkx_rd rd;

	if (*offset >= log->size)
		return false;
	vkx_rd_init(&rd, log->data, log->size);
	vkx_rd_skip(&rd, *offset);
	if (read_event(log, &rd, event_ret, NULL))
		return false;
	*offset = rd.pos;
	event_ret->index = (*index)++;
	return true;
}

int vkx_tcglog_bank(const struct vkx_tcglog *log, uint16_t alg)
{
	size_t i;

	for (i = 0; i < log->nr_banks; i++)
		if (log->banks[i].alg == alg)
			return (int)i;
	return -1;
}

int vkx_tcglog_write_header(void *buf, size_t max, const struct vkx_bank *banks,
			    size_t nr, size_t *used_ret)
{
	uint32_t data_size = (uint32_t)(sizeof(spec_id) + 8 + 4 + 4 * nr + 1);
	struct vkx_wr wr;
	size_t i;

	if (nr == 0 || nr > VKX_MAX_BANKS)
		return -VKX_ERR_ARG;
	for (i = 0; i < nr; i++)
		if (!banks[i].size ||
		    vkx_tpm_alg_size(banks[i].alg) != banks[i].size)
			return -VKX_ERR_ARG;
	if (max < LEGACY_RECORD + data_size)
		return -VKX_ERR_SPACE;
	vkx_wr_init(&wr, buf, max);
	vkx_wr_le32(&wr, 0);
	vkx_wr_le32(&wr, VKX_EV_NO_ACTION);
	vkx_wr_fill(&wr, 0, 20);
	vkx_wr_le32(&wr, data_size);
	vkx_wr_bytes(&wr, spec_id, sizeof(spec_id));
	vkx_wr_le32(&wr, 0); /* platformClass: client */
	vkx_wr_u8(&wr, 0); /* family 2.0, errata 2: PFP 1.05 */
	vkx_wr_u8(&wr, 2);
	vkx_wr_u8(&wr, 2);
	vkx_wr_u8(&wr, 2); /* uintnSize: 2 stands for 64 bits */
	vkx_wr_le32(&wr, (uint32_t)nr);
	for (i = 0; i < nr; i++) {
		vkx_wr_le16(&wr, banks[i].alg);
		vkx_wr_le16(&wr, banks[i].size);
	}
	vkx_wr_u8(&wr, 0); /* no vendor information */
	*used_ret = wr.pos;
	return wr.err;
}

size_t vkx_tcglog_event_size(const struct vkx_bank *banks, size_t nr,
			     uint32_t data_size)
{
	size_t size = 4 + 4 + 4 + 4 + (size_t)data_size;
	size_t i;

	for (i = 0; i < nr; i++)
		size += 2u + banks[i].size;
	return size;
}

static const struct vkx_digest *find_digest(const struct vkx_digest *digests,
					    size_t nr, struct vkx_bank bank)
{
	size_t i;

	if (vkx_tpm_alg_size(bank.alg) != bank.size)
		return NULL;
	for (i = 0; i < nr; i++)
		if (digests[i].alg == bank.alg)
			return &digests[i];
	return NULL;
}

int vkx_tcglog_append(void *buf, size_t max, size_t *used,
		      const struct vkx_bank *banks, size_t nr, uint32_t pcr,
		      uint32_t type, const struct vkx_digest *digests,
		      size_t nr_digests, const void *data, uint32_t data_size)
{
	struct vkx_wr wr;
	size_t i;

	if (pcr >= VKX_NR_PCRS || *used > max)
		return -VKX_ERR_ARG;
	for (i = 0; i < nr; i++)
		if (!find_digest(digests, nr_digests, banks[i]))
			return -VKX_ERR_NOTFOUND;
	if (max - *used < vkx_tcglog_event_size(banks, nr, data_size))
		return -VKX_ERR_SPACE;
	vkx_wr_init(&wr, (uint8_t *)buf + *used, max - *used);
	vkx_wr_le32(&wr, pcr);
	vkx_wr_le32(&wr, type);
	vkx_wr_le32(&wr, (uint32_t)nr);
	for (i = 0; i < nr; i++) {
		vkx_wr_le16(&wr, banks[i].alg);
		vkx_wr_bytes(&wr,
			     find_digest(digests, nr_digests, banks[i])->bytes,
			     banks[i].size);
	}
	vkx_wr_le32(&wr, data_size);
	vkx_wr_bytes(&wr, data, data_size);
	if (wr.err)
		return wr.err;
	*used += wr.pos;
	return 0;
}

void vkx_pcrs_reset(struct vkx_pcrs *pcrs, struct vkx_bank bank,
		    uint8_t locality)
{
	uint32_t i;

	memset(pcrs, 0, sizeof(*pcrs));
	pcrs->bank = bank;
	for (i = 17; i <= 22; i++)
		memset(pcrs->value[i], 0xff, bank.size);
	pcrs->value[0][bank.size - 1] = locality;
}

int vkx_pcrs_extend(struct vkx_pcrs *pcrs, const struct vkx_hash_ops *ops,
		    uint32_t pcr, const uint8_t *digest)
{
	struct vkx_span pieces[2];
	uint8_t next[VKX_MAX_DIGEST];
	int err;

	if (pcr >= VKX_NR_PCRS)
		return -VKX_ERR_ARG;
	/* The size of a header is not to be trusted with next[]. */
	if (vkx_tpm_alg_size(pcrs->bank.alg) != pcrs->bank.size)
		return -VKX_ERR_UNSUPPORTED;
	pieces[0].p = pcrs->value[pcr];
	pieces[0].len = pcrs->bank.size;
	pieces[1].p = digest;
	pieces[1].len = pcrs->bank.size;
	err = ops->digest(ops->ctx, pcrs->bank.alg, pieces, 2, next);
	if (err)
		return err;
	memcpy(pcrs->value[pcr], next, pcrs->bank.size);
	pcrs->extended |= UINT32_C(1) << pcr;
	return 0;
}

int vkx_tcglog_replay(const struct vkx_tcglog *log, uint16_t alg,
		      const struct vkx_hash_ops *ops, struct vkx_pcrs *pcrs_ret)
{
	int bank = vkx_tcglog_bank(log, alg);
	struct vkx_tcglog_event ev = { 0 };
	size_t offset = log->first;
	uint32_t index = 0;
	int err;

	if (bank < 0)
		return -VKX_ERR_NOTFOUND;
	if (log->incomplete >> bank & 1)
		return -VKX_ERR_FORMAT;
	vkx_pcrs_reset(pcrs_ret, log->banks[bank], log->locality);
	while (vkx_tcglog_next(log, &offset, &index, &ev)) {
		if (!ev.extends)
			continue;
		err = vkx_pcrs_extend(pcrs_ret, ops, ev.pcr, ev.digest[bank]);
		if (err)
			return err;
	}
	return 0;
}
