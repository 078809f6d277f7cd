/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May this file boot, as far as a file can tell? The same checks in the same
 * order as in the kernel, by the same readers: form, content, signatures,
 * trust, revocation, SBAT level, device tree. What a running kernel adds
 * (lockdown, arguments, memory, the TPM) is not asked here.
 */
#ifndef VKX_VERIFY_H
#define VKX_VERIFY_H

#include "fdt_merge.h"
#include "sbat.h"
#include "verify/dn.h"
#include "verify/infile.h"
#include "verify/revocation.h"
#include "verify/scan.h"
#include "verify/trust.h"

/* All zero but trust: one trusted signer, nothing revoked, no level. */
struct vkx_verify_params {
	const struct vkx_trust *trust; /* NULL or empty: no one is trusted */
	const struct vkx_revocation *revocation; /* may be NULL */
	const struct vkx_sbat *sbat_level; /* may be NULL */
	/*
	 * Tree of the machine that would boot it, passed VKX_FDT_RUNNING; NULL:
	 * no machine, trees are checked but none is chosen.
	 */
	const void *machine;
	bool refuse_running_dtb; /* a UKI without a tree for it is refused */
	/* Signature of any EFI binary; nothing is said of booting by kexec. */
	bool any_pe;
	uint32_t signers; /* different trusted signers needed; 0 means 1 */
	bool components; /* fill the digests of components */
	bool read_ahead; /* read with a thread of its own */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *progress_arg;
};

/* What one signature is worth; says so whether the file may boot or not. */
struct vkx_signature {
	enum vkx_verdict verdict; /* VKX_VERDICT_BOOT: good, and trusted */
	struct vkx_fault fault; /* offset in the file */
	bool parsed; /* what follows is filled, good or not */
	enum vkx_hash_alg hash;
	enum vkx_key_alg key;
	uint32_t key_bits;
	bool has_signing_time;
	uint64_t signing_time; /* YYYYMMDDHHMMSS, the signer's word */
	uint64_t not_before, not_after; /* of the signer's certificate */
	uint8_t fingerprint[32]; /* SHA-256 of the signer's certificate */
	uint8_t anchor[32]; /* of the trusted one; zero if not trusted */
	char subject[VKX_DN_TEXT], issuer[VKX_DN_TEXT];
};

struct vkx_verified {
	enum vkx_verdict verdict;
	struct vkx_fault fault; /* why not; NONE with VKX_VERDICT_BOOT */
	uint64_t size;
	size_t nr_signatures;
	struct vkx_signature signatures[VKX_MAX_SIGNATURES];
	uint32_t signers; /* different trusted ones */

	/*
	 * All that follows is zero unless verdict is VKX_VERDICT_BOOT: what
	 * was refused must not be used.
	 */
	size_t signer; /* the first trusted signature */
	uint8_t authenticode[32]; /* SHA-256, whatever the signature uses */
	struct vkx_uki uki; /* with any_pe only .pe */
	struct vkx_image image;
	/* With params.components; [part] zero where absent. */
	uint8_t part_digest[VKX_PART_NR][32];
	uint8_t dtbauto_digest[VKX_MAX_DTBAUTO][32];
	/* .cmdline, .sbat whole, .osrel and .uname up to VKX_MAX_TEXT. */
	struct vkx_scan_part part[VKX_PART_NR];
	struct vkx_dtb_choice dtb; /* VKX_DTB_NONE without a machine */
};

/*
 * 0: a verdict was reached, whatever it is. An error: none was, verdict is
 * VKX_VERDICT_NONE, and the file is to be refused: -VKX_ERR_IO with errno,
 * -VKX_ERR_NOMEM, -VKX_ERR_CRYPTO, -VKX_ERR_BUG. vkx_verified_free() is to be
 * called in both cases. in may be closed afterwards. Safe from several threads
 * with one params.
 */
VKX_MUST_USE int vkx_verify_file(const struct vkx_infile *in,
				 const struct vkx_verify_params *params,
				 struct vkx_verified *verified_ret);

/*
 * The same in steps, for a thread that has two files: it then hashes both at
 * about the price of one. NULL: no memory. in must stay until the end, what
 * params points to as well.
 */
struct vkx_work;
struct vkx_work *vkx_verify_begin(const struct vkx_infile *in,
				  const struct vkx_verify_params *params,
				  struct vkx_verified *verified_ret);
/* A window of a and one of b, which may be NULL; each may have ended. */
void vkx_verify_step(struct vkx_work *a, struct vkx_work *b);
/* True once no step is left. */
bool vkx_verify_ended(const struct vkx_work *w);
/* Once ended: the result as of vkx_verify_file(); releases w. */
VKX_MUST_USE int vkx_verify_end(struct vkx_work *w);
void vkx_verified_free(struct vkx_verified *verified);

#endif
