/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "hop.h"

#include "cursor.h"

static const uint8_t magic[8] = { 'V', 'K', 'E', 'X', 'E', 'C', 'H', 'R' };

/* Offset in the event data of the digest that a rule looks at. */
#define AT(record_offset) (8u + (record_offset))

static bool zero32(const uint8_t *p)
{
	return vkx_nonzero_at(p, 32) == 32;
}

/* Where the first contradictory field lies in the event data, or 0. */
static uint32_t field_fault(const struct vkx_hop *h)
{
	bool initrd = h->flags & VKX_HOP_INITRD;
	bool crash = h->flags & VKX_HOP_CRASH;

	if (h->kind < VKX_HOP_LOAD || h->kind > VKX_HOP_UNLOAD)
		return AT(10);
	if (h->dtb_source > VKX_HOP_DTB_AUTO)
		return AT(11);
	if (h->lockdown > VKX_HOP_LOCKDOWN_CONFIDENTIALITY)
		return AT(12);
	if (h->dtb_source == VKX_HOP_DTB_AUTO ? h->dtbauto >= VKX_MAX_DTBAUTO :
						h->dtbauto != 0)
		return AT(13);
	if (h->flags & ~(uint32_t)VKX_HOP_FLAGS)
		return AT(16);
	if (crash && ((h->flags & VKX_HOP_UAPI) || h->kind == VKX_HOP_LAUNCH))
		return AT(16);
	if (h->number == 0)
		return AT(20);
	if (zero32(h->authenticode))
		return AT(32);
	if (zero32(h->linux_image))
		return AT(64);
	if (zero32(h->initrd) == initrd)
		return AT(96);
	if (zero32(h->cmdline))
		return AT(128);
	if (zero32(h->dtb) != (h->dtb_source == VKX_HOP_DTB_RUNNING))
		return AT(160);
	if (zero32(h->policy) != (h->sbat_date == 0))
		return AT(224);
	if (zero32(h->signer))
		return AT(256);
	return 0;
}

static void put(const struct vkx_hop *h, uint8_t data[VKX_HOP_EVENT_SIZE])
{
	struct vkx_wr wr;

	vkx_wr_init(&wr, data, VKX_HOP_EVENT_SIZE);
	vkx_wr_le32(&wr, VKX_HOP_TAG);
	vkx_wr_le32(&wr, VKX_HOP_RECORD_SIZE);
	vkx_wr_bytes(&wr, magic, sizeof(magic));
	vkx_wr_le16(&wr, VKX_HOP_VERSION);
	vkx_wr_u8(&wr, h->kind);
	vkx_wr_u8(&wr, h->dtb_source);
	vkx_wr_u8(&wr, h->lockdown);
	vkx_wr_u8(&wr, h->dtbauto);
	vkx_wr_le16(&wr, 0);
	vkx_wr_le32(&wr, h->flags);
	vkx_wr_le32(&wr, h->number);
	vkx_wr_le64(&wr, h->sbat_date);
	vkx_wr_bytes(&wr, h->authenticode, 32);
	vkx_wr_bytes(&wr, h->linux_image, 32);
	vkx_wr_bytes(&wr, h->initrd, 32);
	vkx_wr_bytes(&wr, h->cmdline, 32);
	vkx_wr_bytes(&wr, h->dtb, 32);
	vkx_wr_bytes(&wr, h->facts, 32);
	vkx_wr_bytes(&wr, h->policy, 32);
	vkx_wr_bytes(&wr, h->signer, 32);
	vkx_wr_fill(&wr, 0, 32);
}

int vkx_hop_encode(const struct vkx_hop *hop,
		   uint8_t data_ret[VKX_HOP_EVENT_SIZE])
{
	if (field_fault(hop))
		return -VKX_ERR_ARG;
	put(hop, data_ret);
	return 0;
}

static void take32(struct vkx_rd *rd, uint8_t to[32])
{
	const uint8_t *p = vkx_rd_take(rd, 32);

	if (p)
		memcpy(to, p, 32);
}

static void get(struct vkx_rd *rd, struct vkx_hop *h)
{
	h->kind = vkx_rd_u8(rd);
	h->dtb_source = vkx_rd_u8(rd);
	h->lockdown = vkx_rd_u8(rd);
	h->dtbauto = vkx_rd_u8(rd);
	(void)vkx_rd_le16(rd);
	h->flags = vkx_rd_le32(rd);
	h->number = vkx_rd_le32(rd);
	h->sbat_date = vkx_rd_le64(rd);
	take32(rd, h->authenticode);
	take32(rd, h->linux_image);
	take32(rd, h->initrd);
	take32(rd, h->cmdline);
	take32(rd, h->dtb);
	take32(rd, h->facts);
	take32(rd, h->policy);
	take32(rd, h->signer);
}

/* Index of the first byte in which a and b differ, or n. */
static size_t differs_at(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i;

	for (i = 0; i < n && a[i] == b[i]; i++)
		;
	return i;
}

int vkx_hop_decode(const uint8_t *data, size_t len, struct vkx_hop *hop_ret,
		   struct vkx_fault *fault_ret)
{
	uint8_t again[VKX_HOP_EVENT_SIZE];
	struct vkx_hop h = { 0 };
	struct vkx_rd rd;
	const uint8_t *m;
	uint32_t at;

	if (len < 4 || vkx_get_le32(data) != VKX_HOP_TAG)
		return -VKX_ERR_NOTFOUND;
	vkx_rd_init(&rd, data, len);
	vkx_rd_skip(&rd, 4);
	if (len != VKX_HOP_EVENT_SIZE ||
	    vkx_rd_le32(&rd) != VKX_HOP_RECORD_SIZE)
		return vkx_fault(fault_ret, VKX_RULE_HOP_SIZE, 4);
	m = vkx_rd_take(&rd, sizeof(magic));
	if (!m || memcmp(m, magic, sizeof(magic)) != 0 ||
	    vkx_rd_le16(&rd) != VKX_HOP_VERSION)
		return vkx_fault(fault_ret, VKX_RULE_HOP_VERSION, 8);
	get(&rd, &h);
	at = field_fault(&h);
	if (at)
		return vkx_fault(fault_ret, VKX_RULE_HOP_FIELD, at);
	/* Reserved fields are the ones that do not come back. */
	put(&h, again);
	if (memcmp(again, data, sizeof(again)) != 0)
		return vkx_fault(fault_ret, VKX_RULE_HOP_FIELD,
				 differs_at(again, data, sizeof(again)));
	*hop_ret = h;
	return 0;
}

const char *vkx_hop_kind_name(uint8_t kind)
{
	switch (kind) {
	case VKX_HOP_LOAD:
		return "load";
	case VKX_HOP_LAUNCH:
		return "launch";
	case VKX_HOP_UNLOAD:
		return "unload";
	}
	return "?";
}

const char *vkx_hop_dtb_name(uint8_t dtb_source)
{
	switch (dtb_source) {
	case VKX_HOP_DTB_RUNNING:
		return "running";
	case VKX_HOP_DTB_SIGNED:
		return "signed";
	case VKX_HOP_DTB_AUTO:
		return "auto";
	}
	return "?";
}

const char *vkx_hop_lockdown_name(uint8_t lockdown)
{
	switch (lockdown) {
	case VKX_HOP_LOCKDOWN_NONE:
		return "none";
	case VKX_HOP_LOCKDOWN_INTEGRITY:
		return "integrity";
	case VKX_HOP_LOCKDOWN_CONFIDENTIALITY:
		return "confidentiality";
	}
	return "?";
}

bool vkx_hop_same_target(const struct vkx_hop *a, const struct vkx_hop *b)
{
	const uint32_t own = VKX_HOP_STRICT | VKX_HOP_ENFORCED | VKX_HOP_UAPI;

	return a->dtb_source == b->dtb_source && a->dtbauto == b->dtbauto &&
	       (a->flags & ~own) == (b->flags & ~own) &&
	       a->number == b->number && a->sbat_date == b->sbat_date &&
	       !memcmp(a->authenticode, b->authenticode, 32) &&
	       !memcmp(a->linux_image, b->linux_image, 32) &&
	       !memcmp(a->initrd, b->initrd, 32) &&
	       !memcmp(a->cmdline, b->cmdline, 32) &&
	       !memcmp(a->dtb, b->dtb, 32) && !memcmp(a->facts, b->facts, 32) &&
	       !memcmp(a->policy, b->policy, 32) &&
	       !memcmp(a->signer, b->signer, 32);
}
