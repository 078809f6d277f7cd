/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys/validity.h"

#include <stdlib.h>
#include <time.h>

#include "keys/options.h"

#define MAX_DAYS 36500
#define DAY 86400

bool vkx_days_parse(const char *text, unsigned int *days_ret)
{
	uint64_t days;

	if (!vkx_options_number(text, 1, MAX_DAYS, &days))
		return false;
	*days_ret = (unsigned int)days;
	return true;
}

bool vkx_validity_set(struct vkx_cert_spec *spec, unsigned int days)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t length = (uint64_t)days * DAY, now = (uint64_t)time(NULL);

	/* A build that was to be reproducible and takes another time instead
	 * would be noticed too late. */
	if (epoch && *epoch &&
	    !vkx_options_number(epoch, 0, VKX_MAX_TIME, &now))
		return false;
	if (now > VKX_MAX_TIME - length)
		return false;
	spec->not_before = vkx_time_utc((int64_t)now);
	spec->not_after = vkx_time_utc((int64_t)(now + length));
	return true;
}
