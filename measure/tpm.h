/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TPM of this machine through tpm2-tss' ESAPI: the connection, its errors
 * as words, who made it. PCRs are in tpm_pcrs.h, keys in tpm_ak.h and tpm_ek.h.
 * Each call of those frees what it loads, on every path, so that a TPM with
 * three slots is not left full. Not for auditors: they need no TPM.
 */
#ifndef VKX_TPM_H
#define VKX_TPM_H

#include <tss2/tss2_esys.h>

#include "err.h"

struct vkx_tpm {
	ESYS_CONTEXT *esys;
	TSS2_TCTI_CONTEXT *tcti;
	char error[512]; /* of the last call that failed, as words */
};

/*
 * conf is "device:/dev/tpmrm0", "swtpm:host=...,port=..." and the like; NULL:
 * TPM2TOOLS_TCTI, then TCTI, from the environment, else /dev/tpmrm0 or
 * /dev/tpm0. -VKX_ERR_IO. Every failure of these calls, and of those in
 * tpm_*.h, is -VKX_ERR_IO with tpm->error, unless said otherwise.
 */
VKX_MUST_USE int vkx_tpm_open(struct vkx_tpm *tpm, const char *conf);
/* Also after an error of opening it. */
void vkx_tpm_close(struct vkx_tpm *tpm);

/* The kinds of key that are made and looked for. */
enum vkx_tpm_key { VKX_TPM_KEY_ECC, VKX_TPM_KEY_RSA };

/* Manufacturer ("SW  ") and firmware version. */
VKX_MUST_USE int vkx_tpm_identity(struct vkx_tpm *tpm, char manufacturer_ret[5],
				  uint64_t *firmware_ret);

/*
 * For the other files of this TPM: keeps what failed, tpm2-tss' words for rc
 * and what mends it in tpm->error, and returns -VKX_ERR_IO.
 */
int vkx_tpm_failed(struct vkx_tpm *tpm, const char *what, TSS2_RC rc);

#endif
