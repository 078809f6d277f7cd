/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Single facts that firmware wrote into the running tree: UEFI's tables,
 * addresses, serial numbers, fused CPUs, secure-world nodes, and what the
 * signed tree's own list asks for.
 */
#include "cursor.h"
#include "fdt_merge_job.h"
#include "text.h"
#include "vkx_env_fdt.h"

/* --- CPUs ---------------------------------------------------------------- */

/* "hvc" or "smc" of the PSCI node that Linux would take; NULL: none. */
static const char *psci_method(const void *fdt)
{
	static const char *const names[] = { "arm,psci-1.0", "arm,psci-0.2",
					     "arm,psci" };
	size_t i;
	int node;

	for (node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL))
		for (i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (vkx_fdt_string_in(fdt, node, "compatible",
					      names[i]) &&
			    vkx_fdt_available(fdt, node))
				return vkx_fdt_string(fdt, node, "method", 0);
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? vkx_text_equal(a, b) : a == b;
}

static bool cpu_reg(const void *fdt, int cpu, uint64_t *reg_ret)
{
	uint32_t len;
	const uint8_t *reg = vkx_fdt_prop(fdt, cpu, "reg", &len);

	if (!vkx_fdt_prop_is(fdt, cpu, "device_type", "cpu") || !reg ||
	    (len != 4 && len != 8))
		return false;
	*reg_ret = vkx_fdt_number(reg, len / 4);
	return true;
}

static int cpu_by_reg(const void *fdt, uint64_t reg)
{
	int dir = vkx_fdt_child(fdt, 0, "cpus"), cpu;
	uint64_t r;

	if (dir < 0)
		return -1;
	for (cpu = fdt_first_subnode(fdt, dir); cpu >= 0;
	     cpu = fdt_next_subnode(fdt, cpu))
		if (cpu_reg(fdt, cpu, &r) && r == reg)
			return cpu;
	return -1;
}

/* A conduit that this machine's firmware does not answer hangs every CPU. */
int vkx_merge_check_cpus(struct vkx_merge_job *job)
{
	const void *tree = job->in->signed_tree;
	int dir = vkx_fdt_child(job->run, 0, "cpus"), cpu, other;
	uint64_t reg;

	if (!same_text(psci_method(job->run), psci_method(tree)))
		return vkx_job_refuse(job, VKX_RULE_MERGE_CPUS);
	if (dir < 0)
		return 0;
	for (cpu = fdt_first_subnode(job->run, dir); cpu >= 0;
	     cpu = fdt_next_subnode(job->run, cpu)) {
		if (!cpu_reg(job->run, cpu, &reg))
			continue;
		other = cpu_by_reg(tree, reg);
		if (other >= 0 &&
		    !same_text(
			    vkx_fdt_string(job->run, cpu, "enable-method", 0),
			    vkx_fdt_string(tree, other, "enable-method", 0)))
			return vkx_job_refuse(job, VKX_RULE_MERGE_CPUS);
	}
	return 0;
}

/* CPUs that firmware found fused off or broken stay off. */
static int copy_cpu_status(struct vkx_merge_job *job)
{
	int dir = vkx_fdt_child(job->run, 0, "cpus"), cpu, node, err = 0;
	char *path = job->work->path;
	uint64_t reg;

	if (dir < 0)
		return 0;
	for (cpu = fdt_first_subnode(job->run, dir); !err && cpu >= 0;
	     cpu = fdt_next_subnode(job->run, cpu)) {
		if (vkx_fdt_available(job->run, cpu) ||
		    !cpu_reg(job->run, cpu, &reg))
			continue;
		node = cpu_by_reg(job->out, reg);
		if (node < 0)
			continue;
		if (!vkx_job_path(path, "/cpus",
				  fdt_get_name(job->out, node, NULL)))
			return vkx_job_refuse(job, VKX_RULE_FDT_MERGE);
		err = vkx_job_copy(job, node, path, cpu, "status");
	}
	return err;
}

/* --- addresses and numbers ----------------------------------------------- */

static bool network_alias(const char *name)
{
	static const char *const stems[] = { "ethernet", "wifi", "wlan" };
	size_t i;

	for (i = 0; i < sizeof(stems) / sizeof(*stems); i++) {
		if (!vkx_text_starts(name, stems[i]))
			continue;
		name += vkx_text_len(stems[i]);
		while (*name >= '0' && *name <= '9')
			name++;
		return !*name;
	}
	return false;
}

/* Already there: two aliases may name one node. */
static bool same_value(struct vkx_merge_job *job, int node, int from,
		       const char *name)
{
	uint32_t len_a, len_b;
	const uint8_t *a = vkx_fdt_prop(job->out, node, name, &len_a);
	const uint8_t *b = vkx_fdt_prop(job->run, from, name, &len_b);

	return a && b && len_a == len_b && memcmp(a, b, len_a) == 0;
}

static int copy_mac(struct vkx_merge_job *job, const char *path)
{
	static const char *const names[] = { "local-mac-address",
					     "mac-address" };
	int from = vkx_fdt_node(job->run, path);
	uint32_t len;
	size_t i;
	int node, err = 0;

	if (from < 0 || vkx_fdt_node(job->out, path) < 0)
		return 0;
	for (i = 0; !err && i < sizeof(names) / sizeof(*names); i++) {
		if (!vkx_fdt_prop(job->run, from, names[i], &len) || len != 6)
			continue;
		node = vkx_fdt_node(job->out, path);
		if (!same_value(job, node, from, names[i]))
			err = vkx_job_copy(job, node, path, from, names[i]);
	}
	return err;
}

/* The interfaces that one tree's aliases name. */
static int copy_macs_of(struct vkx_merge_job *job, const void *tree)
{
	int dir = vkx_fdt_child(tree, 0, "aliases"), prop, len, err = 0;
	const char *name, *path;

	if (dir < 0)
		return 0;
	for (prop = fdt_first_property_offset(tree, dir); !err && prop >= 0;
	     prop = fdt_next_property_offset(tree, prop)) {
		if (!fdt_getprop_by_offset(tree, prop, &name, &len) ||
		    !network_alias(name))
			continue;
		path = vkx_fdt_string(tree, dir, name, 0);
		if (path)
			err = copy_mac(job, path);
	}
	return err;
}

/* Firmware may have added an alias, or lost one; most have them in both. */
static int copy_macs(struct vkx_merge_job *job)
{
	int err = copy_macs_of(job, job->run);

	return err ? err : copy_macs_of(job, job->in->signed_tree);
}

static int copy_serials(struct vkx_merge_job *job)
{
	int from = vkx_fdt_child(job->run, 0, "system"), node, err;

	err = vkx_job_copy(job, 0, "/", 0, "serial-number");
	if (err || from < 0 ||
	    (!vkx_fdt_prop(job->run, from, "linux,revision", NULL) &&
	     !vkx_fdt_prop(job->run, from, "linux,serial", NULL)))
		return err;
	node = vkx_job_need_node(job, 0, "system", &err);
	if (!err)
		err = vkx_job_copy(job, node, "/system", from,
				   "linux,revision");
	if (!err)
		err = vkx_job_copy(job, node, "/system", from, "linux,serial");
	return err;
}

/*
 * All of them or Linux takes none: one missing property makes it give up on
 * UEFI, and with it on Secure Boot state and memory map (CVE-2015-7837).
 */
static int copy_uefi(struct vkx_merge_job *job)
{
	int from = vkx_fdt_child(job->run, 0, "chosen"), prop, len, err = 0;
	int chosen = vkx_fdt_child(job->out, 0, "chosen");
	const char *name;

	if (from < 0)
		return 0;
	for (prop = fdt_first_property_offset(job->run, from);
	     !err && prop >= 0; prop = fdt_next_property_offset(job->run, prop))
		if (fdt_getprop_by_offset(job->run, prop, &name, &len) &&
		    vkx_text_starts(name, "linux,uefi-"))
			err = vkx_job_copy(job, chosen, "/chosen", from, name);
	return err;
}

/* --- whole nodes --------------------------------------------------------- */

/* A phandle of the running tree as the signed tree numbers the same path. */
static bool translate_phandle(struct vkx_merge_job *job, const uint8_t *value,
			      uint32_t len, uint8_t ret[4])
{
	int from, node;
	uint32_t phandle;

	if (len != 4)
		return false;
	from = fdt_node_offset_by_phandle(job->run, vkx_get_be32(value));
	if (from < 0 ||
	    fdt_get_path(job->run, from, job->work->other, VKX_MAX_FDT_PATH))
		return false;
	node = vkx_fdt_node(job->out, job->work->other);
	phandle = node < 0 ? 0 : fdt_get_phandle(job->out, node);
	vkx_put_be32(ret, phandle);
	return phandle;
}

static int copy_prop(struct vkx_merge_job *job, int node, const char *path,
		     const char *name, const uint8_t *value, uint32_t len)
{
	uint8_t phandle[4];

	/* Not the old log's address either: see clean_logs(). */
	if (vkx_job_is_phandle(name) || vkx_text_starts(name, "linux,sml-"))
		return 0;
	if (!vkx_text_equal(name, "interrupt-parent"))
		return vkx_job_carry(job, node, path, name, value, len);
	if (!translate_phandle(job, value, len, phandle))
		return vkx_job_refuse(job, VKX_RULE_FDT_MERGE);
	return vkx_job_carry(job, node, path, name, phandle, 4);
}

static int copy_props(struct vkx_merge_job *job, int node, const char *path,
		      int from)
{
	const uint8_t *value;
	const char *name;
	int prop, len, err = 0;

	for (prop = fdt_first_property_offset(job->run, from);
	     !err && prop >= 0;
	     prop = fdt_next_property_offset(job->run, prop)) {
		value = fdt_getprop_by_offset(job->run, prop, &name, &len);
		if (value)
			err = copy_prop(job, node, path, name, value,
					(uint32_t)len);
	}
	return err;
}

/*
 * A root child as the running tree has it, with one level of subnodes; the
 * signed tree's own is replaced. path is in work->path.
 */
static int copy_root_child(struct vkx_merge_job *job, const char *name,
			   int from)
{
	char *path = job->work->path;
	const char *sub_name;
	int node, sub, child, err = 0;

	node = vkx_fdt_child(job->out, 0, name);
	if (node >= 0)
		err = vkx_job_fdt(job, fdt_del_node(job->out, node));
	if (err || !vkx_job_path(path, "/", name))
		return err ? err : vkx_job_refuse(job, VKX_RULE_FDT_MERGE);
	node = vkx_job_add_node(job, 0, path, name, &err);
	if (!err)
		err = copy_props(job, node, path, from);
	for (sub = fdt_first_subnode(job->run, from); !err && sub >= 0;
	     sub = fdt_next_subnode(job->run, sub)) {
		sub_name = fdt_get_name(job->run, sub, NULL);
		if (!vkx_job_path(path, path, sub_name))
			return vkx_job_refuse(job, VKX_RULE_FDT_MERGE);
		child = vkx_job_add_node(job, node, path, sub_name, &err);
		if (!err)
			err = copy_props(job, child, path, sub);
		path[1 + vkx_text_len(name)] = 0;
	}
	return err;
}

/* Xen's grant table and event channel: without it the guest is deaf. */
static int copy_hypervisor(struct vkx_merge_job *job)
{
	int from = vkx_fdt_child(job->run, 0, "hypervisor");

	return from < 0 ? 0 : copy_root_child(job, "hypervisor", from);
}

static int copy_optee(struct vkx_merge_job *job)
{
	static const char *const names[] = { "compatible", "method" };
	static const char path[] = "/firmware/optee";
	int from = vkx_fdt_node(job->run, path), dir, node, err;
	size_t i;

	if (from < 0 || vkx_fdt_node(job->out, path) >= 0)
		return 0;
	dir = vkx_job_need_node(job, 0, "firmware", &err);
	if (err)
		return err;
	node = vkx_job_add_node(job, dir, path, "optee", &err);
	for (i = 0; !err && i < sizeof(names) / sizeof(*names); i++)
		err = vkx_job_copy(job, node, path, from, names[i]);
	return err;
}

/* QEMU's configuration device; only a reg, no references. */
static int copy_fw_cfg(struct vkx_merge_job *job)
{
	const char *name;
	int from, err = 0;

	if (job->run_cells.address != job->out_cells.address ||
	    job->run_cells.size != job->out_cells.size)
		return 0;
	for (from = fdt_first_subnode(job->run, 0); !err && from >= 0;
	     from = fdt_next_subnode(job->run, from)) {
		name = fdt_get_name(job->run, from, NULL);
		if (vkx_fdt_string_in(job->run, from, "compatible",
				      "qemu,fw-cfg-mmio") &&
		    vkx_fdt_child(job->out, 0, name) < 0)
			err = copy_root_child(job, name, from);
	}
	return err;
}

int vkx_merge_facts(struct vkx_merge_job *job)
{
	int err = copy_uefi(job);

	if (err || job->whole)
		return err;
	err = copy_macs(job);
	if (!err)
		err = copy_serials(job);
	if (!err)
		err = copy_cpu_status(job);
	if (!err)
		err = copy_hypervisor(job);
	if (!err)
		err = copy_optee(job);
	if (!err)
		err = copy_fw_cfg(job);
	return err;
}

/* --- the signed list ----------------------------------------------------- */

/* What the list may not name: a signer's slip must not open these doors. */
static bool forbidden(const char *path, const char *prop)
{
	if (!*prop)
		return vkx_text_equal(path, "/") ||
		       vkx_text_equal(path, "/chosen") ||
		       vkx_text_starts(path, "/vkexec");
	if (vkx_job_is_phandle(prop) || vkx_text_starts(path, "/vkexec"))
		return true;
	if (vkx_text_equal(path, "/chosen"))
		return vkx_merge_owns_chosen(prop);
	return vkx_text_starts(prop, "linux,sml-");
}

/* Splits "/path:property" into work->path and *prop_ret ("" for a node). */
static int split(struct vkx_merge_job *job, const char *entry,
		 const char **prop_ret)
{
	const char *colon = vkx_text_find(entry, ':');
	size_t len = colon ? (size_t)(colon - entry) : vkx_text_len(entry);
	char *path = job->work->path;

	if (*entry != '/' || len >= VKX_MAX_FDT_PATH ||
	    (len > 1 && entry[len - 1] == '/') ||
	    (colon && (!colon[1] || vkx_text_find(colon + 1, ':'))))
		return vkx_job_refuse(job, VKX_RULE_MERGE_CARRY);
	memcpy(path, entry, len);
	path[len] = 0;
	*prop_ret = colon ? colon + 1 : path + len;
	if (forbidden(path, *prop_ret))
		return vkx_job_refuse(job, VKX_RULE_MERGE_CARRY);
	return 0;
}

/* The node of the output, made if its parent is there. */
static int need_path(struct vkx_merge_job *job, int *err_ret)
{
	char *path = job->work->path, *slash = path, *p;
	int node = vkx_fdt_node(job->out, path), parent;

	*err_ret = 0;
	if (node >= 0)
		return node;
	for (p = path; *p; p++)
		if (*p == '/')
			slash = p;
	*slash = 0;
	parent = vkx_fdt_node(job->out, slash == path ? "/" : path);
	*slash = '/';
	if (parent < 0) {
		*err_ret = vkx_job_refuse(job, VKX_RULE_MERGE_CARRY);
		return -1;
	}
	return vkx_job_add_node(job, parent, path, slash + 1, err_ret);
}

static int carry_entry(struct vkx_merge_job *job, const char *entry)
{
	const char *path = job->work->path, *prop = "";
	int from, node, err;

	err = split(job, entry, &prop);
	if (err)
		return err;
	from = vkx_fdt_node(job->run, path);
	if (from < 0)
		return 0;
	if (!*prop) {
		node = need_path(job, &err);
		return err ? err : copy_props(job, node, path, from);
	}
	if (!vkx_fdt_prop(job->run, from, prop, NULL))
		return 0;
	node = vkx_fdt_node(job->out, path);
	if (node < 0)
		return vkx_job_refuse(job, VKX_RULE_MERGE_CARRY);
	return vkx_job_copy(job, node, path, from, prop);
}

int vkx_merge_carry_over(struct vkx_merge_job *job)
{
	const void *tree = job->in->signed_tree;
	int node = vkx_fdt_child(tree, 0, "vkexec"), err = 0;
	const char *entry;
	uint32_t i;

	if (node < 0 || !vkx_fdt_prop(tree, node, "carry-over", NULL))
		return 0;
	if (!vkx_fdt_string(tree, node, "carry-over", 0))
		return vkx_job_refuse(job, VKX_RULE_MERGE_CARRY);
	for (i = 0;
	     !err && (entry = vkx_fdt_string(tree, node, "carry-over", i)); i++)
		err = carry_entry(job, entry);
	return err;
}
