/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that a machine's AK and EK are handed out in. */
#ifndef VKX_PUBFILE_H
#define VKX_PUBFILE_H

#include "measure/ak.h"
#include "measure/blob.h"

/* SubjectPublicKeyInfo as PEM, which tpm2_checkquote -u reads. */
VKX_MUST_USE int vkx_ak_pem(const struct vkx_ak *ak, struct vkx_blob *pem_ret);

/* Where AKs are kept unless --handle says otherwise. */
#define VKX_AK_HANDLE 0x81010020u

/* "0x81010020": a persistent handle; false for anything else. */
bool vkx_handle_parse(const char *text, uint32_t *handle_ret);

#endif
