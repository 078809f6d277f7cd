/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside of the merge, shared by the fdt_merge*.c files alone: the job in hand
 * and the few ways in which it may touch the output tree.
 */
#ifndef VKX_FDT_MERGE_JOB_H
#define VKX_FDT_MERGE_JOB_H

#include "fdt_merge.h"

struct vkx_merge_job {
	const struct vkx_merge *in;
	const void *run; /* the running tree */
	void *out;
	bool whole; /* the running tree is the base */
	struct vkx_merge_work *work;
	struct vkx_merge_result res;
	struct vkx_fault *fault;
	struct vkx_fdt_cells run_cells, out_cells; /* of the roots */
	struct vkx_extent run_sml; /* log the running kernel was given */
	bool uefi; /* the running machine was booted by UEFI */
};

/* libfdt's result as ours: negative FDT_ERR_* become MERGE_SPACE or
 * FDT_MERGE; anything else 0. */
VKX_MUST_USE int vkx_job_fdt(struct vkx_merge_job *job, int fdt_result);
/* vkx_fault() with the offset of a node of the signed tree, or 0. */
VKX_MUST_USE int vkx_job_refuse(struct vkx_merge_job *job, enum vkx_rule rule);

/* Sets a property of the output. */
VKX_MUST_USE int vkx_job_set(struct vkx_merge_job *job, int node,
			     const char *name, const void *value, uint32_t len);
/* Sets and lists it: a fact of the running machine. path is node's. */
VKX_MUST_USE int vkx_job_carry(struct vkx_merge_job *job, int node,
			       const char *path, const char *name,
			       const void *value, uint32_t len);
/* The same with the value of run_node, if it has the property. */
VKX_MUST_USE int vkx_job_copy(struct vkx_merge_job *job, int node,
			      const char *path, int run_node, const char *name);
/* Creates path's last part under parent and lists it; its offset or -1 with
 * *err_ret set. */
int vkx_job_add_node(struct vkx_merge_job *job, int parent, const char *path,
		     const char *name, int *err_ret);
/* A node of the output that may be missing: created, not listed. */
int vkx_job_need_node(struct vkx_merge_job *job, int parent, const char *name,
		      int *err_ret);
void vkx_job_list(struct vkx_merge_job *job, enum vkx_carry_kind kind,
		  const char *path, const char *name, const void *value,
		  uint32_t len);
/* dir + "/" + name into buf[VKX_MAX_FDT_PATH]; false if it does not fit. */
bool vkx_job_path(char *buf, const char *dir, const char *name);
bool vkx_job_is_phandle(const char *name);

/*
 * Converts a reg of the running tree into the output's cells. *value_ret is
 * the value itself where they agree, else work->value. False: malformed, or a
 * number that does not fit.
 */
bool vkx_job_reg(struct vkx_merge_job *job, const uint8_t *value, uint32_t len,
		 const struct vkx_fdt_cells *from,
		 const struct vkx_fdt_cells *to, const uint8_t **value_ret,
		 uint32_t *len_ret);
/* The running node's reg-like property into a node of the output, if it has
 * one; rule refuses it where it cannot be converted. */
VKX_MUST_USE int vkx_job_copy_reg(struct vkx_merge_job *job, int node,
				  const char *path, int from,
				  const struct vkx_fdt_cells *cells,
				  const struct vkx_fdt_cells *to,
				  const char *name, enum vkx_rule rule);
/* Entry i of a node's reg. */
bool vkx_job_extent(const void *fdt, int node,
		    const struct vkx_fdt_cells *cells, uint32_t i,
		    struct vkx_extent *e);

/* The rules, in the order in which fdt_merge.c applies them. */
VKX_MUST_USE int vkx_merge_check_machine(struct vkx_merge_job *job);
VKX_MUST_USE int vkx_merge_check_cpus(struct vkx_merge_job *job);
VKX_MUST_USE int vkx_merge_clean(struct vkx_merge_job *job);
VKX_MUST_USE int vkx_merge_carry_over(struct vkx_merge_job *job);
VKX_MUST_USE int vkx_merge_memory(struct vkx_merge_job *job);
VKX_MUST_USE int vkx_merge_reservations(struct vkx_merge_job *job);
VKX_MUST_USE int vkx_merge_reserved(struct vkx_merge_job *job);
VKX_MUST_USE int vkx_merge_facts(struct vkx_merge_job *job);
VKX_MUST_USE int vkx_merge_chosen(struct vkx_merge_job *job);
/* A property of /chosen that the merge alone writes. */
bool vkx_merge_owns_chosen(const char *name);
/* Every byte of extent is RAM by the output's memory nodes (or UEFI's map
 * decides, which is not seen here). */
bool vkx_merge_in_ram(struct vkx_merge_job *job,
		      const struct vkx_extent *extent);

#endif
