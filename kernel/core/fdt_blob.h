/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A flattened device tree (Devicetree Specification 0.4, chapter 5) that
 * somebody else wrote: one walk over every byte that libfdt will later follow,
 * and exact look-ups. The kernel's build of libfdt has no fdt_check_full(),
 * and that function passes names that its own look-ups then confuse
 * (CVE-2021-27097, CVE-2021-27138). Nothing here reads what a node means;
 * fdt_merge.h does. (Not named fdt.h: libfdt has that name.)
 */
#ifndef VKX_FDT_BLOB_H
#define VKX_FDT_BLOB_H

#include "limit.h"
#include "verdict.h"

enum vkx_fdt_profile {
	/*
	 * A tree that came in a file, docs/format.md "Device tree": totalsize
	 * is the length given; version 17, last_comp_version 16; blocks inside
	 * the tree, aligned, without overlap; every token, name and value
	 * inside its block; properties before subnodes; one root without a
	 * name; the structure block ends with its FDT_END; names of the
	 * specification's characters, at most one '@', not first or last; no
	 * name twice among siblings or properties of a node; no unit address
	 * on a root child of which there is one only ("chosen@1"); phandles
	 * are 4 bytes, unique, neither 0 nor 0xffffffff; reservations do not
	 * wrap and end with two zeros; VKX_MAX_FDT_DEPTH, VKX_MAX_FDT_NODES,
	 * VKX_MAX_FDT_NAME.
	 */
	VKX_FDT_STRICT = 0,
	/*
	 * The tree a kernel already runs on: all that memory safety of libfdt
	 * and of this project's readers needs, but names, phandles and
	 * duplicates are taken as firmware left them, and len may exceed
	 * totalsize.
	 */
	VKX_FDT_RUNNING = 1,
};

/* What a walk saw. */
struct vkx_fdt {
	uint32_t size; /* totalsize */
	uint32_t nodes;
	uint32_t props;
	uint32_t reservations; /* entries of the memory reservation block */
	uint32_t depth; /* of the deepest node; the root has 1 */
};

/* Slots of the table behind "no name twice"; a power of two. */
#define VKX_FDT_SLOTS (2u * VKX_MAX_FDT_NODES)

/*
 * Working memory of one check, 256 KiB: allocate it (kvmalloc), never put it
 * on a stack. Need not be initialised; holds nothing afterwards.
 */
struct vkx_fdt_work {
	struct {
		uint32_t key;
		uint32_t offset;
	} slots[VKX_FDT_SLOTS];
};

/*
 * Checks blob[0..len). fdt_ret and fault_ret may be NULL; fault_ret->offset is
 * an offset in the blob. After 0, every read-only function of libfdt and of
 * this header is safe on the blob, which must not change any more, and must
 * be 8-byte aligned for them.
 * -VKX_ERR_FORMAT: FDT_HEADER, FDT_STRUCTURE, FDT_NAME, FDT_ROOT, FDT_DEPTH,
 * FDT_LIMIT, FDT_PHANDLE, FDT_RESERVE. -VKX_ERR_ARG: a NULL pointer.
 */
VKX_MUST_USE int vkx_fdt_check(const void *blob, size_t len,
			       enum vkx_fdt_profile profile,
			       struct vkx_fdt_work *work,
			       struct vkx_fdt *fdt_ret,
			       struct vkx_fault *fault_ret);

/*
 * Look-ups in a checked tree. Unlike libfdt's, names match exactly: "chosen"
 * never finds "chosen@1"; paths are no aliases. Node offsets are libfdt's.
 */

/* Offset of the child, or negative if there is none. */
int vkx_fdt_child(const void *fdt, int parent, const char *name);
/* "/" or "/a/b@0"; negative if absent or not absolute. */
int vkx_fdt_node(const void *fdt, const char *path);
/* The value and its length, or NULL. The value may be unaligned. */
const uint8_t *vkx_fdt_prop(const void *fdt, int node, const char *name,
			    uint32_t *len_ret);
/* True if the property is exactly this one NUL-terminated string. */
bool vkx_fdt_prop_is(const void *fdt, int node, const char *name,
		     const char *value);
/*
 * String number index of a string list, or NULL; a list that does not end
 * with a NUL has no strings.
 */
const char *vkx_fdt_string(const void *fdt, int node, const char *name,
			   uint32_t index);
/* True if the string list holds value. */
bool vkx_fdt_string_in(const void *fdt, int node, const char *name,
		       const char *value);
/* "disabled", "fail", ...: false. No status, "okay", "ok": true. */
bool vkx_fdt_available(const void *fdt, int node);

struct vkx_extent {
	uint64_t start;
	uint64_t size;
};

/* #address-cells and #size-cells, each 1 or 2 here. */
struct vkx_fdt_cells {
	uint32_t address;
	uint32_t size;
};

/* False if the node lacks one of them or it is neither 1 nor 2. */
bool vkx_fdt_cells(const void *fdt, int node, struct vkx_fdt_cells *cells_ret);
/* One number of one or two cells. */
uint64_t vkx_fdt_number(const uint8_t *value, uint32_t cells);
/*
 * Range number index of a `reg` of len bytes. False past the end, for a len
 * that is no multiple of a range, and for a range that wraps.
 */
bool vkx_fdt_reg(const uint8_t *value, uint32_t len,
		 const struct vkx_fdt_cells *cells, uint32_t index,
		 struct vkx_extent *extent_ret);

/*
 * Calls visit(arg, extent) for every memory region the tree itself reserves:
 * its memory reservation block, then each static `reg` of the available
 * children of /reserved-memory. Placement must avoid them: the running kernel
 * does not know those of a signed tree. Stops at the first result of visit
 * that is not 0 and returns it. FDT_RESERVE: a reg that is no list of ranges,
 * or wraps, or a /reserved-memory whose cells are not the root's (Linux would
 * ignore all of it).
 */
VKX_MUST_USE int vkx_fdt_reserved(const void *fdt,
				  int (*visit)(void *arg,
					       const struct vkx_extent *extent),
				  void *arg, struct vkx_fault *fault_ret);

#endif
