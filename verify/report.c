/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"

void vkx_time_text(uint64_t when, char text[24])
{
	snprintf(text, 24, "%04u-%02u-%02u %02u:%02u:%02u UTC",
		 (unsigned int)(when / 10000000000ULL % 10000),
		 (unsigned int)(when / 100000000 % 100),
		 (unsigned int)(when / 1000000 % 100),
		 (unsigned int)(when / 10000 % 100),
		 (unsigned int)(when / 100 % 100), (unsigned int)(when % 100));
}

const char *vkx_key_name(enum vkx_key_alg key)
{
	switch (key) {
	case VKX_KEY_NONE:
		return "unknown";
	case VKX_KEY_RSA:
		return "RSA";
	case VKX_KEY_P256:
	case VKX_KEY_P384:
		return "ECDSA P";
	}
	return "unknown";
}

static const char *io_text(int error)
{
	switch (error) {
	case ESTALE:
		return "became shorter while it was read";
	case ESPIPE:
		return "is a pipe or a device, whose size nobody knows: save "
		       "it to a file first";
	default:
		return strerror(error);
	}
}

const char *vkx_error_text(int err, int error)
{
	switch (err) {
	case -VKX_ERR_IO:
		return io_text(error);
	case -VKX_ERR_NOMEM:
		return "out of memory";
	case -VKX_ERR_LIMIT:
		return "is larger than the format allows";
	case -VKX_ERR_CRYPTO:
		return "a cryptographic operation failed; out of memory?";
	default:
		return "internal error; please report it";
	}
}

int vkx_report_error(const char *file, int err, int error,
		     const struct vkx_fault *fault)
{
	if (err != -VKX_ERR_FORMAT || !fault) {
		vkx_cli_error(file, "%s", vkx_error_text(err, error));
		return VKX_EXIT_FAILED;
	}
	vkx_cli_error(file, "refused: %s (%s at byte %llu)",
		      vkx_rule_text(fault->rule), vkx_rule_id(fault->rule),
		      (unsigned long long)fault->offset);
	return VKX_EXIT_REFUSED;
}

int vkx_exit_worse(int a, int b)
{
	if (a == VKX_EXIT_FAILED || b == VKX_EXIT_FAILED)
		return VKX_EXIT_FAILED;
	return a ? a : b;
}

/* --- text ----------------------------------------------------------------- */

static void print_fault(FILE *out, const struct vkx_fault *fault)
{
	fprintf(out, "%s (%s at byte %llu)", vkx_rule_text(fault->rule),
		vkx_rule_id(fault->rule), (unsigned long long)fault->offset);
}

static void print_signature(FILE *out, const struct vkx_signature *sig,
			    size_t number)
{
	char when[24];

	fprintf(out, "  signature %zu  ", number);
	if (sig->verdict == VKX_VERDICT_BOOT)
		fputs("trusted", out);
	else
		print_fault(out, &sig->fault);
	fputc('\n', out);
	if (!sig->parsed)
		return;
	fprintf(out, "    signer     %s\n    issuer     %s\n", sig->subject,
		sig->issuer);
	fprintf(out, "    algorithm  %s-%u, %s\n", vkx_key_name(sig->key),
		sig->key_bits, vkx_hash_name(sig->hash));
	fputs("    SHA-256    ", out);
	vkx_cli_hex(out, sig->fingerprint, sizeof(sig->fingerprint));
	fputs(" (certificate)\n", out);
	vkx_time_text(sig->not_before, when);
	fprintf(out, "    valid      %s", when);
	vkx_time_text(sig->not_after, when);
	fprintf(out, " to %s\n", when);
	if (sig->has_signing_time) {
		vkx_time_text(sig->signing_time, when);
		fprintf(out, "    signed     %s, as the signer says\n", when);
	}
}

static void print_tree(FILE *out, const struct vkx_verified *v)
{
	switch (v->dtb.source) {
	case VKX_DTB_AUTO:
		fprintf(out, "  device tree  .dtbauto number %u\n",
			v->dtb.index + 1);
		break;
	case VKX_DTB_SECTION:
		fputs("  device tree  .dtb\n", out);
		break;
	case VKX_DTB_RUNNING:
		fputs("  device tree  the running one: the file has none for "
		      "this machine\n",
		      out);
		break;
	case VKX_DTB_NONE:
		break;
	}
}

static void print_parts(FILE *out, const struct vkx_verify_params *params,
			const struct vkx_verified *v)
{
	const struct vkx_uki_part *part;
	unsigned int i;

	for (i = 0; i < VKX_PART_NR; i++) {
		part = &v->uki.part[i];
		if (!part->present || i == VKX_PART_DTBAUTO)
			continue;
		fprintf(out, "  %-9s %10u bytes", vkx_uki_part_name(i),
			part->size);
		if (params->components) {
			fputs("  ", out);
			vkx_cli_hex(out, v->part_digest[i], 32);
		}
		fputc('\n', out);
	}
	for (i = 0; i < v->uki.nr_dtbauto; i++) {
		fprintf(out, "  .dtbauto  %10u bytes", v->uki.dtbauto[i].size);
		if (params->components) {
			fputs("  ", out);
			vkx_cli_hex(out, v->dtbauto_digest[i], 32);
		}
		fputc('\n', out);
	}
	fputs("  command line \"", out);
	vkx_cli_escaped(out, v->part[VKX_PART_CMDLINE].data,
			v->part[VKX_PART_CMDLINE].len);
	fputs("\"\n", out);
}

void vkx_report_text(FILE *out, const char *file,
		     const struct vkx_verify_params *params,
		     const struct vkx_verified *v)
{
	bool good = v->verdict == VKX_VERDICT_BOOT;
	size_t i;

	vkx_cli_escaped(out, file, strlen(file));
	if (good) {
		fputs(": accepted\n  Authenticode ", out);
		vkx_cli_hex(out, v->authenticode, 32);
		fputc('\n', out);
	} else {
		fprintf(out, ": refused (%s): ", vkx_verdict_name(v->verdict));
		print_fault(out, &v->fault);
		fputc('\n', out);
	}
	for (i = 0; i < v->nr_signatures; i++)
		print_signature(out, &v->signatures[i], i + 1);
	if (good && !params->any_pe) {
		print_parts(out, params, v);
		print_tree(out, v);
	}
}

/* --- JSON ----------------------------------------------------------------- */

static void tell_fault(struct vkx_facts *f, const struct vkx_fault *fault)
{
	vkx_facts_word(f, "rule", vkx_rule_id(fault->rule));
	vkx_facts_number(f, "offset", fault->offset);
	vkx_facts_word(f, "reason", vkx_rule_text(fault->rule));
}

static void tell_time(struct vkx_facts *f, const char *key, uint64_t when)
{
	char text[24];

	vkx_time_text(when, text);
	vkx_facts_word(f, key, text);
}

static void tell_string(struct vkx_facts *f, const char *key, const char *text)
{
	vkx_facts_text(f, key, text, strlen(text));
}

static void tell_signature(struct vkx_facts *f, const struct vkx_signature *sig)
{
	bool good = sig->verdict == VKX_VERDICT_BOOT;

	vkx_facts_object(f, NULL);
	vkx_facts_bool(f, "trusted", good);
	if (!good)
		tell_fault(f, &sig->fault);
	if (sig->parsed) {
		vkx_facts_shown(f, "subject", sig->subject);
		vkx_facts_shown(f, "issuer", sig->issuer);
		vkx_facts_word(f, "key",
			       sig->key == VKX_KEY_RSA ? "rsa" : "ecdsa");
		vkx_facts_number(f, "key_bits", sig->key_bits);
		vkx_facts_word(f, "hash", vkx_hash_name(sig->hash));
		vkx_facts_hex(f, "certificate_sha256", sig->fingerprint, 32);
		if (good)
			vkx_facts_hex(f, "trusted_sha256", sig->anchor, 32);
		tell_time(f, "not_before", sig->not_before);
		tell_time(f, "not_after", sig->not_after);
		if (sig->has_signing_time)
			tell_time(f, "signing_time", sig->signing_time);
	}
	vkx_facts_close(f);
}

static void tell_part(struct vkx_facts *f, const char *name,
		      const struct vkx_uki_part *part, const uint8_t *digest)
{
	vkx_facts_object(f, NULL);
	vkx_facts_word(f, "name", name);
	vkx_facts_number(f, "offset", part->offset);
	vkx_facts_number(f, "size", part->size);
	if (digest)
		vkx_facts_hex(f, "sha256", digest, 32);
	vkx_facts_close(f);
}

static void tell_parts(struct vkx_facts *f,
		       const struct vkx_verify_params *params,
		       const struct vkx_verified *v)
{
	bool digests = params->components;
	unsigned int i;

	vkx_facts_list(f, "components");
	for (i = 0; i < VKX_PART_NR; i++)
		if (v->uki.part[i].present && i != VKX_PART_DTBAUTO)
			tell_part(f, vkx_uki_part_name(i), &v->uki.part[i],
				  digests ? v->part_digest[i] : NULL);
	for (i = 0; i < v->uki.nr_dtbauto; i++)
		tell_part(f, ".dtbauto", &v->uki.dtbauto[i],
			  digests ? v->dtbauto_digest[i] : NULL);
	vkx_facts_close(f);
}

static void tell_uki(struct vkx_facts *f,
		     const struct vkx_verify_params *params,
		     const struct vkx_verified *v)
{
	static const char *const sources[] = {
		[VKX_DTB_NONE] = NULL,
		[VKX_DTB_AUTO] = "dtbauto",
		[VKX_DTB_SECTION] = "dtb",
		[VKX_DTB_RUNNING] = "running",
	};
	const struct vkx_scan_part *part = v->part;

	tell_parts(f, params, v);
	vkx_facts_text(f, "cmdline", part[VKX_PART_CMDLINE].data,
		       part[VKX_PART_CMDLINE].len);
	vkx_facts_text(f, "sbat", part[VKX_PART_SBAT].data,
		       part[VKX_PART_SBAT].len);
	vkx_facts_number(f, "image_size", v->image.image_size);
	if (v->dtb.source == VKX_DTB_NONE)
		return;
	vkx_facts_word(f, "device_tree", sources[v->dtb.source]);
	if (v->dtb.source == VKX_DTB_AUTO)
		vkx_facts_number(f, "device_tree_index", v->dtb.index);
}

void vkx_report_json(FILE *out, const char *file,
		     const struct vkx_verify_params *params,
		     const struct vkx_verified *v)
{
	bool good = v->verdict == VKX_VERDICT_BOOT;
	struct vkx_facts f;
	size_t i;

	vkx_facts_begin(&f, out, true);
	tell_string(&f, "file", file);
	vkx_facts_bool(&f, "accepted", good);
	vkx_facts_word(&f, "verdict", vkx_verdict_name(v->verdict));
	if (!good)
		tell_fault(&f, &v->fault);
	vkx_facts_number(&f, "size", v->size);
	vkx_facts_list(&f, "signatures");
	for (i = 0; i < v->nr_signatures; i++)
		tell_signature(&f, &v->signatures[i]);
	vkx_facts_close(&f);
	if (good) {
		vkx_facts_hex(&f, "authenticode", v->authenticode, 32);
		if (!params->any_pe)
			tell_uki(&f, params, v);
	}
	vkx_facts_end(&f);
}

void vkx_report_json_error(FILE *out, const char *file, int err, int error)
{
	struct vkx_facts f;

	vkx_facts_begin(&f, out, true);
	tell_string(&f, "file", file);
	vkx_facts_bool(&f, "accepted", false);
	tell_string(&f, "error", vkx_error_text(err, error));
	vkx_facts_end(&f);
}
