/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys, certificates and Authenticode signatures made for tests, right by
 * default and forged on demand. It writes what it is told; keys live for one
 * run and are worth nothing.
 */
#ifndef TEST_SIG_FIXTURE_H
#define TEST_SIG_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/pk.h>

#include "cms.h"

/* --- DER, front to back ---------------------------------------------------- */

struct derb {
	uint8_t *p;
	size_t len, cap;
	size_t open[24];
	unsigned int depth;
};

void derb_raw(struct derb *b, const void *p, size_t len);
void derb_open(struct derb *b, uint8_t tag);
void derb_close(struct derb *b);
void derb_prim(struct derb *b, uint8_t tag, const void *p, size_t len);
void derb_oid(struct derb *b, const char *bytes, size_t len);
void derb_int(struct derb *b, unsigned int v);
void derb_null(struct derb *b);
void derb_free(struct derb *b);
#define OID(b, s) derb_oid(b, s, sizeof(s) - 1)

/* --- keys -------------------------------------------------------------------- */

enum fixture_key {
	KEY_RSA, /* 2048 bits */
	KEY_RSA_OTHER,
	KEY_RSA_SMALL, /* 1024 bits */
	KEY_RSA_E3, /* 2048 bits, e = 3 */
	KEY_P256,
	KEY_P256_OTHER,
	KEY_P256_THIRD,
	KEY_P384,
	KEY_P521,
	KEY_NR
};

/* Made at first use, from a fixed generator; freed by keys_free(). */
mbedtls_pk_context *fixture_key(enum fixture_key which);
void keys_free(void);
/* One that is not made but read, PEM or DER, before its first use. */
void fixture_key_read(enum fixture_key which, const char *path);
/* A generator for mbedtls whose output never changes. */
int fixture_rng(void *ctx, unsigned char *p, size_t len);

/* --- certificates ------------------------------------------------------------ */

struct cert_spec {
	const char *subject, *issuer; /* common names; issuer NULL: subject */
	enum fixture_key key, issuer_key;
	unsigned int serial; /* 0: 1 */
	bool ca;
	int pathlen; /* with ca; -1: none */
	bool no_eku, eku_server; /* server: TLS instead of code signing */
	bool no_key_usage;
	uint8_t key_usage; /* 0: fits; else the first octet of the bits */
	enum vkx_hash_alg hash; /* NONE: SHA-256 */
	bool v1; /* version 1, no extensions */
	bool explicit_curve; /* EC parameters spelt out: CVE-2020-0601 */
	bool critical_unknown, name_constraints, ext_twice;
	const char *key_id; /* subjectKeyIdentifier; NULL: none */
	const char *issuer_key_id;
	size_t issuer_key_id_len; /* 0: a string */
	/* Else a certificate with an issuer names that one's key somehow. */
	bool no_issuer_key_id;
};

/* A DER certificate in a fresh derb. */
void cert_make(const struct cert_spec *spec, struct derb *out);
/* A code signer of its own, and a CA. */
struct cert_spec cert_leaf(enum fixture_key key);
struct cert_spec cert_ca(enum fixture_key key);

/* --- signatures --------------------------------------------------------------- */

enum forgery {
	FORGE_NOTHING,
	FORGE_NO_SIGNER,
	FORGE_TWO_SIGNERS,
	FORGE_NO_ATTRS,
	FORGE_NO_CONTENT_TYPE,
	FORGE_NO_MESSAGE_DIGEST,
	FORGE_CONTENT_TYPE_TWICE,
	FORGE_CONTENT_TYPE_DATA,
	FORGE_MESSAGE_DIGEST_TWO_VALUES,
	FORGE_MESSAGE_DIGEST_SHORT,
	FORGE_MESSAGE_DIGEST_WRONG,
	FORGE_ATTRS_UNSORTED,
	FORGE_ATTRS_STRIPPED_TO_CONTENT, /* content is the attributes' SET */
	FORGE_ATTR_TAG_SIGNED, /* signs [0] as encoded, not the SET OF */
	FORGE_UNSIGNED_ATTRS,
	FORGE_CRL,
	FORGE_NO_CERTS,
	FORGE_CONTENT_DATA, /* id-data with the digest in it */
	FORGE_OTHER_KIND, /* SpcIndirectData of a cabinet */
	FORGE_DIGEST_SHORT, /* 31 bytes in DigestInfo */
	FORGE_DIGEST_LONG,
	FORGE_DIGEST_EMPTY,
	FORGE_DIGEST_ALG_SHA1, /* in DigestInfo */
	FORGE_DIGEST_ALG_MD5,
	FORGE_DIGEST_ALG_OTHER, /* SHA-384 named over SHA-256 */
	FORGE_SIGNER_ALG_OTHER, /* SignerInfo says SHA-384 */
	FORGE_SET_ALG_OTHER, /* digestAlgorithms says SHA-384 */
	FORGE_TWO_SET_ALGS,
	FORGE_SIG_ALG_HASH_OTHER, /* sha384WithRSA over SHA-256 */
	FORGE_SIG_ALG_FAMILY, /* ECDSA named for an RSA key and back */
	FORGE_SIG_ALG_PSS,
	FORGE_SIG_VALUE, /* last byte changed */
	FORGE_SIG_TRAILING, /* one byte more in the OCTET STRING */
	FORGE_SIG_EMPTY,
	FORGE_VERSION,
	FORGE_SIGNER_VERSION,
	FORGE_TRAILING, /* one byte after everything */
	FORGE_INDEFINITE, /* outermost length */
	FORGE_LONG_LENGTH, /* outermost length with a leading zero */
	FORGE_NR
};

struct cms_spec {
	const struct derb *certs[12];
	size_t nr_certs;
	/* Names the signer; NULL: certs[0]. */
	const struct cert_spec *signer;
	enum fixture_key key; /* signs */
	enum vkx_hash_alg hash; /* NONE: SHA-256 */
	const uint8_t *file_digest; /* of hash's size */
	const char *signing_time; /* UTCTime, NULL: none */
	unsigned int extra_attr; /* how many attributes that nobody knows */
	enum forgery forge;
	bool rsa_with_hash; /* not rsaEncryption, as signers write it */
};

void cms_make(const struct cms_spec *spec, struct derb *out);

/* --- files -------------------------------------------------------------------- */

/* Authenticode digest of a UKI in memory. */
void file_digest(const uint8_t *file, size_t len, enum vkx_hash_alg hash,
		 uint8_t digest_ret[64]);
/*
 * file (from malloc(), taken over) with one more signature over it;
 * spec->file_digest is filled in. Frees nothing of spec.
 */
uint8_t *file_sign(uint8_t *file, size_t *len, struct cms_spec *spec);

#endif
