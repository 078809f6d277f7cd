/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "der.h"

/* More than any certificate that signs code has. */
#define MAX_EXTENSIONS 24u
#define MAX_SERIAL 20u /* RFC 5280 4.1.2.2 */
#define MIN_RSA_BITS 2048u
#define MAX_RSA_BITS 4096u

#define OID_RSA "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define OID_EC "\x2a\x86\x48\xce\x3d\x02\x01"
#define OID_P256 "\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define OID_P384 "\x2b\x81\x04\x00\x22"
#define OID_CODE_SIGNING "\x2b\x06\x01\x05\x05\x07\x03\x03"
#define OID_NS_CERT_TYPE "\x60\x86\x48\x01\x86\xf8\x42\x01\x01"
/* id-ce 2.5.29.n */
#define OID_CE "\x55\x1d"

#define IS(tlv, oid) vkx_tlv_is(tlv, oid, sizeof(oid) - 1)

static int bad_cert(struct vkx_fault *fault_ret, const struct vkx_tlv *where)
{
	return vkx_fault(fault_ret, VKX_RULE_SIG_CERTIFICATES, where->start);
}

/* RFC 5280 4.1.2.4, without BMPString and UniversalString: not for new
 * certificates, and what they may hold readers do not agree on. */
static bool is_name_string(uint8_t tag)
{
	switch (tag) {
	case VKX_DER_UTF8_STRING:
	case 0x12: /* NumericString */
	case 0x13: /* PrintableString */
	case 0x14: /* TeletexString */
	case 0x16: /* IA5String */
		return true;
	default:
		return false;
	}
}

/* RFC 5280 4.1.2.4. Names are compared as bytes, so only their form counts. */
static int check_name(const struct vkx_tlv *name, struct vkx_fault *fault_ret)
{
	struct vkx_der rdns = vkx_der_into(name), avas, ava;
	struct vkx_tlv set, seq, text;

	if (!name->size)
		return bad_cert(fault_ret, name);
	while (vkx_der_more(&rdns)) {
		set = vkx_der_take(&rdns, VKX_DER_SET);
		avas = vkx_der_into(&set);
		do {
			seq = vkx_der_take(&avas, VKX_DER_SEQUENCE);
			ava = vkx_der_into(&seq);
			vkx_der_take(&ava, VKX_DER_OID);
			text = vkx_der_next(&ava);
			if (vkx_der_end(&ava, fault_ret))
				return -VKX_ERR_FORMAT;
			if (!is_name_string(text.tag))
				return bad_cert(fault_ret, &text);
		} while (vkx_der_more(&avas));
		if (vkx_der_end(&avas, fault_ret))
			return -VKX_ERR_FORMAT;
	}
	return vkx_der_end(&rdns, fault_ret);
}

/* Linux knows no year before. */
#define FIRST_TIME 19700101000000ull

static int parse_validity(const struct vkx_tlv *seq, struct vkx_x509 *cert,
			  struct vkx_fault *fault_ret)
{
	struct vkx_der der = vkx_der_into(seq);
	struct vkx_tlv from = vkx_der_next(&der), to = vkx_der_next(&der);

	if (vkx_der_end(&der, fault_ret))
		return -VKX_ERR_FORMAT;
	if (!vkx_der_time(&from, &cert->not_before) ||
	    cert->not_before < FIRST_TIME)
		return bad_cert(fault_ret, &from);
	if (!vkx_der_time(&to, &cert->not_after) ||
	    cert->not_after < FIRST_TIME)
		return bad_cert(fault_ret, &to);
	return 0;
}

static uint32_t count_bits(const uint8_t *p, uint32_t size)
{
	uint32_t bits = size * 8, top = size ? p[0] : 0;

	for (; bits && !(top & 0x80); top <<= 1)
		bits--;
	return bits;
}

/* RFC 8017 A.1.1 */
static int parse_rsa_key(const struct vkx_tlv *bits, struct vkx_x509 *cert,
			 struct vkx_fault *fault_ret)
{
	const uint8_t *n = NULL, *e = NULL;
	uint32_t n_size = 0, e_size = 0, i;
	struct vkx_der outer, der;
	struct vkx_tlv seq, tn, te;

	vkx_der_init(&outer, bits->p + 1, bits->size - 1, bits->pos + 1);
	seq = vkx_der_take(&outer, VKX_DER_SEQUENCE);
	der = vkx_der_into(&seq);
	tn = vkx_der_take(&der, VKX_DER_INTEGER);
	te = vkx_der_take(&der, VKX_DER_INTEGER);
	if (vkx_der_end(&der, fault_ret) || vkx_der_end(&outer, fault_ret))
		return -VKX_ERR_FORMAT;
	if (!vkx_der_magnitude(&tn, &n, &n_size) ||
	    !vkx_der_magnitude(&te, &e, &e_size))
		return bad_cert(fault_ret, &tn);
	cert->key = VKX_KEY_RSA;
	cert->key_bits = count_bits(n, n_size);
	for (i = 0; e_size <= 4 && i < e_size; i++)
		cert->rsa_exponent = cert->rsa_exponent << 8 | e[i];
	return 0;
}

/* RFC 5480: a named curve and an uncompressed point. */
static int parse_ec_key(const struct vkx_tlv *curve, const struct vkx_tlv *bits,
			struct vkx_x509 *cert, struct vkx_fault *fault_ret)
{
	uint32_t bytes = 0;

	/* Curve parameters of the signer's own choice: CVE-2020-0601. */
	if (curve->tag != VKX_DER_OID)
		return vkx_fault(fault_ret, VKX_RULE_SIG_ALGORITHM,
				 curve->start);
	if (IS(curve, OID_P256)) {
		cert->key = VKX_KEY_P256;
		bytes = 32;
	} else if (IS(curve, OID_P384)) {
		cert->key = VKX_KEY_P384;
		bytes = 48;
	} else {
		return 0;
	}
	cert->key_bits = bytes * 8;
	if (bits->size != 2 + 2 * bytes || bits->p[1] != 0x04)
		return bad_cert(fault_ret, bits);
	return 0;
}

static int parse_spki(const struct vkx_tlv *spki, struct vkx_x509 *cert,
		      struct vkx_fault *fault_ret)
{
	struct vkx_der der = vkx_der_into(spki), alg;
	struct vkx_tlv seq = vkx_der_take(&der, VKX_DER_SEQUENCE);
	struct vkx_tlv bits = vkx_der_take(&der, VKX_DER_BIT_STRING);
	struct vkx_tlv oid, params = { 0 };

	alg = vkx_der_into(&seq);
	oid = vkx_der_take(&alg, VKX_DER_OID);
	if (vkx_der_more(&alg))
		params = vkx_der_next(&alg);
	if (vkx_der_end(&alg, fault_ret) || vkx_der_end(&der, fault_ret))
		return -VKX_ERR_FORMAT;
	if (bits.p[0] || (params.tag && !vkx_der_is_deep(&params)))
		return bad_cert(fault_ret, spki);
	if (IS(&oid, OID_RSA)) {
		if (params.tag != VKX_DER_NULL)
			return bad_cert(fault_ret, &oid);
		return parse_rsa_key(&bits, cert, fault_ret);
	}
	if (IS(&oid, OID_EC))
		return parse_ec_key(&params, &bits, cert, fault_ret);
	return 0;
}

static bool parse_basic_constraints(struct vkx_der *der, struct vkx_x509 *cert)
{
	struct vkx_tlv seq = vkx_der_take(der, VKX_DER_SEQUENCE), ca, pathlen;
	struct vkx_der in = vkx_der_into(&seq);

	ca = vkx_der_option(&in, VKX_DER_BOOLEAN);
	pathlen = vkx_der_option(&in, VKX_DER_INTEGER);
	if (vkx_der_end(&in, NULL))
		return false;
	/* DEFAULT FALSE is not encoded; a length only makes sense for a CA. */
	if (ca.tag && !ca.p[0])
		return false;
	cert->ca = ca.tag != 0;
	if (!pathlen.tag)
		return true;
	if (!cert->ca || pathlen.size != 1 || (pathlen.p[0] & 0x80))
		return false;
	cert->pathlen = pathlen.p[0];
	return true;
}

/* The first octet of a BIT STRING of named bits, X.690 11.2.2: no trailing
 * zero bits. */
static bool parse_named_bits(struct vkx_der *der, uint8_t *bits_ret)
{
	struct vkx_tlv t = vkx_der_take(der, VKX_DER_BIT_STRING);

	if (t.size < 2 || t.size > 3 || !(t.p[t.size - 1] >> t.p[0] & 1))
		return false;
	*bits_ret = t.p[1];
	return true;
}

static bool parse_key_usage(struct vkx_der *der, struct vkx_x509 *cert)
{
	uint8_t bits = 0;

	if (!parse_named_bits(der, &bits))
		return false;
	cert->has_key_usage = true;
	cert->ku_digital_signature = bits & 0x80;
	cert->ku_cert_sign = bits & 0x04;
	return true;
}

static bool parse_ns_type(struct vkx_der *der, struct vkx_x509 *cert)
{
	uint8_t bits = 0;

	if (!parse_named_bits(der, &bits))
		return false;
	cert->has_ns_type = true;
	cert->ns_object_signing = bits & 0x10;
	cert->ns_object_ca = bits & 0x01;
	return true;
}

static bool parse_eku(struct vkx_der *der, struct vkx_x509 *cert)
{
	struct vkx_tlv seq = vkx_der_take(der, VKX_DER_SEQUENCE), oid;
	struct vkx_der in = vkx_der_into(&seq);

	do {
		oid = vkx_der_take(&in, VKX_DER_OID);
		if (IS(&oid, OID_CODE_SIGNING))
			cert->eku_code_signing = true;
	} while (vkx_der_more(&in));
	cert->has_eku = true;
	return !vkx_der_end(&in, NULL);
}

static bool parse_skid(struct vkx_der *der, struct vkx_x509 *cert)
{
	struct vkx_tlv id = vkx_der_take(der, VKX_DER_OCTET_STRING);

	cert->skid = vkx_tlv_body(&id);
	return id.size != 0;
}

/* RFC 5280 4.2.1.1; issuer and serial number are well-formed but not used. */
static bool parse_akid(struct vkx_der *der, struct vkx_x509 *cert)
{
	struct vkx_tlv seq = vkx_der_take(der, VKX_DER_SEQUENCE), id;
	struct vkx_der in = vkx_der_into(&seq);

	cert->has_akid = true;
	id = vkx_der_option(&in, VKX_DER_CONTEXT | 0);
	if (id.tag)
		cert->akid = vkx_tlv_body(&id);
	vkx_der_option(&in, VKX_DER_CONTEXT_CONS | 1);
	vkx_der_option(&in, VKX_DER_CONTEXT | 2);
	return !vkx_der_end(&in, NULL) && vkx_der_is_deep(&seq);
}

/*
 * What limits a chain in ways that we do not evaluate must not be skipped,
 * critical or not: name and policy constraints, inhibitAnyPolicy.
 */
static bool is_constraint(const struct vkx_tlv *oid)
{
	return IS(oid, OID_CE "\x1e") || IS(oid, OID_CE "\x24") ||
	       IS(oid, OID_CE "\x36");
}

static int parse_extension(const struct vkx_tlv *oid, bool critical,
			   const struct vkx_tlv *octets, struct vkx_x509 *cert,
			   struct vkx_fault *fault_ret)
{
	static const struct {
		const char *oid;
		size_t oid_len;
		bool (*parse)(struct vkx_der *der, struct vkx_x509 *cert);
	} known[] = {
		{ OID_CE "\x0e", 3, parse_skid },
		{ OID_CE "\x0f", 3, parse_key_usage },
		{ OID_CE "\x13", 3, parse_basic_constraints },
		{ OID_CE "\x23", 3, parse_akid },
		{ OID_CE "\x25", 3, parse_eku },
		{ OID_NS_CERT_TYPE, 9, parse_ns_type },
	};
	struct vkx_der der = vkx_der_into(octets);
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!vkx_tlv_is(oid, known[i].oid, known[i].oid_len))
			continue;
		if (!known[i].parse(&der, cert) || vkx_der_end(&der, NULL))
			return bad_cert(fault_ret, octets);
		return 0;
	}
	if (critical || is_constraint(oid))
		cert->unknown_critical = true;
	return 0;
}

/* RFC 5280 4.2: each extension once, FALSE not encoded. */
static int parse_extensions(const struct vkx_tlv *outer, struct vkx_x509 *cert,
			    struct vkx_fault *fault_ret)
{
	struct vkx_der explicit_tag = vkx_der_into(outer), all, der;
	struct vkx_tlv list, seq, oid, critical, octets;
	unsigned int n = 0;

	list = vkx_der_take(&explicit_tag, VKX_DER_SEQUENCE);
	if (vkx_der_end(&explicit_tag, fault_ret))
		return -VKX_ERR_FORMAT;
	all = vkx_der_into(&list);
	do {
		seq = vkx_der_take(&all, VKX_DER_SEQUENCE);
		der = vkx_der_into(&seq);
		oid = vkx_der_take(&der, VKX_DER_OID);
		critical = vkx_der_option(&der, VKX_DER_BOOLEAN);
		octets = vkx_der_take(&der, VKX_DER_OCTET_STRING);
		if (vkx_der_end(&der, fault_ret))
			return -VKX_ERR_FORMAT;
		if (++n > MAX_EXTENSIONS || vkx_der_count(&list, &oid) != 1 ||
		    (critical.tag && !critical.p[0]))
			return bad_cert(fault_ret, &seq);
		if (parse_extension(&oid, critical.tag != 0, &octets, cert,
				    fault_ret))
			return -VKX_ERR_FORMAT;
	} while (vkx_der_more(&all));
	return vkx_der_end(&all, fault_ret);
}

static int check_serial(const struct vkx_tlv *serial,
			struct vkx_fault *fault_ret)
{
	const uint8_t *p;
	uint32_t size;

	if (!vkx_der_magnitude(serial, &p, &size) || !p[0] || size > MAX_SERIAL)
		return bad_cert(fault_ret, serial);
	return 0;
}

/* RFC 5280 4.1.1.2: the algorithm named inside is the one named outside. */
static int parse_sig_alg(const struct vkx_tlv *inside,
			 const struct vkx_tlv *outside, struct vkx_x509 *cert,
			 struct vkx_fault *fault_ret)
{
	struct vkx_algid alg;

	if (!vkx_tlv_equal(inside, outside))
		return bad_cert(fault_ret, outside);
	if (vkx_algid_parse(inside, &alg, fault_ret))
		return -VKX_ERR_FORMAT;
	cert->sig_hash = alg.hash;
	cert->sig_key = alg.key;
	return 0;
}

static int parse_version(struct vkx_der *der, struct vkx_fault *fault_ret)
{
	struct vkx_tlv tag = vkx_der_take(der, VKX_DER_CONTEXT_CONS | 0);
	struct vkx_der in = vkx_der_into(&tag);
	struct vkx_tlv version = vkx_der_take(&in, VKX_DER_INTEGER);

	if (vkx_der_end(&in, fault_ret))
		return -VKX_ERR_FORMAT;
	if (!vkx_tlv_is(&version, "\x02", 1))
		return bad_cert(fault_ret, &version);
	return 0;
}

/* RFC 5280 4.1.2, version 3 only. Unique identifiers are refused. */
static int parse_tbs(const struct vkx_tlv *tbs, const struct vkx_tlv *sig_alg,
		     struct vkx_x509 *cert, struct vkx_fault *fault_ret)
{
	struct vkx_tlv serial, alg, issuer, validity, subject, spki, ext;
	struct vkx_der der = vkx_der_into(tbs);
	int err = parse_version(&der, fault_ret);

	if (err)
		return err;
	serial = vkx_der_take(&der, VKX_DER_INTEGER);
	alg = vkx_der_take(&der, VKX_DER_SEQUENCE);
	issuer = vkx_der_take(&der, VKX_DER_SEQUENCE);
	validity = vkx_der_take(&der, VKX_DER_SEQUENCE);
	subject = vkx_der_take(&der, VKX_DER_SEQUENCE);
	spki = vkx_der_take(&der, VKX_DER_SEQUENCE);
	ext = vkx_der_option(&der, VKX_DER_CONTEXT_CONS | 3);
	err = vkx_der_end(&der, fault_ret);
	if (!err)
		err = check_serial(&serial, fault_ret);
	if (!err)
		err = parse_sig_alg(&alg, sig_alg, cert, fault_ret);
	if (!err)
		err = check_name(&issuer, fault_ret);
	if (!err)
		err = parse_validity(&validity, cert, fault_ret);
	if (!err)
		err = check_name(&subject, fault_ret);
	if (!err)
		err = parse_spki(&spki, cert, fault_ret);
	if (!err && ext.tag)
		err = parse_extensions(&ext, cert, fault_ret);
	if (err)
		return err;
	cert->serial = vkx_tlv_body(&serial);
	cert->issuer = vkx_tlv_whole(&issuer);
	cert->subject = vkx_tlv_whole(&subject);
	cert->spki = vkx_tlv_whole(&spki);
	return 0;
}

int vkx_x509_parse(const uint8_t *der_bytes, size_t len, uint32_t base,
		   struct vkx_x509 *cert_ret, struct vkx_fault *fault_ret)
{
	struct vkx_x509 cert = { .pathlen = -1 };
	struct vkx_tlv whole, tbs, alg, sig;
	struct vkx_der outer, der;
	int err;

	if (len > VKX_MAX_CERT_TABLE)
		return vkx_fault(fault_ret, VKX_RULE_SIG_CERTIFICATES, base);
	vkx_der_init(&outer, der_bytes, (uint32_t)len, base);
	whole = vkx_der_take(&outer, VKX_DER_SEQUENCE);
	der = vkx_der_into(&whole);
	tbs = vkx_der_take(&der, VKX_DER_SEQUENCE);
	alg = vkx_der_take(&der, VKX_DER_SEQUENCE);
	sig = vkx_der_take(&der, VKX_DER_BIT_STRING);
	if (vkx_der_end(&der, fault_ret) || vkx_der_end(&outer, fault_ret))
		return -VKX_ERR_FORMAT;
	if (sig.p[0])
		return bad_cert(fault_ret, &sig);
	err = parse_tbs(&tbs, &alg, &cert, fault_ret);
	if (err)
		return err;
	if (cert.sig_key == VKX_KEY_P256 &&
	    !vkx_der_is_ecdsa(sig.p + 1, sig.size - 1, 0))
		return vkx_fault(fault_ret, VKX_RULE_SIG_DER, sig.start);
	cert.whole = vkx_tlv_whole(&whole);
	cert.tbs = vkx_tlv_whole(&tbs);
	cert.sig.offset = sig.pos + 1;
	cert.sig.size = sig.size - 1;
	*cert_ret = cert;
	return 0;
}

static bool key_is_strong(const struct vkx_x509 *cert)
{
	switch (cert->key) {
	case VKX_KEY_NONE:
		return false;
	case VKX_KEY_RSA:
		return cert->key_bits >= MIN_RSA_BITS &&
		       cert->key_bits <= MAX_RSA_BITS &&
		       cert->rsa_exponent == 65537;
	case VKX_KEY_P256:
	case VKX_KEY_P384:
		return true;
	}
	return false;
}

int vkx_x509_check_signer(const struct vkx_x509 *cert,
			  struct vkx_fault *fault_ret)
{
	if (!key_is_strong(cert))
		return vkx_fault(fault_ret, VKX_RULE_SIG_ALGORITHM,
				 cert->spki.offset);
	if (!cert->eku_code_signing || cert->ca || cert->unknown_critical ||
	    (cert->has_key_usage && !cert->ku_digital_signature) ||
	    (cert->has_ns_type && !cert->ns_object_signing))
		return vkx_fault(fault_ret, VKX_RULE_SIG_USAGE,
				 cert->whole.offset);
	return 0;
}

int vkx_x509_check_ca(const struct vkx_x509 *cert, struct vkx_fault *fault_ret)
{
	if (!key_is_strong(cert))
		return vkx_fault(fault_ret, VKX_RULE_SIG_ALGORITHM,
				 cert->spki.offset);
	if (!cert->ca || cert->unknown_critical || !cert->has_key_usage ||
	    !cert->ku_cert_sign || (cert->has_eku && !cert->eku_code_signing) ||
	    (cert->has_ns_type && !cert->ns_object_ca))
		return vkx_fault(fault_ret, VKX_RULE_SIG_CHAIN,
				 cert->whole.offset);
	return 0;
}
