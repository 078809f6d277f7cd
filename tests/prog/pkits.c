/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NIST's PKITS against the chain rules that signatures are held to (V46):
 *
 *	pkits DIR
 *
 * DIR holds PKITS' certificates. Each end entity is offered as a signer, with
 * every CA above it in the bundle, as a CMS would carry them, and the trust
 * anchor pinned. What a signer must be besides (code-signing usage) PKITS'
 * certificates are not, so that alone is left out. Prints one line "accepted
 * NAME" or "refused NAME RULE" each.
 */
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"
#include "verify/trust.h"

#define ANCHOR "TrustAnchorRootCertificate.crt"
#define MAX_FILES 512u

struct file {
	char *name;
	struct vkx_bytes der;
	struct vkx_x509 cert;
	bool readable; /* the strict reader takes it */
	struct vkx_fault fault;
};

static struct file files[MAX_FILES];
static size_t nr_files;

static void die(const char *what, const char *name)
{
	fprintf(stderr, "pkits: %s: %s\n", name, what);
	exit(1);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name,
		      ((const struct file *)b)->name);
}

static void read_files(const char *dir)
{
	char path[4096];
	struct dirent *entry;
	struct file *f;
	DIR *d = opendir(dir);

	if (!d)
		die("cannot be opened", dir);
	while ((entry = readdir(d))) {
		if (fnmatch("*.crt", entry->d_name, 0))
			continue;
		if (nr_files == MAX_FILES)
			die("more files than expected", dir);
		f = &files[nr_files++];
		f->name = strdup(entry->d_name);
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (!f->name || vkx_bytes_read(path, 1u << 20, &f->der))
			die("cannot be read", path);
		f->readable = !vkx_x509_parse(f->der.data, f->der.len, 0,
					      &f->cert, &f->fault);
	}
	closedir(d);
	qsort(files, nr_files, sizeof(*files), by_name);
}

static bool above(const struct file *ca, const struct file *f)
{
	return vkx_slices_equal(ca->der.data, ca->cert.subject, f->der.data,
				f->cert.issuer);
}

/* The end entity and all that stands above it, without the anchor. */
static size_t gather(struct file *ee, const struct file *bundle[MAX_FILES])
{
	size_t n = 1, i, j, k;

	bundle[0] = ee;
	for (i = 0; i < n; i++)
		for (j = 0; j < nr_files; j++) {
			if (!files[j].readable ||
			    !above(&files[j], bundle[i]) ||
			    !strcmp(files[j].name, ANCHOR))
				continue;
			for (k = 0; k < n && bundle[k] != &files[j]; k++)
				;
			if (k == n)
				bundle[n++] = &files[j];
		}
	return n;
}

static const char *judge(const struct vkx_trust *trust, struct file *ee)
{
	const struct file *bundle[MAX_FILES];
	static uint8_t bytes[VKX_MAX_CERTS << 16];
	struct vkx_cms cms = { 0 };
	struct vkx_fault fault = { 0 };
	struct vkx_chain chain;
	uint32_t at = 0;
	size_t i, n;

	if (!ee->readable)
		return vkx_rule_id(ee->fault.rule);
	n = gather(ee, bundle);
	if (n > VKX_MAX_CERTS)
		return "more certificates than a signature may carry";
	for (i = 0; i < n; i++) {
		const struct vkx_bytes *der = &bundle[i]->der;

		if (der->len > sizeof(bytes) - at)
			die("larger than expected", bundle[i]->name);
		memcpy(bytes + at, der->data, der->len);
		if (vkx_x509_parse(bytes + at, der->len, at, &cms.certs[i],
				   &fault))
			die("read once and not twice", bundle[i]->name);
		at += (uint32_t)der->len;
	}
	cms.nr_certs = n;
	cms.signer = 0;
	if (ee->cert.unknown_critical)
		return "critical extension";
	if (vkx_cms_check_chain(bytes, &cms, &fault) ||
	    vkx_trust_chain(trust, bytes, &cms, &chain, &fault))
		return vkx_rule_id(fault.rule);
	return NULL;
}

int main(int argc, char **argv)
{
	struct vkx_trust trust;
	struct vkx_fault fault;
	char anchor[4096];
	const char *rule;
	size_t i;

	if (argc != 2)
		die("one folder, please", argv[0]);
	read_files(argv[1]);
	vkx_trust_init(&trust);
	snprintf(anchor, sizeof(anchor), "%s/%s", argv[1], ANCHOR);
	if (vkx_trust_add_file(&trust, anchor, &fault))
		die("no trust anchor", anchor);
	for (i = 0; i < nr_files; i++) {
		if (fnmatch("*EE.crt", files[i].name, 0))
			continue;
		rule = judge(&trust, &files[i]);
		if (rule)
			printf("refused %s %s\n", files[i].name, rule);
		else
			printf("accepted %s\n", files[i].name);
	}
	vkx_trust_free(&trust);
	return 0;
}
