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

static bool load_trust(struct vkx_trustarg *arg, const char *path)
{
	struct vkx_fault fault = { 0 };
	int err = vkx_trust_add_file(&arg->trust, path, &fault);

	if (err)
		report(path, err, &fault, "a certificate in PEM or DER");
	return !err;
}

bool vkx_trustarg_revoked(struct vkx_revocation *revocation, const char *path)
{
	struct vkx_fault fault = { 0 };
	int err = vkx_revocation_add_file(revocation, path, &fault);

	if (err == -VKX_ERR_FORMAT && fault.rule == VKX_RULE_REVOCATION_KIND)
		vkx_cli_error(path,
			      "has an entry that cannot be honoured: %s (%s at "
			      "byte %llu); 'vkexec-keys revoke --show' tells "
			      "which, keep it out of this list",
			      vkx_rule_text(fault.rule),
			      vkx_rule_id(fault.rule),
			      (unsigned long long)fault.offset);
	else if (err == -VKX_ERR_NOTFOUND)
		vkx_cli_error(path, "lists nothing, as a file does that lost "
				    "its contents: without anything to revoke "
				    "leave out --revoked");
	else if (err)
		report(path, err, &fault, "an EFI signature list");
	return !err;
}

static bool load_level(struct vkx_trustarg *arg, const char *path)
{
	struct vkx_fault fault = { 0 };
	uint64_t date;
	/* The level points into the file's bytes. */
	int err = vkx_bytes_read(path, VKX_MAX_SBAT, &arg->level_file);

	if (!err)
		err = vkx_sbat_level_parse(arg->level_file.data,
					   arg->level_file.len, &arg->level,
					   &date, &fault);
	if (err)
		report(path, err, &fault, "an SBAT level");
	else
		arg->params.sbat_level = &arg->level;
	return !err;
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

static bool load_machine(struct vkx_trustarg *arg, const char *value)
{
	struct vkx_fault fault = { 0 };
	int err;

	if (access(value, F_OK) == 0 || strchr(value, '/'))
		err = read_tree(value, &arg->machine, &fault);
	else
		err = make_tree(value, &arg->machine);
	if (err)
		report(value, err, &fault,
		       "a device tree, or a string like vendor,board");
	else
		arg->params.machine = arg->machine.data;
	return !err;
}

bool vkx_trustarg_signers(const char *value, void *arg)
{
	uint64_t n;

	_Static_assert(VKX_MAX_SIGNATURES == 8, "the row's form says 8");
	if (!vkx_options_number(value, 1, VKX_MAX_SIGNATURES, &n))
		return false;
	*(uint32_t *)arg = (uint32_t)n;
	return true;
}

bool vkx_trustarg_given(const struct vkx_trustarg *arg)
{
	return arg->trust_paths.count || arg->revoked_paths.count ||
	       arg->level_path || arg->machine_name ||
	       arg->params.refuse_running_dtb || arg->params.signers ||
	       arg->params.any_pe;
}

/* An option that changes nothing lets its user believe in a check that is not
 * made. */
int vkx_trustarg_check(const struct vkx_trustarg *arg)
{
	if (arg->params.any_pe && (arg->level_path || arg->machine_name ||
				   arg->params.refuse_running_dtb))
		return vkx_cli_usage("--any-pe checks signatures only: "
				     "--sbat-level, --machine and --need-dtb "
				     "go without it");
	if (arg->params.refuse_running_dtb && !arg->machine_name)
		return vkx_cli_usage("--need-dtb needs --machine: which "
				     "machine is to find its device tree?");
	if (!arg->trust_paths.count)
		return vkx_cli_usage(
			"nobody is trusted: give --trust CRT, the signer's "
			"certificate or its CA's");
	return 0;
}

int vkx_trustarg_load(struct vkx_trustarg *arg)
{
	bool good = true;
	size_t i;

	/* All that is wrong is told at once. */
	for (i = 0; i < arg->trust_paths.count; i++)
		good &= load_trust(arg, arg->trust_paths.at[i]);
	for (i = 0; i < arg->revoked_paths.count; i++)
		good &= vkx_trustarg_revoked(&arg->revocation,
					     arg->revoked_paths.at[i]);
	if (arg->level_path)
		good &= load_level(arg, arg->level_path);
	if (arg->machine_name)
		good &= load_machine(arg, arg->machine_name);
	arg->params.trust = &arg->trust;
	arg->params.revocation = &arg->revocation;
	return good ? 0 : VKX_EXIT_FAILED;
}

void vkx_trustarg_free(struct vkx_trustarg *arg)
{
	vkx_trust_free(&arg->trust);
	vkx_revocation_free(&arg->revocation);
	vkx_bytes_free(&arg->level_file);
	vkx_bytes_free(&arg->machine);
}
