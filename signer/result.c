/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/result.h"

#include <string.h>

#include "keys/cli.h"
#include "verify/report.h"

static void tell_text(const struct vkx_result *r)
{
	if (r->relaid)
		fprintf(stderr, "vkexec-sign: laid out canonically before "
				"signing: sections without gaps, header sized "
				"to fit\n");
	if (r->gap)
		vkx_cli_warn(r->file, "has bytes between its sections that no "
				      "signature covers");
	fprintf(stderr, "vkexec-sign: ");
	vkx_cli_escaped(stderr, r->file, strlen(r->file));
	fprintf(stderr, ": %llu bytes, ", (unsigned long long)r->size);
	if (r->signatures)
		fprintf(stderr, "%zu signature%s, ", r->signatures,
			r->signatures == 1 ? "" : "s");
	else
		fprintf(stderr, "not signed, ");
	fprintf(stderr, "%s ", vkx_hash_name(r->hash));
	vkx_cli_hex(stderr, r->digest, vkx_hash_size(r->hash));
	fputc('\n', stderr);
	if (r->stubless)
		fprintf(stderr, "vkexec-sign: no --stub: firmware cannot start "
				"this file, a kernel with vkexec can\n");
}

void vkx_result_tell(const struct vkx_result *r, struct vkx_facts *f)
{
	if (!f) {
		tell_text(r);
		return;
	}
	vkx_facts_object(f, NULL);
	vkx_facts_name(f, "file", r->file);
	vkx_facts_number(f, "size", r->size);
	vkx_facts_number(f, "signatures", r->signatures);
	vkx_facts_word(f, "hash", vkx_hash_name(r->hash));
	vkx_facts_hex(f, "authenticode", r->digest, vkx_hash_size(r->hash));
	vkx_facts_bool(f, "laid_out_anew", r->relaid);
	vkx_facts_bool(f, "unsigned_gap", r->gap);
	vkx_facts_close(f);
}

static void on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct vkx_bar *bar = arg;

	if (!bar->told)
		vkx_progress_start(&bar->progress, bar->label, total);
	vkx_progress_add(&bar->progress, done - bar->told);
	bar->told = done;
}

struct vkx_pe_progress vkx_bar_start(struct vkx_bar *bar, const char *label)
{
	memset(bar, 0, sizeof(*bar));
	bar->label = label;
	return (struct vkx_pe_progress){ .fn = on_progress, .arg = bar };
}

void vkx_bar_end(struct vkx_bar *bar)
{
	if (bar->told)
		vkx_progress_end(&bar->progress);
	bar->told = 0;
}
