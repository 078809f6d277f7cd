/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a key file, a certificate, a bundle of them and a request. A
 * key that is read signs what its public half verifies; a bundle ends.
 */
#include <stdlib.h>
#include <string.h>

#include "keys/cert.h"
#include "keys/pem.h"
#include "keys/pkcs8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void key(const struct vkx_bytes *file)
{
	struct vkx_key key;

	(void)vkx_key_is_encrypted(file);
	vkx_key_init(&key);
	if (!vkx_key_parse(&key, file, NULL) &&
	    (key.alg == VKX_KEY_NONE || !key.spki.len || key.bits < 256))
		abort();
	vkx_key_free(&key);
}

static void bundle(const struct vkx_bytes *file)
{
	struct vkx_cert cert;
	size_t pos = 0, before;

	vkx_cert_init(&cert);
	do {
		before = pos;
		if (vkx_cert_next(&cert, file, &pos))
			break;
		if (pos > file->len || !cert.der.len)
			abort();
		vkx_cert_free(&cert);
		vkx_cert_init(&cert);
	} while (pos > before);
	vkx_cert_free(&cert);
	vkx_cert_init(&cert);
	if (!vkx_cert_parse(&cert, file) && !cert.der.len)
		abort();
	vkx_cert_free(&cert);
}

/* Rounds of a number that takes more than two bytes are too slow for here. */
static bool is_slow(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size; i++)
		if (data[i] == 2 && data[i + 1] > 2 && data[i + 1] < 9)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct vkx_secret secret = { "secret", 6 };
	struct vkx_bytes file = { 0 }, subject = { 0 }, spki = { 0 };
	struct vkx_bytes plain = { 0 };

	if (vkx_bytes_copy(data, size, &file))
		return 0;
	key(&file);
	bundle(&file);
	if (!vkx_csr_parse(&file, &subject, &spki) &&
	    (!subject.len || !spki.len))
		abort();
	if (!is_slow(data, size))
		(void)!vkx_pkcs8_unwrap(data, size, &secret, &plain);
	vkx_bytes_free(&plain);
	vkx_bytes_free(&subject);
	vkx_bytes_free(&spki);
	vkx_bytes_free(&file);
	return 0;
}
