/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests only: securityfs vkexec/inject breaks what later checks must notice.
 * One command per write, numbers in C notation:
 *	source SEGMENT OFFSET BIT  flip a bit of a loaded segment at launch,
 *	                           after it was measured
 *	crash SEGMENT OFFSET BIT   flip a bit of the loaded crash image, now
 *	stub OFFSET BIT            flip a bit of the stub's page at launch
 *	tpm N                      let the N-th record from now fail
 *	drop N                     do not send the N-th extend from now, and
 *	                           say that it was done
 *	late                       the next unload record waits until a launch
 *	                           was measured, and the launch for it
 */
#ifndef VKX_INJECT_H
#define VKX_INJECT_H

#include <linux/types.h>

struct dentry;
struct kimage;

#ifdef CONFIG_VKEXEC_FAULT_INJECTION

void vkx_inject_at_launch(struct kimage *image);
/* True: this record is to fail. */
bool vkx_inject_tpm(void);
/* True: this extend is to be dropped. */
bool vkx_inject_drop(void);
/* Around an unload record. */
void vkx_inject_before_unload(void);
void vkx_inject_after_unload(void);
struct dentry *vkx_inject_file(struct dentry *dir);

#else

static inline void vkx_inject_at_launch(struct kimage *image)
{
}

static inline bool vkx_inject_tpm(void)
{
	return false;
}

static inline bool vkx_inject_drop(void)
{
	return false;
}

static inline void vkx_inject_before_unload(void)
{
}

static inline void vkx_inject_after_unload(void)
{
}

static inline struct dentry *vkx_inject_file(struct dentry *dir)
{
	return NULL;
}

#endif

#endif
