/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a log: what opens can be walked, and replays to what a second
 * reader makes of it, which is written here, simply, on OpenSSL. V91 V95
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "measure/hash.h"
#include "tcglog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct vkx_tcglog *log)
{
	struct vkx_tcglog_event ev;
	size_t offset = log->first, i;
	uint32_t index = 0;

	while (vkx_tcglog_next(log, &offset, &index, &ev)) {
		for (i = 0; i < log->nr_banks; i++)
			if (ev.digest[i] && (ev.digest[i] < log->data ||
					     ev.digest[i] + log->banks[i].size >
						     log->data + log->size))
				abort();
		if (ev.extends && ev.pcr >= VKX_NR_PCRS)
			abort();
	}
	if (offset != log->size || index != log->nr_events)
		abort();
}

static uint32_t le(const uint8_t *p, size_t n)
{
	return n ? p[0] | le(p + 1, n - 1) << 8 : 0;
}

static const EVP_MD *md_of(uint32_t alg)
{
	switch (alg) {
	case 4:
		return EVP_sha1();
	case 0xb:
		return EVP_sha256();
	case 0xc:
		return EVP_sha384();
	case 0xd:
		return EVP_sha512();
	case 0x12:
		return EVP_sm3();
	default:
		return NULL;
	}
}

static void extend(const EVP_MD *md, uint8_t *pcr, const uint8_t *digest)
{
	size_t n = (size_t)EVP_MD_get_size(md);
	uint8_t both[128];

	memcpy(both, pcr, n);
	memcpy(both + n, digest, n);
	if (!EVP_Digest(both, 2 * n, pcr, NULL, md, NULL))
		abort();
}

/* Digest of this bank in the event at p; *behind_ret is its data's length. */
static const uint8_t *digest_in(const struct vkx_tcglog *log, const uint8_t *p,
				uint32_t alg, const uint8_t **behind_ret)
{
	const uint8_t *digest = NULL;
	uint32_t count, i;
	size_t k;

	if (log->legacy) {
		*behind_ret = p + 28;
		return p + 8;
	}
	count = le(p + 8, 4);
	p += 12;
	for (i = 0; i < count; i++) {
		if (le(p, 2) == alg)
			digest = p + 2;
		for (k = 0; log->banks[k].alg != le(p, 2); k++)
			;
		p += 2 + log->banks[k].size;
	}
	*behind_ret = p;
	return digest;
}

/*
 * All of the log once more, with no checks: it has passed them. PCR 0 starts
 * where the first event of PCR 0 that tells of it says, if none extends before.
 */
static void compare(const struct vkx_tcglog *log, size_t bank,
		    const struct vkx_pcrs *pcrs)
{
	const EVP_MD *md = md_of(log->banks[bank].alg);
	const uint8_t *p = log->data + log->first, *digest, *behind;
	uint8_t pcr[24][64] = { { 0 } };
	bool begun = false, told = false;
	size_t i, n = log->banks[bank].size;

	if (!md)
		return;
	if (n != (size_t)EVP_MD_get_size(md))
		abort();
	for (i = 17; i < 23; i++)
		memset(pcr[i], 0xff, n);
	for (; p < log->data + log->size; p = behind + 4 + le(behind, 4)) {
		digest = digest_in(log, p, log->banks[bank].alg, &behind);
		if (le(p + 4, 4) != 3) {
			if (!le(p, 4) && !begun && !told &&
			    le(p + 4, 4) == 0x80000010)
				pcr[0][n - 1] = 4;
			begun |= !le(p, 4);
			extend(md, pcr[le(p, 4)], digest);
		} else if (!le(p, 4) && !begun && !told &&
			   le(behind, 4) == 17 &&
			   !memcmp(behind + 4, "StartupLocality", 16)) {
			told = true;
			pcr[0][n - 1] = behind[20];
		}
	}
	for (i = 0; i < 24; i++)
		if (memcmp(pcr[i], pcrs->value[i], n))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vkx_tcglog log, exact;
	struct vkx_fault fault;
	struct vkx_pcrs pcrs;
	size_t i;

	if (vkx_tcglog_open(data, size, VKX_TCGLOG_PADDED, &log, &fault))
		return 0;
	walk(&log);
	/* Without its padding the same log is exact. */
	if (vkx_tcglog_open(data, log.size, VKX_TCGLOG_EXACT, &exact, NULL) ||
	    exact.nr_events != log.nr_events)
		abort();
	for (i = 0; i < log.nr_banks; i++)
		if (!vkx_tcglog_replay(&log, log.banks[i].alg, &vkx_hash_host,
				       &pcrs))
			compare(&log, i, &pcrs);
	return 0;
}
