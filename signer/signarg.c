/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/signarg.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "keys/cli.h"

void vkx_signarg_init(struct vkx_signarg *arg)
{
	size_t i;

	memset(arg, 0, sizeof(*arg));
	vkx_key_init(&arg->key);
	for (i = 0; i < VKX_MAX_CERTS; i++)
		vkx_cert_init(&arg->certs[i]);
}

void vkx_signarg_free(struct vkx_signarg *arg)
{
	size_t i;

	vkx_key_free(&arg->key);
	for (i = 0; i < VKX_MAX_CERTS; i++)
		vkx_cert_free(&arg->certs[i]);
}

bool vkx_signarg_digest(const char *value, void *hash)
{
	enum vkx_hash_alg h;

	for (h = VKX_HASH_SHA256; h <= VKX_HASH_SHA512; h++) {
		if (strcmp(value, vkx_hash_name(h)) != 0)
			continue;
		*(enum vkx_hash_alg *)hash = h;
		return true;
	}
	return false;
}

bool vkx_signarg_time(const char *value, void *time_ret)
{
	uint64_t seconds;

	if (!strcmp(value, "now"))
		seconds = (uint64_t)time(NULL);
	else if (!vkx_options_number(value, 0, VKX_MAX_TIME, &seconds))
		return false;
	*(uint64_t *)time_ret = vkx_time_utc((int64_t)seconds);
	return true;
}

bool vkx_signarg_given(const struct vkx_signarg *arg)
{
	return arg->key_path || arg->cert_path || arg->hash ||
	       arg->signing_time || arg->firmware ||
	       arg->keyarg.passphrase_file || arg->keyarg.passphrase_env;
}

static bool has_more(const struct vkx_bytes *file, size_t pos)
{
	struct vkx_cert cert;
	bool more;

	vkx_cert_init(&cert);
	more = vkx_cert_next(&cert, file, &pos) != -VKX_ERR_NOTFOUND;
	vkx_cert_free(&cert);
	return more;
}

/* The signer's certificate, and whatever follows it in the file. */
static bool load_certs(struct vkx_signarg *arg)
{
	struct vkx_bytes file = { 0 };
	size_t pos = 0, n = 0;
	int err = 0;

	if (!vkx_keyarg_cert_file(arg->cert_path, &file))
		return false;
	while (n < VKX_MAX_CERTS && !err) {
		err = vkx_cert_next(&arg->certs[n], &file, &pos);
		n += !err;
	}
	if (!err && has_more(&file, pos)) {
		vkx_cli_error(arg->cert_path, "holds more than %u certificates",
			      VKX_MAX_CERTS);
		vkx_bytes_free(&file);
		return false;
	}
	if (!n && err == -VKX_ERR_NOTFOUND) {
		err = vkx_cert_parse(&arg->certs[0], &file);
		n = !err;
	}
	vkx_bytes_free(&file);
	if (!n || (err && err != -VKX_ERR_NOTFOUND)) {
		vkx_cli_error(arg->cert_path,
			      "holds no X.509 certificate (PEM or DER), or a "
			      "malformed one");
		return false;
	}
	arg->signer.certs = arg->certs;
	arg->signer.nr_certs = n;
	return true;
}

static bool same_bytes(const struct vkx_cert *a, const struct vkx_cert *b)
{
	return a->der.len == b->der.len &&
	       !memcmp(a->der.data, b->der.data, a->der.len);
}

static int refuse_cert(const struct vkx_signarg *arg, size_t i, const char *why,
		       const char *rule, const char *mend)
{
	vkx_cli_error(arg->cert_path, "certificate %zu: %s (%s)%s", i + 1, why,
		      rule, mend);
	return VKX_EXIT_REFUSED;
}

/* Whether certificate i may stand in the signature, as vkexec reads one: the
 * signer's first, and then nothing but CAs. */
static int check_cert(const struct vkx_signarg *arg, size_t i)
{
	const struct vkx_cert *cert = &arg->certs[i];
	struct vkx_fault fault = { 0 };
	struct vkx_x509 x509;
	size_t n;
	int err =
		vkx_x509_parse(cert->der.data, cert->der.len, 0, &x509, &fault);

	if (!err)
		err = i ? vkx_x509_check_ca(&x509, &fault) :
			  vkx_x509_check_signer(&x509, &fault);
	/* What a firmware's db knows need not please us. */
	if (err && (!arg->firmware || (fault.rule != VKX_RULE_SIG_USAGE &&
				       fault.rule != VKX_RULE_SIG_CHAIN)))
		return refuse_cert(
			arg, i, vkx_rule_text(fault.rule),
			vkx_rule_id(fault.rule),
			fault.rule == VKX_RULE_SIG_USAGE ?
				"; --firmware signs for a firmware that "
				"trusts it" :
			fault.rule == VKX_RULE_SIG_CHAIN ?
				"; only CAs may follow the signer's" :
				"");
	for (n = 0; n < i; n++)
		if (same_bytes(cert, &arg->certs[n]))
			return refuse_cert(
				arg, i, "stands in the file twice",
				vkx_rule_id(VKX_RULE_SIG_CERTIFICATES), "");
	return VKX_EXIT_DONE;
}

/* Signing with certificates that every verifier refuses helps nobody. */
static int check_certs(const struct vkx_signarg *arg)
{
	int status = VKX_EXIT_DONE;
	size_t i;

	for (i = 0; !status && i < arg->signer.nr_certs; i++)
		status = check_cert(arg, i);
	return status;
}

/* The hash that fits the certificate's key. */
static enum vkx_hash_alg cert_hash(const struct vkx_cert *cert)
{
	struct vkx_key key = { 0 };

	(void)vkx_key_weakness(&cert->crt.pk, &key.alg, &key.bits);
	return vkx_key_hash(&key);
}

int vkx_signarg_load_cert(struct vkx_signarg *arg)
{
	int status;

	if (!arg->cert_path)
		return vkx_cli_usage("signing needs --cert");
	if (!load_certs(arg))
		return VKX_EXIT_FAILED;
	status = check_certs(arg);
	if (status)
		return status;
	arg->signer.hash = arg->hash ? arg->hash : cert_hash(&arg->certs[0]);
	arg->signer.signing_time = arg->signing_time;
	return VKX_EXIT_DONE;
}

int vkx_signarg_load(struct vkx_signarg *arg)
{
	int status;

	if (!arg->key_path || !arg->cert_path)
		return vkx_cli_usage("signing needs --key and --cert");
	status = vkx_signarg_load_cert(arg);
	if (status)
		return status;
	if (!vkx_keyarg_key(&arg->keyarg, arg->key_path, &arg->key))
		return VKX_EXIT_FAILED;
	if (!vkx_cert_is_for(&arg->certs[0], &arg->key)) {
		vkx_cli_error(arg->cert_path,
			      "is the certificate of another key than %s",
			      arg->key_path);
		return VKX_EXIT_FAILED;
	}
	arg->signer.key = &arg->key;
	return VKX_EXIT_DONE;
}
