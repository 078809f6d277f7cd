/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hop record: what a vkexec kernel says in PCR 12 about one load, launch
 * or unload. Layout: docs/format-hop.md. An event's digest covers its data
 * and nothing else of it, so all that matters is in there; nothing random and
 * no time, so that whoever has the UKI can predict it. The running kernel
 * writes about itself (lockdown, strict, enforced) and about the next one.
 */
#ifndef VKX_HOP_H
#define VKX_HOP_H

#include "tpm_hash.h"
#include "verdict.h"

#define VKX_HOP_PCR 12u
/* taggedEventID of our EV_EVENT_TAG events; drawn at random once. */
#define VKX_HOP_TAG 0x2df0780du
#define VKX_HOP_VERSION 1u
#define VKX_HOP_RECORD_SIZE 320u
/* The whole event data: tag, size, record. */
#define VKX_HOP_EVENT_SIZE (8u + VKX_HOP_RECORD_SIZE)

enum vkx_hop_kind {
	VKX_HOP_LOAD = 1, /* checked, measured and staged */
	VKX_HOP_LAUNCH = 2, /* about to be jumped to */
	VKX_HOP_UNLOAD = 3, /* staged no longer */
};

enum vkx_hop_dtb {
	VKX_HOP_DTB_RUNNING = 0, /* the running machine's tree: not signed */
	VKX_HOP_DTB_SIGNED = 1, /* .dtb */
	VKX_HOP_DTB_AUTO = 2, /* one of .dtbauto; its number is in dtbauto */
};

enum vkx_hop_lockdown {
	VKX_HOP_LOCKDOWN_NONE = 0,
	VKX_HOP_LOCKDOWN_INTEGRITY = 1,
	VKX_HOP_LOCKDOWN_CONFIDENTIALITY = 2,
};

#define VKX_HOP_CRASH 0x0001u /* for the crash kernel */
#define VKX_HOP_STRICT 0x0002u /* the writer is built CONFIG_VKEXEC_STRICT */
#define VKX_HOP_ENFORCED 0x0004u /* the writer refuses all but signed UKIs */
#define VKX_HOP_INITRD 0x0008u /* the UKI has an .initrd */
#define VKX_HOP_UAPI 0x0010u /* the launch also extends PCR 11 (UAPI.5) */
#define VKX_HOP_FLAGS 0x001fu /* all that are defined */

struct vkx_hop {
	uint8_t kind; /* enum vkx_hop_kind */
	uint8_t dtb_source; /* enum vkx_hop_dtb */
	uint8_t lockdown; /* enum vkx_hop_lockdown, of the writer */
	uint8_t dtbauto; /* which .dtbauto; 0 unless VKX_HOP_DTB_AUTO */
	uint32_t flags; /* VKX_HOP_* */
	/* 1 for the first launch since reset; a load has the number that its
	 * launch would get. Never 0. */
	uint32_t number;
	uint64_t sbat_date; /* of the SBAT level applied, YYYYMMDDNN; 0: none */
	/* All SHA-256. Zero where the thing is absent. */
	uint8_t authenticode[32]; /* of the UKI; 32 zero bytes are refused */
	uint8_t linux_image[32]; /* contents of .linux */
	uint8_t initrd[32]; /* of .initrd; zero without one */
	uint8_t cmdline[32]; /* of .cmdline; also where that is empty */
	uint8_t dtb[32]; /* of the signed tree; zero for DTB_RUNNING */
	uint8_t facts[32]; /* what was carried over from the running tree */
	uint8_t policy[32]; /* the SBAT level's text; zero without one */
	uint8_t signer[32]; /* the signer's certificate, DER */
};

/*
 * The event data. -VKX_ERR_ARG where the record breaks a rule that decoding
 * checks, so that nothing is written that no reader accepts.
 */
VKX_MUST_USE int vkx_hop_encode(const struct vkx_hop *hop,
				uint8_t data_ret[VKX_HOP_EVENT_SIZE]);

/*
 * Reads event data. -VKX_ERR_NOTFOUND: not an event of ours (another tag).
 * -VKX_ERR_FORMAT, rule HOP_*: our tag, but a wrong size, magic, version, an
 * undefined kind, flag or source, a field that must be zero and is not, or
 * must not be and is. Whatever decodes encodes to the same bytes again.
 */
VKX_MUST_USE int vkx_hop_decode(const uint8_t *data, size_t len,
				struct vkx_hop *hop_ret,
				struct vkx_fault *fault_ret);

/* "load", "launch", "unload"; "?" otherwise. The same for the others. */
const char *vkx_hop_kind_name(uint8_t kind);
const char *vkx_hop_dtb_name(uint8_t dtb_source);
const char *vkx_hop_lockdown_name(uint8_t lockdown);

/*
 * True if a and b are about the same artifact and number: everything but kind
 * and the writer's own state (lockdown, STRICT, ENFORCED, UAPI). A launch must
 * be this to the load before it.
 */
bool vkx_hop_same_target(const struct vkx_hop *a, const struct vkx_hop *b);

#endif
