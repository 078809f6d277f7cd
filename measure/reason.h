/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why an appraisal came out as it did. One row per reason: identifier that
 * never changes, the verdict it leads to, words. A verdict is the worst of its
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

#define VKX_REASONS(X)                                                         \
	X(FINE, AFFIRMING, "fine", "every check passed")                       \
	/* Evidence that proves nothing, in the order of the checks. */        \
	X(EVIDENCE_READ, NONE, "evidence-read",                                \
	  "evidence cannot be read, or a file of it is missing")               \
	X(AK_FORMAT, NONE, "ak-format", "AK public area is malformed")         \
	X(AK_ALGORITHM, NONE, "ak-algorithm",                                  \
	  "AK is not RSA-2048 or more, or ECC P-256 or P-384, with SHA-256 "   \
	  "or better")                                                         \
	X(AK_ATTRIBUTES, NONE, "ak-attributes",                                \
	  "AK is not a restricted, sign-only key that never leaves its TPM: "  \
	  "it signs what it is given")                                         \
	X(AK_UNKNOWN, NONE, "ak-unknown",                                      \
	  "AK is not the one that this machine is known by")                   \
	X(AK_UNBOUND, NONE, "ak-unbound",                                      \
	  "AK is not bound to a TPM's EK: give --ak, or --ek-ca with "         \
	  "--challenge")                                                       \
	X(EK_CHAIN, NONE, "ek-chain",                                          \
	  "EK certificate is not issued by the given authority")               \
	X(SIGNATURE_FORMAT, NONE, "signature-format",                          \
	  "quote's signature is malformed or of another scheme than the AK's") \
	X(SIGNATURE, NONE, "signature",                                        \
	  "quote's signature is not the AK's over this message")               \
	X(QUOTE_FORMAT, NONE, "quote-format", "quote message is malformed")    \
	X(QUOTE_MAGIC, NONE, "quote-magic",                                    \
	  "message was not made by a TPM (magic)")                             \
	X(QUOTE_TYPE, NONE, "quote-type",                                      \
	  "message is an attestation of something else than PCRs")             \
	X(NONCE_SHORT, NONE, "nonce-short",                                    \
	  "the nonce asked for has fewer than 16 bytes")                       \
	X(NONCE_MISSING, NONE, "nonce-missing", "quote carries no nonce")      \
	X(NONCE_MISMATCH, NONE, "nonce-mismatch",                              \
	  "quote carries another nonce than was asked for")                    \
	X(NONCE_REUSED, NONE, "nonce-reused", "this nonce was spent before")   \
	X(SELECTION_EMPTY, NONE, "selection-empty", "quote covers no PCR")     \
	X(SELECTION_FORMAT, NONE, "selection-format",                          \
	  "quoted selection repeats a bank or has an odd size")                \
	X(SELECTION_BANK, NONE, "selection-bank",                              \
	  "quote covers no bank of SHA-256 or better")                         \
	X(SELECTION_PARTIAL, NONE, "selection-partial",                        \
	  "quote leaves out a PCR that is required")                           \
	X(SELECTION_RESETTABLE, NONE, "selection-resettable",                  \
	  "quote covers PCR 16 or 23, which anybody can reset")                \
	X(PCRS_FORMAT, NONE, "pcrs-format", "list of PCR values is malformed") \
	X(PCRS_SELECTION, NONE, "pcrs-selection",                              \
	  "PCR values are labelled otherwise than the signed selection")       \
	X(PCRS_DIGEST, NONE, "pcrs-digest",                                    \
	  "PCR values are not the ones that were signed")                      \
	X(CLOCK_RESET, NONE, "clock-reset",                                    \
	  "TPM was reset or restarted since the evidence before: an old log "  \
	  "may be replayed")                                                   \
	X(CLOCK_RESTART, NONE, "clock-restart",                                \
	  "TPM's restart count went back")                                     \
	X(CLOCK_BACK, NONE, "clock-back", "TPM's clock went back")             \
	X(CLOCK_UNSAFE, WARNING, "clock-unsafe",                               \
	  "TPM's clock may have lost time since an unclean stop")              \
	X(TPM_CHANGED, NONE, "tpm-changed",                                    \
	  "TPM firmware version differs from the evidence before")             \
	X(TPM_FIRMWARE, CONTRAINDICATED, "tpm-firmware",                       \
	  "TPM firmware version is on the manifest's list of bad ones")        \
	/* Genuine quote: what it and the log say. */                          \
	X(LOG_MISSING, CONTRAINDICATED, "log-missing",                         \
	  "there is no event log")                                             \
	X(LOG_FORMAT, CONTRAINDICATED, "log-format", "event log is malformed") \
	X(LOG_BANK, CONTRAINDICATED, "log-bank",                               \
	  "event log has no complete digests for a quoted bank")               \
	X(LOG_REPLAY, CONTRAINDICATED, "log-replay",                           \
	  "event log does not replay to the quoted PCR")                       \
	X(HOP_FORMAT, CONTRAINDICATED, "hop-format",                           \
	  "a hop record is malformed")                                         \
	X(HOP_DIGEST, CONTRAINDICATED, "hop-digest",                           \
	  "a hop record's digest is not that of its data")                     \
	X(EVENT_UNEXPECTED, CONTRAINDICATED, "event-unexpected",               \
	  "an event in PCR 11 or 12 that no kernel of this project makes")     \
	X(EVENT_BEFORE_HOP, WARNING, "event-before-hop",                       \
	  "PCR 12 holds other events: an unsigned command line or add-on")     \
	X(HOP_ORDER, CONTRAINDICATED, "hop-order",                             \
	  "hop records do not follow each other: number, load before launch")  \
	X(HOP_SECTIONS, CONTRAINDICATED, "hop-sections",                       \
	  "measured sections are not those of the launched image")             \
	X(LINK_UNKNOWN, CONTRAINDICATED, "link-unknown",                       \
	  "image is not in the manifest")                                      \
	X(LINK_REVOKED, CONTRAINDICATED, "link-revoked",                       \
	  "image is revoked by the manifest")                                  \
	X(LINK_OLD, CONTRAINDICATED, "link-old",                               \
	  "image is of a release below the manifest's minimum")                \
	X(LINK_COMPONENT, CONTRAINDICATED, "link-component",                   \
	  "a component's digest is not the manifest's")                        \
	X(LINK_SIGNER, CONTRAINDICATED, "link-signer",                         \
	  "image was accepted for another signer than the manifest's")         \
	X(LINK_SBAT, CONTRAINDICATED, "link-sbat",                             \
	  "SBAT level applied is below the manifest's minimum")                \
	X(LINK_NOT_ENFORCING, CONTRAINDICATED, "link-not-enforcing",           \
	  "kernel that launched this one also took unsigned files")            \
	X(LINK_NOT_LOCKED, CONTRAINDICATED, "link-not-locked",                 \
	  "kernel that launched this one was not locked down")                 \
	X(LINK_DTB, WARNING, "link-dtb",                                       \
	  "device tree is the running machine's, which nobody signed")         \
	X(FIRST_UNMEASURED, CONTRAINDICATED, "first-unmeasured",               \
	  "firmware measured nothing, and the manifest does not allow that")   \
	X(FIRST_UNKNOWN, CONTRAINDICATED, "first-unknown",                     \
	  "first kernel is not in the manifest, and may not be a stock one")   \
	X(FIRST_PCR, CONTRAINDICATED, "first-pcr",                             \
	  "a firmware PCR has a value that the manifest does not list, or "    \
	  "none that was quoted")                                              \
	X(NO_KNOWN_KERNEL, CONTRAINDICATED, "no-known-kernel",                 \
	  "no kernel of the manifest was launched on this machine")            \
	X(HOPS_MISSING, CONTRAINDICATED, "hops-missing",                       \
	  "fewer hops than expected: evidence is from before")                 \
	X(STAGED, WARNING, "staged",                                           \
	  "a kernel is loaded and not launched yet")                           \
	X(STAGED_UNKNOWN, CONTRAINDICATED, "staged-unknown",                   \
	  "a kernel that the manifest refuses is loaded")                      \
	X(INTERNAL, NONE, "internal", "out of memory, or a fault of this tool")

enum vkx_reason {
#define VKX_REASON_SYMBOL(symbol, tier, id, text) VKX_REASON_##symbol,
	VKX_REASONS(VKX_REASON_SYMBOL)
#undef VKX_REASON_SYMBOL
		VKX_REASON_NR
};

enum vkx_tier vkx_reason_tier(enum vkx_reason reason);
const char *vkx_reason_id(enum vkx_reason reason);
const char *vkx_reason_text(enum vkx_reason reason);
/* "none", "contraindicated", "warning", "affirming". */
const char *vkx_tier_name(enum vkx_tier tier);

#endif
