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
 * "..." where it is longer. Values are escaped as in RFC 4514: what would end
 * one has a backslash, and so nothing in a value looks like another attribute;
 * what is no character, or one that is not seen, is a backslash and two
 * hexadecimal digits. The rest is UTF-8 that may go to a terminal. name should
 * be a Name that vkx_x509_parse() accepted; of another one what can be read is
 * shown.
 */
void vkx_dn_text(const uint8_t *name, uint32_t len, char *text, size_t size);

#endif
