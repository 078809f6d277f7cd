/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/validity.h"

#include <stdlib.h>
#include <time.h>

#define MAX_DAYS 36500
#define DAY 86400

bool vkx_days_parse(const char *text, unsigned int *days_ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !v || v > MAX_DAYS)
		return false;
	*days_ret = (unsigned int)v;
	return true;
}

void vkx_validity_set(struct vkx_cert_spec *spec, unsigned int days)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t now = epoch && *epoch ? strtoll(epoch, NULL, 10) : time(NULL);

	spec->not_before = vkx_time_utc(now);
	spec->not_after = vkx_time_utc(now + (int64_t)days * DAY);
}
