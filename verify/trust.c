/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/trust.h"

#include <stdlib.h>
#include <string.h>

#include "keys/pem.h"
#include "sha256.h"
#include "verify/signature.h"

#define MAX_TRUST_FILE (1u << 20)
/* Public-key operations one signature may cost; a bush of look-alike CAs
 * must not buy more. */
#define MAX_OPERATIONS 32u

void vkx_trust_init(struct vkx_trust *trust)
{
	trust->anchors = NULL;
	trust->count = 0;
}

static void drop_after(struct vkx_trust *trust, size_t count)
{
	while (trust->count > count)
		vkx_bytes_free(&trust->anchors[--trust->count].der);
}

void vkx_trust_free(struct vkx_trust *trust)
{
	drop_after(trust, 0);
	free(trust->anchors);
	vkx_trust_init(trust);
}

int vkx_trust_add(struct vkx_trust *trust, const uint8_t *der, size_t len,
		  struct vkx_fault *fault_ret)
{
	struct vkx_anchor anchor, *grown;
	int err = vkx_x509_parse(der, len, 0, &anchor.cert, fault_ret);

	if (err)
		return err;
	grown = realloc(trust->anchors, (trust->count + 1) * sizeof(*grown));
	if (!grown)
		return -VKX_ERR_NOMEM;
	trust->anchors = grown;
	err = vkx_bytes_copy(der, len, &anchor.der);
	if (err)
		return err;
	vkx_sha256(der, len, anchor.fingerprint);
	trust->anchors[trust->count++] = anchor;
	return 0;
}

static int add_pem(struct vkx_trust *trust, const struct vkx_bytes *file,
		   struct vkx_fault *fault_ret)
{
	struct vkx_bytes der = { 0 };
	size_t pos = 0, before = trust->count;
	int err;

	for (;;) {
		err = vkx_pem_next(file, "CERTIFICATE", &pos, &der);
		if (err)
			break;
		err = vkx_trust_add(trust, der.data, der.len, fault_ret);
		vkx_bytes_free(&der);
		if (err)
			return err;
	}
	if (err == -VKX_ERR_NOTFOUND && trust->count > before)
		return 0;
	if (err == -VKX_ERR_FORMAT)
		err = -VKX_ERR_NOTFOUND;
	return err;
}

int vkx_trust_add_file(struct vkx_trust *trust, const char *path,
		       struct vkx_fault *fault_ret)
{
	struct vkx_bytes file = { 0 };
	size_t before = trust->count;
	int err = vkx_bytes_read(path, MAX_TRUST_FILE, &file);

	if (err)
		return err;
	if (file.len && file.data[0] == 0x30)
		err = vkx_trust_add(trust, file.data, file.len, fault_ret);
	else
		err = add_pem(trust, &file, fault_ret);
	if (err)
		drop_after(trust, before);
	vkx_bytes_free(&file);
	return err;
}

/* --- the search ----------------------------------------------------------- */

struct search {
	const struct vkx_trust *trust;
	const uint8_t *bytes;
	const struct vkx_cms *cms;
	struct vkx_chain chain;
	bool used[VKX_MAX_CERTS];
	bool name_found; /* an anchor of the right name, but it did not hold */
	struct vkx_fault why; /* first reason for that */
	unsigned int operations;
	int err; /* an engine failed: the search is void */
};

/* Names decide; where both sides give a key identifier, these too. */
static bool may_have_issued(const struct vkx_link *issuer,
			    const struct vkx_link *subject)
{
	if (!vkx_slices_equal(issuer->bytes, issuer->cert->subject,
			      subject->bytes, subject->cert->issuer))
		return false;
	return !issuer->cert->skid.size || !subject->cert->akid.size ||
	       vkx_slices_equal(issuer->bytes, issuer->cert->skid,
				subject->bytes, subject->cert->akid);
}

/* Does issuer hold as the next link? below: CAs between it and the signer. */
static bool link_holds(struct search *s, const struct vkx_link *issuer,
		       const struct vkx_link *subject, size_t below,
		       struct vkx_fault *why)
{
	int err;

	if (vkx_x509_check_ca(issuer->cert, why))
		return false;
	*why = (struct vkx_fault){ VKX_RULE_SIG_CHAIN,
				   subject->cert->whole.offset };
	if (issuer->cert->pathlen >= 0 && below > (size_t)issuer->cert->pathlen)
		return false;
	if (s->operations++ >= MAX_OPERATIONS)
		return false;
	err = vkx_x509_check_issued(issuer->bytes, issuer->cert, subject->bytes,
				    subject->cert);
	if (err && err != -VKX_ERR_MISMATCH)
		s->err = err;
	return !err;
}

static bool reach_anchor(struct search *s)
{
	size_t i, n = s->chain.count;
	const struct vkx_link *last = &s->chain.links[n - 1];
	struct vkx_link link;
	struct vkx_fault why;

	for (i = 0; i < s->trust->count && !s->err; i++) {
		link.bytes = s->trust->anchors[i].der.data;
		link.cert = &s->trust->anchors[i].cert;
		if (!may_have_issued(&link, last))
			continue;
		if (link_holds(s, &link, last, n - 1, &why)) {
			s->chain.links[n] = link;
			s->chain.count = n + 1;
			s->chain.anchor = &s->trust->anchors[i];
			return true;
		}
		/* Offsets in a report count in the file, not in an anchor. */
		why.offset = last->cert->whole.offset;
		if (!s->name_found)
			s->why = why;
		s->name_found = true;
	}
	return false;
}

/* Depth first; the depth is bounded by VKX_MAX_CHAIN. */
static bool extend(struct search *s)
{
	size_t i, n = s->chain.count;
	const struct vkx_link *last = &s->chain.links[n - 1];
	struct vkx_link link;
	struct vkx_fault why;

	if (reach_anchor(s))
		return true;
	if (n + 1 == VKX_MAX_CHAIN)
		return false;
	for (i = 0; i < s->cms->nr_certs && !s->err; i++) {
		link.bytes = s->bytes;
		link.cert = &s->cms->certs[i];
		if (s->used[i] || !may_have_issued(&link, last) ||
		    !link_holds(s, &link, last, n - 1, &why))
			continue;
		s->used[i] = true;
		s->chain.links[n] = link;
		s->chain.count = n + 1;
		if (extend(s))
			return true;
		s->chain.count = n;
		s->used[i] = false;
	}
	return false;
}

static const struct vkx_anchor *pinned(const struct vkx_trust *trust,
				       const uint8_t *bytes,
				       const struct vkx_x509 *cert)
{
	size_t i;

	for (i = 0; i < trust->count; i++)
		if (vkx_slices_equal(trust->anchors[i].der.data,
				     trust->anchors[i].cert.whole, bytes,
				     cert->whole))
			return &trust->anchors[i];
	return NULL;
}

int vkx_trust_chain(const struct vkx_trust *trust, const uint8_t *bytes,
		    const struct vkx_cms *cms, struct vkx_chain *chain_ret,
		    struct vkx_fault *fault_ret)
{
	const struct vkx_x509 *signer = &cms->certs[cms->signer];
	struct search s = { .trust = trust, .bytes = bytes, .cms = cms };

	s.chain.count = 1;
	s.chain.links[0] = (struct vkx_link){ bytes, signer };
	s.used[cms->signer] = true;
	s.chain.anchor = pinned(trust, bytes, signer);
	if (!s.chain.anchor && !extend(&s)) {
		if (s.err)
			return s.err;
		if (s.name_found)
			return vkx_fault(fault_ret, s.why.rule, s.why.offset);
		return vkx_fault(fault_ret, VKX_RULE_SIG_SIGNER,
				 signer->whole.offset);
	}
	*chain_ret = s.chain;
	return 0;
}
