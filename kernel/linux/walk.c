// SPDX-License-Identifier: GPL-2.0-only
#include "walk.h"

#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "cursor.h"

/* Between two of these the scheduler may run somebody else. */
#define CHUNK SZ_1M

/* owner: who loads, and may be killed; NULL at launch, which goes on. */
static int feed(struct shash_desc *desc, const u8 *p, size_t size,
		struct task_struct *owner)
{
	size_t n;
	int err = 0;

	for (; size && !err; p += n, size -= n) {
		n = min_t(size_t, size, CHUNK);
		err = crypto_shash_update(desc, p, n);
		if (!err && owner && fatal_signal_pending(owner))
			err = -EINTR;
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

static int sha256_for(struct task_struct *owner, const void *data, size_t size,
		      u8 digest_ret[32])
{
	struct hash hash;
	int err;

	err = hash_init(&hash, "sha256");
	if (!err)
		err = feed(hash.desc, data, size, owner);
	if (!err)
		err = crypto_shash_final(hash.desc, digest_ret);
	hash_free(&hash);
	return err;
}

int vkx_walk_sha256(const void *data, size_t size, u8 digest_ret[32])
{
	return sha256_for(NULL, data, size, digest_ret);
}

/* --- passes over the file, each in a work item ---------------------------- */

/* One pass: the components, or the whole file in one algorithm. */
struct pass {
	struct work_struct work;
	struct vkx_load *load;
	struct task_struct *owner;
	const struct vkx_uki_piece *pieces;
	size_t count;
	struct vkx_file_digest *digest; /* NULL: the components */
	int err;
};

static int hash_parts(const struct pass *pass)
{
	struct vkx_load *load = pass->load;
	const struct vkx_uki_part *part;
	int id, err = 0;

	for (id = 0; id < VKX_PART_NR && !err; id++) {
		part = &load->uki.part[id];
		if (part->present)
			err = sha256_for(pass->owner, vkx_load_part(load, id),
					 part->size, load->part_sha256[id]);
	}
	return err;
}

static int hash_file(const struct pass *pass)
{
	const struct vkx_uki_piece *piece = pass->pieces;
	struct hash hash;
	size_t i;
	int err;

	err = hash_init(&hash, vkx_hash_name(pass->digest->alg));
	for (i = 0; i < pass->count && !err; i++, piece++) {
		if (piece->hashed)
			err = feed(hash.desc, pass->load->file + piece->offset,
				   piece->size, pass->owner);
	}
	if (!err)
		err = crypto_shash_final(hash.desc, pass->digest->bytes);
	hash_free(&hash);
	return err;
}

static void run_pass(struct work_struct *work)
{
	struct pass *pass = container_of(work, struct pass, work);

	pass->err = pass->digest ? hash_file(pass) : hash_parts(pass);
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

/*
 * The first pass and the padding here, the others beside it; the components
 * come last.
 */
static int walk_pieces(struct vkx_load *load,
		       const struct vkx_uki_piece *pieces, size_t count)
{
	struct pass passes[ARRAY_SIZE(load->digests) + 1];
	size_t i, last = load->nr_digests;
	int err;

	for (i = 0; i <= last; i++) {
		passes[i] = (struct pass){
			.load = load,
			.owner = current,
			.pieces = pieces,
			.count = count,
			.digest = i < last ? &load->digests[i] : NULL,
		};
		INIT_WORK_ONSTACK(&passes[i].work, run_pass);
		if (i)
			queue_work(system_unbound_wq, &passes[i].work);
	}
	err = check_padding(load, pieces, count);
	if (!err)
		run_pass(&passes[0].work);
	for (i = 0; i <= last; i++) {
		if (i)
			flush_work(&passes[i].work);
		destroy_work_on_stack(&passes[i].work);
		if (!err)
			err = passes[i].err;
	}
	return err;
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
