/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keys/cli.h"
#include "keys/outfile.h"
#include "measure/crew.h"
#include "measure/detached.h"
#include "verify/trustarg.h"

#define MAX_CERTS_FILE 4194304u
/* 0 to 9 and 12: firmware, the first boot loader, and our records. */
#define REQUIRED_PCRS 0x13ffu

void vkx_audit_init(struct vkx_audit *audit)
{
	memset(audit, 0, sizeof(*audit));
	audit->policy.required_pcrs = REQUIRED_PCRS;
}

void vkx_audit_free(struct vkx_audit *audit)
{
	size_t i;

	for (i = 0; i < audit->nr_aks; i++) {
		free((void *)(uintptr_t)audit->aks[i].name.p);
		free((void *)(uintptr_t)audit->aks[i].machine);
	}
	free(audit->aks);
	vkx_revocation_free(&audit->revocation);
	vkx_manifest_free(&audit->manifest);
	vkx_evidence_free(&audit->previous);
	vkx_room_free(&audit->previous_room);
	vkx_blob_free(&audit->nonce);
	vkx_challenge_free(&audit->challenge);
	vkx_state_close(audit->policy.state);
	memset(audit, 0, sizeof(*audit));
}

/* --- what all machines have in common -------------------------------------*/

static bool read_blob(const char *path, size_t max, struct vkx_blob *ret)
{
	int err = vkx_blob_read(AT_FDCWD, path, max, ret);

	if (err)
		vkx_cli_error(path, "cannot read: %s", vkx_blob_why(err));
	return !err;
}

static bool no_memory(void)
{
	vkx_cli_error(NULL, "out of memory");
	return false;
}

/* machine: of a directory's entry its name, which loses its ".pub"; or NULL. */
static bool keep_ak(struct vkx_audit *audit, const struct vkx_ak *ak,
		    const char *machine)
{
	struct vkx_known_ak *grown;
	size_t len = machine ? strlen(machine) : 0;
	char *copy = NULL;
	void *name;

	if (len > 4 && !strcmp(machine + len - 4, ".pub"))
		len -= 4;
	grown = realloc(audit->aks, (audit->nr_aks + 1) * sizeof(*grown));
	if (!grown)
		return no_memory();
	audit->aks = grown;
	name = malloc(ak->name_len);
	if (machine)
		copy = strndup(machine, len);
	if (!name || (machine && !copy)) {
		free(name);
		free(copy);
		return no_memory();
	}
	memcpy(name, ak->name, ak->name_len);
	grown[audit->nr_aks].name.p = name;
	grown[audit->nr_aks].name.len = ak->name_len;
	grown[audit->nr_aks++].machine = copy;
	audit->ak_alone = audit->ak_alone || !machine;
	return true;
}

static bool add_ak_file(struct vkx_audit *audit, const char *path,
			const char *machine)
{
	struct vkx_blob blob;
	struct vkx_ak ak;
	enum vkx_reason why;
	bool good;

	if (!read_blob(path, 4096, &blob))
		return false;
	why = vkx_ak_parse(blob.data, blob.size, &ak);
	if (why != VKX_REASON_FINE)
		vkx_cli_error(path, "not an AK to trust: %s",
			      vkx_reason_text(why));
	good = why == VKX_REASON_FINE && keep_ak(audit, &ak, machine);
	vkx_blob_free(&blob);
	return good;
}

static bool add_ak_dir(struct vkx_audit *audit, const char *path, DIR *dir)
{
	struct dirent *d;
	bool good = true;
	char *name;

	while (good && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		if (asprintf(&name, "%s/%s", path, d->d_name) < 0)
			return no_memory();
		good = add_ak_file(audit, name, d->d_name);
		free(name);
	}
	return good;
}

bool vkx_audit_add_ak(struct vkx_audit *audit, const char *path)
{
	DIR *dir = opendir(path);
	char *one = NULL;
	bool good;

	if (!dir)
		return add_ak_file(audit, path, NULL);
	/* What 'provision' wrote: its other files are no AKs. */
	if (asprintf(&one, "%s/ak.pub", path) < 0) {
		closedir(dir);
		return no_memory();
	}
	if (!access(one, F_OK))
		good = add_ak_file(audit, one, NULL);
	else
		good = add_ak_dir(audit, path, dir);
	free(one);
	closedir(dir);
	return good;
}

/* V111: one key is that of one machine. */
static bool sort_aks(struct vkx_audit *audit)
{
	const struct vkx_known_ak *a = audit->aks;
	size_t i;

	if (audit->nr_aks)
		qsort(audit->aks, audit->nr_aks, sizeof(*a),
		      vkx_known_ak_order);
	for (i = 1; i < audit->nr_aks; i++) {
		if (vkx_known_ak_order(&a[i - 1], &a[i]) != 0)
			continue;
		vkx_cli_error("--ak",
			      "%s and %s have one AK: a key is that of one "
			      "machine",
			      a[i - 1].machine ? a[i - 1].machine : "a file",
			      a[i].machine ? a[i].machine : "a file");
		return false;
	}
	audit->policy.aks = audit->aks;
	audit->policy.nr_aks = audit->nr_aks;
	return true;
}

static bool load_revoked(struct vkx_audit *audit)
{
	bool good = true;
	size_t i;

	for (i = 0; i < audit->revoked_paths.count; i++)
		good &= vkx_trustarg_revoked(&audit->revocation,
					     audit->revoked_paths.at[i]);
	return good;
}

static void tell_unsigned(const struct vkx_audit *audit, int err,
			  const struct vkx_fault *fault)
{
	const char *name = audit->manifest_path;

	if (err == -VKX_ERR_MISMATCH)
		vkx_cli_error(name, "is not signed by anybody in %s",
			      audit->trust_path);
	else if (fault->rule != VKX_RULE_NONE)
		vkx_cli_error(
			name, "is not signed by anybody who still may: %s (%s)",
			vkx_rule_text(fault->rule), vkx_rule_id(fault->rule));
	else if (err == -VKX_ERR_FORMAT)
		vkx_cli_error(name,
			      "its .p7s is not a detached CMS signature of "
			      "data by one signer, RSA PKCS#1 v1.5 or ECDSA "
			      "with SHA-256 to SHA-512, or %s has no "
			      "certificate",
			      audit->trust_path);
	else
		vkx_cli_error(name, "its signature cannot be checked: %s",
			      err == -VKX_ERR_NOMEM ? "out of memory" :
						      "libcrypto failed");
}

static int check_manifest(struct vkx_audit *audit, const struct vkx_blob *text,
			  const struct vkx_blob *sig)
{
	struct vkx_detached d = {
		.content = { text->data, text->size },
		.signature = { sig->data, sig->size },
		.revocation = &audit->revocation,
	};
	struct vkx_fault fault = { 0 };
	struct vkx_blob trust;
	int err;

	if (!read_blob(audit->trust_path, MAX_CERTS_FILE, &trust))
		return VKX_EXIT_FAILED;
	d.anchors.p = trust.data;
	d.anchors.len = trust.size;
	err = vkx_detached_check(&d, &fault);
	vkx_blob_free(&trust);
	if (!err)
		return VKX_EXIT_DONE;
	tell_unsigned(audit, err, &fault);
	return err == -VKX_ERR_MISMATCH || err == -VKX_ERR_FORMAT ?
		       VKX_EXIT_REFUSED :
		       VKX_EXIT_FAILED;
}

/* V109: a manifest of another product, or one that was replaced since, is as
 * well signed as the right one. */
static bool check_wanted(const struct vkx_audit *audit)
{
	const struct vkx_manifest *m = &audit->manifest;

	if (audit->product && strcmp(audit->product, m->product) != 0) {
		vkx_cli_error(audit->manifest_path, "is not of product %s",
			      audit->product);
		return false;
	}
	if (m->release < audit->release) {
		vkx_cli_error(audit->manifest_path,
			      "is of release %llu, and "
			      "at least %llu is asked for",
			      (unsigned long long)m->release,
			      (unsigned long long)audit->release);
		return false;
	}
	return true;
}

/* Nothing of a manifest is read before its signature holds. */
static int load_manifest(struct vkx_audit *audit)
{
	struct vkx_blob text = { NULL, 0 }, sig = { NULL, 0 };
	int status = VKX_EXIT_FAILED;
	const char *what;
	char *p7s = NULL;

	if (asprintf(&p7s, "%s.p7s", audit->manifest_path) < 0) {
		p7s = NULL;
		no_memory();
		goto out;
	}
	if (!load_revoked(audit) ||
	    !read_blob(audit->manifest_path, VKX_MAX_MANIFEST, &text) ||
	    !read_blob(p7s, 65536, &sig))
		goto out;
	status = check_manifest(audit, &text, &sig);
	if (status)
		goto out;
	status = VKX_EXIT_REFUSED;
	if (vkx_manifest_parse((const char *)text.data, text.size,
			       &audit->manifest, &what)) {
		vkx_cli_error(audit->manifest_path, "cannot be understood: %s",
			      what);
		goto out;
	}
	if (!check_wanted(audit))
		goto out;
	audit->policy.manifest = &audit->manifest;
	status = VKX_EXIT_DONE;
out:
	free(p7s);
	vkx_blob_free(&text);
	vkx_blob_free(&sig);
	return status;
}

static int load_previous(struct vkx_audit *audit)
{
	const char *missing;
	enum vkx_reason why;
	int err;

	if (!audit->previous_path)
		return VKX_EXIT_DONE;
	err = vkx_evidence_read(audit->previous_path, &audit->previous_room,
				&audit->previous, &missing);
	if (err) {
		vkx_cli_error(audit->previous_path, "cannot read: %s%s",
			      missing ? "no " : "",
			      missing ? missing : vkx_blob_why(err));
		return VKX_EXIT_FAILED;
	}
	why = vkx_appraise_signature(&audit->previous, &audit->previous_ak,
				     &audit->previous_attest);
	if (why != VKX_REASON_FINE) {
		vkx_cli_error(audit->previous_path, "%s", vkx_reason_text(why));
		return VKX_EXIT_REFUSED;
	}
	/* Evidence of another machine says nothing about this one. */
	audit->policy.previous = &audit->previous_attest;
	audit->policy.previous_ak.p = audit->previous_ak.name;
	audit->policy.previous_ak.len = audit->previous_ak.name_len;
	return VKX_EXIT_DONE;
}

static int load_challenge(struct vkx_audit *audit)
{
	struct vkx_challenge *c = &audit->challenge;
	struct vkx_blob text = { NULL, 0 }, ca = { NULL, 0 };
	int err;

	if (!audit->challenge_path)
		return VKX_EXIT_DONE;
	if (!read_blob(audit->challenge_path, MAX_CERTS_FILE, &text))
		return VKX_EXIT_FAILED;
	err = vkx_challenge_parse((const char *)text.data, c);
	vkx_blob_free(&text);
	if (err) {
		vkx_cli_error(audit->challenge_path, "is not the secret half "
						     "of a challenge");
		return VKX_EXIT_FAILED;
	}
	if (!c->ek_cert.data) {
		vkx_cli_error(audit->challenge_path,
			      "was made without an EK certificate: nobody says "
			      "that a TPM answers it; make one by 'challenge "
			      "--ek'");
		return VKX_EXIT_REFUSED;
	}
	if (!read_blob(audit->ek_ca_path, MAX_CERTS_FILE, &ca))
		return VKX_EXIT_FAILED;
	audit->policy.ek_unknown = vkx_ek_check_cert(
		c->ek_cert.data, c->ek_cert.size, ca.data, ca.size);
	vkx_blob_free(&ca);
	audit->policy.challenge_ak.p = c->ak_name;
	audit->policy.challenge_ak.len = c->ak_name_len;
	audit->policy.challenge_secret.p = c->secret;
	audit->policy.challenge_secret.len = sizeof(c->secret);
	return VKX_EXIT_DONE;
}

/* V100, V107, V109: nothing comes before what was seen already. */
static int load_state(struct vkx_audit *audit)
{
	const struct vkx_manifest *m = &audit->manifest;
	uint64_t highest;
	const char *what;
	int err;

	if (!audit->state_path)
		return VKX_EXIT_DONE;
	err = vkx_state_open(audit->state_path, &audit->policy.state, &what);
	if (err) {
		vkx_cli_error(audit->state_path, "cannot be used: %s",
			      what ? what : vkx_blob_why(err));
		return VKX_EXIT_FAILED;
	}
	highest = vkx_state_release(audit->policy.state, m->product);
	if (m->release < highest) {
		vkx_cli_error(audit->manifest_path,
			      "is of release %llu, and %s has seen %llu",
			      (unsigned long long)m->release, audit->state_path,
			      (unsigned long long)highest);
		return VKX_EXIT_REFUSED;
	}
	if (vkx_state_raise(audit->policy.state, m->product, m->release)) {
		no_memory();
		return VKX_EXIT_FAILED;
	}
	return VKX_EXIT_DONE;
}

/* Whatever the verdicts are: what was seen was seen. */
static int save_state(struct vkx_audit *audit, int status)
{
	if (!audit->policy.state || !vkx_state_save(audit->policy.state))
		return status;
	vkx_cli_error(audit->state_path, "cannot write: %s", strerror(errno));
	return VKX_EXIT_FAILED;
}

static int prepare(struct vkx_audit *audit)
{
	int status = load_manifest(audit);

	if (!status)
		status = load_state(audit);
	if (!status)
		status = load_previous(audit);
	if (!status)
		status = load_challenge(audit);
	audit->policy.nonce.p = audit->nonce.data;
	audit->policy.nonce.len = audit->nonce.size;
	if (!status && !sort_aks(audit))
		status = VKX_EXIT_FAILED;
	return status;
}

static int write_page(struct vkx_audit *audit, char **paths, size_t nr,
		      FILE *out)
{
	const struct vkx_manifest *m = &audit->manifest;
	bool fleet = nr != 1 || audit->ndjson_path;
	int status = VKX_EXIT_FAILED;

	if (!vkx_page_begin(&audit->page, out, fleet)) {
		status = vkx_crew_run(audit, paths, nr);
		if (vkx_page_end(&audit->page, m->product, m->release))
			status = VKX_EXIT_FAILED;
	} else {
		vkx_cli_error("--html", "cannot make temporary files: %s",
			      strerror(errno));
	}
	vkx_page_free(&audit->page);
	return status;
}

/* The page is written aside and put in its place when it is whole. */
static int with_page(struct vkx_audit *audit, char **paths, size_t nr)
{
	struct vkx_outfile file;
	bool written;
	FILE *out;
	int status, fd;

	if (vkx_outfile_open(&file, audit->html_path, VKX_OUTFILE_PUBLIC)) {
		vkx_cli_error(audit->html_path, "cannot write: %s",
			      strerror(errno));
		return VKX_EXIT_FAILED;
	}
	fd = dup(file.fd);
	out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!out) {
		vkx_cli_error(audit->html_path, "cannot write: %s",
			      strerror(errno));
		if (fd >= 0)
			close(fd);
		vkx_outfile_abort(&file);
		return VKX_EXIT_FAILED;
	}
	status = write_page(audit, paths, nr, out);
	written = !ferror(out);
	written = !fclose(out) && written;
	if (status == VKX_EXIT_FAILED) {
		vkx_outfile_abort(&file);
	} else if (!written || vkx_outfile_commit(&file)) {
		vkx_cli_error(audit->html_path, "cannot write: %s",
			      strerror(errno));
		vkx_outfile_abort(&file);
		status = VKX_EXIT_FAILED;
	}
	return status;
}

int vkx_audit_run(struct vkx_audit *audit, char **paths, size_t nr)
{
	int status = prepare(audit);

	if (status)
		return status;
	status = audit->html_path ? with_page(audit, paths, nr) :
				    vkx_crew_run(audit, paths, nr);
	return save_state(audit, status);
}
