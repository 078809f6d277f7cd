/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WIDTH 30
/* Work shorter than this shows no bar; then ten pictures a second. */
#define FIRST_MS 400
#define EVERY_MS 100

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void vkx_progress_start(struct vkx_progress *bar, const char *label,
			uint64_t total)
{
	memset(bar, 0, sizeof(*bar));
	pthread_mutex_init(&bar->lock, NULL);
	bar->label = label;
	bar->total = total;
	bar->tty = isatty(STDERR_FILENO);
	bar->shown = now_ms() + FIRST_MS - EVERY_MS;
}

static void draw(struct vkx_progress *bar)
{
	double part = bar->total ? (double)bar->done / (double)bar->total : 1;
	int full = (int)(part * WIDTH), i;

	if (full > WIDTH)
		full = WIDTH;
	fprintf(stderr, "\r%s [", bar->label);
	for (i = 0; i < WIDTH; i++)
		fputc(i < full ? '#' : ' ', stderr);
	fprintf(stderr, "] %llu of %llu MB",
		(unsigned long long)(bar->done >> 20),
		(unsigned long long)(bar->total >> 20));
	fflush(stderr);
	bar->drawn = true;
}

void vkx_progress_add(struct vkx_progress *bar, uint64_t n)
{
	int64_t now;

	if (!bar->tty)
		return;
	pthread_mutex_lock(&bar->lock);
	bar->done += n;
	now = now_ms();
	if (now - bar->shown >= EVERY_MS) {
		bar->shown = now;
		draw(bar);
	}
	pthread_mutex_unlock(&bar->lock);
}

void vkx_progress_hide(struct vkx_progress *bar)
{
	pthread_mutex_lock(&bar->lock);
	if (bar->drawn)
		fputs("\r\033[K", stderr);
	bar->drawn = false;
	pthread_mutex_unlock(&bar->lock);
}

void vkx_progress_end(struct vkx_progress *bar)
{
	vkx_progress_hide(bar);
	pthread_mutex_destroy(&bar->lock);
}
