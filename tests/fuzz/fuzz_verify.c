/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a whole file, under a trust list that holds the file's own
 * signers: so the whole way is open, up to the signature value. Accepted may
 * only be what the seeds hold, since nobody can sign here: a file that is
 * accepted has the digest of a signature that verified.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Pins every signer that the file names. */
static void trust_signers(const struct vkx_infile *in, struct vkx_trust *trust)
{
	static struct vkx_scan scan;
	static struct vkx_cms cms;
	const struct vkx_x509 *cert;
	const uint8_t *der;
	size_t i;

	if (!vkx_scan_open(&scan, in, VKX_PE_ANY, NULL)) {
		for (i = 0; i < scan.nr_certs; i++) {
			der = vkx_scan_signature(&scan, i);
			if (vkx_cms_parse(der, scan.certs[i].size, &cms, NULL))
				continue;
			cert = &cms.certs[cms.signer];
			if (vkx_trust_add(trust, der + cert->whole.offset,
					  cert->whole.size, NULL))
				abort();
		}
	}
	vkx_scan_close(&scan);
}

static void check(const struct vkx_verified *v)
{
	switch (v->verdict) {
	case VKX_VERDICT_BOOT:
		if (v->fault.rule != VKX_RULE_NONE || !v->signers ||
		    v->signatures[v->signer].verdict != VKX_VERDICT_BOOT)
			abort();
		break;
	case VKX_VERDICT_NONE:
		abort();
	case VKX_VERDICT_MALFORMED:
	case VKX_VERDICT_SIGNATURE:
	case VKX_VERDICT_SIGNER:
	case VKX_VERDICT_POLICY:
	case VKX_VERDICT_ARGUMENTS:
	case VKX_VERDICT_NO_TPM:
		if (vkx_rule_verdict(v->fault.rule) != v->verdict ||
		    vkx_nonzero_at((const uint8_t *)&v->uki, sizeof(v->uki)) !=
			    sizeof(v->uki))
			abort();
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vkx_verified v;
	struct vkx_trust trust;
	struct vkx_verify_params params = { .trust = &trust,
					    .components = true };
	struct vkx_infile in;
	unsigned int any;

	vkx_trust_init(&trust);
	vkx_infile_memory(&in, data, size);
	trust_signers(&in, &trust);
	for (any = 0; any < 2; any++) {
		params.any_pe = any;
		if (!vkx_verify_file(&in, &params, &v))
			check(&v);
		vkx_verified_free(&v);
	}
	vkx_trust_free(&trust);
	return 0;
}
