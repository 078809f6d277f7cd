/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "keys/cli.h"
#include "keys/keyarg.h"
#include "keys/options.h"
#include "keys/outfile.h"
#include "measure/artifact.h"
#include "measure/blob.h"
#include "measure/detached.h"
#include "measure/outpair.h"
#include "measure/pcrlist.h"
#include "measure/pins.h"

#define FIRMWARE_PCRS UINT32_C(0xff)

static const char help[] =
	"Usage: vkexec-measure manifest [OPTION]... --product NAME --release N\n"
	"                               --key K --cert C -o M FILE.efi...\n"
	"Writes the list of what may run: for each signed UKI the digests of the file\n"
	"and of its sections, and who signed it. M is JSON, M.p7s its detached CMS\n"
	"signature; check them with\n"
	"  openssl cms -verify -binary -inform DER -in M.p7s -content M \\\n"
	"      -CAfile C -partial_chain -purpose any\n"
	"\n"
	"  -o, --output M       where to write; M.p7s goes beside it\n"
	"  --product NAME       name of the product; if the .sbat of a file has a\n"
	"                       component of this name, its generation is the\n"
	"                       release of that file, else N\n"
	"  --release N          release of this manifest\n"
	"  --minimum N          lowest release that may still run (N of --release)\n"
	"  --minimum-sbat D     lowest SBAT level that must have been applied,\n"
	"                       YYYYMMDDNN\n"
	"  --first WHAT         the kernel that firmware boots: measured (one of\n"
	"                       these files, measured by its stub; the default),\n"
	"                       stock (any that firmware measured) or unmeasured\n"
	"  --boot-log LOG       firmware PCRs 0 to 7 must be as this log leaves them;\n"
	"                       may come several times. Without the PCR 4 of one,\n"
	"                       measured and stock are never more than a warning\n"
	"  --boot-pcrs LIST     only these of them; 1 and 5 differ where machines or\n"
	"                       their disks do\n"
	"  --locks-down         these kernels lock themselves down whatever their\n"
	"                       .cmdline says (CONFIG_LOCK_DOWN_KERNEL_FORCE_...);\n"
	"                       without it lockdown= there decides\n"
	"  --revoke HEX         an image that must not run, by its digest; may come\n"
	"                       several times\n"
	"  --bad-tpm-firmware V a TPM firmware version that nothing is believed of, as\n"
	"                       audit --json tells it (16 digits of hex); may come\n"
	"                       several times\n"
	"  --key K              private key: PEM or DER file, or pkcs11: URI\n"
	"  --cert C             its certificate\n" VKX_KEYARG_HELP "\n"
	"Examples:\n"
	"  vkexec-measure manifest --product gateway --release 7 --minimum 6 \\\n"
	"      --key release.key --cert release.pem -o gateway.json r6.efi r7.efi\n";

struct manifest_options {
	struct vkx_keyarg keyarg;
	const char *out, *product, *key, *cert;
	uint64_t release, minimum_sbat;
	uint64_t minimum; /* UINT64_MAX: that of release */
	bool locks_down;
	enum vkx_first first;
	uint32_t boot_pcrs;
	struct vkx_words boot_logs, revoked, bad_firmware;
};

static void tell_sections(struct vkx_facts *f, const struct vkx_artifact *a)
{
	const char *name;
	size_t i;
	int id;

	vkx_facts_object(f, "sections");
	for (id = 0; id < VKX_PART_NR; id++) {
		name = vkx_uki_part_name((enum vkx_uki_part_id)id);
		if (id == VKX_PART_DTBAUTO && a->nr_dtbauto) {
			vkx_facts_list(f, name);
			for (i = 0; i < a->nr_dtbauto; i++)
				vkx_facts_hex(f, NULL, a->dtbauto[i], 32);
			vkx_facts_close(f);
		} else if (a->section[id].present) {
			vkx_facts_hex(f, name, a->section[id].sha256, 32);
		}
	}
	vkx_facts_close(f);
}

static void tell_signers(struct vkx_facts *f, const struct vkx_artifact *a)
{
	size_t i;

	if (a->nr_signers == 1) {
		vkx_facts_hex(f, "signer", a->signer[0], 32);
		return;
	}
	vkx_facts_list(f, "signer");
	for (i = 0; i < a->nr_signers; i++)
		vkx_facts_hex(f, NULL, a->signer[i], 32);
	vkx_facts_close(f);
}

static void tell_artifact(struct vkx_facts *f, const struct vkx_measured_uki *m,
			  const struct manifest_options *opt)
{
	const struct vkx_artifact *a = &m->artifact;

	vkx_facts_object(f, NULL);
	vkx_facts_string(f, "file", a->file);
	vkx_facts_number(f, "release",
			 m->sbat_release ? m->sbat_release : opt->release);
	vkx_facts_hex(f, "authenticode", a->authenticode, 32);
	tell_signers(f, a);
	vkx_facts_bool(f, "locks_down",
		       opt->locks_down || a->locks_down == VKX_LOCKS_DOWN);
	tell_sections(f, a);
	vkx_facts_close(f);
}

static int tell_artifacts(struct vkx_facts *f,
			  const struct manifest_options *opt, char **files)
{
	static struct vkx_measured_uki m;
	int status;

	vkx_facts_list(f, "artifacts");
	for (; *files; files++) {
		status = vkx_measured_uki_load(*files, opt->product, &m);
		if (status)
			return status;
		tell_artifact(f, &m, opt);
		vkx_measured_uki_free(&m);
	}
	vkx_facts_close(f);
	return VKX_EXIT_DONE;
}

/* Firmware's PCRs of every bank of one log. */
static bool add_boot_log(struct vkx_pins *pins, const char *name, uint32_t mask)
{
	struct vkx_blob blob;
	struct vkx_tcglog log;
	struct vkx_fault fault;
	int err = vkx_blob_read(AT_FDCWD, name, VKX_MAX_LOG, &blob);

	if (err) {
		vkx_cli_error(name, "cannot read: %s", vkx_blob_why(err));
		return false;
	}
	err = vkx_tcglog_open(blob.data, blob.size, VKX_TCGLOG_EXACT, &log,
			      &fault);
	if (err) {
		vkx_cli_error(name, "not a TCG event log: %s",
			      vkx_rule_text(fault.rule));
	} else {
		err = vkx_pins_add(pins, &log, mask);
		if (err)
			vkx_cli_error(name, "out of memory");
	}
	vkx_blob_free(&blob);
	return !err;
}

static bool tell_boot_logs(struct vkx_facts *f,
			   const struct manifest_options *opt)
{
	struct vkx_pins pins = { 0 };
	bool good = true;
	size_t i;

	if (!opt->boot_logs.count)
		return true;
	for (i = 0; good && i < opt->boot_logs.count; i++)
		good = add_boot_log(&pins, opt->boot_logs.at[i],
				    opt->boot_pcrs);
	if (good)
		vkx_pins_tell(f, "pcrs", &pins);
	vkx_pins_free(&pins);
	return good;
}

static void tell_words(struct vkx_facts *f, const char *name,
		       const struct vkx_words *words)
{
	size_t i;

	if (!words->count)
		return;
	vkx_facts_list(f, name);
	for (i = 0; i < words->count; i++)
		vkx_facts_string(f, NULL, words->at[i]);
	vkx_facts_close(f);
}

static int tell(struct vkx_facts *f, const struct manifest_options *opt,
		char **files)
{
	vkx_facts_number(f, "vkexec_manifest", VKX_MANIFEST_VERSION);
	vkx_facts_string(f, "product", opt->product);
	vkx_facts_number(f, "release", opt->release);
	vkx_facts_number(f, "minimum_release",
			 opt->minimum < UINT64_MAX ? opt->minimum :
						     opt->release);
	if (opt->minimum_sbat)
		vkx_facts_number(f, "minimum_sbat", opt->minimum_sbat);
	vkx_facts_word(f, "first", vkx_first_name(opt->first));
	tell_words(f, "revoked", &opt->revoked);
	tell_words(f, "bad_tpm_firmware", &opt->bad_firmware);
	return tell_boot_logs(f, opt) ? tell_artifacts(f, opt, files) :
					VKX_EXIT_FAILED;
}

/* The manifest's text, to be freed also after an error. */
static int build(const struct manifest_options *opt, char **files,
		 char **text_ret)
{
	struct vkx_facts f;
	bool whole;
	int status;
	size_t len;
	FILE *out = open_memstream(text_ret, &len);

	if (!out) {
		vkx_cli_error(opt->out, "out of memory");
		return VKX_EXIT_FAILED;
	}
	vkx_facts_begin(&f, out, true);
	vkx_facts_pretty(&f);
	status = tell(&f, opt, files);
	vkx_facts_end(&f);
	whole = !ferror(out);
	whole = !fclose(out) && whole;
	if (status || whole)
		return status;
	vkx_cli_error(opt->out, "out of memory");
	return VKX_EXIT_FAILED;
}

/* What a reader would refuse is not signed. */
static bool self_check(const char *text, bool *tied_ret)
{
	struct vkx_manifest m;
	const char *what;

	if (vkx_manifest_parse(text, strlen(text), &m, &what)) {
		vkx_cli_error(NULL, "manifest would be refused: %s", what);
		return false;
	}
	*tied_ret = m.first == VKX_FIRST_UNMEASURED || m.boot_pinned;
	vkx_manifest_free(&m);
	return true;
}

static bool put_both(const char *out, const char *text,
		     const struct vkx_bytes *sig)
{
	/* The signature first: with the old manifest it is refused, which is
	 * better than a new manifest that nobody signed. */
	const struct vkx_outpart part[2] = {
		{ ".p7s", VKX_OUTFILE_PUBLIC, sig->data, sig->len },
		{ "", VKX_OUTFILE_PUBLIC, text, strlen(text) },
	};

	return vkx_outpair_put(out, part);
}

static int sign_and_put(const struct manifest_options *opt, const char *text)
{
	struct vkx_bytes sig = { 0 };
	struct vkx_cert cert;
	struct vkx_key key;
	int status = VKX_EXIT_FAILED, err;

	vkx_key_init(&key);
	vkx_cert_init(&cert);
	if (!vkx_keyarg_key(&opt->keyarg, opt->key, &key) ||
	    !vkx_keyarg_cert(opt->cert, &cert))
		goto out;
	if (!vkx_cert_is_for(&cert, &key)) {
		vkx_cli_error(opt->cert, "is not the certificate of this key");
		goto out;
	}
	if (!vkx_detached_may_sign(cert.der.data, cert.der.len)) {
		vkx_cli_error(opt->cert,
			      "is not for code signing, so 'audit' would "
			      "refuse it; take the release key's certificate");
		status = VKX_EXIT_REFUSED;
		goto out;
	}
	err = vkx_detached_sign(&key, &cert, text, strlen(text), &sig);
	if (err)
		vkx_cli_error(opt->key, "cannot sign: %s",
			      err == -VKX_ERR_NOMEM ?
				      "out of memory" :
				      "the key or its token refused");
	else if (put_both(opt->out, text, &sig))
		status = VKX_EXIT_DONE;
out:
	vkx_bytes_free(&sig);
	vkx_cert_free(&cert);
	vkx_key_free(&key);
	return status;
}

static int run(const struct manifest_options *opt, char **files)
{
	char *text = NULL;
	bool tied = true;
	int status = build(opt, files, &text);

	if (!status)
		status = self_check(text, &tied) ? sign_and_put(opt, text) :
						   VKX_EXIT_FAILED;
	if (status == VKX_EXIT_DONE && !tied)
		vkx_cli_warn(
			opt->out,
			"does not say what firmware starts (PCR 4), so that "
			"'audit' affirms no machine (first-unpinned): give "
			"--boot-log of a good boot, or --first unmeasured "
			"and hop");
	free(text);
	return status;
}

static bool take_number(const char *text, void *arg)
{
	uint64_t *to = arg;
	char *end;

	errno = 0;
	*to = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno &&
	       *to <= INT64_MAX;
}

static bool take_level(const char *text, void *arg)
{
	return take_number(text, arg) && strlen(text) == 10;
}

static bool take_first(const char *text, void *arg)
{
	int first = vkx_first_by_name(text);

	if (first >= 0)
		*(enum vkx_first *)arg = (enum vkx_first)first;
	return first >= 0;
}

static bool take_boot_pcrs(const char *text, void *arg)
{
	return vkx_pcrlist_parse(text, arg) &&
	       !(*(uint32_t *)arg & ~FIRMWARE_PCRS);
}

/* Hex of exactly size bytes, kept as it is. */
static bool take_hex(const char *text, size_t size, struct vkx_words *words)
{
	uint8_t bytes[32];

	if (words->count == VKX_MAX_WORDS || !vkx_hex_parse(text, bytes, size))
		return false;
	words->at[words->count++] = text;
	return true;
}

static bool take_digest(const char *text, void *arg)
{
	return take_hex(text, 32, arg);
}

static bool take_firmware(const char *text, void *arg)
{
	return take_hex(text, 8, arg);
}

int cmd_manifest(int argc, char **argv)
{
	static struct manifest_options opt = { .minimum = UINT64_MAX,
					       .boot_pcrs = FIRMWARE_PCRS };
	const struct vkx_option options[] = {
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &opt.out },
		{ .name = "product", .needed = true, .value = &opt.product },
		{ .name = "release",
		  .needed = true,
		  .take = take_number,
		  .arg = &opt.release,
		  .form = "a number" },
		{ .name = "minimum",
		  .take = take_number,
		  .arg = &opt.minimum,
		  .form = "a number" },
		{ .name = "minimum-sbat",
		  .take = take_level,
		  .arg = &opt.minimum_sbat,
		  .form = "YYYYMMDDNN" },
		{ .name = "first",
		  .take = take_first,
		  .arg = &opt.first,
		  .form = "measured, stock or unmeasured" },
		{ .name = "boot-log", .words = &opt.boot_logs },
		{ .name = "boot-pcrs",
		  .take = take_boot_pcrs,
		  .arg = &opt.boot_pcrs,
		  .form = "a list of PCRs 0 to 7, such as 0,2,4,7" },
		{ .name = "locks-down", .flag = &opt.locks_down },
		{ .name = "revoke",
		  .repeats = true,
		  .take = take_digest,
		  .arg = &opt.revoked,
		  .form = "a SHA-256 in lower-case hex" },
		{ .name = "bad-tpm-firmware",
		  .repeats = true,
		  .take = take_firmware,
		  .arg = &opt.bad_firmware,
		  .form = "16 digits of lower-case hex" },
		{ .name = "key", .needed = true, .value = &opt.key },
		{ .name = "cert", .needed = true, .value = &opt.cert },
		VKX_KEYARG_ROWS(&opt.keyarg),
		{ 0 },
	};
	const struct vkx_command command = { .name = "manifest",
					     .help = help,
					     .options = options,
					     .operand = "file",
					     .min = 1,
					     .max = SIZE_MAX };
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	if (opt.boot_pcrs != FIRMWARE_PCRS && !opt.boot_logs.count)
		return vkx_cli_usage(
			"manifest: --boot-pcrs goes with --boot-log");
	return run(&opt, argv + optind);
}
