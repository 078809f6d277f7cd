/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/cmds.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/options.h"
#include "measure/outdir.h"
#include "measure/pubfile.h"
#include "measure/tpm_ak.h"
#include "measure/tpm_ek.h"

static const char help[] =
	"Usage: vkexec-measure provision [OPTION]... -o DIR\n"
	"Makes this machine's attestation key (AK) in its TPM: restricted, sign-only,\n"
	"never leaving the TPM, kept at a persistent handle. DIR, which must not be\n"
	"there yet, gets what the auditor needs to know the machine by:\n"
	"  ak.pub  ak.pem   the AK, as TPM2B_PUBLIC and as PEM\n"
	"  ek.pub  ek.crt   the TPM's own key and, where the TPM has one, the\n"
	"                   manufacturer's certificate for it\n"
	"\n"
	"  -o, --output DIR  where to write\n"
	"  --key TYPE       ecc (P-256, the default) or rsa (2048 bits)\n"
	"  --handle H       persistent handle (0x81010020)\n"
	"  --replace        remove what is at that handle first\n"
	"  --tcti CONF      how to reach the TPM (device:/dev/tpmrm0; also from\n"
	"                   TPM2TOOLS_TCTI)\n"
	"\n"
	"Examples:\n"
	"  vkexec-measure provision -o ak\n"
	"  vkexec-measure provision --key rsa --handle 0x81010021 -o ak-rsa\n";

struct provision {
	const char *out, *tcti;
	enum vkx_tpm_key key;
	uint32_t handle;
	bool replace;
};

struct made {
	struct vkx_outdir dir;
	struct vkx_blob pem, ek, cert;
	bool unwritten; /* the directory, with errno, is what failed */
};

static int put_all(struct made *m, const struct vkx_blob *ak)
{
	int err;

	err = vkx_outdir_put(&m->dir, "ak.pub", ak->data, ak->size);
	if (!err)
		err = vkx_outdir_put(&m->dir, "ak.pem", m->pem.data,
				     m->pem.size);
	if (!err)
		err = vkx_outdir_put(&m->dir, "ek.pub", m->ek.data, m->ek.size);
	if (!err && m->cert.data)
		err = vkx_outdir_put(&m->dir, "ek.crt", m->cert.data,
				     m->cert.size);
	m->unwritten = err == -VKX_ERR_IO;
	return err;
}

/* All files are written before the key is kept: a key without them helps
 * nobody, and takes the place of one that may. */
static int ready(void *arg, const struct vkx_blob *public)
{
	struct made *m = arg;
	struct vkx_ak ak;
	int err;

	if (vkx_ak_parse(public->data, public->size, &ak) != VKX_REASON_FINE)
		return -VKX_ERR_BUG;
	err = vkx_ak_pem(&ak, &m->pem);
	return err ? err : put_all(m, public);
}

static int make(struct vkx_tpm *tpm, const struct provision *p, struct made *m)
{
	int err;

	err = vkx_tpm_ek_cert(tpm, p->key, &m->cert);
	if (err && err != -VKX_ERR_NOTFOUND)
		return err;
	err = vkx_tpm_ek_public(tpm, p->key, &m->ek);
	if (err)
		return err;
	err = vkx_tpm_make_ak(tpm, p->key, p->handle, p->replace, ready, m);
	if (err)
		return err;
	err = vkx_outdir_commit(&m->dir);
	m->unwritten = err == -VKX_ERR_IO;
	if (err && !p->replace)
		(void)!vkx_tpm_evict(tpm, p->handle);
	return err;
}

static int report(const struct vkx_tpm *tpm, int err)
{
	switch (err) {
	case -VKX_ERR_MISMATCH:
		vkx_cli_error("TPM",
			      "%s; --replace removes it, --handle takes "
			      "another",
			      tpm->error);
		break;
	case -VKX_ERR_IO:
		vkx_cli_error("TPM", "%s", tpm->error);
		break;
	case -VKX_ERR_NOMEM:
		vkx_cli_error(NULL, "out of memory");
		break;
	default:
		vkx_cli_error("TPM", "made a key that is not what was asked "
				     "for");
	}
	return VKX_EXIT_FAILED;
}

static int run(const struct provision *p)
{
	struct made m = { 0 };
	struct vkx_tpm tpm;
	int err, status = VKX_EXIT_FAILED, saved;

	if (vkx_outdir_open(&m.dir, p->out)) {
		vkx_cli_error(p->out, "cannot make: %s", strerror(errno));
		return VKX_EXIT_FAILED;
	}
	err = vkx_tpm_open(&tpm, p->tcti);
	if (!err) {
		err = make(&tpm, p, &m);
		saved = errno;
		vkx_tpm_close(&tpm);
		errno = saved;
	}
	if (m.unwritten) {
		vkx_cli_error(p->out, "cannot write: %s", strerror(errno));
	} else if (err) {
		status = report(&tpm, err);
	} else {
		printf("AK at 0x%08x; %s has ak.pub%s\n", p->handle, p->out,
		       m.cert.data ? " and ek.crt" :
				     "; the TPM has no EK certificate");
		status = VKX_EXIT_DONE;
	}
	vkx_outdir_abort(&m.dir);
	vkx_blob_free(&m.pem);
	vkx_blob_free(&m.ek);
	vkx_blob_free(&m.cert);
	return status;
}

static bool take_key(const char *value, void *arg)
{
	enum vkx_tpm_key *key = arg;

	*key = *value == 'r' ? VKX_TPM_KEY_RSA : VKX_TPM_KEY_ECC;
	return !strcmp(value, "ecc") || !strcmp(value, "rsa");
}

static bool take_handle(const char *value, void *arg)
{
	return vkx_handle_parse(value, arg);
}

int cmd_provision(int argc, char **argv)
{
	struct provision p = { .handle = VKX_AK_HANDLE };
	const struct vkx_option options[] = {
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &p.out },
		{ .name = "key",
		  .take = take_key,
		  .arg = &p.key,
		  .form = "ecc or rsa" },
		{ .name = "handle",
		  .take = take_handle,
		  .arg = &p.handle,
		  .form = "a handle like 0x81010020" },
		{ .name = "replace", .flag = &p.replace },
		{ .name = "tcti", .value = &p.tcti },
		{ 0 },
	};
	const struct vkx_command command = { .name = "provision",
					     .help = help,
					     .options = options };
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	return run(&p);
}
