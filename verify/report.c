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

int vkx_report_error(const char *file, int err, int error,
		     const struct vkx_fault *fault)
{
	switch (err) {
	case -VKX_ERR_FORMAT:
		if (!fault)
			break;
		vkx_cli_error(file, "refused: %s (%s at byte %llu)",
			      vkx_rule_text(fault->rule),
			      vkx_rule_id(fault->rule),
			      (unsigned long long)fault->offset);
		return VKX_EXIT_REFUSED;
	case -VKX_ERR_IO:
		if (error == ESTALE)
			vkx_cli_error(file, "became shorter while it was read");
		else
			vkx_cli_error(file, "%s", strerror(error));
		return VKX_EXIT_FAILED;
	case -VKX_ERR_NOMEM:
		vkx_cli_error(file, "out of memory");
		return VKX_EXIT_FAILED;
	default:
		break;
	}
	vkx_cli_error(file, "internal error %d", err);
	return VKX_EXIT_FAILED;
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

struct json_object *vkx_json_text(const void *text, size_t len)
{
	struct json_object *obj;
	char *escaped = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&escaped, &size);

	if (!f)
		return NULL;
	vkx_cli_escaped(f, text, len);
	if (fclose(f)) {
		free(escaped);
		return NULL;
	}
	obj = json_object_new_string(escaped);
	free(escaped);
	return obj;
}

void vkx_json_line(struct json_object *obj)
{
	printf("%s\n", json_object_to_json_string_ext(
			       obj, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(obj);
}

struct json_object *vkx_json_hex(const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = bytes;
	char text[2 * VKX_MAX_DIGEST + 1];
	size_t i;

	for (i = 0; i < len && i < VKX_MAX_DIGEST; i++) {
		text[2 * i] = digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	text[2 * i] = 0;
	return json_object_new_string(text);
}

static void add(struct json_object *obj, const char *key,
		struct json_object *value)
{
	json_object_object_add(obj, key, value);
}

static void add_text(struct json_object *obj, const char *key, const char *text)
{
	add(obj, key, json_object_new_string(text));
}

static void add_fault(struct json_object *obj, const struct vkx_fault *fault)
{
	add_text(obj, "rule", vkx_rule_id(fault->rule));
	add(obj, "offset", json_object_new_int64((int64_t)fault->offset));
	add_text(obj, "reason", vkx_rule_text(fault->rule));
}

static void add_time(struct json_object *obj, const char *key, uint64_t when)
{
	char text[24];

	vkx_time_text(when, text);
	add_text(obj, key, text);
}

static struct json_object *signature_json(const struct vkx_signature *sig)
{
	struct json_object *obj = json_object_new_object();
	bool good = sig->verdict == VKX_VERDICT_BOOT;

	add(obj, "trusted", json_object_new_boolean(good));
	if (!good)
		add_fault(obj, &sig->fault);
	if (!sig->parsed)
		return obj;
	add_text(obj, "subject", sig->subject);
	add_text(obj, "issuer", sig->issuer);
	add_text(obj, "key", sig->key == VKX_KEY_RSA ? "rsa" : "ecdsa");
	add(obj, "key_bits", json_object_new_int((int32_t)sig->key_bits));
	add_text(obj, "hash", vkx_hash_name(sig->hash));
	add(obj, "certificate_sha256", vkx_json_hex(sig->fingerprint, 32));
	if (good)
		add(obj, "trusted_sha256", vkx_json_hex(sig->anchor, 32));
	add_time(obj, "not_before", sig->not_before);
	add_time(obj, "not_after", sig->not_after);
	if (sig->has_signing_time)
		add_time(obj, "signing_time", sig->signing_time);
	return obj;
}

static struct json_object *part_json(const char *name,
				     const struct vkx_uki_part *part,
				     const uint8_t *digest)
{
	struct json_object *obj = json_object_new_object();

	add_text(obj, "name", name);
	add(obj, "offset", json_object_new_int64(part->offset));
	add(obj, "size", json_object_new_int64(part->size));
	if (digest)
		add(obj, "sha256", vkx_json_hex(digest, 32));
	return obj;
}

static struct json_object *parts_json(const struct vkx_verify_params *params,
				      const struct vkx_verified *v)
{
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < VKX_PART_NR; i++)
		if (v->uki.part[i].present && i != VKX_PART_DTBAUTO)
			json_object_array_add(
				list,
				part_json(vkx_uki_part_name(i), &v->uki.part[i],
					  params->components ?
						  v->part_digest[i] :
						  NULL));
	for (i = 0; i < v->uki.nr_dtbauto; i++)
		json_object_array_add(list,
				      part_json(".dtbauto", &v->uki.dtbauto[i],
						params->components ?
							v->dtbauto_digest[i] :
							NULL));
	return list;
}

static void add_uki(struct json_object *obj,
		    const struct vkx_verify_params *params,
		    const struct vkx_verified *v)
{
	static const char *const sources[] = {
		[VKX_DTB_NONE] = NULL,
		[VKX_DTB_AUTO] = "dtbauto",
		[VKX_DTB_SECTION] = "dtb",
		[VKX_DTB_RUNNING] = "running",
	};

	add(obj, "components", parts_json(params, v));
	add(obj, "cmdline",
	    vkx_json_text(v->part[VKX_PART_CMDLINE].data,
			  v->part[VKX_PART_CMDLINE].len));
	add(obj, "sbat",
	    vkx_json_text(v->part[VKX_PART_SBAT].data,
			  v->part[VKX_PART_SBAT].len));
	add(obj, "image_size",
	    json_object_new_int64((int64_t)v->image.image_size));
	if (v->dtb.source == VKX_DTB_NONE)
		return;
	add_text(obj, "device_tree", sources[v->dtb.source]);
	if (v->dtb.source == VKX_DTB_AUTO)
		add(obj, "device_tree_index",
		    json_object_new_int((int32_t)v->dtb.index));
}

struct json_object *vkx_report_json(const char *file,
				    const struct vkx_verify_params *params,
				    const struct vkx_verified *v)
{
	struct json_object *obj = json_object_new_object(), *list;
	bool good = v->verdict == VKX_VERDICT_BOOT;
	size_t i;

	if (!obj)
		return NULL;
	add(obj, "file", vkx_json_text(file, strlen(file)));
	add(obj, "accepted", json_object_new_boolean(good));
	add_text(obj, "verdict", vkx_verdict_name(v->verdict));
	if (!good)
		add_fault(obj, &v->fault);
	add(obj, "size", json_object_new_int64((int64_t)v->size));
	list = json_object_new_array();
	for (i = 0; i < v->nr_signatures; i++)
		json_object_array_add(list, signature_json(&v->signatures[i]));
	add(obj, "signatures", list);
	if (!good)
		return obj;
	add(obj, "authenticode_sha256", vkx_json_hex(v->authenticode, 32));
	if (!params->any_pe)
		add_uki(obj, params, v);
	return obj;
}
