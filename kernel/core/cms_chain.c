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
 * By key identifier where there is one, since Linux then asks for it, whatever
 * else it follows; by name otherwise.
 */
static bool linked(const uint8_t *issuer_der, const struct vkx_x509 *issuer,
		   const uint8_t *der, const struct vkx_x509 *cert)
{
	if (issuer->skid.size && cert->akid.size)
		return vkx_slices_equal(issuer_der, issuer->skid, der,
					cert->akid);
	return vkx_slices_equal(issuer_der, issuer->subject, der, cert->issuer);
}

/*
 * Its own issuer, as Linux has it: the name alone does not tell, since a CA
 * whose key was rolled over has it too.
 */
static bool self_issued(const uint8_t *der, const struct vkx_x509 *cert)
{
	return vkx_slices_equal(der, cert->subject, der, cert->issuer) &&
	       (!cert->has_akid ||
		vkx_slices_equal(der, cert->skid, der, cert->akid));
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

int vkx_cms_check_key_ids(const uint8_t *der, const struct vkx_cms *cms,
			  struct vkx_fault *fault_ret)
{
	uint8_t level[VKX_MAX_CERTS];
	const struct vkx_x509 *cert;
	size_t i;

	find_levels(der, cms, level);
	for (i = 0; i < cms->nr_certs; i++) {
		cert = &cms->certs[i];
		if (level[i] != NO_LEVEL && !cert->akid.size &&
		    !self_issued(der, cert))
			return vkx_fault(fault_ret, VKX_RULE_SIG_SIGNER,
					 cert->whole.offset);
	}
	return 0;
}

/* The RDNs of a Name, which was held to DER when it was read; none in what is
 * too short for one. */
static struct vkx_slice rdns(const uint8_t *der, struct vkx_slice name)
{
	uint32_t head = 2;

	if (name.size > 2 && der[name.offset + 1] > 0x80)
		head += der[name.offset + 1] & 0x7fu;
	if (name.size < head)
		return (struct vkx_slice){ name.offset, 0 };
	return (struct vkx_slice){ name.offset + head, name.size - head };
}

/* One byte of what Linux calls a certificate by: number, then issuer. */
static uint8_t id_byte(const uint8_t *der, struct vkx_slice serial,
		       struct vkx_slice issuer, uint32_t i)
{
	return i < serial.size ? der[serial.offset + i] :
				 der[issuer.offset + i - serial.size];
}

/*
 * Linux also takes a key that has the signer's own number and issuer. It puts
 * them one behind the other and compares that, wherever the seam is.
 */
static bool is_signer(const uint8_t *der, const struct vkx_x509 *signer,
		      const uint8_t *ca_der, const struct vkx_x509 *ca)
{
	struct vkx_slice a = rdns(der, signer->issuer);
	struct vkx_slice b = rdns(ca_der, ca->issuer);
	uint32_t size = signer->serial.size + a.size, i;

	if (size != ca->serial.size + b.size)
		return false;
	for (i = 0; i < size; i++)
		if (id_byte(der, signer->serial, a, i) !=
		    id_byte(ca_der, ca->serial, b, i))
			return false;
	return true;
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
