/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/options.h"
#include "keys/outfile.h"
#include "measure/ak.h"
#include "measure/challenge.h"
#include "measure/outpair.h"

static const char help[] =
	"Usage: vkexec-measure challenge --ek CERT --ak PUB -o NAME\n"
	"Asks a machine to show that its AK lives in the TPM of its EK certificate.\n"
	"NAME.cred goes to the machine, for 'activate'; NAME.secret stays here, for\n"
	"'audit --challenge'. No TPM is needed for this.\n"
	"\n"
	"  --ek CERT     the EK certificate: ek.crt of 'provision', DER or PEM\n"
	"  --ek-pub PUB  instead: ek.pub of a TPM without a certificate. Who answers\n"
	"                holds this key, but nothing says that it is a TPM's and not\n"
	"                a program's: 'audit' refuses such a challenge.\n"
	"                If you know the key as a TPM's, compare the answer with the\n"
	"                \"secret\" in NAME.secret, and keep the AK for 'audit --ak'\n"
	"  --ak PUB      the AK: ak.pub of 'provision'\n"
	"  --ek-ca CERT  refuse a certificate that this maker did not issue, or that\n"
	"                is not for an EK\n"
	"  -o, --output NAME  where to write; files of these names are replaced\n"
	"\n"
	"Examples:\n"
	"  vkexec-measure challenge --ek ak/ek.crt --ek-ca maker.pem --ak ak/ak.pub \\\n"
	"      -o gateway-17\n";

struct asked {
	const char *ek, *ek_pub, *ek_ca, *ak, *out;
};

static bool read_small(const char *path, struct vkx_blob *blob)
{
	int err = vkx_blob_read(AT_FDCWD, path, 65536, blob);

	if (err)
		vkx_cli_error(path, "cannot read: %s", vkx_blob_why(err));
	return !err;
}

static int read_name(const char *path, struct vkx_challenge *c)
{
	struct vkx_blob blob;
	enum vkx_reason why;
	struct vkx_ak ak;

	if (!read_small(path, &blob))
		return VKX_EXIT_FAILED;
	why = vkx_ak_parse(blob.data, blob.size, &ak);
	vkx_blob_free(&blob);
	if (why != VKX_REASON_FINE) {
		vkx_cli_error(path, "%s", vkx_reason_text(why));
		return VKX_EXIT_REFUSED;
	}
	memcpy(c->ak_name, ak.name, ak.name_len);
	c->ak_name_len = ak.name_len;
	return VKX_EXIT_DONE;
}

/* What an EK is refused for, apart from what went wrong here. */
static int exit_of(int err)
{
	if (err == -VKX_ERR_NOMEM)
		return VKX_EXIT_FAILED;
	return err ? VKX_EXIT_REFUSED : VKX_EXIT_DONE;
}

static int check_maker(const struct asked *opt, const struct vkx_blob *cert)
{
	struct vkx_blob ca;
	int err;

	if (!opt->ek_ca)
		return VKX_EXIT_DONE;
	if (!read_small(opt->ek_ca, &ca))
		return VKX_EXIT_FAILED;
	err = vkx_ek_check_cert(cert->data, cert->size, ca.data, ca.size);
	vkx_blob_free(&ca);
	if (err == -VKX_ERR_UNSUPPORTED)
		vkx_cli_error(opt->ek, "is not a certificate of an EK: it is a "
				       "CA's, or its key usage or extended key "
				       "usage is another");
	else if (err)
		vkx_cli_error(opt->ek, "is not issued by anybody in %s",
			      opt->ek_ca);
	return exit_of(err);
}

static int read_ek(const struct asked *opt, struct vkx_challenge *c,
		   struct vkx_ek *ek)
{
	const char *path = opt->ek ? opt->ek : opt->ek_pub;
	int err, status = VKX_EXIT_DONE;
	struct vkx_blob blob;

	if (!read_small(path, &blob))
		return VKX_EXIT_FAILED;
	if (opt->ek)
		status = check_maker(opt, &blob);
	if (status) {
		vkx_blob_free(&blob);
		return status;
	}
	err = opt->ek ? vkx_ek_from_cert(blob.data, blob.size, ek) :
			vkx_ek_from_public(blob.data, blob.size, ek);
	if (err)
		vkx_cli_error(path,
			      err == -VKX_ERR_UNSUPPORTED ?
				      "EK is neither RSA-2048 nor ECC P-256" :
				      "is no EK");
	if (!err && opt->ek)
		c->ek_cert = blob;
	else
		vkx_blob_free(&blob);
	return exit_of(err);
}

static bool put(const char *name, const char *text, const struct vkx_blob *cred)
{
	/* What stays here goes first: better a challenge that was not sent than
	 * one whose answer nobody can judge. */
	const struct vkx_outpart part[2] = {
		{ ".secret", VKX_OUTFILE_SECRET, text, strlen(text) },
		{ ".cred", VKX_OUTFILE_PUBLIC, cred->data, cred->size },
	};

	return vkx_outpair_put(name, part);
}

static int make(const struct asked *opt, struct vkx_challenge *c)
{
	struct vkx_ek ek = { NULL, false };
	struct vkx_span name;
	struct vkx_blob cred;
	char *text = NULL;
	bool good;
	int err, status = read_name(opt->ak, c);

	if (!status)
		status = read_ek(opt, c, &ek);
	if (status)
		return status;
	name.p = c->ak_name;
	name.len = c->ak_name_len;
	err = RAND_priv_bytes(c->secret, sizeof(c->secret)) == 1 ?
		      vkx_credential_make(&ek, name, c->secret, &cred) :
		      -VKX_ERR_CRYPTO;
	EVP_PKEY_free(ek.key);
	if (err) {
		vkx_cli_error(opt->ek ? opt->ek : opt->ek_pub,
			      "cannot make a challenge: %s",
			      err == -VKX_ERR_NOMEM ? "out of memory" :
						      "libcrypto failed");
		return VKX_EXIT_FAILED;
	}
	text = vkx_challenge_text(c);
	if (!text)
		vkx_cli_error(NULL, "out of memory");
	good = text && put(opt->out, text, &cred);
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
	vkx_blob_free(&cred);
	return good ? VKX_EXIT_DONE : VKX_EXIT_FAILED;
}

int cmd_challenge(int argc, char **argv)
{
	struct vkx_challenge challenge = { 0 };
	struct asked opt = { 0 };
	const struct vkx_option options[] = {
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &opt.out },
		{ .name = "ek", .value = &opt.ek },
		{ .name = "ek-pub", .value = &opt.ek_pub },
		{ .name = "ek-ca", .value = &opt.ek_ca },
		{ .name = "ak", .needed = true, .value = &opt.ak },
		{ 0 },
	};
	const struct vkx_command command = { .name = "challenge",
					     .help = help,
					     .options = options };
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	if (!opt.ek == !opt.ek_pub)
		return vkx_cli_usage("challenge: give --ek or --ek-pub");
	if (opt.ek_pub && opt.ek_ca)
		return vkx_cli_usage("challenge: --ek-ca goes with --ek");
	status = make(&opt, &challenge);
	vkx_challenge_free(&challenge);
	return status;
}
