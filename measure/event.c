/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/event.h"

#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "keys/cli.h"
#include "measure/hash.h"

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

json_object *vkx_event_hex(const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;
	json_object *o;
	char *text = malloc(2 * len + 1);
	size_t i;

	if (!text)
		return NULL;
	for (i = 0; i < len; i++) {
		text[2 * i] = digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	o = json_object_new_string_len(text, (int)(2 * len));
	free(text);
	return o;
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

static void add_flag(json_object *o, const char *name, uint32_t set)
{
	json_object_object_add(o, name, json_object_new_boolean(set != 0));
}

static void add_digest(json_object *o, const char *name, const uint8_t *digest)
{
	if (vkx_nonzero_at(digest, 32) != 32)
		json_object_object_add(o, name, vkx_event_hex(digest, 32));
}

json_object *vkx_hop_json(const struct vkx_hop *hop)
{
	json_object *o = json_object_new_object();

	json_object_object_add(
		o, "kind",
		json_object_new_string(vkx_hop_kind_name(hop->kind)));
	json_object_object_add(o, "number", json_object_new_int64(hop->number));
	json_object_object_add(
		o, "lockdown",
		json_object_new_string(vkx_hop_lockdown_name(hop->lockdown)));
	add_flag(o, "enforced", hop->flags & VKX_HOP_ENFORCED);
	add_flag(o, "strict", hop->flags & VKX_HOP_STRICT);
	add_flag(o, "crash", hop->flags & VKX_HOP_CRASH);
	add_flag(o, "uapi", hop->flags & VKX_HOP_UAPI);
	json_object_object_add(
		o, "dtb_source",
		json_object_new_string(vkx_hop_dtb_name(hop->dtb_source)));
	if (hop->dtb_source == VKX_HOP_DTB_AUTO)
		json_object_object_add(o, "dtbauto",
				       json_object_new_int(hop->dtbauto));
	json_object_object_add(o, "sbat_date",
			       json_object_new_int64((int64_t)hop->sbat_date));
	add_digest(o, "authenticode", hop->authenticode);
	add_digest(o, "linux", hop->linux_image);
	add_digest(o, "initrd", hop->initrd);
	add_digest(o, "cmdline", hop->cmdline);
	add_digest(o, "dtb", hop->dtb);
	add_digest(o, "facts", hop->facts);
	add_digest(o, "policy", hop->policy);
	add_digest(o, "signer", hop->signer);
	return o;
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

static json_object *digests_json(const struct vkx_tcglog *log,
				 const struct vkx_tcglog_event *ev)
{
	json_object *o = json_object_new_object();
	char number[16];
	const char *name;
	size_t i;

	for (i = 0; i < log->nr_banks; i++) {
		if (!ev->digest[i])
			continue;
		name = vkx_tpm_alg_name(log->banks[i].alg);
		if (!name) {
			snprintf(number, sizeof(number), "0x%04x",
				 log->banks[i].alg);
			name = number;
		}
		json_object_object_add(
			o, name,
			vkx_event_hex(ev->digest[i], log->banks[i].size));
	}
	return o;
}

/* Text of the data, "" where it is none; caller frees. */
static char *text_of(const struct vkx_tcglog_event *ev)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	(void)vkx_event_print_text(f, ev->data, ev->data_size);
	fclose(f);
	return text;
}

json_object *vkx_event_json(const struct vkx_tcglog *log,
			    const struct vkx_tcglog_event *ev)
{
	json_object *o = json_object_new_object();
	const char *name = vkx_event_type_name(ev->type);
	char *text = text_of(ev);
	struct vkx_hop hop;

	json_object_object_add(o, "num", json_object_new_int64(ev->index + 1));
	json_object_object_add(o, "offset",
			       json_object_new_int64((int64_t)ev->offset));
	json_object_object_add(o, "pcr", json_object_new_int64(ev->pcr));
	json_object_object_add(o, "type", json_object_new_int64(ev->type));
	if (name)
		json_object_object_add(o, "type_name",
				       json_object_new_string(name));
	json_object_object_add(o, "digests", digests_json(log, ev));
	json_object_object_add(o, "data",
			       vkx_event_hex(ev->data, ev->data_size));
	if (text && *text)
		json_object_object_add(o, "text", json_object_new_string(text));
	free(text);
	if (ev->pcr == VKX_HOP_PCR && ev->type == VKX_EV_EVENT_TAG &&
	    !vkx_hop_decode(ev->data, ev->data_size, &hop, NULL))
		json_object_object_add(o, "hop", vkx_hop_json(&hop));
	return o;
}

json_object *vkx_pcrs_json(const struct vkx_tcglog *log)
{
	json_object *o = json_object_new_object(), *bank;
	struct vkx_pcrs pcrs;
	char index[4];
	unsigned int pcr;
	size_t i;

	for (i = 0; i < log->nr_banks; i++) {
		if (vkx_tcglog_replay(log, log->banks[i].alg, &vkx_hash_host,
				      &pcrs))
			continue;
		bank = json_object_new_object();
		for (pcr = 0; pcr < VKX_NR_PCRS; pcr++) {
			if (!(pcrs.extended >> pcr & 1))
				continue;
			snprintf(index, sizeof(index), "%u", pcr);
			json_object_object_add(
				bank, index,
				vkx_event_hex(pcrs.value[pcr], pcrs.bank.size));
		}
		json_object_object_add(o, vkx_tpm_alg_name(log->banks[i].alg),
				       bank);
	}
	return o;
}
