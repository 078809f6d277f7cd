/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/options.h"
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
	"  --bank B          sha256 (without this), ...; may come several times; of a\n"
	"                    log given with --from, all banks or those that are named\n"
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
	"  --tpm-policy OUT  PCR values as Keylime's tpm_policy: of sha256, or\n"
	"                    of the first bank that is named\n"
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

static const char *predict_why(int err)
{
	switch (err) {
	case -VKX_ERR_NOMEM:
		return "out of memory";
	case -VKX_ERR_LIMIT:
	case -VKX_ERR_SPACE:
		return "the log would be larger than any may be";
	case -VKX_ERR_UNSUPPORTED:
	case -VKX_ERR_NOTFOUND:
		return "a bank of the log is of an algorithm that is not known";
	case -VKX_ERR_IO:
		return strerror(errno);
	}
	return "the log cannot be continued by any kernel";
}

/* A bank that is asked for and not in the log would be missed in silence. */
static bool has_banks(const struct prediction *opt,
		      const struct vkx_tcglog *log)
{
	size_t i;

	for (i = 0; i < opt->nr_banks; i++)
		if (vkx_tcglog_bank(log, opt->banks[i].alg) < 0) {
			vkx_cli_error(opt->from, "has no bank %s",
				      vkx_tpm_alg_name(opt->banks[i].alg));
			return false;
		}
	return true;
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
		if (err) {
			vkx_cli_error(opt->from, "not a TCG event log: %s",
				      vkx_rule_text(fault.rule));
			vkx_blob_free(&blob);
			return false;
		}
		if (!has_banks(opt, &log)) {
			vkx_blob_free(&blob);
			return false;
		}
		err = vkx_predict_init(p, &log, NULL, 0);
	} else {
		err = vkx_predict_init(p, NULL, opt->banks, opt->nr_banks);
	}
	if (err)
		vkx_cli_error(opt->from, "no prediction from this: %s",
			      predict_why(err));
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
		vkx_cli_error(path, "cannot predict: %s", predict_why(err));
	vkx_measured_uki_free(&uki);
	return !err;
}

/* --- results --------------------------------------------------------------*/

/* Of a log that was there before, its own banks or those that are asked for. */
static bool shown(const struct prediction *opt, uint16_t alg)
{
	size_t i;

	for (i = 0; i < opt->nr_banks; i++)
		if (opt->banks[i].alg == alg)
			return true;
	return !opt->nr_banks;
}

/* Position of the bank that stands for all: SHA-256, or the first named. */
static size_t main_bank(const struct prediction *opt,
			const struct vkx_tcglog *log)
{
	uint16_t alg = VKX_TPM_ALG_SHA256;
	int bank;

	if (!shown(opt, alg))
		alg = opt->banks[0].alg;
	bank = vkx_tcglog_bank(log, alg);
	return bank < 0 ? 0 : (size_t)bank;
}

static void print_pcrs(const struct prediction *opt,
		       const struct vkx_tcglog *log)
{
	static const uint8_t ours[] = { VKX_UKI_PCR, VKX_HOP_PCR };
	struct vkx_pcrs pcrs;
	size_t i, j;

	for (i = 0; i < 2; i++)
		for (j = 0; j < log->nr_banks; j++) {
			if (!shown(opt, log->banks[j].alg) ||
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

static void explain(const struct prediction *opt, const struct vkx_tcglog *log,
		    size_t from)
{
	size_t bank = main_bank(opt, log);
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

static void print_json(const struct prediction *opt,
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
		if (!shown(opt, log->banks[i].alg))
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
static bool put_policy(const struct prediction *opt,
		       const struct vkx_tcglog *log)
{
	struct document d;

	if (!document_begin(&d))
		return false;
	tell_pcrs(&d.facts, log, main_bank(opt, log), true);
	return document_put(&d, opt->policy_out);
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
		print_json(opt, &log, from);
	else if (opt->explain)
		explain(opt, &log, from);
	if (!opt->json)
		print_pcrs(opt, &log);
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
		put_is(put_policy(opt, &log), opt->policy_out));
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

static bool take_bank(const char *value, void *arg)
{
	struct prediction *opt = arg;
	uint16_t alg = vkx_tpm_alg_by_name(value);
	size_t i;

	for (i = 0; i < opt->nr_banks; i++)
		if (opt->banks[i].alg == alg)
			return false;
	if (!alg || opt->nr_banks == VKX_MAX_BANKS)
		return false;
	opt->banks[opt->nr_banks].alg = alg;
	opt->banks[opt->nr_banks++].size = vkx_tpm_alg_size(alg);
	return true;
}

static bool take_lockdown(const char *value, void *arg)
{
	int i;

	for (i = 0; i <= VKX_HOP_LOCKDOWN_CONFIDENTIALITY; i++)
		if (!strcmp(value, vkx_hop_lockdown_name((uint8_t)i))) {
			*(int *)arg = i;
			return true;
		}
	return false;
}

static bool take_dtbauto(const char *value, void *arg)
{
	*(int *)arg = (int)strtol(value, NULL, 10);
	return *value && strlen(value) <= 2 &&
	       !value[strspn(value, "0123456789")];
}

/* -1: neither was given. */
static bool either(bool yes, bool no, int *ret)
{
	*ret = yes ? 1 : no ? 0 : -1;
	return !(yes && no);
}

int cmd_predict(int argc, char **argv)
{
	struct prediction opt = { .lockdown = -1,
				  .enforced = -1,
				  .uapi = -1,
				  .dtbauto = VKX_DTBAUTO_NONE };
	bool enforcing = false, not_enforcing = false, uapi = false,
	     no_uapi = false;
	const struct vkx_option options[] = {
		{ .name = "from", .value = &opt.from },
		{ .name = "bank",
		  .repeats = true,
		  .take = take_bank,
		  .arg = &opt,
		  .form = "a bank like sha256, each once" },
		{ .name = "lockdown",
		  .take = take_lockdown,
		  .arg = &opt.lockdown,
		  .form = "none, integrity or confidentiality" },
		{ .name = "strict", .flag = &opt.strict },
		{ .name = "enforcing", .flag = &enforcing },
		{ .name = "not-enforcing", .flag = &not_enforcing },
		{ .name = "uapi", .flag = &uapi },
		{ .name = "no-uapi", .flag = &no_uapi },
		{ .name = "sbat-level", .value = &opt.sbat_level },
		{ .name = "facts", .value = &opt.facts },
		{ .name = "dtbauto",
		  .take = take_dtbauto,
		  .arg = &opt.dtbauto,
		  .form = "a number from 0 to 99" },
		{ .name = "running-dtb", .flag = &opt.running_dtb },
		{ .name = "explain", .flag = &opt.explain },
		{ .name = "json", .flag = &opt.json },
		{ .name = "log", .value = &opt.log_out },
		{ .name = "pcrlock", .value = &opt.pcrlock_out },
		{ .name = "tpm-policy", .value = &opt.policy_out },
		{ 0 },
	};
	const struct vkx_command command = { .name = "predict",
					     .help = help,
					     .options = options,
					     .operand = "file",
					     .min = 1,
					     .max = SIZE_MAX };
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	if (!either(enforcing, not_enforcing, &opt.enforced) ||
	    !either(uapi, no_uapi, &opt.uapi))
		return vkx_cli_usage("predict: an option and its contrary are "
				     "both given");
	if (!opt.from && !opt.nr_banks)
		(void)take_bank("sha256", &opt);
	return run(&opt, argv + optind);
}
