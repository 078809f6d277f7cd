/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "der.h"

#define OID_SIGNED_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define PKCS9 "\x2a\x86\x48\x86\xf7\x0d\x01\x09"
#define OID_CONTENT_TYPE PKCS9 "\x03"
#define OID_MESSAGE_DIGEST PKCS9 "\x04"
#define OID_SIGNING_TIME PKCS9 "\x05"
#define MICROSOFT "\x2b\x06\x01\x04\x01\x82\x37\x02\x01"
#define OID_INDIRECT_DATA MICROSOFT "\x04"
#define OID_PE_IMAGE_DATA MICROSOFT "\x0f"
/* What pesign writes in place of the one above; firmware takes both. */
#define OID_INDIVIDUAL MICROSOFT "\x15"

#define MAX_ATTRIBUTES 16u

#define IS(tlv, oid) vkx_tlv_is(tlv, oid, sizeof(oid) - 1)

static bool is_accepted(enum vkx_hash_alg alg)
{
	return alg == VKX_HASH_SHA256 || alg == VKX_HASH_SHA384 ||
	       alg == VKX_HASH_SHA512;
}

/* An AlgorithmIdentifier that names nothing but an accepted hash. */
static int parse_hash(const struct vkx_tlv *seq, enum vkx_hash_alg *hash_ret,
		      struct vkx_fault *fault_ret)
{
	struct vkx_algid alg;

	if (vkx_algid_parse(seq, &alg, fault_ret))
		return -VKX_ERR_FORMAT;
	if (alg.key != VKX_KEY_NONE || !is_accepted(alg.hash))
		return vkx_fault(fault_ret, VKX_RULE_SIG_ALGORITHM, seq->start);
	*hash_ret = alg.hash;
	return 0;
}

/*
 * Authenticode's SpcIndirectDataContent: the kind of file, and DigestInfo. The
 * first is a fixed ornament in every signer's output; it is held to DER and to
 * the two identifiers in use, its bytes are covered by messageDigest.
 */
static int parse_indirect_data(struct vkx_der *der, enum vkx_hash_alg *hash_ret,
			       struct vkx_slice *digest_ret,
			       struct vkx_fault *fault_ret)
{
	struct vkx_tlv data = vkx_der_take(der, VKX_DER_SEQUENCE);
	struct vkx_tlv info = vkx_der_take(der, VKX_DER_SEQUENCE);
	struct vkx_der in = vkx_der_into(&info), kind = vkx_der_into(&data);
	struct vkx_tlv alg = vkx_der_take(&in, VKX_DER_SEQUENCE);
	struct vkx_tlv digest = vkx_der_take(&in, VKX_DER_OCTET_STRING);
	struct vkx_tlv oid = vkx_der_take(&kind, VKX_DER_OID);
	enum vkx_hash_alg hash = VKX_HASH_NONE;

	if (vkx_der_end(der, fault_ret) || vkx_der_end(&in, fault_ret))
		return -VKX_ERR_FORMAT;
	if (!vkx_der_is_deep(&data))
		return vkx_fault(fault_ret, VKX_RULE_SIG_DER, data.start);
	if (!IS(&oid, OID_PE_IMAGE_DATA) && !IS(&oid, OID_INDIVIDUAL))
		return vkx_fault(fault_ret, VKX_RULE_SIG_CONTENT, oid.start);
	if (parse_hash(&alg, &hash, fault_ret))
		return -VKX_ERR_FORMAT;
	/* A shorter digest would compare equal to a prefix. */
	if (digest.size != vkx_hash_size(hash))
		return vkx_fault(fault_ret, VKX_RULE_SIG_CONTENT, digest.start);
	*hash_ret = hash;
	*digest_ret = vkx_tlv_body(&digest);
	return 0;
}

int vkx_cms_content_parse(const uint8_t *der_bytes, size_t len,
			  enum vkx_hash_alg *hash_ret,
			  struct vkx_slice *digest_ret,
			  struct vkx_fault *fault_ret)
{
	struct vkx_der der;

	if (len > VKX_MAX_CERT_TABLE)
		return vkx_fault(fault_ret, VKX_RULE_SIG_CONTENT, 0);
	vkx_der_init(&der, der_bytes, (uint32_t)len, 0);
	return parse_indirect_data(&der, hash_ret, digest_ret, fault_ret);
}

/* ContentInfo around SpcIndirectDataContent, RFC 2315 7. */
static int parse_content(const struct vkx_tlv *info, struct vkx_cms *cms,
			 struct vkx_fault *fault_ret)
{
	struct vkx_der der = vkx_der_into(info), in, body;
	struct vkx_tlv type = vkx_der_take(&der, VKX_DER_OID);
	struct vkx_tlv tag, seq;

	if (!IS(&type, OID_INDIRECT_DATA))
		return vkx_fault(fault_ret, VKX_RULE_SIG_CONTENT, info->start);
	tag = vkx_der_take(&der, VKX_DER_CONTEXT_CONS | 0);
	in = vkx_der_into(&tag);
	seq = vkx_der_take(&in, VKX_DER_SEQUENCE);
	if (vkx_der_end(&der, fault_ret) || vkx_der_end(&in, fault_ret))
		return -VKX_ERR_FORMAT;
	cms->content = vkx_tlv_body(&seq);
	body = vkx_der_into(&seq);
	return parse_indirect_data(&body, &cms->file_hash, &cms->file_digest,
				   fault_ret);
}

static int parse_certs(const struct vkx_tlv *set, struct vkx_cms *cms,
		       struct vkx_fault *fault_ret)
{
	struct vkx_der der = vkx_der_into(set);
	struct vkx_slice whole;
	const uint8_t *p;
	struct vkx_tlv t;

	while (vkx_der_more(&der)) {
		p = der.p;
		t = vkx_der_take(&der, VKX_DER_SEQUENCE);
		if (der.bad)
			break;
		if (cms->nr_certs == VKX_MAX_CERTS)
			return vkx_fault(fault_ret, VKX_RULE_SIG_CERTIFICATES,
					 t.start);
		whole = vkx_tlv_whole(&t);
		if (vkx_x509_parse(p, whole.size, whole.offset,
				   &cms->certs[cms->nr_certs], fault_ret))
			return -VKX_ERR_FORMAT;
		cms->nr_certs++;
	}
	if (vkx_der_end(&der, fault_ret))
		return -VKX_ERR_FORMAT;
	if (!cms->nr_certs)
		return vkx_fault(fault_ret, VKX_RULE_SIG_CERTIFICATES,
				 set->start);
	return 0;
}

static bool slice_is(const uint8_t *bytes, struct vkx_slice slice,
		     const uint8_t *p, uint32_t size)
{
	return slice.size == size && !memcmp(bytes + slice.offset, p, size);
}

/*
 * Two certificates with the same issuer and serial number would let a reader
 * choose; exactly one may match. What the match is worth, trust decides.
 */
static int find_signer(const uint8_t *bytes, const struct vkx_tlv *id,
		       struct vkx_cms *cms, struct vkx_fault *fault_ret)
{
	struct vkx_der der = vkx_der_into(id);
	struct vkx_tlv issuer = vkx_der_take(&der, VKX_DER_SEQUENCE);
	struct vkx_tlv serial = vkx_der_take(&der, VKX_DER_INTEGER);
	struct vkx_slice name = vkx_tlv_whole(&issuer);
	size_t i, found = 0;

	if (vkx_der_end(&der, fault_ret))
		return -VKX_ERR_FORMAT;
	for (i = 0; i < cms->nr_certs; i++) {
		if (!slice_is(bytes, cms->certs[i].issuer, bytes + name.offset,
			      name.size) ||
		    !slice_is(bytes, cms->certs[i].serial, serial.p,
			      serial.size))
			continue;
		cms->signer = i;
		found++;
	}
	if (found != 1)
		return vkx_fault(fault_ret, VKX_RULE_SIG_CERTIFICATES,
				 id->start);
	return 0;
}

/* One value of an attribute that may have only one. */
static struct vkx_tlv only_value(const struct vkx_tlv *set)
{
	struct vkx_der der = vkx_der_into(set);
	struct vkx_tlv value = vkx_der_next(&der), none = { 0 };

	return vkx_der_end(&der, NULL) ? none : value;
}

static bool parse_attribute(const struct vkx_tlv *type,
			    const struct vkx_tlv *set, struct vkx_cms *cms,
			    bool *content_type)
{
	struct vkx_tlv value = only_value(set);

	if (IS(type, OID_CONTENT_TYPE)) {
		*content_type = value.tag == VKX_DER_OID &&
				IS(&value, OID_INDIRECT_DATA);
		return *content_type;
	}
	if (IS(type, OID_MESSAGE_DIGEST)) {
		cms->message_digest = vkx_tlv_body(&value);
		return value.tag == VKX_DER_OCTET_STRING &&
		       value.size == vkx_hash_size(cms->digest_alg);
	}
	if (IS(type, OID_SIGNING_TIME)) {
		cms->has_signing_time = true;
		return vkx_der_time(&value, &cms->signing_time);
	}
	return set->size && vkx_der_is_deep(set);
}

/* X.690 11.6: the values of a SET OF stand in ascending order. */
static bool ascends(const struct vkx_slice *last, const struct vkx_slice *now,
		    const uint8_t *bytes)
{
	uint32_t n = last->size < now->size ? last->size : now->size;
	int c = memcmp(bytes + last->offset, bytes + now->offset, n);

	return c < 0 || (c == 0 && last->size < now->size);
}

/*
 * The signature covers these bytes with the tag of a SET OF in place of [0],
 * so their order and the presence of both required ones are ours to check.
 */
static int parse_signed_attrs(const uint8_t *bytes, const struct vkx_tlv *attrs,
			      struct vkx_cms *cms, struct vkx_fault *fault_ret)
{
	struct vkx_der all = vkx_der_into(attrs), der;
	struct vkx_slice last = { 0 }, now;
	struct vkx_tlv seq, type, set;
	bool content_type = false;
	unsigned int n = 0;

	while (vkx_der_more(&all)) {
		seq = vkx_der_take(&all, VKX_DER_SEQUENCE);
		der = vkx_der_into(&seq);
		type = vkx_der_take(&der, VKX_DER_OID);
		set = vkx_der_take(&der, VKX_DER_SET);
		if (vkx_der_end(&der, fault_ret))
			return -VKX_ERR_FORMAT;
		now = vkx_tlv_whole(&seq);
		if (++n > MAX_ATTRIBUTES || !ascends(&last, &now, bytes) ||
		    vkx_der_count(attrs, &type) != 1 ||
		    !parse_attribute(&type, &set, cms, &content_type))
			return vkx_fault(fault_ret, VKX_RULE_SIG_ATTRIBUTES,
					 seq.start);
		last = now;
	}
	if (vkx_der_end(&all, fault_ret))
		return -VKX_ERR_FORMAT;
	cms->signed_attrs = vkx_tlv_whole(attrs);
	if (!content_type || !cms->message_digest.size)
		return vkx_fault(fault_ret, VKX_RULE_SIG_ATTRIBUTES,
				 attrs->start);
	return 0;
}

/* rsaEncryption, or ecdsa-with-SHA2 of the same hash. An RSA algorithm that
 * names the hash too is as good (RFC 5754 3.2), and Linux does not know it. */
static int parse_sig_alg(const struct vkx_tlv *seq, struct vkx_cms *cms,
			 struct vkx_fault *fault_ret)
{
	enum vkx_key_alg key = cms->certs[cms->signer].key;
	struct vkx_algid alg;

	if (vkx_algid_parse(seq, &alg, fault_ret))
		return -VKX_ERR_FORMAT;
	if (alg.key == VKX_KEY_NONE ||
	    (alg.key == VKX_KEY_RSA) != (key == VKX_KEY_RSA) ||
	    alg.hash != (key == VKX_KEY_RSA ? VKX_HASH_NONE : cms->digest_alg))
		return vkx_fault(fault_ret, VKX_RULE_SIG_ALGORITHM, seq->start);
	cms->sig_key = alg.key;
	return 0;
}

/* RFC 2315 9.2. */
static int parse_signer(const uint8_t *bytes, const struct vkx_tlv *info,
			enum vkx_hash_alg named, struct vkx_cms *cms,
			struct vkx_fault *fault_ret)
{
	struct vkx_tlv version, id, digest_alg, attrs, sig_alg, sig,
		unsigned_attrs;
	struct vkx_der der = vkx_der_into(info);
	int err;

	version = vkx_der_take(&der, VKX_DER_INTEGER);
	id = vkx_der_take(&der, VKX_DER_SEQUENCE);
	digest_alg = vkx_der_take(&der, VKX_DER_SEQUENCE);
	attrs = vkx_der_option(&der, VKX_DER_CONTEXT_CONS | 0);
	sig_alg = vkx_der_take(&der, VKX_DER_SEQUENCE);
	sig = vkx_der_take(&der, VKX_DER_OCTET_STRING);
	unsigned_attrs = vkx_der_option(&der, VKX_DER_CONTEXT_CONS | 1);
	err = vkx_der_end(&der, fault_ret);
	if (err)
		return err;
	if (!vkx_tlv_is(&version, "\x01", 1))
		return vkx_fault(fault_ret, VKX_RULE_SIG_SIGNERS, info->start);
	if (unsigned_attrs.tag)
		return vkx_fault(fault_ret, VKX_RULE_SIG_UNSIGNED_ATTRIBUTES,
				 unsigned_attrs.start);
	if (!attrs.tag)
		return vkx_fault(fault_ret, VKX_RULE_SIG_ATTRIBUTES,
				 info->start);
	err = find_signer(bytes, &id, cms, fault_ret);
	if (!err)
		err = parse_hash(&digest_alg, &cms->digest_alg, fault_ret);
	if (!err &&
	    (cms->digest_alg != named || cms->digest_alg != cms->file_hash))
		err = vkx_fault(fault_ret, VKX_RULE_SIG_ALGORITHM,
				digest_alg.start);
	if (!err)
		err = parse_signed_attrs(bytes, &attrs, cms, fault_ret);
	if (!err)
		err = parse_sig_alg(&sig_alg, cms, fault_ret);
	if (!err && cms->sig_key == VKX_KEY_P256 &&
	    !vkx_der_is_ecdsa(sig.p, sig.size, 0))
		err = vkx_fault(fault_ret, VKX_RULE_SIG_DER, sig.start);
	cms->signature = vkx_tlv_body(&sig);
	return err;
}

/* The one element of a SET OF, or a fault of this rule. */
static int only_element(const struct vkx_tlv *set, enum vkx_rule rule,
			struct vkx_tlv *element_ret,
			struct vkx_fault *fault_ret)
{
	struct vkx_der der = vkx_der_into(set);

	if (!set->size)
		return vkx_fault(fault_ret, rule, set->start);
	*element_ret = vkx_der_take(&der, VKX_DER_SEQUENCE);
	if (!der.bad && der.left)
		return vkx_fault(fault_ret, rule, der.pos);
	return vkx_der_end(&der, fault_ret);
}

/* The signer's word against the certificate's, as in Linux: no clock is
 * asked. */
static int check_time(const struct vkx_cms *cms, struct vkx_fault *fault_ret)
{
	const struct vkx_x509 *cert = &cms->certs[cms->signer];

	if (cms->has_signing_time && (cms->signing_time < cert->not_before ||
				      cms->signing_time > cert->not_after))
		return vkx_fault(fault_ret, VKX_RULE_SIG_TIME,
				 cert->whole.offset);
	return 0;
}

/* RFC 2315 9.1, version 1. */
static int parse_signed_data(const uint8_t *bytes, const struct vkx_tlv *seq,
			     struct vkx_cms *cms, struct vkx_fault *fault_ret)
{
	struct vkx_tlv version, algs, content, certs, crls, signers;
	struct vkx_tlv alg = { 0 }, signer = { 0 };
	struct vkx_der der = vkx_der_into(seq);
	enum vkx_hash_alg named = VKX_HASH_NONE;
	int err;

	version = vkx_der_take(&der, VKX_DER_INTEGER);
	algs = vkx_der_take(&der, VKX_DER_SET);
	content = vkx_der_take(&der, VKX_DER_SEQUENCE);
	certs = vkx_der_option(&der, VKX_DER_CONTEXT_CONS | 0);
	crls = vkx_der_option(&der, VKX_DER_CONTEXT_CONS | 1);
	signers = vkx_der_take(&der, VKX_DER_SET);
	err = vkx_der_end(&der, fault_ret);
	if (err)
		return err;
	if (!vkx_tlv_is(&version, "\x01", 1))
		return vkx_fault(fault_ret, VKX_RULE_SIG_CONTENT,
				 version.start);
	if (!certs.tag || crls.tag)
		return vkx_fault(fault_ret, VKX_RULE_SIG_CERTIFICATES,
				 seq->start);
	err = only_element(&signers, VKX_RULE_SIG_SIGNERS, &signer, fault_ret);
	if (!err)
		err = only_element(&algs, VKX_RULE_SIG_ALGORITHM, &alg,
				   fault_ret);
	if (!err)
		err = parse_hash(&alg, &named, fault_ret);
	if (!err)
		err = parse_content(&content, cms, fault_ret);
	if (!err)
		err = parse_certs(&certs, cms, fault_ret);
	if (!err)
		err = parse_signer(bytes, &signer, named, cms, fault_ret);
	if (!err)
		err = check_time(cms, fault_ret);
	return err;
}

int vkx_cms_parse(const uint8_t *der_bytes, size_t len, struct vkx_cms *cms_ret,
		  struct vkx_fault *fault_ret)
{
	struct vkx_der outer, der, in;
	struct vkx_tlv info, type, tag, seq;
	int err;

	memset(cms_ret, 0, sizeof(*cms_ret));
	if (len > VKX_MAX_CERT_TABLE)
		return vkx_fault(fault_ret, VKX_RULE_SIG_DER, 0);
	vkx_der_init(&outer, der_bytes, (uint32_t)len, 0);
	info = vkx_der_take(&outer, VKX_DER_SEQUENCE);
	der = vkx_der_into(&info);
	type = vkx_der_take(&der, VKX_DER_OID);
	if (vkx_der_end(&outer, fault_ret))
		return -VKX_ERR_FORMAT;
	if (!IS(&type, OID_SIGNED_DATA))
		return vkx_fault(fault_ret, VKX_RULE_SIG_CONTENT, type.start);
	tag = vkx_der_take(&der, VKX_DER_CONTEXT_CONS | 0);
	in = vkx_der_into(&tag);
	seq = vkx_der_take(&in, VKX_DER_SEQUENCE);
	if (vkx_der_end(&der, fault_ret) || vkx_der_end(&in, fault_ret))
		return -VKX_ERR_FORMAT;
	err = parse_signed_data(der_bytes, &seq, cms_ret, fault_ret);
	if (err)
		memset(cms_ret, 0, sizeof(*cms_ret));
	return err;
}

bool vkx_slices_equal(const uint8_t *a, struct vkx_slice a_slice,
		      const uint8_t *b, struct vkx_slice b_slice)
{
	return a_slice.size && a_slice.size == b_slice.size &&
	       !memcmp(a + a_slice.offset, b + b_slice.offset, a_slice.size);
}

bool vkx_cms_same_key(const uint8_t *der_a, const struct vkx_cms *a,
		      const uint8_t *der_b, const struct vkx_cms *b)
{
	return vkx_slices_equal(der_a, a->certs[a->signer].spki, der_b,
				b->certs[b->signer].spki);
}
