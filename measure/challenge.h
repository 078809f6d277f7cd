/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The auditor's half of a challenge: which AK it is for, the secret that will
 * come back, and the EK certificate whose owner alone can answer. JSON, secret.
 */
#ifndef VKX_CHALLENGE_H
#define VKX_CHALLENGE_H

#include "measure/credential.h"

struct vkx_challenge {
	uint8_t ak_name[2 + VKX_MAX_DIGEST];
	size_t ak_name_len;
	uint8_t secret[VKX_CREDENTIAL_SECRET];
	struct vkx_blob ek_cert; /* DER or PEM; data NULL: made without one */
};

/* The caller wipes and frees the text. NULL: out of memory. */
char *vkx_challenge_text(const struct vkx_challenge *challenge);
/* -VKX_ERR_FORMAT, -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_challenge_parse(const char *text,
				     struct vkx_challenge *challenge_ret);
/* Wipes; also for a zeroed struct. */
void vkx_challenge_free(struct vkx_challenge *challenge);

#endif
