/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/predict_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/facts.h"
#include "keys/outfile.h"
#include "measure/event.h"
#include "measure/hash.h"
#include "uki_measure.h"

/* Of a log that was there before, its own banks or those that are asked for. */
static bool shown(const struct vkx_predict_report *want, uint16_t alg)
{
	size_t i;

	for (i = 0; i < want->nr_banks; i++)
		if (want->banks[i].alg == alg)
			return true;
	return !want->nr_banks;
}

/* Position of the bank that stands for all: SHA-256, or the first named. */
static size_t main_bank(const struct vkx_predict_report *want,
			const struct vkx_tcglog *log)
{
	uint16_t alg = VKX_TPM_ALG_SHA256;
	int bank;

	if (!shown(want, alg))
		alg = want->banks[0].alg;
	bank = vkx_tcglog_bank(log, alg);
	return bank < 0 ? 0 : (size_t)bank;
}

static void print_pcrs(const struct vkx_predict_report *want,
		       const struct vkx_tcglog *log)
{
	static const uint8_t ours[] = { VKX_UKI_PCR, VKX_HOP_PCR };
	struct vkx_pcrs pcrs;
	size_t i, j;

	for (i = 0; i < 2; i++)
		for (j = 0; j < log->nr_banks; j++) {
			if (!shown(want, log->banks[j].alg) ||
			    vkx_tcglog_replay(log, log->banks[j].alg,
					      &vkx_hash_host, &pcrs))
				continue;
			printf("%u:%s=", ours[i],
			       vkx_tpm_alg_name(log->banks[j].alg));
			vkx_cli_hex(stdout, pcrs.value[ours[i]],
				    pcrs.bank.size);
			putchar('\n');
		}
}

static void explain(const struct vkx_predict_report *want,
		    const struct vkx_tcglog *log, size_t from)
{
	size_t bank = main_bank(want, log);
	struct vkx_tcglog_event ev;
	size_t offset = from;
	uint32_t index = 0;
	struct vkx_hop h;

	while (vkx_tcglog_next(log, &offset, &index, &ev)) {
		printf("# PCR %u ", ev.pcr);
		vkx_cli_hex(stdout, ev.digest[bank], log->banks[bank].size);
		putchar(' ');
		if (!vkx_hop_decode(ev.data, ev.data_size, &h, NULL))
			vkx_hop_print(stdout, &h);
		else
			(void)vkx_event_print_text(stdout, ev.data,
						   ev.data_size);
		putchar('\n');
	}
}

/* PCR 11 and 12 only; also where nothing was extended. Keylime wants a list
 * of allowed values for each. */
static void tell_pcrs(struct vkx_facts *f, const struct vkx_tcglog *log,
		      size_t bank, bool lists)
{
	static const unsigned int ours[] = { VKX_UKI_PCR, VKX_HOP_PCR };
	struct vkx_pcrs pcrs;
	char index[4];
	size_t i;

	if (vkx_tcglog_replay(log, log->banks[bank].alg, &vkx_hash_host, &pcrs))
		return;
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		snprintf(index, sizeof(index), "%u", ours[i]);
		if (lists)
			vkx_facts_list(f, index);
		vkx_facts_hex(f, lists ? NULL : index, pcrs.value[ours[i]],
			      pcrs.bank.size);
		if (lists)
			vkx_facts_close(f);
	}
}

static void print_json(const struct vkx_predict_report *want,
		       const struct vkx_tcglog *log, size_t from)
{
	struct vkx_tcglog_event ev;
	size_t offset = from, i;
	uint32_t index = 0;
	struct vkx_facts f;

	vkx_facts_begin(&f, stdout, true);
	vkx_facts_pretty(&f);
	vkx_facts_object(&f, "pcrs");
	for (i = 0; i < log->nr_banks; i++) {
		if (!shown(want, log->banks[i].alg))
			continue;
		vkx_facts_object(&f, vkx_tpm_alg_name(log->banks[i].alg));
		tell_pcrs(&f, log, i, false);
		vkx_facts_close(&f);
	}
	vkx_facts_close(&f);
	vkx_facts_list(&f, "events");
	while (vkx_tcglog_next(log, &offset, &index, &ev))
		vkx_event_tell(&f, log, &ev);
	vkx_facts_close(&f);
	vkx_facts_end(&f);
}

/* A file of JSON that is written whole or not at all. */
struct document {
	struct vkx_facts facts;
	FILE *out;
	char *text;
	size_t len;
};

static bool document_begin(struct document *d)
{
	d->text = NULL;
	d->out = open_memstream(&d->text, &d->len);
	if (!d->out)
		return false;
	vkx_facts_begin(&d->facts, d->out, true);
	vkx_facts_pretty(&d->facts);
	return true;
}

static bool document_put(struct document *d, const char *path)
{
	bool good;

	vkx_facts_end(&d->facts);
	good = !ferror(d->out);
	good = !fclose(d->out) && good &&
	       !vkx_outfile_put(path, VKX_OUTFILE_PUBLIC, d->text, d->len);
	free(d->text);
	return good;
}

static void tell_record(struct vkx_facts *f, const struct vkx_tcglog *log,
			const struct vkx_tcglog_event *ev)
{
	size_t i;

	vkx_facts_object(f, NULL);
	vkx_facts_number(f, "pcr", ev->pcr);
	vkx_facts_list(f, "digests");
	for (i = 0; i < log->nr_banks; i++) {
		vkx_facts_object(f, NULL);
		vkx_facts_word(f, "hashAlg",
			       vkx_tpm_alg_name(log->banks[i].alg));
		vkx_facts_hex(f, "digest", ev->digest[i], log->banks[i].size);
		vkx_facts_close(f);
	}
	vkx_facts_close(f);
	vkx_facts_close(f);
}

/* systemd-pcrlock(8): the records of a boot phase, here of the hops. */
static bool put_pcrlock(const char *path, const struct vkx_tcglog *log,
			size_t from)
{
	struct vkx_tcglog_event ev;
	size_t offset = from;
	struct document d;
	uint32_t index = 0;

	if (!document_begin(&d))
		return false;
	vkx_facts_list(&d.facts, "records");
	while (vkx_tcglog_next(log, &offset, &index, &ev))
		tell_record(&d.facts, log, &ev);
	vkx_facts_close(&d.facts);
	return document_put(&d, path);
}

/* Keylime tpm_policy: PCR index to a list of allowed values. */
static bool put_policy(const struct vkx_predict_report *want,
		       const struct vkx_tcglog *log)
{
	struct document d;

	if (!document_begin(&d))
		return false;
	tell_pcrs(&d.facts, log, main_bank(want, log), true);
	return document_put(&d, want->policy_out);
}

/* What a file's writer said. */
static bool put_is(bool good, const char *path)
{
	if (!good)
		vkx_cli_error(path, "cannot write: %s", strerror(errno));
	return good;
}

bool vkx_predict_put_report(const struct vkx_predict_report *want,
			    const struct vkx_predict *p, size_t from)
{
	struct vkx_tcglog log;

	if (vkx_tcglog_open(p->log, p->used, VKX_TCGLOG_EXACT, &log, NULL)) {
		vkx_cli_error(NULL, "the predicted log is malformed");
		return false;
	}
	if (want->json)
		print_json(want, &log, from);
	else if (want->explain)
		explain(want, &log, from);
	if (!want->json)
		print_pcrs(want, &log);
	if (want->log_out && vkx_outfile_put(want->log_out, VKX_OUTFILE_PUBLIC,
					     p->log, p->used)) {
		vkx_cli_error(want->log_out, "cannot write: %s",
			      strerror(errno));
		return false;
	}
	return (!want->pcrlock_out ||
		put_is(put_pcrlock(want->pcrlock_out, &log, from),
		       want->pcrlock_out)) &&
	       (!want->policy_out ||
		put_is(put_policy(want, &log), want->policy_out));
}
