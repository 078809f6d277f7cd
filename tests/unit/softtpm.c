/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/softtpm.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "cursor.h"
#include "measure/hash.h"

static void put2b(struct vkx_wr *wr, const void *p, size_t len)
{
	vkx_wr_be16(wr, (uint16_t)len);
	vkx_wr_bytes(wr, p, len);
}

static void put_bn(struct vkx_wr *wr, const EVP_PKEY *key, const char *name,
		   int len)
{
	uint8_t buf[512];
	BIGNUM *bn = NULL;

	if (!EVP_PKEY_get_bn_param(key, name, &bn) ||
	    BN_bn2binpad(bn, buf, len) != len)
		abort();
	put2b(wr, buf, (size_t)len);
	BN_free(bn);
}

void soft_key_make(struct soft_key *key, uint16_t type, uint32_t attributes)
{
	struct vkx_wr wr;

	key->pkey =
		type == VKX_TPM_RSA ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	if (!key->pkey)
		abort();
	vkx_wr_init(&wr, key->public + 2, sizeof(key->public) - 2);
	vkx_wr_be16(&wr, type);
	vkx_wr_be16(&wr, VKX_TPM_ALG_SHA256);
	vkx_wr_be32(&wr, attributes);
	vkx_wr_be16(&wr, 0); /* authPolicy */
	vkx_wr_be16(&wr, 0x10); /* symmetric: TPM_ALG_NULL */
	vkx_wr_be16(&wr, type == VKX_TPM_RSA ? VKX_TPM_RSASSA : VKX_TPM_ECDSA);
	vkx_wr_be16(&wr, VKX_TPM_ALG_SHA256);
	if (type == VKX_TPM_RSA) {
		vkx_wr_be16(&wr, 2048);
		vkx_wr_be32(&wr, 0);
		put_bn(&wr, key->pkey, OSSL_PKEY_PARAM_RSA_N, 256);
	} else {
		vkx_wr_be16(&wr, 3); /* P-256 */
		vkx_wr_be16(&wr, 0x10); /* kdf: TPM_ALG_NULL */
		put_bn(&wr, key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, 32);
		put_bn(&wr, key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
	}
	if (wr.err)
		abort();
	vkx_put_be16(key->public, (uint16_t)wr.pos);
	key->public_len = wr.pos + 2;
}

void soft_key_free(struct soft_key *key)
{
	EVP_PKEY_free(key->pkey);
}

void soft_quote_init(struct soft_quote *q)
{
	memset(q, 0, sizeof(*q));
	q->magic = 0xff544347;
	q->type = 0x8018;
	memset(q->nonce, 0x5a, 20);
	q->nonce_len = 20;
	q->clock = 123456;
	q->firmware = 0x2019102300163636;
	q->reset_count = 7;
	q->restart_count = 2;
	q->safe = 1;
	q->selection.nr = 1;
	q->selection.bank[0].alg = VKX_TPM_ALG_SHA256;
	q->selection.bank[0].mask = 0x1bff;
	q->select_bytes = 3;
}

static void own(struct vkx_evidence *ev, enum vkx_evidence_file file,
		const void *data, size_t len)
{
	ev->owned[file].data = malloc(len ? len : 1);
	ev->owned[file].size = len;
	memcpy(ev->owned[file].data, data, len);
	ev->file[file].p = ev->owned[file].data;
	ev->file[file].len = len;
}

/* The values of the selection, as the log replays to them. */
static void values_of(const struct vkx_selection *s, const uint8_t *log_bytes,
		      size_t len, struct vkx_pcr_values *v,
		      struct vkx_pcrs pcrs[VKX_MAX_BANKS])
{
	struct vkx_tcglog log;
	size_t i;
	uint8_t pcr;

	if (vkx_tcglog_open(log_bytes, len, VKX_TCGLOG_EXACT, &log, NULL))
		abort();
	memset(v, 0, sizeof(*v));
	v->selection = *s;
	for (i = 0; i < s->nr; i++) {
		if (vkx_tcglog_replay(&log, s->bank[i].alg, &vkx_hash_host,
				      &pcrs[i]))
			vkx_pcrs_reset(
				&pcrs[i],
				(struct vkx_bank){
					s->bank[i].alg,
					vkx_tpm_alg_size(s->bank[i].alg) },
				0);
		for (pcr = 0; pcr < VKX_NR_PCRS; pcr++) {
			if (!(s->bank[i].mask >> pcr & 1))
				continue;
			v->v[v->nr].alg = s->bank[i].alg;
			v->v[v->nr].pcr = pcr;
			v->v[v->nr].value.p = pcrs[i].value[pcr];
			v->v[v->nr++].value.len = pcrs[i].bank.size;
		}
	}
}

static size_t write_attest(const struct soft_quote *q,
			   const struct vkx_pcr_values *v, uint8_t *buf,
			   size_t room)
{
	static const uint8_t signer[34] = { 0, 0x0b, 1, 2, 3 };
	struct vkx_span pieces[VKX_MAX_BANKS * VKX_NR_PCRS];
	uint8_t digest[32], select[8] = { 0 };
	struct vkx_wr wr;
	size_t i;

	for (i = 0; i < v->nr; i++)
		pieces[i] = v->v[i].value;
	if (vkx_hash_host.digest(NULL, VKX_TPM_ALG_SHA256, pieces, v->nr,
				 digest))
		abort();
	vkx_wr_init(&wr, buf, room);
	vkx_wr_be32(&wr, q->magic);
	vkx_wr_be16(&wr, q->type);
	put2b(&wr, signer, sizeof(signer));
	put2b(&wr, q->nonce, q->nonce_len);
	vkx_wr_be64(&wr, q->clock);
	vkx_wr_be32(&wr, q->reset_count);
	vkx_wr_be32(&wr, q->restart_count);
	vkx_wr_u8(&wr, q->safe);
	vkx_wr_be64(&wr, q->firmware);
	vkx_wr_be32(&wr, (uint32_t)q->selection.nr);
	for (i = 0; i < q->selection.nr; i++) {
		vkx_wr_be16(&wr, q->selection.bank[i].alg);
		vkx_wr_u8(&wr, q->select_bytes);
		vkx_put_le32(select, q->selection.bank[i].mask);
		vkx_wr_bytes(&wr, select, q->select_bytes);
	}
	put2b(&wr, digest, sizeof(digest));
	if (wr.err)
		abort();
	return wr.pos;
}

static size_t sign_raw(EVP_PKEY *key, const uint8_t *msg, size_t len,
		       uint8_t *sig, size_t room)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx ||
	    EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) !=
		    1 ||
	    EVP_DigestSign(ctx, sig, &room, msg, len) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	return room;
}

static void put_ecdsa(struct vkx_wr *wr, const uint8_t *der, size_t len)
{
	const unsigned char *p = der;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
	uint8_t buf[32];

	if (!sig)
		abort();
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), buf, 32);
	put2b(wr, buf, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), buf, 32);
	put2b(wr, buf, 32);
	ECDSA_SIG_free(sig);
}

static size_t write_signature(EVP_PKEY *key, const uint8_t *msg, size_t len,
			      uint8_t *buf, size_t room)
{
	bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	uint8_t raw[512];
	size_t n = sign_raw(key, msg, len, raw, sizeof(raw));
	struct vkx_wr wr;

	vkx_wr_init(&wr, buf, room);
	vkx_wr_be16(&wr, rsa ? VKX_TPM_RSASSA : VKX_TPM_ECDSA);
	vkx_wr_be16(&wr, VKX_TPM_ALG_SHA256);
	if (rsa)
		put2b(&wr, raw, n);
	else
		put_ecdsa(&wr, raw, n);
	return wr.pos;
}

void soft_evidence(const struct soft_key *key, const struct soft_quote *quote,
		   const uint8_t *log, size_t log_len, struct vkx_evidence *ev)
{
	static struct vkx_pcrs pcrs[VKX_MAX_BANKS];
	static struct vkx_pcr_values values;
	uint8_t msg[1024], sig[1024], *list;
	size_t n;

	memset(ev, 0, sizeof(*ev));
	values_of(&quote->selection, log, log_len, &values, pcrs);
	n = write_attest(quote, &values, msg, sizeof(msg));
	own(ev, VKX_EVIDENCE_MESSAGE, msg, n);
	n = write_signature(key->pkey, msg, n, sig, sizeof(sig));
	own(ev, VKX_EVIDENCE_SIGNATURE, sig, n);
	n = vkx_pcr_values_size(values.nr);
	list = malloc(n);
	vkx_pcr_values_write(&values, list);
	own(ev, VKX_EVIDENCE_PCRS, list, n);
	free(list);
	own(ev, VKX_EVIDENCE_AK, key->public, key->public_len);
	ev->file[VKX_EVIDENCE_LOG].p = log;
	ev->file[VKX_EVIDENCE_LOG].len = log_len;
}
