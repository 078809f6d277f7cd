/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TPM signs and how: TPMS_ATTEST of a quote, TPMT_SIGNATURE, the public
 * area of an AK, and the list of PCR values that tpm2_quote writes beside it.
 * Read strictly (TPM 2.0 Library, Part 2), every byte used once; slices point
 * into the caller's buffers. Judges form and, for the AK, fitness; trust is
 * appraise.h's.
 */
#ifndef VKX_ATTEST_H
#define VKX_ATTEST_H

#include <openssl/evp.h>

#include "measure/reason.h"
#include "tcglog.h"

#define VKX_PCR_SELECT_BYTES 3u

struct vkx_pcr_selection {
	uint16_t alg;
	uint32_t mask; /* bit n: PCR n */
};

struct vkx_selection {
	size_t nr;
	struct vkx_pcr_selection bank[VKX_MAX_BANKS];
};

struct vkx_attest {
	struct vkx_span signer; /* qualifiedSigner: a TPM2B_NAME's contents */
	struct vkx_span nonce; /* extraData */
	uint64_t clock; /* milliseconds */
	uint32_t reset_count, restart_count;
	bool safe;
	uint64_t firmware;
	struct vkx_selection selection; /* the signed one */
	struct vkx_span digest; /* over the PCR values */
};

/*
 * A TPMS_ATTEST that is a quote. QUOTE_FORMAT, QUOTE_MAGIC, QUOTE_TYPE,
 * SELECTION_FORMAT (sizeofSelect is not 3, a bank twice, an unknown bank);
 * FINE: *attest_ret is written.
 */
enum vkx_reason vkx_attest_parse(const void *buf, size_t len,
				 struct vkx_attest *attest_ret);

/* TPM_ALG_ID of keys and schemes. */
#define VKX_TPM_RSA 0x0001u
#define VKX_TPM_ECC 0x0023u
#define VKX_TPM_RSASSA 0x0014u
#define VKX_TPM_RSAPSS 0x0016u
#define VKX_TPM_ECDSA 0x0018u

struct vkx_ak {
	uint16_t key; /* VKX_TPM_RSA or VKX_TPM_ECC */
	uint16_t scheme; /* VKX_TPM_RSASSA ... */
	uint16_t hash; /* of the scheme */
	uint16_t curve; /* 3: P-256, 4: P-384; RSA: 0 */
	uint32_t bits; /* RSA */
	uint32_t exponent; /* RSA */
	struct vkx_span n; /* RSA modulus */
	struct vkx_span x, y;
	uint32_t attributes; /* TPMA_OBJECT */
	uint8_t name
		[2 +
		 VKX_MAX_DIGEST]; /* nameAlg and digest of the public area */
	size_t name_len;
};

/*
 * A TPM2B_PUBLIC (as tpm2_createak and tpm2_readpublic write), or the
 * TPMT_PUBLIC in it. AK_FORMAT, AK_ALGORITHM, AK_ATTRIBUTES.
 */
enum vkx_reason vkx_ak_parse(const void *buf, size_t len,
			     struct vkx_ak *ak_ret);

/* The key for libcrypto; NULL: out of memory or no point on the curve. */
EVP_PKEY *vkx_ak_pkey(const struct vkx_ak *ak);

/*
 * Keys as libcrypto wants them, kept for machines that come again: making one
 * costs a third of what an RSA signature's check does. Bounded: a key's place
 * is by its name, and the next of that place takes it. Zeroed: empty. For one
 * thread.
 */
#define VKX_KEPT_KEYS 256u
struct vkx_kept_key {
	uint8_t name[2 + VKX_MAX_DIGEST];
	size_t name_len; /* 0: none */
	void *key; /* libcrypto's RSA or EC_KEY */
	bool rsa;
};
struct vkx_kept_keys {
	struct vkx_kept_key *at; /* VKX_KEPT_KEYS of them, or NULL yet */
};
void vkx_kept_keys_free(struct vkx_kept_keys *keys);

/*
 * Is sig (a TPMT_SIGNATURE) the AK's, of exactly its scheme and hash, over
 * msg? SIGNATURE_FORMAT, SIGNATURE. ak is what vkx_ak_parse() made, whose name
 * stands for its key; keys may be NULL.
 */
enum vkx_reason vkx_ak_check(const struct vkx_ak *ak,
			     struct vkx_kept_keys *keys, const void *sig,
			     size_t sig_len, const void *msg, size_t msg_len);

/* Is a bank, or a key's scheme, of SHA-256 or better? */
bool vkx_tpm_alg_strong(uint16_t alg);

struct vkx_pcr_quoted {
	uint16_t alg;
	uint8_t pcr;
	struct vkx_span value;
};

/* PCR values in the order that a quote's digest covers. */
struct vkx_pcr_values {
	struct vkx_selection selection;
	size_t nr;
	struct vkx_pcr_quoted v[VKX_MAX_BANKS * VKX_NR_PCRS];
};

/*
 * The file that tpm2_quote --pcr writes: TPML_PCR_SELECTION and TPML_DIGESTs
 * as little-endian C structures. PCRS_FORMAT.
 */
enum vkx_reason vkx_pcr_values_parse(const void *buf, size_t len,
				     struct vkx_pcr_values *values_ret);

/* Bytes of that file for so many values. */
size_t vkx_pcr_values_size(size_t nr);
/* Writes it: values in selection order; buf has vkx_pcr_values_size(). */
void vkx_pcr_values_write(const struct vkx_pcr_values *values, uint8_t *buf);

/*
 * Do the values have the signed selection's labels and hash, with the
 * signature's hash, to the signed digest? PCRS_SELECTION, PCRS_DIGEST.
 */
enum vkx_reason vkx_pcr_values_check(const struct vkx_pcr_values *values,
				     const struct vkx_attest *attest,
				     uint16_t hash);

#endif
