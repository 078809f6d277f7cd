/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/siglist.h"

#include <string.h>

#include "cursor.h"

#define LIST_HEADER 28u
#define OWNER_SIZE 16u
#define TIME_SIZE 16u

/* EFI_CERT_X509_GUID, EFI_CERT_SHA256_GUID, EFI_CERT_X509_SHA256_GUID, as
 * they stand in a list. */
static const uint8_t guid_x509[16] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94,
				       0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15,
				       0x5c, 0x2b, 0xf0, 0x72 };
static const uint8_t guid_sha256[16] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50,
					 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9,
					 0x36, 0x93, 0x43, 0x28 };
static const uint8_t guid_x509_sha256[16] = { 0x92, 0xa4, 0xd2, 0x3b,
					      0xc0, 0x96, 0x79, 0x40,
					      0xb4, 0x20, 0xfc, 0xf9,
					      0x8e, 0xf1, 0x03, 0xed };

static const uint8_t *guid_of(enum vkx_esl_type type)
{
	switch (type) {
	case VKX_ESL_X509:
		return guid_x509;
	case VKX_ESL_SHA256:
		return guid_sha256;
	case VKX_ESL_X509_SHA256:
		return guid_x509_sha256;
	case VKX_ESL_SHA384:
	case VKX_ESL_SHA512:
	case VKX_ESL_X509_SHA384:
	case VKX_ESL_X509_SHA512:
	case VKX_ESL_OTHER:
		break;
	}
	return NULL;
}

int vkx_siglist_add(struct vkx_bytes *lists, enum vkx_esl_type type,
		    const uint8_t owner[16], const uint8_t *data, size_t len)
{
	static const uint8_t no_time[TIME_SIZE];
	size_t extra = type == VKX_ESL_X509_SHA256 ? TIME_SIZE : 0;
	uint8_t head[LIST_HEADER + OWNER_SIZE];
	const uint8_t *guid = guid_of(type);
	struct vkx_bytes list = { 0 };
	uint32_t entry;
	int err;

	if (!guid)
		return -VKX_ERR_ARG;
	if (len > UINT16_MAX)
		return -VKX_ERR_LIMIT;
	entry = (uint32_t)(OWNER_SIZE + len + extra);
	memcpy(head, guid, 16);
	vkx_put_le32(head + 16, LIST_HEADER + entry);
	vkx_put_le32(head + 20, 0);
	vkx_put_le32(head + 24, entry);
	memcpy(head + LIST_HEADER, owner, OWNER_SIZE);
	err = vkx_bytes_copy(head, sizeof(head), &list);
	if (!err)
		err = vkx_bytes_append(&list, data, len);
	if (!err)
		err = vkx_bytes_append(&list, no_time, extra);
	if (!err)
		err = vkx_bytes_append(lists, list.data, list.len);
	vkx_bytes_free(&list);
	return err;
}

bool vkx_siglist_has(const struct vkx_bytes *lists, enum vkx_esl_type type,
		     const uint8_t *data, size_t len)
{
	struct vkx_esl_entry entry;
	struct vkx_esl esl;

	vkx_esl_start(&esl, lists->data, lists->len);
	while (vkx_esl_next(&esl, &entry))
		if (entry.type == type && entry.size >= len &&
		    !memcmp(entry.data, data, len))
			return true;
	return false;
}
