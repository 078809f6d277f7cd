/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/scan_pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/md.h>

#include "cursor.h"
#include "verify/stream.h"

/* What one pass carries from window to window. */
struct vkx_pass {
	struct vkx_scan *scan;
	struct vkx_scan_params params;
	struct vkx_fault fault;
	struct vkx_uki_piece pieces[VKX_UKI_MAX_PIECES];
	size_t nr_pieces;
	size_t now; /* piece being read */
	uint64_t in_piece; /* bytes of it that have been read */
	size_t next_run; /* the first piece of what has not been opened */
	struct vkx_stream stream;
	bool open; /* stream is */
	const uint8_t *p; /* bytes that have been read, and how many */
	size_t n;
	size_t todo; /* of those: in hashes of the whole alone, to be done */
	struct vkx_sha256 whole, part;
	mbedtls_md_context_t md[VKX_HASH_SHA512 + 1];
	uint64_t done;
	uint32_t pad;
	bool ended;
	int err, error; /* -VKX_ERR_* and its errno */
};

/* --- what is kept of a component ------------------------------------------ */

/* Room for all that is kept, empty components too. */
static int make_room(struct vkx_scan *scan)
{
	const struct vkx_uki *uki = &scan->uki;
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < VKX_PART_NR; i++)
		if (i != VKX_PART_DTBAUTO)
			err = vkx_scan_part_room(&scan->part[i], &uki->part[i],
						 (int)i);
	for (i = 0; !err && i < uki->nr_dtbauto; i++)
		err = vkx_scan_part_room(&scan->dtbauto[i], &uki->dtbauto[i],
					 VKX_PART_DTBAUTO);
	return err;
}

static void keep(struct vkx_scan *scan, const struct vkx_uki_piece *piece,
		 const uint8_t *p, size_t n)
{
	struct vkx_scan_part *kept = &scan->part[piece->part];

	if (piece->part == VKX_PART_DTBAUTO)
		kept = &scan->dtbauto[piece->dtbauto];
	vkx_scan_part_keep(kept, piece->part, piece->size, p, n);
}

static uint8_t *part_digest(struct vkx_scan *scan,
			    const struct vkx_uki_piece *piece)
{
	if (piece->part == VKX_PART_DTBAUTO)
		return scan->dtbauto_digest[piece->dtbauto];
	return scan->part_digest[piece->part];
}

/* --- the pass --------------------------------------------------------------- */

static int hash_more(struct vkx_pass *pass, const uint8_t *p, size_t n)
{
	unsigned int alg;

	for (alg = VKX_HASH_SHA384; alg <= VKX_HASH_SHA512; alg++)
		if ((pass->params.hashes >> alg & 1) &&
		    mbedtls_md_update(&pass->md[alg], p, n))
			return -VKX_ERR_CRYPTO;
	return 0;
}

static bool in_component(const struct vkx_pass *pass,
			 const struct vkx_uki_piece *piece)
{
	return piece->part >= 0 && pass->params.components;
}

/* Done with n bytes, which all belong to the piece being read. */
static void consume(struct vkx_pass *pass, size_t n)
{
	const struct vkx_uki_piece *piece = &pass->pieces[pass->now];

	pass->p += n;
	pass->n -= n;
	pass->done += n;
	pass->in_piece += n;
	if (pass->in_piece < piece->size)
		return;
	if (in_component(pass, piece))
		vkx_sha256_final(&pass->part, part_digest(pass->scan, piece));
	pass->now++;
	pass->in_piece = 0;
}

/* What is there of the piece being read: done with, but for the digest of the
 * whole where nothing else is wanted. That may be shared with another pass. */
static int feed(struct vkx_pass *pass)
{
	const struct vkx_uki_piece *piece = &pass->pieces[pass->now];
	bool component = in_component(pass, piece);
	size_t n = pass->n, at;
	int err = 0;

	if (n > piece->size - pass->in_piece)
		n = (size_t)(piece->size - pass->in_piece);
	if (piece->zero) {
		at = vkx_nonzero_at(pass->p, n);
		if (at != n)
			return vkx_fault(&pass->fault, VKX_RULE_UKI_PADDING,
					 piece->offset + pass->in_piece + at);
	}
	if (component && !pass->in_piece)
		vkx_sha256_init(&pass->part);
	if (piece->part >= 0)
		keep(pass->scan, piece, pass->p, n);
	if (piece->hashed)
		err = hash_more(pass, pass->p, n);
	if (err)
		return err;
	if (piece->hashed && !component && n) {
		pass->todo = n;
		return 0;
	}
	if (piece->hashed && component)
		vkx_sha256_update2(&pass->whole, pass->p, &pass->part, pass->p,
				   n);
	consume(pass, n);
	return 0;
}

/* Pieces that follow one another are read as one run: from the headers, which
 * have been read, then by stream. */
static int open_run(struct vkx_pass *pass)
{
	const struct vkx_scan *scan = pass->scan;
	uint64_t start = pass->pieces[pass->next_run].offset, end = start;
	size_t i = pass->next_run, have = 0;
	int err;

	for (; i < pass->nr_pieces && pass->pieces[i].offset == end; i++)
		end += pass->pieces[i].size;
	if (start < scan->hdr_len)
		have = scan->hdr_len - (size_t)start;
	if (have > end - start)
		have = (size_t)(end - start);
	err = vkx_stream_open(&pass->stream, scan->in, start + have,
			      end - start - have, pass->params.read_ahead);
	if (err)
		return err;
	pass->open = true;
	pass->next_run = i;
	pass->p = have ? scan->hdr + start : NULL;
	pass->n = have;
	return 0;
}

/* Makes pass->n more than zero, or pass->ended true. */
static int read_more(struct vkx_pass *pass)
{
	int err;

	while (!pass->n) {
		if (pass->open) {
			err = vkx_stream_next(&pass->stream, &pass->p,
					      &pass->n);
			if (err)
				return err;
			if (pass->n)
				break;
			vkx_stream_close(&pass->stream);
			pass->open = false;
		}
		pass->ended = pass->next_run == pass->nr_pieces;
		err = pass->ended ? 0 : open_run(pass);
		if (err || pass->ended)
			return err;
	}
	return 0;
}

/* Up to the next bytes that the whole's digest alone wants, or to the end. */
static void prepare(struct vkx_pass *pass)
{
	while (!pass->ended && !pass->todo) {
		if (!pass->n && pass->params.progress)
			pass->params.progress(pass->params.progress_arg,
					      pass->done, pass->scan->in->size);
		pass->err = read_more(pass);
		if (!pass->err && !pass->ended)
			pass->err = feed(pass);
		if (pass->err) {
			pass->error = errno;
			pass->ended = true;
		}
	}
}

void vkx_scan_step(struct vkx_scan *a, struct vkx_scan *b)
{
	struct vkx_pass *one = a->pass, *two = b ? b->pass : NULL;
	size_t n;

	prepare(one);
	if (two)
		prepare(two);
	if (!one->todo) {
		one = two;
		two = NULL;
	}
	if (!one || !one->todo)
		return;
	n = one->todo;
	if (two && two->todo && two->todo < n)
		n = two->todo;
	if (two && two->todo) {
		vkx_sha256_update2(&one->whole, one->p, &two->whole, two->p, n);
		two->todo -= n;
		consume(two, n);
	} else {
		vkx_sha256_update(&one->whole, one->p, n);
	}
	one->todo -= n;
	consume(one, n);
}

bool vkx_scan_ended(const struct vkx_scan *scan)
{
	return scan->pass->ended;
}

static int list_pieces(struct vkx_pass *pass, uint32_t *pad_ret)
{
	struct vkx_range ranges[VKX_PE_MAX_RANGES];
	struct vkx_scan *scan = pass->scan;
	size_t i, n;
	int err;

	*pad_ret = 0;
	if (scan->profile == VKX_PE_STRICT) {
		err = vkx_uki_pieces(&scan->uki, pass->pieces,
				     VKX_UKI_MAX_PIECES, &pass->nr_pieces);
		/* The certificate table, which comes last, has been read. */
		if (!err && scan->uki.pe.cert_size)
			pass->nr_pieces--;
		return err;
	}
	err = vkx_pe_hash_ranges(&scan->uki.pe, ranges, VKX_PE_MAX_RANGES, &n,
				 pad_ret);
	if (err)
		return err;
	for (i = 0; i < n; i++) {
		if (!ranges[i].size)
			continue;
		pass->pieces[pass->nr_pieces].offset = ranges[i].offset;
		pass->pieces[pass->nr_pieces].size = ranges[i].size;
		pass->pieces[pass->nr_pieces].hashed = true;
		pass->pieces[pass->nr_pieces++].part = -1;
	}
	return 0;
}

static int start_hashes(struct vkx_pass *pass)
{
	static const mbedtls_md_type_t types[] = {
		[VKX_HASH_SHA384] = MBEDTLS_MD_SHA384,
		[VKX_HASH_SHA512] = MBEDTLS_MD_SHA512,
	};
	unsigned int alg;

	vkx_sha256_init(&pass->whole);
	for (alg = 0; alg <= VKX_HASH_SHA512; alg++)
		mbedtls_md_init(&pass->md[alg]);
	for (alg = VKX_HASH_SHA384; alg <= VKX_HASH_SHA512; alg++) {
		if (!(pass->params.hashes >> alg & 1))
			continue;
		if (mbedtls_md_setup(&pass->md[alg],
				     mbedtls_md_info_from_type(types[alg]),
				     0) ||
		    mbedtls_md_starts(&pass->md[alg]))
			return -VKX_ERR_NOMEM;
	}
	return 0;
}

static int finish_hashes(struct vkx_pass *pass, uint32_t pad)
{
	static const uint8_t zeros[8];
	struct vkx_scan *scan = pass->scan;
	unsigned int alg;

	if (pad > sizeof(zeros))
		return -VKX_ERR_BUG;
	vkx_sha256_update(&pass->whole, zeros, pad);
	if (hash_more(pass, zeros, pad))
		return -VKX_ERR_CRYPTO;
	for (alg = VKX_HASH_SHA384; alg <= VKX_HASH_SHA512; alg++) {
		if (!(pass->params.hashes >> alg & 1))
			continue;
		if (mbedtls_md_finish(&pass->md[alg], scan->digest[alg]))
			return -VKX_ERR_CRYPTO;
		scan->has_digest[alg] = true;
	}
	vkx_sha256_final(&pass->whole, scan->digest[VKX_HASH_SHA256]);
	scan->has_digest[VKX_HASH_SHA256] = true;
	return 0;
}

/* Components without a byte are in no piece, and have a digest. */
static void finish_empty(struct vkx_scan *scan)
{
	uint32_t i;

	for (i = 0; i < VKX_PART_NR; i++)
		if (scan->uki.part[i].present && !scan->uki.part[i].size)
			vkx_sha256(NULL, 0, scan->part_digest[i]);
	for (i = 0; i < scan->uki.nr_dtbauto; i++)
		if (!scan->uki.dtbauto[i].size)
			vkx_sha256(NULL, 0, scan->dtbauto_digest[i]);
	/* Of several .dtbauto each has a digest of its own. */
	memset(scan->part_digest[VKX_PART_DTBAUTO], 0, VKX_SHA256_SIZE);
}

int vkx_scan_begin(struct vkx_scan *scan, const struct vkx_scan_params *params)
{
	struct vkx_pass *pass = calloc(1, sizeof(*pass));
	int err;

	if (!pass)
		return -VKX_ERR_NOMEM;
	scan->pass = pass;
	pass->scan = scan;
	pass->params = *params;
	err = start_hashes(pass);
	if (!err && params->collect)
		err = make_room(scan);
	if (!err)
		err = list_pieces(pass, &pass->pad);
	return err;
}

void vkx_pass_free(struct vkx_scan *scan)
{
	struct vkx_pass *pass = scan->pass;
	unsigned int alg;

	if (!pass)
		return;
	if (pass->open)
		vkx_stream_close(&pass->stream);
	for (alg = 0; alg <= VKX_HASH_SHA512; alg++)
		mbedtls_md_free(&pass->md[alg]);
	free(pass);
	scan->pass = NULL;
}

int vkx_scan_end(struct vkx_scan *scan, struct vkx_fault *fault_ret)
{
	struct vkx_pass *pass = scan->pass;
	int err = pass->ended ? pass->err : -VKX_ERR_BUG;

	if (!err)
		err = finish_hashes(pass, pass->pad);
	if (!err && pass->params.components)
		finish_empty(scan);
	if (err == -VKX_ERR_FORMAT && fault_ret)
		*fault_ret = pass->fault;
	if (err)
		errno = pass->error;
	vkx_pass_free(scan);
	return err;
}

int vkx_scan_hash(struct vkx_scan *scan, const struct vkx_scan_params *params,
		  struct vkx_fault *fault_ret)
{
	int err = vkx_scan_begin(scan, params);

	if (err)
		return err;
	while (!vkx_scan_ended(scan))
		vkx_scan_step(scan, NULL);
	return vkx_scan_end(scan, fault_ret);
}
