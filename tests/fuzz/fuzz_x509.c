/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a certificate: slices inside, fitness checks total, and text
 * of the names whole characters, none of control, and ended. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cms.h"
#include "text.h"
#include "verify/dn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct vkx_slice slice, size_t size)
{
	if (slice.offset > size || slice.size > size - slice.offset)
		abort();
}

static void check_text(const uint8_t *data, struct vkx_slice name)
{
	char text[40];
	size_t i, n;

	memset(text, 0x7f, sizeof(text));
	vkx_dn_text(data + name.offset, name.size, text, sizeof(text));
	n = strnlen(text, sizeof(text));
	if (n == sizeof(text))
		abort();
	if (!vkx_text_is_utf8((const uint8_t *)text, n))
		abort();
	for (i = 0; i < n; i++)
		if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vkx_fault fault = { 0 };
	struct vkx_x509 cert;
	bool signer, ca;

	if (vkx_x509_parse(data, size, 0, &cert, &fault)) {
		if (fault.rule == VKX_RULE_NONE || fault.offset > size)
			abort();
		return 0;
	}
	inside(cert.whole, size);
	inside(cert.tbs, size);
	inside(cert.serial, size);
	inside(cert.issuer, size);
	inside(cert.subject, size);
	inside(cert.spki, size);
	inside(cert.skid, size);
	inside(cert.akid, size);
	inside(cert.sig, size);
	if (cert.whole.offset || cert.whole.size != size)
		abort();
	signer = !vkx_x509_check_signer(&cert, NULL);
	ca = !vkx_x509_check_ca(&cert, NULL);
	if ((signer && ca) || ((signer || ca) && cert.key == VKX_KEY_NONE))
		abort();
	check_text(data, cert.subject);
	check_text(data, cert.issuer);
	return 0;
}
