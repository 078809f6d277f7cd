/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shape of an Authenticode signature: one strict-DER reader of PKCS#7
 * SignedData around SpcIndirectDataContent, used by the kernel as a gate in
 * front of its own PKCS#7 code and by the tools in front of mbedtls, so that
 * both refuse the same files. It finds the pieces and judges form; it does no
 * arithmetic on keys and knows no trust. All offsets count from the start of
 * the DER.
 */
#ifndef VKX_CMS_H
#define VKX_CMS_H

#include "limit.h"
#include "verdict.h"

struct vkx_slice {
	uint32_t offset;
	uint32_t size;
};

/* The same bytes, and more than none: a key identifier that is missing is no
 * other's. */
bool vkx_slices_equal(const uint8_t *a, struct vkx_slice a_slice,
		      const uint8_t *b, struct vkx_slice b_slice);

enum vkx_hash_alg {
	VKX_HASH_NONE = 0,
	VKX_HASH_SHA1, /* recognised, never accepted in a signature */
	VKX_HASH_SHA256,
	VKX_HASH_SHA384,
	VKX_HASH_SHA512,
};

enum vkx_key_alg {
	VKX_KEY_NONE = 0,
	VKX_KEY_RSA,
	VKX_KEY_P256,
	VKX_KEY_P384,
};

uint32_t vkx_hash_size(enum vkx_hash_alg alg); /* 20, 32, 48, 64; 0 */
const char *vkx_hash_name(enum vkx_hash_alg alg); /* "sha256", ... */

/* One X.509 v3 certificate (RFC 5280), read strictly. */
struct vkx_x509 {
	struct vkx_slice
		whole; /* the Certificate SEQUENCE, in the caller's blob */
	struct vkx_slice tbs; /* TBSCertificate, its header included */
	struct vkx_slice serial; /* INTEGER contents */
	struct vkx_slice issuer; /* Name, its header included */
	struct vkx_slice subject;
	struct vkx_slice spki; /* SubjectPublicKeyInfo, its header included */
	struct vkx_slice skid; /* subjectKeyIdentifier, or empty */
	struct vkx_slice akid; /* authorityKeyIdentifier's keyid, or empty */
	bool has_akid; /* the extension is there, with a keyid or without */
	enum vkx_key_alg key;
	uint32_t key_bits;
	uint32_t rsa_exponent; /* 0 if it does not fit 32 bits, or no RSA */
	enum vkx_hash_alg sig_hash;
	enum vkx_key_alg sig_key; /* family only: RSA or, for ECDSA, P256 */
	struct vkx_slice
		sig; /* BIT STRING contents without the unused-bits byte */
	bool ca; /* basicConstraints CA:TRUE */
	int pathlen; /* -1: none */
	bool has_key_usage, ku_digital_signature, ku_cert_sign;
	bool has_eku, eku_code_signing;
	/* Netscape's certificate type: Debian's CA has it, and critical. */
	bool has_ns_type, ns_object_signing, ns_object_ca;
	bool unknown_critical; /* a critical extension outside our subset */
	/* UTC, YYYYMMDDHHMMSS as a number: compares and prints without a clock. */
	uint64_t not_before, not_after;
};

/*
 * base is added to every slice and fault offset. The certificate must fill der
 * exactly. SIG_DER, SIG_CERTIFICATES, or SIG_ALGORITHM for explicit curve
 * parameters. A key or signature algorithm that we do not know leaves NONE in
 * its fields: an unused certificate may have one.
 */
VKX_MUST_USE int vkx_x509_parse(const uint8_t *der, size_t len, uint32_t base,
				struct vkx_x509 *cert_ret,
				struct vkx_fault *fault_ret);

/*
 * May this certificate's key sign a UKI: code-signing EKU, digitalSignature if
 * keyUsage is there, no CA, no unknown critical extension, RSA 2048 to 4096
 * with e = 65537 or P-256/P-384. SIG_USAGE or SIG_ALGORITHM.
 */
VKX_MUST_USE int vkx_x509_check_signer(const struct vkx_x509 *cert,
				       struct vkx_fault *fault_ret);

/*
 * May it issue others: CA, keyCertSign, code signing where it has an EKU, same
 * key rules. SIG_CHAIN or SIG_ALGORITHM.
 */
VKX_MUST_USE int vkx_x509_check_ca(const struct vkx_x509 *cert,
				   struct vkx_fault *fault_ret);

/*
 * One signature. The digest algorithm is the same in all three places where
 * it stands, and one of SHA-256, SHA-384 and SHA-512.
 */
struct vkx_cms {
	/* The SpcIndirectDataContent contents octets that messageDigest covers. */
	struct vkx_slice content;
	enum vkx_hash_alg file_hash; /* algorithm of the Authenticode digest */
	struct vkx_slice file_digest;
	size_t nr_certs;
	struct vkx_x509 certs[VKX_MAX_CERTS];
	size_t signer; /* index in certs: matches issuer and serial */
	enum vkx_hash_alg digest_alg; /* of the SignerInfo */
	/* [0] IMPLICIT signedAttrs as encoded; hash with its tag set to 0x31. */
	struct vkx_slice signed_attrs;
	struct vkx_slice message_digest;
	bool has_signing_time;
	uint64_t signing_time; /* YYYYMMDDHHMMSS */
	enum vkx_key_alg
		sig_key; /* family: RSA PKCS#1 v1.5, or P256 for ECDSA */
	struct vkx_slice signature; /* OCTET STRING contents */
};

/*
 * Reads one signature. Refuses everything outside docs/format.md "Signature":
 * BER, trailing bytes at any level, no or several SignerInfos, signer's
 * certificate not embedded, missing or repeated attributes, unsigned
 * attributes, CRLs, digest algorithms that disagree, MD5 and SHA-1, an ECDSA
 * value that is not a minimal SEQUENCE of two positive INTEGERs. Unknown
 * signed attributes are accepted: the signature covers them. *cms_ret is a
 * large structure and is filled in place; after an error it is all zero.
 */
VKX_MUST_USE int vkx_cms_parse(const uint8_t *der, size_t len,
			       struct vkx_cms *cms_ret,
			       struct vkx_fault *fault_ret);

/*
 * Were both made with one key? Two certificates for one key are one signer:
 * whoever counts signers counts keys. Each der is what its cms was parsed from.
 */
bool vkx_cms_same_key(const uint8_t *der_a, const struct vkx_cms *a,
		      const uint8_t *der_b, const struct vkx_cms *b);

/*
 * For a signer that is not pinned itself: every certificate on a way up from
 * it, but for self-issued ones, is signed with SHA-256 or better; at most two
 * of them are such CAs; no CA's path length is exceeded. Proves no signature.
 * SIG_CHAIN.
 */
VKX_MUST_USE int vkx_cms_check_chain(const uint8_t *der,
				     const struct vkx_cms *cms,
				     struct vkx_fault *fault_ret);

/*
 * For the same: every certificate on a way up from it, but for self-issued ones,
 * names its issuer's key. Linux also follows an issuer's name and number and,
 * where no key is named, asks nothing else of what it finds: it would go where
 * vkx_cms_check_chain() and vkx_cms_may_end_at() do not look. SIG_SIGNER.
 */
VKX_MUST_USE int vkx_cms_check_key_ids(const uint8_t *der,
				       const struct vkx_cms *cms,
				       struct vkx_fault *fault_ret);

/*
 * Could this CA, which need not be in the signature, be where its chain ends?
 * *below_ret: CAs of the signature below it, at the least.
 */
bool vkx_cms_may_end_at(const uint8_t *der, const struct vkx_cms *cms,
			const uint8_t *ca_der, const struct vkx_x509 *ca,
			size_t *below_ret);

/*
 * Parses a detached SpcIndirectDataContent's contents octets alone (what the
 * kernel's PKCS#7 code hands to a content callback).
 */
VKX_MUST_USE int vkx_cms_content_parse(const uint8_t *der, size_t len,
				       enum vkx_hash_alg *hash_ret,
				       struct vkx_slice *digest_ret,
				       struct vkx_fault *fault_ret);

#endif
