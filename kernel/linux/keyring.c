// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "keyring.h"

#include <keys/asymmetric-type.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/key.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/verification.h>

#include "revoke.h"

/* keys.S: DER certificates one after the other, all checked at build time to
 * be certificates; empty without CONFIG_VKEXEC_KEYS. */
extern const u8 vkx_keys_start[], vkx_keys_end[];

/* A certificate list that cannot be loaded whole trusts nobody. */
static bool broken;
/* Of the list; what is revoked counts in both. */
static unsigned int nr_pinned, nr_revoked;
static struct key *pinned, *pinned_cas;
static char name[48] = "kernel's trusted keyrings";

static bool dedicated(void)
{
	return &vkx_keys_end[0] != &vkx_keys_start[0];
}

const char *vkx_keyring_name(void)
{
	return name;
}

/* Bytes of the DER element at p, or 0. Lengths of certificates need at least
 * two length bytes; what is shorter is none. */
static size_t element_size(const u8 *p, const u8 *end)
{
	size_t size;

	if (end - p < 4 || p[0] != 0x30 || p[1] != 0x82)
		return 0;
	size = 4 + ((size_t)p[2] << 8 | p[3]);
	return size <= end - p ? size : 0;
}

bool vkx_keyring_has(const u8 *der, const struct vkx_x509 *cert)
{
	const u8 *p;
	size_t size;

	for (p = vkx_keys_start; p < vkx_keys_end; p += size) {
		size = element_size(p, vkx_keys_end);
		if (!size)
			return false;
		if (size == cert->whole.size &&
		    !memcmp(p, der + cert->whole.offset, size))
			return true;
	}
	return false;
}

size_t vkx_keyring_for(const u8 *der, const struct vkx_x509 *signer,
		       struct key *rings_ret[2])
{
	if (!dedicated()) {
		rings_ret[0] = VERIFY_USE_SECONDARY_KEYRING;
		rings_ret[1] = VERIFY_USE_PLATFORM_KEYRING;
		return 2;
	}
	if (broken)
		return 0;
	rings_ret[0] = vkx_keyring_has(der, signer) ? pinned : pinned_cas;
	return 1;
}

int vkx_keyring_walk(int (*visit)(void *arg, const u8 *der,
				  const struct vkx_x509 *cert),
		     void *arg)
{
	struct vkx_x509 *cert = kmalloc(sizeof(*cert), GFP_KERNEL);
	struct vkx_fault fault;
	const u8 *p;
	size_t size;
	int ret = cert ? 0 : -ENOMEM;

	/* Of a list that is broken nobody is trusted: see vkx_keyring_for(). */
	for (p = vkx_keys_start; p < vkx_keys_end && !broken && !ret;
	     p += size) {
		size = element_size(p, vkx_keys_end);
		if (!size || vkx_x509_parse(p, size, 0, cert, &fault))
			ret = -EBADMSG;
		else
			ret = visit(arg, p, cert);
	}
	kfree(cert);
	return ret;
}

/* Who finds the ring may not link anything into it: add() goes past this. */
static struct key *ring_alloc(const char *description)
{
	struct key_restriction *restriction =
		kzalloc(sizeof(*restriction), GFP_KERNEL);
	struct key *ring;

	if (!restriction)
		return ERR_PTR(-ENOMEM);
	restriction->check = restrict_link_reject;
	/* Nobody has it in a session keyring, and its owner may only look:
	 * without KEEP who may search may also invalidate. */
	ring = keyring_alloc(
		description, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID, current_cred(),
		(KEY_POS_ALL & ~KEY_POS_SETATTR) | KEY_USR_VIEW | KEY_USR_READ |
			KEY_USR_SEARCH,
		KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_SET_KEEP, restriction, NULL);
	if (IS_ERR(ring))
		kfree(restriction);
	return ring;
}

/* Under a name of its own: by default it is subject and key identifier, and of
 * a certificate and its renewal only the last would be there. */
static int add(struct key *ring, const u8 *der, size_t size)
{
	char description[24];
	key_ref_t key;

	snprintf(description, sizeof(description), "vkexec %u", nr_pinned);
	key = key_create_or_update(
		make_key_ref(ring, true), "asymmetric", description, der, size,
		(KEY_POS_ALL & ~KEY_POS_SETATTR) | KEY_USR_VIEW | KEY_USR_READ,
		KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_BYPASS_RESTRICTION);
	if (IS_ERR(key))
		return PTR_ERR(key);
	key_ref_put(key);
	return 0;
}

static int load_one(const u8 *der, size_t size, struct vkx_x509 *cert)
{
	struct vkx_fault fault;
	int err;

	if (vkx_x509_parse(der, size, 0, cert, &fault))
		return -EBADMSG;
	err = vkx_revoke_hash_listed(der, cert);
	if (err == -EKEYREJECTED) {
		pr_warn("certificate %u of CONFIG_VKEXEC_KEYS is revoked\n",
			nr_pinned + 1);
		nr_revoked++;
		return 0;
	}
	if (!err)
		err = add(pinned, der, size);
	if (!err && !vkx_x509_check_ca(cert, &fault))
		err = add(pinned_cas, der, size);
	return err;
}

static int load_all(void)
{
	struct vkx_x509 *cert = kmalloc(sizeof(*cert), GFP_KERNEL);
	const u8 *p;
	size_t size;
	int err = cert ? 0 : -ENOMEM;

	for (p = vkx_keys_start; p < vkx_keys_end && !err; p += size) {
		size = element_size(p, vkx_keys_end);
		err = size ? load_one(p, size, cert) : -EBADMSG;
		nr_pinned++;
	}
	kfree(cert);
	return err;
}

static int __init keyring_init(void)
{
	int err;

	if (!dedicated())
		return 0;
	pinned = ring_alloc(".vkexec");
	pinned_cas = ring_alloc(".vkexec_ca");
	err = PTR_ERR_OR_ZERO(pinned);
	if (!err)
		err = PTR_ERR_OR_ZERO(pinned_cas);
	if (!err)
		err = load_all();
	if (err) {
		broken = true;
		pr_err("certificate %u of CONFIG_VKEXEC_KEYS does not load (%d): no signer is trusted\n",
		       nr_pinned, err);
	}
	if (broken)
		strscpy(name, "broken, nothing is trusted", sizeof(name));
	else if (nr_revoked)
		snprintf(name, sizeof(name),
			 "vkexec keys (%u certificates, %u revoked)", nr_pinned,
			 nr_revoked);
	else
		snprintf(name, sizeof(name), "vkexec keys (%u certificates)",
			 nr_pinned);
	return 0;
}
late_initcall(keyring_init);
