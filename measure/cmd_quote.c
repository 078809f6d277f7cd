/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "keys/cli.h"
#include "keys/facts.h"
#include "keys/options.h"
#include "keys/outfile.h"
#include "measure/evidence.h"
#include "measure/outdir.h"
#include "measure/pcrlist.h"
#include "measure/pubfile.h"
#include "measure/tpm_ak.h"
#include "measure/tpm_ek.h"
#include "measure/tpm_pcrs.h"
#include "measure/unlogged.h"

static const char help[] =
	"Usage: vkexec-measure quote --nonce HEX|@FILE [OPTION]... -o DIR|FILE.tar\n"
	"Makes evidence of what this machine has run: a quote by its AK with the\n"
	"auditor's nonce, and the event log that explains it. DIR must not be there\n"
	"yet; it gets\n"
	"  quote.msg quote.sig quote.pcrs   as tpm2_quote writes them\n"
	"  ak.pub ak.pem ek.crt             the AK, and the TPM's certificate\n"
	"  log.bin                          the event log\n"
	"  quote.keylime                    the quote as Keylime's agent sends it\n"
	"  machine.json                     host name, kernel, TPM: for people\n"
	"A name that ends in .tar gets what an audit needs, as one file.\n"
	"\n"
	"  -o, --output F   where to write: a folder, or one file\n"
	"  --nonce N        hex, or @FILE with the bytes\n"
	"  --pcrs LIST      0-9,11,12 without this. Where user space extends PCRs that\n"
	"                   the log does not tell of, as systemd does 11, 15 and, newer\n"
	"                   ones, 9, take 0-8,12 here and in 'audit --require'\n"
	"  --bank B         sha256 without this; may come several times\n"
	"  --handle H       the AK (0x81010020)\n"
	"  --log FILE       event log; without this the running kernel's\n"
	"  --activation F   the secret that 'activate' found, for a first audit\n"
	"  --tcti CONF      how to reach the TPM\n"
	"\n"
	"Examples:\n"
	"  vkexec-measure quote --nonce 8d2f...c1 -o evidence\n"
	"  vkexec-measure quote --nonce @nonce --pcrs 0-9,12 -o $(hostname).tar\n";

/* PCRs that change between reading and quoting are read again so often. */
#define TRIES 10

struct quote {
	const char *out, *tcti, *log, *activation;
	struct vkx_blob nonce;
	struct vkx_selection selection;
	uint32_t mask, handle;
};

struct quoted {
	struct vkx_evidence ev;
	struct vkx_blob pem, keylime;
	char error[512];
};

static void take(struct quoted *q, enum vkx_evidence_file file,
		 struct vkx_blob blob)
{
	q->ev.owned[file] = blob;
	q->ev.file[file].p = blob.data;
	q->ev.file[file].len = blob.size;
}

static const char *log_name(const struct quote *opt)
{
	static const char ours[] = "/sys/kernel/security/vkexec/event_log";

	if (opt->log)
		return opt->log;
	return access(ours, R_OK) ? "/sys/kernel/security/tpm0/"
				    "binary_bios_measurements" :
				    ours;
}

static int read_file(struct quoted *q, enum vkx_evidence_file file,
		     const char *name)
{
	struct vkx_blob blob;
	int err = vkx_blob_read(AT_FDCWD, name, VKX_MAX_LOG, &blob);

	if (err) {
		snprintf(q->error, sizeof(q->error), "%s: %s", name,
			 vkx_blob_why(err));
		return -VKX_ERR_IO;
	}
	take(q, file, blob);
	return 0;
}

/*
 * One quote whose PCR values are the ones read before it, or MISMATCH. The log
 * is read between the two: if PCRs did not change from the one to the other,
 * it is of the same moment.
 */
static int quote_once(struct vkx_tpm *tpm, const struct quote *opt,
		      uint16_t hash, struct quoted *q)
{
	struct vkx_blob message, signature, pcrs;
	static struct vkx_tpm_pcrs read;
	struct vkx_attest attest;
	int err;

	err = vkx_tpm_read_pcrs(tpm, &opt->selection, &read);
	if (err)
		return err;
	err = read_file(q, VKX_EVIDENCE_LOG, log_name(opt));
	if (err)
		return err;
	err = vkx_tpm_quote(tpm, opt->handle, &opt->selection, opt->nonce.data,
			    opt->nonce.size, &message, &signature);
	if (err)
		return err;
	take(q, VKX_EVIDENCE_MESSAGE, message);
	take(q, VKX_EVIDENCE_SIGNATURE, signature);
	if (vkx_attest_parse(message.data, message.size, &attest) !=
	    VKX_REASON_FINE)
		return -VKX_ERR_FORMAT;
	if (vkx_pcr_values_check(&read.values, &attest, hash) !=
	    VKX_REASON_FINE)
		return -VKX_ERR_MISMATCH;
	pcrs.size = vkx_pcr_values_size(read.values.nr);
	pcrs.data = malloc(pcrs.size);
	if (!pcrs.data)
		return -VKX_ERR_NOMEM;
	vkx_pcr_values_write(&read.values, pcrs.data);
	take(q, VKX_EVIDENCE_PCRS, pcrs);
	return 0;
}

static void drop_quote(struct quoted *q)
{
	int i;

	for (i = VKX_EVIDENCE_MESSAGE; i <= VKX_EVIDENCE_PCRS; i++) {
		vkx_blob_free(&q->ev.owned[i]);
		q->ev.file[i].p = NULL;
	}
	vkx_blob_free(&q->ev.owned[VKX_EVIDENCE_LOG]);
}

static int quote_and_log(struct vkx_tpm *tpm, const struct quote *opt,
			 uint16_t hash, struct quoted *q)
{
	int tries, err = -VKX_ERR_MISMATCH;

	for (tries = 0; tries < TRIES && err == -VKX_ERR_MISMATCH; tries++) {
		drop_quote(q);
		err = quote_once(tpm, opt, hash, q);
	}
	if (err == -VKX_ERR_MISMATCH)
		snprintf(q->error, sizeof(q->error),
			 "PCRs change faster than they can be quoted; leave "
			 "out with --pcrs the ones that do");
	return err;
}

static int describe(struct vkx_tpm *tpm, struct quoted *q)
{
	char maker[5], host[256] = "", hex[20], *s = NULL;
	struct vkx_blob text;
	struct utsname uts;
	struct vkx_facts f;
	uint64_t firmware;
	FILE *out;
	int err;

	err = vkx_tpm_identity(tpm, maker, &firmware);
	if (err)
		return err;
	out = open_memstream(&s, &text.size);
	if (!out)
		return -VKX_ERR_NOMEM;
	uname(&uts);
	gethostname(host, sizeof(host) - 1);
	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)firmware);
	vkx_facts_begin(&f, out, true);
	vkx_facts_pretty(&f);
	vkx_facts_string(&f, "host", host);
	vkx_facts_string(&f, "kernel", uts.release);
	vkx_facts_string(&f, "machine", uts.machine);
	vkx_facts_string(&f, "tpm_manufacturer", maker);
	vkx_facts_word(&f, "tpm_firmware", hex);
	vkx_facts_end(&f);
	err = ferror(out);
	if (fclose(out) || err) {
		free(s);
		return -VKX_ERR_NOMEM;
	}
	text.data = (uint8_t *)s;
	take(q, VKX_EVIDENCE_MACHINE, text);
	return 0;
}

static size_t base64(char *to, struct vkx_span from)
{
	return (size_t)EVP_EncodeBlock((unsigned char *)to, from.p,
				       (int)from.len);
}

/* interop: "r" message ":" signature ":" PCR list, each base64. */
static int keylime(struct quoted *q)
{
	const struct vkx_span *f = q->ev.file;
	size_t room = 16, n = 0;
	char *s;
	int i;

	for (i = VKX_EVIDENCE_MESSAGE; i <= VKX_EVIDENCE_PCRS; i++)
		room += (f[i].len + 2) / 3 * 4;
	s = malloc(room);
	if (!s)
		return -VKX_ERR_NOMEM;
	s[n++] = 'r';
	n += base64(s + n, f[VKX_EVIDENCE_MESSAGE]);
	s[n++] = ':';
	n += base64(s + n, f[VKX_EVIDENCE_SIGNATURE]);
	s[n++] = ':';
	n += base64(s + n, f[VKX_EVIDENCE_PCRS]);
	q->keylime.data = (uint8_t *)s;
	q->keylime.size = n;
	return 0;
}

static int collect(struct vkx_tpm *tpm, const struct quote *opt,
		   struct quoted *q)
{
	struct vkx_blob blob;
	struct vkx_ak ak;
	int err;

	err = vkx_tpm_read_public(tpm, opt->handle, &blob);
	if (err)
		return err;
	take(q, VKX_EVIDENCE_AK, blob);
	if (vkx_ak_parse(blob.data, blob.size, &ak) != VKX_REASON_FINE) {
		snprintf(tpm->error, sizeof(tpm->error),
			 "key at 0x%08x is no AK: restricted, sign-only, "
			 "SHA-256",
			 opt->handle);
		return -VKX_ERR_IO;
	}
	err = vkx_ak_pem(&ak, &q->pem);
	if (err)
		return err;
	err = vkx_tpm_ek_cert(
		tpm, ak.key == VKX_TPM_RSA ? VKX_TPM_KEY_RSA : VKX_TPM_KEY_ECC,
		&blob);
	if (!err)
		take(q, VKX_EVIDENCE_EK_CERT, blob);
	else if (err == -VKX_ERR_NOMEM)
		return err;
	/* Else there is none, or none that may be read: the quote needs none. */
	err = describe(tpm, q);
	if (err)
		return err;
	err = quote_and_log(tpm, opt, ak.hash, q);
	if (!err && opt->activation)
		err = read_file(q, VKX_EVIDENCE_ACTIVATION, opt->activation);
	return err ? err : keylime(q);
}

static int write_dir(const char *path, const struct quoted *q)
{
	struct vkx_outdir dir;
	int err, i;

	err = vkx_outdir_open(&dir, path);
	if (err)
		return err;
	for (i = 0; !err && i < VKX_EVIDENCE_NR; i++)
		if (q->ev.file[i].p)
			err = vkx_outdir_put(
				&dir,
				vkx_evidence_name((enum vkx_evidence_file)i),
				q->ev.file[i].p, q->ev.file[i].len);
	if (!err)
		err = vkx_outdir_put(&dir, "ak.pem", q->pem.data, q->pem.size);
	if (!err)
		err = vkx_outdir_put(&dir, "quote.keylime", q->keylime.data,
				     q->keylime.size);
	if (!err)
		err = vkx_outdir_commit(&dir);
	vkx_outdir_abort(&dir);
	return err;
}

static int write_out(const char *path, const struct quoted *q)
{
	size_t len = strlen(path);
	struct vkx_blob tar;
	int err;

	if (len < 4 || strcmp(path + len - 4, ".tar") != 0)
		return write_dir(path, q);
	err = vkx_evidence_tar(&q->ev, &tar);
	if (err)
		return err;
	err = vkx_outfile_put(path, VKX_OUTFILE_PUBLIC, tar.data, tar.size);
	vkx_blob_free(&tar);
	return err;
}

/* Said here, where it can be mended, and not only by the audit. */
static void tell_unlogged(const struct quote *opt, const struct quoted *q)
{
	const struct vkx_span *f = q->ev.file;
	static struct vkx_pcr_values values;
	const char *hint = "";
	char list[4 * VKX_NR_PCRS];
	uint32_t pcrs;
	size_t n = 0;
	uint8_t i;

	if (vkx_pcr_values_parse(f[VKX_EVIDENCE_PCRS].p,
				 f[VKX_EVIDENCE_PCRS].len,
				 &values) != VKX_REASON_FINE ||
	    vkx_unlogged_find(&values, f[VKX_EVIDENCE_LOG], &pcrs) || !pcrs)
		return;
	for (i = 0; i < VKX_NR_PCRS; i++) {
		if (!(pcrs >> i & 1))
			continue;
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%u",
				      n ? "," : "", i);
		if (*vkx_unlogged_hint(i))
			hint = vkx_unlogged_hint(i);
	}
	vkx_cli_warn(log_name(opt),
		     "does not lead to PCR %s, so that an audit will say "
		     "log-replay%s",
		     list, hint);
}

static int run(const struct quote *opt)
{
	struct quoted q = { 0 };
	struct vkx_tpm tpm;
	int err, status = VKX_EXIT_FAILED;

	err = vkx_tpm_open(&tpm, opt->tcti);
	if (!err) {
		err = collect(&tpm, opt, &q);
		vkx_tpm_close(&tpm);
	}
	if (err)
		vkx_cli_error(q.error[0] ? NULL : "TPM", "%s",
			      q.error[0] ? q.error : tpm.error);
	else if (write_out(opt->out, &q))
		vkx_cli_error(opt->out, "cannot write: %s", strerror(errno));
	else
		status = VKX_EXIT_DONE;
	if (!status)
		tell_unlogged(opt, &q);
	vkx_evidence_free(&q.ev);
	vkx_blob_free(&q.pem);
	vkx_blob_free(&q.keylime);
	return status;
}

static bool take_bank(const char *value, void *arg)
{
	struct vkx_selection *s = arg;
	uint16_t alg = vkx_tpm_alg_by_name(value);
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (s->bank[i].alg == alg)
			return false;
	if (!alg || s->nr == VKX_MAX_BANKS)
		return false;
	s->bank[s->nr++].alg = alg;
	return true;
}

static bool take_pcrs(const char *value, void *arg)
{
	return vkx_pcrlist_parse(value, arg);
}

static bool take_handle(const char *value, void *arg)
{
	return vkx_handle_parse(value, arg);
}

static int finish(struct quote *opt, const char *nonce)
{
	size_t i;
	int status;

	status = vkx_nonce_parse(nonce, &opt->nonce);
	if (status)
		return status;
	if (!opt->selection.nr)
		(void)take_bank("sha256", &opt->selection);
	for (i = 0; i < opt->selection.nr; i++)
		opt->selection.bank[i].mask = opt->mask;
	status = run(opt);
	vkx_blob_free(&opt->nonce);
	return status;
}

int cmd_quote(int argc, char **argv)
{
	struct quote opt = { .handle = VKX_AK_HANDLE, .mask = 0x1bff };
	const char *nonce = NULL;
	const struct vkx_option options[] = {
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &opt.out },
		{ .name = "nonce", .needed = true, .value = &nonce },
		{ .name = "pcrs",
		  .take = take_pcrs,
		  .arg = &opt.mask,
		  .form = "a list like 0-9,11,12" },
		{ .name = "bank",
		  .repeats = true,
		  .take = take_bank,
		  .arg = &opt.selection,
		  .form = "a bank like sha256, each once" },
		{ .name = "handle",
		  .take = take_handle,
		  .arg = &opt.handle,
		  .form = "a handle like 0x81010020" },
		{ .name = "log", .value = &opt.log },
		{ .name = "activation", .value = &opt.activation },
		{ .name = "tcti", .value = &opt.tcti },
		{ 0 },
	};
	const struct vkx_command command = { .name = "quote",
					     .help = help,
					     .options = options };
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	return finish(&opt, nonce);
}
