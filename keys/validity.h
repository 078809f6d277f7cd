/* SPDX-License-Identifier: BSD-2-Clause */
/* From when to when a new certificate is valid. */
#ifndef VKX_VALIDITY_H
#define VKX_VALIDITY_H

#include <stdbool.h>

#include "keys/cert.h"

/* Ten years: the kernel ignores validity, auditors may not. */
#define VKX_DEFAULT_DAYS 3650

/* A number of days, 1 to 36500. False: not one. */
bool vkx_days_parse(const char *text, unsigned int *days_ret);

/*
 * From now (or SOURCE_DATE_EPOCH, for reproducible builds) for so many days.
 * False: that variable is no number of seconds, or the end would come after the
 * year 9999; spec stays as it was.
 */
VKX_MUST_USE bool vkx_validity_set(struct vkx_cert_spec *spec,
				   unsigned int days);

#endif
