/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/appraisal_text.h"

#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "measure/event.h"

static size_t nr_kept(const struct vkx_appraisal *a)
{
	return a->nr_findings < VKX_MAX_FINDINGS ? a->nr_findings :
						   VKX_MAX_FINDINGS;
}

static void print_image(FILE *out, const struct vkx_chain_link *l)
{
	if (l->artifact) {
		const char *file = l->artifact->file ? l->artifact->file : "";

		vkx_cli_escaped(out, file, strlen(file));
		fprintf(out, " (release %llu)",
			(unsigned long long)l->artifact->release);
	} else {
		fputs("unknown image ", out);
		vkx_cli_hex(out, l->hop.authenticode, 8);
		fputs("..", out);
	}
}

void vkx_link_print(FILE *out, const struct vkx_chain_link *l)
{
	switch (l->kind) {
	case VKX_LINK_FIRST:
		fputs("booted by firmware: ", out);
		if (l->artifact)
			print_image(out, l);
		else
			fputs("a kernel outside of the manifest", out);
		return;
	case VKX_LINK_HOP:
		fprintf(out, "hop %u: ", l->hop.number);
		break;
	case VKX_LINK_STAGED:
		fputs(l->hop.flags & VKX_HOP_CRASH ? "loaded for a crash: " :
						     "loaded, not launched: ",
		      out);
		break;
	}
	print_image(out, l);
}

static void print_finding(FILE *out, const struct vkx_finding *f)
{
	fprintf(out, "  %s (%s): %s", vkx_reason_id(f->reason),
		vkx_tier_name(vkx_reason_tier(f->reason)),
		vkx_reason_text(f->reason));
	if (f->detail[0]) {
		fputs(": ", out);
		vkx_cli_escaped(out, f->detail, strlen(f->detail));
	}
	if (f->event)
		fprintf(out, " [event %u]", f->event);
	fputc('\n', out);
}

void vkx_appraisal_print(FILE *out, const char *name,
			 const struct vkx_appraisal *a)
{
	size_t i;

	vkx_cli_escaped(out, name, strlen(name));
	fprintf(out, ": %s\n", vkx_tier_name(a->tier));
	for (i = 0; i < a->nr_links; i++) {
		fputs("  ", out);
		vkx_link_print(out, &a->links[i]);
		fprintf(out, ": %s\n", vkx_tier_name(a->links[i].tier));
	}
	for (i = 0; i < nr_kept(a); i++)
		print_finding(out, &a->findings[i]);
	if (a->nr_findings > VKX_MAX_FINDINGS)
		fprintf(out, "  and %zu more\n",
			a->nr_findings - VKX_MAX_FINDINGS);
}

/* Text by one of the printers above as a JSON string. */
static json_object *link_text(const struct vkx_chain_link *l)
{
	json_object *o = NULL;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	vkx_link_print(f, l);
	fclose(f);
	o = json_object_new_string(text);
	free(text);
	return o;
}

static json_object *link_json(const struct vkx_chain_link *l)
{
	static const char *const kinds[] = { "first", "hop", "staged" };
	json_object *o = json_object_new_object();

	json_object_object_add(o, "kind",
			       json_object_new_string(kinds[l->kind]));
	json_object_object_add(o, "verdict",
			       json_object_new_string(vkx_tier_name(l->tier)));
	json_object_object_add(o, "text", link_text(l));
	if (l->event)
		json_object_object_add(o, "event",
				       json_object_new_int64(l->event));
	if (l->artifact && l->artifact->file) {
		json_object_object_add(
			o, "file", json_object_new_string(l->artifact->file));
		json_object_object_add(
			o, "release",
			json_object_new_int64((int64_t)l->artifact->release));
	}
	if (l->kind != VKX_LINK_FIRST)
		json_object_object_add(o, "hop", vkx_hop_json(&l->hop));
	return o;
}

static json_object *finding_json(const struct vkx_finding *f)
{
	json_object *o = json_object_new_object();

	json_object_object_add(
		o, "reason", json_object_new_string(vkx_reason_id(f->reason)));
	json_object_object_add(o, "verdict",
			       json_object_new_string(vkx_tier_name(
				       vkx_reason_tier(f->reason))));
	json_object_object_add(
		o, "text", json_object_new_string(vkx_reason_text(f->reason)));
	if (f->detail[0])
		json_object_object_add(o, "detail",
				       json_object_new_string(f->detail));
	if (f->link >= 0)
		json_object_object_add(o, "link", json_object_new_int(f->link));
	if (f->event)
		json_object_object_add(o, "event",
				       json_object_new_int64(f->event));
	return o;
}

static json_object *tpm_json(const struct vkx_attest *t)
{
	json_object *o = json_object_new_object();
	char firmware[20];

	snprintf(firmware, sizeof(firmware), "%016llx",
		 (unsigned long long)t->firmware);
	json_object_object_add(o, "reset_count",
			       json_object_new_int64(t->reset_count));
	json_object_object_add(o, "restart_count",
			       json_object_new_int64(t->restart_count));
	json_object_object_add(o, "clock",
			       json_object_new_int64((int64_t)t->clock));
	json_object_object_add(o, "safe", json_object_new_boolean(t->safe));
	json_object_object_add(o, "firmware", json_object_new_string(firmware));
	json_object_object_add(o, "nonce",
			       vkx_event_hex(t->nonce.p, t->nonce.len));
	return o;
}

json_object *vkx_appraisal_json(const char *name, const struct vkx_appraisal *a)
{
	json_object *o = json_object_new_object();
	json_object *links = json_object_new_array();
	json_object *findings = json_object_new_array();
	size_t i;

	for (i = 0; i < a->nr_links; i++)
		json_object_array_add(links, link_json(&a->links[i]));
	for (i = 0; i < nr_kept(a); i++)
		json_object_array_add(findings, finding_json(&a->findings[i]));
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "verdict",
			       json_object_new_string(vkx_tier_name(a->tier)));
	json_object_object_add(o, "links", links);
	json_object_object_add(o, "findings", findings);
	if (a->have_ak)
		json_object_object_add(
			o, "ak_name",
			vkx_event_hex(a->ak.name, a->ak.name_len));
	if (a->have_attest)
		json_object_object_add(o, "tpm", tpm_json(&a->attest));
	return o;
}
