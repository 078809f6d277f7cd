/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose signature counts: the certificates of CONFIG_VKEXEC_KEYS in keyrings
 * of our own that nothing can be added to, or, where that is empty, the
 * kernel's trusted keyrings as stock signed kexec uses them.
 */
#ifndef VKX_KEYRING_H
#define VKX_KEYRING_H

#include "cms.h"

struct key;

/* "vkexec keys (2 certificates)", "kernel's trusted keyrings", ... */
const char *vkx_keyring_name(void);

/*
 * The keyrings to try for this signer, in order. A pinned signer is looked for
 * among all pinned certificates; a signer that is not pinned itself must have
 * been issued by one that is a CA, so that the key of a pinned leaf cannot
 * make new signers. Returns how many; 0: nothing is trusted.
 */
size_t vkx_keyring_for(const u8 *der, const struct vkx_x509 *signer,
		       struct key *rings_ret[2]);

/* True if this very certificate is pinned. */
bool vkx_keyring_has(const u8 *der, const struct vkx_x509 *cert);

/*
 * Calls visit for each pinned certificate until it returns other than 0, and
 * returns that; -ENOMEM; 0 where nothing is pinned.
 */
int vkx_keyring_walk(int (*visit)(void *arg, const u8 *der,
				  const struct vkx_x509 *cert),
		     void *arg);

#endif
