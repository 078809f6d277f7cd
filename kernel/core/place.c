/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cursor.h"
#include "place.h"

#define MAX_TEXT_OFFSET 0x200000ULL
#define MAX_IMAGE 0x100000000ULL
#define GIB 0x40000000ULL
#define MAX_PLACED (3u + VKX_PLACE_MAX_EXTRA)
/* Kernel positions to try one by one, then by the gigabyte: 4 TiB of them. */
#define NEAR_TRIES 256u
#define MAX_TRIES 4352u

struct job {
	const struct vkx_place_request *req;
	const struct vkx_place_memory *memory;
	struct vkx_extent placed[MAX_PLACED];
	uint32_t nr_placed;
	struct vkx_fault *fault;
};

/* One search through free memory. */
struct search {
	const struct job *job;
	uint64_t size, align;
	uint64_t min, max; /* the piece lies in [min, max) */
	bool top_down;
	bool found;
	uint64_t start;
	int err; /* of the signed tree's list */
};

static bool power_of_two(uint64_t v)
{
	return v && !(v & (v - 1));
}

struct hit {
	uint64_t start, size;
	struct vkx_extent with;
};

static int hit_visit(void *arg, const struct vkx_extent *e)
{
	struct hit *hit = arg;

	if (!vkx_ranges_overlap(hit->start, hit->size, e->start, e->size))
		return 0;
	hit->with = *e;
	return 1;
}

static int hit_any(struct hit *hit, const struct vkx_extent *list, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (hit_visit(hit, &list[i]))
			return 1;
	return 0;
}

/* 1 and hit->with if the range meets something taken; 0; or an error. */
static int taken(const struct job *job, struct hit *hit)
{
	const struct vkx_place_request *req = job->req;

	if (hit_any(hit, job->placed, job->nr_placed) ||
	    hit_any(hit, req->avoid, req->nr_avoid))
		return 1;
	if (!req->signed_tree)
		return 0;
	return vkx_fdt_reserved(req->signed_tree, hit_visit, hit, job->fault);
}

/* The lowest fit in [low, high), or high. */
static uint64_t lowest(struct search *s, uint64_t low, uint64_t high)
{
	struct hit hit = { .size = s->size };

	while (vkx_align_up64(low, s->align, &hit.start) && hit.start < high &&
	       s->size <= high - hit.start) {
		s->err = taken(s->job, &hit);
		if (s->err < 0)
			return high;
		if (!s->err)
			return hit.start;
		if (!vkx_add64(hit.with.start, hit.with.size, &low))
			return high;
	}
	return high;
}

/* The highest fit in [low, high), or high. */
static uint64_t highest(struct search *s, uint64_t low, uint64_t high)
{
	struct hit hit = { .size = s->size };
	uint64_t end = high;

	while (end > low && s->size <= end - low) {
		hit.start = (end - s->size) & ~(s->align - 1);
		if (hit.start < low)
			return high;
		s->err = taken(s->job, &hit);
		if (s->err < 0)
			return high;
		if (!s->err)
			return hit.start;
		end = hit.with.start;
	}
	return high;
}

static int search_extent(void *arg, const struct vkx_extent *e)
{
	struct search *s = arg;
	uint64_t low = e->start, high, at;

	if (!vkx_add64(e->start, e->size, &high))
		high = UINT64_MAX;
	if (low < s->min)
		low = s->min;
	if (high > s->max)
		high = s->max;
	if (low >= high)
		return 0;
	at = s->top_down ? highest(s, low, high) : lowest(s, low, high);
	if (s->err < 0)
		return s->err;
	if (at == high)
		return 0;
	s->found = true;
	s->start = at;
	return s->top_down ? 0 : 1;
}

/* 0, ARGS_PLACEMENT, or what the signed tree's list gave. */
static int search(struct search *s)
{
	const struct vkx_place_memory *memory = s->job->memory;
	int err = memory->walk(memory->ctx, search_extent, s);

	if (s->err < 0)
		return s->err;
	if (err < 0)
		return err;
	return s->found ? 0 :
			  vkx_fault(s->job->fault, VKX_RULE_ARGS_PLACEMENT, 0);
}

/* Finds room for size bytes and remembers it; size 0 is placed nowhere. */
static int put(struct job *job, uint64_t size, uint64_t align, uint64_t min,
	       uint64_t max, bool top_down, struct vkx_extent *ret)
{
	struct search s = { .job = job,
			    .align = align,
			    .min = min,
			    .max = max,
			    .top_down = top_down };
	int err;

	if (!size)
		return 0;
	if (!vkx_align_up64(size, job->req->page_size, &s.size))
		return vkx_fault(job->fault, VKX_RULE_ARGS_PLACEMENT, 0);
	err = search(&s);
	if (err)
		return err;
	ret->start = s.start;
	ret->size = s.size;
	job->placed[job->nr_placed++] = *ret;
	return 0;
}

static int put_kernel(struct job *job, uint64_t min,
		      struct vkx_place_plan *plan)
{
	const struct vkx_image *image = &job->req->image;
	int err;

	job->nr_placed = 0;
	err = put(job, image->image_size + image->text_offset, VKX_KERNEL_ALIGN,
		  min, UINT64_MAX, false, &plan->kernel);
	if (err)
		return err;
	plan->kernel.start += image->text_offset;
	if (!vkx_align_up64(image->image_size, job->req->page_size,
			    &plan->kernel.size))
		return -VKX_ERR_BUG;
	return 0;
}

static uint64_t window_end(const struct vkx_place_plan *plan)
{
	uint64_t end;

	if (!vkx_add64(plan->kernel.start & ~(GIB - 1), VKX_PLACE_WINDOW, &end))
		return UINT64_MAX;
	return end;
}

static int put_rest(struct job *job, struct vkx_place_plan *plan)
{
	const struct vkx_place_request *req = job->req;
	uint64_t min = plan->kernel.start + plan->kernel.size;
	uint64_t max = window_end(plan);
	uint32_t i;
	int err;

	err = put(job, req->initrd_size, req->page_size, min, max, false,
		  &plan->initrd);
	for (i = 0; !err && i < VKX_PLACE_MAX_EXTRA; i++)
		err = put(job, req->extra[i].size, req->extra[i].align, min,
			  max, false, &plan->extra[i]);
	if (!err)
		err = put(job, req->dtb_size, VKX_DTB_ALIGN, min, max, true,
			  &plan->dtb);
	return err;
}

static int check_request(const struct vkx_place_request *req,
			 struct vkx_fault *fault_ret)
{
	const struct vkx_image *image = &req->image;
	uint32_t i;

	if (!power_of_two(req->page_size) || req->page_size > VKX_DTB_ALIGN ||
	    req->dtb_size > VKX_MAX_FDT || (req->nr_avoid && !req->avoid))
		return -VKX_ERR_ARG;
	for (i = 0; i < VKX_PLACE_MAX_EXTRA; i++)
		if (req->extra[i].size &&
		    (!power_of_two(req->extra[i].align) ||
		     req->extra[i].align < req->page_size))
			return -VKX_ERR_ARG;
	if (!image->image_size || image->image_size > MAX_IMAGE ||
	    image->text_offset > MAX_TEXT_OFFSET ||
	    image->text_offset % req->page_size ||
	    req->linux_size > image->image_size)
		return vkx_fault(fault_ret, VKX_RULE_IMAGE_SIZE, 0);
	return 0;
}

/* Where the kernel may start next; false when there is no use in trying. */
static bool next_min(const struct vkx_place_plan *plan, uint32_t tries,
		     uint64_t *min)
{
	if (tries < NEAR_TRIES)
		return vkx_add64(plan->kernel.start, plan->kernel.size, min);
	return tries < MAX_TRIES &&
	       vkx_align_up64(plan->kernel.start + 1, GIB, min);
}

int vkx_place(const struct vkx_place_request *req,
	      const struct vkx_place_memory *memory,
	      struct vkx_place_plan *plan_ret, struct vkx_fault *fault_ret)
{
	struct job job = { .req = req, .memory = memory, .fault = fault_ret };
	struct vkx_place_plan plan;
	uint64_t min = 0;
	uint32_t tries;
	int err = check_request(req, fault_ret);

	if (err)
		return err;
	for (tries = 0;; tries++) {
		memset(&plan, 0, sizeof(plan));
		err = put_kernel(&job, min, &plan);
		if (err)
			return err;
		err = put_rest(&job, &plan);
		if (!err)
			break;
		if (err != -VKX_ERR_FORMAT || !next_min(&plan, tries, &min))
			return err;
	}
	err = vkx_place_check(req, &plan, fault_ret);
	if (err)
		return err;
	*plan_ret = plan;
	return 0;
}

/* Ranges of the plan in one list; the kernel's is its whole 2 MiB aligned one. */
static uint32_t list_plan(const struct vkx_place_request *req,
			  const struct vkx_place_plan *plan,
			  struct vkx_extent list[MAX_PLACED])
{
	uint32_t i;

	list[0].start = plan->kernel.start - req->image.text_offset;
	list[0].size = plan->kernel.size + req->image.text_offset;
	list[1] = plan->initrd;
	list[2] = plan->dtb;
	for (i = 0; i < VKX_PLACE_MAX_EXTRA; i++)
		list[3 + i] = plan->extra[i];
	return MAX_PLACED;
}

static bool good_place(const struct vkx_place_request *req,
		       const struct vkx_place_plan *plan,
		       const struct vkx_extent *e, uint64_t want,
		       uint64_t align, bool low_too)
{
	uint64_t end;

	if (!want)
		return !e->size;
	return e->size >= want && !(e->start & (align - 1)) &&
	       !(e->size & (req->page_size - 1)) &&
	       vkx_add64(e->start, e->size, &end) && end <= window_end(plan) &&
	       (low_too || e->start >= plan->kernel.start + plan->kernel.size);
}

static bool good_places(const struct vkx_place_request *req,
			const struct vkx_place_plan *plan,
			const struct vkx_extent *list)
{
	const struct vkx_image *image = &req->image;
	uint32_t i;

	if (plan->kernel.start < image->text_offset ||
	    !good_place(req, plan, &list[0],
			image->image_size + image->text_offset,
			VKX_KERNEL_ALIGN, true) ||
	    !good_place(req, plan, &list[1], req->initrd_size, req->page_size,
			false) ||
	    !good_place(req, plan, &list[2], req->dtb_size, VKX_DTB_ALIGN,
			false))
		return false;
	for (i = 0; i < VKX_PLACE_MAX_EXTRA; i++)
		if (!good_place(req, plan, &list[3 + i], req->extra[i].size,
				req->extra[i].align, false))
			return false;
	return true;
}

int vkx_place_check(const struct vkx_place_request *req,
		    const struct vkx_place_plan *plan,
		    struct vkx_fault *fault_ret)
{
	struct job job = { .req = req, .fault = fault_ret };
	struct vkx_extent list[MAX_PLACED];
	uint32_t i, n = list_plan(req, plan, list);
	struct hit hit;
	int err = check_request(req, fault_ret);

	if (err)
		return err;
	if (!good_places(req, plan, list))
		return vkx_fault(fault_ret, VKX_RULE_ARGS_PLACEMENT, 0);
	for (i = 0; i < n; i++) {
		if (!list[i].size)
			continue;
		hit.start = list[i].start;
		hit.size = list[i].size;
		err = taken(&job, &hit);
		if (err)
			return err < 0 ? err :
					 vkx_fault(fault_ret,
						   VKX_RULE_ARGS_PLACEMENT, 0);
		job.placed[job.nr_placed++] = list[i];
	}
	return 0;
}
