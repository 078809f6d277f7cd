/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * EFI signature lists (UEFI 2.10, 32.4.1): the form of db and dbx, and of our
 * revocation lists. Any malformation refuses the whole list: a dbx that cannot
 * be read must not become an empty dbx.
 */
#ifndef VKX_ESL_H
#define VKX_ESL_H

#include "limit.h"
#include "verdict.h"

enum vkx_esl_type {
	VKX_ESL_SHA256, /* Authenticode SHA-256: 32 bytes */
	VKX_ESL_SHA384, /* and so on: 48 */
	VKX_ESL_SHA512, /* 64 */
	VKX_ESL_X509, /* a DER certificate */
	VKX_ESL_X509_SHA256, /* TBS SHA-256 + EFI_TIME: 48 bytes */
	VKX_ESL_X509_SHA384,
	VKX_ESL_X509_SHA512,
	/* Known size, meaning unknown: can be listed, cannot be honoured. */
	VKX_ESL_OTHER,
};

struct vkx_esl_entry {
	enum vkx_esl_type type;
	uint8_t type_guid[16];
	uint8_t owner[16];
	const uint8_t *data; /* into the caller's buffer */
	size_t size;
	size_t offset;
};

struct vkx_esl {
	const uint8_t *buf;
	size_t len;
	size_t list; /* offset of the current list */
	size_t next; /* offset of the next entry */
	size_t list_end;
	uint32_t entry_size;
	uint8_t type_guid[16];
};

/*
 * Walks the whole list once; REVOCATION_LIST where it is malformed. An empty
 * buffer is a good list without entries. Types we know must have the entry
 * size of the specification and no list header. count_ret (may be NULL) gets
 * the number of entries.
 */
VKX_MUST_USE int vkx_esl_check(const uint8_t *buf, size_t len,
			       size_t *count_ret, struct vkx_fault *fault_ret);

/*
 * Published dbx updates carry an EFI_VARIABLE_AUTHENTICATION_2 (UEFI 2.10,
 * 8.2.2) in front of the lists. offset_ret gets where the lists start: behind
 * it, or 0 if there is none. Its signature is not looked at: who gives us a
 * list vouches for it. REVOCATION_LIST if it runs out of the buffer.
 */
VKX_MUST_USE int vkx_esl_payload(const uint8_t *buf, size_t len,
				 size_t *offset_ret,
				 struct vkx_fault *fault_ret);

/* Iterates over a buffer that vkx_esl_check() accepted. */
void vkx_esl_start(struct vkx_esl *esl, const uint8_t *buf, size_t len);
/* False at the end. */
bool vkx_esl_next(struct vkx_esl *esl, struct vkx_esl_entry *entry_ret);

#endif
