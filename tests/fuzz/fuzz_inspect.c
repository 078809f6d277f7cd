/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a file to look into before it is trusted: sections, .osrel,
 * .sbat, device trees, signatures, as text and as JSON. What is told has no
 * control byte of the file's in it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "verify/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vkx_fault fault = { VKX_RULE_NONE, 0 };
	struct vkx_infile in;
	char *text;
	size_t len, i;
	FILE *out;
	int json;

	for (json = 0; json < 2; json++) {
		text = NULL;
		out = open_memstream(&text, &len);
		vkx_infile_memory(&in, data, size);
		if (vkx_inspect("file", &in, out, json, &fault) &&
		    fault.rule == VKX_RULE_NONE)
			abort();
		vkx_infile_close(&in);
		fclose(out);
		for (i = 0; i < len; i++)
			if ((unsigned char)text[i] < ' ' && text[i] != '\n')
				abort();
		free(text);
	}
	return 0;
}
