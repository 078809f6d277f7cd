/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/hash.h"

struct vkx_bank vkx_test_banks[2] = {
	{ VKX_TPM_ALG_SHA1, 20 },
	{ VKX_TPM_ALG_SHA256, 32 },
};

uint8_t *vkx_testdata(const char *path, size_t *len_ret)
{
	const char *root = getenv("VKX_TEST_DATA");
	char name[1024];
	uint8_t *buf;
	long size;
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", root ? root : "../shared/data",
		 path);
	f = fopen(name, "rb");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	buf = malloc((size_t)size + 1);
	if (!buf || fread(buf, 1, (size_t)size, f) != (size_t)size)
		abort();
	buf[size] = 0;
	fclose(f);
	*len_ret = (size_t)size;
	return buf;
}

struct vkx_hop vkx_test_hop(uint8_t kind, uint32_t number)
{
	struct vkx_hop h = {
		.kind = kind,
		.dtb_source = VKX_HOP_DTB_SIGNED,
		.lockdown = VKX_HOP_LOCKDOWN_INTEGRITY,
		.flags = VKX_HOP_STRICT | VKX_HOP_ENFORCED | VKX_HOP_INITRD |
			 VKX_HOP_UAPI,
		.number = number,
		.sbat_date = 2026010100,
	};
	uint8_t *digests[] = { h.authenticode, h.linux_image, h.initrd,
			       h.cmdline,      h.dtb,	      h.facts,
			       h.policy,       h.signer };
	size_t i;

	for (i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		memset(digests[i], (int)(0x10 * (i + 1) + number), 32);
	return h;
}

void vkx_test_log_add(uint8_t *log, size_t *used, uint32_t pcr, uint32_t type,
		      const void *digested, size_t len, const void *data,
		      uint32_t data_size)
{
	struct vkx_span piece = { digested, len };
	struct vkx_digest digests[2];

	if (vkx_hash_banks(&vkx_hash_host, vkx_test_banks, 2, &piece, 1,
			   digests) ||
	    vkx_tcglog_append(log, VKX_TEST_LOG_MAX, used, vkx_test_banks, 2,
			      pcr, type, digests, 2, data, data_size))
		abort();
}

void vkx_test_log_hop(uint8_t *log, size_t *used, const struct vkx_hop *hop)
{
	uint8_t data[VKX_HOP_EVENT_SIZE];

	if (vkx_hop_encode(hop, data))
		abort();
	vkx_test_log_add(log, used, VKX_HOP_PCR, VKX_EV_EVENT_TAG, data,
			 sizeof(data), data, sizeof(data));
}

size_t vkx_test_log(uint8_t log_ret[VKX_TEST_LOG_MAX])
{
	static const char locality[17] = "StartupLocality\0\3";
	struct vkx_hop hop = vkx_test_hop(VKX_HOP_LOAD, 1);
	size_t used;

	if (vkx_tcglog_write_header(log_ret, VKX_TEST_LOG_MAX, vkx_test_banks,
				    2, &used))
		abort();
	vkx_test_log_add(log_ret, &used, 0, VKX_EV_NO_ACTION, "", 0, locality,
			 sizeof(locality));
	vkx_test_log_add(log_ret, &used, 0, 8, "firmware", 8, "1.0", 3);
	vkx_test_log_add(log_ret, &used, 4, VKX_EV_SEPARATOR, "\0\0\0\0", 4,
			 "\0\0\0\0", 4);
	vkx_test_log_add(log_ret, &used, 11, VKX_EV_IPL, ".linux", 7,
			 ".\0l\0i\0n\0u\0x\0\0", 14);
	vkx_test_log_hop(log_ret, &used, &hop);
	hop.kind = VKX_HOP_LAUNCH;
	vkx_test_log_hop(log_ret, &used, &hop);
	return used;
}
