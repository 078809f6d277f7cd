/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/challenge.h"

#include <json-c/json.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "keys/facts.h"
#include "measure/manifest.h"

char *vkx_challenge_text(const struct vkx_challenge *c)
{
	struct vkx_facts f;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool bad;

	if (!out)
		return NULL;
	vkx_facts_begin(&f, out, true);
	vkx_facts_pretty(&f);
	vkx_facts_hex(&f, "ak_name", c->ak_name, c->ak_name_len);
	vkx_facts_hex(&f, "secret", c->secret, sizeof(c->secret));
	if (c->ek_cert.data)
		vkx_facts_hex(&f, "ek_cert", c->ek_cert.data, c->ek_cert.size);
	vkx_facts_end(&f);
	bad = ferror(out);
	if (fclose(out) || bad) {
		free(text);
		return NULL;
	}
	return text;
}

/* Hex of any length up to max; false for anything else. */
static bool member(json_object *o, const char *name, uint8_t *to, size_t max,
		   size_t *len_ret)
{
	json_object *v;
	const char *text;

	if (!json_object_object_get_ex(o, name, &v) ||
	    !json_object_is_type(v, json_type_string))
		return false;
	text = json_object_get_string(v);
	*len_ret = strlen(text) / 2;
	return *len_ret <= max && vkx_hex_parse(text, to, *len_ret);
}

static int take_cert(json_object *o, struct vkx_challenge *c)
{
	size_t max = 65536;

	if (!json_object_object_get_ex(o, "ek_cert", NULL))
		return 0;
	c->ek_cert.data = malloc(max);
	if (!c->ek_cert.data)
		return -VKX_ERR_NOMEM;
	return member(o, "ek_cert", c->ek_cert.data, max, &c->ek_cert.size) ?
		       0 :
		       -VKX_ERR_FORMAT;
}

int vkx_challenge_parse(const char *text, struct vkx_challenge *challenge_ret)
{
	struct vkx_challenge c = { 0 };
	json_object *o = json_tokener_parse(text);
	int err = -VKX_ERR_FORMAT;
	size_t n;

	if (o && json_object_is_type(o, json_type_object) &&
	    member(o, "ak_name", c.ak_name, sizeof(c.ak_name),
		   &c.ak_name_len) &&
	    member(o, "secret", c.secret, sizeof(c.secret), &n) &&
	    n == sizeof(c.secret))
		err = take_cert(o, &c);
	json_object_put(o);
	if (err)
		vkx_challenge_free(&c);
	else
		*challenge_ret = c;
	return err;
}

void vkx_challenge_free(struct vkx_challenge *c)
{
	vkx_blob_free(&c->ek_cert);
	OPENSSL_cleanse(c, sizeof(*c));
}
