/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A distinguished name of a certificate as one line for people. Not for
 * comparing: names are compared as DER.
 */
#ifndef VKX_DN_H
#define VKX_DN_H

#include <stddef.h>
#include <stdint.h>

#define VKX_DN_TEXT 256u

/*
 * Writes "CN=..., O=..." to text, at most size bytes with the NUL, cut with
 * "..." where it is longer. Bytes that are not printable ASCII become '?', so
 * that the text can go to a terminal. name is a Name that vkx_x509_parse()
 * accepted.
 */
void vkx_dn_text(const uint8_t *name, uint32_t len, char *text, size_t size);

#endif
