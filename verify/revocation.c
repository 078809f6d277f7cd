/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/revocation.h"

#include <stdlib.h>
#include <string.h>

#include "verify/signature.h"

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

/* An entry that is skipped revokes nothing, and nobody would notice. */
static int check_lists(const struct vkx_revoked *one,
		       struct vkx_fault *fault_ret)
{
	struct vkx_esl_entry entry;
	struct vkx_esl esl;
	int err = vkx_esl_check(one->lists, one->len, NULL, fault_ret);

	if (err)
		return err;
	vkx_esl_start(&esl, one->lists, one->len);
	while (vkx_esl_next(&esl, &entry))
		if (entry.type == VKX_ESL_OTHER)
			return vkx_fault(fault_ret, VKX_RULE_REVOCATION_KIND,
					 entry.offset);
	return 0;
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

/* The same key, in this certificate or another one. What cannot be read
 * strictly is no certificate that a signature here could bring. */
static int match_key(const struct vkx_esl_entry *entry,
		     const struct vkx_link *link)
{
	const struct vkx_x509 *cert = link->cert;
	struct vkx_x509 listed;

	if (vkx_x509_parse(entry->data, entry->size, 0, &listed, NULL))
		return 0;
	return listed.spki.size == cert->spki.size &&
	       !memcmp(entry->data + listed.spki.offset,
		       link->bytes + cert->spki.offset, cert->spki.size);
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
