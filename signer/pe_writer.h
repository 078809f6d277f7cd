/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PE on its way out: every byte is written once and, in the same step, goes
 * into the Authenticode digest and the PE checksum. What is signed is what was
 * written, not what may be read later. Headers come first, sections after
 * them, the certificate table last; then two fields of the header are filled
 * in, which neither digest covers.
 */
#ifndef VKX_PE_WRITER_H
#define VKX_PE_WRITER_H

#include "keys/bytes.h"
#include "keys/outfile.h"
#include "signer/hasher.h"

#define VKX_PE_CHUNK 262144u
/* Of buffers for copies: to odd addresses the kernel copies far slower. */
#define VKX_PE_ALIGN 4096u

/* Called now and then, from one thread or another, never from two at once. */
struct vkx_pe_progress {
	void (*fn)(void *arg, uint64_t done, uint64_t total); /* bytes */
	void *arg;
	uint64_t total; /* filled by whoever knows */
};

struct vkx_pe_writer {
	struct vkx_outfile *out;
	const char *out_name; /* for whoever reports an error */
	bool out_failed; /* the last -VKX_ERR_IO came from writing */
	struct vkx_hasher hasher;
	uint64_t pos; /* bytes written */
	uint64_t body; /* bytes before the certificate table, once closed */
	uint32_t checksum_off;
	uint32_t certdir_off;
	uint64_t sum; /* of little-endian 16-bit words */
	uint8_t *chunk; /* VKX_PE_CHUNK bytes for copies */
	struct vkx_pe_progress progress; /* all zero: nobody wants to know */
};

/* The two offsets are those of struct vkx_pe and not 0. -VKX_ERR_NOMEM. */
VKX_MUST_USE int vkx_pe_writer_init(struct vkx_pe_writer *w,
				    struct vkx_outfile *out,
				    const char *out_name, enum vkx_hash_alg alg,
				    uint32_t checksum_off,
				    uint32_t certdir_off);
void vkx_pe_writer_free(struct vkx_pe_writer *w);

/* The first thing written: at least all up to the end of both fields, in which
 * there must be zeros. -VKX_ERR_IO (errno). */
VKX_MUST_USE int vkx_pe_writer_head(struct vkx_pe_writer *w, const uint8_t *hdr,
				    size_t len);
/* What follows it. -VKX_ERR_IO (errno). */
VKX_MUST_USE int vkx_pe_writer_put(struct vkx_pe_writer *w, const void *data,
				   size_t len);
/* The same without hashing: for whoever hashes these bytes elsewhere. */
VKX_MUST_USE int vkx_pe_writer_raw(struct vkx_pe_writer *w, const void *data,
				   size_t len);
VKX_MUST_USE int vkx_pe_writer_zero(struct vkx_pe_writer *w, uint64_t len);
/*
 * Copies from a file. -VKX_ERR_IO (errno): reading or writing failed;
 * -VKX_ERR_MISMATCH: the file is shorter than it said.
 */
VKX_MUST_USE int vkx_pe_writer_copy(struct vkx_pe_writer *w, int fd,
				    uint64_t offset, uint64_t len);

/* Pads to eight bytes and gives the digest of everything so far. */
VKX_MUST_USE int vkx_pe_writer_digest(struct vkx_pe_writer *w,
				      uint8_t digest_ret[64]);
/* Appends one WIN_CERTIFICATE around a PKCS#7 DER. */
VKX_MUST_USE int vkx_pe_writer_cert(struct vkx_pe_writer *w,
				    const struct vkx_bytes *der);
/* Appends entries that were in a table before, as they were. */
VKX_MUST_USE int vkx_pe_writer_certs(struct vkx_pe_writer *w,
				     const struct vkx_bytes *entries);
/* Fills in the certificate directory (if there are certificates) and the
 * checksum. */
VKX_MUST_USE int vkx_pe_writer_finish(struct vkx_pe_writer *w);

#endif
