/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signed list of what may run on machines of a product: artifacts with the
 * digests of their sections, the lowest release and SBAT level that still
 * count, what is revoked, and which first kernels are tolerated. JSON with a
 * detached CMS signature beside it (docs/format-manifest.md). Reading it is
 * strict: a member this version does not know could be a restriction, so it
 * refuses the manifest.
 */
#ifndef VKX_MANIFEST_H
#define VKX_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limit.h"
#include "tcglog.h"
#include "uki.h"

#define VKX_MAX_MANIFEST 16777216u
#define VKX_MANIFEST_VERSION 1

enum vkx_first {
	VKX_FIRST_MEASURED = 0, /* an artifact, measured by its UEFI stub */
	VKX_FIRST_STOCK, /* anything that firmware measured */
	VKX_FIRST_UNMEASURED, /* anything at all */
};

struct vkx_section_digest {
	bool present;
	uint8_t sha256[32];
};

/* Does a kernel lock itself down, before anything can make it take what nobody
 * signed? */
enum vkx_locks_down {
	VKX_LOCKS_UNSAID = 0,
	VKX_LOCKS_NOT,
	VKX_LOCKS_DOWN,
};

struct vkx_artifact {
	enum vkx_locks_down locks_down;
	char *file; /* for people */
	uint64_t release;
	uint8_t authenticode[32];
	/* SHA-256 of the certificate of each that signed it, none twice. A
	 * kernel records the first that it trusts itself. */
	size_t nr_signers;
	uint8_t signer[VKX_MAX_SIGNATURES][32];
	struct vkx_section_digest section[VKX_PART_NR];
	size_t nr_dtbauto; /* section[VKX_PART_DTBAUTO] is unused */
	uint8_t (*dtbauto)[32];
};

/* One allowed value of a firmware PCR. */
struct vkx_pcr_value {
	uint16_t alg;
	uint8_t pcr;
	uint8_t value[VKX_MAX_DIGEST];
};

struct vkx_manifest {
	char *product;
	uint64_t release;
	uint64_t minimum_release;
	uint64_t minimum_sbat; /* YYYYMMDDNN; 0: none */
	enum vkx_first first;
	size_t nr_artifacts;
	struct vkx_artifact *artifacts; /* by authenticode */
	size_t nr_revoked;
	uint8_t (*revoked)[32]; /* Authenticode digests */
	size_t nr_pcrs;
	struct vkx_pcr_value *pcrs;
	bool boot_pinned; /* what firmware starts: values of PCR 4 */
	size_t nr_bad_firmware;
	uint64_t *bad_firmware; /* TPM firmware versions */
};

/*
 * Reads the JSON. -VKX_ERR_FORMAT: *what_ret names the member, static or in
 * the manifest's memory no longer; -VKX_ERR_NOMEM.
 */
VKX_MUST_USE int vkx_manifest_parse(const char *text, size_t len,
				    struct vkx_manifest *manifest_ret,
				    const char **what_ret);
void vkx_manifest_free(struct vkx_manifest *manifest);

/* The artifact with this Authenticode digest, or NULL. */
const struct vkx_artifact *
vkx_manifest_find(const struct vkx_manifest *manifest,
		  const uint8_t authenticode[32]);
/* Is this certificate, by its SHA-256, one of its signers'? */
bool vkx_artifact_signed_by(const struct vkx_artifact *artifact,
			    const uint8_t signer[32]);
bool vkx_manifest_revoked(const struct vkx_manifest *manifest,
			  const uint8_t authenticode[32]);

/* "measured", "stock", "unmeasured"; and back, -1 for another word. */
const char *vkx_first_name(enum vkx_first first);
int vkx_first_by_name(const char *name);

/* Lower-case hex of exactly size bytes; false for anything else. */
bool vkx_hex_parse(const char *text, uint8_t *bytes_ret, size_t size);

#endif
