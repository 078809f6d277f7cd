/* SPDX-License-Identifier: BSD-2-Clause */
/* GUIDs as text and as EFI stores them (first three fields little-endian). */
#ifndef VKX_GUID_H
#define VKX_GUID_H

#include <stdbool.h>
#include <stdint.h>

/* Owner of the signature lists that we write, unless another is given. */
#define VKX_GUID_OWNER "5a6b9f1c-7d0e-4b7a-9a55-766b65786563"

/* "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx". False: it is none. */
bool vkx_guid_parse(const char *text, uint8_t guid_ret[16]);

#endif
