/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/p11kit.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* POSIX lets a function's address pass through dlsym()'s void pointer; ISO C
 * wants it copied. */
static bool find(struct vkx_p11kit *p, const char *name, size_t offset)
{
	void *address = dlsym(p->lib, name);

	memcpy((char *)p + offset, &address, sizeof(address));
	return address != NULL;
}

int vkx_p11kit_load(struct vkx_p11kit *p)
{
#define ROW(field, name)                                 \
	{                                                \
		name, offsetof(struct vkx_p11kit, field) \
	}
	static const struct {
		const char *name;
		size_t offset;
	} rows[] = {
		ROW(uri_new, "p11_kit_uri_new"),
		ROW(uri_free, "p11_kit_uri_free"),
		ROW(uri_parse, "p11_kit_uri_parse"),
		ROW(uri_pin_value, "p11_kit_uri_get_pin_value"),
		ROW(uri_pin_source, "p11_kit_uri_get_pin_source"),
		ROW(uri_module_path, "p11_kit_uri_get_module_path"),
		ROW(uri_match_token, "p11_kit_uri_match_token_info"),
		ROW(uri_match_module, "p11_kit_uri_match_module_info"),
		ROW(uri_attributes, "p11_kit_uri_get_attributes"),
		ROW(modules_load, "p11_kit_modules_load_and_initialize"),
		ROW(modules_release, "p11_kit_modules_finalize_and_release"),
		ROW(module_load, "p11_kit_module_load"),
		ROW(module_initialize, "p11_kit_module_initialize"),
		ROW(module_finalize, "p11_kit_module_finalize"),
		ROW(module_release, "p11_kit_module_release"),
	};
#undef ROW
	size_t i;

	memset(p, 0, sizeof(*p));
	p->lib = dlopen("libp11-kit.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!p->lib)
		return -VKX_ERR_UNSUPPORTED;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!find(p, rows[i].name, rows[i].offset)) {
			vkx_p11kit_unload(p);
			return -VKX_ERR_UNSUPPORTED;
		}
	}
	return 0;
}

void vkx_p11kit_unload(struct vkx_p11kit *p)
{
	if (p->lib)
		dlclose(p->lib);
	memset(p, 0, sizeof(*p));
}
