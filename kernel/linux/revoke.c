// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "revoke.h"

#include <crypto/pkcs7.h>
#include <crypto/public_key.h>
#include <keys/asymmetric-type.h>
#include <keys/system_keyring.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/key.h>
#include <linux/printk.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "keyring.h"
#include "walk.h"

/* From the tree, for key_serial_tree. */
#include "../../../security/keys/internal.h"

/* keys.S */
extern const u8 vkx_sbat_level_start[], vkx_sbat_level_end[];

static struct {
	bool broken; /* the level cannot be read: nothing may boot */
	u64 date;
	u8 digest[32];
	struct vkx_sbat sbat;
} level;

/* --- certificates --------------------------------------------------------- */

/* The kernel's keyring of revoked hashes and certificates. */
static struct key *revocations;

/*
 * Nothing in Linux gives it away, and only the kernel makes keyrings whose
 * names start with a dot.
 */
static int __init revocations_init(void)
{
	struct rb_node *node;
	struct key *key;

	spin_lock(&key_serial_lock);
	for (node = rb_first(&key_serial_tree); node; node = rb_next(node)) {
		key = rb_entry(node, struct key, serial_node);
		if (key->type == &key_type_keyring && key->description &&
		    !strcmp(key->description, ".blacklist"))
			revocations = key_get(key);
	}
	spin_unlock(&key_serial_lock);
	if (IS_ENABLED(CONFIG_SYSTEM_REVOCATION_LIST) && !revocations)
		pr_err("no .blacklist keyring: no UKI will load\n");
	return 0;
}
late_initcall(revocations_init);

int vkx_revoke_hash_listed(const u8 *der, const struct vkx_x509 *cert)
{
	u8 digest[32];
	int err;

	err = vkx_walk_sha256(der + cert->tbs.offset, cert->tbs.size, digest);
	if (err)
		return err;
	return is_hash_blacklisted(digest, sizeof(digest),
				   BLACKLIST_HASH_X509_TBS);
}

/* BIT STRING contents: the last thing in a SubjectPublicKeyInfo. */
static bool same_key(const struct public_key *key, const u8 *der,
		     const struct vkx_x509 *cert)
{
	const u8 *end = der + cert->spki.offset + cert->spki.size;

	return key->keylen && key->keylen <= cert->spki.size &&
	       !memcmp(end - key->keylen, key->key, key->keylen);
}

static int compare_listed(key_serial_t serial, const u8 *der,
			  const struct vkx_x509 *cert)
{
	struct key *key = key_lookup(serial);
	const struct public_key *public;
	int err = 0;

	/* Gone since the list was taken. */
	if (IS_ERR(key))
		return 0;
	if (key->type == &key_type_asymmetric && key_is_positive(key)) {
		public = key->payload.data[asym_crypto];
		if (public && same_key(public, der, cert))
			err = -EKEYREJECTED;
	}
	key_put(key);
	return err;
}

/*
 * Whether the key of this certificate is one of a listed certificate, which may
 * be another one: Linux' own look goes by issuer, number and key identifier,
 * and so ends at the listed certificate itself.
 */
static int key_listed(const u8 *der, const struct vkx_x509 *cert)
{
	key_serial_t *serials = NULL;
	long size, i;
	int err = 0;

	/* check_list() refuses a kernel that has lost its list. */
	if (!IS_ENABLED(CONFIG_SYSTEM_REVOCATION_LIST) || !revocations)
		return 0;
	down_read(&revocations->sem);
	size = key_type_keyring.read(revocations, NULL, 0);
	if (size > 0) {
		serials = kvmalloc(size, GFP_KERNEL);
		size = serials ? key_type_keyring.read(revocations,
						       (char *)serials, size) :
				 -ENOMEM;
	}
	up_read(&revocations->sem);
	if (size < 0)
		err = (int)size;
	for (i = 0; !err && i < size / (long)sizeof(*serials); i++)
		err = compare_listed(serials[i], der, cert);
	kvfree(serials);
	return err;
}

static int listed(const u8 *der, const struct vkx_x509 *cert)
{
	int err = vkx_revoke_hash_listed(der, cert);

	return err ? err : key_listed(der, cert);
}

struct signature {
	const u8 *der;
	const struct vkx_cms *cms;
};

/*
 * A pinned CA need not be in the signature, and whoever wants it overlooked
 * leaves it out: nothing covers the list of certificates. That goes for one
 * above a signer that is pinned itself, too. A CA that is neither here nor
 * there is found by check_list() alone: of a hash nobody can tell whose it is.
 */
static int pinned_listed(void *arg, const u8 *der, const struct vkx_x509 *ca)
{
	const struct signature *sig = arg;
	size_t below;

	if (!vkx_cms_may_end_at(sig->der, sig->cms, der, ca, &below))
		return 0;
	return listed(der, ca);
}

static int check_hashes(const struct vkx_load *load, size_t index,
			struct vkx_fault *fault)
{
	const u8 *der = load->file + load->certs[index].offset;
	const struct vkx_cms *cms = &load->cms[index];
	struct signature sig = { der, cms };
	size_t i;
	int err;

	for (i = 0; i < cms->nr_certs; i++) {
		err = listed(der, &cms->certs[i]);
		if (err == -EKEYREJECTED)
			return vkx_break(fault, VKX_RULE_REVOKED_CERTIFICATE,
					 cms->certs[i].whole.offset);
		if (err)
			return err;
	}
	err = vkx_keyring_walk(pinned_listed, &sig);
	return err == -EKEYREJECTED ?
		       vkx_break(fault, VKX_RULE_REVOKED_CERTIFICATE,
				 cms->certs[cms->signer].issuer.offset) :
		       err;
}

/* A key with a listed name that did not make the signature is no accident. */
static int judge_listed(int found, struct vkx_fault *fault)
{
	switch (found) {
	case -ENOKEY:
		return 0;
	case 0:
	case -EKEYREJECTED:
		return vkx_break(fault, VKX_RULE_REVOKED_CERTIFICATE, 0);
	default:
		return found;
	}
}

/*
 * Whether a certificate of this signature is on the kernel's revocation list.
 * verify_pkcs7_signature() asks the same, but takes any failure to look, one
 * of memory too, for "not listed". Only a signature that holds says anything
 * about its certificates.
 */
static int check_list(const struct vkx_load *load, size_t index,
		      struct vkx_fault *fault)
{
	const struct vkx_pe_cert *cert = &load->certs[index];
	struct pkcs7_message *pkcs7;
	int err;

	if (!IS_ENABLED(CONFIG_SYSTEM_REVOCATION_LIST))
		return 0;
	if (!revocations)
		return vkx_break(fault, VKX_RULE_REVOCATION_LIST, 0);
	pkcs7 = pkcs7_parse_message(load->file + cert->offset, cert->size);
	if (IS_ERR(pkcs7))
		return PTR_ERR(pkcs7);
	err = pkcs7_verify(pkcs7, VERIFYING_KEXEC_PE_SIGNATURE);
	if (!err)
		err = judge_listed(pkcs7_validate_trust(pkcs7, revocations),
				   fault);
	pkcs7_free_message(pkcs7);
	return err;
}

int vkx_revoke_check_signature(const struct vkx_load *load, size_t index,
			       struct vkx_fault *fault)
{
	int err = check_hashes(load, index, fault);

	return err ? err : check_list(load, index, fault);
}

bool vkx_revoke_listed(const struct vkx_load *load, size_t index)
{
	struct vkx_fault fault = {};

	vkx_revoke_check_signature(load, index, &fault);
	return fault.rule == VKX_RULE_REVOKED_CERTIFICATE;
}

/* --- the image ------------------------------------------------------------ */

int vkx_revoke_check_image(struct vkx_load *load)
{
	const struct vkx_file_digest *digest;
	size_t i;
	int err;

	for (i = 0; i < load->nr_digests; i++) {
		digest = &load->digests[i];
		err = is_hash_blacklisted(digest->bytes,
					  vkx_hash_size(digest->alg),
					  BLACKLIST_HASH_BINARY);
		if (err == -EKEYREJECTED)
			return vkx_break(&load->fault, VKX_RULE_REVOKED_IMAGE,
					 0);
		if (err)
			return err;
	}
	vkx_checks_pass(&load->checks, VKX_CHECK_REVOCATION);
	return 0;
}

/* --- SBAT ----------------------------------------------------------------- */

int vkx_revoke_level(u8 digest_ret[32], u64 *date_ret)
{
	if (level.broken)
		return -EBADMSG;
	memcpy(digest_ret, level.digest, sizeof(level.digest));
	*date_ret = level.date;
	return 0;
}

int vkx_revoke_check_sbat(struct vkx_load *load)
{
	int err;

	if (level.broken)
		return vkx_break(&load->fault, VKX_RULE_REVOCATION_LIST, 0);
	err = vkx_judge(vkx_sbat_check(&load->sbat, &level.sbat,
				       load->uki.part[VKX_PART_SBAT].offset,
				       &load->fault),
			&load->fault);
	if (!err)
		vkx_checks_pass(&load->checks, VKX_CHECK_SBAT);
	return err;
}

static int __init level_init(void)
{
	size_t size = vkx_sbat_level_end - vkx_sbat_level_start;
	struct vkx_fault fault = {};

	if (!size)
		return 0;
	level.broken = true;
	if (vkx_sbat_level_parse(vkx_sbat_level_start, size, &level.sbat,
				 &level.date, &fault))
		pr_err("CONFIG_VKEXEC_SBAT_LEVEL is malformed at offset %llu: no UKI will load\n",
		       fault.offset);
	else if (vkx_walk_sha256(vkx_sbat_level_start, size, level.digest))
		pr_err("CONFIG_VKEXEC_SBAT_LEVEL cannot be hashed: no UKI will load\n");
	else
		level.broken = false;
	return 0;
}
late_initcall(level_init);
