/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cursor.h"
#include "fdt_merge_job.h"
#include "text.h"
#include "vkx_env_fdt.h"

int vkx_job_refuse(struct vkx_merge_job *job, enum vkx_rule rule)
{
	return vkx_fault(job->fault, rule, 0);
}

int vkx_job_fdt(struct vkx_merge_job *job, int fdt_result)
{
	if (fdt_result >= 0)
		return 0;
	return vkx_job_refuse(job, fdt_result == -FDT_ERR_NOSPACE ?
					   VKX_RULE_MERGE_SPACE :
					   VKX_RULE_FDT_MERGE);
}

int vkx_job_set(struct vkx_merge_job *job, int node, const char *name,
		const void *value, uint32_t len)
{
	if (len > VKX_MAX_FDT)
		return vkx_job_refuse(job, VKX_RULE_MERGE_SPACE);
	return vkx_job_fdt(job,
			   fdt_setprop(job->out, node, name, value, (int)len));
}

void vkx_job_list(struct vkx_merge_job *job, enum vkx_carry_kind kind,
		  const char *path, const char *name, const void *value,
		  uint32_t len)
{
	struct vkx_carry_item item = { .kind = kind,
				       .path = path,
				       .path_len = vkx_text_len(path),
				       .name = name,
				       .name_len = vkx_text_len(name),
				       .value = value,
				       .value_len = len };

	job->res.carried++;
	vkx_carry_add(job->in->sink, &item);
}

/* A whole running tree is listed in one go, not fact by fact. */
int vkx_job_carry(struct vkx_merge_job *job, int node, const char *path,
		  const char *name, const void *value, uint32_t len)
{
	int err = vkx_job_set(job, node, name, value, len);

	if (!err && !job->whole)
		vkx_job_list(job, VKX_CARRY_PROP, path, name, value, len);
	return err;
}

int vkx_job_copy(struct vkx_merge_job *job, int node, const char *path,
		 int run_node, const char *name)
{
	uint32_t len;
	const uint8_t *value = vkx_fdt_prop(job->run, run_node, name, &len);

	return value ? vkx_job_carry(job, node, path, name, value, len) : 0;
}

int vkx_job_need_node(struct vkx_merge_job *job, int parent, const char *name,
		      int *err_ret)
{
	int node = vkx_fdt_child(job->out, parent, name);

	if (node < 0)
		node = fdt_add_subnode(job->out, parent, name);
	*err_ret = vkx_job_fdt(job, node);
	return *err_ret ? -1 : node;
}

int vkx_job_add_node(struct vkx_merge_job *job, int parent, const char *path,
		     const char *name, int *err_ret)
{
	int node = fdt_add_subnode(job->out, parent, name);

	*err_ret = vkx_job_fdt(job, node);
	if (*err_ret)
		return -1;
	if (!job->whole)
		vkx_job_list(job, VKX_CARRY_NODE, path, "", NULL, 0);
	return node;
}

bool vkx_job_path(char *buf, const char *dir, const char *name)
{
	size_t a = vkx_text_len(dir), b = vkx_text_len(name);

	if (a == 1)
		a = 0;
	if (a + b + 2 > VKX_MAX_FDT_PATH)
		return false;
	memmove(buf, dir, a);
	buf[a] = '/';
	memcpy(buf + a + 1, name, b + 1);
	return true;
}

bool vkx_job_is_phandle(const char *name)
{
	return vkx_text_equal(name, "phandle") ||
	       vkx_text_equal(name, "linux,phandle");
}

static bool put_number(uint8_t *p, uint64_t v, uint32_t cells)
{
	if (cells == 2)
		vkx_put_be64(p, v);
	else
		vkx_put_be32(p, (uint32_t)v);
	return cells == 2 || v <= UINT32_MAX;
}

bool vkx_job_reg(struct vkx_merge_job *job, const uint8_t *value, uint32_t len,
		 const struct vkx_fdt_cells *from,
		 const struct vkx_fdt_cells *to, const uint8_t **value_ret,
		 uint32_t *len_ret)
{
	uint32_t size = 4 * (to->address + to->size), i, n = 0;
	uint8_t *p = job->work->value;
	struct vkx_extent e;

	if (!len || len % (4 * (from->address + from->size)))
		return false;
	for (i = 0; vkx_fdt_reg(value, len, from, i, &e); i++) {
		if (n + size > sizeof(job->work->value))
			return false;
		if (!put_number(p + n, e.start, to->address) ||
		    !put_number(p + n + (size_t)4 * to->address, e.size,
				to->size))
			return false;
		n += size;
	}
	if (i != len / (4 * (from->address + from->size)))
		return false;
	*value_ret = p;
	*len_ret = n;
	return true;
}

int vkx_job_copy_reg(struct vkx_merge_job *job, int node, const char *path,
		     int from, const struct vkx_fdt_cells *cells,
		     const struct vkx_fdt_cells *to, const char *name,
		     enum vkx_rule rule)
{
	uint32_t len;
	const uint8_t *value = vkx_fdt_prop(job->run, from, name, &len);

	if (!value)
		return 0;
	if (!vkx_job_reg(job, value, len, cells, to, &value, &len))
		return vkx_job_refuse(job, rule);
	return vkx_job_carry(job, node, path, name, value, len);
}

bool vkx_job_extent(const void *fdt, int node,
		    const struct vkx_fdt_cells *cells, uint32_t index,
		    struct vkx_extent *e)
{
	uint32_t len;
	const uint8_t *reg = vkx_fdt_prop(fdt, node, "reg", &len);

	return reg && vkx_fdt_reg(reg, len, cells, index, e);
}
