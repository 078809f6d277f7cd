/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our DER gate against OpenSSL's readers: what is accepted here is accepted
 * there, whole, and written again by OpenSSL is the same bytes. V41 V42
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "cms.h"
#include "der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
	if (!condition)
		abort();
}

static void any_value(const uint8_t *data, size_t size)
{
	const uint8_t *p = data;
	struct vkx_der der;
	struct vkx_tlv tlv;
	ASN1_TYPE *type;
	BIO *null;

	vkx_der_init(&der, data, (uint32_t)size, 0);
	tlv = vkx_der_next(&der);
	if (vkx_der_end(&der, NULL) || !vkx_der_is_deep(&tlv))
		return;
	null = BIO_new(BIO_s_null());
	need(ASN1_parse_dump(null, data, (long)size, 0, 0) == 1);
	BIO_free(null);
	if (tlv.tag & 0xc0)
		return;
	type = d2i_ASN1_TYPE(NULL, &p, (long)size);
	need(type && p == data + size);
	ASN1_TYPE_free(type);
}

static void certificate(const uint8_t *data, size_t size)
{
	const uint8_t *p = data;
	struct vkx_x509 cert;
	uint8_t *again = NULL;
	X509 *x;

	if (vkx_x509_parse(data, size, 0, &cert, NULL))
		return;
	x = d2i_X509(NULL, &p, (long)size);
	need(x && p == data + size);
	need(i2d_X509(x, &again) == (int)size && !memcmp(again, data, size));
	need(X509_get_version(x) == X509_VERSION_3);
	OPENSSL_free(again);
	X509_free(x);
}

static void signature(const uint8_t *data, size_t size)
{
	static struct vkx_cms cms;
	const uint8_t *p = data;
	PKCS7 *p7;

	if (vkx_cms_parse(data, size, &cms, NULL))
		return;
	p7 = d2i_PKCS7(NULL, &p, (long)size);
	need(p7 && p == data + size && PKCS7_type_is_signed(p7));
	need((size_t)sk_X509_num(p7->d.sign->cert) == cms.nr_certs);
	PKCS7_free(p7);
}

static void ecdsa_value(const uint8_t *data, size_t size)
{
	const uint8_t *p = data;
	uint8_t *again = NULL;
	ECDSA_SIG *sig;

	if (!vkx_der_is_ecdsa(data, (uint32_t)size, 0))
		return;
	sig = d2i_ECDSA_SIG(NULL, &p, (long)size);
	need(sig && p == data + size);
	need(i2d_ECDSA_SIG(sig, &again) == (int)size &&
	     !memcmp(again, data, size));
	OPENSSL_free(again);
	ECDSA_SIG_free(sig);
}

static void point_in_time(const uint8_t *data, size_t size, uint8_t tag)
{
	struct vkx_tlv tlv = { .tag = tag, .p = data, .size = (uint32_t)size };
	ASN1_TIME *t;
	uint64_t got;
	struct tm tm;

	if (!vkx_der_time(&tlv, &got))
		return;
	t = ASN1_STRING_type_new(tag);
	need(t && ASN1_STRING_set(t, data, (int)size));
	need(ASN1_TIME_check(t) == 1 && ASN1_TIME_to_tm(t, &tm) == 1);
	need(got / 10000000000 == (uint64_t)tm.tm_year + 1900);
	need(got / 100000000 % 100 == (uint64_t)tm.tm_mon + 1);
	need(got / 1000000 % 100 == (uint64_t)tm.tm_mday);
	need(got / 10000 % 100 == (uint64_t)tm.tm_hour);
	need(got / 100 % 100 == (uint64_t)tm.tm_min);
	need(got % 100 == (uint64_t)tm.tm_sec);
	ASN1_STRING_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > VKX_MAX_CERT_TABLE)
		return 0;
	any_value(data, size);
	certificate(data, size);
	signature(data, size);
	ecdsa_value(data, size);
	point_in_time(data, size, VKX_DER_UTC_TIME);
	point_in_time(data, size, VKX_DER_GENERALIZED_TIME);
	return 0;
}
