/* SPDX-License-Identifier: BSD-2-Clause */
/* Quotes that real TPMs signed for others, and what becomes of them changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "measure/ak_signature.h"
#include "measure/pcr_values.h"
#include "tests/unit/logs.h"

struct set {
	uint8_t *msg, *sig, *pcrs, *nonce;
	size_t msg_len, sig_len, pcrs_len, nonce_len;
};

static uint8_t *load(const char *name, size_t *len)
{
	char path[128];
	uint8_t *p;

	snprintf(path, sizeof(path), "quotes/keylime/%s", name);
	p = vkx_testdata(path, len);
	if (!p) {
		print_message("%s absent: skipped\n", path);
		skip();
	}
	return p;
}

static void free_set(struct set *s)
{
	free(s->msg);
	free(s->sig);
	free(s->pcrs);
	free(s->nonce);
}

/* All that can be said of a quote without a chain. */
static enum vkx_reason judge(const struct vkx_ak *ak, const struct set *s)
{
	static struct vkx_pcr_values values;
	struct vkx_attest attest;
	enum vkx_reason why;

	why = vkx_ak_check(ak, NULL, s->sig, s->sig_len, s->msg, s->msg_len);
	if (why == VKX_REASON_FINE)
		why = vkx_attest_parse(s->msg, s->msg_len, &attest);
	if (why == VKX_REASON_FINE &&
	    (attest.nonce.len != s->nonce_len ||
	     memcmp(attest.nonce.p, s->nonce, s->nonce_len)))
		why = VKX_REASON_NONCE_MISMATCH;
	if (why == VKX_REASON_FINE)
		why = vkx_pcr_values_parse(s->pcrs, s->pcrs_len, &values);
	if (why == VKX_REASON_FINE)
		why = vkx_pcr_values_check(&values, &attest, ak->hash);
	return why;
}

static void spoil(const struct vkx_ak *ak, struct set *s)
{
	size_t i;

	for (i = 0; i < s->msg_len; i++) {
		s->msg[i] ^= 1;
		assert_int_equal(judge(ak, s), VKX_REASON_SIGNATURE);
		s->msg[i] ^= 1;
	}
	for (i = 0; i < s->sig_len; i++) {
		s->sig[i] ^= 1;
		assert_int_equal(judge(ak, s),
				 i < 6 ? VKX_REASON_SIGNATURE_FORMAT :
					 VKX_REASON_SIGNATURE);
		s->sig[i] ^= 1;
	}
	s->nonce[0] ^= 1;
	assert_int_equal(judge(ak, s), VKX_REASON_NONCE_MISMATCH);
	s->nonce[0] ^= 1;
	s->pcrs[132 + 4 + 4 + 2] ^= 1;
	assert_int_equal(judge(ak, s), VKX_REASON_PCRS_DIGEST);
	s->pcrs[132 + 4 + 4 + 2] ^= 1;
	s->pcrs[4] ^= 0x0f; /* the bank's name */
	assert_int_not_equal(judge(ak, s), VKX_REASON_FINE);
	s->pcrs[4] ^= 0x0f;
	s->pcrs[7] ^= 1; /* PCR 0 too */
	assert_int_equal(judge(ak, s), VKX_REASON_PCRS_FORMAT);
	s->pcrs[7] ^= 1;
	assert_int_equal(judge(ak, s), VKX_REASON_FINE);
}

static void with_public_area(void **state)
{
	struct set s;
	struct vkx_ak ak;
	uint8_t *pub, *name;
	size_t len, name_len;

	(void)state;
	pub = load("ak.pub", &len);
	name = load("ak.name", &name_len);
	s.msg = load("quote.out", &s.msg_len);
	s.sig = load("quotesig.out", &s.sig_len);
	s.pcrs = load("quotepcr.out", &s.pcrs_len);
	s.nonce = load("rand.out", &s.nonce_len);
	assert_int_equal(vkx_ak_parse(pub, len, &ak), VKX_REASON_FINE);
	assert_int_equal(ak.name_len, name_len);
	assert_memory_equal(ak.name, name, name_len);
	assert_int_equal(judge(&ak, &s), VKX_REASON_FINE);
	spoil(&ak, &s);
	free_set(&s);
	free(name);
	free(pub);
}

static void with_pem(void **state)
{
	uint8_t modulus[256], *pem;
	struct vkx_ak ak = { .key = VKX_TPM_RSA,
			     .scheme = VKX_TPM_RSASSA,
			     .hash = VKX_TPM_ALG_SHA256,
			     .bits = 2048,
			     .exponent = 65537,
			     .n = { modulus, 256 } };
	EVP_PKEY *key;
	BIGNUM *n = NULL;
	struct set s;
	size_t len;
	BIO *bio;

	(void)state;
	pem = load("checkquote_ak.pem", &len);
	s.msg = load("checkquote_quote.bin", &s.msg_len);
	s.sig = load("checkquote_sig.bin", &s.sig_len);
	s.pcrs = load("checkquote_pcr.bin", &s.pcrs_len);
	s.nonce = load("checkquote_nonce.txt", &s.nonce_len);
	bio = BIO_new_mem_buf(pem, (int)len);
	key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	assert_non_null(key);
	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n),
			 1);
	assert_int_equal(BN_bn2binpad(n, modulus, 256), 256);
	assert_int_equal(judge(&ak, &s), VKX_REASON_FINE);
	spoil(&ak, &s);
	BN_free(n);
	EVP_PKEY_free(key);
	BIO_free(bio);
	free(pem);
	free_set(&s);
}

/* The EK is a decryption key: whoever takes it for an AK is told. */
static void an_ek_is_no_ak(void **state)
{
	struct vkx_ak ak;
	uint8_t *pub;
	size_t len;

	(void)state;
	pub = load("ek.pub", &len);
	assert_int_equal(vkx_ak_parse(pub, len, &ak), VKX_REASON_AK_ATTRIBUTES);
	free(pub);
}

/* What is written reads back, for every number of PCRs in two banks. */
static void pcr_list_round_trip(void **state)
{
	static uint8_t bytes[2 * VKX_NR_PCRS][32], buf[132 + 4 + 6 * 532];
	static struct vkx_pcr_values v, back;
	unsigned int n, i;

	(void)state;
	for (n = 0; n <= VKX_NR_PCRS; n++) {
		memset(&v, 0, sizeof(v));
		v.selection.nr = 2;
		v.selection.bank[0].alg = VKX_TPM_ALG_SHA256;
		v.selection.bank[1].alg = VKX_TPM_ALG_SHA1;
		v.selection.bank[0].mask = (1u << n) - 1;
		v.selection.bank[1].mask = (1u << n) - 1;
		for (i = 0; i < 2 * n; i++) {
			memset(bytes[i], (int)i, 32);
			v.v[i].alg = v.selection.bank[i >= n].alg;
			v.v[i].pcr = (uint8_t)(i % n);
			v.v[i].value.p = bytes[i];
			v.v[i].value.len = vkx_tpm_alg_size(v.v[i].alg);
		}
		v.nr = 2 * n;
		vkx_pcr_values_write(&v, buf);
		assert_int_equal(vkx_pcr_values_parse(
					 buf, vkx_pcr_values_size(v.nr), &back),
				 VKX_REASON_FINE);
		assert_int_equal(back.nr, v.nr);
		for (i = 0; i < v.nr; i++) {
			assert_int_equal(back.v[i].pcr, v.v[i].pcr);
			assert_memory_equal(back.v[i].value.p, bytes[i],
					    v.v[i].value.len);
		}
	}
}

/* --- made by hand, every field in its place --------------------------------*/

static size_t make_quote(uint8_t *buf)
{
	struct vkx_wr wr;

	vkx_wr_init(&wr, buf, 512);
	vkx_wr_be32(&wr, 0xff544347); /* TPM_GENERATED_VALUE */
	vkx_wr_be16(&wr, 0x8018); /* TPM_ST_ATTEST_QUOTE */
	vkx_wr_be16(&wr, 34);
	vkx_wr_fill(&wr, 1, 34); /* the signer's qualified name */
	vkx_wr_be16(&wr, 20);
	vkx_wr_fill(&wr, 2, 20); /* nonce */
	vkx_wr_be64(&wr, 3); /* clock, resets, restarts, safe: from 64 on */
	vkx_wr_be32(&wr, 4);
	vkx_wr_be32(&wr, 5);
	vkx_wr_u8(&wr, 1);
	vkx_wr_be64(&wr, 6);
	vkx_wr_be32(&wr, 2); /* two banks, at 89 */
	vkx_wr_be16(&wr, VKX_TPM_ALG_SHA256);
	vkx_wr_bytes(&wr, "\3\377\3\0", 4);
	vkx_wr_be16(&wr, VKX_TPM_ALG_SHA384);
	vkx_wr_bytes(&wr, "\3\0\20\0", 4);
	vkx_wr_be16(&wr, 32);
	vkx_wr_fill(&wr, 7, 32);
	assert_int_equal(wr.err, 0);
	return wr.pos;
}

/* From a block of its own, so that ASan sees a read too far. */
static enum vkx_reason parse_quote(const uint8_t *buf, size_t len,
				   struct vkx_attest *attest)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum vkx_reason why;

	memcpy(copy, buf, len);
	why = vkx_attest_parse(copy, len, attest);
	free(copy);
	return why;
}

static void a_quote_field_by_field(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum vkx_reason why;
	} rows[] = {
		{ 0, 0, VKX_REASON_QUOTE_MAGIC },
		{ 5, 0x14, VKX_REASON_QUOTE_TYPE },
		{ 80, 2, VKX_REASON_QUOTE_FORMAT }, /* safe */
		{ 92, 17, VKX_REASON_SELECTION_FORMAT }, /* banks */
		{ 92, 1, VKX_REASON_QUOTE_FORMAT },
		{ 89, 1, VKX_REASON_SELECTION_FORMAT },
		{ 95, 4, VKX_REASON_SELECTION_FORMAT }, /* sizeofSelect */
		{ 95, 2, VKX_REASON_SELECTION_FORMAT },
		{ 93, 0x70, VKX_REASON_SELECTION_FORMAT }, /* no such bank */
		{ 100, 0x0b, VKX_REASON_SELECTION_FORMAT }, /* twice */
	};
	struct vkx_attest attest;
	uint8_t buf[512] = { 0 }, old;
	size_t len = make_quote(buf), i;

	(void)state;
	assert_int_equal(parse_quote(buf, len, &attest), VKX_REASON_FINE);
	assert_int_equal(attest.selection.nr, 2);
	assert_int_equal(attest.selection.bank[0].mask, 0x3ff);
	assert_int_equal(attest.selection.bank[1].mask, 0x1000);
	assert_true(attest.safe && attest.clock == 3 && attest.firmware == 6);
	assert_int_equal(attest.reset_count, 4);
	assert_int_equal(attest.restart_count, 5);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		old = buf[rows[i].at];
		buf[rows[i].at] = rows[i].value;
		if (parse_quote(buf, len, &attest) != rows[i].why)
			fail_msg("row %zu", i);
		buf[rows[i].at] = old;
	}
	for (i = 0; i < len; i++)
		assert_int_equal(parse_quote(buf, i, &attest),
				 VKX_REASON_QUOTE_FORMAT);
	assert_int_equal(parse_quote(buf, len + 1, &attest),
			 VKX_REASON_QUOTE_FORMAT);
}

struct key {
	uint16_t name_alg, symmetric, scheme, hash;
	/* RSA */
	uint16_t bits, n_len;
	uint32_t exponent;
	/* else ECC */
	uint16_t curve, kdf, x_len, y_len;
};

static const struct key rsa_key = { .name_alg = VKX_TPM_ALG_SHA256,
				    .symmetric = 0x10,
				    .scheme = VKX_TPM_RSASSA,
				    .hash = VKX_TPM_ALG_SHA256,
				    .bits = 2048,
				    .n_len = 256 };
static const struct key ecc_key = { .name_alg = VKX_TPM_ALG_SHA256,
				    .symmetric = 0x10,
				    .scheme = VKX_TPM_ECDSA,
				    .hash = VKX_TPM_ALG_SHA256,
				    .curve = 3,
				    .kdf = 0x10,
				    .x_len = 32,
				    .y_len = 32 };

/* A TPMT_PUBLIC, whose size is not in front of it. */
static size_t make_area(uint8_t *buf, const struct key *k)
{
	struct vkx_wr wr;

	vkx_wr_init(&wr, buf, 1024);
	vkx_wr_be16(&wr, k->bits ? VKX_TPM_RSA : VKX_TPM_ECC);
	vkx_wr_be16(&wr, k->name_alg);
	vkx_wr_be32(&wr, 0x00050072);
	vkx_wr_be16(&wr, 0);
	vkx_wr_be16(&wr, k->symmetric);
	vkx_wr_be16(&wr, k->scheme);
	vkx_wr_be16(&wr, k->hash);
	if (k->bits) {
		vkx_wr_be16(&wr, k->bits);
		vkx_wr_be32(&wr, k->exponent);
		vkx_wr_be16(&wr, k->n_len);
		vkx_wr_fill(&wr, 0xff, k->n_len);
	} else {
		vkx_wr_be16(&wr, k->curve);
		vkx_wr_be16(&wr, k->kdf);
		vkx_wr_be16(&wr, k->x_len);
		vkx_wr_fill(&wr, 1, k->x_len);
		vkx_wr_be16(&wr, k->y_len);
		vkx_wr_fill(&wr, 2, k->y_len);
	}
	assert_int_equal(wr.err, 0);
	return wr.pos;
}

static enum vkx_reason parse_key(const struct key *k)
{
	uint8_t buf[1024];
	size_t len = make_area(buf, k);
	struct vkx_ak ak;

	return vkx_ak_parse(buf, len, &ak);
}

static void sizes_of_a_key(const struct key *k)
{
	uint8_t buf[1024] = { 0 }, *copy;
	size_t len = make_area(buf, k), i;
	enum vkx_reason why;
	struct vkx_ak ak;

	assert_int_equal(vkx_ak_parse(buf, len, &ak), VKX_REASON_FINE);
	assert_int_equal(ak.name_len, 34);
	assert_int_equal(vkx_ak_parse(buf, len + 1, &ak), VKX_REASON_AK_FORMAT);
	for (i = 0; i < len; i++) {
		copy = malloc(i ? i : 1);
		memcpy(copy, buf, i);
		why = vkx_ak_parse(copy, i, &ak);
		free(copy);
		/* The type ECC, read as the size of a TPM2B, is 35. */
		if (i == 37 && why != VKX_REASON_FINE)
			continue;
		if (why != VKX_REASON_AK_FORMAT)
			fail_msg("cut at %zu: %s", i, vkx_reason_id(why));
	}
}

static void a_key_field_by_field(void **state)
{
	static const struct {
		size_t at; /* of a field of struct key */
		uint16_t value;
		bool rsa;
		enum vkx_reason why;
	} rows[] = {
#define ROW(field, value, rsa, why) \
	{ offsetof(struct key, field), value, rsa, VKX_REASON_##why }
		ROW(name_alg, VKX_TPM_ALG_SHA1, true, AK_ALGORITHM),
		ROW(symmetric, 6, true, AK_ATTRIBUTES),
		ROW(scheme, 0x10, true, AK_ALGORITHM),
		ROW(scheme, VKX_TPM_RSAPSS, true, FINE),
		ROW(scheme, VKX_TPM_ECDSA, true, AK_ALGORITHM),
		ROW(hash, VKX_TPM_ALG_SHA1, true, AK_ALGORITHM),
		ROW(hash, VKX_TPM_ALG_SHA512, true, FINE),
		ROW(bits, 1024, true, AK_ALGORITHM),
		ROW(bits, 2049, true, AK_ALGORITHM),
		ROW(bits, 3072, true, AK_ALGORITHM),
		ROW(n_len, 255, true, AK_ALGORITHM),
		ROW(n_len, 257, true, AK_ALGORITHM),
		ROW(curve, 5, false, AK_ALGORITHM),
		ROW(curve, 4, false, FINE),
		ROW(kdf, 7, false, AK_FORMAT),
		ROW(scheme, VKX_TPM_RSASSA, false, AK_ALGORITHM),
		ROW(x_len, 0, false, AK_ALGORITHM),
		ROW(y_len, 0, false, AK_ALGORITHM),
		ROW(x_len, 33, false, AK_ALGORITHM),
		ROW(y_len, 33, false, AK_ALGORITHM),
		ROW(x_len, 31, false, FINE), /* leading zeros left out */
#undef ROW
	};
	uint8_t area[1024];
	struct vkx_ak ak;
	struct key k;
	size_t i, len;

	(void)state;
	sizes_of_a_key(&rsa_key);
	sizes_of_a_key(&ecc_key);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		k = rows[i].rsa ? rsa_key : ecc_key;
		memcpy((uint8_t *)&k + rows[i].at, &rows[i].value, 2);
		if (parse_key(&k) != rows[i].why)
			fail_msg("row %zu: %s", i,
				 vkx_reason_id(parse_key(&k)));
	}
	k = rsa_key;
	k.exponent = 3;
	assert_int_equal(parse_key(&k), VKX_REASON_AK_ALGORITHM);
	k.exponent = 65537;
	assert_int_equal(parse_key(&k), VKX_REASON_FINE);
	/* A modulus of fewer bits than its bytes. */
	len = make_area(area, &rsa_key);
	area[len - 256] = 0x7f;
	assert_int_equal(vkx_ak_parse(area, len, &ak), VKX_REASON_AK_ALGORITHM);
	area[len - 256] = 0x80;
	assert_int_equal(vkx_ak_parse(area, len, &ak), VKX_REASON_FINE);
	for (i = 0; i < 2; i++) {
		k = rsa_key;
		k.bits = (uint16_t)(i ? 4096 : 3072);
		k.n_len = k.bits / 8;
		assert_int_equal(parse_key(&k), VKX_REASON_FINE);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_public_area),
		cmocka_unit_test(with_pem),
		cmocka_unit_test(an_ek_is_no_ak),
		cmocka_unit_test(pcr_list_round_trip),
		cmocka_unit_test(a_quote_field_by_field),
		cmocka_unit_test(a_key_field_by_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
