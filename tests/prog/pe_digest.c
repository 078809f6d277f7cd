/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the Authenticode SHA-256 digest of each PE file, as any signer sees
 * it, and whether it is a UKI in our strict profile: one line per file,
 * "DIGEST|- UKI-RULE FILE". For checks that compare with other programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pe.h"
#include "sha256.h"
#include "uki.h"

static uint8_t *read_file(const char *path, size_t *len_ret)
{
	FILE *f = fopen(path, "rb");
	uint8_t *buf = NULL;
	long len;

	if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0)
		goto out;
	rewind(f);
	buf = malloc(len ? (size_t)len : 1);
	if (buf && fread(buf, 1, (size_t)len, f) != (size_t)len) {
		free(buf);
		buf = NULL;
	}
	*len_ret = (size_t)len;
out:
	if (f)
		fclose(f);
	return buf;
}

static void digest(const struct vkx_pe *pe, const uint8_t *file, char *hex_ret)
{
	static const uint8_t zeros[8];
	struct vkx_range ranges[VKX_PE_MAX_RANGES];
	struct vkx_sha256 ctx;
	uint8_t out[VKX_SHA256_SIZE];
	uint32_t pad;
	size_t n, i;

	if (vkx_pe_hash_ranges(pe, ranges, VKX_PE_MAX_RANGES, &n, &pad))
		abort();
	vkx_sha256_init(&ctx);
	for (i = 0; i < n; i++)
		vkx_sha256_update(&ctx, file + ranges[i].offset,
				  ranges[i].size);
	vkx_sha256_update(&ctx, zeros, pad);
	vkx_sha256_final(&ctx, out);
	for (i = 0; i < sizeof(out); i++)
		sprintf(hex_ret + 2 * i, "%02x", out[i]);
}

int main(int argc, char **argv)
{
	static struct vkx_pe pe;
	static struct vkx_uki uki;
	int i, rc = 0;

	for (i = 1; i < argc; i++) {
		struct vkx_fault fault = { VKX_RULE_NONE, 0 };
		char hex[2 * VKX_SHA256_SIZE + 1] = "-";
		size_t len = 0;
		uint8_t *file = read_file(argv[i], &len);

		if (!file) {
			perror(argv[i]);
			rc = 1;
			continue;
		}
		if (!vkx_pe_parse(file, len, len, VKX_PE_ANY, &pe, &fault))
			digest(&pe, file, hex);
		else
			snprintf(hex, sizeof(hex), "-%s@%llu",
				 vkx_rule_id(fault.rule),
				 (unsigned long long)fault.offset);
		fault.rule = VKX_RULE_NONE;
		if (vkx_uki_parse(file, len, len, &uki, &fault) &&
		    fault.rule == VKX_RULE_NONE)
			abort();
		printf("%s %s %s\n", hex, vkx_rule_id(fault.rule), argv[i]);
		free(file);
	}
	return rc;
}
