/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure/pcrlist.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "keys/cli.h"
#include "tcglog.h"

#define MAX_NONCE 64u

static bool number(const char **p, unsigned int *ret)
{
	unsigned int v = 0, digits = 0;

	while (isdigit((unsigned char)**p) && digits < 3) {
		v = 10 * v + (unsigned int)(*(*p)++ - '0');
		digits++;
	}
	*ret = v;
	return digits && v < VKX_NR_PCRS;
}

bool vkx_pcrlist_parse(const char *text, uint32_t *mask_ret)
{
	unsigned int from, to;
	uint32_t mask = 0;

	for (;; text++) {
		if (!number(&text, &from))
			return false;
		to = from;
		if (*text == '-') {
			text++;
			if (!number(&text, &to) || to < from)
				return false;
		}
		for (; from <= to; from++) {
			if (mask >> from & 1)
				return false;
			mask |= 1u << from;
		}
		if (!*text)
			break;
		if (*text != ',')
			return false;
	}
	*mask_ret = mask;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool from_hex(const char *text, struct vkx_blob *ret)
{
	size_t n = strlen(text), i;
	uint8_t *p;

	if (!n || n % 2 || n / 2 > MAX_NONCE)
		return false;
	for (i = 0; i < n; i++)
		if (digit(text[i]) < 0)
			return false;
	p = malloc(n / 2);
	if (!p)
		return false;
	for (i = 0; i < n / 2; i++)
		p[i] = (uint8_t)((unsigned int)digit(text[2 * i]) << 4 |
				 (unsigned int)digit(text[2 * i + 1]));
	ret->data = p;
	ret->size = n / 2;
	return true;
}

int vkx_nonce_parse(const char *text, struct vkx_blob *nonce_ret)
{
	int err;

	if (*text == '@') {
		err = vkx_blob_read(AT_FDCWD, text + 1, MAX_NONCE, nonce_ret);
		if (!err)
			return VKX_EXIT_DONE;
		vkx_cli_error(text + 1, "cannot read the nonce: %s",
			      vkx_blob_why(err));
		return VKX_EXIT_FAILED;
	}
	if (from_hex(text, nonce_ret))
		return VKX_EXIT_DONE;
	vkx_cli_error("--nonce", "not hex of 1 to 64 bytes, nor @FILE");
	return VKX_EXIT_USAGE;
}
