/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An EFI file that is read once: headers and certificate table first, then
 * every other byte in one pass (scan_pass.h), and what has come of it by then.
 * Nothing is read twice, so that what was hashed is what is used. It judges
 * form, not trust.
 */
#ifndef VKX_SCAN_H
#define VKX_SCAN_H

#include "cms.h"
#include "sha256.h"
#include "verify/infile.h"
#include "verify/scan_part.h"

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
/* Frees all that is in it; a pass need not have ended. */
void vkx_scan_close(struct vkx_scan *scan);

#endif
