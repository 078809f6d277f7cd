/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/keyarg.h"
#include "keys/options.h"
#include "measure/blob.h"
#include "measure/predict_report.h"
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
	"  --signer CERT     a signer whom they trust, by its own certificate, not its\n"
	"                    CA's; may come several times. Of a file with several\n"
	"                    signatures they record the first by one of these\n"
	"                    (without: the first)\n"
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
	const char *from, *sbat_level;
	int lockdown, enforced, uapi; /* -1: not given */
	bool strict, running_dtb;
	const char *facts;
	struct vkx_words signers; /* files of certificates */
	size_t nr_trusted;
	uint8_t (*trusted)[32]; /* SHA-256 of each; free with free() */
	int dtbauto;
	struct vkx_predict_report report;
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

	for (i = 0; i < opt->report.nr_banks; i++)
		if (vkx_tcglog_bank(log, opt->report.banks[i].alg) < 0) {
			vkx_cli_error(
				opt->from, "has no bank %s",
				vkx_tpm_alg_name(opt->report.banks[i].alg));
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
		err = vkx_predict_init(p, NULL, opt->report.banks,
				       opt->report.nr_banks);
	}
	if (err)
		vkx_cli_error(opt->from, "no prediction from this: %s",
			      predict_why(err));
	vkx_blob_free(&blob);
	return !err;
}

static bool read_signers(struct prediction *opt)
{
	struct vkx_cert cert;
	size_t i;

	opt->trusted = calloc(opt->signers.count + 1, 32);
	if (!opt->trusted) {
		vkx_cli_error("--signer", "out of memory");
		return false;
	}
	for (i = 0; i < opt->signers.count; i++) {
		vkx_cert_init(&cert);
		if (!vkx_keyarg_cert(opt->signers.at[i], &cert))
			return false;
		vkx_sha256(cert.der.data, cert.der.len, opt->trusted[i]);
		vkx_cert_free(&cert);
		opt->nr_trusted++;
	}
	return true;
}

static bool trusts(const struct prediction *opt, const uint8_t signer[32])
{
	size_t i;

	for (i = 0; i < opt->nr_trusted; i++)
		if (!memcmp(opt->trusted[i], signer, 32))
			return true;
	return !opt->nr_trusted;
}

/* Which signer's certificate a kernel records: as it goes through them itself,
 * the first that it trusts. */
static int pick_signer(const struct prediction *opt, const char *path,
		       const struct vkx_measured_uki *uki, size_t *signer_ret)
{
	size_t i;

	for (i = 0; i < uki->artifact.nr_signers; i++)
		if (trusts(opt, uki->artifact.signer[i])) {
			*signer_ret = i;
			return VKX_EXIT_DONE;
		}
	vkx_cli_error(path, "has no signature by any --signer: a kernel that "
			    "trusts only these would not load it");
	return VKX_EXIT_REFUSED;
}

static int hop(const struct prediction *opt, struct vkx_predict *p,
	       const char *path)
{
	static struct vkx_measured_uki uki;
	size_t signer;
	int err, status = vkx_measured_uki_load(path, NULL, &uki);

	if (status)
		return status;
	status = pick_signer(opt, path, &uki, &signer);
	if (status)
		goto out;
	err = vkx_predict_hop(p, path, &uki, signer, opt->dtbauto,
			      opt->running_dtb);
	if (err == -VKX_ERR_ARG)
		vkx_cli_error(path, "has no .dtbauto number %d", opt->dtbauto);
	else if (err)
		vkx_cli_error(path, "cannot predict: %s", predict_why(err));
	if (err)
		status = VKX_EXIT_FAILED;
out:
	vkx_measured_uki_free(&uki);
	return status;
}

static int run(struct prediction *opt, char **files)
{
	int status = VKX_EXIT_FAILED;
	struct vkx_predict p;
	size_t from;

	if (!read_signers(opt) || !begin(opt, &p))
		goto out;
	from = p.used;
	status = apply(opt, &p.last) ? VKX_EXIT_DONE : VKX_EXIT_FAILED;
	for (; !status && *files; files++)
		status = hop(opt, &p, *files);
	if (!status && !vkx_predict_put_report(&opt->report, &p, from))
		status = VKX_EXIT_FAILED;
	vkx_predict_free(&p);
out:
	free(opt->trusted);
	return status;
}

/* --- options --------------------------------------------------------------*/

static bool take_bank(const char *value, void *arg)
{
	struct vkx_predict_report *want = arg;
	uint16_t alg = vkx_tpm_alg_by_name(value);
	size_t i;

	for (i = 0; i < want->nr_banks; i++)
		if (want->banks[i].alg == alg)
			return false;
	if (!alg || want->nr_banks == VKX_MAX_BANKS)
		return false;
	want->banks[want->nr_banks].alg = alg;
	want->banks[want->nr_banks++].size = vkx_tpm_alg_size(alg);
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
		  .arg = &opt.report,
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
		{ .name = "signer", .words = &opt.signers },
		{ .name = "facts", .value = &opt.facts },
		{ .name = "dtbauto",
		  .take = take_dtbauto,
		  .arg = &opt.dtbauto,
		  .form = "a number from 0 to 99" },
		{ .name = "running-dtb", .flag = &opt.running_dtb },
		{ .name = "explain", .flag = &opt.report.explain },
		{ .name = "json", .flag = &opt.report.json },
		{ .name = "log", .value = &opt.report.log_out },
		{ .name = "pcrlock", .value = &opt.report.pcrlock_out },
		{ .name = "tpm-policy", .value = &opt.report.policy_out },
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
	if (!opt.from && !opt.report.nr_banks)
		(void)take_bank("sha256", &opt.report);
	return run(&opt, argv + optind);
}
