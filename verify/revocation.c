/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/revocation.h"

#include <stdlib.h>
#include <string.h>

#include "der.h"
#include "verify/signature.h"

#define OID_EC "\x2a\x86\x48\xce\x3d\x02\x01"
#define OID_PKCS1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01" /* and one more arc */

/* Microsoft's largest dbx has 24 KB; room for two decades. */
#define MAX_LIST (16u << 20)

void vkx_revocation_init(struct vkx_revocation *rev)
{
	rev->files = NULL;
	rev->count = 0;
}

void vkx_revocation_free(struct vkx_revocation *rev)
{
	while (rev->count)
		vkx_bytes_free(&rev->files[--rev->count].file);
	free(rev->files);
	vkx_revocation_init(rev);
}

/* Authenticode digest of which algorithm? VKX_HASH_NONE: another entry. */
static enum vkx_hash_alg image_hash(const struct vkx_esl_entry *entry)
{
	switch (entry->type) {
	case VKX_ESL_SHA256:
		return VKX_HASH_SHA256;
	case VKX_ESL_SHA384:
		return VKX_HASH_SHA384;
	case VKX_ESL_SHA512:
		return VKX_HASH_SHA512;
	case VKX_ESL_X509:
	case VKX_ESL_X509_SHA256:
	case VKX_ESL_X509_SHA384:
	case VKX_ESL_X509_SHA512:
	case VKX_ESL_OTHER:
		break;
	}
	return VKX_HASH_NONE;
}

/*
 * Can this key be told from others by its bytes? Of an RSA key and of a point
 * on a curve there are other encodings, which no signer here may have: listed,
 * they would never match. Keys of another kind sign nothing here.
 */
static bool has_one_form(const struct vkx_tlv *oid, const uint8_t *key,
			 uint32_t len)
{
	if (vkx_tlv_is(oid, OID_EC, sizeof(OID_EC) - 1))
		return len && key[0] == 0x04;
	if (oid->size == sizeof(OID_PKCS1) &&
	    !memcmp(oid->p, OID_PKCS1, sizeof(OID_PKCS1) - 1))
		return vkx_der_is_ecdsa(key, len, 0); /* two INTEGERs, too */
	return true;
}

/* The key's own bits, without the algorithm, which has more than one form. */
static bool spki_key(const struct vkx_tlv *spki, struct vkx_tlv *oid_ret,
		     struct vkx_slice *key_ret)
{
	struct vkx_der der = vkx_der_into(spki), alg;
	struct vkx_tlv seq = vkx_der_take(&der, VKX_DER_SEQUENCE);
	struct vkx_tlv bits = vkx_der_take(&der, VKX_DER_BIT_STRING);

	alg = vkx_der_into(&seq);
	*oid_ret = vkx_der_take(&alg, VKX_DER_OID);
	if (vkx_der_end(&der, NULL) || !oid_ret->tag || !bits.size)
		return false;
	/* The first octet counts unused bits. */
	key_ret->offset = bits.pos + 1;
	key_ret->size = bits.size - 1;
	return true;
}

/* Of a certificate of any version and with any times and extensions: what is
 * wrong with those does not make its key a good one. */
struct listed {
	struct vkx_slice subject, key;
};

static bool read_listed(const struct vkx_esl_entry *entry,
			struct listed *listed_ret)
{
	struct vkx_tlv whole, tbs, subject, spki, oid;
	struct vkx_der der;

	if (entry->size > VKX_MAX_CERT_TABLE)
		return false;
	vkx_der_init(&der, entry->data, (uint32_t)entry->size, 0);
	whole = vkx_der_take(&der, VKX_DER_SEQUENCE);
	if (vkx_der_end(&der, NULL))
		return false;
	der = vkx_der_into(&whole);
	tbs = vkx_der_take(&der, VKX_DER_SEQUENCE);
	der = vkx_der_into(&tbs);
	(void)vkx_der_option(&der, VKX_DER_CONTEXT_CONS | 0); /* version */
	(void)vkx_der_take(&der, VKX_DER_INTEGER); /* serial number */
	(void)vkx_der_take(&der, VKX_DER_SEQUENCE); /* algorithm */
	(void)vkx_der_take(&der, VKX_DER_SEQUENCE); /* issuer */
	(void)vkx_der_take(&der, VKX_DER_SEQUENCE); /* validity */
	subject = vkx_der_take(&der, VKX_DER_SEQUENCE);
	spki = vkx_der_take(&der, VKX_DER_SEQUENCE);
	listed_ret->subject = vkx_tlv_whole(&subject);
	return spki_key(&spki, &oid, &listed_ret->key) &&
	       has_one_form(&oid, entry->data + listed_ret->key.offset,
			    listed_ret->key.size);
}

static bool can_match(const struct vkx_esl_entry *entry)
{
	struct listed listed;

	switch (entry->type) {
	case VKX_ESL_X509:
		return read_listed(entry, &listed);
	case VKX_ESL_SHA256:
	case VKX_ESL_SHA384:
	case VKX_ESL_SHA512:
	case VKX_ESL_X509_SHA256:
	case VKX_ESL_X509_SHA384:
	case VKX_ESL_X509_SHA512:
		return true;
	case VKX_ESL_OTHER:
		break;
	}
	return false;
}

/* An entry that is skipped revokes nothing, and nobody would notice; nor that a
 * file lost its contents. */
static int check_lists(const struct vkx_revoked *one,
		       struct vkx_fault *fault_ret)
{
	struct vkx_esl_entry entry;
	struct vkx_esl esl;
	bool any = false;
	int err = vkx_esl_check(one->lists, one->len, NULL, fault_ret);

	if (err)
		return err;
	vkx_esl_start(&esl, one->lists, one->len);
	while (vkx_esl_next(&esl, &entry)) {
		any = true;
		if (!can_match(&entry))
			return vkx_fault(fault_ret, VKX_RULE_REVOCATION_KIND,
					 entry.offset);
	}
	return any ? 0 : -VKX_ERR_NOTFOUND;
}

/* Takes over *list; *list is empty after success. */
static int take_list(struct vkx_revocation *rev, struct vkx_bytes *list,
		     struct vkx_fault *fault_ret)
{
	struct vkx_revoked *grown, one = { .file = *list };
	size_t start = 0;
	int err = vkx_esl_payload(list->data, list->len, &start, fault_ret);

	if (err)
		return err;
	one.lists = list->data + start;
	one.len = list->len - start;
	err = check_lists(&one, fault_ret);
	if (err) {
		if (fault_ret)
			fault_ret->offset += start;
		return err;
	}
	grown = realloc(rev->files, (rev->count + 1) * sizeof(*grown));
	if (!grown)
		return -VKX_ERR_NOMEM;
	rev->files = grown;
	rev->files[rev->count++] = one;
	list->data = NULL;
	list->len = 0;
	return 0;
}

int vkx_revocation_add(struct vkx_revocation *rev, const uint8_t *list,
		       size_t len, struct vkx_fault *fault_ret)
{
	struct vkx_bytes copy = { 0 };
	int err = vkx_bytes_copy(list, len, &copy);

	if (!err)
		err = take_list(rev, &copy, fault_ret);
	vkx_bytes_free(&copy);
	return err;
}

int vkx_revocation_add_file(struct vkx_revocation *rev, const char *path,
			    struct vkx_fault *fault_ret)
{
	struct vkx_bytes list = { 0 };
	int err = vkx_bytes_read(path, MAX_LIST, &list);

	if (!err)
		err = take_list(rev, &list, fault_ret);
	vkx_bytes_free(&list);
	return err;
}

/* Calls match for every entry; the fault if one matches. */
static int walk(const struct vkx_revocation *rev,
		int (*match)(const struct vkx_esl_entry *entry,
			     const void *arg),
		const void *arg)
{
	struct vkx_esl_entry entry;
	struct vkx_esl esl;
	size_t i;
	int ret;

	for (i = 0; rev && i < rev->count; i++) {
		vkx_esl_start(&esl, rev->files[i].lists, rev->files[i].len);
		while (vkx_esl_next(&esl, &entry)) {
			ret = match(&entry, arg);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int match_image(const struct vkx_esl_entry *entry, const void *arg)
{
	const struct vkx_scan *scan = arg;
	enum vkx_hash_alg alg = image_hash(entry);

	if (alg == VKX_HASH_NONE)
		return 0;
	if (!scan->has_digest[alg] || entry->size != vkx_hash_size(alg))
		return -VKX_ERR_BUG;
	return !memcmp(entry->data, scan->digest[alg], entry->size);
}

uint32_t vkx_revocation_hashes(const struct vkx_revocation *rev)
{
	struct vkx_esl_entry entry;
	struct vkx_esl esl;
	uint32_t hashes = 0;
	size_t i;

	for (i = 0; rev && i < rev->count; i++) {
		vkx_esl_start(&esl, rev->files[i].lists, rev->files[i].len);
		while (vkx_esl_next(&esl, &entry))
			hashes |= 1u << image_hash(&entry);
	}
	return hashes & ~(1u << VKX_HASH_NONE);
}

int vkx_revocation_check_image(const struct vkx_revocation *rev,
			       const struct vkx_scan *scan,
			       struct vkx_fault *fault_ret)
{
	int ret = walk(rev, match_image, scan);

	if (ret > 0)
		return vkx_fault(fault_ret, VKX_RULE_REVOKED_IMAGE, 0);
	return ret;
}

/* The same key, in this certificate or another one. Both were read before:
 * the list when it was taken in. */
static int match_key(const struct vkx_esl_entry *entry,
		     const struct vkx_link *link)
{
	const struct vkx_slice *spki = &link->cert->spki;
	struct vkx_slice ours;
	struct vkx_tlv seq, oid;
	struct listed listed;
	struct vkx_der der;

	vkx_der_init(&der, link->bytes + spki->offset, spki->size,
		     spki->offset);
	seq = vkx_der_take(&der, VKX_DER_SEQUENCE);
	if (!read_listed(entry, &listed) || !spki_key(&seq, &oid, &ours))
		return -VKX_ERR_BUG;
	return listed.key.size == ours.size &&
	       !memcmp(entry->data + listed.key.offset,
		       link->bytes + ours.offset, ours.size);
}

static int match_tbs(const struct vkx_esl_entry *entry, enum vkx_hash_alg alg,
		     const struct vkx_link *link)
{
	uint8_t digest[VKX_MAX_DIGEST];
	int err;

	err = vkx_hash_bytes(alg, link->bytes + link->cert->tbs.offset,
			     link->cert->tbs.size, digest);
	if (err)
		return err;
	return entry->size >= vkx_hash_size(alg) &&
	       !memcmp(entry->data, digest, vkx_hash_size(alg));
}

static int match_cert(const struct vkx_esl_entry *entry, const void *arg)
{
	switch (entry->type) {
	case VKX_ESL_X509:
		return match_key(entry, arg);
	case VKX_ESL_X509_SHA256:
		return match_tbs(entry, VKX_HASH_SHA256, arg);
	case VKX_ESL_X509_SHA384:
		return match_tbs(entry, VKX_HASH_SHA384, arg);
	case VKX_ESL_X509_SHA512:
		return match_tbs(entry, VKX_HASH_SHA512, arg);
	case VKX_ESL_SHA256:
	case VKX_ESL_SHA384:
	case VKX_ESL_SHA512:
	case VKX_ESL_OTHER:
		break;
	}
	return 0;
}

int vkx_revocation_check_cert(const struct vkx_revocation *rev,
			      const struct vkx_link *link,
			      struct vkx_fault *fault_ret)
{
	int ret = walk(rev, match_cert, link);

	if (ret > 0)
		return vkx_fault(fault_ret, VKX_RULE_REVOKED_CERTIFICATE,
				 link->cert->whole.offset);
	return ret;
}

/* Whoever has the issuer's name and cannot be read strictly may be it. */
static int match_issuer(const struct vkx_esl_entry *entry, const void *arg)
{
	const struct vkx_link *link = arg;
	const struct vkx_slice *issuer = &link->cert->issuer;
	struct vkx_x509 cert;
	struct listed listed;
	int err;

	if (entry->type != VKX_ESL_X509)
		return 0;
	if (!read_listed(entry, &listed))
		return -VKX_ERR_BUG;
	if (listed.subject.size != issuer->size ||
	    memcmp(entry->data + listed.subject.offset,
		   link->bytes + issuer->offset, issuer->size) != 0)
		return 0;
	if (vkx_x509_parse(entry->data, entry->size, 0, &cert, NULL))
		return 1;
	err = vkx_x509_check_issued(entry->data, &cert, link->bytes,
				    link->cert);
	return err == -VKX_ERR_MISMATCH ? 0 : err ? err : 1;
}

int vkx_revocation_check_issuer(const struct vkx_revocation *rev,
				const struct vkx_link *link,
				struct vkx_fault *fault_ret)
{
	int ret = walk(rev, match_issuer, link);

	if (ret > 0)
		return vkx_fault(fault_ret, VKX_RULE_REVOKED_CERTIFICATE,
				 link->cert->issuer.offset);
	return ret;
}
