/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/pe_writer.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cursor.h"
#include "pe.h"
#include "signer/copy.h"
#include "verify/cpus.h"

#define ALIGN 8

int vkx_pe_writer_init(struct vkx_pe_writer *w, struct vkx_outfile *out,
		       const char *out_name, enum vkx_hash_alg alg,
		       uint32_t checksum_off, uint32_t certdir_off)
{
	memset(w, 0, sizeof(*w));
	w->chunk = aligned_alloc(VKX_PE_ALIGN, VKX_PE_CHUNK);
	if (!w->chunk)
		return -VKX_ERR_NOMEM;
	w->out = out;
	w->out_name = out_name;
	w->checksum_off = checksum_off;
	w->certdir_off = certdir_off;
	vkx_hasher_init(&w->hasher, alg);
	return 0;
}

void vkx_pe_writer_free(struct vkx_pe_writer *w)
{
	free(w->chunk);
	w->chunk = NULL;
}

/* 32 bytes at a time, each half of a word into a sum of its own. */
static uint64_t sum_words32(const uint8_t *p, size_t len)
{
	uint64_t low = 0, high = 0, v[4];
	size_t i;

	for (; len >= sizeof(v); p += sizeof(v), len -= sizeof(v)) {
		memcpy(v, p, sizeof(v));
		for (i = 0; i < 4; i++) {
			low += le64toh(v[i]) & 0xffffffff;
			high += le64toh(v[i]) >> 32;
		}
	}
	return low + high;
}

/*
 * Sums little-endian 16-bit words, one's complement in the end: a word's place
 * matters only by its parity, and since 2^16 is 1 modulo 2^16-1 a word of 32
 * bits may stand for its two halves. The carries meet again in finish().
 */
static void add_words(struct vkx_pe_writer *w, const uint8_t *p, size_t len)
{
	size_t wide;

	if (len && (w->pos & 1)) {
		w->sum += (uint64_t)*p << 8;
		p++;
		len--;
	}
	wide = len & ~(size_t)31;
	w->sum += sum_words32(p, wide);
	p += wide;
	len -= wide;
	for (; len >= 2; p += 2, len -= 2)
		w->sum += vkx_get_le16(p);
	if (len)
		w->sum += *p;
}

int vkx_pe_writer_raw(struct vkx_pe_writer *w, const void *data, size_t len)
{
	int err;

	err = vkx_outfile_write(w->out, data, len);
	w->out_failed = err != 0;
	if (err)
		return err;
	add_words(w, data, len);
	w->pos += len;
	if (w->progress.fn)
		w->progress.fn(w->progress.arg, w->pos, w->progress.total);
	return 0;
}

int vkx_pe_writer_head(struct vkx_pe_writer *w, const uint8_t *hdr, size_t len)
{
	uint32_t after = w->checksum_off + 4;

	vkx_hasher_update(&w->hasher, hdr, w->checksum_off);
	vkx_hasher_update(&w->hasher, hdr + after, w->certdir_off - after);
	after = w->certdir_off + 8;
	vkx_hasher_update(&w->hasher, hdr + after, len - after);
	return vkx_pe_writer_raw(w, hdr, len);
}

int vkx_pe_writer_put(struct vkx_pe_writer *w, const void *data, size_t len)
{
	vkx_hasher_update(&w->hasher, data, len);
	return vkx_pe_writer_raw(w, data, len);
}

int vkx_pe_writer_zero(struct vkx_pe_writer *w, uint64_t len)
{
	int err = 0;

	memset(w->chunk, 0, VKX_PE_CHUNK);
	while (len && !err) {
		size_t n = len < VKX_PE_CHUNK ? (size_t)len : VKX_PE_CHUNK;

		err = vkx_pe_writer_put(w, w->chunk, n);
		len -= n;
	}
	return err;
}

int vkx_pe_writer_copy(struct vkx_pe_writer *w, int fd, uint64_t offset,
		       uint64_t len)
{
	int err = -VKX_ERR_UNSUPPORTED;

	if (len >= VKX_COPY_LONG && vkx_cpus_usable() > 1)
		err = vkx_copy_threaded(w, fd, offset, len);
	if (err != -VKX_ERR_UNSUPPORTED)
		return err;
	err = 0;
	while (len && !err) {
		size_t want = len < VKX_PE_CHUNK ? (size_t)len : VKX_PE_CHUNK;
		ssize_t n = pread(fd, w->chunk, want, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -VKX_ERR_IO;
		if (!n)
			return -VKX_ERR_MISMATCH;
		err = vkx_pe_writer_put(w, w->chunk, (size_t)n);
		offset += (size_t)n;
		len -= (size_t)n;
	}
	return err;
}

int vkx_pe_writer_digest(struct vkx_pe_writer *w, uint8_t digest_ret[64])
{
	int err = vkx_pe_writer_zero(w, -w->pos % ALIGN);

	if (err)
		return err;
	vkx_hasher_final(&w->hasher, digest_ret);
	w->body = w->pos;
	return 0;
}

int vkx_pe_writer_cert(struct vkx_pe_writer *w, const struct vkx_bytes *der)
{
	static const uint8_t zero[ALIGN];
	uint8_t head[VKX_PE_CERT_HEADER];
	size_t pad = -(VKX_PE_CERT_HEADER + der->len) % ALIGN;
	int err;

	/* dwLength counts the padding, as sbsign and firmware have it. */
	vkx_put_le32(head, (uint32_t)(VKX_PE_CERT_HEADER + der->len + pad));
	vkx_put_le16(head + 4, VKX_PE_CERT_REVISION_2);
	vkx_put_le16(head + 6, VKX_PE_CERT_PKCS);
	err = vkx_pe_writer_raw(w, head, sizeof(head));
	if (!err)
		err = vkx_pe_writer_raw(w, der->data, der->len);
	return err ? err : vkx_pe_writer_raw(w, zero, pad);
}

int vkx_pe_writer_certs(struct vkx_pe_writer *w,
			const struct vkx_bytes *entries)
{
	return vkx_pe_writer_raw(w, entries->data, entries->len);
}

int vkx_pe_writer_finish(struct vkx_pe_writer *w)
{
	uint8_t dir[8], sum[4];
	uint64_t v;
	size_t i;
	int err;

	if (w->pos > w->body) {
		vkx_put_le32(dir, (uint32_t)w->body);
		vkx_put_le32(dir + 4, (uint32_t)(w->pos - w->body));
		err = vkx_outfile_pwrite(w->out, dir, sizeof(dir),
					 w->certdir_off);
		if (err)
			return err;
		for (i = 0; i < sizeof(dir); i++)
			w->sum += (uint64_t)dir[i]
				  << ((w->certdir_off + i) & 1 ? 8 : 0);
	}
	v = w->sum;
	while (v >> 16)
		v = (v & 0xffff) + (v >> 16);
	vkx_put_le32(sum, (uint32_t)(v + w->pos));
	return vkx_outfile_pwrite(w->out, sum, sizeof(sum), w->checksum_off);
}
