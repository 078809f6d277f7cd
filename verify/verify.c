/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "verify/scan_pass.h"
#include "verify/signature.h"

/* One verification. Too big for a stack. */
struct vkx_work {
	struct vkx_verify_params params;
	struct vkx_verified *out;
	struct vkx_fault fault;
	int err, error; /* of the start: -VKX_ERR_* and errno */
	struct vkx_scan scan;
	struct vkx_cms cms[VKX_MAX_SIGNATURES];
	struct vkx_chain chain[VKX_MAX_SIGNATURES];
	struct vkx_sbat sbat;
	struct vkx_image image;
	struct vkx_dtb_choice dtb;
};

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

/* Shape only. Fills *hashes_ret with the digests that will be compared. */
static void read_signatures(struct vkx_work *w, uint32_t *hashes_ret)
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
		*hashes_ret |= 1u << w->cms[i].file_hash;
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

static int check_signatures(struct vkx_work *w, struct vkx_fault *fault_ret)
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

/* --- content ---------------------------------------------------------------- */

static int check_content(struct vkx_work *w, struct vkx_fault *fault_ret)
{
	const struct vkx_uki_part *part = w->scan.uki.part;
	const struct vkx_scan_part *kept = w->scan.part;
	int err;

	err = vkx_image_parse(
		kept[VKX_PART_LINUX].data, kept[VKX_PART_LINUX].len,
		part[VKX_PART_LINUX].size, part[VKX_PART_LINUX].offset,
		&w->image, fault_ret);
	if (!err)
		err = vkx_cmdline_check(
			kept[VKX_PART_CMDLINE].data, kept[VKX_PART_CMDLINE].len,
			part[VKX_PART_CMDLINE].offset, fault_ret);
	if (!err)
		err = vkx_sbat_parse(
			kept[VKX_PART_SBAT].data, kept[VKX_PART_SBAT].len,
			part[VKX_PART_SBAT].offset, &w->sbat, fault_ret);
	return err;
}

static struct vkx_dtb tree(const struct vkx_scan_part *kept,
			   const struct vkx_uki_part *part)
{
	return (struct vkx_dtb){ kept->data, kept->len, part->offset };
}

static int check_trees(struct vkx_work *w, struct vkx_fault *fault_ret)
{
	const struct vkx_scan *scan = &w->scan;
	struct vkx_fdt_work *fdt_work = malloc(sizeof(*fdt_work));
	struct vkx_dtb list[VKX_MAX_DTBAUTO + 1];
	uint32_t i, n = scan->uki.nr_dtbauto;
	int err = 0;

	if (!fdt_work)
		return -VKX_ERR_NOMEM;
	for (i = 0; i < n; i++)
		list[i] = tree(&scan->dtbauto[i], &scan->uki.dtbauto[i]);
	list[n] =
		tree(&scan->part[VKX_PART_DTB], &scan->uki.part[VKX_PART_DTB]);
	if (w->params.machine) {
		err = vkx_dtb_choose(list, n, &list[n], w->params.machine,
				     !w->params.refuse_running_dtb, fdt_work,
				     &w->dtb, fault_ret);
	} else {
		for (i = 0; !err && i <= n; i++) {
			if (!list[i].blob)
				continue;
			err = vkx_fdt_check(list[i].blob, list[i].len,
					    VKX_FDT_STRICT, fdt_work, NULL,
					    fault_ret);
			if (err == -VKX_ERR_FORMAT)
				fault_ret->offset += list[i].offset;
		}
	}
	free(fdt_work);
	return err;
}

/* --- all of it -------------------------------------------------------------- */

static int start_scan(struct vkx_work *w, const struct vkx_infile *in)
{
	const struct vkx_verify_params *p = &w->params;
	struct vkx_scan_params scan = {
		.components = p->components && !p->any_pe,
		.collect = !p->any_pe,
		.read_ahead = p->read_ahead,
		.progress = p->progress,
		.progress_arg = p->progress_arg,
	};
	int err;

	err = vkx_scan_open(&w->scan, in,
			    p->any_pe ? VKX_PE_ANY : VKX_PE_STRICT, &w->fault);
	if (err)
		return err;
	read_signatures(w, &scan.hashes);
	scan.hashes |= vkx_revocation_hashes(p->revocation);
	return vkx_scan_begin(&w->scan, &scan);
}

/* What there is to judge once all has been read. */
static int check_all(struct vkx_work *w, struct vkx_fault *fault_ret)
{
	const struct vkx_verify_params *p = &w->params;
	int err = vkx_scan_end(&w->scan, fault_ret);

	if (!err && !p->any_pe)
		err = check_content(w, fault_ret);
	if (!err)
		err = check_signatures(w, fault_ret);
	if (!err)
		err = vkx_revocation_check_image(p->revocation, &w->scan,
						 fault_ret);
	if (!err && !p->any_pe && p->sbat_level)
		err = vkx_sbat_check(&w->sbat, p->sbat_level,
				     w->scan.uki.part[VKX_PART_SBAT].offset,
				     fault_ret);
	if (!err && !p->any_pe)
		err = check_trees(w, fault_ret);
	return err;
}

/* Only what was accepted is handed out. */
static void hand_out(struct vkx_work *w)
{
	struct vkx_verified *out = w->out;
	struct vkx_scan *scan = &w->scan;

	while (out->signatures[out->signer].verdict != VKX_VERDICT_BOOT)
		out->signer++;
	memcpy(out->authenticode, scan->digest[VKX_HASH_SHA256], 32);
	out->uki = scan->uki;
	out->image = w->image;
	memcpy(out->part_digest, scan->part_digest, sizeof(out->part_digest));
	memcpy(out->dtbauto_digest, scan->dtbauto_digest,
	       sizeof(out->dtbauto_digest));
	memcpy(out->part, scan->part, sizeof(out->part));
	memset(scan->part, 0, sizeof(scan->part));
	out->dtb = w->dtb;
	out->fault = (struct vkx_fault){ 0 };
	out->verdict = VKX_VERDICT_BOOT;
}

struct vkx_work *vkx_verify_begin(const struct vkx_infile *in,
				  const struct vkx_verify_params *params,
				  struct vkx_verified *verified_ret)
{
	struct vkx_work *w = calloc(1, sizeof(*w));

	memset(verified_ret, 0, sizeof(*verified_ret));
	verified_ret->size = in->size;
	if (!w)
		return NULL;
	w->params = *params;
	w->out = verified_ret;
	w->err = start_scan(w, in);
	w->error = errno;
	return w;
}

bool vkx_verify_ended(const struct vkx_work *w)
{
	return w->err || vkx_scan_ended(&w->scan);
}

void vkx_verify_step(struct vkx_work *a, struct vkx_work *b)
{
	if (b && vkx_verify_ended(b))
		b = NULL;
	if (!vkx_verify_ended(a))
		vkx_scan_step(&a->scan, b ? &b->scan : NULL);
	else if (b)
		vkx_scan_step(&b->scan, NULL);
}

int vkx_verify_end(struct vkx_work *w)
{
	struct vkx_verified *out = w->out;
	struct vkx_fault fault = w->fault;
	int err = w->err, saved;

	if (err)
		errno = w->error;
	else
		err = check_all(w, &fault);
	if (!err) {
		hand_out(w);
	} else if (err == -VKX_ERR_FORMAT) {
		out->fault = fault;
		out->verdict = vkx_rule_verdict(fault.rule);
		err = 0;
	} else {
		/* What was found by then must not look like a result. */
		memset(out, 0, sizeof(*out));
	}
	saved = errno;
	vkx_scan_close(&w->scan);
	free(w);
	errno = saved;
	return err;
}

int vkx_verify_file(const struct vkx_infile *in,
		    const struct vkx_verify_params *params,
		    struct vkx_verified *verified_ret)
{
	struct vkx_work *w = vkx_verify_begin(in, params, verified_ret);

	if (!w)
		return -VKX_ERR_NOMEM;
	while (!vkx_verify_ended(w))
		vkx_verify_step(w, NULL);
	return vkx_verify_end(w);
}

void vkx_verified_free(struct vkx_verified *verified)
{
	unsigned int i;

	for (i = 0; i < VKX_PART_NR; i++)
		free(verified->part[i].data);
	memset(verified, 0, sizeof(*verified));
}
