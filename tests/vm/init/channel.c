// SPDX-License-Identifier: BSD-2-Clause
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int port = -1;

bool channel_open(const char *path)
{
	struct termios t;

	for (int i = 0; i < 100 && port < 0; i++) {
		port = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (port < 0)
			usleep(100000);
	}
	if (port < 0 || tcgetattr(port, &t) != 0)
		return false;
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	return tcsetattr(port, TCSANOW, &t) == 0;
}

static void write_all(const char *p, size_t size)
{
	while (size > 0) {
		ssize_t n = write(port, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		p += n;
		size -= (size_t)n;
	}
}

/* Builds one line and sends it whole. */
static void send_line(const char *head, const char *text, size_t size)
{
	size_t used = strlen(head);
	char *line = malloc(used + 3 * size + 2);

	if (!line)
		return;
	memcpy(line, head, used);
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c > ' ' && c < 0x7f && c != '%')
			line[used++] = (char)c;
		else
			used += (size_t)sprintf(line + used, "%%%02x", c);
	}
	line[used++] = '\n';
	write_all(line, used);
	free(line);
}

void channel_hello(const char *release, const char *marker)
{
	char head[256];

	/* A line of its own, whatever stood in the port before. */
	write_all("\n", 1);
	snprintf(head, sizeof(head), "vkx hello %s ", release);
	send_line(head, marker, strlen(marker));
}

void channel_ok(const char *text, size_t size)
{
	send_line("vkx ok ", text, size);
}

void channel_no(int error, const char *text)
{
	const char *name = strerrorname_np(error);
	char head[64];

	snprintf(head, sizeof(head), "vkx no %s ", name ? name : "EUNKNOWN");
	send_line(head, text, strlen(text));
}

static void unescape(char *s)
{
	char *out = s;
	unsigned int c;

	for (; *s; s++) {
		if (*s == '%' && sscanf(s + 1, "%2x", &c) == 1) {
			*out++ = (char)c;
			s += 2;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

static bool read_line(char *line)
{
	size_t used = 0;
	char c;

	while (used < CHANNEL_LINE_MAX - 1) {
		ssize_t n = read(port, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (c == '\n')
			break;
		line[used++] = c;
	}
	line[used] = '\0';
	return true;
}

bool channel_read(char *line, char *args[CHANNEL_ARGS_MAX], int *count_ret)
{
	char *save = NULL;
	int n = 0;

	if (!read_line(line))
		return false;
	for (char *a = strtok_r(line, " ", &save); a && n < CHANNEL_ARGS_MAX;
	     a = strtok_r(NULL, " ", &save)) {
		unescape(a);
		args[n++] = a;
	}
	*count_ret = n;
	return true;
}
