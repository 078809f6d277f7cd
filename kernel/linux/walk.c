// SPDX-License-Identifier: GPL-2.0-only
#include "walk.h"

#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "cursor.h"

/* Between two of these the scheduler may run somebody else. */
#define CHUNK SZ_1M

static int feed(struct shash_desc *desc, const u8 *p, size_t size)
{
	size_t n;
	int err = 0;

	for (; size && !err; p += n, size -= n) {
		n = min_t(size_t, size, CHUNK);
		err = crypto_shash_update(desc, p, n);
		cond_resched();
	}
	return err;
}

/* One message in one algorithm. */
struct hash {
	struct crypto_shash *tfm;
	struct shash_desc *desc;
};

static void hash_free(struct hash *hash)
{
	if (hash->desc)
		kfree_sensitive(hash->desc);
	if (!IS_ERR_OR_NULL(hash->tfm))
		crypto_free_shash(hash->tfm);
}

/* hash_free() is owed whatever this returns. */
static int hash_init(struct hash *hash, const char *name)
{
	*hash = (struct hash){};
	hash->tfm = crypto_alloc_shash(name, 0, 0);
	if (IS_ERR(hash->tfm))
		return PTR_ERR(hash->tfm);
	hash->desc =
		kmalloc(sizeof(*hash->desc) + crypto_shash_descsize(hash->tfm),
			GFP_KERNEL);
	if (!hash->desc)
		return -ENOMEM;
	hash->desc->tfm = hash->tfm;
	return crypto_shash_init(hash->desc);
}

int vkx_walk_sha256(const void *data, size_t size, u8 digest_ret[32])
{
	struct hash hash;
	int err;

	err = hash_init(&hash, "sha256");
	if (!err)
		err = feed(hash.desc, data, size);
	if (!err)
		err = crypto_shash_final(hash.desc, digest_ret);
	hash_free(&hash);
	return err;
}

/* --- components, in a work item ------------------------------------------ */

struct parts_work {
	struct work_struct work;
	struct vkx_load *load;
	int err;
};

static void hash_parts(struct work_struct *work)
{
	struct parts_work *parts = container_of(work, struct parts_work, work);
	struct vkx_load *load = parts->load;
	const struct vkx_uki_part *part;
	int id;

	for (id = 0; id < VKX_PART_NR && !parts->err; id++) {
		part = &load->uki.part[id];
		if (part->present)
			parts->err = vkx_walk_sha256(vkx_load_part(load, id),
						     part->size,
						     load->part_sha256[id]);
	}
}

/* --- the file ------------------------------------------------------------ */

static int hash_file(struct vkx_load *load, const struct vkx_uki_piece *pieces,
		     size_t count, struct vkx_file_digest *digest)
{
	struct hash hash;
	size_t i;
	int err;

	err = hash_init(&hash, vkx_hash_name(digest->alg));
	for (i = 0; i < count && !err; i++) {
		if (pieces[i].hashed)
			err = feed(hash.desc, load->file + pieces[i].offset,
				   pieces[i].size);
	}
	if (!err)
		err = crypto_shash_final(hash.desc, digest->bytes);
	hash_free(&hash);
	return err;
}

static int check_padding(struct vkx_load *load,
			 const struct vkx_uki_piece *pieces, size_t count)
{
	size_t i, at;

	for (i = 0; i < count; i++) {
		if (!pieces[i].zero)
			continue;
		at = vkx_nonzero_at(load->file + pieces[i].offset,
				    pieces[i].size);
		if (at < pieces[i].size)
			return vkx_break(&load->fault, VKX_RULE_UKI_PADDING,
					 pieces[i].offset + at);
	}
	return 0;
}

/* SHA-256 first; a signature of another algorithm adds it once. */
static void want_digests(struct vkx_load *load)
{
	size_t i, j;

	load->digests[0].alg = VKX_HASH_SHA256;
	load->nr_digests = 1;
	for (i = 0; i < load->nr_certs; i++) {
		if (!load->cms_good[i])
			continue;
		for (j = 0; j < load->nr_digests; j++)
			if (load->digests[j].alg == load->cms[i].file_hash)
				break;
		if (j == load->nr_digests && j < ARRAY_SIZE(load->digests))
			load->digests[load->nr_digests++].alg =
				load->cms[i].file_hash;
	}
}

static int walk_pieces(struct vkx_load *load,
		       const struct vkx_uki_piece *pieces, size_t count)
{
	struct parts_work parts = { .load = load };
	size_t i;
	int err;

	INIT_WORK_ONSTACK(&parts.work, hash_parts);
	queue_work(system_unbound_wq, &parts.work);
	err = check_padding(load, pieces, count);
	for (i = 0; i < load->nr_digests && !err; i++)
		err = hash_file(load, pieces, count, &load->digests[i]);
	flush_work(&parts.work);
	destroy_work_on_stack(&parts.work);
	return err ? err : parts.err;
}

int vkx_walk(struct vkx_load *load)
{
	struct vkx_uki_piece *pieces;
	size_t count;
	int err;

	pieces =
		kvmalloc_array(VKX_UKI_MAX_PIECES, sizeof(*pieces), GFP_KERNEL);
	if (!pieces)
		return -ENOMEM;
	want_digests(load);
	err = vkx_judge(
		vkx_uki_pieces(&load->uki, pieces, VKX_UKI_MAX_PIECES, &count),
		&load->fault);
	if (!err)
		err = walk_pieces(load, pieces, count);
	kvfree(pieces);
	return err;
}
