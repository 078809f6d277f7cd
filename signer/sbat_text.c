/* SPDX-License-Identifier: BSD-2-Clause */
#include "signer/sbat_text.h"

#include <stdbool.h>
#include <string.h>

#include "sbat.h"

static const char header[] =
	"sbat,1,SBAT Version,sbat,1,"
	"https://github.com/rhboot/shim/blob/main/SBAT.md\n";
static const char fallback[] =
	"vkexec-uki,1,vkexec,vkexec-uki,1,"
	"https://uapi-group.org/specifications/specs/unified_kernel_image/\n";

static bool has_line(const struct vkx_bytes *text, const char *line, size_t len)
{
	const char *at = (const char *)text->data;
	const char *end = at + text->len;

	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((eol ? eol : end) - at);

		if (n == len && !memcmp(at, line, len))
			return true;
		at += n + 1;
	}
	return false;
}

/*
 * Appends every line of from but header lines, blank ones and repetitions. A
 * NUL would hide the lines behind it from those who read the text as a string,
 * and a generation that is not read is a rollback.
 */
static int append_lines(struct vkx_bytes *text, const struct vkx_bytes *from,
			struct vkx_fault *fault_ret)
{
	const char *at = from->len ? (const char *)from->data : "";
	const char *end = at + from->len;
	int err = 0;

	if (memchr(at, '\0', from->len))
		return vkx_fault(fault_ret, VKX_RULE_SBAT_FORMAT, text->len);
	while (at < end && !err) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((eol ? eol : end) - at);
		size_t use = len && at[len - 1] == '\r' ? len - 1 : len;

		if (use && strncmp(at, "sbat,", 5) != 0 &&
		    !has_line(text, at, use)) {
			err = vkx_bytes_append(text, at, use);
			if (!err)
				err = vkx_bytes_append(text, "\n", 1);
		}
		at += len + 1;
	}
	return err;
}

int vkx_sbat_text(const struct vkx_bytes *own, const struct vkx_bytes *stub,
		  struct vkx_bytes *text_ret, struct vkx_fault *fault_ret)
{
	struct vkx_bytes text = { 0 }, theirs = *stub;
	struct vkx_sbat sbat;
	int err = vkx_bytes_append(&text, header, sizeof(header) - 1);

	if (!err)
		err = own->len ? append_lines(&text, own, fault_ret) :
				 vkx_bytes_append(&text, fallback,
						  sizeof(fallback) - 1);
	/* Padding of the section that it came from. */
	while (theirs.len && !theirs.data[theirs.len - 1])
		theirs.len--;
	if (!err)
		err = append_lines(&text, &theirs, fault_ret);
	if (!err && text.len > VKX_MAX_SBAT)
		err = -VKX_ERR_LIMIT;
	if (!err)
		err = vkx_sbat_parse(text.data, text.len, 0, &sbat, fault_ret);
	if (err)
		vkx_bytes_free(&text);
	else
		*text_ret = text;
	return err;
}
