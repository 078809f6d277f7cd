/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hashing by TPM algorithm identifier, done by somebody else: kernel/core
 * decides what is hashed, Linux crypto or a library does it. Event logs and
 * PCRs need every algorithm that a TPM bank can have, so the caller says which
 * of them it can serve; the others are refused, never padded or cut.
 */
#ifndef VKX_TPM_HASH_H
#define VKX_TPM_HASH_H

#include "err.h"
#include "limit.h"
#include "vkx_env.h"

/* TPM_ALG_ID (TCG Algorithm Registry). */
#define VKX_TPM_ALG_SHA1 0x0004u
#define VKX_TPM_ALG_SHA256 0x000bu
#define VKX_TPM_ALG_SHA384 0x000cu
#define VKX_TPM_ALG_SHA512 0x000du
#define VKX_TPM_ALG_SM3_256 0x0012u
#define VKX_TPM_ALG_SHA3_256 0x0027u
#define VKX_TPM_ALG_SHA3_384 0x0028u
#define VKX_TPM_ALG_SHA3_512 0x0029u

/* Digest bytes of an algorithm; 0 for one we do not know. */
uint16_t vkx_tpm_alg_size(uint16_t alg);
/* "sha256" ... as tpm2-tools spell it; NULL for one we do not know. */
const char *vkx_tpm_alg_name(uint16_t alg);
/* The reverse; 0 for a name that is none. */
uint16_t vkx_tpm_alg_by_name(const char *name);

/* Bytes that somebody else owns. */
struct vkx_span {
	const void *p;
	size_t len;
};

/* One PCR bank: what an event log's header says about it. */
struct vkx_bank {
	uint16_t alg;
	uint16_t size; /* bytes of a digest, at most VKX_MAX_DIGEST */
};

struct vkx_digest {
	uint16_t alg;
	uint8_t bytes[VKX_MAX_DIGEST]; /* the first vkx_tpm_alg_size(alg) */
};

/*
 * digest: hashes the nr pieces one after the other (nr may be 0: the empty
 * message) and writes vkx_tpm_alg_size(alg) bytes. 0, or
 * -VKX_ERR_UNSUPPORTED where the algorithm is not served, or any other
 * -VKX_ERR_*, which is passed on. ctx is the first argument as given here.
 */
struct vkx_hash_ops {
	int (*digest)(void *ctx, uint16_t alg, const struct vkx_span *pieces,
		      size_t nr, uint8_t *digest_ret);
	void *ctx;
};

/*
 * The message's digest in each of nr banks, in their order. The first error
 * of ops->digest; digests_ret is then not to be used: an event that one bank
 * cannot take is extended into none.
 */
VKX_MUST_USE int vkx_hash_banks(const struct vkx_hash_ops *ops,
				const struct vkx_bank *banks, size_t nr,
				const struct vkx_span *pieces, size_t nr_pieces,
				struct vkx_digest *digests_ret);

#endif
