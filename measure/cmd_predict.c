/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/outfile.h"
#include "measure/blob.h"
#include "measure/event.h"
#include "measure/hash.h"
#include "measure/predict.h"
#include "sbat.h"
#include "sha256.h"
#include "uki_measure.h"

static const char help[] =
	"Usage: vkexec-measure predict [OPTION]... FILE.efi...\n"
	"Computes PCR 11 and PCR 12 as they will be after hopping into the files, one\n"
	"after the other. What the files do not tell is taken from the last hop record\n"
	"of the log given with --from, or from these options:\n"
	"\n"
	"  --from LOG        the log before (without: PCRs are as after a reset)\n"
	"  --bank B          sha256, ...; several; with --from the log's own\n"
	"  --lockdown L      of the kernels that launch: none, integrity (default),\n"
	"                    confidentiality\n"
	"  --strict          they are built strict\n"
	"  --enforcing       they take signed UKIs only; so do all that are strict or\n"
	"                    locked down\n"
	"  --not-enforcing   they take unsigned files too\n"
	"  --uapi            they measure sections into PCR 11\n"
	"  --no-uapi         they do not\n"
	"  --sbat-level F    SBAT level that they apply\n"
	"  --facts HEX       digest of what is carried over from the running tree\n"
	"  --dtbauto N       the machine uses .dtbauto number N, from 0\n"
	"  --running-dtb     the machine uses its running tree in spite of a .dtb\n"
	"\n"
	"  --explain         every event too\n"
	"  --json            pcrs by bank and index, and events\n"
	"  --log OUT         the log as it will be\n"
	"  --pcrlock OUT     a component for systemd-pcrlock: the records to come\n"
	"  --tpm-policy OUT  PCR values as Keylime's tpm_policy (first bank)\n"
	"\n"
	"Examples:\n"
	"  vkexec-measure predict --from evidence/log.bin release-8.efi\n"
	"  vkexec-measure predict --explain --bank sha256 --bank sha384 r1.efi r2.efi\n";

struct prediction {
	const char *from, *log_out, *pcrlock_out, *policy_out, *sbat_level;
	struct vkx_bank banks[VKX_MAX_BANKS];
	size_t nr_banks;
	int lockdown, enforced, uapi; /* -1: not given */
	bool strict, running_dtb, explain, json;
	const char *facts;
	int dtbauto;
};

static bool use_sbat_level(const char *path, struct vkx_hop *hop)
{
	struct vkx_sbat *level = malloc(sizeof(*level));
	struct vkx_fault fault;
	struct vkx_blob text;
	bool good = false;
	int err;

	err = vkx_blob_read(AT_FDCWD, path, VKX_MAX_SBAT, &text);
	if (err) {
		vkx_cli_error(path, "cannot read: %s", vkx_blob_why(err));
		free(level);
		return false;
	}
	if (level && !vkx_sbat_level_parse(text.data, text.size, level,
					   &hop->sbat_date, &fault)) {
		vkx_sha256(text.data, text.size, hop->policy);
		good = true;
	} else {
		vkx_cli_error(path, "not an SBAT level");
	}
	vkx_blob_free(&text);
	free(level);
	return good;
}

static void set_flag(struct vkx_hop *hop, uint32_t flag, bool on)
{
	hop->flags = on ? hop->flags | flag : hop->flags & ~flag;
}

static bool apply(const struct prediction *opt, struct vkx_hop *hop)
{
	if (opt->lockdown >= 0)
		hop->lockdown = (uint8_t)opt->lockdown;
	if (opt->strict)
		set_flag(hop, VKX_HOP_STRICT, true);
	/* What kernel/core's policy calls enforcing. */
	if (opt->lockdown > VKX_HOP_LOCKDOWN_NONE || opt->strict)
		set_flag(hop, VKX_HOP_ENFORCED, true);
	if (opt->enforced >= 0)
		set_flag(hop, VKX_HOP_ENFORCED, opt->enforced);
	if (opt->uapi >= 0)
		set_flag(hop, VKX_HOP_UAPI, opt->uapi);
	if (opt->facts && !vkx_hex_parse(opt->facts, hop->facts, 32)) {
		vkx_cli_error("--facts", "not a SHA-256 in lower-case hex");
		return false;
	}
	return !opt->sbat_level || use_sbat_level(opt->sbat_level, hop);
}

static bool begin(const struct prediction *opt, struct vkx_predict *p)
{
	struct vkx_blob blob = { NULL, 0 };
	struct vkx_tcglog log;
	struct vkx_fault fault;
	int err;

	if (opt->from) {
		err = vkx_blob_read(AT_FDCWD, opt->from, VKX_MAX_LOG, &blob);
		if (err) {
			vkx_cli_error(opt->from, "cannot read: %s",
				      vkx_blob_why(err));
			return false;
		}
		err = vkx_tcglog_open(blob.data, blob.size, VKX_TCGLOG_EXACT,
				      &log, &fault);
		if (err)
			vkx_cli_error(opt->from, "not a TCG event log: %s",
				      vkx_rule_text(fault.rule));
		else
			err = vkx_predict_init(p, &log, NULL, 0);
	} else {
		err = vkx_predict_init(p, NULL, opt->banks, opt->nr_banks);
	}
	if (err)
		vkx_cli_error(opt->from, "no prediction from this (error %d)",
			      err);
	vkx_blob_free(&blob);
	return !err;
}

static bool hop(const struct prediction *opt, struct vkx_predict *p,
		const char *path)
{
	static struct vkx_measured_uki uki;
	int err;

	if (!vkx_measured_uki_load(path, NULL, &uki))
		return false;
	if (!uki.is_signed) {
		vkx_cli_error(path, "is not signed: no kernel would load it");
		vkx_measured_uki_free(&uki);
		return false;
	}
	err = vkx_predict_hop(p, path, &uki, opt->dtbauto, opt->running_dtb);
	if (err == -VKX_ERR_ARG)
		vkx_cli_error(path, "has no .dtbauto number %d", opt->dtbauto);
	else if (err)
		vkx_cli_error(path, "cannot predict (error %d): %s", err,
			      err == -VKX_ERR_IO ? strerror(errno) : "");
	vkx_measured_uki_free(&uki);
	return !err;
}

/* --- results --------------------------------------------------------------*/

static void print_pcrs(const struct vkx_tcglog *log)
{
	static const uint8_t shown[] = { VKX_UKI_PCR, VKX_HOP_PCR };
	struct vkx_pcrs pcrs;
	size_t i, j;

	for (i = 0; i < 2; i++)
		for (j = 0; j < log->nr_banks; j++) {
			if (vkx_tcglog_replay(log, log->banks[j].alg,
					      &vkx_hash_host, &pcrs))
				continue;
			printf("%u:%s=", shown[i],
			       vkx_tpm_alg_name(log->banks[j].alg));
			vkx_cli_hex(stdout, pcrs.value[shown[i]],
				    pcrs.bank.size);
			putchar('\n');
		}
}

static void explain(const struct vkx_tcglog *log, size_t from)
{
	struct vkx_tcglog_event ev;
	size_t offset = from;
	uint32_t index = 0;
	struct vkx_hop h;

	while (vkx_tcglog_next(log, &offset, &index, &ev)) {
		printf("# PCR %u ", ev.pcr);
		vkx_cli_hex(stdout, ev.digest[0], log->banks[0].size);
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

static void print_json(const struct vkx_tcglog *log, size_t from)
{
	struct vkx_tcglog_event ev;
	size_t offset = from, i;
	uint32_t index = 0;
	struct vkx_facts f;

	vkx_facts_begin(&f, stdout, true);
	vkx_facts_pretty(&f);
	vkx_facts_object(&f, "pcrs");
	for (i = 0; i < log->nr_banks; i++) {
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
static bool put_policy(const char *path, const struct vkx_tcglog *log)
{
	struct document d;

	if (!document_begin(&d))
		return false;
	tell_pcrs(&d.facts, log, 0, true);
	return document_put(&d, path);
}

/* What a file's writer said. */
static bool put_is(bool good, const char *path)
{
	if (!good)
		vkx_cli_error(path, "cannot write: %s", strerror(errno));
	return good;
}

static bool put_results(const struct prediction *opt,
			const struct vkx_predict *p, size_t from)
{
	struct vkx_tcglog log;

	if (vkx_tcglog_open(p->log, p->used, VKX_TCGLOG_EXACT, &log, NULL)) {
		vkx_cli_error(NULL, "the predicted log is malformed");
		return false;
	}
	if (opt->json)
		print_json(&log, from);
	else if (opt->explain)
		explain(&log, from);
	if (!opt->json)
		print_pcrs(&log);
	if (opt->log_out && vkx_outfile_put(opt->log_out, VKX_OUTFILE_PUBLIC,
					    p->log, p->used)) {
		vkx_cli_error(opt->log_out, "cannot write: %s",
			      strerror(errno));
		return false;
	}
	return (!opt->pcrlock_out ||
		put_is(put_pcrlock(opt->pcrlock_out, &log, from),
		       opt->pcrlock_out)) &&
	       (!opt->policy_out ||
		put_is(put_policy(opt->policy_out, &log), opt->policy_out));
}

static int run(const struct prediction *opt, char **files)
{
	struct vkx_predict p;
	size_t from;
	bool good;

	if (!begin(opt, &p))
		return VKX_EXIT_FAILED;
	from = p.used;
	good = apply(opt, &p.last);
	for (; good && *files; files++)
		good = hop(opt, &p, *files);
	good = good && put_results(opt, &p, from);
	vkx_predict_free(&p);
	return good ? VKX_EXIT_DONE : VKX_EXIT_FAILED;
}

/* --- options --------------------------------------------------------------*/

enum {
	OPT_FROM = 0x2000,
	OPT_BANK,
	OPT_LOCKDOWN,
	OPT_STRICT,
	OPT_ENFORCING,
	OPT_NOT_ENFORCING,
	OPT_UAPI,
	OPT_NO_UAPI,
	OPT_SBAT,
	OPT_FACTS,
	OPT_DTBAUTO,
	OPT_RUNNING,
	OPT_EXPLAIN,
	OPT_JSON,
	OPT_LOG,
	OPT_PCRLOCK,
	OPT_POLICY,
	OPT_HELP,
};

static int option_bank(struct prediction *opt, const char *arg)
{
	uint16_t alg = vkx_tpm_alg_by_name(arg);

	if (!alg || opt->nr_banks == VKX_MAX_BANKS)
		return vkx_cli_usage("predict: no bank is called '%s'", arg);
	opt->banks[opt->nr_banks].alg = alg;
	opt->banks[opt->nr_banks++].size = vkx_tpm_alg_size(alg);
	return 0;
}

static int option_lockdown(struct prediction *opt, const char *arg)
{
	int i;

	for (i = 0; i <= VKX_HOP_LOCKDOWN_CONFIDENTIALITY; i++)
		if (!strcmp(arg, vkx_hop_lockdown_name((uint8_t)i))) {
			opt->lockdown = i;
			return 0;
		}
	return vkx_cli_usage("predict: --lockdown takes none, integrity or "
			     "confidentiality");
}

static int option(struct prediction *opt, int c, const char *arg)
{
	switch (c) {
	case OPT_FROM:
		opt->from = arg;
		return 0;
	case OPT_BANK:
		return option_bank(opt, arg);
	case OPT_LOCKDOWN:
		return option_lockdown(opt, arg);
	case OPT_STRICT:
		opt->strict = true;
		return 0;
	case OPT_ENFORCING:
	case OPT_NOT_ENFORCING:
		opt->enforced = c == OPT_ENFORCING;
		return 0;
	case OPT_UAPI:
	case OPT_NO_UAPI:
		opt->uapi = c == OPT_UAPI;
		return 0;
	case OPT_SBAT:
		opt->sbat_level = arg;
		return 0;
	case OPT_FACTS:
		opt->facts = arg;
		return 0;
	case OPT_DTBAUTO:
		if (strlen(arg) > 2 || arg[strspn(arg, "0123456789")])
			return vkx_cli_usage("predict: --dtbauto takes a "
					     "number from 0");
		opt->dtbauto = (int)strtol(arg, NULL, 10);
		return 0;
	case OPT_RUNNING:
		opt->running_dtb = true;
		return 0;
	case OPT_EXPLAIN:
		opt->explain = true;
		return 0;
	case OPT_JSON:
		opt->json = true;
		return 0;
	case OPT_LOG:
		opt->log_out = arg;
		return 0;
	case OPT_PCRLOCK:
		opt->pcrlock_out = arg;
		return 0;
	case OPT_POLICY:
		opt->policy_out = arg;
		return 0;
	}
	return vkx_cli_usage("predict: see 'predict --help'");
}

int cmd_predict(int argc, char **argv)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, OPT_FROM },
		{ "bank", required_argument, NULL, OPT_BANK },
		{ "lockdown", required_argument, NULL, OPT_LOCKDOWN },
		{ "strict", no_argument, NULL, OPT_STRICT },
		{ "enforcing", no_argument, NULL, OPT_ENFORCING },
		{ "not-enforcing", no_argument, NULL, OPT_NOT_ENFORCING },
		{ "uapi", no_argument, NULL, OPT_UAPI },
		{ "no-uapi", no_argument, NULL, OPT_NO_UAPI },
		{ "sbat-level", required_argument, NULL, OPT_SBAT },
		{ "facts", required_argument, NULL, OPT_FACTS },
		{ "dtbauto", required_argument, NULL, OPT_DTBAUTO },
		{ "running-dtb", no_argument, NULL, OPT_RUNNING },
		{ "explain", no_argument, NULL, OPT_EXPLAIN },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "log", required_argument, NULL, OPT_LOG },
		{ "pcrlock", required_argument, NULL, OPT_PCRLOCK },
		{ "tpm-policy", required_argument, NULL, OPT_POLICY },
		{ "help", no_argument, NULL, OPT_HELP },
		{ 0 },
	};
	struct prediction opt = { .lockdown = -1,
				  .enforced = -1,
				  .uapi = -1,
				  .dtbauto = VKX_DTBAUTO_NONE };
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == OPT_HELP) {
			fputs(help, stdout);
			return VKX_EXIT_DONE;
		}
		status = option(&opt, c, optarg);
		if (status)
			return status;
	}
	if (optind == argc)
		return vkx_cli_usage("predict: no file given");
	if (opt.from && opt.nr_banks)
		return vkx_cli_usage("predict: --bank goes without --from");
	if (!opt.nr_banks)
		(void)option_bank(&opt, "sha256");
	return run(&opt, argv + optind);
}
