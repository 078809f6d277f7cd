/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/inspect.h"

#include <stdlib.h>
#include <string.h>

#include "fdt_blob.h"
#include "sbat.h"
#include "verify/dn.h"
#include "verify/report.h"
#include "verify/scan_pass.h"
#include "verify/stream.h"

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

static void tell_headers(struct vkx_facts *f, const struct vkx_pe *pe)
{
	vkx_facts_object(f, "headers");
	vkx_facts_word(f, "format", pe->pe32plus ? "PE32+" : "PE32");
	vkx_facts_word(f, "machine", machine_name(pe->machine));
	vkx_facts_number(f, "machine_id", pe->machine);
	vkx_facts_number(f, "subsystem", pe->subsystem);
	vkx_facts_number(f, "entry", pe->entry);
	vkx_facts_number(f, "headers_size", pe->headers_size);
	vkx_facts_number(f, "image_size", pe->image_size);
	vkx_facts_number(f, "file_alignment", pe->file_align);
	vkx_facts_number(f, "section_alignment", pe->section_align);
	vkx_facts_number(f, "certificate_table_offset", pe->cert_off);
	vkx_facts_number(f, "certificate_table_size", pe->cert_size);
	vkx_facts_close(f);
}

/* The rule that keeps the file from being a UKI, or that none does. */
static int tell_profile(struct vkx_facts *f, const struct vkx_scan *scan)
{
	struct vkx_uki *uki = malloc(sizeof(*uki));
	struct vkx_fault fault = { 0 };

	if (!uki)
		return -VKX_ERR_NOMEM;
	if (!vkx_uki_parse(scan->hdr, scan->hdr_len, scan->in->size, uki,
			   &fault)) {
		vkx_facts_word(f, "uki_layout", "good");
	} else {
		vkx_facts_word(f, "uki_layout", "broken");
		vkx_facts_word(f, "uki_rule", vkx_rule_id(fault.rule));
		vkx_facts_number(f, "uki_rule_offset", fault.offset);
		vkx_facts_word(f, "uki_reason", vkx_rule_text(fault.rule));
	}
	free(uki);
	return 0;
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
static void tell_lines(struct vkx_facts *f, const uint8_t *p, size_t len)
{
	const uint8_t *end;
	size_t n;

	vkx_facts_list(f, "lines");
	while (len) {
		end = memchr(p, '\n', len);
		n = end ? (size_t)(end - p) : len;
		vkx_facts_text(f, NULL, p, n);
		n += end ? 1 : 0;
		p += n;
		len -= n;
	}
	vkx_facts_close(f);
}

static int tell_tree(struct vkx_facts *f, const uint8_t *p, size_t len)
{
	struct vkx_fdt_work *work = malloc(sizeof(*work));
	struct vkx_fault fault = { 0 };
	const char *text;
	uint32_t i;
	int err;

	if (!work)
		return -VKX_ERR_NOMEM;
	err = vkx_fdt_check(p, len, VKX_FDT_STRICT, work, NULL, &fault);
	free(work);
	if (err) {
		vkx_facts_word(f, "device_tree", vkx_rule_text(fault.rule));
		return 0;
	}
	text = vkx_fdt_string(p, 0, "model", 0);
	if (text)
		vkx_facts_text(f, "model", text, strlen(text));
	vkx_facts_list(f, "compatible");
	for (i = 0; (text = vkx_fdt_string(p, 0, "compatible", i)); i++)
		vkx_facts_text(f, NULL, text, strlen(text));
	vkx_facts_close(f);
	return 0;
}

static void tell_image(struct vkx_facts *f, const uint8_t *p, size_t len,
		       uint32_t size)
{
	struct vkx_fault fault = { 0 };
	struct vkx_image image;

	if (vkx_image_parse(p, len, size, 0, &image, &fault)) {
		vkx_facts_word(f, "image", vkx_rule_text(fault.rule));
		return;
	}
	vkx_facts_number(f, "image_size", image.image_size);
	vkx_facts_number(f, "text_offset", image.text_offset);
	vkx_facts_number(f, "page_size", image.page_size);
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

static int decode(struct vkx_facts *f, const struct vkx_infile *in,
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
	/* Where nothing is stored, the offset may be anything. */
	err = size ? vkx_infile_read(in, section->rawoff, p, size) : 0;
	if (!err && how == AS_TEXT)
		vkx_facts_text(f, "text", p, size);
	else if (!err && how == AS_LINES)
		tell_lines(f, p, size);
	else if (!err && how == AS_TREE)
		err = tell_tree(f, p, size);
	else if (!err && size == VKX_IMAGE_HEADER_SIZE)
		tell_image(f, p, size, content_size(section));
	free(p);
	return err;
}

static int tell_section(struct vkx_facts *f, const struct vkx_infile *in,
			const struct vkx_pe_section *section)
{
	uint8_t digest[32];
	char name[9];
	int err;

	vkx_facts_object(f, NULL);
	name_text(section, name);
	vkx_facts_text(f, "name", name, strlen(name));
	vkx_facts_number(f, "offset", section->rawoff);
	vkx_facts_number(f, "raw_size", section->rawsize);
	vkx_facts_number(f, "virtual_size", section->vsize);
	vkx_facts_number(f, "virtual_address", section->vaddr);
	err = hash_section(in, section, digest);
	if (!err) {
		vkx_facts_hex(f, "sha256", digest, 32);
		err = decode(f, in, section);
	}
	vkx_facts_close(f);
	return err;
}

/* --- signatures ------------------------------------------------------------- */

static void tell_time(struct vkx_facts *f, const char *key, uint64_t when)
{
	char text[24];

	vkx_time_text(when, text);
	vkx_facts_word(f, key, text);
}

static void tell_name(struct vkx_facts *f, const char *key,
		      const uint8_t *bytes, struct vkx_slice name)
{
	char text[VKX_DN_TEXT];

	vkx_dn_text(bytes + name.offset, name.size, text, sizeof(text));
	vkx_facts_shown(f, key, text);
}

static void tell_cert(struct vkx_facts *f, const uint8_t *bytes,
		      const struct vkx_x509 *cert)
{
	struct vkx_fault fault = { 0 };
	uint8_t digest[32];

	vkx_facts_object(f, NULL);
	tell_name(f, "subject", bytes, cert->subject);
	tell_name(f, "issuer", bytes, cert->issuer);
	vkx_facts_hex(f, "serial", bytes + cert->serial.offset,
		      cert->serial.size);
	vkx_facts_word(f, "key", cert->key == VKX_KEY_RSA ? "rsa" : "ecdsa");
	vkx_facts_number(f, "key_bits", cert->key_bits);
	vkx_facts_word(f, "signed_with", vkx_hash_name(cert->sig_hash));
	tell_time(f, "not_before", cert->not_before);
	tell_time(f, "not_after", cert->not_after);
	vkx_facts_bool(f, "ca", cert->ca);
	vkx_facts_bool(f, "code_signing", cert->eku_code_signing);
	vkx_facts_hex(f, "key_id", bytes + cert->skid.offset, cert->skid.size);
	vkx_sha256(bytes + cert->whole.offset, cert->whole.size, digest);
	vkx_facts_hex(f, "sha256", digest, 32);
	if (vkx_x509_check_signer(cert, &fault))
		vkx_facts_word(f, "may_sign", vkx_rule_text(fault.rule));
	else
		vkx_facts_word(f, "may_sign", "yes");
	vkx_facts_close(f);
}

static void tell_signed(struct vkx_facts *f, const uint8_t *bytes,
			const struct vkx_cms *cms)
{
	size_t c;

	vkx_facts_word(f, "hash", vkx_hash_name(cms->digest_alg));
	vkx_facts_hex(f, "signed_digest", bytes + cms->file_digest.offset,
		      cms->file_digest.size);
	if (cms->has_signing_time)
		tell_time(f, "signing_time", cms->signing_time);
	vkx_facts_number(f, "signer", cms->signer);
	vkx_facts_list(f, "certificates");
	for (c = 0; c < cms->nr_certs; c++)
		tell_cert(f, bytes, &cms->certs[c]);
	vkx_facts_close(f);
}

static void tell_signature(struct vkx_facts *f, const struct vkx_scan *scan,
			   size_t i, struct vkx_cms *cms)
{
	const uint8_t *bytes = vkx_scan_signature(scan, i);
	struct vkx_fault fault = { 0 };

	vkx_facts_object(f, NULL);
	vkx_facts_number(f, "offset", scan->certs[i].offset);
	vkx_facts_number(f, "size", scan->certs[i].size);
	if (vkx_cms_parse(bytes, scan->certs[i].size, cms, &fault)) {
		vkx_facts_word(f, "rule", vkx_rule_id(fault.rule));
		vkx_facts_number(f, "rule_offset",
				 scan->certs[i].offset + fault.offset);
		vkx_facts_word(f, "reason", vkx_rule_text(fault.rule));
	} else {
		tell_signed(f, bytes, cms);
	}
	vkx_facts_close(f);
}

/* --- all -------------------------------------------------------------------- */

static int tell_file(struct vkx_facts *f, struct vkx_scan *scan,
		     struct vkx_cms *cms)
{
	uint16_t i;
	int err;

	tell_headers(f, &scan->uki.pe);
	err = tell_profile(f, scan);
	vkx_facts_list(f, "sections");
	for (i = 0; !err && i < scan->uki.pe.nr_sections; i++)
		err = tell_section(f, scan->in, &scan->uki.pe.sections[i]);
	vkx_facts_close(f);
	vkx_facts_hex(f, "authenticode", scan->digest[VKX_HASH_SHA256], 32);
	vkx_facts_list(f, "signatures");
	for (i = 0; !err && i < scan->nr_certs; i++)
		tell_signature(f, scan, i, cms);
	vkx_facts_close(f);
	return err;
}

int vkx_inspect(const char *file, const struct vkx_infile *in, FILE *out,
		bool json, struct vkx_fault *fault_ret)
{
	struct vkx_scan_params params = { .read_ahead = true };
	struct vkx_cms *cms = malloc(sizeof(*cms));
	struct vkx_scan scan;
	struct vkx_facts f;
	int err;

	if (!cms)
		return -VKX_ERR_NOMEM;
	err = vkx_scan_open(&scan, in, VKX_PE_ANY, fault_ret);
	if (!err)
		err = vkx_scan_hash(&scan, &params, fault_ret);
	if (!err) {
		vkx_facts_begin(&f, out, json);
		vkx_facts_text(&f, "file", file, strlen(file));
		vkx_facts_word(&f, "verified",
			       "no: inspect shows, check verifies");
		vkx_facts_number(&f, "size", in->size);
		err = tell_file(&f, &scan, cms);
		vkx_facts_end(&f);
	}
	vkx_scan_close(&scan);
	free(cms);
	return err;
}
