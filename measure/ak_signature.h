/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM's signature (TPMT_SIGNATURE) under an AK, by libcrypto, and the keys
 * that are kept for the next one of the same AK. Says whether it is the AK's;
 * what was signed is attest.h's.
 */
#ifndef VKX_AK_SIGNATURE_H
#define VKX_AK_SIGNATURE_H

#include "measure/ak.h"

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
/* Frees all; keys is empty then. */
void vkx_kept_keys_free(struct vkx_kept_keys *keys);

/*
 * Is sig (a TPMT_SIGNATURE) the AK's, of exactly its scheme and hash, over
 * msg? SIGNATURE_FORMAT, SIGNATURE. ak is what vkx_ak_parse() made, whose name
 * stands for its key; keys may be NULL.
 */
enum vkx_reason vkx_ak_check(const struct vkx_ak *ak,
			     struct vkx_kept_keys *keys, const void *sig,
			     size_t sig_len, const void *msg, size_t msg_len);

#endif
