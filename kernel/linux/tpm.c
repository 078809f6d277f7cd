// SPDX-License-Identifier: GPL-2.0-only
#include "tpm.h"

#include <crypto/hash.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tpm.h>

#include "inject.h"

/*
 * The device of the first TPM 2.0 that was there. The log is about its PCRs:
 * another one that comes first after it was unbound is no TPM to us.
 */
static DEFINE_MUTEX(seen_lock);
static char *seen;

static bool is_seen(const struct tpm_chip *chip)
{
	const struct device *dev = chip->dev.parent ?: &chip->dev;
	bool same;

	mutex_lock(&seen_lock);
	if (!seen)
		seen = kstrdup(dev_name(dev), GFP_KERNEL);
	same = seen && !strcmp(seen, dev_name(dev));
	mutex_unlock(&seen_lock);
	return same;
}

bool vkx_tpm_seen(void)
{
	return READ_ONCE(seen);
}

/* The flags say what the driver found when it was bound: no command is sent,
 * for whoever may read the status comes here. */
static bool usable(const struct tpm_chip *chip)
{
	/* A virtual chip (vtpm_proxy) is a program of root's choice. */
	return !(chip->flags & TPM_CHIP_FLAG_VIRTUAL) &&
	       chip->flags & TPM_CHIP_FLAG_TPM2 && chip->nr_allocated_banks &&
	       chip->nr_allocated_banks <= VKX_MAX_BANKS;
}

int vkx_tpm_open(struct vkx_tpm *tpm_ret)
{
	struct tpm_chip *chip = tpm_default_chip();
	u32 i;

	if (!chip)
		return -ENODEV;
	if (!usable(chip) || !is_seen(chip)) {
		put_device(&chip->dev);
		return -ENODEV;
	}
	tpm_ret->chip = chip;
	tpm_ret->nr_banks = chip->nr_allocated_banks;
	for (i = 0; i < chip->nr_allocated_banks; i++) {
		tpm_ret->banks[i].alg = chip->allocated_banks[i].alg_id;
		tpm_ret->banks[i].size = chip->allocated_banks[i].digest_size;
	}
	return 0;
}

void vkx_tpm_close(struct vkx_tpm *tpm)
{
	put_device(&tpm->chip->dev);
}

/* Linux's name of an algorithm: that of tpm2-tools but for these. */
static const char *crypto_name(u16 alg)
{
	switch (alg) {
	case VKX_TPM_ALG_SM3_256:
		return "sm3";
	case VKX_TPM_ALG_SHA3_256:
		return "sha3-256";
	case VKX_TPM_ALG_SHA3_384:
		return "sha3-384";
	case VKX_TPM_ALG_SHA3_512:
		return "sha3-512";
	default:
		return vkx_tpm_alg_name(alg);
	}
}

static int hash_pieces(struct crypto_shash *tfm, const struct vkx_span *pieces,
		       size_t nr, u8 *digest_ret)
{
	SHASH_DESC_ON_STACK(desc, tfm);
	size_t i, at, n;
	int err;

	desc->tfm = tfm;
	err = crypto_shash_init(desc);
	for (i = 0; i < nr && !err; i++) {
		for (at = 0; at < pieces[i].len && !err; at += n) {
			n = min_t(size_t, pieces[i].len - at, SZ_1M);
			err = crypto_shash_update(
				desc, (const u8 *)pieces[i].p + at, n);
			cond_resched();
		}
	}
	if (!err)
		err = crypto_shash_final(desc, digest_ret);
	shash_desc_zero(desc);
	return err;
}

static int digest(void *ctx, u16 alg, const struct vkx_span *pieces, size_t nr,
		  u8 *digest_ret)
{
	const char *name = crypto_name(alg);
	struct crypto_shash *tfm;
	int err;

	if (!name)
		return -VKX_ERR_UNSUPPORTED;
	tfm = crypto_alloc_shash(name, 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm) == -ENOMEM ? -VKX_ERR_NOMEM :
						 -VKX_ERR_UNSUPPORTED;
	err = crypto_shash_digestsize(tfm) == vkx_tpm_alg_size(alg) ? 0 :
								      -EINVAL;
	if (!err)
		err = hash_pieces(tfm, pieces, nr, digest_ret);
	crypto_free_shash(tfm);
	return err ? -VKX_ERR_CRYPTO : 0;
}

const struct vkx_hash_ops vkx_tpm_hash = { .digest = digest };

int vkx_tpm_extend(struct vkx_tpm *tpm, u32 pcr,
		   const struct vkx_digest *digests)
{
	struct tpm_digest *list;
	size_t i;
	int err;

	if (vkx_inject_drop())
		return 0;
	list = kcalloc(tpm->nr_banks, sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	for (i = 0; i < tpm->nr_banks; i++) {
		list[i].alg_id = tpm->banks[i].alg;
		/* One left out of a list would be extended with zeros. */
		if (digests[i].alg != tpm->banks[i].alg)
			break;
		memcpy(list[i].digest, digests[i].bytes, tpm->banks[i].size);
	}
	err = i < tpm->nr_banks ? -EIO : tpm_pcr_extend(tpm->chip, pcr, list);
	kfree(list);
	/* A response code of the TPM is positive. */
	return err > 0 ? -EIO : err;
}

int vkx_tpm_read(struct vkx_tpm *tpm, u32 pcr, struct vkx_digest *value)
{
	struct tpm_digest read = { .alg_id = value->alg };
	int err = tpm_pcr_read(tpm->chip, pcr, &read);

	if (err)
		return err > 0 ? -EIO : err;
	memcpy(value->bytes, read.digest, vkx_tpm_alg_size(value->alg));
	return 0;
}
