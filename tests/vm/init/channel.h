/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VKX_VM_CHANNEL_H
#define VKX_VM_CHANNEL_H
/*
 * The line protocol between the guest's PID 1 and the host that drives it,
 * over a serial port of its own: the console belongs to the kernel, and what
 * a kernel prints must never be taken for a result.
 *
 * Host to guest, one line per command:    VERB ARG...
 * Guest to host, one line per answer:     vkx ok TEXT
 *                                         vkx no ERRNO TEXT
 *                                         vkx hello RELEASE MARKER
 * An argument or text is percent-escaped: no space, no control character.
 */
#include <stdbool.h>
#include <stddef.h>

#define CHANNEL_LINE_MAX 65536
#define CHANNEL_ARGS_MAX 16

/* Opens the port raw; waits a while for the driver to bring it up. */
bool channel_open(const char *path);

/* Reads one command and splits it; false when the host has gone. */
bool channel_read(char *line, char *args[CHANNEL_ARGS_MAX], int *count_ret);

void channel_hello(const char *release, const char *marker);
void channel_ok(const char *text, size_t size);
void channel_no(int error, const char *text);

#endif
