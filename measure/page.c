/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/page.h"

#include <string.h>

#include "measure/html.h"

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
			page->reasons[i], vkx_tier_name(tier),
			vkx_html_sign(tier), vkx_reason_id((enum vkx_reason)i),
			vkx_reason_text((enum vkx_reason)i));
	}
	if (n)
		fputs("</table>\n", page->out);
}

static void summary(const struct vkx_page *page)
{
	size_t all = all_machines(page), good = page->nr[VKX_TIER_AFFIRMING];

	fputs("<article><h2>", page->out);
	if (!all)
		fputs("No evidence was given: no machine was audited",
		      page->out);
	else if (good == all)
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
				vkx_html_sign((enum vkx_tier)i),
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
	vkx_html_text(out, product);
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
