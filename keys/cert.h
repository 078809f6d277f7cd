/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * X.509 certificates: reading one from a file, and writing those that a
 * release needs: a self-signed signer, a CA, a signer under a CA, and the
 * request for one. The writer is ours, on DER, so that it works with keys on
 * tokens; it never turns foreign text into names. Whether a certificate is
 * trusted is verify's question.
 */
#ifndef VKX_CERT_H
#define VKX_CERT_H

#include <mbedtls/x509_crt.h>

#include "keys/key.h"

#define VKX_MAX_CERT_FILE 65536u
/* What vkx_cert_write() gives. */
#define VKX_CERT_SERIAL_SIZE 16u

struct vkx_cert {
	struct vkx_bytes der;
	mbedtls_x509_crt crt; /* parsed from der */
};

void vkx_cert_init(struct vkx_cert *cert);
void vkx_cert_free(struct vkx_cert *cert);

/* The first certificate of a PEM or DER file. cert is changed only on success.
 * -VKX_ERR_FORMAT: there is none, or it is malformed; -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_cert_parse(struct vkx_cert *cert,
				const struct vkx_bytes *file);
/* The same at *pos of a PEM bundle; -VKX_ERR_NOTFOUND after the last one. */
VKX_MUST_USE int vkx_cert_next(struct vkx_cert *cert,
			       const struct vkx_bytes *file, size_t *pos);

/* Is this the certificate of this key? */
bool vkx_cert_is_for(const struct vkx_cert *cert, const struct vkx_key *key);

/* subjectKeyIdentifier, method 1 of RFC 5280 4.2.1.2: SHA-1 of the public key.
 * It names a key and protects nothing. */
VKX_MUST_USE int vkx_spki_keyid(const struct vkx_bytes *spki,
				uint8_t id_ret[20]);
/* Contents of the subject or authority key identifier; *len_ret 0 without. */
const uint8_t *vkx_cert_skid(const struct vkx_cert *cert, size_t *len_ret);
const uint8_t *vkx_cert_akid(const struct vkx_cert *cert, size_t *len_ret);

struct vkx_cert_spec {
	struct vkx_bytes subject; /* Name, DER */
	struct vkx_bytes issuer; /* Name, DER */
	struct vkx_bytes spki;
	bool ca; /* else a code signer */
	uint64_t not_before, not_after; /* YYYYMMDDHHMMSS, UTC */
	const uint8_t *issuer_keyid; /* NULL: issuer's SPKI decides */
	size_t issuer_keyid_len;
};

/*
 * Writes a v3 certificate with a random serial number: basicConstraints and
 * keyUsage critical; for a signer extendedKeyUsage codeSigning. Only spec is
 * read, blobs are borrowed. -VKX_ERR_CRYPTO, -VKX_ERR_IO (token), -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_cert_write(const struct vkx_cert_spec *spec,
				struct vkx_key *issuer_key,
				struct vkx_bytes *der_ret);

/* A PKCS#10 request (RFC 2986), signed by the key it asks for. */
VKX_MUST_USE int vkx_csr_write(const struct vkx_bytes *subject,
			       struct vkx_key *key, struct vkx_bytes *der_ret);
/*
 * Reads one, PEM or DER, and verifies that the requester holds the key.
 * -VKX_ERR_FORMAT, -VKX_ERR_MISMATCH: its signature is wrong, -VKX_ERR_LIMIT:
 * key not accepted. The blobs are the caller's.
 */
VKX_MUST_USE int vkx_csr_parse(const struct vkx_bytes *file,
			       struct vkx_bytes *subject_ret,
			       struct vkx_bytes *spki_ret);

/* The last second of the year 9999: RFC 5280 knows no later one. */
#define VKX_MAX_TIME 253402300799ULL
/* Seconds since the epoch as YYYYMMDDHHMMSS, UTC; 0 to VKX_MAX_TIME. */
uint64_t vkx_time_utc(int64_t seconds);

#endif
