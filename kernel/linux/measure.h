/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes into the TPM and when: the load record when a load is accepted,
 * the UKI's sections and the launch record at launch, the unload record when
 * a loaded image is dropped. Every event is extended into every bank of the
 * TPM with a digest of that bank's own algorithm, and appended to the log that
 * the next kernel gets.
 */
#ifndef VKX_MEASURE_H
#define VKX_MEASURE_H

#include "load.h"

struct dentry;
struct seq_file;

#ifdef CONFIG_VKEXEC_MEASURE

/* True and the path of the TPM's node in the running device tree. */
bool vkx_measure_tpm_path(char *path_ret, size_t size);

/* Bytes to reserve for the next kernel's log; 0: no TPM, or a crash kernel. */
u64 vkx_measure_log_size(const struct vkx_load *load);

/*
 * The last step of a load: makes the record and the section digests in
 * load->state, extends and logs the load record. Without a TPM: NO_TPM if one
 * is required, else 0 and the state says so.
 */
int vkx_measure_load(struct vkx_load *load);

/* For a state that was measured and will not be launched; else nothing. */
void vkx_measure_unload(struct vkexec_state *state);

/*
 * At launch, in process context, the TPM still there: sections, launch
 * record, then the log's last bytes into log_ret[0..log.bytes): the EFI
 * table's header, if there is one, the log, zeros.
 * Any error means that the jump must not be made.
 */
int vkx_measure_launch(struct vkexec_state *state, u8 *log_ret);

/* Lines of vkexec/status, and the file vkexec/event_log. */
void vkx_measure_status(struct seq_file *m);
struct dentry *vkx_measure_files(struct dentry *dir);

#else

static inline bool vkx_measure_tpm_path(char *path_ret, size_t size)
{
	return false;
}

static inline u64 vkx_measure_log_size(const struct vkx_load *load)
{
	return 0;
}

static inline int vkx_measure_load(struct vkx_load *load)
{
	vkx_checks_pass(&load->checks, VKX_CHECK_TPM);
	return 0;
}

static inline void vkx_measure_unload(struct vkexec_state *state)
{
}

static inline int vkx_measure_launch(struct vkexec_state *state, u8 *log_ret)
{
	return 0;
}

static inline void vkx_measure_status(struct seq_file *m)
{
}

static inline struct dentry *vkx_measure_files(struct dentry *dir)
{
	return NULL;
}

#endif

#endif
