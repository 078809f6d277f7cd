// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) "vkexec: " fmt

#include "segments.h"

#include <linux/kexec.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "crash.h"
#include "cursor.h"
#include "efi_log.h"
#include "gic.h"
#include "walk.h"

/* Places in struct vkx_place_plan.extra. */
enum { EXTRA_LOG, EXTRA_ELF };

/*
 * A cpio archive without a file. A kernel started without an initrd looks for
 * one in what firmware left behind (LINUX_EFI_INITRD_MEDIA): give it this.
 */
static const char empty_cpio[512] =
	"0707010000000000000000000000000000000000000001"
	"000000000000000000000000000000000000000000000000"
	"0000000b00000000TRAILER!!!";

struct piece {
	const void *data;
	size_t size; /* bytes of data; the rest of the segment is zero */
	const struct vkx_extent *place;
	/* SHA-256 of the data, or NULL: make it. */
	const u8 *digest;
};

static struct piece initrd_piece(const struct vkx_load *load)
{
	const struct vkx_uki_part *part = &load->uki.part[VKX_PART_INITRD];

	if (!part->present || !part->size)
		return (struct piece){ .data = empty_cpio,
				       .size = sizeof(empty_cpio) };
	return (struct piece){ .data = vkx_load_part(load, VKX_PART_INITRD),
			       .size = part->size,
			       .digest = load->part_sha256[VKX_PART_INITRD] };
}

/* --- planning -------------------------------------------------------------- */

typedef int (*visit_fn)(void *arg, const struct vkx_extent *extent);

static int walk_free(visit_fn visit, void *arg)
{
	struct vkx_extent extent;
	phys_addr_t start, end;
	int err;
	u64 i;

	for_each_free_mem_range (i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end,
				 NULL) {
		extent.start = start;
		extent.size = end - start;
		err = visit(arg, &extent);
		if (err)
			return err;
	}
	return 0;
}

static int walk_crash(visit_fn visit, void *arg)
{
	struct vkx_extent usable[2] = {};
	int err = 0;

	/* The low region is for the crash kernel's DMA; nothing goes there. */
	vkx_crash_usable(usable);
	if (usable[0].size)
		err = visit(arg, &usable[0]);
	return err;
}

static int walk_memory(void *ctx, visit_fn visit, void *arg)
{
	const struct vkx_load *load = ctx;

	return load->state->crash ? walk_crash(visit, arg) :
				    walk_free(visit, arg);
}

static bool apart(const struct vkx_extent *a, u32 nr_a,
		  const struct vkx_extent *b, u32 nr_b)
{
	u32 i, j;

	for (i = 0; i < nr_a; i++)
		for (j = 0; j < nr_b; j++)
			if (vkx_ranges_overlap(a[i].start, a[i].size,
					       b[j].start, b[j].size))
				return false;
	return true;
}

/*
 * Address 0 means "look for a hole" to kexec_add_buffer(): keep off it. What
 * is in the image already (IMA's list) stays where it is, and the interrupt
 * controller's tables are written to until the next kernel stops that.
 */
static int list_taken(const struct kimage *image, struct vkx_extent *taken)
{
	u32 nr = 0;
	unsigned long i;
	int tables;

	taken[nr++] = (struct vkx_extent){ 0, PAGE_SIZE };
	for (i = 0; i < image->nr_segments; i++)
		taken[nr++] = (struct vkx_extent){ image->segment[i].mem,
						   image->segment[i].memsz };
	tables = vkx_gic_tables(taken + nr, NULL);
	if (tables < 0)
		return tables;
	if (!apart(taken, nr, taken + nr, tables)) {
		pr_warn("IMA's list lies where the interrupt controller writes\n");
		return -EADDRNOTAVAIL;
	}
	return (int)nr + tables;
}

#define MAX_TAKEN (1 + KEXEC_SEGMENT_MAX + VKX_GIC_MAX_TABLES)

static int plan_around(struct vkx_load *load, u32 dtb_size, u64 log_size,
		       const struct vkx_extent *taken, u32 nr_taken)
{
	struct vkx_place_memory memory = { .walk = walk_memory, .ctx = load };
	struct vkx_place_request req = {
		.image = load->linux_image,
		.linux_size = load->uki.part[VKX_PART_LINUX].size,
		.initrd_size = initrd_piece(load).size,
		.dtb_size = dtb_size,
		.page_size = PAGE_SIZE,
		.signed_tree = load->signed_tree,
		.avoid = taken,
		.nr_avoid = nr_taken,
	};

	req.extra[EXTRA_LOG] = (struct vkx_place_extra){ log_size, PAGE_SIZE };
	if (load->state->crash)
		req.extra[EXTRA_ELF] =
			(struct vkx_place_extra){ load->image->elf_headers_sz,
						  SZ_64K };
	return vkx_judge(vkx_place(&req, &memory, &load->plan, &load->fault),
			 &load->fault);
}

static int plan(struct vkx_load *load, u32 dtb_size, u64 log_size)
{
	struct vkx_extent *taken;
	int nr, err;

	taken = kvcalloc(MAX_TAKEN, sizeof(*taken), GFP_KERNEL);
	if (!taken)
		return -ENOMEM;
	nr = list_taken(load->image, taken);
	err = nr < 0 ? nr : plan_around(load, dtb_size, log_size, taken, nr);
	kvfree(taken);
	return err;
}

/* --- adding ---------------------------------------------------------------- */

static int add_region(struct vkx_load *load, const struct piece *piece,
		      u64 memsz)
{
	struct vkexec_state *state = load->state;
	struct vkx_stub_region *region;
	int err;

	if (state->nr_regions == ARRAY_SIZE(state->regions))
		return -E2BIG;
	region = &state->regions[state->nr_regions];
	region->dest = piece->place->start;
	region->bytes = piece->size;
	region->tail = memsz - piece->size;
	if (piece->digest) {
		memcpy(region->sha256, piece->digest, 32);
	} else {
		err = vkx_walk_sha256(piece->data, piece->size, region->sha256);
		if (err)
			return err;
	}
	state->nr_regions++;
	return 0;
}

static int add(struct vkx_load *load, const struct piece *piece)
{
	struct kexec_buf kbuf = {
		.image = load->image,
		.buffer = (void *)piece->data,
		.bufsz = piece->size,
		.mem = piece->place->start,
		.memsz = piece->place->size,
		.buf_min = 0,
		.buf_max = ULONG_MAX,
	};
	int err = kexec_add_buffer(&kbuf);

	if (err)
		return err;
	/* kexec must not have had an idea of its own. */
	if (kbuf.mem != piece->place->start)
		return -EADDRNOTAVAIL;
	return add_region(load, piece, kbuf.memsz);
}

static int add_kernel(struct vkx_load *load)
{
	struct piece piece = {
		.data = vkx_load_part(load, VKX_PART_LINUX),
		.size = load->uki.part[VKX_PART_LINUX].size,
		.place = &load->plan.kernel,
		.digest = load->part_sha256[VKX_PART_LINUX],
	};

	load->image->start = load->plan.kernel.start;
	return add(load, &piece);
}

static int add_initrd(struct vkx_load *load)
{
	struct piece piece = initrd_piece(load);

	piece.place = &load->plan.initrd;
	return add(load, &piece);
}

static int add_elf(struct vkx_load *load)
{
	struct piece piece = {
		.data = load->image->elf_headers,
		.size = load->image->elf_headers_sz,
		.place = &load->plan.extra[EXTRA_ELF],
	};

	if (!load->state->crash)
		return 0;
	load->image->elf_load_addr = piece.place->start;
	return add(load, &piece);
}

/*
 * Zero until launch: the bytes and the digest come with the last event. Until
 * then its region has a digest that nothing has, so that a launch without
 * them ends in the stub.
 */
static int add_log(struct vkx_load *load)
{
	struct vkexec_state *state = load->state;
	const struct vkx_extent *place = &load->plan.extra[EXTRA_LOG];
	struct kexec_buf kbuf = {
		.image = load->image,
		.mem = place->start,
		.memsz = place->size,
		.buf_max = ULONG_MAX,
	};
	int err;

	if (!place->size)
		return 0;
	err = kexec_add_buffer(&kbuf);
	if (err)
		return err;
	state->log.base = place->start;
	state->log.bytes = place->size;
	state->log_header = vkx_efi_log_header();
	state->regions[state->nr_regions++] = (struct vkx_stub_region){
		.dest = place->start,
		.bytes = place->size,
	};
	return 0;
}

int vkx_segments_add(struct vkx_load *load, u32 dtb_size, u64 log_size)
{
	int err = 0;

	if (load->state->crash)
		err = vkx_crash_headers(load->image);
	if (!err)
		err = plan(load, dtb_size, log_size);
	if (!err)
		err = add_kernel(load);
	if (!err)
		err = add_initrd(load);
	if (!err)
		err = add_elf(load);
	if (!err)
		err = add_log(load);
	return err;
}

/*
 * What kexec itself looks at when all is done, and measured: half of the
 * memory is the most that it gives. Here it costs no record.
 */
static int check_sum(const struct kimage *image)
{
	unsigned long i, pages = 0;

	for (i = 0; i < image->nr_segments; i++)
		pages += PAGE_ALIGN(image->segment[i].memsz) >> PAGE_SHIFT;
	return pages > totalram_pages() / 2 ? -ENOMEM : 0;
}

int vkx_segments_add_dtb(struct vkx_load *load, void *blob, u32 size)
{
	struct piece piece = {
		.data = blob,
		.size = size,
		.place = &load->plan.dtb,
	};
	int err = add(load, &piece);

	if (!err)
		err = check_sum(load->image);
	if (err)
		return err;
	load->image->arch.dtb = blob;
	load->image->arch.dtb_mem = piece.place->start;
	vkx_checks_pass(&load->checks, VKX_CHECK_PLACEMENT);
	return 0;
}
