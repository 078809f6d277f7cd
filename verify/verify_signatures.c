/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/verify_signatures.h"

#include <string.h>

#include "cursor.h"
#include "verify/signature.h"

/* --- reading the signatures ------------------------------------------------- */

static void describe(const uint8_t *bytes, const struct vkx_cms *cms,
		     struct vkx_signature *sig)
{
	const struct vkx_x509 *cert = &cms->certs[cms->signer];

	sig->parsed = true;
	sig->hash = cms->digest_alg;
	sig->key = cert->key;
	sig->key_bits = cert->key_bits;
	sig->has_signing_time = cms->has_signing_time;
	sig->signing_time = cms->signing_time;
	sig->not_before = cert->not_before;
	sig->not_after = cert->not_after;
	vkx_sha256(bytes + cert->whole.offset, cert->whole.size,
		   sig->fingerprint);
	vkx_dn_text(bytes + cert->subject.offset, cert->subject.size,
		    sig->subject, sizeof(sig->subject));
	vkx_dn_text(bytes + cert->issuer.offset, cert->issuer.size, sig->issuer,
		    sizeof(sig->issuer));
}

void vkx_verify_read_signatures(struct vkx_work *w, uint32_t *hashes)
{
	const struct vkx_scan *scan = &w->scan;
	struct vkx_signature *sig;
	const uint8_t *bytes;
	size_t i;

	w->out->nr_signatures = scan->nr_certs;
	for (i = 0; i < scan->nr_certs; i++) {
		sig = &w->out->signatures[i];
		bytes = vkx_scan_signature(scan, i);
		if (vkx_cms_parse(bytes, scan->certs[i].size, &w->cms[i],
				  &sig->fault))
			continue;
		*hashes |= 1u << w->cms[i].file_hash;
		describe(bytes, &w->cms[i], sig);
	}
}

/* --- one signature ---------------------------------------------------------- */

static bool slice_is(const uint8_t *bytes, struct vkx_slice slice,
		     const uint8_t *want, uint32_t size)
{
	return slice.size == size &&
	       vkx_equal_ct(bytes + slice.offset, want, size);
}

/* The signed digest is the file's, and the attributes sign the digest. */
static int check_digests(const struct vkx_work *w, size_t i,
			 struct vkx_fault *fault_ret)
{
	const uint8_t *bytes = vkx_scan_signature(&w->scan, i);
	const struct vkx_cms *cms = &w->cms[i];
	uint8_t hash[VKX_MAX_DIGEST];
	int err;

	if (!w->scan.has_digest[cms->file_hash])
		return -VKX_ERR_BUG;
	if (!slice_is(bytes, cms->file_digest, w->scan.digest[cms->file_hash],
		      vkx_hash_size(cms->file_hash)))
		return vkx_fault(fault_ret, VKX_RULE_SIG_DIGEST,
				 cms->file_digest.offset);
	err = vkx_hash_bytes(cms->digest_alg, bytes + cms->content.offset,
			     cms->content.size, hash);
	if (err)
		return err;
	if (!slice_is(bytes, cms->message_digest, hash,
		      vkx_hash_size(cms->digest_alg)))
		return vkx_fault(fault_ret, VKX_RULE_SIG_ATTRIBUTES,
				 cms->message_digest.offset);
	return 0;
}

/* RFC 2315 9.3: what is signed are the attributes, as a SET OF. */
static int check_value(const struct vkx_work *w, size_t i,
		       struct vkx_fault *fault_ret)
{
	const uint8_t *bytes = vkx_scan_signature(&w->scan, i);
	const struct vkx_cms *cms = &w->cms[i];
	const struct vkx_x509 *cert = &cms->certs[cms->signer];
	uint8_t hash[VKX_MAX_DIGEST];
	int err;

	err = vkx_hash_retagged(cms->digest_alg, 0x31,
				bytes + cms->signed_attrs.offset,
				cms->signed_attrs.size, hash);
	if (err)
		return err;
	err = vkx_signature_check(bytes + cert->spki.offset, cert->spki.size,
				  cert->key, cert->key_bits, cms->digest_alg,
				  hash, bytes + cms->signature.offset,
				  cms->signature.size);
	if (err == -VKX_ERR_MISMATCH)
		return vkx_fault(fault_ret, VKX_RULE_SIG_VALUE,
				 cms->signature.offset);
	return err;
}

/* Certificates beside the signer's are there to issue, and must be CAs. */
static int check_usages(const struct vkx_cms *cms, struct vkx_fault *fault_ret)
{
	size_t i;
	int err;

	err = vkx_x509_check_signer(&cms->certs[cms->signer], fault_ret);
	for (i = 0; !err && i < cms->nr_certs; i++)
		if (i != cms->signer)
			err = vkx_x509_check_ca(&cms->certs[i], fault_ret);
	return err;
}

/* What the signature does not bring: the pinned CA, and who issued that or the
 * pinned signer. */
static int check_revoked_above(const struct vkx_work *w, size_t i,
			       struct vkx_fault *fault_ret)
{
	const struct vkx_revocation *rev = w->params.revocation;
	const struct vkx_chain *chain = &w->chain[i];
	const struct vkx_link *last = &chain->links[chain->count - 1];
	const struct vkx_cms *cms = &w->cms[i];
	int err = 0;

	if (chain->count > 1)
		err = vkx_revocation_check_cert(rev, last, fault_ret);
	if (!err)
		err = vkx_revocation_check_issuer(rev, last, fault_ret);
	/* It is not in the file; its place is where it is named. */
	if (err == -VKX_ERR_FORMAT)
		fault_ret->offset = cms->certs[cms->signer].issuer.offset;
	return err;
}

static int check_revoked(const struct vkx_work *w, size_t i,
			 struct vkx_fault *fault_ret)
{
	const struct vkx_revocation *rev = w->params.revocation;
	const struct vkx_cms *cms = &w->cms[i];
	struct vkx_link link = { vkx_scan_signature(&w->scan, i), NULL };
	size_t n;
	int err = 0;

	for (n = 0; !err && n < cms->nr_certs; n++) {
		link.cert = &cms->certs[n];
		err = vkx_revocation_check_cert(rev, &link, fault_ret);
	}
	return err ? err : check_revoked_above(w, i, fault_ret);
}

/* Linux finds an issuer by key identifier alone: where a certificate names none
 * its way ends. */
static int check_key_ids(const struct vkx_chain *chain,
			 struct vkx_fault *fault_ret)
{
	size_t n;

	for (n = 0; n + 1 < chain->count; n++)
		if (!chain->links[n].cert->akid.size)
			return vkx_fault(fault_ret, VKX_RULE_SIG_SIGNER,
					 chain->links[n].cert->whole.offset);
	return 0;
}

static int check_signature(struct vkx_work *w, size_t i)
{
	static const struct vkx_trust no_one;
	struct vkx_signature *sig = &w->out->signatures[i];
	struct vkx_fault *fault = &sig->fault;
	const struct vkx_cms *cms = &w->cms[i];
	int err;

	if (!sig->parsed)
		return -VKX_ERR_FORMAT;
	err = check_usages(cms, fault);
	if (!err)
		err = check_digests(w, i, fault);
	if (!err)
		err = check_value(w, i, fault);
	if (!err)
		err = vkx_trust_chain(w->params.trust ? w->params.trust :
							&no_one,
				      vkx_scan_signature(&w->scan, i), cms,
				      &w->chain[i], fault);
	/* A pinned signer needs nobody above it. */
	if (!err && w->chain[i].count > 1)
		err = vkx_cms_check_chain(vkx_scan_signature(&w->scan, i), cms,
					  fault);
	if (!err && !w->params.any_pe)
		err = check_key_ids(&w->chain[i], fault);
	if (!err)
		err = check_revoked(w, i, fault);
	if (err)
		return err;
	memcpy(sig->anchor, w->chain[i].anchor->fingerprint,
	       sizeof(sig->anchor));
	sig->verdict = VKX_VERDICT_BOOT;
	return 0;
}

/* --- all signatures --------------------------------------------------------- */

/* The same key twice is one signer. */
static bool signed_before(const struct vkx_work *w, size_t i)
{
	size_t n;

	for (n = 0; n < i; n++)
		if (w->out->signatures[n].verdict == VKX_VERDICT_BOOT &&
		    vkx_cms_same_key(
			    vkx_scan_signature(&w->scan, n), &w->cms[n],
			    vkx_scan_signature(&w->scan, i), &w->cms[i]))
			return true;
	return false;
}

/*
 * Which of several faults to report: a signature that could be read says more
 * than one that could not, and of those any says more than "unknown signer".
 */
static unsigned int weight(const struct vkx_signature *sig)
{
	if (!sig->parsed)
		return 1;
	return sig->fault.rule == VKX_RULE_SIG_SIGNER ? 2 : 3;
}

static int report_untrusted(const struct vkx_verified *out,
			    struct vkx_fault *fault_ret)
{
	const struct vkx_signature *best = NULL;
	size_t i;

	for (i = 0; i < out->nr_signatures; i++)
		if (!best || weight(&out->signatures[i]) > weight(best))
			best = &out->signatures[i];
	if (!best)
		return vkx_fault(fault_ret, VKX_RULE_SIG_NONE, 0);
	return vkx_fault(fault_ret, best->fault.rule, best->fault.offset);
}

int vkx_verify_check_signatures(struct vkx_work *w, struct vkx_fault *fault_ret)
{
	uint32_t needed = w->params.signers ? w->params.signers : 1;
	struct vkx_verified *out = w->out;
	struct vkx_signature *sig;
	size_t i;
	int err;

	for (i = 0; i < out->nr_signatures; i++) {
		sig = &out->signatures[i];
		err = check_signature(w, i);
		if (err && err != -VKX_ERR_FORMAT)
			return err;
		if (!err) {
			out->signers += !signed_before(w, i);
			continue;
		}
		sig->verdict = vkx_rule_verdict(sig->fault.rule);
		sig->fault.offset += w->scan.certs[i].offset;
	}
	if (!out->signers)
		return report_untrusted(out, fault_ret);
	if (out->signers < needed)
		return vkx_fault(fault_ret, VKX_RULE_POLICY_SIGNERS, 0);
	return 0;
}
