/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's TPM 2.0 as measuring sees it: its banks, hashing in each of
 * their algorithms by the kernel's crypto, and one extend of all banks.
 */
#ifndef VKX_TPM_H
#define VKX_TPM_H

#include "tpm_hash.h"

struct tpm_chip;

struct vkx_tpm {
	struct tpm_chip *chip;
	size_t nr_banks;
	struct vkx_bank banks[VKX_MAX_BANKS];
};

/*
 * -ENODEV: no TPM, not a 2.0, a virtual one, or on another device than the
 * first that was opened. Sends no command. vkx_tpm_close() on success only.
 */
int vkx_tpm_open(struct vkx_tpm *tpm_ret);
void vkx_tpm_close(struct vkx_tpm *tpm);

/* True from the first vkx_tpm_open() that succeeded on, whatever becomes of
 * the TPM. */
bool vkx_tpm_seen(void);

/* The kernel's crypto behind kernel/core's interface. */
extern const struct vkx_hash_ops vkx_tpm_hash;

/* One digest for each of tpm's banks, in their order. 0 or an errno; after an
 * error the PCR may have been extended or not. */
int vkx_tpm_extend(struct vkx_tpm *tpm, u32 pcr,
		   const struct vkx_digest *digests);

/* The PCR's value in one bank. */
int vkx_tpm_read(struct vkx_tpm *tpm, u32 pcr, struct vkx_digest *value);

#endif
