/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "der.h"

enum params {
	NULL_OR_ABSENT, /* RFC 5754 2: both are found, and both are right */
	NULL_ONLY, /* RFC 4055: RSA */
	ABSENT_ONLY, /* RFC 5758: ECDSA */
};

#define PKCS1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define NIST_HASH "\x60\x86\x48\x01\x65\x03\x04\x02"
#define ECDSA_SHA2 "\x2a\x86\x48\xce\x3d\x04\x03"

static const struct {
	const char *oid;
	uint8_t oid_len;
	uint8_t params;
	uint8_t hash;
	uint8_t key;
} rows[] = {
	{ "\x2b\x0e\x03\x02\x1a", 5, NULL_OR_ABSENT, VKX_HASH_SHA1, 0 },
	{ NIST_HASH "\x01", 9, NULL_OR_ABSENT, VKX_HASH_SHA256, 0 },
	{ NIST_HASH "\x02", 9, NULL_OR_ABSENT, VKX_HASH_SHA384, 0 },
	{ NIST_HASH "\x03", 9, NULL_OR_ABSENT, VKX_HASH_SHA512, 0 },
	{ PKCS1 "\x01", 9, NULL_ONLY, VKX_HASH_NONE, VKX_KEY_RSA },
	{ PKCS1 "\x05", 9, NULL_ONLY, VKX_HASH_SHA1, VKX_KEY_RSA },
	{ PKCS1 "\x0b", 9, NULL_ONLY, VKX_HASH_SHA256, VKX_KEY_RSA },
	{ PKCS1 "\x0c", 9, NULL_ONLY, VKX_HASH_SHA384, VKX_KEY_RSA },
	{ PKCS1 "\x0d", 9, NULL_ONLY, VKX_HASH_SHA512, VKX_KEY_RSA },
	{ ECDSA_SHA2 "\x02", 8, ABSENT_ONLY, VKX_HASH_SHA256, VKX_KEY_P256 },
	{ ECDSA_SHA2 "\x03", 8, ABSENT_ONLY, VKX_HASH_SHA384, VKX_KEY_P256 },
	{ ECDSA_SHA2 "\x04", 8, ABSENT_ONLY, VKX_HASH_SHA512, VKX_KEY_P256 },
};

static bool params_fit(enum params rule, uint8_t tag)
{
	switch (rule) {
	case NULL_OR_ABSENT:
		return !tag || tag == VKX_DER_NULL;
	case NULL_ONLY:
		return tag == VKX_DER_NULL;
	case ABSENT_ONLY:
		return !tag;
	}
	return false;
}

int vkx_algid_parse(const struct vkx_tlv *seq, struct vkx_algid *algid_ret,
		    struct vkx_fault *fault_ret)
{
	struct vkx_der der = vkx_der_into(seq);
	struct vkx_tlv oid = vkx_der_take(&der, VKX_DER_OID), params = { 0 };
	size_t i;

	if (vkx_der_more(&der))
		params = vkx_der_next(&der);
	if (vkx_der_end(&der, fault_ret))
		return -VKX_ERR_FORMAT;
	algid_ret->hash = VKX_HASH_NONE;
	algid_ret->key = VKX_KEY_NONE;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!vkx_tlv_is(&oid, rows[i].oid, rows[i].oid_len))
			continue;
		if (!params_fit(rows[i].params, params.tag))
			return vkx_fault(fault_ret, VKX_RULE_SIG_ALGORITHM,
					 oid.start);
		algid_ret->hash = rows[i].hash;
		algid_ret->key = rows[i].key;
		return 0;
	}
	if (params.tag && !vkx_der_is_deep(&params))
		return vkx_fault(fault_ret, VKX_RULE_SIG_DER, params.start);
	return 0;
}

uint32_t vkx_hash_size(enum vkx_hash_alg alg)
{
	switch (alg) {
	case VKX_HASH_NONE:
		return 0;
	case VKX_HASH_SHA1:
		return 20;
	case VKX_HASH_SHA256:
		return 32;
	case VKX_HASH_SHA384:
		return 48;
	case VKX_HASH_SHA512:
		return 64;
	}
	return 0;
}

const char *vkx_hash_name(enum vkx_hash_alg alg)
{
	switch (alg) {
	case VKX_HASH_NONE:
		return "none";
	case VKX_HASH_SHA1:
		return "sha1";
	case VKX_HASH_SHA256:
		return "sha256";
	case VKX_HASH_SHA384:
		return "sha384";
	case VKX_HASH_SHA512:
		return "sha512";
	}
	return "none";
}
