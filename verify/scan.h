/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over an EFI file: headers and certificate table first, then every
 * other byte once, from which come the Authenticode digests, the digests of
 * the components, proof that padding is zero, and copies of the components
 * that are small and must be understood later. Nothing is read twice, so that
 * what was hashed is what is used. It judges form, not trust.
 */
#ifndef VKX_SCAN_H
#define VKX_SCAN_H

#include "cms.h"
#include "sha256.h"
#include "uki.h"
#include "verify/infile.h"

/* A component's first bytes; data NULL where it was not collected. */
struct vkx_scan_part {
	uint8_t *data; /* from malloc(), and one NUL behind it */
	size_t len;
};

struct vkx_pass;

struct vkx_scan {
	const struct vkx_infile *in;
	enum vkx_pe_profile profile;
	uint8_t *hdr;
	size_t hdr_len;
	struct vkx_uki uki; /* VKX_PE_ANY: only .pe is filled */
	uint8_t *table; /* the certificate table's bytes, or NULL */
	size_t nr_certs;
	struct vkx_pe_cert certs[VKX_MAX_SIGNATURES];
	struct vkx_pass *pass; /* from vkx_scan_begin() to vkx_scan_end() */

	/* After vkx_scan_hash() or vkx_scan_end(): */
	uint8_t digest[VKX_HASH_SHA512 + 1][VKX_MAX_DIGEST];
	bool has_digest[VKX_HASH_SHA512 + 1];
	/* Only with params.components; zero for absent parts. */
	uint8_t part_digest[VKX_PART_NR][VKX_SHA256_SIZE];
	uint8_t dtbauto_digest[VKX_MAX_DTBAUTO][VKX_SHA256_SIZE];
	/* All of .cmdline, .sbat, .dtb; at most VKX_MAX_TEXT of .osrel and
	 * .uname; the header of .linux. */
	struct vkx_scan_part part[VKX_PART_NR];
	struct vkx_scan_part dtbauto[VKX_MAX_DTBAUTO];
};

struct vkx_scan_params {
	/* Digests wanted besides SHA-256, one bit per enum vkx_hash_alg. */
	uint32_t hashes;
	bool components; /* digests of components too */
	bool collect; /* copies of small components too */
	bool read_ahead; /* with a thread of its own */
	/* Called now and then from the calling thread; may be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *progress_arg;
};

/*
 * Reads headers and certificate table. -VKX_ERR_FORMAT with the fault,
 * -VKX_ERR_IO with errno, -VKX_ERR_NOMEM. in must stay until close; close must
 * be called after an error, too.
 */
VKX_MUST_USE int vkx_scan_open(struct vkx_scan *scan,
			       const struct vkx_infile *in,
			       enum vkx_pe_profile profile,
			       struct vkx_fault *fault_ret);
/* The DER of signature number i. */
const uint8_t *vkx_scan_signature(const struct vkx_scan *scan, size_t i);
/*
 * Reads all that is left, once. Errors as above (-VKX_ERR_FORMAT: padding that
 * is not zero), and -VKX_ERR_CRYPTO.
 */
VKX_MUST_USE int vkx_scan_hash(struct vkx_scan *scan,
			       const struct vkx_scan_params *params,
			       struct vkx_fault *fault_ret);
/*
 * The same in steps, for a thread that has two files: where both are at bytes
 * that only the digest of the whole wants, both are hashed interleaved, at
 * about the price of one. Each digest is what it would be alone.
 * -VKX_ERR_NOMEM, -VKX_ERR_LIMIT; then no step may follow.
 */
VKX_MUST_USE int vkx_scan_begin(struct vkx_scan *scan,
				const struct vkx_scan_params *params);
/* A window of a and of b. b may be NULL, and each may have ended. */
void vkx_scan_step(struct vkx_scan *a, struct vkx_scan *b);
/* No step is left: all has been read, or an error stands in the way. */
bool vkx_scan_ended(const struct vkx_scan *scan);
/* Once ended: as vkx_scan_hash(). */
VKX_MUST_USE int vkx_scan_end(struct vkx_scan *scan,
			      struct vkx_fault *fault_ret);
void vkx_scan_close(struct vkx_scan *scan);

#endif
