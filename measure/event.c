/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/event.h"

#include <string.h>

#include "cursor.h"
#include "keys/cli.h"
#include "measure/hash.h"

#define MAX_TEXT 4096u /* longer ones are data only */

/* PC Client PFP, 10.4.1 "Event Types". */
static const struct {
	uint32_t type;
	const char *name;
} types[] = {
	{ 0x00, "EV_PREBOOT_CERT" },
	{ 0x01, "EV_POST_CODE" },
	{ 0x02, "EV_UNUSED" },
	{ 0x03, "EV_NO_ACTION" },
	{ 0x04, "EV_SEPARATOR" },
	{ 0x05, "EV_ACTION" },
	{ 0x06, "EV_EVENT_TAG" },
	{ 0x07, "EV_S_CRTM_CONTENTS" },
	{ 0x08, "EV_S_CRTM_VERSION" },
	{ 0x09, "EV_CPU_MICROCODE" },
	{ 0x0a, "EV_PLATFORM_CONFIG_FLAGS" },
	{ 0x0b, "EV_TABLE_OF_DEVICES" },
	{ 0x0c, "EV_COMPACT_HASH" },
	{ 0x0d, "EV_IPL" },
	{ 0x0e, "EV_IPL_PARTITION_DATA" },
	{ 0x0f, "EV_NONHOST_CODE" },
	{ 0x10, "EV_NONHOST_CONFIG" },
	{ 0x11, "EV_NONHOST_INFO" },
	{ 0x12, "EV_OMIT_BOOT_DEVICE_EVENTS" },
	{ 0x13, "EV_POST_CODE2" },
	{ 0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG" },
	{ 0x80000002, "EV_EFI_VARIABLE_BOOT" },
	{ 0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION" },
	{ 0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER" },
	{ 0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER" },
	{ 0x80000006, "EV_EFI_GPT_EVENT" },
	{ 0x80000007, "EV_EFI_ACTION" },
	{ 0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB" },
	{ 0x80000009, "EV_EFI_HANDOFF_TABLES" },
	{ 0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2" },
	{ 0x8000000b, "EV_EFI_HANDOFF_TABLES2" },
	{ 0x8000000c, "EV_EFI_VARIABLE_BOOT2" },
	{ 0x8000000d, "EV_EFI_GPT_EVENT2" },
	{ 0x80000010, "EV_EFI_HCRTM_EVENT" },
	{ 0x800000e0, "EV_EFI_VARIABLE_AUTHORITY" },
	{ 0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB" },
	{ 0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG" },
};

const char *vkx_event_type_name(uint32_t type)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

static bool printable(uint8_t c)
{
	return c >= 0x20 && c < 0x7f;
}

/* Characters of text in steps of step bytes, or 0 if that is not text. */
static size_t text_length(const uint8_t *p, size_t len, size_t step)
{
	size_t i, n = len / step;

	if (len % step || n == 0)
		return 0;
	for (i = 0; i < n; i++) {
		if (step == 2 && p[2 * i + 1])
			return 0;
		if (!p[step * i])
			return i == n - 1 ? i : 0;
		if (!printable(p[step * i]))
			return 0;
	}
	return n;
}

bool vkx_event_print_text(FILE *out, const uint8_t *data, size_t len)
{
	size_t step = 1, i, n = text_length(data, len, 1);

	if (!n) {
		step = 2;
		n = text_length(data, len, 2);
	}
	for (i = 0; i < n; i++)
		vkx_cli_escaped(out, data + step * i, 1);
	return n > 0;
}

void vkx_hop_print(FILE *out, const struct vkx_hop *hop)
{
	fprintf(out, "%s of hop %u%s: image ", vkx_hop_kind_name(hop->kind),
		hop->number,
		hop->flags & VKX_HOP_CRASH ? " (crash kernel)" : "");
	vkx_cli_hex(out, hop->authenticode, 8);
	fputs(".. signed by ", out);
	vkx_cli_hex(out, hop->signer, 8);
	fprintf(out,
		".., %s device tree, SBAT level %llu, by a kernel %s, "
		"lockdown %s%s",
		vkx_hop_dtb_name(hop->dtb_source),
		(unsigned long long)hop->sbat_date,
		hop->flags & VKX_HOP_ENFORCED ? "enforcing" : "NOT enforcing",
		vkx_hop_lockdown_name(hop->lockdown),
		hop->flags & VKX_HOP_STRICT ? ", strict" : "");
}

static void tell_digest(struct vkx_facts *f, const char *name,
			const uint8_t *digest)
{
	if (vkx_nonzero_at(digest, 32) != 32)
		vkx_facts_hex(f, name, digest, 32);
}

void vkx_hop_tell(struct vkx_facts *f, const char *key,
		  const struct vkx_hop *hop)
{
	vkx_facts_object(f, key);
	vkx_facts_word(f, "kind", vkx_hop_kind_name(hop->kind));
	vkx_facts_number(f, "number", hop->number);
	vkx_facts_word(f, "lockdown", vkx_hop_lockdown_name(hop->lockdown));
	vkx_facts_bool(f, "enforced", hop->flags & VKX_HOP_ENFORCED);
	vkx_facts_bool(f, "strict", hop->flags & VKX_HOP_STRICT);
	vkx_facts_bool(f, "crash", hop->flags & VKX_HOP_CRASH);
	vkx_facts_bool(f, "uapi", hop->flags & VKX_HOP_UAPI);
	vkx_facts_word(f, "dtb_source", vkx_hop_dtb_name(hop->dtb_source));
	if (hop->dtb_source == VKX_HOP_DTB_AUTO)
		vkx_facts_number(f, "dtbauto", hop->dtbauto);
	vkx_facts_number(f, "sbat_date", hop->sbat_date);
	tell_digest(f, "authenticode", hop->authenticode);
	tell_digest(f, "linux", hop->linux_image);
	tell_digest(f, "initrd", hop->initrd);
	tell_digest(f, "cmdline", hop->cmdline);
	tell_digest(f, "dtb", hop->dtb);
	tell_digest(f, "facts", hop->facts);
	tell_digest(f, "policy", hop->policy);
	tell_digest(f, "signer", hop->signer);
	vkx_facts_close(f);
}

bool vkx_event_digest_is_data(const struct vkx_tcglog *log,
			      const struct vkx_tcglog_event *ev, size_t bank)
{
	struct vkx_span piece = { ev->data, ev->data_size };
	uint8_t digest[VKX_MAX_DIGEST];
	uint16_t size = vkx_tpm_alg_size(log->banks[bank].alg);

	if (!size || !ev->digest[bank] ||
	    vkx_hash_host.digest(NULL, log->banks[bank].alg, &piece, 1, digest))
		return false;
	return !memcmp(digest, ev->digest[bank], size);
}

bool vkx_event_measured(const struct vkx_tcglog *log,
			const struct vkx_tcglog_event *ev)
{
	size_t i, known = 0;

	for (i = 0; i < log->nr_banks; i++) {
		if (!vkx_tpm_alg_size(log->banks[i].alg) || !ev->digest[i])
			continue;
		known++;
		if (!vkx_event_digest_is_data(log, ev, i))
			return false;
	}
	return known > 0;
}

/* A bank's name; number has room for one that has none. */
static const char *bank_name(uint16_t alg, char number[8])
{
	const char *name = vkx_tpm_alg_name(alg);

	if (name)
		return name;
	snprintf(number, 8, "0x%04x", alg);
	return number;
}

static void tell_digests(struct vkx_facts *f, const struct vkx_tcglog *log,
			 const struct vkx_tcglog_event *ev)
{
	char number[8];
	size_t i;

	vkx_facts_object(f, "digests");
	for (i = 0; i < log->nr_banks; i++)
		if (ev->digest[i])
			vkx_facts_hex(f, bank_name(log->banks[i].alg, number),
				      ev->digest[i], log->banks[i].size);
	vkx_facts_close(f);
}

static void tell_text(struct vkx_facts *f, const struct vkx_tcglog_event *ev)
{
	char text[MAX_TEXT];
	size_t step = 1, i, n = text_length(ev->data, ev->data_size, 1);

	if (!n) {
		step = 2;
		n = text_length(ev->data, ev->data_size, 2);
	}
	if (!n || n > MAX_TEXT)
		return;
	for (i = 0; i < n; i++)
		text[i] = (char)ev->data[step * i];
	vkx_facts_text(f, "text", text, n);
}

void vkx_event_tell(struct vkx_facts *f, const struct vkx_tcglog *log,
		    const struct vkx_tcglog_event *ev)
{
	const char *name = vkx_event_type_name(ev->type);
	struct vkx_hop hop;

	vkx_facts_object(f, NULL);
	vkx_facts_number(f, "num", ev->index + UINT64_C(1));
	vkx_facts_number(f, "offset", ev->offset);
	vkx_facts_number(f, "pcr", ev->pcr);
	vkx_facts_number(f, "type", ev->type);
	if (name)
		vkx_facts_word(f, "type_name", name);
	tell_digests(f, log, ev);
	vkx_facts_hex(f, "data", ev->data, ev->data_size);
	tell_text(f, ev);
	if (ev->pcr == VKX_HOP_PCR && ev->type == VKX_EV_EVENT_TAG &&
	    !vkx_hop_decode(ev->data, ev->data_size, &hop, NULL)) {
		vkx_facts_bool(f, "measured", vkx_event_measured(log, ev));
		vkx_hop_tell(f, "hop", &hop);
	}
	vkx_facts_close(f);
}

static void tell_bank(struct vkx_facts *f, const struct vkx_pcrs *pcrs)
{
	char index[4];
	unsigned int pcr;

	vkx_facts_object(f, vkx_tpm_alg_name(pcrs->bank.alg));
	for (pcr = 0; pcr < VKX_NR_PCRS; pcr++) {
		if (!(pcrs->extended >> pcr & 1))
			continue;
		snprintf(index, sizeof(index), "%u", pcr);
		vkx_facts_hex(f, index, pcrs->value[pcr], pcrs->bank.size);
	}
	vkx_facts_close(f);
}

void vkx_pcrs_tell(struct vkx_facts *f, const struct vkx_tcglog *log)
{
	struct vkx_pcrs pcrs;
	size_t i;

	vkx_facts_object(f, "pcrs");
	for (i = 0; i < log->nr_banks; i++)
		if (vkx_tpm_alg_size(log->banks[i].alg) &&
		    !vkx_tcglog_replay(log, log->banks[i].alg, &vkx_hash_host,
				       &pcrs))
			tell_bank(f, &pcrs);
	vkx_facts_close(f);
}
