/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every limit that hostile input meets, in one place. docs/format.md gives the
 * reason for each value; raising one is a change of the format.
 */
#ifndef VKX_LIMIT_H
#define VKX_LIMIT_H

/* A whole UKI. PE offsets are 32 bits wide; Linux reads at most 4 GiB. */
#define VKX_MAX_FILE 0xffff0000ULL
/* DOS header to end of section table, with padding. */
#define VKX_MAX_HEADERS 65536u
#define VKX_MAX_SECTIONS 96u
#define VKX_MAX_DTBAUTO 64u
/* The whole certificate table, and entries in it. */
#define VKX_MAX_CERT_TABLE 262144u
#define VKX_MAX_SIGNATURES 8u
/* X.509 certificates in one signature. */
#define VKX_MAX_CERTS 8u
/* What a raw arm64 Image may occupy in memory. */
#define VKX_MAX_IMAGE 1073741824ULL
/* Linux arm64 COMMAND_LINE_SIZE, its NUL counted. */
#define VKX_MAX_CMDLINE 2048u
#define VKX_MAX_SBAT 65536u
#define VKX_MAX_SBAT_ENTRIES 256u
/* MAX_FDT_SIZE of the arm64 boot protocol. */
#define VKX_MAX_FDT 2097152u
#define VKX_MAX_FDT_DEPTH 32u
/* The largest board of Linux 6.12 has about 4,000. */
#define VKX_MAX_FDT_NODES 16384u
/* Entries of the reservation block; each is compared with every segment. */
#define VKX_MAX_FDT_RESERVATIONS 1024u
/* Of a node or a property, without its NUL; the specification says 31. */
#define VKX_MAX_FDT_NAME 255u
/* .osrel, .uname, .hwids and the like, where a tool decodes them. */
#define VKX_MAX_TEXT 65536u
/* Regions one relocation stub can check: KEXEC_SEGMENT_MAX of Linux. */
#define VKX_MAX_REGIONS 16u
/* TPM banks in a log or an extend: HASH_COUNT of the TPM 2.0 library. */
#define VKX_MAX_BANKS 16u
#define VKX_MAX_DIGEST 64u
/* One TCG log, ours and what came before. */
#define VKX_MAX_LOG 1048576u

#endif
