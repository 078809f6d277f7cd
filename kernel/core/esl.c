/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cursor.h"
#include "esl.h"

#define GUID_SIZE 16u
#define LIST_HEADER 28u /* type GUID, list, header and signature size */
#define LIST_SIZE 16u
#define LIST_HEADER_SIZE 20u
#define LIST_SIGNATURE_SIZE 24u

/* EFI_VARIABLE_AUTHENTICATION_2: EFI_TIME, then WIN_CERTIFICATE_UEFI_GUID. */
#define AUTH_TIME 16u
#define AUTH_LENGTH 16u
#define AUTH_REVISION 20u
#define AUTH_TYPE 22u
#define AUTH_GUID 24u
#define AUTH_MIN 40u
#define WIN_CERT_REVISION_2 0x0200u
#define WIN_CERT_TYPE_EFI_GUID 0x0ef1u

/* UEFI 2.10, 32.4.1.2; data: bytes after the owner, 0 if it varies. */
static const struct {
	uint8_t guid[GUID_SIZE];
	enum vkx_esl_type type;
	uint32_t data;
} types[] = {
	{ { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41,
	    0xf9, 0x36, 0x93, 0x43, 0x28 },
	  VKX_ESL_SHA256,
	  32 },
	{ { 0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48, 0x85, 0xf1, 0x8a,
	    0xd5, 0x6c, 0x70, 0x1e, 0x01 },
	  VKX_ESL_SHA384,
	  48 },
	{ { 0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f, 0x9f, 0x1b, 0xd4,
	    0x1e, 0x2b, 0x89, 0xc1, 0x9a },
	  VKX_ESL_SHA512,
	  64 },
	{ { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab,
	    0x15, 0x5c, 0x2b, 0xf0, 0x72 },
	  VKX_ESL_X509,
	  0 },
	{ { 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc,
	    0xf9, 0x8e, 0xf1, 0x03, 0xed },
	  VKX_ESL_X509_SHA256,
	  48 },
	{ { 0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e, 0xaa, 0xd2, 0x28,
	    0xb3, 0x49, 0xa6, 0x86, 0x5b },
	  VKX_ESL_X509_SHA384,
	  64 },
	{ { 0x63, 0xbf, 0x6d, 0x44, 0x02, 0x25, 0xda, 0x4c, 0xbc, 0xfa, 0x24,
	    0x65, 0xd2, 0xb0, 0xfe, 0x9d },
	  VKX_ESL_X509_SHA512,
	  80 },
};

static const uint8_t pkcs7_guid[GUID_SIZE] = {
	0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
	0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7,
};

static enum vkx_esl_type type_of(const uint8_t guid[GUID_SIZE],
				 uint32_t *data_ret)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (memcmp(types[i].guid, guid, GUID_SIZE) != 0)
			continue;
		*data_ret = types[i].data;
		return types[i].type;
	}
	*data_ret = 0;
	return VKX_ESL_OTHER;
}

static int list_fault(struct vkx_fault *fault_ret, uint64_t offset)
{
	return vkx_fault(fault_ret, VKX_RULE_REVOCATION_LIST, offset);
}

/*
 * Opens the list at offset at. A list header that is skipped wrongly would
 * shift every entry, so known types, which have none, must say so.
 */
static int open_list(struct vkx_esl *esl, size_t at,
		     struct vkx_fault *fault_ret)
{
	size_t left = esl->len - at;
	const uint8_t *p = esl->buf + at;
	uint32_t size, header, entry, data;
	enum vkx_esl_type type;

	if (left < LIST_HEADER)
		return list_fault(fault_ret, at);
	size = vkx_get_le32(p + LIST_SIZE);
	header = vkx_get_le32(p + LIST_HEADER_SIZE);
	entry = vkx_get_le32(p + LIST_SIGNATURE_SIZE);
	type = type_of(p, &data);
	if (size < LIST_HEADER || size > left)
		return list_fault(fault_ret, at + LIST_SIZE);
	if (header > size - LIST_HEADER || (type != VKX_ESL_OTHER && header))
		return list_fault(fault_ret, at + LIST_HEADER_SIZE);
	if (entry <= GUID_SIZE || (data && entry != GUID_SIZE + data) ||
	    (size - LIST_HEADER - header) % entry)
		return list_fault(fault_ret, at + LIST_SIGNATURE_SIZE);
	memcpy(esl->type_guid, p, GUID_SIZE);
	esl->list = at;
	esl->list_end = at + size;
	esl->next = at + LIST_HEADER + header;
	esl->entry_size = entry;
	return 0;
}

int vkx_esl_check(const uint8_t *buf, size_t len, size_t *count_ret,
		  struct vkx_fault *fault_ret)
{
	struct vkx_esl esl;
	size_t at, count = 0;
	int err;

	vkx_esl_start(&esl, buf, len);
	for (at = 0; at < len; at = esl.list_end) {
		err = open_list(&esl, at, fault_ret);
		if (err)
			return err;
		count += (esl.list_end - esl.next) / esl.entry_size;
	}
	if (count_ret)
		*count_ret = count;
	return 0;
}

void vkx_esl_start(struct vkx_esl *esl, const uint8_t *buf, size_t len)
{
	memset(esl, 0, sizeof(*esl));
	esl->buf = buf;
	esl->len = len;
}

bool vkx_esl_next(struct vkx_esl *esl, struct vkx_esl_entry *entry_ret)
{
	const uint8_t *p;
	uint32_t data;

	while (esl->next == esl->list_end) {
		if (esl->list_end == esl->len)
			return false;
		/* Cannot fail on a checked buffer; if it does, stop for good.
		 */
		if (open_list(esl, esl->list_end, NULL)) {
			esl->next = esl->list_end = esl->len;
			return false;
		}
	}
	p = esl->buf + esl->next;
	entry_ret->type = type_of(esl->type_guid, &data);
	memcpy(entry_ret->type_guid, esl->type_guid, GUID_SIZE);
	memcpy(entry_ret->owner, p, GUID_SIZE);
	entry_ret->data = p + GUID_SIZE;
	entry_ret->size = esl->entry_size - GUID_SIZE;
	entry_ret->offset = esl->next;
	esl->next += esl->entry_size;
	return true;
}

int vkx_esl_payload(const uint8_t *buf, size_t len, size_t *offset_ret,
		    struct vkx_fault *fault_ret)
{
	uint32_t cert;

	*offset_ret = 0;
	/* No list looks like this: its SignatureSize would be a gigabyte. */
	if (len < AUTH_MIN ||
	    memcmp(buf + AUTH_GUID, pkcs7_guid, GUID_SIZE) != 0 ||
	    vkx_get_le16(buf + AUTH_REVISION) != WIN_CERT_REVISION_2 ||
	    vkx_get_le16(buf + AUTH_TYPE) != WIN_CERT_TYPE_EFI_GUID)
		return 0;
	cert = vkx_get_le32(buf + AUTH_LENGTH);
	if (cert < AUTH_MIN - AUTH_TIME || cert > len - AUTH_TIME)
		return list_fault(fault_ret, AUTH_LENGTH);
	*offset_ret = AUTH_TIME + cert;
	return 0;
}
