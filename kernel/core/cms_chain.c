/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is asked of the way from a signer to a trusted key besides arithmetic.
 * Linux's PKCS#7 code follows key identifiers and takes any hash and any
 * length, so all of this is looked at here, for the kernel and the tools.
 */
#include "der.h"

#define NO_LEVEL 0xffu
/* CAs between a signer and a pinned CA. */
#define MAX_BETWEEN 2u

/*
 * By name, as RFC 5280 has it, or by key identifier, as Linux does: whichever
 * way another reader goes, it cannot leave what was looked at.
 */
static bool linked(const uint8_t *issuer_der, const struct vkx_x509 *issuer,
		   const uint8_t *der, const struct vkx_x509 *cert)
{
	if (issuer->skid.size && cert->akid.size)
		return vkx_slices_equal(issuer_der, issuer->skid, der,
					cert->akid);
	return vkx_slices_equal(issuer_der, issuer->subject, der, cert->issuer);
}

static bool self_issued(const uint8_t *der, const struct vkx_x509 *cert)
{
	return vkx_slices_equal(der, cert->subject, der, cert->issuer);
}

/* How many steps above the signer each certificate is, NO_LEVEL: not at all. */
static void find_levels(const uint8_t *der, const struct vkx_cms *cms,
			uint8_t level[VKX_MAX_CERTS])
{
	size_t n, i, j;

	memset(level, NO_LEVEL, VKX_MAX_CERTS);
	level[cms->signer] = 0;
	for (n = 0; n + 1 < cms->nr_certs; n++) {
		for (i = 0; i < cms->nr_certs; i++) {
			if (level[i] != n)
				continue;
			for (j = 0; j < cms->nr_certs; j++)
				if (level[j] == NO_LEVEL &&
				    linked(der, &cms->certs[j], der,
					   &cms->certs[i]))
					level[j] = (uint8_t)(n + 1);
		}
	}
}

static bool strong_hash(enum vkx_hash_alg alg)
{
	return alg == VKX_HASH_SHA256 || alg == VKX_HASH_SHA384 ||
	       alg == VKX_HASH_SHA512;
}

int vkx_cms_check_chain(const uint8_t *der, const struct vkx_cms *cms,
			struct vkx_fault *fault_ret)
{
	uint8_t level[VKX_MAX_CERTS];
	const struct vkx_x509 *cert;
	bool self;
	size_t i;

	find_levels(der, cms, level);
	for (i = 0; i < cms->nr_certs; i++) {
		cert = &cms->certs[i];
		if (level[i] == NO_LEVEL)
			continue;
		self = self_issued(der, cert);
		if (!self && !strong_hash(cert->sig_hash))
			return vkx_fault(fault_ret, VKX_RULE_SIG_CHAIN,
					 cert->whole.offset);
		if ((!self && level[i] > MAX_BETWEEN) ||
		    (level[i] && cert->pathlen >= 0 &&
		     level[i] - 1 > cert->pathlen))
			return vkx_fault(fault_ret, VKX_RULE_SIG_CHAIN,
					 cert->whole.offset);
	}
	return 0;
}

/* Linux also takes a key that has the signer's own issuer and number. */
static bool is_signer(const uint8_t *der, const struct vkx_x509 *signer,
		      const uint8_t *ca_der, const struct vkx_x509 *ca)
{
	return vkx_slices_equal(der, signer->issuer, ca_der, ca->issuer) &&
	       vkx_slices_equal(der, signer->serial, ca_der, ca->serial);
}

bool vkx_cms_may_end_at(const uint8_t *der, const struct vkx_cms *cms,
			const uint8_t *ca_der, const struct vkx_x509 *ca,
			size_t *below_ret)
{
	uint8_t level[VKX_MAX_CERTS], lowest = NO_LEVEL;
	size_t i;

	find_levels(der, cms, level);
	for (i = 0; i < cms->nr_certs; i++)
		if (level[i] < lowest &&
		    (linked(ca_der, ca, der, &cms->certs[i]) ||
		     is_signer(der, &cms->certs[i], ca_der, ca)))
			lowest = level[i];
	*below_ret = lowest;
	return lowest != NO_LEVEL;
}
