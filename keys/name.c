/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/name.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>

#include "keys/derw.h"
#include "text.h"

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define SET (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)

static const struct attr_type {
	const char *name;
	const char *oid; /* all of them 2.5.4.x: three bytes */
	uint8_t tag;
} types[] = {
	{ "CN", MBEDTLS_OID_AT_CN, MBEDTLS_ASN1_UTF8_STRING },
	{ "O", MBEDTLS_OID_AT_ORGANIZATION, MBEDTLS_ASN1_UTF8_STRING },
	{ "OU", MBEDTLS_OID_AT_ORG_UNIT, MBEDTLS_ASN1_UTF8_STRING },
	{ "L", MBEDTLS_OID_AT_LOCALITY, MBEDTLS_ASN1_UTF8_STRING },
	{ "ST", MBEDTLS_OID_AT_STATE, MBEDTLS_ASN1_UTF8_STRING },
	{ "C", MBEDTLS_OID_AT_COUNTRY, MBEDTLS_ASN1_PRINTABLE_STRING },
};
#define NR_TYPES (sizeof(types) / sizeof(types[0]))

struct attr {
	const struct attr_type *type;
	char value[VKX_MAX_NAME];
	size_t len;
};

static const struct attr_type *find_type(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < NR_TYPES; i++)
		if (strlen(types[i].name) == len &&
		    !strncmp(types[i].name, text, len))
			return &types[i];
	return NULL;
}

/* What a certificate may hold: UTF-8, and for C two letters of ISO 3166. */
static bool good_value(const struct attr *a)
{
	if (a->type->tag == MBEDTLS_ASN1_PRINTABLE_STRING)
		return a->len == 2 && isupper((unsigned char)a->value[0]) &&
		       isupper((unsigned char)a->value[1]);
	return a->len && vkx_text_is_utf8((const uint8_t *)a->value, a->len);
}

/* One TYPE=VALUE; *text is moved behind the comma after it. */
static int read_attr(const char **text, struct attr *a)
{
	const char *at = *text, *eq = strchr(at, '=');

	a->type = eq ? find_type(at, (size_t)(eq - at)) : NULL;
	if (!a->type)
		return -VKX_ERR_FORMAT;
	a->len = 0;
	for (at = eq + 1; *at && *at != ','; at++) {
		if (*at == '\\' && (at[1] == ',' || at[1] == '\\'))
			at++;
		if (iscntrl((unsigned char)*at))
			return -VKX_ERR_FORMAT;
		a->value[a->len++] = *at;
	}
	if (!good_value(a))
		return -VKX_ERR_FORMAT;
	if (*at == ',') {
		at++;
		if (!*at)
			return -VKX_ERR_FORMAT;
	}
	*text = at;
	return 0;
}

static int encode(const struct attr *attrs, size_t count,
		  struct vkx_bytes *der_ret)
{
	uint8_t buf[VKX_MAX_NAME + 256];
	struct vkx_derw w;

	vkx_derw_init(&w, buf, sizeof(buf));
	while (count--) {
		const struct attr *a = &attrs[count];
		const uint8_t *mark = w.p;

		vkx_derw_prim(&w, a->type->tag, a->value, a->len);
		vkx_derw_oid(&w, a->type->oid, 3);
		vkx_derw_wrap(&w, mark, SEQ);
		vkx_derw_wrap(&w, mark, SET);
	}
	vkx_derw_wrap(&w, w.end, SEQ);
	return vkx_derw_take(&w, der_ret);
}

int vkx_name_parse(const char *text, struct vkx_bytes *der_ret,
		   const char **where_ret)
{
	struct attr attrs[NR_TYPES];
	bool has_cn = false;
	size_t count = 0, i;

	*where_ret = text;
	if (strlen(text) >= VKX_MAX_NAME)
		return -VKX_ERR_LIMIT;
	while (*text) {
		*where_ret = text;
		if (count == NR_TYPES || read_attr(&text, &attrs[count]))
			return -VKX_ERR_FORMAT;
		for (i = 0; i < count; i++)
			if (attrs[i].type == attrs[count].type)
				return -VKX_ERR_FORMAT;
		has_cn |= !strcmp(attrs[count].type->name, "CN");
		count++;
	}
	return has_cn ? encode(attrs, count, der_ret) : -VKX_ERR_FORMAT;
}
