/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Byte layout of the relocation stub's page: offsets and constants only, so
 * that assembly (kernel/stub) and C (stub_block.c) read the same file. What
 * the fields mean and who fills them stands in stub_block.h.
 *
 *	0x000	code, at most VKX_STUB_BLOCK bytes, the rest zero
 *	0xbc0	parameter block
 *	0xc40	digest table, VKX_STUB_REGIONS entries, unused ones zero
 *	0xfc0	SHA-256 of bytes 0x000-0xfbf, twice
 *
 * Everything is little-endian and naturally aligned. The page is 4 KiB on
 * every kernel; larger kernel pages leave the rest alone.
 */
#ifndef VKX_STUB_LAYOUT_H
#define VKX_STUB_LAYOUT_H

#define VKX_STUB_PAGE 4096
#define VKX_STUB_BLOCK 0xbc0
#define VKX_STUB_TABLE 0xc40
#define VKX_STUB_SEALED 0xfc0
#define VKX_STUB_SEAL_A 0xfc0
#define VKX_STUB_SEAL_B 0xfe0

/* Parameter block, from VKX_STUB_BLOCK. */
#define VKX_STUB_MAGIC 0x00 /* u64 */
#define VKX_STUB_FLAGS 0x08 /* u32 */
#define VKX_STUB_COUNT 0x0c /* u32, regions in the table: 1 to 16 */
#define VKX_STUB_HEAD 0x10 /* u64 */
#define VKX_STUB_ENTRY 0x18 /* u64, masked: see stub_block.h */
#define VKX_STUB_DTB 0x20 /* u64 */
#define VKX_STUB_TTBR1 0x28 /* u64 */
#define VKX_STUB_TTBR1_ZERO 0x30 /* u64 */
#define VKX_STUB_PHYS_OFFSET 0x38 /* u64 */
#define VKX_STUB_PAGE_SIZE 0x40 /* u64 */
#define VKX_STUB_EL2_VECTORS 0x48 /* u64 */
#define VKX_STUB_REASON 0x50 /* u64 */
#define VKX_STUB_CONDUIT 0x58 /* u32 */
#define VKX_STUB_RESERVED 0x5c /* zero up to the table */

/* "VKXSTUB1" read as a little-endian u64. */
#define VKX_STUB_MAGIC_VALUE 0x3142555453584b56

/* VKX_STUB_FLAGS: the bit numbers, for tbz. */
#define VKX_STUB_FLAG_CE_BIT 0
#define VKX_STUB_FLAG_SME_BIT 1

/* VKX_STUB_CONDUIT */
#define VKX_STUB_CONDUIT_NONE 0
#define VKX_STUB_CONDUIT_SMC 1
#define VKX_STUB_CONDUIT_HVC 2

/* Digest table: one entry, from VKX_STUB_TABLE + index * ENTRY_SIZE. */
#define VKX_STUB_REGIONS 16
#define VKX_STUB_ENTRY_SIZE 56
#define VKX_STUB_ENTRY_DEST 0 /* u64, physical */
#define VKX_STUB_ENTRY_BYTES 8 /* u64 */
#define VKX_STUB_ENTRY_TAIL 16 /* u64, zero bytes after them */
#define VKX_STUB_ENTRY_SHA256 24

/* The mask is rotated by this many bits before each 64-bit word. */
#define VKX_STUB_FOLD_ROTATE 13

/*
 * The reason word, u64, written before the reset: magic in the upper half,
 * code in bits 31-24, in bits 15-0 the regions that differed.
 */
#define VKX_STUB_REASON_MAGIC 0x52584b56 /* "VKXR" */
#define VKX_STUB_REASON_SELF 1 /* the stub's own page differs */
#define VKX_STUB_REASON_LIST 2 /* the page list aims at the stub's page */
#define VKX_STUB_REASON_REGION 3 /* a region differs */
#define VKX_STUB_REASON_FAULT 4 /* the checks disagree: a skipped instruction */

#endif
