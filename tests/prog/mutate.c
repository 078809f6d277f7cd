/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flips every bit of a signed UKI and cuts it at every length, and asks the
 * verifier each time. Prints what stopped how many flips and every byte where
 * a flip was accepted; fails if an accepted file has other components or
 * another Authenticode digest, if it is not revoked where the signed file is,
 * or if a cut is accepted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/verify.h"

static struct vkx_trust trust;
static struct vkx_verify_params params = { .trust = &trust,
					   .components = true };
static struct vkx_verified want, got;
static struct vkx_revocation revocation; /* of the signed file's digest */
static size_t stopped[VKX_RULE_NR];
static size_t accepted, bad;

static uint8_t *read_file(const char *path, size_t *len_ret)
{
	struct vkx_infile in;
	uint8_t *buf = NULL;

	if (vkx_infile_open(&in, path))
		return NULL;
	*len_ret = in.size;
	buf = malloc(in.size);
	if (buf && vkx_infile_read(&in, 0, buf, in.size)) {
		free(buf);
		buf = NULL;
	}
	vkx_infile_close(&in);
	return buf;
}

static bool verify(const uint8_t *file, size_t len, struct vkx_verified *ret)
{
	struct vkx_infile in;

	vkx_infile_memory(&in, file, len);
	if (vkx_verify_file(&in, &params, ret)) {
		fprintf(stderr, "no verdict reached\n");
		exit(1);
	}
	return ret->verdict == VKX_VERDICT_BOOT;
}

/* What the accepted file boots is what was signed, byte for byte. */
static bool same_meaning(void)
{
	return !memcmp(want.authenticode, got.authenticode, 32) &&
	       !memcmp(want.part_digest, got.part_digest,
		       sizeof(want.part_digest)) &&
	       !memcmp(want.uki.part, got.uki.part, sizeof(want.uki.part));
}

/* A name for where an accepted flip lies; NULL where it may not lie. */
static const char *mutable_place(size_t at)
{
	const struct vkx_pe *pe = &want.uki.pe;

	if (at >= pe->checksum_off && at - pe->checksum_off < 4)
		return "CheckSum";
	if (at >= pe->cert_off && at - pe->cert_off < 4)
		return "dwLength, with or without padding";
	return NULL;
}

static void revoke(const uint8_t digest[32])
{
	static const uint8_t sha256_guid[16] = { 0x26, 0x16, 0xc4, 0xc1,
						 0x4c, 0x50, 0x92, 0x40,
						 0xac, 0xa9, 0x41, 0xf9,
						 0x36, 0x93, 0x43, 0x28 };
	uint8_t list[28 + 48] = { 0 };
	struct vkx_fault fault;

	memcpy(list, sha256_guid, 16);
	list[16] = sizeof(list);
	list[24] = 48;
	memcpy(list + 44, digest, 32);
	vkx_revocation_init(&revocation);
	if (vkx_revocation_add(&revocation, list, sizeof(list), &fault))
		exit(1);
}

/* V53: no spelling of a revoked file escapes its revocation. */
static bool is_revoked(const uint8_t *file, size_t len)
{
	struct vkx_verified again;
	bool revoked;

	params.revocation = &revocation;
	revoked = !verify(file, len, &again) &&
		  again.fault.rule == VKX_RULE_REVOKED_IMAGE;
	params.revocation = NULL;
	vkx_verified_free(&again);
	return revoked;
}

static void flip(uint8_t *file, size_t len, size_t bit)
{
	size_t at = bit / 8;
	const char *place;

	file[at] ^= (uint8_t)(1u << bit % 8);
	if (verify(file, len, &got)) {
		place = mutable_place(at);
		accepted++;
		printf("accepted: byte %zu bit %zu: %s\n", at, bit % 8,
		       place ? place : "NOT MUTABLE");
		bad += !place || !same_meaning() || !is_revoked(file, len);
	} else {
		stopped[got.fault.rule]++;
	}
	vkx_verified_free(&got);
	file[at] ^= (uint8_t)(1u << bit % 8);
}

static void cut(const uint8_t *file, size_t len)
{
	/* A buffer of its own: a read behind its end is seen. */
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, file, len);
	if (verify(copy, len, &got)) {
		printf("accepted: cut at %zu\n", len);
		bad++;
	}
	vkx_verified_free(&got);
	free(copy);
}

int main(int argc, char **argv)
{
	struct vkx_fault fault;
	uint8_t *file;
	size_t len, i;

	if (argc != 3) {
		fputs("usage: mutate CERT UKI\n", stderr);
		return 2;
	}
	vkx_trust_init(&trust);
	if (vkx_trust_add_file(&trust, argv[1], &fault))
		return 1;
	file = read_file(argv[2], &len);
	if (!file || !verify(file, len, &want)) {
		fprintf(stderr, "%s: not good to begin with: %s\n", argv[2],
			vkx_rule_id(want.fault.rule));
		return 1;
	}
	revoke(want.authenticode);
	if (!is_revoked(file, len))
		return 1;
	for (i = 0; i < len * 8; i++)
		flip(file, len, i);
	for (i = 0; i < len; i++)
		cut(file, i);
	for (i = 0; i < VKX_RULE_NR; i++)
		if (stopped[i])
			printf("%6zu %s\n", stopped[i],
			       vkx_rule_id((enum vkx_rule)i));
	printf("%zu bits: %zu accepted; %zu cuts; %zu wrong\n", len * 8,
	       accepted, len, bad);
	vkx_verified_free(&want);
	vkx_revocation_free(&revocation);
	vkx_trust_free(&trust);
	free(file);
	return bad ? 1 : 0;
}
