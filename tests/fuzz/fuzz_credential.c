/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the secret half of a challenge, as a credential, as an EK and
 * its certificate. A challenge that is read is written and read the same.
 */
#include <stdlib.h>
#include <string.h>

#include "measure/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void challenge(const char *text)
{
	struct vkx_challenge c, again;
	char *written;

	if (vkx_challenge_parse(text, &c))
		return;
	written = vkx_challenge_text(&c);
	if (!written || vkx_challenge_parse(written, &again))
		abort();
	if (c.ak_name_len != again.ak_name_len ||
	    memcmp(c.ak_name, again.ak_name, c.ak_name_len) ||
	    memcmp(c.secret, again.secret, sizeof(c.secret)) ||
	    c.ek_cert.size != again.ek_cert.size ||
	    (c.ek_cert.size &&
	     memcmp(c.ek_cert.data, again.ek_cert.data, c.ek_cert.size)))
		abort();
	free(written);
	vkx_challenge_free(&c);
	vkx_challenge_free(&again);
}

static void inside(struct vkx_span span, const uint8_t *data, size_t size)
{
	const uint8_t *p = span.p;

	if (p < data || p > data + size || span.len > size - (size_t)(p - data))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vkx_span file = { data, size }, id, secret;
	struct vkx_ek ek;
	char *text = strndup((const char *)data, size);

	challenge(text);
	free(text);
	if (!vkx_credential_split(file, &id, &secret)) {
		inside(id, data, size);
		inside(secret, data, size);
	}
	if (!vkx_ek_from_public(data, size, &ek))
		EVP_PKEY_free(ek.key);
	if (!vkx_ek_from_cert(data, size, &ek))
		EVP_PKEY_free(ek.key);
	(void)!vkx_ek_check_cert(data, size, data, size);
	return 0;
}
