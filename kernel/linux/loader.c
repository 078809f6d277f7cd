// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include <asm/cpufeature.h>
#include <linux/err.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/vkexec.h>
#include <xen/xen.h>

#include "dtb.h"
#include "enforce.h"
#include "load.h"
#include "measure.h"
#include "record.h"
#include "revoke.h"
#include "segments.h"
#include "signature.h"
#include "walk.h"

/*
 * While enforcing every file is ours, so that one that is no UKI is refused
 * here and never reaches the Image loader.
 */
static int uki_probe(const char *buf, unsigned long len)
{
	if (vkx_uki_probe((const u8 *)buf, min_t(size_t, len, VKX_MAX_HEADERS),
			  len))
		return 0;
	return vkx_enforcing() ? 0 : -ENOEXEC;
}

/* --- parse: nothing but kernel/core looks at the bytes --------------------- */

static int parse_uki(struct vkx_load *load)
{
	struct vkx_fault *fault = &load->fault;
	size_t hdr = min_t(size_t, load->size, VKX_MAX_HEADERS);

	if (!vkx_uki_probe(load->file, hdr, load->size))
		return vkx_judge(vkx_policy_not_uki(&load->policy, fault), fault) ?:
			       -ENOEXEC;
	return vkx_judge(
		vkx_uki_parse(load->file, hdr, load->size, &load->uki, fault),
		fault);
}

static int check_page_size(struct vkx_load *load)
{
	bool able = true;

	switch (load->linux_image.page_size) {
	case SZ_4K:
		able = system_supports_4kb_granule();
		break;
	case SZ_16K:
		able = system_supports_16kb_granule();
		break;
	case SZ_64K:
		able = system_supports_64kb_granule();
		break;
	}
	if (able)
		return 0;
	return vkx_break(&load->fault, VKX_RULE_IMAGE_PAGE_SIZE,
			 load->uki.part[VKX_PART_LINUX].offset);
}

static int parse_image(struct vkx_load *load)
{
	const struct vkx_uki_part *part = &load->uki.part[VKX_PART_LINUX];
	int err;

	err = vkx_judge(vkx_image_parse(vkx_load_part(load, VKX_PART_LINUX),
					part->size, part->size, part->offset,
					&load->linux_image, &load->fault),
			&load->fault);
	if (!err)
		err = check_page_size(load);
	if (!err)
		vkx_checks_pass(&load->checks, VKX_CHECK_IMAGE);
	return err;
}

static int parse_texts(struct vkx_load *load)
{
	const struct vkx_uki_part *cmdline = &load->uki.part[VKX_PART_CMDLINE];
	const struct vkx_uki_part *sbat = &load->uki.part[VKX_PART_SBAT];
	int err;

	err = vkx_judge(vkx_cmdline_check(vkx_load_part(load, VKX_PART_CMDLINE),
					  cmdline->size, cmdline->offset,
					  &load->fault),
			&load->fault);
	if (err)
		return err;
	vkx_checks_pass(&load->checks, VKX_CHECK_CMDLINE);
	return vkx_judge(vkx_sbat_parse(vkx_load_part(load, VKX_PART_SBAT),
					sbat->size, sbat->offset, &load->sbat,
					&load->fault),
			 &load->fault);
}

/* Pages shared with the hypervisor and grants stay in its hands whatever kernel
 * runs, and nothing tells the next one where they are. */
static int check_xen(void)
{
	if (!xen_domain())
		return 0;
	pr_warn("no UKI is loaded under Xen\n");
	return -EOPNOTSUPP;
}

static int parse(struct vkx_load *load)
{
	int err = parse_uki(load);

	if (!err)
		err = check_xen();
	if (!err)
		err = parse_image(load);
	if (!err)
		err = parse_texts(load);
	if (!err)
		vkx_checks_pass(&load->checks, VKX_CHECK_PARSE);
	return err;
}

/* --- the steps after it ----------------------------------------------------- */

static int check_arguments(struct vkx_load *load)
{
	const char *cmdline =
		(const char *)vkx_load_part(load, VKX_PART_CMDLINE);
	int err;

	err = vkx_judge(
		vkx_policy_arguments(&load->args, cmdline,
				     load->uki.part[VKX_PART_CMDLINE].size,
				     &load->fault),
		&load->fault);
	if (!err)
		vkx_checks_pass(&load->checks, VKX_CHECK_ARGUMENTS);
	return err;
}

static int check_trust(struct vkx_load *load)
{
	int err;

	err = vkx_signature_read(load);
	if (!err)
		err = vkx_walk(load);
	if (!err)
		err = vkx_signature_verify(load);
	if (!err)
		err = vkx_revoke_check_image(load);
	if (!err)
		err = vkx_revoke_check_sbat(load);
	return err;
}

static void take_uname(struct vkx_load *load)
{
	const struct vkx_uki_part *part = &load->uki.part[VKX_PART_UNAME];
	char *uname = load->state->uname;
	size_t i, n = min_t(size_t, part->size, sizeof(load->state->uname) - 1);

	if (!part->present)
		return;
	for (i = 0; i < n; i++) {
		u8 c = vkx_load_part(load, VKX_PART_UNAME)[i];

		uname[i] = c > 0x20 && c < 0x7f ? c : '?';
	}
}

static int build(struct vkx_load *load, struct vkx_dtb_job *job)
{
	void *blob;
	u32 size;
	int err;

	err = vkx_dtb_prepare(load, job);
	if (!err)
		err = vkx_segments_add(load, job->bound,
				       vkx_measure_log_size(load));
	if (!err)
		err = vkx_dtb_build(load, job, &blob, &size);
	if (err)
		return err;
	err = vkx_segments_add_dtb(load, blob, size);
	if (err)
		kvfree(blob);
	return err;
}

static int build_segments(struct vkx_load *load)
{
	struct vkx_dtb_job *job = kvzalloc(sizeof(*job), GFP_KERNEL);
	int err;

	if (!job)
		return -ENOMEM;
	err = build(load, job);
	vkx_dtb_release(job);
	kvfree(job);
	return err;
}

/* The only way to a loaded image: every check made, and it says so. */
static int decide(struct vkx_load *load)
{
	enum vkx_check missing = VKX_CHECK_NR;

	switch (vkx_policy_decide(&load->policy, &load->checks, &missing)) {
	case VKX_VERDICT_BOOT:
		return 0;
	case VKX_VERDICT_POLICY:
		return vkx_break(&load->fault, VKX_RULE_POLICY_SIGNERS, 0);
	default:
		WARN_ONCE(1, "vkexec: check \"%s\" was not made\n",
			  vkx_check_name(missing));
		return -EPERM;
	}
}

/* Design, "In the kernel": no step runs before the one above it passed. */
static int run_steps(struct vkx_load *load)
{
	int err;

	vkx_enforce_policy(&load->policy);
	err = parse(load);
	if (!err)
		err = check_arguments(load);
	if (!err)
		err = check_trust(load);
	if (err)
		return err;
	take_uname(load);
	err = build_segments(load);
	if (!err)
		err = vkx_record_fill(load);
	if (!err)
		err = vkx_measure_load(load);
	if (!err)
		err = decide(load);
	return err;
}

static void *load_uki(struct vkx_load *load)
{
	struct vkx_handle *handle;
	int err;

	load->state = vkx_state_alloc(load->image->type == KEXEC_TYPE_CRASH);
	err = load->state ? run_steps(load) : -ENOMEM;
	if (err)
		goto err_state;
	err = -ENOMEM;
	handle = vkx_state_attach(load->state, load->image);
	if (!handle)
		goto err_state;
	return handle;

err_state:
	vkx_state_free(load->state);
	vkx_refusal_report(&load->fault, err);
	return ERR_PTR(err);
}

static int out_of_memory(void)
{
	struct vkx_fault fault = {};

	return vkx_refusal_report(&fault, -ENOMEM);
}

static void *uki_load(struct kimage *image, char *file, unsigned long size,
		      char *initrd, unsigned long initrd_len, char *cmdline,
		      unsigned long cmdline_len)
{
	struct vkx_load *load = kvzalloc(sizeof(*load), GFP_KERNEL);
	void *handle;

	if (!load)
		return ERR_PTR(out_of_memory());
	load->image = image;
	load->file = (const u8 *)file;
	load->size = size;
	load->args.initrd = initrd;
	load->args.initrd_len = initrd_len;
	load->args.cmdline = cmdline;
	load->args.cmdline_len = cmdline_len;
	handle = load_uki(load);
	kvfree(load);
	return handle;
}

#ifdef CONFIG_KEXEC_SIG
/*
 * kexec asks this before it reads initrd and command line. It would overlook a
 * refusal where nothing is locked down, and under lockdown make EPERM of every
 * errno; without the callback lockdown refuses all files. So this says yes, and
 * is no check: the one that counts comes right after it, in uki_load(), for
 * every caller, with or without KEXEC_SIG, and no way leads past it to a loaded
 * image (decide()).
 */
static int uki_verify_sig(const char *file, unsigned long size)
{
	return 0;
}
#endif

const struct kexec_file_ops vkexec_uki_ops = {
	.probe = uki_probe,
	.load = uki_load,
	.cleanup = vkx_state_cleanup,
#ifdef CONFIG_KEXEC_SIG
	.verify_sig = uki_verify_sig,
#endif
};
