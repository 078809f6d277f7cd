/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence by the thousand, signed by a soft TPM, for speed and memory:
 *   make_evidence ecc|rsa N KEYS LOG NONCE DIR
 * writes into DIR: evidence.ndjson with N lines from KEYS machines, aks/ with
 * their AKs by name, one.pub, and the first machine's evidence, which is called
 * "one", as one/ and one.tar.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "keys/outfile.h"
#include "measure/manifest.h"
#include "measure/pubfile.h"
#include "tests/unit/softtpm.h"

static void die(const char *what)
{
	fprintf(stderr, "make_evidence: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *path_in(const char *dir, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		die("memory");
	return path;
}

static void put(const char *dir, const char *name, struct vkx_span s)
{
	char *path = path_in(dir, name);

	if (vkx_outfile_put(path, VKX_OUTFILE_PUBLIC, s.p, s.len))
		die(path);
	free(path);
}

static void machine_name(int n, char name[32])
{
	if (n)
		snprintf(name, 32, "machine-%d", n);
	else
		strcpy(name, "one");
}

static char *line_of(const struct vkx_evidence *ev, int n)
{
	json_object *o = json_object_new_object();
	char name[32], *text;
	int i;

	machine_name(n, name);
	json_object_object_add(o, "name", json_object_new_string(name));
	for (i = 0; i < VKX_EVIDENCE_NR; i++) {
		if (!ev->file[i].p)
			continue;
		text = malloc(ev->file[i].len / 3 * 4 + 5);
		EVP_EncodeBlock((unsigned char *)text, ev->file[i].p,
				(int)ev->file[i].len);
		json_object_object_add(
			o, vkx_evidence_name((enum vkx_evidence_file)i),
			json_object_new_string(text));
		free(text);
	}
	text = strdup(json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	return text;
}

static void put_one(const char *dir, const struct vkx_evidence *ev)
{
	struct vkx_blob tar, pem;
	struct vkx_ak ak;
	char *path = path_in(dir, "one");
	int i;

	if (mkdir(path, 0777))
		die(path);
	for (i = 0; i < VKX_EVIDENCE_NR; i++)
		if (ev->file[i].p)
			put(path, vkx_evidence_name((enum vkx_evidence_file)i),
			    ev->file[i]);
	if (vkx_ak_parse(ev->file[VKX_EVIDENCE_AK].p,
			 ev->file[VKX_EVIDENCE_AK].len, &ak) ||
	    vkx_ak_pem(&ak, &pem) || vkx_evidence_tar(ev, &tar))
		die("one");
	put(path, "ak.pem", (struct vkx_span){ pem.data, pem.size });
	put(dir, "one.tar", (struct vkx_span){ tar.data, tar.size });
	vkx_blob_free(&pem);
	vkx_blob_free(&tar);
	free(path);
}

int main(int argc, char **argv)
{
	struct soft_quote q;
	struct vkx_blob log;
	char *path, name[64], machine[32];
	FILE *out;
	int n, keys, i, j;

	if (argc != 7 || strlen(argv[5]) % 2)
		return 2;
	n = atoi(argv[2]);
	keys = atoi(argv[3]);
	if (vkx_blob_read(AT_FDCWD, argv[4], VKX_MAX_LOG, &log))
		die(argv[4]);
	soft_quote_init(&q);
	q.nonce_len = strlen(argv[5]) / 2;
	if (!vkx_hex_parse(argv[5], q.nonce, q.nonce_len))
		return 2;
	path = path_in(argv[6], "aks");
	if (mkdir(path, 0777))
		die(path);
	free(path);
	path = path_in(argv[6], "evidence.ndjson");
	out = fopen(path, "w");
	if (!out)
		die(path);
	for (i = 0; i < keys; i++) {
		struct vkx_evidence ev;
		struct soft_key key;
		char *line;

		soft_key_make(&key, *argv[1] == 'r' ? VKX_TPM_RSA : VKX_TPM_ECC,
			      SOFT_AK_ATTRIBUTES);
		soft_evidence(&key, &q, log.data, log.size, &ev);
		if (!i)
			put_one(argv[6], &ev);
		machine_name(i, machine);
		snprintf(name, sizeof(name), "aks/%s.pub", machine);
		put(argv[6], name, ev.file[VKX_EVIDENCE_AK]);
		line = line_of(&ev, i);
		for (j = i; j < n; j += keys)
			fprintf(out, "%s\n", line);
		free(line);
		vkx_evidence_free(&ev);
		soft_key_free(&key);
	}
	free(path);
	return fclose(out) ? 1 : 0;
}
