/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/appraisal_text.h"

#include <string.h>

#include "keys/cli.h"
#include "measure/event.h"

static size_t nr_kept(const struct vkx_appraisal *a)
{
	return a->nr_findings < VKX_MAX_FINDINGS ? a->nr_findings :
						   VKX_MAX_FINDINGS;
}

static void image_text(const struct vkx_chain_link *l, char text[272])
{
	const uint8_t *d = l->hop.authenticode;

	if (l->artifact)
		snprintf(text, 272, "%.230s (release %llu)",
			 l->artifact->file ? l->artifact->file : "",
			 (unsigned long long)l->artifact->release);
	else
		snprintf(text, 272,
			 "unknown image %02x%02x%02x%02x%02x%02x%02x%02x..",
			 d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
}

void vkx_link_text(const struct vkx_chain_link *l, char text[VKX_LINK_TEXT])
{
	char image[272];

	image_text(l, image);
	switch (l->kind) {
	case VKX_LINK_FIRST:
		snprintf(text, VKX_LINK_TEXT, "booted by firmware%s: %s",
			 l->artifact && l->hearsay ? ", if PCR 11 is right" :
						     "",
			 l->artifact ? image :
				       "a kernel outside of the manifest");
		break;
	case VKX_LINK_HOP:
		snprintf(text, VKX_LINK_TEXT, "hop %u: %s", l->hop.number,
			 image);
		break;
	case VKX_LINK_STAGED:
		snprintf(text, VKX_LINK_TEXT, "loaded%s: %s",
			 l->hop.flags & VKX_HOP_CRASH ? " for a crash" :
							", not launched",
			 image);
		break;
	}
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
	char text[VKX_LINK_TEXT];
	size_t i;

	vkx_cli_escaped(out, name, strlen(name));
	fprintf(out, ": %s\n", vkx_tier_name(a->tier));
	for (i = 0; i < a->nr_links; i++) {
		fputs("  ", out);
		vkx_link_text(&a->links[i], text);
		vkx_cli_escaped(out, text, strlen(text));
		fprintf(out, ": %s\n", vkx_tier_name(a->links[i].tier));
	}
	for (i = 0; i < nr_kept(a); i++)
		print_finding(out, &a->findings[i]);
	if (a->nr_findings > VKX_MAX_FINDINGS)
		fprintf(out, "  and %zu more\n",
			a->nr_findings - VKX_MAX_FINDINGS);
}

/* --- JSON -----------------------------------------------------------------*/

static void tell_link(struct vkx_facts *f, const struct vkx_chain_link *l)
{
	static const char *const kinds[] = { "first", "hop", "staged" };
	char text[VKX_LINK_TEXT];

	vkx_facts_object(f, NULL);
	vkx_facts_word(f, "kind", kinds[l->kind]);
	vkx_facts_word(f, "verdict", vkx_tier_name(l->tier));
	vkx_link_text(l, text);
	vkx_facts_name(f, "text", text);
	if (l->event)
		vkx_facts_number(f, "event", l->event);
	if (l->artifact && l->artifact->file) {
		vkx_facts_string(f, "file", l->artifact->file);
		vkx_facts_number(f, "release", l->artifact->release);
	}
	if (l->kind != VKX_LINK_FIRST)
		vkx_hop_tell(f, "hop", &l->hop);
	vkx_facts_close(f);
}

static void tell_finding(struct vkx_facts *f, const struct vkx_finding *finding)
{
	vkx_facts_object(f, NULL);
	vkx_facts_word(f, "reason", vkx_reason_id(finding->reason));
	vkx_facts_word(f, "verdict",
		       vkx_tier_name(vkx_reason_tier(finding->reason)));
	vkx_facts_name(f, "text", vkx_reason_text(finding->reason));
	if (finding->detail[0])
		vkx_facts_name(f, "detail", finding->detail);
	if (finding->link >= 0)
		vkx_facts_number(f, "link", (uint64_t)finding->link);
	if (finding->event)
		vkx_facts_number(f, "event", finding->event);
	vkx_facts_close(f);
}

static void tell_tpm(struct vkx_facts *f, const struct vkx_attest *t)
{
	char firmware[20];

	snprintf(firmware, sizeof(firmware), "%016llx",
		 (unsigned long long)t->firmware);
	vkx_facts_object(f, "tpm");
	vkx_facts_number(f, "reset_count", t->reset_count);
	vkx_facts_number(f, "restart_count", t->restart_count);
	vkx_facts_number(f, "clock", t->clock);
	vkx_facts_bool(f, "safe", t->safe);
	vkx_facts_word(f, "firmware", firmware);
	vkx_facts_hex(f, "nonce", t->nonce.p, t->nonce.len);
	vkx_facts_close(f);
}

void vkx_appraisal_tell(FILE *out, const char *name,
			const struct vkx_appraisal *a)
{
	struct vkx_facts f;
	size_t i;

	vkx_facts_begin(&f, out, true);
	vkx_facts_string(&f, "name", name);
	vkx_facts_word(&f, "verdict", vkx_tier_name(a->tier));
	vkx_facts_list(&f, "links");
	for (i = 0; i < a->nr_links; i++)
		tell_link(&f, &a->links[i]);
	vkx_facts_close(&f);
	vkx_facts_list(&f, "findings");
	for (i = 0; i < nr_kept(a); i++)
		tell_finding(&f, &a->findings[i]);
	vkx_facts_close(&f);
	if (a->nr_findings > VKX_MAX_FINDINGS)
		vkx_facts_number(&f, "findings_dropped",
				 a->nr_findings - VKX_MAX_FINDINGS);
	if (a->have_ak)
		vkx_facts_hex(&f, "ak_name", a->ak.name, a->ak.name_len);
	if (a->have_attest)
		tell_tpm(&f, &a->attest);
	vkx_facts_end(&f);
}
