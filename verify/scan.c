/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/scan.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/md.h>

#include "cursor.h"
#include "verify/stream.h"

/* What one pass carries from window to window. */
struct pass {
	struct vkx_scan *scan;
	const struct vkx_scan_params *params;
	struct vkx_fault *fault_ret;
	struct vkx_uki_piece pieces[VKX_UKI_MAX_PIECES];
	size_t nr_pieces;
	size_t now; /* piece being read */
	uint64_t in_piece; /* bytes of it that have been read */
	struct vkx_sha256 whole, part;
	mbedtls_md_context_t md[VKX_HASH_SHA512 + 1];
	uint64_t done;
};

static int read_headers(struct vkx_scan *scan, struct vkx_fault *fault_ret)
{
	uint64_t size = scan->in->size;
	int err;

	scan->hdr_len = size < VKX_MAX_HEADERS ? (size_t)size : VKX_MAX_HEADERS;
	scan->hdr = malloc(scan->hdr_len + 1);
	if (!scan->hdr)
		return -VKX_ERR_NOMEM;
	err = vkx_infile_read(scan->in, 0, scan->hdr, scan->hdr_len);
	if (err)
		return err;
	if (scan->profile == VKX_PE_STRICT)
		return vkx_uki_parse(scan->hdr, scan->hdr_len, size, &scan->uki,
				     fault_ret);
	return vkx_pe_parse(scan->hdr, scan->hdr_len, size, scan->profile,
			    &scan->uki.pe, fault_ret);
}

/* What the headers' read has brought is not read again. */
static int read_rest(const struct vkx_scan *scan, uint64_t offset, uint8_t *buf,
		     size_t len)
{
	size_t have = 0;

	if (offset < scan->hdr_len) {
		have = scan->hdr_len - (size_t)offset;
		if (have > len)
			have = len;
		memcpy(buf, scan->hdr + offset, have);
	}
	return vkx_infile_read(scan->in, offset + have, buf + have, len - have);
}

int vkx_scan_open(struct vkx_scan *scan, const struct vkx_infile *in,
		  enum vkx_pe_profile profile, struct vkx_fault *fault_ret)
{
	const struct vkx_pe *pe = &scan->uki.pe;
	int err;

	memset(scan, 0, sizeof(*scan));
	scan->in = in;
	scan->profile = profile;
	err = read_headers(scan, fault_ret);
	if (err || !pe->cert_size)
		return err;
	if (pe->cert_size > VKX_MAX_CERT_TABLE)
		return vkx_fault(fault_ret, VKX_RULE_PE_CERT_TABLE,
				 pe->certdir_off);
	scan->table = malloc(pe->cert_size);
	if (!scan->table)
		return -VKX_ERR_NOMEM;
	err = read_rest(scan, pe->cert_off, scan->table, pe->cert_size);
	if (err)
		return err;
	return vkx_pe_certs(pe, scan->table, scan->certs, &scan->nr_certs,
			    fault_ret);
}

const uint8_t *vkx_scan_signature(const struct vkx_scan *scan, size_t i)
{
	return scan->table + (scan->certs[i].offset - scan->uki.pe.cert_off);
}

/* --- what is kept of a component ------------------------------------------ */

static size_t keep_max(int id)
{
	switch (id) {
	case VKX_PART_LINUX:
		return VKX_IMAGE_HEADER_SIZE;
	case VKX_PART_OSREL:
	case VKX_PART_UNAME:
		return VKX_MAX_TEXT;
	case VKX_PART_CMDLINE:
	case VKX_PART_SBAT:
	case VKX_PART_DTB:
	case VKX_PART_DTBAUTO:
		return SIZE_MAX;
	default:
		return 0;
	}
}

static int make_room_for(struct vkx_scan_part *kept,
			 const struct vkx_uki_part *part, int id)
{
	size_t max = keep_max(id);

	if (!part->present || !max || kept->data)
		return 0;
	if (max > part->size)
		max = part->size;
	kept->data = calloc(1, max + 1);
	return kept->data ? 0 : -VKX_ERR_NOMEM;
}

/* Room for all that is kept, empty components too. */
static int make_room(struct vkx_scan *scan)
{
	const struct vkx_uki *uki = &scan->uki;
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < VKX_PART_NR; i++)
		if (i != VKX_PART_DTBAUTO)
			err = make_room_for(&scan->part[i], &uki->part[i],
					    (int)i);
	for (i = 0; !err && i < uki->nr_dtbauto; i++)
		err = make_room_for(&scan->dtbauto[i], &uki->dtbauto[i],
				    VKX_PART_DTBAUTO);
	return err;
}

static void keep(struct vkx_scan *scan, const struct vkx_uki_piece *piece,
		 const uint8_t *p, size_t n)
{
	struct vkx_scan_part *kept = &scan->part[piece->part];
	size_t max = keep_max(piece->part);

	if (piece->part == VKX_PART_DTBAUTO)
		kept = &scan->dtbauto[piece->dtbauto];
	if (!kept->data)
		return;
	if (max > piece->size)
		max = (size_t)piece->size;
	if (n > max - kept->len)
		n = max - kept->len;
	memcpy(kept->data + kept->len, p, n);
	kept->len += n;
}

static uint8_t *part_digest(struct vkx_scan *scan,
			    const struct vkx_uki_piece *piece)
{
	if (piece->part == VKX_PART_DTBAUTO)
		return scan->dtbauto_digest[piece->dtbauto];
	return scan->part_digest[piece->part];
}

/* --- the pass --------------------------------------------------------------- */

static int hash_more(struct pass *pass, const uint8_t *p, size_t n)
{
	unsigned int alg;

	for (alg = VKX_HASH_SHA384; alg <= VKX_HASH_SHA512; alg++)
		if ((pass->params->hashes >> alg & 1) &&
		    mbedtls_md_update(&pass->md[alg], p, n))
			return -VKX_ERR_CRYPTO;
	return 0;
}

/* n bytes that all belong to one piece. */
static int feed_piece(struct pass *pass, const struct vkx_uki_piece *piece,
		      const uint8_t *p, size_t n)
{
	bool component = piece->part >= 0 && pass->params->components;
	size_t at;
	int err = 0;

	if (piece->zero) {
		at = vkx_nonzero_at(p, n);
		if (at != n)
			return vkx_fault(pass->fault_ret, VKX_RULE_UKI_PADDING,
					 piece->offset + pass->in_piece + at);
	}
	if (component && !pass->in_piece)
		vkx_sha256_init(&pass->part);
	if (component && piece->hashed)
		vkx_sha256_update2(&pass->whole, p, &pass->part, p, n);
	else if (piece->hashed)
		vkx_pair_update(pass->params->pair, &pass->whole, p, n);
	if (piece->hashed)
		err = hash_more(pass, p, n);
	if (piece->part >= 0)
		keep(pass->scan, piece, p, n);
	pass->in_piece += n;
	if (component && pass->in_piece == piece->size)
		vkx_sha256_final(&pass->part, part_digest(pass->scan, piece));
	return err;
}

/* The next n bytes of the pass, cut at the borders of pieces. */
static int feed(struct pass *pass, const uint8_t *p, size_t n)
{
	const struct vkx_uki_piece *piece;
	size_t take;
	int err;

	while (n) {
		piece = &pass->pieces[pass->now];
		take = n;
		if (take > piece->size - pass->in_piece)
			take = (size_t)(piece->size - pass->in_piece);
		err = feed_piece(pass, piece, p, take);
		if (err)
			return err;
		if (pass->in_piece == piece->size) {
			pass->now++;
			pass->in_piece = 0;
		}
		p += take;
		n -= take;
		pass->done += take;
	}
	return 0;
}

/* [offset, offset + size) of the file: from the headers, then by stream. */
static int feed_file(struct pass *pass, uint64_t offset, uint64_t size)
{
	const struct vkx_scan_params *params = pass->params;
	struct vkx_scan *scan = pass->scan;
	struct vkx_stream stream;
	const uint8_t *p;
	size_t n = 0;
	int err;

	if (offset < scan->hdr_len) {
		n = scan->hdr_len - (size_t)offset;
		if (n > size)
			n = (size_t)size;
		err = feed(pass, scan->hdr + offset, n);
		if (err)
			return err;
	}
	err = vkx_stream_open(&stream, scan->in, offset + n, size - n,
			      params->read_ahead);
	while (!err) {
		err = vkx_stream_next(&stream, &p, &n);
		if (err || !n)
			break;
		err = feed(pass, p, n);
		if (params->progress)
			params->progress(params->progress_arg, pass->done,
					 scan->in->size);
	}
	vkx_stream_close(&stream);
	return err;
}

/* Pieces that follow one another are read as one run. */
static int feed_pieces(struct pass *pass)
{
	uint64_t start, end;
	size_t i = 0;
	int err;

	while (i < pass->nr_pieces) {
		start = pass->pieces[i].offset;
		end = start;
		for (; i < pass->nr_pieces && pass->pieces[i].offset == end;
		     i++)
			end += pass->pieces[i].size;
		err = feed_file(pass, start, end - start);
		if (err)
			return err;
	}
	return 0;
}

static int list_pieces(struct pass *pass, uint32_t *pad_ret)
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

static int start_hashes(struct pass *pass)
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
		if (!(pass->params->hashes >> alg & 1))
			continue;
		if (mbedtls_md_setup(&pass->md[alg],
				     mbedtls_md_info_from_type(types[alg]),
				     0) ||
		    mbedtls_md_starts(&pass->md[alg]))
			return -VKX_ERR_NOMEM;
	}
	return 0;
}

static int finish_hashes(struct pass *pass, uint32_t pad)
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
		if (!(pass->params->hashes >> alg & 1))
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

int vkx_scan_hash(struct vkx_scan *scan, const struct vkx_scan_params *params,
		  struct vkx_fault *fault_ret)
{
	struct pass *pass = calloc(1, sizeof(*pass));
	unsigned int alg;
	uint32_t pad;
	int err;

	if (!pass)
		return -VKX_ERR_NOMEM;
	pass->scan = scan;
	pass->params = params;
	pass->fault_ret = fault_ret;
	err = start_hashes(pass);
	if (!err && params->collect)
		err = make_room(scan);
	if (!err)
		err = list_pieces(pass, &pad);
	if (!err)
		err = feed_pieces(pass);
	if (!err)
		err = finish_hashes(pass, pad);
	if (!err && params->components)
		finish_empty(scan);
	for (alg = 0; alg <= VKX_HASH_SHA512; alg++)
		mbedtls_md_free(&pass->md[alg]);
	free(pass);
	return err;
}

void vkx_scan_close(struct vkx_scan *scan)
{
	unsigned int i;

	for (i = 0; i < VKX_PART_NR; i++)
		free(scan->part[i].data);
	for (i = 0; i < VKX_MAX_DTBAUTO; i++)
		free(scan->dtbauto[i].data);
	free(scan->table);
	free(scan->hdr);
	memset(scan, 0, sizeof(*scan));
}
