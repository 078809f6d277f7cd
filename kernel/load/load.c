/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/load/load.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "kernel/load/explain.h"
#include "kernel/load/factlist.h"
#include "kernel/load/running.h"
#include "keys/cli.h"
#include "verify/report.h"

static void tell_error(struct vkx_facts *f, const char *id, const char *text)
{
	vkx_facts_name(f, "rule", id);
	vkx_facts_name(f, "reason", text);
}

static void begin_outcome(struct vkx_facts *f, const struct vkx_load *load,
			  const char *path, bool loaded, const char *by)
{
	vkx_facts_begin(f, stdout, true);
	vkx_facts_name(f, "file", path);
	vkx_facts_bool(f, "loaded", loaded);
	vkx_facts_bool(f, "crash", load->crash);
	if (by)
		vkx_facts_word(f, "refused_by", by);
}

/* --- before the kernel --------------------------------------------------- */

/*
 * May the kernel see it? Without --trust the one open question is the signer,
 * and that is the kernel's to answer. One signature of which nothing else is
 * wrong suffices, as in the kernel: others, for firmware say, may be what this
 * kernel takes from nobody. Signers are looked for last, when the file has been
 * found good.
 */
static bool worth_asking(const struct vkx_load *load,
			 const struct vkx_verified *v)
{
	size_t i;

	if (v->verdict == VKX_VERDICT_BOOT)
		return true;
	for (i = 0; !load->params.trust->count && i < v->nr_signatures; i++)
		if (v->signatures[i].fault.rule == VKX_RULE_SIG_SIGNER)
			return true;
	return false;
}

static int refuse(const struct vkx_load *load, const char *path,
		  const struct vkx_fault *fault)
{
	struct vkx_facts f;

	if (load->json) {
		begin_outcome(&f, load, path, false, "check");
		tell_error(&f, vkx_rule_id(fault->rule),
			   vkx_rule_text(fault->rule));
		vkx_facts_number(&f, "offset", fault->offset);
		vkx_facts_end(&f);
		return VKX_EXIT_REFUSED;
	}
	vkx_cli_error(path,
		      "refused: %s (%s at byte %" PRIu64
		      "); the kernel was not asked. 'vkexec-verify inspect' "
		      "shows more",
		      vkx_rule_text(fault->rule), vkx_rule_id(fault->rule),
		      fault->offset);
	return VKX_EXIT_REFUSED;
}

/* --- the kernel's answer ------------------------------------------------- */

/*
 * "sig-value at 123 (error -129): words" of a refusal that is newer than
 * before: then it is this load's. NULL: the kernel gave no rule.
 */
static const char *new_refusal(const struct vkx_running *now, uint64_t before)
{
	const char *last = vkx_running_get(now, "last-refusal");

	if (!last || vkx_running_refusals(now) == before ||
	    !strncmp(last, "failed", 6))
		return NULL;
	return last;
}

static int tell_refused(const struct vkx_load *load, const char *path,
			const char *refusal, const struct vkx_explanation *why)
{
	struct vkx_facts f;
	const char *words = strstr(refusal, "): ");
	char id[64];
	size_t len = strcspn(refusal, " ");

	snprintf(id, sizeof(id), "%.*s", (int)len, refusal);
	words = words ? words + 3 : refusal;
	if (!load->json) {
		vkx_cli_error(path, "refused by the kernel: %s (%s, %s)", words,
			      id, why->name);
		return VKX_EXIT_REFUSED;
	}
	begin_outcome(&f, load, path, false, "kernel");
	tell_error(&f, id, words);
	vkx_facts_word(&f, "errno", why->name);
	vkx_facts_end(&f);
	return VKX_EXIT_REFUSED;
}

static int tell_errno(const struct vkx_load *load, const char *path, int error)
{
	const struct vkx_explanation *why = vkx_explain(error);
	struct vkx_facts f;

	if (load->json) {
		begin_outcome(&f, load, path, false, "kernel");
		vkx_facts_word(&f, "errno", why->name);
		vkx_facts_name(&f, "reason", why->meaning);
		vkx_facts_end(&f);
		return why->status;
	}
	vkx_cli_error(path, "%s (%s: %s)%s%s", why->meaning, why->name,
		      strerror(error), why->mend ? "; " : "",
		      why->mend ? why->mend : "");
	return why->status;
}

static int tell_failed(const struct vkx_load *load, const char *path, int error,
		       uint64_t before)
{
	struct vkx_running now;
	const char *refusal = NULL;

	if (!vkx_running_read(load->sys, &now))
		refusal = new_refusal(&now, before);
	if (refusal)
		return tell_refused(load, path, refusal, vkx_explain(error));
	return tell_errno(load, path, error);
}

static int tell_loaded(const struct vkx_load *load, const char *path)
{
	struct vkx_running now;
	const char *digest = NULL;
	struct vkx_facts f;

	if (!vkx_running_read(load->sys, &now))
		digest = vkx_running_get(&now, load->crash ?
						       "crash-authenticode" :
						       "authenticode");
	if (load->json) {
		begin_outcome(&f, load, path, true, NULL);
		if (digest)
			vkx_facts_name(&f, "authenticode", digest);
		vkx_facts_end(&f);
		return VKX_EXIT_DONE;
	}
	vkx_cli_escaped(stdout, path, strlen(path));
	printf(": loaded%s%s%s\n", load->crash ? " for a panic" : "",
	       digest ? ", authenticode " : "", digest ? digest : "");
	return VKX_EXIT_DONE;
}

static int ask_kernel(const struct vkx_load *load, const char *path, int fd)
{
	unsigned long flags =
		VKX_LOAD_NO_INITRAMFS | (load->crash ? VKX_LOAD_ON_CRASH : 0);
	struct vkx_running running;
	uint64_t before = 0;

	if (!vkx_running_read(load->sys, &running))
		before = vkx_running_refusals(&running);
	if (load->calls->load(fd, flags))
		return tell_failed(load, path, errno, before);
	return tell_loaded(load, path);
}

/* Not read or not judged: nobody has refused it. */
static int tell_unread(const struct vkx_load *load, const char *path, int err,
		       int error)
{
	struct vkx_facts f;

	if (load->json) {
		begin_outcome(&f, load, path, false, NULL);
		vkx_facts_name(&f, "error", vkx_error_text(err, error));
		vkx_facts_end(&f);
	}
	return vkx_report_error(path, err, error, NULL);
}

int vkx_load_file(const struct vkx_load *load, const char *path)
{
	struct vkx_verified v = { .verdict = VKX_VERDICT_NONE };
	struct vkx_infile in;
	int err, error, status;

	if (vkx_infile_open(&in, path))
		return tell_unread(load, path, -VKX_ERR_IO, errno);
	err = vkx_verify_file(&in, &load->params, &v);
	error = errno;
	if (err)
		status = tell_unread(load, path, err, error);
	else if (!worth_asking(load, &v))
		status = refuse(load, path, &v.fault);
	else
		status = ask_kernel(load, path, in.fd);
	vkx_verified_free(&v);
	vkx_infile_close(&in);
	return status;
}

/* --- the rest ------------------------------------------------------------ */

int vkx_load_unload(const struct vkx_load *load)
{
	unsigned long flags =
		VKX_LOAD_UNLOAD | (load->crash ? VKX_LOAD_ON_CRASH : 0);
	const struct vkx_explanation *why;

	if (!load->calls->load(-1, flags)) {
		if (!load->json)
			printf("unloaded%s\n",
			       load->crash ? " the kernel for a panic" : "");
		else
			printf("{ \"unloaded\": true, \"crash\": %s }\n",
			       load->crash ? "true" : "false");
		return VKX_EXIT_DONE;
	}
	why = vkx_explain(errno);
	vkx_cli_error("--unload",
		      "%s (%s); run as root, and see "
		      "/proc/sys/kernel/kexec_load_disabled",
		      strerror(errno), why->name);
	return VKX_EXIT_FAILED;
}

int vkx_load_status(const struct vkx_load *load)
{
	struct vkx_running running;
	int err = vkx_running_read(load->sys, &running);

	switch (err) {
	case 0:
		break;
	case -VKX_ERR_NOTFOUND:
		vkx_cli_error("vkexec/status",
			      "not there: this kernel has no CONFIG_VKEXEC, or "
			      "securityfs is not mounted on "
			      "/sys/kernel/security");
		return VKX_EXIT_FAILED;
	case -VKX_ERR_IO:
		vkx_cli_error("vkexec/status", "%s", strerror(errno));
		return VKX_EXIT_FAILED;
	default:
		vkx_cli_error("vkexec/status",
			      "not in the form this tool knows; is the tool as "
			      "new as the kernel?");
		return VKX_EXIT_FAILED;
	}
	if (load->json)
		vkx_running_tell(stdout, &running);
	else
		vkx_running_print(stdout, &running);
	return VKX_EXIT_DONE;
}

int vkx_load_facts(const struct vkx_load *load)
{
	struct vkx_bytes list;
	int err = vkx_factlist_read(load->sys, &list);

	switch (err) {
	case 0:
		break;
	case -VKX_ERR_NOTFOUND:
		vkx_cli_error("--facts", "no kernel is loaded, or this one has "
					 "no CONFIG_VKEXEC");
		return VKX_EXIT_FAILED;
	case -VKX_ERR_IO:
		vkx_cli_error("vkexec/facts", "%s; run as root",
			      strerror(errno));
		return VKX_EXIT_FAILED;
	case -VKX_ERR_NOMEM:
		vkx_cli_error("vkexec/facts", "out of memory");
		return VKX_EXIT_FAILED;
	default:
		vkx_cli_error("vkexec/facts",
			      "not in the form this tool knows; is the tool as "
			      "new as the kernel?");
		return VKX_EXIT_FAILED;
	}
	if (load->json)
		vkx_factlist_tell(stdout, &list);
	else
		vkx_factlist_print(stdout, &list);
	vkx_bytes_free(&list);
	return VKX_EXIT_DONE;
}

int vkx_load_exec(const struct vkx_load *load)
{
	if (vkx_running_loaded(load->sys, 0) == 0) {
		vkx_cli_error("--exec", "no kernel is loaded; give a file");
		return VKX_EXIT_FAILED;
	}
	fflush(stdout);
	if (load->calls->systemd()) {
		load->calls->systemctl_kexec();
		vkx_cli_error("systemctl kexec", "%s", strerror(errno));
		return VKX_EXIT_FAILED;
	}
	load->calls->sync();
	load->calls->reboot_kexec();
	vkx_cli_error("--exec", "%s (%s); run as root", strerror(errno),
		      vkx_explain(errno)->name);
	return VKX_EXIT_FAILED;
}
