/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "keys/cli.h"
#include "keys/cmds.h"
#include "keys/keyarg.h"
#include "keys/options.h"
#include "keys/outfile.h"
#include "keys/pem.h"
#include "keys/validity.h"

static const char help[] =
	"Usage: vkexec-keys issue --ca-key KEY --ca-cert CRT -o FILE REQUEST\n"
	"Turns a certificate request into a code-signing certificate under a CA.\n"
	"Subject and key come from the request, all else from here.\n"
	"\n"
	"  --ca-key K           the CA's private key: file or pkcs11: URI\n"
	"  --ca-cert C          the CA's certificate\n"
	"  --days N             validity (3650)\n"
	"  --ca                 issue a CA below this one instead\n"
	"  -o, --output F       the certificate\n" VKX_KEYARG_HELP "\n"
	"Example:\n"
	"  vkexec-keys issue --ca-key root.key --ca-cert root.crt -o r.crt r.csr\n";

struct options {
	struct vkx_keyarg keyarg;
	const char *key, *cert, *output, *request;
	unsigned int days;
	bool ca;
};

static bool take_days(const char *value, void *days)
{
	return vkx_days_parse(value, days);
}

static int read_options(int argc, char **argv, struct options *o)
{
	const struct vkx_option table[] = {
		{ .name = "ca-key", .needed = true, .value = &o->key },
		{ .name = "ca-cert", .needed = true, .value = &o->cert },
		{ .name = "days",
		  .take = take_days,
		  .arg = &o->days,
		  .form = "a number from 1 to 36500" },
		{ .name = "ca", .flag = &o->ca },
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &o->output },
		VKX_KEYARG_ROWS(&o->keyarg),
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "issue",
		.help = help,
		.options = table,
		.operand = "request",
		.min = 1,
		.max = 1,
	};
	int status = vkx_options_read(&command, argc, argv);

	if (!status)
		o->request = argv[optind];
	return status;
}

/* What a CA issues is worth as much as the CA: it must be one, and ours. */
static int check_ca(const struct options *o, const struct vkx_cert *ca,
		    const struct vkx_key *key)
{
	struct vkx_fault fault = { 0 };
	struct vkx_x509 x509;
	int err = vkx_x509_parse(ca->der.data, ca->der.len, 0, &x509, &fault);

	if (!err)
		err = vkx_x509_check_ca(&x509, &fault);
	if (err) {
		vkx_cli_error(o->cert, "cannot issue: %s (%s)",
			      vkx_rule_text(fault.rule),
			      vkx_rule_id(fault.rule));
		return VKX_EXIT_REFUSED;
	}
	if (o->ca && x509.pathlen == 0) {
		vkx_cli_error(o->cert,
			      "allows no CA below it (path length 0): whoever "
			      "such a CA signs for would be refused; issue it "
			      "by the CA above");
		return VKX_EXIT_REFUSED;
	}
	if (!vkx_cert_is_for(ca, key)) {
		vkx_cli_error(o->cert,
			      "is the certificate of another key than %s",
			      o->key);
		return VKX_EXIT_FAILED;
	}
	return VKX_EXIT_DONE;
}

static bool read_request(const char *path, struct vkx_cert_spec *spec)
{
	struct vkx_bytes file = { 0 };
	int err;

	if (!vkx_keyarg_bytes(path, VKX_MAX_CERT_FILE, &file))
		return false;
	err = vkx_csr_parse(&file, &spec->subject, &spec->spki);
	vkx_bytes_free(&file);
	if (err == -VKX_ERR_MISMATCH)
		vkx_cli_error(path, "its signature is wrong: whoever asks does "
				    "not hold the key");
	else if (err == -VKX_ERR_LIMIT)
		vkx_cli_error(path, "key is not RSA of 2048 to 4096 bits, nor "
				    "ECDSA on P-256 or P-384");
	else if (err)
		vkx_cli_error(path, "holds no certificate request");
	return !err;
}

/* The request's text goes into the certificate as it is: is that one which
 * vkexec reads, and which may do what it is for? */
static int check_issued(const struct options *o, const struct vkx_bytes *der)
{
	struct vkx_fault fault = { 0 };
	struct vkx_x509 x509;
	int err = vkx_x509_parse(der->data, der->len, 0, &x509, &fault);

	if (!err)
		err = o->ca ? vkx_x509_check_ca(&x509, &fault) :
			      vkx_x509_check_signer(&x509, &fault);
	if (!err)
		return VKX_EXIT_DONE;
	vkx_cli_error(o->request,
		      "would become a certificate that everybody refuses: %s "
		      "(%s); ask anew with vkexec-keys csr",
		      vkx_rule_text(fault.rule), vkx_rule_id(fault.rule));
	return VKX_EXIT_REFUSED;
}

static int put(const struct options *o, const struct vkx_bytes *der)
{
	struct vkx_bytes pem = { 0 };
	int status = check_issued(o, der);

	if (status)
		return status;
	status = VKX_EXIT_FAILED;
	if (vkx_pem_write("CERTIFICATE", der, &pem))
		vkx_cli_error(o->output, "out of memory");
	else if (vkx_keyarg_put(o->output, VKX_OUTFILE_PUBLIC, &pem))
		status = VKX_EXIT_DONE;
	vkx_bytes_free(&pem);
	return status;
}

static int issue(const struct options *o, const struct vkx_cert *ca,
		 struct vkx_key *key)
{
	struct vkx_cert_spec spec = { .ca = o->ca };
	struct vkx_bytes der = { 0 };
	int status = VKX_EXIT_FAILED;

	if (!vkx_keyarg_validity(&spec, o->days) ||
	    !read_request(o->request, &spec))
		return status;
	spec.issuer.data = ca->crt.subject_raw.p;
	spec.issuer.len = ca->crt.subject_raw.len;
	spec.issuer_keyid = vkx_cert_skid(ca, &spec.issuer_keyid_len);
	if (vkx_cert_write(&spec, key, &der))
		vkx_cli_error(o->key, "cannot sign the certificate");
	else
		status = put(o, &der);
	vkx_bytes_free(&spec.subject);
	vkx_bytes_free(&spec.spki);
	vkx_bytes_free(&der);
	return status;
}

int cmd_issue(int argc, char **argv)
{
	struct options o = { .days = VKX_DEFAULT_DAYS };
	struct vkx_cert ca;
	struct vkx_key key;
	int status = read_options(argc, argv, &o);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	vkx_cert_init(&ca);
	vkx_key_init(&key);
	status = VKX_EXIT_FAILED;
	if (vkx_keyarg_cert(o.cert, &ca) &&
	    vkx_keyarg_key(&o.keyarg, o.key, &key)) {
		status = check_ca(&o, &ca, &key);
		if (!status)
			status = issue(&o, &ca, &key);
	}
	vkx_cert_free(&ca);
	vkx_key_free(&key);
	return status;
}
