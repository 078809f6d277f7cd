/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/dn.h"

#include <stdio.h>
#include <string.h>

#include "der.h"

static const struct {
	const char *oid;
	size_t len;
	const char *name;
} types[] = {
	{ "\x55\x04\x03", 3, "CN" },
	{ "\x55\x04\x06", 3, "C" },
	{ "\x55\x04\x07", 3, "L" },
	{ "\x55\x04\x08", 3, "ST" },
	{ "\x55\x04\x0a", 3, "O" },
	{ "\x55\x04\x0b", 3, "OU" },
	{ "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, "emailAddress" },
};

static const char *type_name(const struct vkx_tlv *oid)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (vkx_tlv_is(oid, types[i].oid, types[i].len))
			return types[i].name;
	return "?";
}

static void put(char *text, size_t size, size_t *pos, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && *pos + 1 < size; i++)
		text[(*pos)++] = s[i] >= 0x20 && s[i] < 0x7f ? s[i] : '?';
}

static void put_ava(char *text, size_t size, size_t *pos, struct vkx_der *avas)
{
	struct vkx_tlv seq = vkx_der_take(avas, VKX_DER_SEQUENCE);
	struct vkx_der ava = vkx_der_into(&seq);
	struct vkx_tlv oid = vkx_der_take(&ava, VKX_DER_OID);
	struct vkx_tlv value = vkx_der_next(&ava);
	const char *name = type_name(&oid);

	if (*pos)
		put(text, size, pos, ", ", 2);
	put(text, size, pos, name, strlen(name));
	put(text, size, pos, "=", 1);
	if (value.tag)
		put(text, size, pos, (const char *)value.p, value.size);
}

void vkx_dn_text(const uint8_t *name, uint32_t len, char *text, size_t size)
{
	struct vkx_der outer, rdns, avas;
	struct vkx_tlv seq, set;
	size_t pos = 0;

	vkx_der_init(&outer, name, len, 0);
	seq = vkx_der_take(&outer, VKX_DER_SEQUENCE);
	rdns = vkx_der_into(&seq);
	while (vkx_der_more(&rdns)) {
		set = vkx_der_take(&rdns, VKX_DER_SET);
		avas = vkx_der_into(&set);
		while (vkx_der_more(&avas))
			put_ava(text, size, &pos, &avas);
	}
	text[pos] = 0;
	if (pos + 1 == size && size > 4)
		memcpy(text + size - 4, "...", 4);
}
