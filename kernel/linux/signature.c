// SPDX-License-Identifier: GPL-2.0-only
#include "signature.h"

#include <linux/verification.h>

#include "keyring.h"
#include "revoke.h"

int vkx_signature_read(struct vkx_load *load)
{
	const struct vkx_pe *pe = &load->uki.pe;
	const struct vkx_pe_cert *cert;
	struct vkx_fault fault;
	bool any = false;
	size_t i;
	int err;

	err = vkx_judge(vkx_pe_certs(pe, load->file + pe->cert_off, load->certs,
				     &load->nr_certs, &load->fault),
			&load->fault);
	if (err)
		return err;
	if (!load->nr_certs)
		return vkx_break(&load->fault, VKX_RULE_SIG_NONE, 0);
	for (i = 0; i < load->nr_certs; i++) {
		cert = &load->certs[i];
		err = vkx_judge(vkx_cms_parse(load->file + cert->offset,
					      cert->size, &load->cms[i],
					      &fault),
				&fault);
		load->cms_good[i] = !err;
		any |= !err;
		if (err && load->fault.rule == VKX_RULE_NONE) {
			load->fault = fault;
			load->fault.offset += cert->offset;
		}
	}
	if (!any)
		return vkx_rule_errno(load->fault.rule);
	load->fault.rule = VKX_RULE_NONE;
	return 0;
}

/* What the kernel's PKCS#7 code hands to us once the signature is good. */
struct view {
	const struct vkx_load *load;
	const struct vkx_cms *cms;
	struct vkx_fault fault;
	bool matched;
};

static const u8 *file_digest(const struct vkx_load *load, enum vkx_hash_alg alg)
{
	size_t i;

	for (i = 0; i < load->nr_digests; i++)
		if (load->digests[i].alg == alg)
			return load->digests[i].bytes;
	return NULL;
}

static int view_content(void *ctx, const void *data, size_t len,
			size_t asn1hdrlen)
{
	struct view *view = ctx;
	const u8 *want;
	struct vkx_slice digest;
	enum vkx_hash_alg alg;
	int err;

	err = vkx_judge(
		vkx_cms_content_parse(data, len, &alg, &digest, &view->fault),
		&view->fault);
	if (err)
		return err;
	want = file_digest(view->load, alg);
	if (!want || digest.size != vkx_hash_size(alg) ||
	    memcmp(want, (const u8 *)data + digest.offset, digest.size))
		return vkx_break(&view->fault, VKX_RULE_SIG_DIGEST, 0);
	view->matched = true;
	return 0;
}

/* Which rule a failure of the kernel's code is. */
static int kernel_fault(const struct vkx_load *load, size_t index, int err,
			struct view *view)
{
	if (view->fault.rule != VKX_RULE_NONE)
		return err;
	switch (err) {
	case -ENOMEM:
	case -EINTR:
	case -ERESTARTSYS:
		return err;
	case -ENOKEY:
		return vkx_break(&view->fault, VKX_RULE_SIG_SIGNER, 0);
	case -ENOPKG:
		return vkx_break(&view->fault, VKX_RULE_SIG_ALGORITHM, 0);
	case -EKEYREJECTED:
		if (vkx_revoke_listed(load, index))
			return vkx_break(&view->fault,
					 VKX_RULE_REVOKED_CERTIFICATE, 0);
		break;
	}
	return vkx_break(&view->fault, VKX_RULE_SIG_VALUE, 0);
}

static int verify_in(const struct vkx_load *load, size_t index,
		     struct key *ring, struct view *view)
{
	const struct vkx_pe_cert *cert = &load->certs[index];
	int err;

	*view = (struct view){ .load = load, .cms = &load->cms[index] };
	err = verify_pkcs7_signature(
		NULL, 0, load->file + cert->offset, cert->size, ring,
		VERIFYING_KEXEC_PE_SIGNATURE, view_content, view);
	if (err)
		return kernel_fault(load, index, err, view);
	/* Trust without a look at the digest is no trust in this file. */
	return view->matched ? 0 :
			       vkx_break(&view->fault, VKX_RULE_SIG_DIGEST, 0);
}

/* Certificates beside the signer's are there to issue, and must be CAs. */
static int check_certificates(const struct vkx_cms *cms,
			      struct vkx_fault *fault)
{
	size_t i;
	int err;

	err = vkx_x509_check_signer(&cms->certs[cms->signer], fault);
	for (i = 0; i < cms->nr_certs && !err; i++)
		if (i != cms->signer)
			err = vkx_x509_check_ca(&cms->certs[i], fault);
	return vkx_judge(err, fault);
}

struct way {
	const u8 *der;
	const struct vkx_cms *cms;
	struct vkx_fault *fault;
};

static int check_anchor(void *arg, const u8 *der, const struct vkx_x509 *ca)
{
	struct way *way = arg;
	size_t below;

	if (ca->pathlen < 0 ||
	    !vkx_cms_may_end_at(way->der, way->cms, der, ca, &below) ||
	    below <= ca->pathlen)
		return 0;
	return vkx_break(way->fault, VKX_RULE_SIG_CHAIN, 0);
}

/* What Linux does not ask of the way from a signer to a pinned CA. */
static int check_chain(const u8 *der, const struct vkx_cms *cms,
		       struct vkx_fault *fault)
{
	struct way way = { der, cms, fault };
	int err = vkx_judge(vkx_cms_check_chain(der, cms, fault), fault);

	if (!err)
		err = vkx_judge(vkx_cms_check_key_ids(der, cms, fault), fault);
	return err ? err : vkx_keyring_walk(check_anchor, &way);
}

static int verify_one(const struct vkx_load *load, size_t index,
		      struct vkx_fault *fault)
{
	const u8 *der = load->file + load->certs[index].offset;
	const struct vkx_cms *cms = &load->cms[index];
	struct key *rings[2];
	struct view view;
	size_t i, nr;
	int err;

	err = check_certificates(cms, fault);
	if (!err && !vkx_keyring_has(der, &cms->certs[cms->signer]))
		err = check_chain(der, cms, fault);
	if (err)
		return err;
	nr = vkx_keyring_for(der, &cms->certs[cms->signer], rings);
	err = vkx_break(fault, VKX_RULE_SIG_SIGNER, 0);
	for (i = 0; i < nr && err == -ENOKEY; i++) {
		err = verify_in(load, index, rings[i], &view);
		*fault = view.fault;
	}
	if (!err)
		err = vkx_revoke_check_signature(load, index, fault);
	return err;
}

/* An unknown signer says less than a signature that is wrong or revoked. */
static bool worse(const struct vkx_fault *a, const struct vkx_fault *b)
{
	return b->rule == VKX_RULE_NONE || b->rule == VKX_RULE_SIG_SIGNER;
}

/* The same key twice is one signer. */
static bool signed_before(const struct vkx_load *load, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (load->trusted[i] &&
		    vkx_cms_same_key(load->file + load->certs[i].offset,
				     &load->cms[i],
				     load->file + load->certs[index].offset,
				     &load->cms[index]))
			return true;
	return false;
}

static void count_signer(struct vkx_load *load, size_t index)
{
	if (!load->checks.signers)
		load->signer = index;
	load->checks.signers += !signed_before(load, index);
	load->trusted[index] = true;
}

int vkx_signature_verify(struct vkx_load *load)
{
	struct vkx_fault fault;
	int err, first = -EKEYREJECTED;
	size_t i;

	for (i = 0; i < load->nr_certs; i++) {
		if (!load->cms_good[i])
			continue;
		fault = (struct vkx_fault){};
		err = verify_one(load, i, &fault);
		if (!err) {
			count_signer(load, i);
			if (load->checks.signers >= load->policy.signers)
				break;
			continue;
		}
		fault.offset += load->certs[i].offset;
		if (worse(&fault, &load->fault)) {
			load->fault = fault;
			first = err;
		}
	}
	if (!load->checks.signers)
		return first;
	load->fault.rule = VKX_RULE_NONE;
	if (load->checks.signers < load->policy.signers)
		return vkx_break(&load->fault, VKX_RULE_POLICY_SIGNERS, 0);
	vkx_checks_pass(&load->checks, VKX_CHECK_SIGNATURE);
	return 0;
}
