/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "keys/cli.h"
#include "keys/cmds.h"
#include "keys/guid.h"
#include "keys/keyarg.h"
#include "keys/options.h"
#include "keys/outfile.h"
#include "keys/siglist.h"
#include "sha256.h"
#include "verify/report.h"
#include "verify/revocation.h"
#include "verify/scan_pass.h"

#define MAX_LIST (16u << 20)

static const char help[] =
	"Usage: vkexec-keys revoke --list LIST --certificate CRT [--whole]\n"
	"       vkexec-keys revoke --list LIST --image FILE.efi\n"
	"       vkexec-keys revoke --show LIST [--json]\n"
	"Keeps a list of what must not boot any more, as EFI signature lists (the\n"
	"form of a dbx). What is added is also printed in the form of the kernel's\n"
	"blacklist (CONFIG_SYSTEM_BLACKLIST_HASH_LIST).\n"
	"\n"
	"  --certificate F      revoke what this certificate, or one below it,\n"
	"                       signs: by the SHA-256 of its TBSCertificate\n"
	"  --whole              with --certificate: list it whole, which revokes its\n"
	"                       key in every certificate, a renewed one too, and\n"
	"                       of a CA also what it issued and nobody brings along\n"
	"  --image F            revoke one EFI file, by its Authenticode SHA-256,\n"
	"                       whoever signed it\n"
	"  --list F             the list; made if it is not there\n"
	"  --owner GUID         owner of the new entry\n"
	"  --show F             print a list's entries\n"
	"  --json               as an array for scripts\n"
	"\n"
	"Example:\n"
	"  vkexec-keys revoke --list revoked.esl --image old.efi\n";

struct options {
	const char *certificate, *image, *list, *show;
	bool json, whole;
	uint8_t owner[16];
};

static int check_options(const struct options *o)
{
	int given = !!o->certificate + !!o->image + !!o->show;

	if (given != 1)
		return vkx_cli_usage("revoke needs one of --certificate, "
				     "--image and --show");
	if (!o->show && !o->list)
		return vkx_cli_usage("revoke needs --list");
	if (o->show && o->list)
		return vkx_cli_usage("revoke: --show names the list itself: "
				     "--list goes without it");
	if (o->whole && !o->certificate)
		return vkx_cli_usage("revoke: --whole goes with --certificate");
	if (o->json && !o->show)
		return vkx_cli_usage("revoke: --json goes with --show");
	return 0;
}

static bool take_guid(const char *value, void *guid)
{
	return vkx_guid_parse(value, guid);
}

static int read_options(int argc, char **argv, struct options *o)
{
	const struct vkx_option table[] = {
		{ .name = "certificate", .value = &o->certificate },
		{ .name = "image", .value = &o->image },
		{ .name = "list", .value = &o->list },
		{ .name = "whole", .flag = &o->whole },
		{ .name = "show", .value = &o->show },
		{ .name = "json", .flag = &o->json },
		{ .name = "owner",
		  .take = take_guid,
		  .arg = o->owner,
		  .form = "a GUID" },
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "revoke",
		.help = help,
		.options = table,
	};
	int status;

	(void)vkx_guid_parse(VKX_GUID_OWNER, o->owner);
	status = vkx_options_read(&command, argc, argv);
	return status ? status : check_options(o);
}

/* A list that cannot be read is never taken for an empty one. */
static bool load_list(const char *path, bool may_lack, struct vkx_bytes *lists,
		      size_t *start_ret)
{
	struct vkx_fault fault = { 0 };
	int err;

	*start_ret = 0;
	if (may_lack && access(path, F_OK) && errno == ENOENT)
		return true;
	if (!vkx_keyarg_bytes(path, MAX_LIST, lists))
		return false;
	err = vkx_esl_payload(lists->data, lists->len, start_ret, &fault);
	if (!err)
		err = vkx_esl_check(lists->data + *start_ret,
				    lists->len - *start_ret, NULL, &fault);
	if (!err)
		return true;
	vkx_cli_error(path, "is no EFI signature list (wrong at byte %llu)",
		      (unsigned long long)(*start_ret + fault.offset));
	vkx_bytes_free(lists);
	return false;
}

/* What goes into the list. */
struct entry {
	enum vkx_esl_type type;
	struct vkx_bytes data;
};

/* The one certificate of a file: of several the user would see one revoked, and
 * believe in all. */
static bool only_cert(const char *path, struct vkx_cert *cert)
{
	struct vkx_bytes file = { 0 };
	struct vkx_cert other;
	size_t pos = 0;
	int err;

	if (!vkx_keyarg_cert_file(path, &file))
		return false;
	vkx_cert_init(&other);
	err = vkx_cert_next(cert, &file, &pos);
	if (err == -VKX_ERR_NOTFOUND)
		err = vkx_cert_parse(cert, &file);
	else if (!err &&
		 vkx_cert_next(&other, &file, &pos) != -VKX_ERR_NOTFOUND)
		err = -VKX_ERR_LIMIT;
	vkx_cert_free(&other);
	vkx_bytes_free(&file);
	if (err == -VKX_ERR_LIMIT)
		vkx_cli_error(path, "holds more than one certificate: revoke "
				    "each from a file of its own");
	else if (err)
		vkx_cli_error(path, err == -VKX_ERR_NOMEM ?
					    "out of memory" :
					    "holds no X.509 certificate (PEM "
					    "or DER)");
	return !err;
}

/* An entry that check could not honour would make it refuse the whole list. */
static bool is_honoured(const struct options *o, const struct entry *entry)
{
	struct vkx_bytes list = { 0 };
	struct vkx_fault fault = { 0 };
	struct vkx_revocation rev;
	int err = vkx_siglist_add(&list, entry->type, o->owner,
				  entry->data.data, entry->data.len);

	vkx_revocation_init(&rev);
	if (!err)
		err = vkx_revocation_add(&rev, list.data, list.len, &fault);
	vkx_revocation_free(&rev);
	vkx_bytes_free(&list);
	if (err)
		vkx_cli_error(o->certificate,
			      "its key is in a form that cannot be matched: "
			      "revoke it without --whole");
	return !err;
}

static bool cert_entry(const struct options *o, struct entry *entry)
{
	uint8_t digest[32];
	struct vkx_cert cert;
	bool good;
	int err;

	vkx_cert_init(&cert);
	good = only_cert(o->certificate, &cert);
	if (good) {
		entry->type = o->whole ? VKX_ESL_X509 : VKX_ESL_X509_SHA256;
		vkx_sha256(cert.crt.tbs.p, cert.crt.tbs.len, digest);
		err = o->whole ? vkx_bytes_copy(cert.der.data, cert.der.len,
						&entry->data) :
				 vkx_bytes_copy(digest, 32, &entry->data);
		if (err)
			vkx_cli_error(o->certificate, "out of memory");
		good = !err && (!o->whole || is_honoured(o, entry));
	}
	vkx_cert_free(&cert);
	return good;
}

static bool image_entry(const char *path, struct entry *entry)
{
	struct vkx_scan_params params = { .read_ahead = true };
	struct vkx_fault fault = { 0 };
	struct vkx_infile in;
	struct vkx_scan scan;
	int err;

	err = vkx_infile_open(&in, path);
	if (err) {
		vkx_cli_error(path, "%s", vkx_error_text(err, errno));
		return false;
	}
	err = vkx_scan_open(&scan, &in, VKX_PE_ANY, &fault);
	if (!err)
		err = vkx_scan_hash(&scan, &params, &fault);
	entry->type = VKX_ESL_SHA256;
	if (!err)
		err = vkx_bytes_copy(scan.digest[VKX_HASH_SHA256], 32,
				     &entry->data);
	if (err == -VKX_ERR_FORMAT)
		vkx_cli_error(path, "%s (%s at byte %llu)",
			      vkx_rule_text(fault.rule),
			      vkx_rule_id(fault.rule),
			      (unsigned long long)fault.offset);
	else if (err)
		vkx_cli_error(path, "%s", vkx_error_text(err, errno));
	vkx_scan_close(&scan);
	vkx_infile_close(&in);
	return !err;
}

/* The same for the build of a kernel. */
static void tell_kernel(const struct options *o, const struct entry *entry)
{
	if (entry->type == VKX_ESL_X509) {
		printf("CONFIG_SYSTEM_REVOCATION_KEYS takes the certificate "
		       "itself, as PEM: ");
		vkx_cli_escaped(stdout, o->certificate, strlen(o->certificate));
		putchar('\n');
		return;
	}
	printf("\"%s:", entry->type == VKX_ESL_SHA256 ? "bin" : "tbs");
	vkx_cli_hex(stdout, entry->data.data, entry->data.len);
	printf("\"\n");
}

/* Two of us at once must not lose each other's entry. */
static int add(const struct options *o, const struct entry *entry)
{
	struct vkx_bytes lists = { 0 };
	int status = VKX_EXIT_FAILED, lock = vkx_outfile_lock(o->list);
	size_t start;

	if (!load_list(o->list, true, &lists, &start))
		goto out;
	if (start) {
		vkx_cli_error(o->list, "is a signed dbx update, which nothing "
				       "can be added to; keep a list of your "
				       "own beside it");
		goto out;
	}
	if (vkx_siglist_has(&lists, entry->type, entry->data.data,
			    entry->data.len)) {
		vkx_cli_warn(o->list, "revokes this already");
		status = VKX_EXIT_DONE;
	} else if (vkx_siglist_add(&lists, entry->type, o->owner,
				   entry->data.data, entry->data.len)) {
		vkx_cli_error(o->list, "out of memory");
	} else if (vkx_outfile_update(o->list, lists.data, lists.len)) {
		vkx_cli_error(o->list, "cannot write: %s", strerror(errno));
	} else {
		status = VKX_EXIT_DONE;
	}
	if (status == VKX_EXIT_DONE)
		tell_kernel(o, entry);
out:
	vkx_bytes_free(&lists);
	if (lock >= 0)
		close(lock);
	return status;
}

static const char *type_name(enum vkx_esl_type type)
{
	switch (type) {
	case VKX_ESL_SHA256:
		return "image";
	case VKX_ESL_SHA384:
		return "image-sha384";
	case VKX_ESL_SHA512:
		return "image-sha512";
	case VKX_ESL_X509:
		return "certificate";
	case VKX_ESL_X509_SHA256:
		return "certificate-tbs-sha256";
	case VKX_ESL_X509_SHA384:
		return "certificate-tbs-sha384";
	case VKX_ESL_X509_SHA512:
		return "certificate-tbs-sha512";
	case VKX_ESL_OTHER:
		break;
	}
	return "other";
}

/* Of a whole certificate its fingerprint, of a digest the digest. */
static size_t entry_digest(const struct vkx_esl_entry *e, uint8_t buf[64])
{
	size_t len = e->size;

	/* Behind these digests stands the time of revocation. */
	if (e->type == VKX_ESL_X509_SHA256 || e->type == VKX_ESL_X509_SHA384 ||
	    e->type == VKX_ESL_X509_SHA512)
		len -= 16;
	if (e->type == VKX_ESL_X509 || len > 64) {
		vkx_sha256(e->data, e->size, buf);
		return 32;
	}
	memcpy(buf, e->data, len);
	return len;
}

static void tell_entry(struct vkx_facts *f, const struct vkx_esl_entry *e,
		       const uint8_t *digest, size_t len)
{
	vkx_facts_object(f, NULL);
	vkx_facts_word(f, "type", type_name(e->type));
	vkx_facts_hex(f, "digest", digest, len);
	vkx_facts_hex(f, "owner", e->owner, 16);
	vkx_facts_close(f);
}

static int show(const struct options *o)
{
	struct vkx_bytes lists = { 0 };
	struct vkx_esl_entry e;
	struct vkx_facts facts;
	uint8_t digest[64];
	struct vkx_esl esl;
	size_t start;

	if (!load_list(o->show, false, &lists, &start))
		return VKX_EXIT_FAILED;
	if (o->json) {
		vkx_facts_begin_list(&facts, stdout, true);
		vkx_facts_pretty(&facts);
	}
	vkx_esl_start(&esl, lists.data + start, lists.len - start);
	while (vkx_esl_next(&esl, &e)) {
		size_t len = entry_digest(&e, digest);

		if (o->json) {
			tell_entry(&facts, &e, digest, len);
			continue;
		}
		printf("%-23s ", type_name(e.type));
		vkx_cli_hex(stdout, digest, len);
		putchar('\n');
	}
	if (o->json)
		vkx_facts_end(&facts);
	vkx_bytes_free(&lists);
	return VKX_EXIT_DONE;
}

int cmd_revoke(int argc, char **argv)
{
	struct options o = { 0 };
	struct entry entry = { 0 };
	int status = read_options(argc, argv, &o);

	if (status)
		return status < 0 ? VKX_EXIT_DONE : status;
	if (o.show)
		return show(&o);
	status = VKX_EXIT_FAILED;
	if (o.certificate ? cert_entry(&o, &entry) :
			    image_entry(o.image, &entry))
		status = add(&o, &entry);
	vkx_bytes_free(&entry.data);
	return status;
}
