/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verify/scan_pass.h"
#include "verify/verify_signatures.h"

/* --- content ---------------------------------------------------------------- */

static int check_content(struct vkx_work *w, struct vkx_fault *fault_ret)
{
	const struct vkx_uki_part *part = w->scan.uki.part;
	const struct vkx_scan_part *kept = w->scan.part;
	int err;

	err = vkx_image_parse(
		kept[VKX_PART_LINUX].data, kept[VKX_PART_LINUX].len,
		part[VKX_PART_LINUX].size, part[VKX_PART_LINUX].offset,
		&w->image, fault_ret);
	if (!err)
		err = vkx_cmdline_check(
			kept[VKX_PART_CMDLINE].data, kept[VKX_PART_CMDLINE].len,
			part[VKX_PART_CMDLINE].offset, fault_ret);
	if (!err)
		err = vkx_sbat_parse(
			kept[VKX_PART_SBAT].data, kept[VKX_PART_SBAT].len,
			part[VKX_PART_SBAT].offset, &w->sbat, fault_ret);
	return err;
}

static struct vkx_dtb tree(const struct vkx_scan_part *kept,
			   const struct vkx_uki_part *part)
{
	return (struct vkx_dtb){ kept->data, kept->len, part->offset };
}

static int check_trees(struct vkx_work *w, struct vkx_fault *fault_ret)
{
	const struct vkx_scan *scan = &w->scan;
	struct vkx_fdt_work *fdt_work = malloc(sizeof(*fdt_work));
	struct vkx_dtb list[VKX_MAX_DTBAUTO + 1];
	uint32_t i, n = scan->uki.nr_dtbauto;
	int err = 0;

	if (!fdt_work)
		return -VKX_ERR_NOMEM;
	for (i = 0; i < n; i++)
		list[i] = tree(&scan->dtbauto[i], &scan->uki.dtbauto[i]);
	list[n] =
		tree(&scan->part[VKX_PART_DTB], &scan->uki.part[VKX_PART_DTB]);
	if (w->params.machine) {
		err = vkx_dtb_choose(list, n, &list[n], w->params.machine,
				     !w->params.refuse_running_dtb, fdt_work,
				     &w->dtb, fault_ret);
	} else {
		for (i = 0; !err && i <= n; i++) {
			if (!list[i].blob)
				continue;
			err = vkx_fdt_check(list[i].blob, list[i].len,
					    VKX_FDT_STRICT, fdt_work, NULL,
					    fault_ret);
			if (err == -VKX_ERR_FORMAT)
				fault_ret->offset += list[i].offset;
		}
	}
	free(fdt_work);
	return err;
}

/* --- all of it -------------------------------------------------------------- */

static int start_scan(struct vkx_work *w, const struct vkx_infile *in)
{
	const struct vkx_verify_params *p = &w->params;
	struct vkx_scan_params scan = {
		.components = p->components && !p->any_pe,
		.collect = !p->any_pe,
		.read_ahead = p->read_ahead,
		.progress = p->progress,
		.progress_arg = p->progress_arg,
	};
	int err;

	err = vkx_scan_open(&w->scan, in,
			    p->any_pe ? VKX_PE_ANY : VKX_PE_STRICT, &w->fault);
	if (err)
		return err;
	vkx_verify_read_signatures(w, &scan.hashes);
	scan.hashes |= vkx_revocation_hashes(p->revocation);
	return vkx_scan_begin(&w->scan, &scan);
}

/* What there is to judge once all has been read. */
static int check_all(struct vkx_work *w, struct vkx_fault *fault_ret)
{
	const struct vkx_verify_params *p = &w->params;
	int err = vkx_scan_end(&w->scan, fault_ret);

	if (!err && !p->any_pe)
		err = check_content(w, fault_ret);
	if (!err)
		err = vkx_verify_check_signatures(w, fault_ret);
	if (!err)
		err = vkx_revocation_check_image(p->revocation, &w->scan,
						 fault_ret);
	if (!err && !p->any_pe && p->sbat_level)
		err = vkx_sbat_check(&w->sbat, p->sbat_level,
				     w->scan.uki.part[VKX_PART_SBAT].offset,
				     fault_ret);
	if (!err && !p->any_pe)
		err = check_trees(w, fault_ret);
	return err;
}

/* Only what was accepted is handed out. */
static void hand_out(struct vkx_work *w)
{
	struct vkx_verified *out = w->out;
	struct vkx_scan *scan = &w->scan;

	while (out->signatures[out->signer].verdict != VKX_VERDICT_BOOT)
		out->signer++;
	memcpy(out->authenticode, scan->digest[VKX_HASH_SHA256], 32);
	out->uki = scan->uki;
	out->image = w->image;
	memcpy(out->part_digest, scan->part_digest, sizeof(out->part_digest));
	memcpy(out->dtbauto_digest, scan->dtbauto_digest,
	       sizeof(out->dtbauto_digest));
	memcpy(out->part, scan->part, sizeof(out->part));
	memset(scan->part, 0, sizeof(scan->part));
	out->dtb = w->dtb;
	out->fault = (struct vkx_fault){ 0 };
	out->verdict = VKX_VERDICT_BOOT;
}

struct vkx_work *vkx_verify_begin(const struct vkx_infile *in,
				  const struct vkx_verify_params *params,
				  struct vkx_verified *verified_ret)
{
	struct vkx_work *w = calloc(1, sizeof(*w));

	memset(verified_ret, 0, sizeof(*verified_ret));
	verified_ret->size = in->size;
	if (!w)
		return NULL;
	w->params = *params;
	w->out = verified_ret;
	w->err = start_scan(w, in);
	w->error = errno;
	return w;
}

bool vkx_verify_ended(const struct vkx_work *w)
{
	return w->err || vkx_scan_ended(&w->scan);
}

void vkx_verify_step(struct vkx_work *a, struct vkx_work *b)
{
	if (b && vkx_verify_ended(b))
		b = NULL;
	if (!vkx_verify_ended(a))
		vkx_scan_step(&a->scan, b ? &b->scan : NULL);
	else if (b)
		vkx_scan_step(&b->scan, NULL);
}

int vkx_verify_end(struct vkx_work *w)
{
	struct vkx_verified *out = w->out;
	struct vkx_fault fault = w->fault;
	int err = w->err, saved;

	if (err)
		errno = w->error;
	else
		err = check_all(w, &fault);
	if (!err) {
		hand_out(w);
	} else if (err == -VKX_ERR_FORMAT) {
		out->fault = fault;
		out->verdict = vkx_rule_verdict(fault.rule);
		err = 0;
	} else {
		/* What was found by then must not look like a result. */
		memset(out, 0, sizeof(*out));
	}
	saved = errno;
	vkx_scan_close(&w->scan);
	free(w);
	errno = saved;
	return err;
}

int vkx_verify_file(const struct vkx_infile *in,
		    const struct vkx_verify_params *params,
		    struct vkx_verified *verified_ret)
{
	struct vkx_work *w = vkx_verify_begin(in, params, verified_ret);

	if (!w)
		return -VKX_ERR_NOMEM;
	while (!vkx_verify_ended(w))
		vkx_verify_step(w, NULL);
	return vkx_verify_end(w);
}

void vkx_verified_free(struct vkx_verified *verified)
{
	unsigned int i;

	for (i = 0; i < VKX_PART_NR; i++)
		free(verified->part[i].data);
	memset(verified, 0, sizeof(*verified));
}
