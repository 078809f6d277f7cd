/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include <mbedtls/platform_util.h>

#include "keys/bytes.h"

#define CTRL_C 3

void vkx_secret_guard(void)
{
	static const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
}

void vkx_secret_wipe(struct vkx_secret *secret)
{
	mbedtls_platform_zeroize(secret, sizeof(*secret));
}

static int take_line(const char *text, size_t len,
		     struct vkx_secret *secret_ret)
{
	const char *end = memchr(text, '\n', len);

	if (end)
		len = (size_t)(end - text);
	if (len && text[len - 1] == '\r')
		len--;
	if (len > VKX_SECRET_MAX)
		return -VKX_ERR_LIMIT;
	if (!len || memchr(text, '\0', len))
		return -VKX_ERR_FORMAT;
	memset(secret_ret, 0, sizeof(*secret_ret));
	memcpy(secret_ret->text, text, len);
	secret_ret->len = len;
	return 0;
}

int vkx_secret_from_file(const char *path, struct vkx_secret *secret_ret)
{
	struct vkx_bytes blob;
	int err = vkx_bytes_read(path, (size_t)4 * VKX_SECRET_MAX, &blob);

	if (err)
		return err;
	err = take_line((const char *)blob.data, blob.len, secret_ret);
	vkx_bytes_free(&blob);
	return err;
}

int vkx_secret_from_env(const char *name, struct vkx_secret *secret_ret)
{
	char *value = getenv(name);
	int err;

	if (!value)
		return -VKX_ERR_NOTFOUND;
	err = take_line(value, strlen(value), secret_ret);
	mbedtls_platform_zeroize(value, strlen(value));
	unsetenv(name);
	return err;
}

static volatile sig_atomic_t killed_by;

static void note_signal(int sig)
{
	killed_by = sig;
}

/* One line of the terminal in canonical mode; ISIG is off, so that Ctrl-C
 * comes as a character and the terminal is always put right again. */
static int read_tty(int fd, struct vkx_secret *secret_ret)
{
	char line[VKX_SECRET_MAX + 2];
	ssize_t n = read(fd, line, sizeof(line));
	int err;

	if (n <= 0)
		err = -VKX_ERR_IO;
	else if (memchr(line, CTRL_C, (size_t)n))
		err = -VKX_ERR_IO;
	else
		err = take_line(line, (size_t)n, secret_ret);
	if (err == -VKX_ERR_IO)
		errno = EINTR;
	mbedtls_platform_zeroize(line, sizeof(line));
	return err;
}

static int ask(int fd, const char *prompt, struct vkx_secret *secret_ret)
{
	struct sigaction act = { .sa_handler = note_signal }, term, hup;
	struct termios was, quiet;
	int err = -VKX_ERR_IO;

	if (tcgetattr(fd, &was))
		return -VKX_ERR_NOTFOUND;
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	quiet.c_lflag |= ICANON | ECHONL;
	killed_by = 0;
	sigaction(SIGTERM, &act, &term);
	sigaction(SIGHUP, &act, &hup);
	if (write(fd, prompt, strlen(prompt)) < 0 ||
	    tcsetattr(fd, TCSAFLUSH, &quiet))
		goto out;
	err = read_tty(fd, secret_ret);
	tcsetattr(fd, TCSAFLUSH, &was);
out:
	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGHUP, &hup, NULL);
	if (killed_by)
		raise(killed_by);
	return err;
}

int vkx_secret_from_prompt(const char *prompt, bool confirm,
			   struct vkx_secret *secret_ret)
{
	struct vkx_secret first = { 0 }, again = { 0 };
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -VKX_ERR_NOTFOUND;
	err = ask(fd, prompt, &first);
	if (!err && confirm)
		err = ask(fd, "Again: ", &again);
	if (!err && confirm && strcmp(first.text, again.text) != 0)
		err = -VKX_ERR_MISMATCH;
	if (!err)
		*secret_ret = first;
	vkx_secret_wipe(&first);
	vkx_secret_wipe(&again);
	close(fd);
	return err;
}
