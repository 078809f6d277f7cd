/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of libp11-kit that we use, looked up at run time. */
#ifndef VKX_P11KIT_H
#define VKX_P11KIT_H

#include <p11-kit-1/p11-kit/pkcs11.h>

#include "err.h"

/* p11-kit/uri.h: P11_KIT_URI_FOR_ANY, P11_KIT_URI_OK. */
#define VKX_P11_URI_FOR_ANY 0x0000ffff
#define VKX_P11_OK 0

struct vkx_p11kit {
	void *lib;
	void *(*uri_new)(void);
	void (*uri_free)(void *uri);
	int (*uri_parse)(const char *text, int type, void *uri);
	const char *(*uri_pin_value)(void *uri);
	const char *(*uri_pin_source)(void *uri);
	const char *(*uri_module_path)(void *uri);
	int (*uri_match_token)(const void *uri, const CK_TOKEN_INFO *info);
	int (*uri_match_module)(const void *uri, const CK_INFO *info);
	CK_ATTRIBUTE *(*uri_attributes)(void *uri, CK_ULONG *n);
	CK_FUNCTION_LIST **(*modules_load)(const char *reserved, int flags);
	void (*modules_release)(CK_FUNCTION_LIST **modules);
	CK_FUNCTION_LIST *(*module_load)(const char *path, int flags);
	CK_RV (*module_initialize)(CK_FUNCTION_LIST *module);
	CK_RV (*module_finalize)(CK_FUNCTION_LIST *module);
	void (*module_release)(CK_FUNCTION_LIST *module);
};

/* -VKX_ERR_UNSUPPORTED: no such library here. */
VKX_MUST_USE int vkx_p11kit_load(struct vkx_p11kit *p);
void vkx_p11kit_unload(struct vkx_p11kit *p);

#endif
