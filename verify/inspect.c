/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/inspect.h"

#include <stdlib.h>
#include <string.h>

#include "fdt_blob.h"
#include "sbat.h"
#include "verify/dn.h"
#include "verify/report.h"
#include "verify/stream.h"

static void add(struct json_object *obj, const char *key,
		struct json_object *value)
{
	json_object_object_add(obj, key, value);
}

static void add_text(struct json_object *obj, const char *key, const char *text)
{
	add(obj, key, json_object_new_string(text));
}

static void add_number(struct json_object *obj, const char *key, uint64_t v)
{
	add(obj, key, json_object_new_int64((int64_t)v));
}

/* --- headers ---------------------------------------------------------------- */

static const char *machine_name(uint16_t machine)
{
	switch (machine) {
	case 0xaa64:
		return "AArch64";
	case 0x8664:
		return "x86-64";
	case 0x014c:
		return "i386";
	case 0x01c0:
	case 0x01c2:
	case 0x01c4:
		return "ARM";
	case 0x5064:
		return "RISC-V 64";
	case 0x6264:
		return "LoongArch 64";
	default:
		return "other";
	}
}

static struct json_object *headers_json(const struct vkx_pe *pe)
{
	struct json_object *obj = json_object_new_object();

	add_text(obj, "format", pe->pe32plus ? "PE32+" : "PE32");
	add_text(obj, "machine", machine_name(pe->machine));
	add_number(obj, "machine_id", pe->machine);
	add_number(obj, "subsystem", pe->subsystem);
	add_number(obj, "entry", pe->entry);
	add_number(obj, "headers_size", pe->headers_size);
	add_number(obj, "image_size", pe->image_size);
	add_number(obj, "file_alignment", pe->file_align);
	add_number(obj, "section_alignment", pe->section_align);
	add_number(obj, "certificate_table_offset", pe->cert_off);
	add_number(obj, "certificate_table_size", pe->cert_size);
	return obj;
}

/* The rule that keeps the file from being a UKI, or that none does. */
static void add_profile(struct json_object *obj, const struct vkx_scan *scan)
{
	struct vkx_uki *uki = malloc(sizeof(*uki));
	struct vkx_fault fault = { 0 };

	if (!uki)
		return;
	if (!vkx_uki_parse(scan->hdr, scan->hdr_len, scan->in->size, uki,
			   &fault)) {
		add_text(obj, "uki_layout", "good");
	} else {
		add_text(obj, "uki_layout", "broken");
		add_text(obj, "uki_rule", vkx_rule_id(fault.rule));
		add_number(obj, "uki_rule_offset", fault.offset);
		add_text(obj, "uki_reason", vkx_rule_text(fault.rule));
	}
	free(uki);
}

/* --- sections --------------------------------------------------------------- */

static uint32_t content_size(const struct vkx_pe_section *section)
{
	return section->vsize < section->rawsize ? section->vsize :
						   section->rawsize;
}

static int hash_section(const struct vkx_infile *in,
			const struct vkx_pe_section *section,
			uint8_t digest_ret[32])
{
	struct vkx_stream stream;
	struct vkx_sha256 ctx;
	const uint8_t *p;
	size_t n;
	int err = vkx_stream_open(&stream, in, section->rawoff,
				  content_size(section), true);

	if (err)
		return err;
	vkx_sha256_init(&ctx);
	while (!(err = vkx_stream_next(&stream, &p, &n)) && n)
		vkx_sha256_update(&ctx, p, n);
	vkx_sha256_final(&ctx, digest_ret);
	vkx_stream_close(&stream);
	return err;
}

static void name_text(const struct vkx_pe_section *section, char text[9])
{
	memcpy(text, section->name, 8);
	text[8] = 0;
}

/* Lines of a text, escaped each. */
static struct json_object *lines_json(const uint8_t *p, size_t len)
{
	struct json_object *list = json_object_new_array();
	const uint8_t *end;
	size_t n;

	while (len) {
		end = memchr(p, '\n', len);
		n = end ? (size_t)(end - p) : len;
		json_object_array_add(list, vkx_json_text(p, n));
		n += end ? 1 : 0;
		p += n;
		len -= n;
	}
	return list;
}

static void add_tree(struct json_object *obj, const uint8_t *p, size_t len)
{
	struct json_object *list = json_object_new_array();
	struct vkx_fdt_work *work = malloc(sizeof(*work));
	struct vkx_fault fault = { 0 };
	const char *text;
	uint32_t i;

	if (!work ||
	    vkx_fdt_check(p, len, VKX_FDT_STRICT, work, NULL, &fault)) {
		add_text(obj, "device_tree", vkx_rule_text(fault.rule));
		json_object_put(list);
		free(work);
		return;
	}
	free(work);
	text = vkx_fdt_string(p, 0, "model", 0);
	if (text)
		add(obj, "model", vkx_json_text(text, strlen(text)));
	for (i = 0; (text = vkx_fdt_string(p, 0, "compatible", i)); i++)
		json_object_array_add(list, vkx_json_text(text, strlen(text)));
	add(obj, "compatible", list);
}

static void add_image(struct json_object *obj, const uint8_t *p, size_t len,
		      uint32_t size)
{
	struct vkx_fault fault = { 0 };
	struct vkx_image image;

	if (vkx_image_parse(p, len, size, 0, &image, &fault)) {
		add_text(obj, "image", vkx_rule_text(fault.rule));
		return;
	}
	add_number(obj, "image_size", image.image_size);
	add_number(obj, "text_offset", image.text_offset);
	add_number(obj, "page_size", image.page_size);
}

enum decoder { NOT_DECODED, AS_TEXT, AS_LINES, AS_TREE, AS_IMAGE };

static enum decoder decoder_of(const struct vkx_pe_section *section)
{
	static const struct {
		const char *name;
		enum decoder how;
	} known[] = {
		{ ".cmdline", AS_TEXT }, { ".uname", AS_TEXT },
		{ ".osrel", AS_LINES },	 { ".sbat", AS_LINES },
		{ ".dtb", AS_TREE },	 { ".dtbauto", AS_TREE },
		{ ".linux", AS_IMAGE },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (vkx_pe_name_is(section, known[i].name))
			return known[i].how;
	return NOT_DECODED;
}

static int decode(struct json_object *obj, const struct vkx_infile *in,
		  const struct vkx_pe_section *section)
{
	enum decoder how = decoder_of(section);
	size_t size = content_size(section), max = VKX_MAX_TEXT;
	uint8_t *p;
	int err;

	if (how == NOT_DECODED)
		return 0;
	if (how == AS_IMAGE)
		max = VKX_IMAGE_HEADER_SIZE;
	else if (how == AS_TREE)
		max = VKX_MAX_FDT;
	if (size > max && how != AS_IMAGE)
		return 0;
	if (size > max)
		size = max;
	p = malloc(size + 1);
	if (!p)
		return -VKX_ERR_NOMEM;
	err = vkx_infile_read(in, section->rawoff, p, size);
	if (!err && how == AS_TEXT)
		add(obj, "text", vkx_json_text(p, size));
	else if (!err && how == AS_LINES)
		add(obj, "lines", lines_json(p, size));
	else if (!err && how == AS_TREE)
		add_tree(obj, p, size);
	else if (!err && size == VKX_IMAGE_HEADER_SIZE)
		add_image(obj, p, size, content_size(section));
	free(p);
	return err;
}

static int section_json(const struct vkx_infile *in,
			const struct vkx_pe_section *section,
			struct json_object *list)
{
	struct json_object *obj = json_object_new_object();
	uint8_t digest[32];
	char name[9];
	int err;

	json_object_array_add(list, obj);
	name_text(section, name);
	add(obj, "name", vkx_json_text(name, strlen(name)));
	add_number(obj, "offset", section->rawoff);
	add_number(obj, "raw_size", section->rawsize);
	add_number(obj, "virtual_size", section->vsize);
	add_number(obj, "virtual_address", section->vaddr);
	err = hash_section(in, section, digest);
	if (!err) {
		add(obj, "sha256", vkx_json_hex(digest, 32));
		err = decode(obj, in, section);
	}
	return err;
}

/* --- signatures ------------------------------------------------------------- */

static void add_time(struct json_object *obj, const char *key, uint64_t when)
{
	char text[24];

	vkx_time_text(when, text);
	add_text(obj, key, text);
}

static void add_name(struct json_object *obj, const char *key,
		     const uint8_t *bytes, struct vkx_slice name)
{
	char text[VKX_DN_TEXT];

	vkx_dn_text(bytes + name.offset, name.size, text, sizeof(text));
	add_text(obj, key, text);
}

static struct json_object *cert_json(const uint8_t *bytes,
				     const struct vkx_x509 *cert)
{
	struct json_object *obj = json_object_new_object();
	struct vkx_fault fault = { 0 };
	uint8_t digest[32];

	add_name(obj, "subject", bytes, cert->subject);
	add_name(obj, "issuer", bytes, cert->issuer);
	add(obj, "serial",
	    vkx_json_hex(bytes + cert->serial.offset, cert->serial.size));
	add_text(obj, "key", vkx_key_name(cert->key));
	add_number(obj, "key_bits", cert->key_bits);
	add_text(obj, "signed_with", vkx_hash_name(cert->sig_hash));
	add_time(obj, "not_before", cert->not_before);
	add_time(obj, "not_after", cert->not_after);
	add(obj, "ca", json_object_new_boolean(cert->ca));
	add(obj, "code_signing",
	    json_object_new_boolean(cert->eku_code_signing));
	add(obj, "key_id",
	    vkx_json_hex(bytes + cert->skid.offset, cert->skid.size));
	vkx_sha256(bytes + cert->whole.offset, cert->whole.size, digest);
	add(obj, "sha256", vkx_json_hex(digest, 32));
	if (vkx_x509_check_signer(cert, &fault))
		add_text(obj, "may_sign", vkx_rule_text(fault.rule));
	else
		add_text(obj, "may_sign", "yes");
	return obj;
}

static struct json_object *signature_json(const struct vkx_scan *scan, size_t i,
					  struct vkx_cms *cms)
{
	struct json_object *obj = json_object_new_object(), *list;
	const uint8_t *bytes = vkx_scan_signature(scan, i);
	struct vkx_fault fault = { 0 };
	size_t c;

	add_number(obj, "offset", scan->certs[i].offset);
	add_number(obj, "size", scan->certs[i].size);
	if (vkx_cms_parse(bytes, scan->certs[i].size, cms, &fault)) {
		add_text(obj, "rule", vkx_rule_id(fault.rule));
		add_number(obj, "rule_offset",
			   scan->certs[i].offset + fault.offset);
		add_text(obj, "reason", vkx_rule_text(fault.rule));
		return obj;
	}
	add_text(obj, "hash", vkx_hash_name(cms->digest_alg));
	add(obj, "signed_digest",
	    vkx_json_hex(bytes + cms->file_digest.offset,
			 cms->file_digest.size));
	if (cms->has_signing_time)
		add_time(obj, "signing_time", cms->signing_time);
	add_number(obj, "signer", cms->signer);
	list = json_object_new_array();
	for (c = 0; c < cms->nr_certs; c++)
		json_object_array_add(list, cert_json(bytes, &cms->certs[c]));
	add(obj, "certificates", list);
	return obj;
}

static int add_signatures(struct json_object *obj, const struct vkx_scan *scan)
{
	struct json_object *list = json_object_new_array();
	struct vkx_cms *cms = malloc(sizeof(*cms));
	size_t i;

	add(obj, "signatures", list);
	for (i = 0; cms && i < scan->nr_certs; i++)
		json_object_array_add(list, signature_json(scan, i, cms));
	free(cms);
	return cms ? 0 : -VKX_ERR_NOMEM;
}

/* --- all -------------------------------------------------------------------- */

static int describe(struct json_object *obj, struct vkx_scan *scan,
		    struct vkx_fault *fault_ret)
{
	struct vkx_scan_params params = { .read_ahead = true };
	struct json_object *list = json_object_new_array();
	uint16_t i;
	int err;

	add(obj, "headers", headers_json(&scan->uki.pe));
	add_profile(obj, scan);
	add(obj, "sections", list);
	err = vkx_scan_hash(scan, &params, fault_ret);
	if (err)
		return err;
	add(obj, "authenticode_sha256",
	    vkx_json_hex(scan->digest[VKX_HASH_SHA256], 32));
	for (i = 0; !err && i < scan->uki.pe.nr_sections; i++)
		err = section_json(scan->in, &scan->uki.pe.sections[i], list);
	return err ? err : add_signatures(obj, scan);
}

int vkx_inspect(const char *file, const struct vkx_infile *in,
		struct json_object **obj_ret, struct vkx_fault *fault_ret)
{
	struct json_object *obj = json_object_new_object();
	struct vkx_scan scan;
	int err;

	add(obj, "file", vkx_json_text(file, strlen(file)));
	add_text(obj, "verified", "no: inspect shows, check verifies");
	add_number(obj, "size", in->size);
	err = vkx_scan_open(&scan, in, VKX_PE_ANY, fault_ret);
	if (!err)
		err = describe(obj, &scan, fault_ret);
	vkx_scan_close(&scan);
	if (err)
		json_object_put(obj);
	else
		*obj_ret = obj;
	return err;
}
