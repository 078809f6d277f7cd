/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/trustarg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libfdt.h>

#include "keys/cli.h"

/* Why reading a file with a given form failed, with the way out. */
static void report(const char *path, int err, const struct vkx_fault *fault,
		   const char *form)
{
	switch (err) {
	case -VKX_ERR_IO:
		vkx_cli_error(path, "%s", strerror(errno));
		break;
	case -VKX_ERR_LIMIT:
		vkx_cli_error(path, "too large to be %s", form);
		break;
	case -VKX_ERR_NOMEM:
		vkx_cli_error(path, "out of memory");
		break;
	case -VKX_ERR_FORMAT:
		vkx_cli_error(path, "is not %s: %s (%s at byte %llu)", form,
			      vkx_rule_text(fault->rule),
			      vkx_rule_id(fault->rule),
			      (unsigned long long)fault->offset);
		break;
	default:
		vkx_cli_error(path, "is not %s", form);
	}
}

static void load_trust(struct vkx_trustarg *arg, const char *path)
{
	struct vkx_fault fault = { 0 };
	int err = vkx_trust_add_file(&arg->trust, path, &fault);

	if (!err)
		return;
	report(path, err, &fault, "a certificate in PEM or DER");
	arg->failed = true;
}

static void load_revoked(struct vkx_trustarg *arg, const char *path)
{
	struct vkx_fault fault = { 0 };
	int err = vkx_revocation_add_file(&arg->revocation, path, &fault);

	if (!err)
		return;
	if (err == -VKX_ERR_FORMAT && fault.rule == VKX_RULE_REVOCATION_KIND)
		vkx_cli_error(path,
			      "has an entry that cannot be honoured: %s (%s at "
			      "byte %llu); 'vkexec-keys revoke --show' tells "
			      "which, keep it out of this list",
			      vkx_rule_text(fault.rule),
			      vkx_rule_id(fault.rule),
			      (unsigned long long)fault.offset);
	else
		report(path, err, &fault, "an EFI signature list");
	arg->failed = true;
}

static void load_level(struct vkx_trustarg *arg, const char *path)
{
	struct vkx_fault fault = { 0 };
	uint64_t date;
	int err;

	/* The level points into the file's bytes. */
	vkx_bytes_free(&arg->level_file);
	err = vkx_bytes_read(path, VKX_MAX_SBAT, &arg->level_file);
	if (!err)
		err = vkx_sbat_level_parse(arg->level_file.data,
					   arg->level_file.len, &arg->level,
					   &date, &fault);
	if (err) {
		report(path, err, &fault, "an SBAT level");
		arg->failed = true;
		return;
	}
	arg->params.sbat_level = &arg->level;
}

/* A tree of nothing but the root's compatible: all that the choice asks. */
static int make_tree(const char *compatible, struct vkx_bytes *tree_ret)
{
	uint8_t buf[1024] __attribute__((aligned(8)));

	if (!compatible[0] || strchr(compatible, '/') ||
	    strlen(compatible) > 256)
		return -VKX_ERR_NOTFOUND;
	if (fdt_create_empty_tree(buf, sizeof(buf)) ||
	    fdt_setprop_string(buf, 0, "compatible", compatible) ||
	    fdt_pack(buf))
		return -VKX_ERR_BUG;
	return vkx_bytes_copy(buf, fdt_totalsize(buf), tree_ret);
}

static int read_tree(const char *path, struct vkx_bytes *tree_ret,
		     struct vkx_fault *fault_ret)
{
	struct vkx_fdt_work *work;
	int err = vkx_bytes_read(path, VKX_MAX_FDT, tree_ret);

	if (err)
		return err;
	work = malloc(sizeof(*work));
	if (!work)
		return -VKX_ERR_NOMEM;
	err = vkx_fdt_check(tree_ret->data, tree_ret->len, VKX_FDT_RUNNING,
			    work, NULL, fault_ret);
	free(work);
	return err;
}

static void load_machine(struct vkx_trustarg *arg, const char *value)
{
	struct vkx_fault fault = { 0 };
	int err;

	vkx_bytes_free(&arg->machine);
	if (access(value, F_OK) == 0 || strchr(value, '/'))
		err = read_tree(value, &arg->machine, &fault);
	else
		err = make_tree(value, &arg->machine);
	if (err) {
		report(value, err, &fault,
		       "a device tree, or a string like vendor,board");
		arg->failed = true;
		return;
	}
	arg->params.machine = arg->machine.data;
}

static void take_signers(struct vkx_trustarg *arg, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (end == value || *end || n < 1 || n > (long)VKX_MAX_SIGNATURES) {
		vkx_cli_error("--signers", "'%s' is no number from 1 to %u",
			      value, VKX_MAX_SIGNATURES);
		arg->misused = true;
		return;
	}
	arg->params.signers = (uint32_t)n;
}

bool vkx_trustarg_take(struct vkx_trustarg *arg, int opt, const char *value)
{
	switch (opt) {
	case VKX_OPT_TRUST:
		load_trust(arg, value);
		return true;
	case VKX_OPT_REVOKED:
		load_revoked(arg, value);
		return true;
	case VKX_OPT_SBAT_LEVEL:
		load_level(arg, value);
		return true;
	case VKX_OPT_MACHINE:
		load_machine(arg, value);
		return true;
	case VKX_OPT_NEED_DTB:
		arg->params.refuse_running_dtb = true;
		return true;
	case VKX_OPT_SIGNERS:
		take_signers(arg, value);
		return true;
	case VKX_OPT_ANY_PE:
		arg->params.any_pe = true;
		return true;
	default:
		return false;
	}
}

int vkx_trustarg_finish(struct vkx_trustarg *arg)
{
	if (arg->misused)
		return VKX_EXIT_USAGE;
	if (arg->failed)
		return VKX_EXIT_FAILED;
	if (!arg->trust.count)
		return vkx_cli_usage(
			"nobody is trusted: give --trust CRT, the signer's "
			"certificate or its CA's");
	arg->params.trust = &arg->trust;
	arg->params.revocation = &arg->revocation;
	return 0;
}

void vkx_trustarg_free(struct vkx_trustarg *arg)
{
	vkx_trust_free(&arg->trust);
	vkx_revocation_free(&arg->revocation);
	vkx_bytes_free(&arg->level_file);
	vkx_bytes_free(&arg->machine);
}
