/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooks of vkexec in arm64's kexec: everything that existing code calls.
 * Without CONFIG_VKEXEC they are empty and the loader's entry is a second,
 * harmless entry of the stock Image loader.
 */
#ifndef _LINUX_VKEXEC_H
#define _LINUX_VKEXEC_H

struct kimage;
struct vkexec_state;

#ifdef CONFIG_VKEXEC

/* First in kexec_file_loaders[]: sees every file before the Image loader. */
extern const struct kexec_file_ops vkexec_uki_ops;

/*
 * End of machine_kexec_post_load(), for every image: puts the checking stub
 * over the stock one where the image is ours, refuses a legacy image while
 * enforcing. 0 or a negative errno, which fails the load.
 */
int vkexec_post_load(struct kimage *image);

/* machine_kexec_cleanup(): frees image->arch.vkexec; harmless without one. */
void vkexec_cleanup(struct kimage *image);

/*
 * machine_kexec(), interrupts still open, no way back to user space: checks an
 * image that is started in place, and resets the machine where a launch must
 * not happen. Returns only if the jump may be made.
 */
void vkexec_pre_jump(struct kimage *image);

#else

#define vkexec_uki_ops kexec_image_ops

static inline int vkexec_post_load(struct kimage *image)
{
	return 0;
}

static inline void vkexec_cleanup(struct kimage *image)
{
}

static inline void vkexec_pre_jump(struct kimage *image)
{
}

#endif

#endif
