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

/* From now (or SOURCE_DATE_EPOCH, for reproducible builds) for so many days. */
void vkx_validity_set(struct vkx_cert_spec *spec, unsigned int days);

#endif
