/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why an appraisal came out as it did. One row per reason: the verdict
 * it leads to, the step that finds it, an identifier that never changes, words. A verdict is the worst of its
 * reasons; without a completed appraisal it is "none".
 */
#ifndef VKX_REASON_H
#define VKX_REASON_H

/* The words of EAR (RFC 9711 family, AR4SI trust tiers), worst first. */
enum vkx_tier {
	VKX_TIER_NONE = 0, /* nothing is known: the evidence proves nothing */
	VKX_TIER_CONTRAINDICATED, /* genuine evidence of something wrong */
	VKX_TIER_WARNING, /* not wrong, but not what policy wants */
	VKX_TIER_AFFIRMING, /* every check was made and passed */
};

/* What an audit does, in this order; a reason belongs to one of them. */
enum vkx_step {
	VKX_STEP_READ = 0, /* evidence is there */
	VKX_STEP_KEY, /* its key is a restricted TPM key */
	VKX_STEP_QUOTE, /* a known one, whose signature the quote has */
	VKX_STEP_FRESH, /* nonce, selection, PCR values, counters */
	VKX_STEP_LOG, /* the log replays */
	VKX_STEP_CHAIN, /* every kernel is what it should be */
	VKX_STEP_NR
};

#define VKX_REASONS(X)                                                         \
	X(FINE, AFFIRMING, CHAIN, "fine", "every check passed")                \
	/* Evidence that proves nothing, in the order of the checks. */        \
	X(EVIDENCE_READ, NONE, READ, "evidence-read",                          \
	  "evidence cannot be read, or a file of it is missing")               \
	X(AK_FORMAT, NONE, KEY, "ak-format", "AK public area is malformed")    \
	X(AK_ALGORITHM, NONE, KEY, "ak-algorithm",                             \
	  "AK is not RSA-2048 or more, or ECC P-256 or P-384, with SHA-256 "   \
	  "or better")                                                         \
	X(AK_ATTRIBUTES, NONE, KEY, "ak-attributes",                           \
	  "AK is not a restricted, sign-only key that never leaves its TPM: "  \
	  "it signs what it is given")                                         \
	X(AK_UNKNOWN, NONE, QUOTE, "ak-unknown",                               \
	  "AK is not the one that this machine is known by")                   \
	X(AK_OTHER_MACHINE, NONE, QUOTE, "ak-other-machine",                   \
	  "AK is known as that of a machine of another name")                  \
	X(AK_UNBOUND, NONE, QUOTE, "ak-unbound",                               \
	  "AK is not bound to a TPM's EK: give --ak, or --ek-ca with "         \
	  "--challenge")                                                       \
	X(EK_CHAIN, NONE, QUOTE, "ek-chain",                                   \
	  "EK certificate is not issued by the given authority, or not for "   \
	  "an EK")                                                             \
	X(SIGNATURE_FORMAT, NONE, QUOTE, "signature-format",                   \
	  "quote's signature is malformed or of another scheme than the AK's") \
	X(SIGNATURE, NONE, QUOTE, "signature",                                 \
	  "quote's signature is not the AK's over this message")               \
	X(QUOTE_FORMAT, NONE, QUOTE, "quote-format",                           \
	  "quote message is malformed")                                        \
	X(QUOTE_MAGIC, NONE, QUOTE, "quote-magic",                             \
	  "message was not made by a TPM (magic)")                             \
	X(QUOTE_TYPE, NONE, QUOTE, "quote-type",                               \
	  "message is an attestation of something else than PCRs")             \
	X(NONCE_SHORT, NONE, FRESH, "nonce-short",                             \
	  "the nonce asked for has fewer than 16 bytes")                       \
	X(NONCE_MISSING, NONE, FRESH, "nonce-missing",                         \
	  "quote carries no nonce")                                            \
	X(NONCE_MISMATCH, NONE, FRESH, "nonce-mismatch",                       \
	  "quote carries another nonce than was asked for")                    \
	X(NONCE_REUSED, NONE, FRESH, "nonce-reused",                           \
	  "this nonce was spent before")                                       \
	X(SELECTION_EMPTY, NONE, FRESH, "selection-empty",                     \
	  "quote covers no PCR")                                               \
	X(SELECTION_FORMAT, NONE, QUOTE, "selection-format",                   \
	  "quoted selection repeats a bank or has an odd size")                \
	X(SELECTION_BANK, NONE, FRESH, "selection-bank",                       \
	  "quote covers no bank of SHA-256 or better")                         \
	X(SELECTION_PARTIAL, NONE, FRESH, "selection-partial",                 \
	  "quote leaves out a PCR that is required")                           \
	X(SELECTION_RESETTABLE, NONE, FRESH, "selection-resettable",           \
	  "quote covers PCR 16 or 23, which anybody can reset")                \
	X(PCRS_FORMAT, NONE, FRESH, "pcrs-format",                             \
	  "list of PCR values is malformed")                                   \
	X(PCRS_SELECTION, NONE, FRESH, "pcrs-selection",                       \
	  "PCR values are labelled otherwise than the signed selection")       \
	X(PCRS_DIGEST, NONE, FRESH, "pcrs-digest",                             \
	  "PCR values are not the ones that were signed")                      \
	X(CLOCK_RESET, NONE, FRESH, "clock-reset",                             \
	  "TPM was reset or restarted since the evidence before: an old log "  \
	  "may be replayed")                                                   \
	X(CLOCK_RESTART, NONE, FRESH, "clock-restart",                         \
	  "TPM's restart count went back")                                     \
	X(CLOCK_BACK, NONE, FRESH, "clock-back", "TPM's clock went back")      \
	X(CLOCK_UNSAFE, WARNING, FRESH, "clock-unsafe",                        \
	  "TPM's clock may have lost time since an unclean stop")              \
	X(TPM_CHANGED, NONE, FRESH, "tpm-changed",                             \
	  "TPM firmware version differs from the evidence before")             \
	X(TPM_FIRMWARE, CONTRAINDICATED, FRESH, "tpm-firmware",                \
	  "TPM firmware version is on the manifest's list of bad ones")        \
	/* Genuine quote: what it and the log say. */                          \
	X(LOG_MISSING, CONTRAINDICATED, LOG, "log-missing",                    \
	  "there is no event log")                                             \
	X(LOG_FORMAT, CONTRAINDICATED, LOG, "log-format",                      \
	  "event log is malformed")                                            \
	X(LOG_BANK, CONTRAINDICATED, LOG, "log-bank",                          \
	  "event log has no complete digests for a quoted bank")               \
	X(LOG_REPLAY, CONTRAINDICATED, LOG, "log-replay",                      \
	  "event log does not replay to the quoted PCR")                       \
	X(HOP_FORMAT, CONTRAINDICATED, CHAIN, "hop-format",                    \
	  "a hop record is malformed")                                         \
	X(HOP_DIGEST, CONTRAINDICATED, CHAIN, "hop-digest",                    \
	  "a hop record's digest is not that of its data")                     \
	X(EVENT_UNEXPECTED, CONTRAINDICATED, CHAIN, "event-unexpected",        \
	  "an event in PCR 12 that no kernel of this project makes")           \
	X(EVENT_BEFORE_HOP, WARNING, CHAIN, "event-before-hop",                \
	  "PCR 12 holds other events: an unsigned command line or add-on")     \
	X(HOP_ORDER, CONTRAINDICATED, CHAIN, "hop-order",                      \
	  "hop records do not follow each other: number, load before launch")  \
	X(HOP_SECTIONS, CONTRAINDICATED, CHAIN, "hop-sections",                \
	  "measured sections are not those of the launched image")             \
	X(LINK_UNKNOWN, CONTRAINDICATED, CHAIN, "link-unknown",                \
	  "image is not in the manifest")                                      \
	X(LINK_REVOKED, CONTRAINDICATED, CHAIN, "link-revoked",                \
	  "image is revoked by the manifest")                                  \
	X(LINK_OLD, CONTRAINDICATED, CHAIN, "link-old",                        \
	  "image is of a release below the manifest's minimum")                \
	X(LINK_COMPONENT, CONTRAINDICATED, CHAIN, "link-component",            \
	  "a component's digest is not the manifest's")                        \
	X(LINK_SIGNER, CONTRAINDICATED, CHAIN, "link-signer",                  \
	  "image was accepted for another signer than the manifest's")         \
	X(LINK_SBAT, CONTRAINDICATED, CHAIN, "link-sbat",                      \
	  "SBAT level applied is below the manifest's minimum")                \
	X(LINK_NOT_ENFORCING, CONTRAINDICATED, CHAIN, "link-not-enforcing",    \
	  "kernel that launched this one also took unsigned files")            \
	X(LINK_NOT_LOCKED, CONTRAINDICATED, CHAIN, "link-not-locked",          \
	  "kernel that launched this one was not locked down")                 \
	X(LAST_NOT_ENFORCING, CONTRAINDICATED, CHAIN, "last-not-enforcing",    \
	  "kernel that runs now also took unsigned files, as it wrote itself") \
	X(LAST_OPEN, CONTRAINDICATED, CHAIN, "last-open",                      \
	  "kernel that runs now was not locked down, as it wrote itself")      \
	X(LAST_NOT_LOCKED, WARNING, CHAIN, "last-not-locked",                  \
	  "kernel that runs now is not locked down by its own command line")   \
	X(LINK_DTB, WARNING, CHAIN, "link-dtb",                                \
	  "device tree is the running machine's, which nobody signed")         \
	X(FIRST_UNMEASURED, CONTRAINDICATED, CHAIN, "first-unmeasured",        \
	  "firmware measured nothing, and the manifest does not allow that")   \
	X(FIRST_UNKNOWN, CONTRAINDICATED, CHAIN, "first-unknown",              \
	  "first kernel is not in the manifest, and may not be a stock one")   \
	X(FIRST_UNPINNED, WARNING, CHAIN, "first-unpinned",                    \
	  "manifest pins no PCR 4, so that whoever has the TPM may say what "  \
	  "was booted: give 'manifest' a --boot-log")                          \
	X(FIRST_PCR, CONTRAINDICATED, CHAIN, "first-pcr",                      \
	  "a firmware PCR has a value that the manifest does not list, or "    \
	  "none that was quoted")                                              \
	X(NO_KNOWN_KERNEL, CONTRAINDICATED, CHAIN, "no-known-kernel",          \
	  "no kernel of the manifest was launched on this machine")            \
	X(HOPS_MISSING, CONTRAINDICATED, CHAIN, "hops-missing",                \
	  "fewer hops than expected: evidence is from before")                 \
	X(STAGED, WARNING, CHAIN, "staged",                                    \
	  "a kernel is loaded and not launched yet")                           \
	X(STAGED_UNKNOWN, CONTRAINDICATED, CHAIN, "staged-unknown",            \
	  "a kernel that the manifest refuses is loaded")                      \
	X(INTERNAL, NONE, CHAIN, "internal",                                   \
	  "out of memory, or a fault of this tool")

enum vkx_reason {
#define VKX_REASON_SYMBOL(symbol, tier, step, id, text) VKX_REASON_##symbol,
	VKX_REASONS(VKX_REASON_SYMBOL)
#undef VKX_REASON_SYMBOL
		VKX_REASON_NR
};

enum vkx_tier vkx_reason_tier(enum vkx_reason reason);
enum vkx_step vkx_reason_step(enum vkx_reason reason);
const char *vkx_reason_id(enum vkx_reason reason);
const char *vkx_reason_text(enum vkx_reason reason);
/* "none", "contraindicated", "warning", "affirming". */
const char *vkx_tier_name(enum vkx_tier tier);

#endif
