/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a log: what opens can be walked, replayed and written again. */
#include <stdint.h>
#include <stdlib.h>

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
		(void)!vkx_tcglog_replay(&log, log.banks[i].alg, &vkx_hash_host,
					 &pcrs);
	return 0;
}
