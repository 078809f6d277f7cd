/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * May this boot? The answer is one enum vkx_verdict whose zero value means
 * "not verified", and the reason is one rule of docs/format.md with the byte
 * offset that broke it. The tools print the rule; the kernel logs it and turns
 * the verdict into an errno in one place. A rule is never skipped for
 * development: there is no such path.
 */
#ifndef VKX_VERDICT_H
#define VKX_VERDICT_H

#include "err.h"
#include "vkx_env.h"

enum vkx_verdict {
	VKX_VERDICT_NONE = 0, /* not verified: the state before every check */
	VKX_VERDICT_BOOT, /* every check was made and passed */
	VKX_VERDICT_MALFORMED, /* -EBADMSG: breaks a rule of the format */
	VKX_VERDICT_SIGNATURE, /* -EKEYREJECTED: signature missing or wrong */
	VKX_VERDICT_SIGNER, /* -ENOKEY: good signature, unknown signer */
	VKX_VERDICT_POLICY, /* -EPERM: revoked, rolled back, forbidden */
	VKX_VERDICT_ARGUMENTS, /* -EINVAL: what came beside the file is wrong */
	VKX_VERDICT_NO_TPM, /* -ENODEV: a TPM is required and not there */
};

/*
 * One row per rule: symbol, verdict class, identifier that never changes
 * (printed, logged, documented, tested), what is wrong in words.
 */
#define VKX_RULES(X)                                                           \
	X(NONE, NONE, "none", "no rule broken")                                \
	/* PE/COFF: docs/format.md "PE" */                                     \
	X(PE_SHORT, MALFORMED, "pe-short", "file ends inside its headers")     \
	X(PE_DOS_MAGIC, MALFORMED, "pe-dos-magic", "no MZ at offset 0")        \
	X(PE_ARM64_MAGIC, MALFORMED, "pe-arm64-magic",                         \
	  "arm64 Image magic in the DOS header: bootable from byte 0")         \
	X(PE_LFANEW, MALFORMED, "pe-lfanew",                                   \
	  "e_lfanew is unaligned, inside the DOS header or out of bounds")     \
	X(PE_SIGNATURE, MALFORMED, "pe-signature", "no PE signature")          \
	X(PE_MACHINE, MALFORMED, "pe-machine", "machine is not AArch64")       \
	X(PE_OPTIONAL, MALFORMED, "pe-optional",                               \
	  "optional header has a wrong size or is not PE32+")                  \
	X(PE_SUBSYSTEM, MALFORMED, "pe-subsystem", "not an EFI application")   \
	X(PE_DIRECTORIES, MALFORMED, "pe-directories",                         \
	  "data directories do not match the optional header's size")          \
	X(PE_ALIGNMENT, MALFORMED, "pe-alignment",                             \
	  "file or section alignment is not a sane power of two")              \
	X(PE_HEADER_SIZE, MALFORMED, "pe-header-size",                         \
	  "SizeOfHeaders does not hold the headers or leaves a gap")           \
	X(PE_HEADER_PAD, MALFORMED, "pe-header-pad",                           \
	  "bytes between section table and SizeOfHeaders are not zero")        \
	X(PE_SECTION_COUNT, MALFORMED, "pe-section-count",                     \
	  "no sections, or more than the limit")                               \
	X(PE_SECTION_RANGE, MALFORMED, "pe-section-range",                     \
	  "section lies outside the file")                                     \
	X(PE_SECTION_GAP, MALFORMED, "pe-section-gap",                         \
	  "sections do not tile the file: gap, overlap or wrong order")        \
	X(PE_SECTION_ALIGN, MALFORMED, "pe-section-align",                     \
	  "section size or address is no multiple of its alignment")           \
	X(PE_SECTION_VIRTUAL, MALFORMED, "pe-section-virtual",                 \
	  "section addresses overlap or leave SizeOfImage")                    \
	X(PE_SECTION_NAME, MALFORMED, "pe-section-name",                       \
	  "section name is empty, a long name or unprintable")                 \
	X(PE_ENTRY, MALFORMED, "pe-entry",                                     \
	  "entry point lies outside every section")                            \
	X(PE_SIZE, MALFORMED, "pe-size", "file is empty or beyond the limit")  \
	X(PE_CERT_TABLE, MALFORMED, "pe-cert-table",                           \
	  "certificate table is not last, not aligned or not whole")           \
	X(PE_CERT_ENTRY, MALFORMED, "pe-cert-entry",                           \
	  "bad length, revision, type or padding of a certificate entry")      \
	/* UKI: docs/format.md "UKI" */                                        \
	X(UKI_DUPLICATE, MALFORMED, "uki-duplicate",                           \
	  "a section of this name stands in the file already")                 \
	X(UKI_FORBIDDEN, MALFORMED, "uki-forbidden",                           \
	  "section is refused: .profile, .ucode, .efifw")                      \
	X(UKI_NO_LINUX, MALFORMED, "uki-no-linux", "no .linux section")        \
	X(UKI_NO_CMDLINE, MALFORMED, "uki-no-cmdline", "no .cmdline section")  \
	X(UKI_NO_SBAT, MALFORMED, "uki-no-sbat", "no .sbat section")           \
	X(UKI_VIRTUAL_SIZE, MALFORMED, "uki-virtual-size",                     \
	  "VirtualSize is larger than SizeOfRawData, or zero with raw data")   \
	X(UKI_PADDING, MALFORMED, "uki-padding",                               \
	  "bytes after a component's VirtualSize are not zero")                \
	X(UKI_PART_SIZE, MALFORMED, "uki-part-size",                           \
	  "component is larger than its limit")                                \
	X(UKI_DTBAUTO_COUNT, MALFORMED, "uki-dtbauto-count",                   \
	  "more .dtbauto sections than the limit")                             \
	X(UKI_CMDLINE_LENGTH, MALFORMED, "uki-cmdline-length",                 \
	  "command line does not fit COMMAND_LINE_SIZE")                       \
	X(UKI_CMDLINE_TEXT, MALFORMED, "uki-cmdline-text",                     \
	  "command line holds a byte that is not printable ASCII")             \
	X(IMAGE_HEADER, MALFORMED, "image-header",                             \
	  ".linux is not a raw arm64 Image")                                   \
	X(IMAGE_COMPRESSED, MALFORMED, "image-compressed",                     \
	  ".linux is compressed (EFI zboot, gzip or zstd)")                    \
	X(IMAGE_SIZE, MALFORMED, "image-size",                                 \
	  "image_size is zero, smaller than the file or absurd")               \
	X(IMAGE_OFFSET, MALFORMED, "image-offset",                             \
	  "text_offset is not page-aligned or not below 2 MiB")                \
	X(IMAGE_FLAGS, MALFORMED, "image-flags",                               \
	  "Image is big-endian or has reserved flags or fields set")           \
	X(IMAGE_PAGE_SIZE, POLICY, "image-page-size",                          \
	  "this CPU does not support the Image's page size")                   \
	X(SBAT_FORMAT, MALFORMED, "sbat-format",                               \
	  ".sbat is not well-formed SBAT CSV")                                 \
	X(SBAT_DUPLICATE, MALFORMED, "sbat-duplicate",                         \
	  ".sbat names a component twice")                                     \
	X(SBAT_LEVEL, POLICY, "sbat-level",                                    \
	  "component generation is below the SBAT level: rolled back")         \
	/* CMS and X.509: docs/format.md "Signature" */                        \
	X(SIG_NONE, SIGNATURE, "sig-none", "file is not signed")               \
	X(SIG_DER, SIGNATURE, "sig-der", "signature is not strict DER")        \
	X(SIG_CONTENT, SIGNATURE, "sig-content",                               \
	  "not a SignedData over one SpcIndirectDataContent")                  \
	X(SIG_SIGNERS, SIGNATURE, "sig-signers", "not exactly one SignerInfo") \
	X(SIG_ATTRIBUTES, SIGNATURE, "sig-attributes",                         \
	  "signed attributes missing, repeated or wrong")                      \
	X(SIG_TIME, SIGNATURE, "sig-time",                                     \
	  "signing time lies outside of the signer's certificate's validity")  \
	X(SIG_UNSIGNED_ATTRIBUTES, SIGNATURE, "sig-unsigned-attributes",       \
	  "unsigned attributes are refused")                                   \
	X(SIG_ALGORITHM, SIGNATURE, "sig-algorithm",                           \
	  "algorithm or key size is not in the accepted set")                  \
	X(SIG_DIGEST, SIGNATURE, "sig-digest",                                 \
	  "signed digest is not the file's Authenticode digest")               \
	X(SIG_VALUE, SIGNATURE, "sig-value",                                   \
	  "signature value does not verify under the signer's key")            \
	X(SIG_CERTIFICATES, SIGNATURE, "sig-certificates",                     \
	  "certificates missing, too many or malformed")                       \
	X(SIG_USAGE, SIGNATURE, "sig-usage",                                   \
	  "signer's certificate is not for code signing, or is a CA")          \
	X(SIG_CHAIN, SIGNATURE, "sig-chain",                                   \
	  "certificate chain is broken or uses an unsupported extension")      \
	X(SIG_SIGNER, SIGNER, "sig-signer",                                    \
	  "no trusted certificate vouches for the signer")                     \
	/* Policy: docs/format.md "Policy" */                                  \
	X(REVOKED_IMAGE, POLICY, "revoked-image",                              \
	  "the image's digest is revoked")                                     \
	X(REVOKED_CERTIFICATE, POLICY, "revoked-certificate",                  \
	  "the signer's certificate, or one above it, is revoked")             \
	X(REVOCATION_LIST, POLICY, "revocation-list",                          \
	  "revocation list is malformed: nothing may boot")                    \
	X(REVOCATION_KIND, POLICY, "revocation-kind",                          \
	  "revocation list has an entry of a kind that cannot be matched")     \
	X(POLICY_NOT_UKI, POLICY, "policy-not-uki",                            \
	  "only a signed UKI may be loaded while enforcing")                   \
	X(POLICY_MACHINE, POLICY, "policy-machine",                            \
	  "device tree is for another machine")                                \
	X(POLICY_RUNNING_DTB, POLICY, "policy-running-dtb",                    \
	  "no signed device tree, and the running one may not be used")        \
	X(POLICY_TPM_BANK, POLICY, "policy-tpm-bank",                          \
	  "a TPM bank cannot be extended with a digest of its algorithm")      \
	X(POLICY_MEASURE, POLICY, "policy-measure",                            \
	  "the load could not be measured")                                    \
	X(POLICY_SIGNERS, POLICY, "policy-signers",                            \
	  "fewer different trusted signers than policy asks for")              \
	X(ARGS_INITRD, ARGUMENTS, "args-initrd",                               \
	  "an initrd was given beside the UKI")                                \
	X(ARGS_CMDLINE, ARGUMENTS, "args-cmdline",                             \
	  "a command line other than the signed one was given")                \
	X(ARGS_FLAGS, ARGUMENTS, "args-flags", "unsupported kexec flags")      \
	X(ARGS_PLACEMENT, ARGUMENTS, "args-placement",                         \
	  "no room in memory for kernel, initrd and device tree")              \
	X(NO_TPM, NO_TPM, "no-tpm",                                            \
	  "there is no TPM, and one is required or was there before")          \
	/* TCG log and hop record: docs/format.md "Measured" */                \
	X(LOG_SHORT, MALFORMED, "log-short", "log ends inside a record")       \
	X(LOG_HEADER, MALFORMED, "log-header",                                 \
	  "first record is not a Spec ID event of a TPM log")                  \
	X(LOG_BANKS, MALFORMED, "log-banks",                                   \
	  "header's banks are repeated, missing or of a wrong size")           \
	X(LOG_DIGESTS, MALFORMED, "log-digests",                               \
	  "event's digests are none, repeated or of a foreign bank")           \
	X(LOG_PCR, MALFORMED, "log-pcr", "event's PCR does not exist")         \
	X(LOG_SECOND_HEADER, MALFORMED, "log-second-header",                   \
	  "a second Spec ID event: logs were joined")                          \
	X(LOG_LIMIT, MALFORMED, "log-limit",                                   \
	  "log is empty or beyond the limit")                                  \
	X(HOP_SIZE, MALFORMED, "hop-size", "hop record has a wrong size")      \
	X(HOP_VERSION, MALFORMED, "hop-version",                               \
	  "hop record has a wrong magic or an unknown version")                \
	X(HOP_FIELD, MALFORMED, "hop-field",                                   \
	  "hop record has an undefined, reserved or contradictory field")      \
	/* Device trees: docs/format.md "Device tree" */                       \
	X(FDT_HEADER, MALFORMED, "fdt-header",                                 \
	  "device tree header is wrong or blocks do not fit")                  \
	X(FDT_STRUCTURE, MALFORMED, "fdt-structure",                           \
	  "device tree structure block is malformed")                          \
	X(FDT_NAME, MALFORMED, "fdt-name",                                     \
	  "node or property name is malformed or repeated")                    \
	X(FDT_ROOT, MALFORMED, "fdt-root", "not exactly one unnamed root")     \
	X(FDT_DEPTH, MALFORMED, "fdt-depth", "device tree is nested too deep") \
	X(FDT_LIMIT, MALFORMED, "fdt-limit",                                   \
	  "device tree has more nodes than the limit")                         \
	X(FDT_PHANDLE, MALFORMED, "fdt-phandle",                               \
	  "phandle is malformed or stands at two nodes")                       \
	X(FDT_RESERVE, MALFORMED, "fdt-reserve",                               \
	  "memory reservation is malformed or covers what it must not")        \
	X(FDT_MERGE, POLICY, "fdt-merge",                                      \
	  "signed device tree and running machine cannot be merged")           \
	X(MERGE_CARRY, POLICY, "merge-carry",                                  \
	  "signed carry-over list is malformed or names what may not cross")   \
	X(MERGE_CPUS, POLICY, "merge-cpus",                                    \
	  "PSCI method or CPU enable-method differs from the machine")         \
	X(MERGE_MEMORY, POLICY, "merge-memory",                                \
	  "machine's memory is not described or does not fit the cells")       \
	X(MERGE_RESERVED, POLICY, "merge-reserved",                            \
	  "reserved-memory contradicts the running machine")                   \
	X(MERGE_SPACE, POLICY, "merge-space",                                  \
	  "merged device tree is larger than the boot protocol allows")        \
	X(MERGE_TPM, POLICY, "merge-tpm",                                      \
	  "mem= on the command line keeps the event log from the next kernel")

/* The formatter takes the rows for one statement. */
/* clang-format off */
enum vkx_rule {
#define VKX_RULE_SYMBOL(symbol, verdict, id, text) VKX_RULE_##symbol,
	VKX_RULES(VKX_RULE_SYMBOL)
#undef VKX_RULE_SYMBOL
	VKX_RULE_NR
};
/* clang-format on */

/* Which rule was broken, and the file offset (or, for what is no file, the
 * offset in the blob) of the field that broke it. */
struct vkx_fault {
	enum vkx_rule rule;
	uint64_t offset;
};

/*
 * Records the fault and returns -VKX_ERR_FORMAT, so that a check reads
 * "return vkx_fault(fault_ret, VKX_RULE_X, offset);". fault_ret may be NULL.
 */
VKX_MUST_USE int vkx_fault(struct vkx_fault *fault_ret, enum vkx_rule rule,
			   uint64_t offset);

/* The verdict a broken rule leads to; never VKX_VERDICT_BOOT. */
enum vkx_verdict vkx_rule_verdict(enum vkx_rule rule);
/* Stable identifier ("pe-machine") and words; never NULL, static storage. */
const char *vkx_rule_id(enum vkx_rule rule);
const char *vkx_rule_text(enum vkx_rule rule);
/* "boot", "malformed", ...; never NULL. */
const char *vkx_verdict_name(enum vkx_verdict verdict);

#endif
