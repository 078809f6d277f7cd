/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/token.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform_util.h>

#include "keys/derw.h"
#include "keys/key.h"
#include "keys/p11kit.h"

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define MAX_SLOTS 64u
#define MAX_TEMPLATE 16u
#define MAX_ATTRIBUTE 16384u

struct vkx_token {
	struct vkx_p11kit p11;
	void *uri;
	CK_FUNCTION_LIST **modules; /* all that the machine has, or */
	CK_FUNCTION_LIST *own; /* the one that the URI names */
	CK_FUNCTION_LIST *fn; /* the token's */
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	bool has_session;
	CK_FLAGS flags; /* of the token */
	CK_OBJECT_HANDLE key;
	bool always_auth; /* wants the PIN before every signature */
	struct vkx_secret pin;
};

bool vkx_token_is_uri(const char *text)
{
	return !strncmp(text, "pkcs11:", 7);
}

void vkx_token_close(struct vkx_token *t)
{
	if (!t)
		return;
	if (t->has_session)
		(void)t->fn->C_CloseSession(t->session);
	if (t->modules)
		t->p11.modules_release(t->modules);
	if (t->own) {
		(void)t->p11.module_finalize(t->own);
		t->p11.module_release(t->own);
	}
	if (t->uri)
		t->p11.uri_free(t->uri);
	vkx_p11kit_unload(&t->p11);
	vkx_secret_wipe(&t->pin);
	free(t);
}

/* --- finding the token ---------------------------------------------------- */

/* Counts the module's tokens that the URI fits and keeps the first. */
static int scan_module(struct vkx_token *t, CK_FUNCTION_LIST *fn, size_t *found)
{
	CK_SLOT_ID slots[MAX_SLOTS];
	CK_ULONG n = MAX_SLOTS, i;
	CK_TOKEN_INFO info;
	CK_INFO module;

	if (fn->C_GetInfo(&module) != CKR_OK)
		return -VKX_ERR_IO;
	if (!t->p11.uri_match_module(t->uri, &module))
		return 0;
	if (fn->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK || n > MAX_SLOTS)
		return -VKX_ERR_IO;
	for (i = 0; i < n; i++) {
		if (fn->C_GetTokenInfo(slots[i], &info) != CKR_OK ||
		    !(info.flags & CKF_TOKEN_INITIALIZED) ||
		    !t->p11.uri_match_token(t->uri, &info))
			continue;
		if (!(*found)++) {
			t->fn = fn;
			t->slot = slots[i];
			t->flags = info.flags;
		}
	}
	return 0;
}

static int find_token(struct vkx_token *t)
{
	const char *path = t->p11.uri_module_path(t->uri);
	size_t found = 0, i;
	int err = 0;

	if (path) {
		t->own = t->p11.module_load(path, 0);
		if (!t->own)
			return -VKX_ERR_IO;
		if (t->p11.module_initialize(t->own) != CKR_OK)
			return -VKX_ERR_IO;
		err = scan_module(t, t->own, &found);
	} else {
		t->modules = t->p11.modules_load(NULL, 0);
		if (!t->modules)
			return -VKX_ERR_IO;
		/* One module that is out of order hides no other. */
		for (i = 0; t->modules[i]; i++)
			(void)scan_module(t, t->modules[i], &found);
	}
	if (err)
		return err;
	return !found ? -VKX_ERR_NOTFOUND : found > 1 ? -VKX_ERR_LIMIT : 0;
}

static int open_token(struct vkx_token *t, const char *uri)
{
	int err = vkx_p11kit_load(&t->p11);

	if (err)
		return err;
	t->uri = t->p11.uri_new();
	if (!t->uri)
		return -VKX_ERR_NOMEM;
	if (t->p11.uri_parse(uri, VKX_P11_URI_FOR_ANY, t->uri) != VKX_P11_OK)
		return -VKX_ERR_FORMAT;
	if (t->p11.uri_pin_value(t->uri))
		return -VKX_ERR_ARG;
	err = find_token(t);
	if (err)
		return err;
	if (t->fn->C_OpenSession(t->slot, CKF_SERIAL_SESSION, NULL, NULL,
				 &t->session) != CKR_OK)
		return -VKX_ERR_IO;
	t->has_session = true;
	return 0;
}

int vkx_token_open(const char *uri, struct vkx_token **token_ret)
{
	struct vkx_token *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -VKX_ERR_NOMEM;
	err = open_token(t, uri);
	if (err)
		vkx_token_close(t);
	else
		*token_ret = t;
	return err;
}

bool vkx_token_needs_pin(const struct vkx_token *t)
{
	return (t->flags & CKF_LOGIN_REQUIRED) != 0;
}

const char *vkx_token_pin_file(const struct vkx_token *t)
{
	const char *source = t->p11.uri_pin_source(t->uri);

	return source && !strncmp(source, "file:", 5) ? source + 5 : source;
}

int vkx_token_login(struct vkx_token *t, const struct vkx_secret *pin,
		    bool typed)
{
	CK_RV rv;

	if ((t->flags & CKF_USER_PIN_LOCKED) ||
	    ((t->flags & CKF_USER_PIN_FINAL_TRY) && !typed))
		return -VKX_ERR_LIMIT;
	t->pin = *pin;
	rv = t->fn->C_Login(t->session, CKU_USER, (CK_BYTE *)t->pin.text,
			    (CK_ULONG)t->pin.len);
	switch (rv) {
	case CKR_OK:
	case CKR_USER_ALREADY_LOGGED_IN:
		return 0;
	case CKR_PIN_INCORRECT:
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		return -VKX_ERR_MISMATCH;
	case CKR_PIN_LOCKED:
		return -VKX_ERR_LIMIT;
	default:
		return -VKX_ERR_IO;
	}
}

/* --- finding objects ------------------------------------------------------ */

/* The one object of this class that the URI's own attributes fit, or, with id,
 * the one that has this CKA_ID. */
static int find_object(struct vkx_token *t, CK_OBJECT_CLASS class,
		       const struct vkx_bytes *id, CK_OBJECT_HANDLE *ret)
{
	CK_ATTRIBUTE template[MAX_TEMPLATE], *own;
	CK_OBJECT_HANDLE objects[2];
	CK_ULONG n = 0, found = 0, i, count = 0;
	CK_RV rv;

	template[n++] = (CK_ATTRIBUTE){ CKA_CLASS, &class, sizeof(class) };
	if (id) {
		template[n++] =
			(CK_ATTRIBUTE){ CKA_ID, id->data, (CK_ULONG)id->len };
	} else {
		own = t->p11.uri_attributes(t->uri, &count);
		for (i = 0; i < count && n < MAX_TEMPLATE; i++)
			if (own[i].type != CKA_CLASS)
				template[n++] = own[i];
	}
	if (t->fn->C_FindObjectsInit(t->session, template, n) != CKR_OK)
		return -VKX_ERR_IO;
	rv = t->fn->C_FindObjects(t->session, objects, 2, &found);
	if (t->fn->C_FindObjectsFinal(t->session) != CKR_OK || rv != CKR_OK)
		return -VKX_ERR_IO;
	if (!found)
		return -VKX_ERR_NOTFOUND;
	*ret = objects[0];
	return found > 1 ? -VKX_ERR_LIMIT : 0;
}

static int get_bytes(struct vkx_token *t, CK_OBJECT_HANDLE object,
		     CK_ATTRIBUTE_TYPE type, struct vkx_bytes *ret)
{
	CK_ATTRIBUTE a = { type, NULL, 0 };
	struct vkx_bytes b = { 0 };

	if (t->fn->C_GetAttributeValue(t->session, object, &a, 1) != CKR_OK ||
	    a.ulValueLen == 0 || a.ulValueLen > MAX_ATTRIBUTE)
		return -VKX_ERR_IO;
	b.data = calloc(1, a.ulValueLen + 1);
	if (!b.data)
		return -VKX_ERR_NOMEM;
	a.pValue = b.data;
	b.len = a.ulValueLen;
	if (t->fn->C_GetAttributeValue(t->session, object, &a, 1) != CKR_OK ||
	    a.ulValueLen != b.len) {
		vkx_bytes_free(&b);
		return -VKX_ERR_IO;
	}
	*ret = b;
	return 0;
}

static int spki_rsa(struct vkx_token *t, struct vkx_bytes *spki_ret)
{
	struct vkx_bytes n = { 0 }, e = { 0 };
	uint8_t buf[2048];
	struct vkx_derw w;
	const uint8_t *mark;
	int err = get_bytes(t, t->key, CKA_MODULUS, &n);

	if (!err)
		err = get_bytes(t, t->key, CKA_PUBLIC_EXPONENT, &e);
	if (!err) {
		vkx_derw_init(&w, buf, sizeof(buf));
		vkx_derw_uint(&w, e.data, e.len);
		vkx_derw_uint(&w, n.data, n.len);
		vkx_derw_wrap(&w, w.end, SEQ);
		vkx_derw_raw(&w, "", 1);
		vkx_derw_wrap(&w, w.end, MBEDTLS_ASN1_BIT_STRING);
		mark = w.p;
		vkx_derw_null(&w);
		VKX_OID(&w, MBEDTLS_OID_PKCS1_RSA);
		vkx_derw_wrap(&w, mark, SEQ);
		vkx_derw_wrap(&w, w.end, SEQ);
		err = vkx_derw_take(&w, spki_ret);
	}
	vkx_bytes_free(&n);
	vkx_bytes_free(&e);
	return err;
}

/* The point lies in the public key object, as an OCTET STRING in DER; some
 * tokens leave the wrapping out. */
static int spki_ec(struct vkx_token *t, struct vkx_bytes *spki_ret)
{
	struct vkx_bytes id = { 0 }, params = { 0 }, point = { 0 };
	CK_OBJECT_HANDLE public;
	const uint8_t *mark, *p;
	struct vkx_derw w;
	uint8_t buf[512];
	size_t len;
	int err = get_bytes(t, t->key, CKA_ID, &id);

	if (!err)
		err = find_object(t, CKO_PUBLIC_KEY, &id, &public);
	if (!err)
		err = get_bytes(t, public, CKA_EC_PARAMS, &params);
	if (!err)
		err = get_bytes(t, public, CKA_EC_POINT, &point);
	if (!err) {
		p = point.data;
		len = point.len;
		if (len > 2 && p[0] == MBEDTLS_ASN1_OCTET_STRING &&
		    p[1] == len - 2) {
			p += 2;
			len -= 2;
		}
		vkx_derw_init(&w, buf, sizeof(buf));
		vkx_derw_bits(&w, p, len);
		mark = w.p;
		vkx_derw_bytes(&w, &params);
		VKX_OID(&w, MBEDTLS_OID_EC_ALG_UNRESTRICTED);
		vkx_derw_wrap(&w, mark, SEQ);
		vkx_derw_wrap(&w, w.end, SEQ);
		err = vkx_derw_take(&w, spki_ret);
	}
	vkx_bytes_free(&id);
	vkx_bytes_free(&params);
	vkx_bytes_free(&point);
	return err;
}

int vkx_token_find_key(struct vkx_token *t, struct vkx_bytes *spki_ret)
{
	CK_BBOOL always = CK_FALSE;
	CK_KEY_TYPE type;
	CK_ATTRIBUTE a = { CKA_KEY_TYPE, &type, sizeof(type) };
	CK_ATTRIBUTE b = { CKA_ALWAYS_AUTHENTICATE, &always, sizeof(always) };
	int err = find_object(t, CKO_PRIVATE_KEY, NULL, &t->key);

	if (err)
		return err;
	if (t->fn->C_GetAttributeValue(t->session, t->key, &a, 1) != CKR_OK)
		return -VKX_ERR_IO;
	/* Old tokens do not know this one: then it is false. */
	t->always_auth = t->fn->C_GetAttributeValue(t->session, t->key, &b,
						    1) == CKR_OK &&
			 always;
	switch (type) {
	case CKK_RSA:
		return spki_rsa(t, spki_ret);
	case CKK_EC:
		return spki_ec(t, spki_ret);
	default:
		return -VKX_ERR_UNSUPPORTED;
	}
}

int vkx_token_find_cert(struct vkx_token *t, struct vkx_bytes *der_ret)
{
	CK_OBJECT_HANDLE cert;
	int err = find_object(t, CKO_CERTIFICATE, NULL, &cert);

	return err ? err : get_bytes(t, cert, CKA_VALUE, der_ret);
}

/* --- signing -------------------------------------------------------------- */

static int sign_raw(struct vkx_token *t, CK_MECHANISM_TYPE mechanism,
		    uint8_t *data, size_t len, uint8_t *sig, CK_ULONG *sig_len)
{
	CK_MECHANISM m = { mechanism, NULL, 0 };

	if (t->fn->C_SignInit(t->session, &m, t->key) != CKR_OK)
		return -VKX_ERR_IO;
	if (t->always_auth && t->fn->C_Login(t->session, CKU_CONTEXT_SPECIFIC,
					     (CK_BYTE *)t->pin.text,
					     (CK_ULONG)t->pin.len) != CKR_OK)
		return -VKX_ERR_IO;
	return t->fn->C_Sign(t->session, data, (CK_ULONG)len, sig, sig_len) ==
			       CKR_OK ?
		       0 :
		       -VKX_ERR_IO;
}

/* CKM_RSA_PKCS pads; the DigestInfo is ours to make (RFC 8017, 9.2). */
static int sign_rsa(struct vkx_token *t, enum vkx_hash_alg hash,
		    const uint8_t *digest, uint8_t *sig_ret, size_t *len_ret)
{
	CK_ULONG len = (CK_ULONG)*len_ret;
	const uint8_t *mark;
	struct vkx_derw w;
	uint8_t buf[128];
	size_t oid_len;
	const char *oid = vkx_hash_oid(hash, &oid_len);
	int err;

	if (!oid)
		return -VKX_ERR_ARG;
	vkx_derw_init(&w, buf, sizeof(buf));
	vkx_derw_prim(&w, MBEDTLS_ASN1_OCTET_STRING, digest,
		      vkx_hash_size(hash));
	mark = w.p;
	vkx_derw_null(&w);
	vkx_derw_oid(&w, oid, oid_len);
	vkx_derw_wrap(&w, mark, SEQ);
	vkx_derw_wrap(&w, w.end, SEQ);
	if (w.err)
		return w.err;
	err = sign_raw(t, CKM_RSA_PKCS, w.p, (size_t)(w.end - w.p), sig_ret,
		       &len);
	*len_ret = len;
	return err;
}

/* The token gives r and s side by side; files have an ECDSA-Sig-Value. */
static int sign_ec(struct vkx_token *t, enum vkx_key_alg alg,
		   enum vkx_hash_alg hash, const uint8_t *digest,
		   uint8_t *sig_ret, size_t *len_ret)
{
	size_t order = alg == VKX_KEY_P384 ? 48 : 32, len;
	size_t use = vkx_hash_size(hash) < order ? vkx_hash_size(hash) : order;
	uint8_t rs[VKX_MAX_SIGNATURE], data[64], buf[256];
	CK_ULONG rs_len = sizeof(rs);
	struct vkx_derw w;
	int err;

	/* The leftmost bits, FIPS 186-4 6.4; not every token cuts by itself. */
	memcpy(data, digest, use);
	err = sign_raw(t, CKM_ECDSA, data, use, rs, &rs_len);
	if (err)
		return err;
	if (rs_len != 2 * order)
		return -VKX_ERR_IO;
	vkx_derw_init(&w, buf, sizeof(buf));
	vkx_derw_uint(&w, rs + order, order);
	vkx_derw_uint(&w, rs, order);
	vkx_derw_wrap(&w, w.end, SEQ);
	len = (size_t)(w.end - w.p);
	if (w.err || len > *len_ret)
		return -VKX_ERR_IO;
	memcpy(sig_ret, w.p, len);
	*len_ret = len;
	return 0;
}

int vkx_token_sign(struct vkx_token *t, enum vkx_key_alg alg,
		   enum vkx_hash_alg hash, const uint8_t *digest,
		   uint8_t *sig_ret, size_t *len_ret)
{
	return alg == VKX_KEY_RSA ?
		       sign_rsa(t, hash, digest, sig_ret, len_ret) :
		       sign_ec(t, alg, hash, digest, sig_ret, len_ret);
}
