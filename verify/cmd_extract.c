/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "keys/outfile.h"
#include "verify/cmds.h"
#include "verify/report.h"
#include "verify/stream.h"
#include "verify/trustarg.h"

static const char help[] =
	"Usage: vkexec-verify extract --trust CRT --section NAME -o F FILE\n"
	"       vkexec-verify extract --unverified --section NAME -o F FILE\n"
	"Checks the file as `check` does and writes one component of it. Nothing\n"
	"is written where the check fails.\n"
	"\n"
	"  --section NAME       .linux, .initrd, .cmdline, .dtb, ...\n"
	"  --number N           the N-th .dtbauto, counted from 1 (1); JSON's\n"
	"                       device_tree_index counts from 0\n"
	"  -o, --output F       where to; - is standard output\n"
	"  --unverified         check nothing, and take any section\n"
	"\n" VKX_TRUSTARG_HELP "\n"
	"Examples:\n"
	"  vkexec-verify extract --trust release.crt --section .initrd \\\n"
	"      -o initrd release.efi\n"
	"  vkexec-verify extract --unverified --section .sbat -o - shim.efi\n";

struct options {
	struct vkx_trustarg trust;
	const char *section, *output, *file;
	uint32_t number; /* from 1 */
	bool unverified;
};

/* Where the wanted bytes are, and what their SHA-256 has to be. */
struct wanted {
	struct vkx_range range;
	bool has_digest;
	uint8_t digest[32];
};

/* --- finding ---------------------------------------------------------------- */

static bool find_part(const struct options *o, const struct vkx_verified *v,
		      struct wanted *w)
{
	const struct vkx_uki_part *part = NULL;
	unsigned int i;

	for (i = 0; i < VKX_PART_NR; i++)
		if (!strcmp(o->section, vkx_uki_part_name(i)))
			break;
	if (i == VKX_PART_NR)
		return false;
	if (i == VKX_PART_DTBAUTO && o->number <= v->uki.nr_dtbauto) {
		part = &v->uki.dtbauto[o->number - 1];
		memcpy(w->digest, v->dtbauto_digest[o->number - 1], 32);
	} else if (i != VKX_PART_DTBAUTO && o->number == 1) {
		part = &v->uki.part[i];
		memcpy(w->digest, v->part_digest[i], 32);
	}
	if (!part || !part->present)
		return false;
	w->range.offset = part->offset;
	w->range.size = part->size;
	w->has_digest = true;
	return true;
}

static int find_verified(struct options *o, const struct vkx_infile *in,
			 struct wanted *w)
{
	struct vkx_verified v;
	int err;

	o->trust.params.components = true;
	o->trust.params.read_ahead = true;
	err = vkx_verify_file(in, &o->trust.params, &v);
	if (err) {
		err = vkx_report_error(o->file, err, errno, NULL);
	} else if (v.verdict != VKX_VERDICT_BOOT) {
		err = vkx_report_error(o->file, -VKX_ERR_FORMAT, 0, &v.fault);
	} else if (!find_part(o, &v, w)) {
		vkx_cli_error(
			o->file,
			"has no component %s number %u; 'inspect' lists what there is",
			o->section, o->number);
		err = VKX_EXIT_FAILED;
	}
	vkx_verified_free(&v);
	return err;
}

static int find_unverified(const struct options *o, const struct vkx_infile *in,
			   struct wanted *w)
{
	const struct vkx_pe_section *section = NULL;
	struct vkx_fault fault = { 0 };
	struct vkx_scan scan;
	uint32_t i, seen = 0;
	int err = vkx_scan_open(&scan, in, VKX_PE_ANY, &fault);

	if (err)
		err = vkx_report_error(o->file, err, errno, &fault);
	for (i = 0; !err && i < scan.uki.pe.nr_sections; i++)
		if (vkx_pe_name_is(&scan.uki.pe.sections[i], o->section) &&
		    ++seen == o->number)
			section = &scan.uki.pe.sections[i];
	if (section) {
		w->range.offset = section->rawoff;
		w->range.size = section->vsize < section->rawsize ?
					section->vsize :
					section->rawsize;
	} else if (!err) {
		vkx_cli_error(
			o->file,
			"has no section %s number %u; 'inspect' lists what there is",
			o->section, o->number);
		err = VKX_EXIT_FAILED;
	}
	vkx_scan_close(&scan);
	return err;
}

/* --- writing ---------------------------------------------------------------- */

static int copy(const struct options *o, const struct vkx_infile *in,
		const struct wanted *w, struct vkx_outfile *out,
		uint8_t digest_ret[32])
{
	struct vkx_stream stream;
	struct vkx_sha256 ctx;
	const uint8_t *p;
	size_t n;
	int err = vkx_stream_open(&stream, in, w->range.offset, w->range.size,
				  true);

	if (err)
		return vkx_report_error(o->file, err, errno, NULL);
	vkx_sha256_init(&ctx);
	for (;;) {
		err = vkx_stream_next(&stream, &p, &n);
		if (err) {
			err = vkx_report_error(o->file, err, errno, NULL);
			break;
		}
		if (!n)
			break;
		vkx_sha256_update(&ctx, p, n);
		err = vkx_outfile_write(out, p, n);
		if (err) {
			err = vkx_report_error(o->output, err, errno, NULL);
			break;
		}
	}
	vkx_sha256_final(&ctx, digest_ret);
	vkx_stream_close(&stream);
	return err;
}

/*
 * The bytes are read a second time, from a file that may have been changed
 * meanwhile: they count only if they are those that were checked.
 */
static int write_out(const struct options *o, const struct vkx_infile *in,
		     const struct wanted *w)
{
	struct vkx_outfile out;
	uint8_t digest[32];
	int err = vkx_outfile_open(&out, o->output, VKX_OUTFILE_PUBLIC);

	if (err)
		return vkx_report_error(o->output, err, errno, NULL);
	err = copy(o, in, w, &out, digest);
	if (!err && w->has_digest && memcmp(digest, w->digest, 32) != 0) {
		vkx_cli_error(o->file, "changed after it was checked");
		err = VKX_EXIT_REFUSED;
	}
	if (err) {
		vkx_outfile_abort(&out);
		return err;
	}
	err = vkx_outfile_commit(&out);
	if (err)
		return vkx_report_error(o->output, err, errno, NULL);
	return VKX_EXIT_DONE;
}

static int run(struct options *o)
{
	struct wanted w = { .has_digest = false };
	struct vkx_infile in;
	int err = vkx_infile_open(&in, o->file);

	if (err)
		return vkx_report_error(o->file, err, errno, NULL);
	if (o->unverified)
		err = find_unverified(o, &in, &w);
	else
		err = find_verified(o, &in, &w);
	if (!err)
		err = write_out(o, &in, &w);
	vkx_infile_close(&in);
	return err;
}

/* --- options ---------------------------------------------------------------- */

static bool take_number(const char *value, void *number)
{
	uint64_t n;

	_Static_assert(VKX_MAX_SECTIONS == 96, "the row's form says 96");
	if (!vkx_options_number(value, 1, VKX_MAX_SECTIONS, &n))
		return false;
	*(uint32_t *)number = (uint32_t)n;
	return true;
}

static int check_options(const struct options *o)
{
	if (o->unverified && vkx_trustarg_given(&o->trust))
		return vkx_cli_usage("extract: --unverified checks nothing: "
				     "--trust, --revoked and the like go "
				     "without it");
	if (o->trust.params.any_pe)
		return vkx_cli_usage("extract: --any-pe checks no component: "
				     "--unverified takes one from any file");
	return o->unverified ? 0 : vkx_trustarg_check(&o->trust);
}

static int read_options(int argc, char **argv, struct options *o)
{
	const struct vkx_option table[] = {
		{ .name = "section", .needed = true, .value = &o->section },
		{ .name = "number",
		  .take = take_number,
		  .arg = &o->number,
		  .form = "a number from 1 to 96" },
		{ .name = "output",
		  .letter = 'o',
		  .needed = true,
		  .value = &o->output },
		{ .name = "unverified", .flag = &o->unverified },
		VKX_TRUSTARG_ROWS(&o->trust),
		{ 0 },
	};
	const struct vkx_command command = {
		.name = "extract",
		.help = help,
		.options = table,
		.operand = "file",
		.min = 1,
		.max = 1,
	};
	int status = vkx_options_read(&command, argc, argv);

	if (status)
		return status;
	o->file = argv[optind];
	return check_options(o);
}

int cmd_extract(int argc, char **argv)
{
	struct options o = { .number = 1 };
	int status = read_options(argc, argv, &o);

	if (!status)
		status = vkx_trustarg_load(&o.trust);
	if (!status)
		status = run(&o);
	vkx_trustarg_free(&o.trust);
	return status < 0 ? VKX_EXIT_DONE : status;
}
