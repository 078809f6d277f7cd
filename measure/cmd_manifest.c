/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "keys/cli.h"
#include "keys/keyarg.h"
#include "keys/outfile.h"
#include "measure/artifact.h"
#include "measure/blob.h"
#include "measure/detached.h"
#include "measure/pins.h"

static const char help[] =
	"Usage: vkexec-measure manifest [OPTION]... --product NAME --release N\n"
	"                               --key K --cert C -o M FILE.efi...\n"
	"Writes the list of what may run: for each signed UKI the digests of the file\n"
	"and of its sections, and who signed it. M is JSON, M.p7s its detached CMS\n"
	"signature; check them with\n"
	"  openssl cms -verify -binary -inform DER -in M.p7s -content M \\\n"
	"      -CAfile C -purpose any\n"
	"\n"
	"  -o M                 where to write; M.p7s goes beside it\n"
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
	"                       may come several times\n"
	"  --locks-down         these kernels lock themselves down whatever their\n"
	"                       .cmdline says (CONFIG_LOCK_DOWN_KERNEL_FORCE_...);\n"
	"                       without it lockdown= there decides\n"
	"  --revoke HEX         an image that must not run, by its digest; may come\n"
	"                       several times\n"
	"  --key K              private key: PEM or DER file, or pkcs11: URI\n"
	"  --cert C             its certificate\n" VKX_KEYARG_HELP "\n"
	"Examples:\n"
	"  vkexec-measure manifest --product gateway --release 7 --minimum 6 \\\n"
	"      --key release.key --cert release.pem -o gateway.json r6.efi r7.efi\n";

#define MAX_LISTED 256

struct manifest_options {
	struct vkx_keyarg keyarg;
	const char *out, *product, *key, *cert;
	uint64_t release, minimum, minimum_sbat;
	bool has_release, has_minimum, locks_down;
	enum vkx_first first;
	const char *boot_logs[MAX_LISTED];
	size_t nr_boot_logs;
	const char *revoked[MAX_LISTED];
	size_t nr_revoked;
};

enum {
	OPT_PRODUCT = VKX_OPT_TOOL,
	OPT_RELEASE,
	OPT_MINIMUM,
	OPT_SBAT,
	OPT_FIRST,
	OPT_BOOT_LOG,
	OPT_REVOKE,
	OPT_LOCKS,
	OPT_KEY,
	OPT_CERT,
	OPT_HELP,
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

static void tell_artifact(struct vkx_facts *f, const struct vkx_measured_uki *m,
			  const struct manifest_options *opt)
{
	const struct vkx_artifact *a = &m->artifact;

	vkx_facts_object(f, NULL);
	vkx_facts_string(f, "file", a->file);
	vkx_facts_number(f, "release",
			 m->sbat_release ? m->sbat_release : opt->release);
	vkx_facts_hex(f, "authenticode", a->authenticode, 32);
	vkx_facts_hex(f, "signer", a->signer, 32);
	vkx_facts_bool(f, "locks_down",
		       opt->locks_down || a->locks_down == VKX_LOCKS_DOWN);
	tell_sections(f, a);
	vkx_facts_close(f);
}

static bool tell_artifacts(struct vkx_facts *f,
			   const struct manifest_options *opt, char **files)
{
	static struct vkx_measured_uki m;

	vkx_facts_list(f, "artifacts");
	for (; *files; files++) {
		if (!vkx_measured_uki_load(*files, opt->product, &m))
			return false;
		if (!m.is_signed) {
			vkx_cli_error(*files, "is not signed: no kernel would "
					      "load it; sign it first");
			vkx_measured_uki_free(&m);
			return false;
		}
		tell_artifact(f, &m, opt);
		vkx_measured_uki_free(&m);
	}
	vkx_facts_close(f);
	return true;
}

/* PCRs 0 to 7 of every bank of one log. */
static bool add_boot_log(struct vkx_pins *pins, const char *name)
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
		err = vkx_pins_add(pins, &log);
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

	if (!opt->nr_boot_logs)
		return true;
	for (i = 0; good && i < opt->nr_boot_logs; i++)
		good = add_boot_log(&pins, opt->boot_logs[i]);
	if (good)
		vkx_pins_tell(f, "pcrs", &pins);
	vkx_pins_free(&pins);
	return good;
}

static void tell_revoked(struct vkx_facts *f,
			 const struct manifest_options *opt)
{
	size_t i;

	if (!opt->nr_revoked)
		return;
	vkx_facts_list(f, "revoked");
	for (i = 0; i < opt->nr_revoked; i++)
		vkx_facts_string(f, NULL, opt->revoked[i]);
	vkx_facts_close(f);
}

static bool tell(struct vkx_facts *f, const struct manifest_options *opt,
		 char **files)
{
	vkx_facts_number(f, "vkexec_manifest", VKX_MANIFEST_VERSION);
	vkx_facts_string(f, "product", opt->product);
	vkx_facts_number(f, "release", opt->release);
	vkx_facts_number(f, "minimum_release",
			 opt->has_minimum ? opt->minimum : opt->release);
	if (opt->minimum_sbat)
		vkx_facts_number(f, "minimum_sbat", opt->minimum_sbat);
	vkx_facts_word(f, "first", vkx_first_name(opt->first));
	tell_revoked(f, opt);
	return tell_boot_logs(f, opt) && tell_artifacts(f, opt, files);
}

/* The manifest's text, or NULL after a message. */
static char *build(const struct manifest_options *opt, char **files)
{
	struct vkx_facts f;
	char *text = NULL;
	bool good, whole;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		vkx_cli_error(opt->out, "out of memory");
		return NULL;
	}
	vkx_facts_begin(&f, out, true);
	vkx_facts_pretty(&f);
	good = tell(&f, opt, files);
	vkx_facts_end(&f);
	whole = !ferror(out);
	whole = !fclose(out) && whole;
	if (good && whole)
		return text;
	if (good)
		vkx_cli_error(opt->out, "out of memory");
	free(text);
	return NULL;
}

/* What a reader would refuse is not signed. */
static bool self_check(const char *text)
{
	struct vkx_manifest m;
	const char *what;

	if (vkx_manifest_parse(text, strlen(text), &m, &what)) {
		vkx_cli_error(NULL, "manifest would be refused: %s", what);
		return false;
	}
	vkx_manifest_free(&m);
	return true;
}

static bool put_both(const char *out, const char *text,
		     const struct vkx_bytes *sig)
{
	char *p7s;
	bool good;

	if (asprintf(&p7s, "%s.p7s", out) < 0)
		return false;
	/* The signature first: with the old manifest it is refused, which is
	 * better than a new manifest that nobody signed. */
	good = !vkx_outfile_put(p7s, VKX_OUTFILE_PUBLIC, sig->data, sig->len) &&
	       !vkx_outfile_put(out, VKX_OUTFILE_PUBLIC, text, strlen(text));
	if (!good)
		vkx_cli_error(out, "cannot write: %s", strerror(errno));
	free(p7s);
	return good;
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
		goto out;
	}
	err = vkx_detached_sign(&key, &cert, text, strlen(text), &sig);
	if (err)
		vkx_cli_error(opt->key, "cannot sign (error %d)", err);
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
	char *text = build(opt, files);
	int status = VKX_EXIT_FAILED;

	if (text && self_check(text))
		status = sign_and_put(opt, text);
	free(text);
	return status;
}

static bool number(const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return end != text && !*end && !errno && *text != '-' &&
	       *ret <= INT64_MAX;
}

static int option(struct manifest_options *opt, int c, const char *arg)
{
	uint8_t digest[32];
	int first;

	if (vkx_keyarg_take(&opt->keyarg, c, arg))
		return 0;
	switch (c) {
	case 'o':
		opt->out = arg;
		return 0;
	case OPT_LOCKS:
		opt->locks_down = true;
		return 0;
	case OPT_PRODUCT:
		opt->product = arg;
		return 0;
	case OPT_RELEASE:
		opt->has_release = number(arg, &opt->release);
		if (!opt->has_release)
			return vkx_cli_usage("manifest: --release takes a "
					     "number");
		return 0;
	case OPT_MINIMUM:
		opt->has_minimum = number(arg, &opt->minimum);
		if (!opt->has_minimum)
			return vkx_cli_usage("manifest: --minimum takes a "
					     "number");
		return 0;
	case OPT_SBAT:
		if (!number(arg, &opt->minimum_sbat) || strlen(arg) != 10)
			return vkx_cli_usage("manifest: --minimum-sbat takes "
					     "YYYYMMDDNN");
		return 0;
	case OPT_FIRST:
		first = vkx_first_by_name(arg);
		if (first < 0)
			return vkx_cli_usage("manifest: --first takes "
					     "measured, stock or unmeasured");
		opt->first = (enum vkx_first)first;
		return 0;
	case OPT_BOOT_LOG:
		if (opt->nr_boot_logs == MAX_LISTED)
			return vkx_cli_usage("manifest: too many --boot-log");
		opt->boot_logs[opt->nr_boot_logs++] = arg;
		return 0;
	case OPT_REVOKE:
		if (opt->nr_revoked == MAX_LISTED ||
		    !vkx_hex_parse(arg, digest, 32))
			return vkx_cli_usage("manifest: --revoke takes a "
					     "SHA-256 in lower-case hex");
		opt->revoked[opt->nr_revoked++] = arg;
		return 0;
	case OPT_KEY:
		opt->key = arg;
		return 0;
	case OPT_CERT:
		opt->cert = arg;
		return 0;
	}
	return vkx_cli_usage("manifest: see 'manifest --help'");
}

int cmd_manifest(int argc, char **argv)
{
	static const struct option options[] = {
		{ "product", required_argument, NULL, OPT_PRODUCT },
		{ "release", required_argument, NULL, OPT_RELEASE },
		{ "minimum", required_argument, NULL, OPT_MINIMUM },
		{ "minimum-sbat", required_argument, NULL, OPT_SBAT },
		{ "first", required_argument, NULL, OPT_FIRST },
		{ "boot-log", required_argument, NULL, OPT_BOOT_LOG },
		{ "locks-down", no_argument, NULL, OPT_LOCKS },
		{ "revoke", required_argument, NULL, OPT_REVOKE },
		{ "key", required_argument, NULL, OPT_KEY },
		{ "cert", required_argument, NULL, OPT_CERT },
		VKX_KEYARG_OPTIONS,
		{ "help", no_argument, NULL, OPT_HELP },
		{ 0 },
	};
	static struct manifest_options opt;
	int c, status;

	while ((c = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (c == OPT_HELP) {
			fputs(help, stdout);
			return VKX_EXIT_DONE;
		}
		status = option(&opt, c, optarg);
		if (status)
			return status;
	}
	if (optind == argc || !opt.out || !opt.product || !opt.has_release ||
	    !opt.key || !opt.cert)
		return vkx_cli_usage("manifest: give --product, --release, "
				     "--key, --cert, -o and the files");
	return run(&opt, argv + optind);
}
