/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/page.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "measure/appraisal_text.h"

/*
 * Colour never carries meaning alone: each verdict has its word and its sign.
 * Everything is inline; the policy forbids what is not.
 */
static const char head[] =
	"<!doctype html>\n"
	"<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
	" style-src 'unsafe-inline'; img-src data:\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<link rel=\"icon\" href=\"data:,\">\n"
	"<title>vkexec audit</title><style>\n"
	":root{--bg:#f6f7f9;--card:#fff;--fg:#1b2330;--dim:#5a6675;--line:#d8dee6;"
	"--affirming:#0b6e3d;--warning:#8a5a00;--contraindicated:#b3261e;"
	"--none:#5a6675;--soft-affirming:#e3f4ea;--soft-warning:#fdf1d8;"
	"--soft-contraindicated:#fde7e5;--soft-none:#e9edf2}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#12161d;--card:#1b212b;"
	"--fg:#e6eaf0;--dim:#9aa6b5;--line:#323c4a;--affirming:#5fd39a;"
	"--warning:#f0bd5b;--contraindicated:#ff8f85;--none:#9aa6b5;"
	"--soft-affirming:#12352a;--soft-warning:#3a2d10;"
	"--soft-contraindicated:#43201d;--soft-none:#28303c}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--bg);color:var(--fg);"
	"font:16px/1.5 system-ui,sans-serif}\n"
	"main{max-width:60rem;margin:0 auto;padding:1rem}\n"
	"h1{font-size:1.35rem;margin:.5rem 0}h2{font-size:1.1rem;margin:0;"
	"overflow-wrap:anywhere}h3{font-size:1rem;margin:1.25rem 0 .5rem}\n"
	"p{margin:.4rem 0}.dim{color:var(--dim)}\n"
	"article{background:var(--card);border:1px solid var(--line);"
	"border-radius:.6rem;padding:1rem;margin:1rem 0}\n"
	".hero{display:flex;gap:.8rem;align-items:flex-start;border-radius:.6rem;"
	"padding:.8rem 1rem;margin:.8rem 0}.hero p{margin:.15rem 0 0}\n"
	".hero .sign{flex:none;width:2.2rem;height:2.2rem;border-radius:50%;"
	"border:3px solid currentColor;display:grid;place-items:center;"
	"font-weight:700}.hero .text{color:var(--fg);min-width:0;"
	"overflow-wrap:anywhere}\n"
	".hero.affirming{background:var(--soft-affirming)}"
	".hero.warning{background:var(--soft-warning)}"
	".hero.contraindicated{background:var(--soft-contraindicated)}"
	".hero.none{background:var(--soft-none)}\n"
	".bar{display:flex;height:.9rem;border-radius:.45rem;overflow:hidden;"
	"margin:.8rem 0;gap:2px}.bar i{display:block;min-width:4px;"
	"background:currentColor}\n"
	".pick{position:absolute;opacity:0}label.f{display:inline-block;"
	"cursor:pointer;margin:.2rem .4rem .2rem 0;padding:.25rem .8rem;"
	"border:1px solid var(--line);border-radius:1rem;"
	"background:var(--card)}.pick:checked+label.f{border-color:currentColor;"
	"box-shadow:0 0 0 1px currentColor;font-weight:600}"
	".pick:focus-visible+label.f{outline:3px solid var(--dim)}\n"
	"#f-none:checked~.list>:not(.t-none),#f-contraindicated:checked~.list>"
	":not(.t-contraindicated),#f-warning:checked~.list>:not(.t-warning),"
	"#f-affirming:checked~.list>:not(.t-affirming){display:none}\n"
	".list>details{background:var(--card);border:1px solid var(--line);"
	"border-radius:.6rem;margin:.5rem 0;padding:.6rem 1rem}"
	".list>details>summary{display:flex;flex-wrap:wrap;gap:.2rem .8rem;"
	"align-items:center;list-style:none;font-weight:400}"
	".list>details>summary::-webkit-details-marker{display:none}"
	".list>details>summary::before{content:\"\\25b8\";color:var(--dim)}"
	".list>details[open]>summary::before{content:\"\\25be\"}"
	".list summary b{overflow-wrap:anywhere;min-width:0}"
	".list>details[open]>summary{border-bottom:1px solid var(--line);"
	"padding-bottom:.5rem;margin-bottom:.5rem}\n"
	".top{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;"
	"justify-content:space-between}\n"
	".v{display:inline-block;font-weight:600;padding:.15rem .6rem;"
	"border-radius:1rem;white-space:nowrap}\n"
	".affirming{color:var(--affirming)}.warning{color:var(--warning)}"
	".contraindicated{color:var(--contraindicated)}.none{color:var(--none)}\n"
	".v.affirming{background:var(--soft-affirming)}"
	".v.warning{background:var(--soft-warning)}"
	".v.contraindicated{background:var(--soft-contraindicated)}"
	".v.none{background:var(--soft-none)}\n"
	"ol.chain{list-style:none;margin:0;padding:0}\n"
	"ol.chain>li{position:relative;padding-left:48px}\n"
	"ol.chain svg{position:absolute;left:0;top:0;width:40px;height:100%}\n"
	".link{padding:.3rem 0 1rem;min-height:4.5rem}\n"
	".link b{overflow-wrap:anywhere}\n"
	"code,.hex{font:0.85rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere}\n"
	"ul.why{margin:.4rem 0;padding-left:1.2rem}ul.why li{margin:.3rem 0}\n"
	"table{border-collapse:collapse;width:100%}td,th{text-align:left;"
	"vertical-align:top;padding:.25rem .5rem .25rem 0;"
	"border-bottom:1px solid var(--line)}\n"
	"details{margin:.75rem 0 0}summary{cursor:pointer;font-weight:600}\n"
	"@media print{body{background:#fff}article{break-inside:avoid}}\n"
	"</style></head><body><main>\n";

static void escaped(FILE *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		switch (text[i]) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			vkx_cli_escaped(out, text + i, 1);
		}
	}
}

static void escaped_string(FILE *out, const char *text)
{
	escaped(out, text, strlen(text));
}

static const char *sign_of(enum vkx_tier tier)
{
	switch (tier) {
	case VKX_TIER_NONE:
		break;
	case VKX_TIER_CONTRAINDICATED:
		return "\xe2\x9c\x95"; /* multiplication x */
	case VKX_TIER_WARNING:
		return "!";
	case VKX_TIER_AFFIRMING:
		return "\xe2\x9c\x93"; /* check mark */
	}
	return "?";
}

static void verdict(FILE *out, enum vkx_tier tier)
{
	fprintf(out, "<span class=\"v %s\">%s %s</span>", vkx_tier_name(tier),
		sign_of(tier), vkx_tier_name(tier));
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
		staged ? " stroke-dasharray=\"4 3\"" : "", sign_of(l->tier));
}

static void finding(FILE *out, const struct vkx_finding *f)
{
	fprintf(out, "<li class=\"%s\"><b>%s</b> ",
		vkx_tier_name(vkx_reason_tier(f->reason)),
		vkx_reason_id(f->reason));
	escaped_string(out, vkx_reason_text(f->reason));
	if (f->detail[0]) {
		fputs(": ", out);
		escaped_string(out, f->detail);
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
	escaped_string(out, text);
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
	const char *sign = sign_of(tier);

	/* A step that was made and failed is no question any more. */
	if (reached && tier == VKX_TIER_NONE) {
		tier = VKX_TIER_CONTRAINDICATED;
		sign = sign_of(tier);
	}
	fprintf(out, "<tr><td class=\"%s\"><b>%s</b></td><td>%s%s</td></tr>\n",
		vkx_tier_name(reached ? tier : VKX_TIER_NONE),
		reached ? sign : sign_of(VKX_TIER_NONE), what,
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
			escaped_string(out, json_object_get_string(v));
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
	escaped_string(out, vkx_reason_text(f->reason));
	if (f->detail[0]) {
		fputs(": ", out);
		escaped_string(out, f->detail);
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
		vkx_tier_name(a->tier), sign_of(a->tier),
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
		escaped_string(out, name);
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
	escaped_string(out, name);
	fputs("</b>", out);
	if (f)
		fprintf(out, " <span class=\"dim\">%s</span>",
			vkx_reason_id(f->reason));
	fputs("</summary>\n", out);
	hero(out, a);
	body(out, a, machine);
	fputs("</details>\n", out);
}

/* --- the page -------------------------------------------------------------*/

int vkx_page_begin(struct vkx_page *page, FILE *out, bool fleet)
{
	int i;

	memset(page, 0, sizeof(*page));
	page->out = out;
	page->fleet = fleet;
	for (i = 0; i <= VKX_TIER_AFFIRMING; i++) {
		page->part[i] = tmpfile();
		if (!page->part[i])
			return -VKX_ERR_IO;
	}
	return 0;
}

enum vkx_reason vkx_page_reason(const struct vkx_appraisal *a)
{
	const struct vkx_finding *f = worst(a);

	return f ? f->reason : VKX_REASON_FINE;
}

void vkx_page_add(struct vkx_page *page, enum vkx_tier tier,
		  enum vkx_reason reason, const char *html, size_t len)
{
	page->reasons[reason]++;
	if (page->nr[tier]++ < VKX_PAGE_SHOWN)
		fwrite(html, 1, len, page->part[tier]);
}

static size_t all_machines(const struct vkx_page *page)
{
	return page->nr[0] + page->nr[1] + page->nr[2] + page->nr[3];
}

static void bar(const struct vkx_page *page)
{
	int i;

	fputs("<div class=\"bar\" aria-hidden=\"true\">", page->out);
	for (i = 0; i <= VKX_TIER_AFFIRMING; i++)
		if (page->nr[i])
			fprintf(page->out,
				"<i class=\"%s\" style=\"flex-grow:%zu\"></i>",
				vkx_tier_name((enum vkx_tier)i), page->nr[i]);
	fputs("</div>\n", page->out);
}

/* The reasons that decided, each with the number of machines. */
static void reason_counts(const struct vkx_page *page)
{
	enum vkx_tier tier;
	int i, n = 0;

	for (i = 0; i < VKX_REASON_NR; i++) {
		if (i == VKX_REASON_FINE || !page->reasons[i])
			continue;
		tier = vkx_reason_tier((enum vkx_reason)i);
		if (!n++)
			fputs("<table><tr><th>machines</th><th>what is wrong"
			      "</th></tr>\n",
			      page->out);
		fprintf(page->out,
			"<tr><td>%zu</td><td><span class=\"%s\">%s</span> "
			"<b>%s</b> %s</td></tr>\n",
			page->reasons[i], vkx_tier_name(tier), sign_of(tier),
			vkx_reason_id((enum vkx_reason)i),
			vkx_reason_text((enum vkx_reason)i));
	}
	if (n)
		fputs("</table>\n", page->out);
}

static void summary(const struct vkx_page *page)
{
	size_t all = all_machines(page), good = page->nr[VKX_TIER_AFFIRMING];

	fputs("<article><h2>", page->out);
	if (good == all)
		fprintf(page->out, "All %zu machines are affirming", all);
	else
		fprintf(page->out, "%zu of %zu machines %s not affirming",
			all - good, all, all - good == 1 ? "is" : "are");
	fputs("</h2>\n", page->out);
	bar(page);
	reason_counts(page);
	fputs("</article>\n", page->out);
}

/* Filters without script: what is checked hides the others' rows. */
static void filters(const struct vkx_page *page)
{
	int i;

	fprintf(page->out,
		"<input class=\"pick\" type=\"radio\" name=\"f\" id=\"f-all\" "
		"checked><label class=\"f\" for=\"f-all\">all %zu</label>\n",
		all_machines(page));
	for (i = 0; i <= VKX_TIER_AFFIRMING; i++)
		if (page->nr[i])
			fprintf(page->out,
				"<input class=\"pick\" type=\"radio\" "
				"name=\"f\" id=\"f-%s\"><label class=\"f %s\" "
				"for=\"f-%s\">%s %s %zu</label>\n",
				vkx_tier_name((enum vkx_tier)i),
				vkx_tier_name((enum vkx_tier)i),
				vkx_tier_name((enum vkx_tier)i),
				sign_of((enum vkx_tier)i),
				vkx_tier_name((enum vkx_tier)i), page->nr[i]);
}

static bool copy_part(FILE *from, FILE *to)
{
	char buf[65536];
	size_t n;

	rewind(from);
	while ((n = fread(buf, 1, sizeof(buf), from)))
		fwrite(buf, 1, n, to);
	return !ferror(from);
}

static bool machines(const struct vkx_page *page)
{
	bool good = true;
	int i;

	fputs("<div class=\"list\">\n", page->out);
	for (i = 0; i <= VKX_TIER_AFFIRMING; i++) {
		good = !fflush(page->part[i]) && !ferror(page->part[i]) &&
		       copy_part(page->part[i], page->out) && good;
		if (page->nr[i] > VKX_PAGE_SHOWN)
			fprintf(page->out,
				"<p class=\"t-%s dim\">%zu more machines are "
				"%s; the verdicts of --json name them.</p>\n",
				vkx_tier_name((enum vkx_tier)i),
				page->nr[i] - VKX_PAGE_SHOWN,
				vkx_tier_name((enum vkx_tier)i));
	}
	fputs("</div>\n", page->out);
	return good;
}

int vkx_page_end(struct vkx_page *page, const char *product, uint64_t release)
{
	FILE *out = page->out;
	bool good;

	fputs(head, out);
	fputs("<h1>Audit against the manifest of ", out);
	escaped_string(out, product);
	fprintf(out, ", release %llu</h1>\n", (unsigned long long)release);
	if (page->fleet) {
		summary(page);
		filters(page);
	}
	good = machines(page);
	fputs("<p class=\"dim\">A verdict is the worst of its reasons. "
	      "<b>affirming</b>: every check was made and passed. "
	      "<b>warning</b>: not wrong, but not what the manifest wants. "
	      "<b>contraindicated</b>: genuine evidence of something wrong. "
	      "<b>none</b>: the evidence proves nothing.</p>\n"
	      "</main></body></html>\n",
	      out);
	return good ? 0 : -VKX_ERR_IO;
}

void vkx_page_free(struct vkx_page *page)
{
	int i;

	for (i = 0; i <= VKX_TIER_AFFIRMING; i++)
		if (page->part[i])
			fclose(page->part[i]);
	memset(page, 0, sizeof(*page));
}
