/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signing a file that is there already. A UKI is signed in canonical layout
 * and only if it keeps every rule of the format; any other EFI binary is signed
 * as it stands. The output appears whole, signed and re-read, or not at all.
 * Memory use does not depend on the file's size.
 */
#ifndef VKX_SIGN_H
#define VKX_SIGN_H

#include <stdbool.h>

#include "signer/authenticode.h"
#include "signer/pe_writer.h"
#include "signer/problem.h"

enum vkx_sign_mode {
	VKX_SIGN_FIRST = 0, /* refuse a file that has a signature */
	VKX_SIGN_ADD, /* keep what is there, append ours */
	VKX_SIGN_REPLACE, /* drop what is there */
};

struct vkx_sign_params {
	const struct vkx_signer *signer;
	enum vkx_sign_mode mode;
	struct vkx_pe_progress progress; /* may be all zero */
};

struct vkx_sign_report {
	bool uki; /* else some other EFI binary */
	bool relaid; /* was not in canonical layout, and is now */
	bool gap; /* has bytes that no Authenticode digest covers */
	size_t signatures; /* in the output */
	uint64_t size; /* of the output */
	uint8_t digest[64]; /* Authenticode digest, signer->hash */
};

/*
 * Signs in into out, which may be the same path. Subjects of problems are the
 * paths given. -VKX_ERR_FORMAT: malformed, or signed in a way that mode does
 * not allow; -VKX_ERR_IO, -VKX_ERR_NOMEM, -VKX_ERR_CRYPTO, -VKX_ERR_LIMIT: too
 * many signatures.
 */
VKX_MUST_USE int vkx_sign_file(const char *in, const char *out,
			       const struct vkx_sign_params *params,
			       struct vkx_sign_report *report_ret,
			       struct vkx_problem *problem);

/*
 * The first half of signing with a key that is somewhere else: everything but
 * the signature, of which nothing is kept but the bytes to be signed. The file
 * is laid out in the folder of scratch, where nothing stays. The second half
 * is vkx_sign_file() with signer->sig, same certificates, digest and time.
 */
VKX_MUST_USE int vkx_sign_prepare(const char *in, const char *scratch,
				  const struct vkx_sign_params *params,
				  struct vkx_bytes *attrs_ret,
				  struct vkx_sign_report *report_ret,
				  struct vkx_problem *problem);

/*
 * The end of every output: signs digest (signer NULL: does not), appends old
 * entries and ours, fills in the header and reads the result back. Does not
 * commit. strict: the file is a UKI.
 */
VKX_MUST_USE int vkx_sign_conclude(struct vkx_pe_writer *w,
				   const uint8_t *digest,
				   const struct vkx_signer *signer,
				   const struct vkx_bytes *old, bool strict,
				   const char *subject, size_t *signatures_ret,
				   struct vkx_problem *problem);

#endif
