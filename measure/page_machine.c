/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/page_machine.h"

#include <json-c/json.h>
#include <string.h>

#include "keys/cli.h"
#include "measure/appraisal_text.h"
#include "measure/html.h"

static void verdict(FILE *out, enum vkx_tier tier)
{
	fprintf(out, "<span class=\"v %s\">%s %s</span>", vkx_tier_name(tier),
		vkx_html_sign(tier), vkx_tier_name(tier));
}

/* --- the chain ------------------------------------------------------------*/

/* A dot per kernel and the arrow to the next one; dashed where nothing was
 * launched yet. */
static void draw(FILE *out, const struct vkx_chain_link *l, bool last,
		 bool next_staged)
{
	bool staged = l->kind == VKX_LINK_STAGED;

	fprintf(out, "<svg class=\"%s\" aria-hidden=\"true\">",
		vkx_tier_name(l->tier));
	if (!last)
		fprintf(out,
			"<line x1=\"20\" y1=\"34\" x2=\"20\" y2=\"100%%\" "
			"stroke=\"var(--dim)\" stroke-width=\"2\"%s/>",
			next_staged ? " stroke-dasharray=\"4 4\"" : "");
	fprintf(out,
		"<circle cx=\"20\" cy=\"18\" r=\"14\" "
		"fill=\"var(--card)\" stroke=\"currentColor\" "
		"stroke-width=\"3\"%s/><text x=\"20\" y=\"24\" "
		"text-anchor=\"middle\" font-size=\"16\" "
		"fill=\"currentColor\">%s</text></svg>",
		staged ? " stroke-dasharray=\"4 3\"" : "",
		vkx_html_sign(l->tier));
}

static void finding(FILE *out, const struct vkx_finding *f)
{
	fprintf(out, "<li class=\"%s\"><b>%s</b> ",
		vkx_tier_name(vkx_reason_tier(f->reason)),
		vkx_reason_id(f->reason));
	vkx_html_text(out, vkx_reason_text(f->reason));
	if (f->detail[0]) {
		fputs(": ", out);
		vkx_html_text(out, f->detail);
	}
	if (f->event)
		fprintf(out, " (event %u of the log)", f->event);
	fputs("</li>\n", out);
}

static void findings_of(FILE *out, const struct vkx_appraisal *a, int link)
{
	size_t i, n = 0;

	for (i = 0; i < a->nr_findings && i < VKX_MAX_FINDINGS; i++) {
		if (a->findings[i].link != link)
			continue;
		if (!n++)
			fputs("<ul class=\"why\">\n", out);
		finding(out, &a->findings[i]);
	}
	if (n)
		fputs("</ul>\n", out);
}

static void row_hex(FILE *out, const char *name, const uint8_t *digest)
{
	fprintf(out, "<tr><th>%s</th><td class=\"hex\">", name);
	vkx_cli_hex(out, digest, 32);
	fputs("</td></tr>\n", out);
}

static void hop_facts(FILE *out, const struct vkx_hop *h)
{
	fprintf(out,
		"<p class=\"dim\">%s by a kernel that was %s, lockdown "
		"%s; %s device tree; ",
		h->kind == VKX_HOP_LOAD ? "Loaded" : "Launched",
		h->flags & VKX_HOP_ENFORCED ? "enforcing" : "not enforcing",
		vkx_hop_lockdown_name(h->lockdown),
		h->dtb_source == VKX_HOP_DTB_RUNNING ? "the running" :
						       "a signed");
	if (h->sbat_date)
		fprintf(out, "SBAT level %llu",
			(unsigned long long)h->sbat_date);
	else
		fputs("no SBAT level", out);
	fputs("</p>\n<details><summary>Digests</summary><table>\n", out);
	row_hex(out, "image", h->authenticode);
	row_hex(out, "signer", h->signer);
	row_hex(out, ".linux", h->linux_image);
	if (h->flags & VKX_HOP_INITRD)
		row_hex(out, ".initrd", h->initrd);
	row_hex(out, ".cmdline", h->cmdline);
	if (h->dtb_source != VKX_HOP_DTB_RUNNING)
		row_hex(out, "device tree", h->dtb);
	row_hex(out, "carried over", h->facts);
	fputs("</table></details>\n", out);
}

static void link_text(FILE *out, const struct vkx_chain_link *l)
{
	char text[VKX_LINK_TEXT];

	vkx_link_text(l, text);
	vkx_html_text(out, text);
}

static void chain(FILE *out, const struct vkx_appraisal *a)
{
	size_t i;

	if (!a->nr_links) {
		fputs("<p>No chain is shown: the evidence did not get that "
		      "far.</p>\n",
		      out);
		return;
	}
	fputs("<ol class=\"chain\">\n", out);
	for (i = 0; i < a->nr_links; i++) {
		const struct vkx_chain_link *l = &a->links[i];
		bool last = i + 1 == a->nr_links;

		fputs("<li>", out);
		draw(out, l, last,
		     !last && a->links[i + 1].kind == VKX_LINK_STAGED);
		fputs("<div class=\"link\"><b>", out);
		link_text(out, l);
		fputs("</b> ", out);
		verdict(out, l->tier);
		findings_of(out, a, (int)i);
		if (l->kind != VKX_LINK_FIRST)
			hop_facts(out, &l->hop);
		fputs("</div></li>\n", out);
	}
	fputs("</ol>\n", out);
}

/* --- what was checked -----------------------------------------------------*/

/* The worst that was found in one step. */
static enum vkx_tier step_tier(const struct vkx_appraisal *a,
			       enum vkx_step step)
{
	enum vkx_tier tier = VKX_TIER_AFFIRMING, t;
	size_t i;

	for (i = 0; i < a->nr_findings && i < VKX_MAX_FINDINGS; i++) {
		t = vkx_reason_tier(a->findings[i].reason);
		if (vkx_reason_step(a->findings[i].reason) == step && t < tier)
			tier = t;
	}
	/* What did not fit is of the last step; so is what has no words. */
	if (step == VKX_STEP_CHAIN && a->tier < tier)
		tier = a->tier;
	return tier;
}

static void step(FILE *out, enum vkx_tier tier, bool reached, const char *what)
{
	const char *sign = vkx_html_sign(tier);

	/* A step that was made and failed is no question any more. */
	if (reached && tier == VKX_TIER_NONE) {
		tier = VKX_TIER_CONTRAINDICATED;
		sign = vkx_html_sign(tier);
	}
	fprintf(out, "<tr><td class=\"%s\"><b>%s</b></td><td>%s%s</td></tr>\n",
		vkx_tier_name(reached ? tier : VKX_TIER_NONE),
		reached ? sign : vkx_html_sign(VKX_TIER_NONE), what,
		reached ? "" : " <span class=\"dim\">(not reached)</span>");
}

static void steps(FILE *out, const struct vkx_appraisal *a)
{
	static const char *const what[VKX_STEP_NR] = {
		[VKX_STEP_READ] = "Evidence is whole",
		[VKX_STEP_KEY] = "Key is a restricted TPM key",
		[VKX_STEP_QUOTE] =
			"Key is known, and the quote is its signature",
		[VKX_STEP_FRESH] = "Nonce is fresh, required PCRs are signed",
		[VKX_STEP_LOG] = "Log replays from reset to every quoted PCR",
		[VKX_STEP_CHAIN] =
			("Every launched kernel is on the manifest, and was "
			 "launched by one that was enforcing and locked down"),
	};
	bool reached = true;
	enum vkx_tier tier;
	int i;

	fputs("<table>\n", out);
	for (i = 0; i < VKX_STEP_NR; i++) {
		tier = step_tier(a, (enum vkx_step)i);
		step(out, tier, reached,
		     i == VKX_STEP_FRESH && a->compared ?
			     "Nonce is fresh, required PCRs are signed, TPM "
			     "was not reset since the evidence before" :
			     what[i]);
		reached = reached && tier >= VKX_TIER_WARNING;
	}
	fputs("</table>\n", out);
}

static void pcrs(FILE *out, const struct vkx_appraisal *a)
{
	size_t i;

	if (!a->have_log)
		return;
	fputs("<details><summary>Quoted PCRs</summary><table>\n", out);
	for (i = 0; i < a->values.nr; i++) {
		fprintf(out, "<tr><th>%u</th><td>%s</td><td class=\"hex\">",
			a->values.v[i].pcr,
			vkx_tpm_alg_name(a->values.v[i].alg));
		vkx_cli_hex(out, a->values.v[i].value.p,
			    a->values.v[i].value.len);
		fputs("</td></tr>\n", out);
	}
	fputs("</table></details>\n", out);
}

static void tpm(FILE *out, const struct vkx_appraisal *a)
{
	if (!a->have_attest)
		return;
	fprintf(out,
		"<details><summary>TPM and key</summary><table>\n"
		"<tr><th>resets</th><td>%u</td></tr>\n"
		"<tr><th>restarts</th><td>%u</td></tr>\n"
		"<tr><th>firmware</th><td class=\"hex\">%016llx</td></tr>\n"
		"<tr><th>key name</th><td class=\"hex\">",
		a->attest.reset_count, a->attest.restart_count,
		(unsigned long long)a->attest.firmware);
	vkx_cli_hex(out, a->ak.name, a->ak.name_len);
	fputs("</td></tr>\n<tr><th>nonce</th><td class=\"hex\">", out);
	vkx_cli_hex(out, a->attest.nonce.p, a->attest.nonce.len);
	fputs("</td></tr>\n</table></details>\n", out);
}

/* What the machine says of itself; nobody vouches for it. */
static void says(FILE *out, struct vkx_span machine)
{
	static const char *const names[] = { "host", "kernel" };
	json_object *o, *v;
	char text[4096];
	size_t i;

	if (!machine.p || machine.len >= sizeof(text))
		return;
	memcpy(text, machine.p, machine.len);
	text[machine.len] = 0;
	o = json_tokener_parse(text);
	if (!o || !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return;
	}
	fputs("<p class=\"dim\">It says of itself:", out);
	for (i = 0; i < 2; i++)
		if (json_object_object_get_ex(o, names[i], &v) &&
		    json_object_is_type(v, json_type_string)) {
			fprintf(out, " %s ", names[i]);
			vkx_html_text(out, json_object_get_string(v));
		}
	fputs("</p>\n", out);
	json_object_put(o);
}

/* --- the answer in one look ------------------------------------------------*/

/* The worst of the findings, the first of them; NULL: none. */
static const struct vkx_finding *worst(const struct vkx_appraisal *a)
{
	const struct vkx_finding *f = NULL;
	size_t i;

	for (i = 0; i < a->nr_findings && i < VKX_MAX_FINDINGS; i++)
		if (!f || vkx_reason_tier(a->findings[i].reason) <
				  vkx_reason_tier(f->reason))
			f = &a->findings[i];
	return f;
}

static void reason_text(FILE *out, const struct vkx_finding *f)
{
	vkx_html_text(out, vkx_reason_text(f->reason));
	if (f->detail[0]) {
		fputs(": ", out);
		vkx_html_text(out, f->detail);
	}
}

/* Which link, which event. */
static void where(FILE *out, const struct vkx_appraisal *a,
		  const struct vkx_finding *f)
{
	if (f->link < 0 && !f->event)
		return;
	fputs("<p class=\"dim\">", out);
	if (f->link >= 0)
		link_text(out, &a->links[f->link]);
	if (f->event)
		fprintf(out, "%sevent %u of the log",
			f->link >= 0 ? " \xc2\xb7 " : "", f->event);
	fputs("</p>", out);
}

/* What runs now: the last kernel that was launched. */
static void runs(FILE *out, const struct vkx_appraisal *a)
{
	size_t i, hops = 0, last = 0;

	for (i = 0; i < a->nr_links; i++)
		if (a->links[i].kind == VKX_LINK_HOP) {
			hops++;
			last = i;
		}
	fputs("Every check was made and passed", out);
	if (!a->nr_links)
		return;
	fprintf(out,
		".<p class=\"dim\">%zu hop%s since reset; runs now: ", hops,
		hops == 1 ? "" : "s");
	link_text(out, &a->links[last]);
	fputs("</p>", out);
}

static void hero(FILE *out, const struct vkx_appraisal *a)
{
	const struct vkx_finding *f = worst(a);

	fprintf(out,
		"<div class=\"hero %s\"><span class=\"sign\" "
		"aria-hidden=\"true\">%s</span><div class=\"text\"><b>%s</b> "
		"\xc2\xb7 ",
		vkx_tier_name(a->tier), vkx_html_sign(a->tier),
		vkx_tier_name(a->tier));
	if (f)
		reason_text(out, f);
	else
		runs(out, a);
	if (f)
		where(out, a, f);
	if (a->nr_findings > 1)
		fprintf(out, "<p class=\"dim\">and %zu more, below</p>",
			a->nr_findings - 1);
	fputs("</div></div>\n", out);
}

static void body(FILE *out, const struct vkx_appraisal *a,
		 struct vkx_span machine)
{
	says(out, machine);
	findings_of(out, a, -1);
	fputs("<h3>The chain</h3>\n", out);
	chain(out, a);
	fputs("<h3>What was checked</h3>\n", out);
	steps(out, a);
	pcrs(out, a);
	tpm(out, a);
}

void vkx_page_machine(FILE *out, const char *name,
		      const struct vkx_appraisal *a, struct vkx_span machine,
		      bool fleet)
{
	const struct vkx_finding *f = worst(a);

	if (!fleet) {
		fputs("<article><h2>", out);
		vkx_html_text(out, name);
		fputs("</h2>\n", out);
		hero(out, a);
		body(out, a, machine);
		fputs("</article>\n", out);
		return;
	}
	fprintf(out, "<details class=\"t-%s\"><summary>",
		vkx_tier_name(a->tier));
	verdict(out, a->tier);
	fputs(" <b>", out);
	vkx_html_text(out, name);
	fputs("</b>", out);
	if (f)
		fprintf(out, " <span class=\"dim\">%s</span>",
			vkx_reason_id(f->reason));
	fputs("</summary>\n", out);
	hero(out, a);
	body(out, a, machine);
	fputs("</details>\n", out);
}

enum vkx_reason vkx_page_reason(const struct vkx_appraisal *a)
{
	const struct vkx_finding *f = worst(a);

	return f ? f->reason : VKX_REASON_FINE;
}
