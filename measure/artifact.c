/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/artifact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "sbat.h"
#include "verify/scan_pass.h"

/* The signer's certificate of signature number i, if a kernel could take it. */
static int add_signer(const struct vkx_scan *scan, size_t i,
		      struct vkx_cms *cms, struct vkx_artifact *a,
		      struct vkx_fault *fault_ret)
{
	const uint8_t *der = vkx_scan_signature(scan, i);
	const struct vkx_x509 *cert;
	uint8_t *signer = a->signer[a->nr_signers];
	int err;

	err = vkx_cms_parse(der, scan->certs[i].size, cms, fault_ret);
	if (err)
		return err;
	cert = &cms->certs[cms->signer];
	err = vkx_x509_check_signer(cert, fault_ret);
	if (err)
		return err;
	vkx_sha256(der + cert->whole.offset, cert->whole.size, signer);
	if (!vkx_artifact_signed_by(a, signer))
		a->nr_signers++;
	return 0;
}

/* Every signer that a kernel could take, since each kernel trusts its own; a
 * signature that no kernel takes, for firmware perhaps, is passed over where
 * another is not. */
static int take_signers(const struct vkx_scan *scan,
			struct vkx_measured_uki *uki,
			struct vkx_fault *fault_ret)
{
	struct vkx_fault fault;
	struct vkx_cms *cms;
	int err = 0, first = 0;
	size_t i;

	uki->is_signed = scan->nr_certs > 0;
	if (!uki->is_signed)
		return 0;
	cms = malloc(sizeof(*cms));
	if (!cms)
		return -VKX_ERR_NOMEM;
	for (i = 0; i < scan->nr_certs; i++) {
		err = add_signer(scan, i, cms, &uki->artifact, &fault);
		if (!err || first)
			continue;
		first = err;
		*fault_ret = fault;
		fault_ret->offset += scan->certs[i].offset;
	}
	free(cms);
	return uki->artifact.nr_signers ? 0 : first;
}

static void take_release(const struct vkx_scan *scan, const char *product,
			 struct vkx_measured_uki *uki)
{
	const struct vkx_scan_part *text = &scan->part[VKX_PART_SBAT];
	struct vkx_sbat *sbat = malloc(sizeof(*sbat));
	size_t i, len = product ? strlen(product) : 0;

	if (sbat && product && text->data &&
	    !vkx_sbat_parse(text->data, text->len, 0, sbat, NULL))
		for (i = 0; i < sbat->count; i++)
			if (sbat->entries[i].name_len == len &&
			    !memcmp(sbat->entries[i].name, product, len))
				uki->sbat_release = sbat->entries[i].generation;
	free(sbat);
}

static int take_digests(const struct vkx_scan *scan, struct vkx_artifact *a)
{
	const struct vkx_uki *uki = &scan->uki;
	int id;

	memcpy(a->authenticode, scan->digest[VKX_HASH_SHA256], 32);
	for (id = 0; id < VKX_PART_NR; id++) {
		if (id == VKX_PART_DTBAUTO)
			continue;
		a->section[id].present = uki->part[id].present;
		memcpy(a->section[id].sha256, scan->part_digest[id], 32);
	}
	a->nr_dtbauto = uki->nr_dtbauto;
	a->dtbauto = calloc(uki->nr_dtbauto + 1, 32);
	if (!a->dtbauto)
		return -VKX_ERR_NOMEM;
	memcpy(a->dtbauto, scan->dtbauto_digest, (size_t)32 * uki->nr_dtbauto);
	return 0;
}

/* The kernel's own rule: words apart by spaces, quotes may hold some together,
 * the last of several counts, and what stands behind "--" is init's. */
static enum vkx_locks_down locks_down(const uint8_t *text, size_t len)
{
	static const char *const good[] = { "lockdown=integrity",
					    "lockdown=confidentiality" };
	enum vkx_locks_down locks = VKX_LOCKS_NOT;
	size_t i = 0, start, n;

	while (i < len && text[i]) {
		bool quoted = false;

		while (i < len &&
		       (text[i] == ' ' || text[i] == '\n' || text[i] == '\t'))
			i++;
		for (start = i; i < len && text[i] &&
				(quoted || (text[i] != ' ' && text[i] != '\n' &&
					    text[i] != '\t'));
		     i++)
			if (text[i] == '"')
				quoted = !quoted;
		n = i - start;
		if (n == 2 && !memcmp(text + start, "--", 2))
			break;
		if (n < 9 || memcmp(text + start, "lockdown=", 9) != 0)
			continue;
		locks = VKX_LOCKS_NOT;
		if ((n == strlen(good[0]) &&
		     !memcmp(text + start, good[0], n)) ||
		    (n == strlen(good[1]) && !memcmp(text + start, good[1], n)))
			locks = VKX_LOCKS_DOWN;
	}
	return locks;
}

static int scan_file(struct vkx_scan *scan, const char *product,
		     struct vkx_measured_uki *uki, struct vkx_fault *fault_ret)
{
	static const struct vkx_scan_params params = { .components = true,
						       .collect = true };
	const struct vkx_scan_part *cmdline;
	int err;

	err = vkx_scan_hash(scan, &params, fault_ret);
	if (!err)
		err = take_digests(scan, &uki->artifact);
	if (!err)
		err = take_signers(scan, uki, fault_ret);
	if (err)
		return err;
	take_release(scan, product, uki);
	cmdline = &scan->part[VKX_PART_CMDLINE];
	uki->artifact.locks_down = locks_down(cmdline->data, cmdline->len);
	uki->uki = scan->uki;
	return 0;
}

int vkx_measured_uki_read(const char *path, const char *product,
			  struct vkx_measured_uki *uki_ret,
			  struct vkx_fault *fault_ret)
{
	struct vkx_scan *scan = calloc(1, sizeof(*scan));
	struct vkx_infile in;
	const char *base = strrchr(path, '/');
	int err;

	memset(uki_ret, 0, sizeof(*uki_ret));
	if (!scan)
		return -VKX_ERR_NOMEM;
	err = vkx_infile_open(&in, path);
	if (err) {
		free(scan);
		return err;
	}
	err = vkx_scan_open(scan, &in, VKX_PE_STRICT, fault_ret);
	if (!err)
		err = scan_file(scan, product, uki_ret, fault_ret);
	vkx_scan_close(scan);
	vkx_infile_close(&in);
	free(scan);
	if (!err) {
		uki_ret->artifact.file = strdup(base ? base + 1 : path);
		err = uki_ret->artifact.file ? 0 : -VKX_ERR_NOMEM;
	}
	if (err)
		vkx_measured_uki_free(uki_ret);
	return err;
}

void vkx_measured_uki_free(struct vkx_measured_uki *uki)
{
	free(uki->artifact.file);
	free(uki->artifact.dtbauto);
	memset(uki, 0, sizeof(*uki));
}

int vkx_measured_uki_load(const char *path, const char *product,
			  struct vkx_measured_uki *uki_ret)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	int err = vkx_measured_uki_read(path, product, uki_ret, &fault);

	switch (err) {
	case 0:
		if (uki_ret->is_signed)
			return VKX_EXIT_DONE;
		vkx_cli_error(path, "is not signed: no kernel would load it; "
				    "sign it first");
		vkx_measured_uki_free(uki_ret);
		return VKX_EXIT_REFUSED;
	case -VKX_ERR_IO:
		vkx_cli_error(path, "cannot read: %s", strerror(errno));
		break;
	case -VKX_ERR_FORMAT:
		vkx_cli_error(path,
			      "not a UKI that a kernel would take: %s "
			      "(%s at byte %llu)",
			      vkx_rule_text(fault.rule),
			      vkx_rule_id(fault.rule),
			      (unsigned long long)fault.offset);
		return VKX_EXIT_REFUSED;
	default:
		vkx_cli_error(path, "cannot measure: %s",
			      err == -VKX_ERR_NOMEM ?
				      "out of memory" :
				      "its signature cannot be read");
	}
	return VKX_EXIT_FAILED;
}
