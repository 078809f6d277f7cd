/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Look-ups in trees that vkx_fdt_check() has accepted. */
#include "cursor.h"
#include "fdt_blob.h"
#include "text.h"
#include "vkx_env_fdt.h"

int vkx_fdt_child(const void *fdt, int parent, const char *name)
{
	const char *s;
	int node;

	for (node = fdt_first_subnode(fdt, parent); node >= 0;
	     node = fdt_next_subnode(fdt, node)) {
		s = fdt_get_name(fdt, node, NULL);
		if (s && vkx_text_equal(s, name))
			return node;
	}
	return -FDT_ERR_NOTFOUND;
}

/* Does the child's name fill [s, end) exactly? */
static int child_spelled(const void *fdt, int parent, const char *s,
			 const char *end)
{
	size_t len = (size_t)(end - s);
	const char *name;
	int node;

	for (node = fdt_first_subnode(fdt, parent); node >= 0;
	     node = fdt_next_subnode(fdt, node)) {
		name = fdt_get_name(fdt, node, NULL);
		if (name && vkx_text_len(name) == len && !memcmp(name, s, len))
			return node;
	}
	return -FDT_ERR_NOTFOUND;
}

int vkx_fdt_node(const void *fdt, const char *path)
{
	const char *end;
	int node = 0;

	if (*path != '/')
		return -FDT_ERR_BADPATH;
	while (node >= 0 && path[1]) {
		path++;
		end = vkx_text_find(path, '/');
		if (!end)
			end = path + vkx_text_len(path);
		node = child_spelled(fdt, node, path, end);
		path = end;
		if (!*path)
			break;
	}
	return node;
}

const uint8_t *vkx_fdt_prop(const void *fdt, int node, const char *name,
			    uint32_t *len_ret)
{
	const void *value;
	int len = 0;

	value = fdt_getprop(fdt, node, name, &len);
	if (!value || len < 0)
		return NULL;
	if (len_ret)
		*len_ret = (uint32_t)len;
	return value;
}

bool vkx_fdt_prop_is(const void *fdt, int node, const char *name,
		     const char *value)
{
	size_t size = vkx_text_len(value) + 1;
	uint32_t len;
	const uint8_t *p = vkx_fdt_prop(fdt, node, name, &len);

	return p && len == size && !memcmp(p, value, size);
}

const char *vkx_fdt_string(const void *fdt, int node, const char *name,
			   uint32_t index)
{
	uint32_t len, pos = 0;
	const uint8_t *p = vkx_fdt_prop(fdt, node, name, &len);

	if (!p || !len || p[len - 1])
		return NULL;
	for (; index && pos < len; index--)
		pos += (uint32_t)vkx_text_len((const char *)p + pos) + 1;
	return pos < len ? (const char *)p + pos : NULL;
}

bool vkx_fdt_string_in(const void *fdt, int node, const char *name,
		       const char *value)
{
	uint32_t len, pos = 0;
	const uint8_t *p = vkx_fdt_prop(fdt, node, name, &len);

	if (!p || !len || p[len - 1])
		return false;
	while (pos < len) {
		if (vkx_text_equal((const char *)p + pos, value))
			return true;
		pos += (uint32_t)vkx_text_len((const char *)p + pos) + 1;
	}
	return false;
}

bool vkx_fdt_available(const void *fdt, int node)
{
	return !vkx_fdt_prop(fdt, node, "status", NULL) ||
	       vkx_fdt_prop_is(fdt, node, "status", "okay") ||
	       vkx_fdt_prop_is(fdt, node, "status", "ok");
}

static bool cell(const void *fdt, int node, const char *name, uint32_t *ret)
{
	uint32_t len;
	const uint8_t *p = vkx_fdt_prop(fdt, node, name, &len);

	if (!p || len != 4)
		return false;
	*ret = vkx_get_be32(p);
	return *ret == 1 || *ret == 2;
}

bool vkx_fdt_cells(const void *fdt, int node, struct vkx_fdt_cells *cells_ret)
{
	struct vkx_fdt_cells cells;

	if (!cell(fdt, node, "#address-cells", &cells.address) ||
	    !cell(fdt, node, "#size-cells", &cells.size))
		return false;
	*cells_ret = cells;
	return true;
}

uint64_t vkx_fdt_number(const uint8_t *value, uint32_t cells)
{
	return cells == 2 ? vkx_get_be64(value) : vkx_get_be32(value);
}

bool vkx_fdt_reg(const uint8_t *value, uint32_t len,
		 const struct vkx_fdt_cells *cells, uint32_t index,
		 struct vkx_extent *extent_ret)
{
	uint32_t size = 4 * (cells->address + cells->size);
	struct vkx_extent e;

	if (len % size || index >= len / size)
		return false;
	value += (size_t)index * size;
	e.start = vkx_fdt_number(value, cells->address);
	e.size =
		vkx_fdt_number(value + (size_t)4 * cells->address, cells->size);
	if (e.size && e.size - 1 > UINT64_MAX - e.start)
		return false;
	*extent_ret = e;
	return true;
}

static uint64_t node_offset(const void *fdt, int node)
{
	return (uint64_t)fdt_off_dt_struct(fdt) + (uint64_t)node;
}

static int visit_reg(const void *fdt, int node,
		     const struct vkx_fdt_cells *cells,
		     int (*visit)(void *arg, const struct vkx_extent *extent),
		     void *arg, struct vkx_fault *fault_ret)
{
	struct vkx_extent e;
	uint32_t len, i, size = 4 * (cells->address + cells->size);
	const uint8_t *reg = vkx_fdt_prop(fdt, node, "reg", &len);
	int err;

	if (!reg)
		return 0;
	if (!len || len % size)
		return vkx_fault(fault_ret, VKX_RULE_FDT_RESERVE,
				 node_offset(fdt, node));
	for (i = 0; i < len / size; i++) {
		if (!vkx_fdt_reg(reg, len, cells, i, &e))
			return vkx_fault(fault_ret, VKX_RULE_FDT_RESERVE,
					 node_offset(fdt, node));
		err = e.size ? visit(arg, &e) : 0;
		if (err)
			return err;
	}
	return 0;
}

static int visit_block(const void *fdt,
		       int (*visit)(void *arg, const struct vkx_extent *extent),
		       void *arg)
{
	struct vkx_extent e;
	int i, err, n = fdt_num_mem_rsv(fdt);

	for (i = 0; i < n; i++) {
		if (fdt_get_mem_rsv(fdt, i, &e.start, &e.size))
			return -VKX_ERR_BUG;
		err = visit(arg, &e);
		if (err)
			return err;
	}
	return 0;
}

int vkx_fdt_reserved(const void *fdt,
		     int (*visit)(void *arg, const struct vkx_extent *extent),
		     void *arg, struct vkx_fault *fault_ret)
{
	struct vkx_fdt_cells root, cells;
	int node, child, err;

	err = visit_block(fdt, visit, arg);
	if (err)
		return err;
	node = vkx_fdt_child(fdt, 0, "reserved-memory");
	if (node < 0)
		return 0;
	if (!vkx_fdt_cells(fdt, 0, &root) ||
	    !vkx_fdt_cells(fdt, node, &cells) ||
	    root.address != cells.address || root.size != cells.size)
		return vkx_fault(fault_ret, VKX_RULE_FDT_RESERVE,
				 node_offset(fdt, node));
	for (child = fdt_first_subnode(fdt, node); child >= 0;
	     child = fdt_next_subnode(fdt, child)) {
		if (!vkx_fdt_available(fdt, child))
			continue;
		err = visit_reg(fdt, child, &cells, visit, arg, fault_ret);
		if (err)
			return err;
	}
	return 0;
}
