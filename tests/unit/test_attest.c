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
#include "measure/attest.h"
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

	why = vkx_ak_check(ak, s->sig, s->sig_len, s->msg, s->msg_len);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_public_area),
		cmocka_unit_test(with_pem),
		cmocka_unit_test(an_ek_is_no_ak),
		cmocka_unit_test(pcr_list_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
