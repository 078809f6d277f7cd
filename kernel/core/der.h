/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A reader of DER (X.690) that accepts one encoding per value and nothing of
 * BER: definite minimal lengths, low tag numbers, primitive strings, minimal
 * INTEGERs, BOOLEANs of 00 or FF, zero unused bits. It walks; what the values
 * mean is x509.c's and cms.c's business. The first error of a reader sticks.
 */
#ifndef VKX_DER_H
#define VKX_DER_H

#include "cms.h"

enum vkx_der_tag {
	VKX_DER_BOOLEAN = 0x01,
	VKX_DER_INTEGER = 0x02,
	VKX_DER_BIT_STRING = 0x03,
	VKX_DER_OCTET_STRING = 0x04,
	VKX_DER_NULL = 0x05,
	VKX_DER_OID = 0x06,
	VKX_DER_ENUMERATED = 0x0a,
	VKX_DER_UTF8_STRING = 0x0c,
	VKX_DER_UTC_TIME = 0x17,
	VKX_DER_GENERALIZED_TIME = 0x18,
	VKX_DER_UNIVERSAL_STRING = 0x1c,
	VKX_DER_BMP_STRING = 0x1e,
	VKX_DER_SEQUENCE = 0x30,
	VKX_DER_SET = 0x31,
	VKX_DER_CONTEXT = 0x80, /* [n], primitive */
	VKX_DER_CONTEXT_CONS = 0xa0, /* [n], constructed */
};

/* One value: p and size are its contents octets. */
struct vkx_tlv {
	const uint8_t *p;
	uint32_t size;
	uint32_t pos; /* offset of the contents, as reports and slices count */
	uint32_t start; /* offset of the tag */
	uint8_t tag; /* 0: there was no such value */
};

struct vkx_der {
	const uint8_t *p;
	uint32_t left;
	uint32_t pos;
	bool bad; /* an error has happened, at pos */
};

/* Reads len bytes at p, the first of which has offset pos in reports. */
void vkx_der_init(struct vkx_der *der, const uint8_t *p, uint32_t len,
		  uint32_t pos);
/* Reads what is inside a value; a value that is not there is bad at once. */
struct vkx_der vkx_der_into(const struct vkx_tlv *tlv);

/* The next value, whatever its tag. A zero tlv after an error or at the end. */
struct vkx_tlv vkx_der_next(struct vkx_der *der);
/* The next value, which must have this tag. */
struct vkx_tlv vkx_der_take(struct vkx_der *der, uint8_t tag);
/* The next value if it has this tag, else a zero tlv and nothing is read. */
struct vkx_tlv vkx_der_option(struct vkx_der *der, uint8_t tag);
/* True while there is something left and no error. */
bool vkx_der_more(const struct vkx_der *der);
/* 0 if all was read without error; else SIG_DER at the reader's place. */
VKX_MUST_USE int vkx_der_end(const struct vkx_der *der,
			     struct vkx_fault *fault_ret);

/*
 * How many of the list's SEQUENCEs begin with this OBJECT IDENTIFIER, up to
 * the first that is malformed: extensions and attributes come once each.
 */
uint32_t vkx_der_count(const struct vkx_tlv *list, const struct vkx_tlv *oid);
/* True if every value inside this one, at any depth, is DER. */
bool vkx_der_is_deep(const struct vkx_tlv *tlv);
bool vkx_tlv_is(const struct vkx_tlv *tlv, const void *bytes, size_t len);
bool vkx_tlv_equal(const struct vkx_tlv *a, const struct vkx_tlv *b);
struct vkx_slice vkx_tlv_body(const struct vkx_tlv *tlv);
struct vkx_slice vkx_tlv_whole(const struct vkx_tlv *tlv);

/* A non-negative INTEGER's magnitude without its sign octet; false if < 0. */
bool vkx_der_magnitude(const struct vkx_tlv *integer, const uint8_t **p_ret,
		       uint32_t *size_ret);
/* UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 and RFC 5652 11.3 want them
 * (UTCTime through 2049, seconds, Z), as YYYYMMDDHHMMSS. */
bool vkx_der_time(const struct vkx_tlv *time, uint64_t *time_ret);
/*
 * True if p is a SEQUENCE of two positive INTEGERs that fills len exactly:
 * the only form of an ECDSA value that is accepted. Neither is longer than
 * max octets (0: no such limit).
 */
bool vkx_der_is_ecdsa(const uint8_t *p, uint32_t len, uint32_t max);

/*
 * AlgorithmIdentifier: which hash and which key family it names, NONE where it
 * names none that we know. Parameters must be as the algorithm's specification
 * has them (RFC 4055, RFC 5754, RFC 5758); SIG_ALGORITHM otherwise.
 */
struct vkx_algid {
	enum vkx_hash_alg hash;
	enum vkx_key_alg key;
};

VKX_MUST_USE int vkx_algid_parse(const struct vkx_tlv *seq,
				 struct vkx_algid *algid_ret,
				 struct vkx_fault *fault_ret);

#endif
